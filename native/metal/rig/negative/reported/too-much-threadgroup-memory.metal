// expect: threadgroup-memory: 40000 bytes
// groups 1 threads 32 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  threadgroup float s[10000];
  s[t] = 1.0f;
  o[t] = s[t];
}
