// expect: data-race: write after write
// groups 1 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
  threadgroup float s[256];
  s[t] = float(t);
  s[(t + 7) % n] = float(t);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  o[t] = s[t];
}
