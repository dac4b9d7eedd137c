// expect: barrier-divergence: 16 of 64 threads wait
// groups 1 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  if (t < 16) threadgroup_barrier(mem_flags::mem_threadgroup);
  o[t] = 1.0f;
}
