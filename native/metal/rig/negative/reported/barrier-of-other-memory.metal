// expect: data-race: (read after write|write after read)
// groups 1 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
  o[t] = float(t);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  float v = o[(t + 1) % n];
  threadgroup_barrier(mem_flags::mem_device);
  o[t] = v;
}
