// expect: (data-race|uninitialised): 
// groups 1 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
  threadgroup float s[64];
  s[t] = float(t);
  o[t] = s[(t + 1) % n];
}
