// expect: out-of-bounds: write of 4 bytes at offset \d+ of s
// groups 1 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  threadgroup float s[32];
  s[t] = 1.0f;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  o[t] = s[t];
}
