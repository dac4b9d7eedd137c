// expect: data-race: .*another threadgroup
// groups 2 threads 64 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]], uint g [[threadgroup_position_in_grid]]) {
  o[t] = float(g);
}
