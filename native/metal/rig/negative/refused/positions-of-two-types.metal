// expect: have one type, here uint3
#include <metal_stdlib>
using namespace metal;
kernel void f(device uint* o [[buffer(0)]], uint3 g [[threadgroup_position_in_grid]], uint n [[threads_per_threadgroup]]) { o[g.x] = n; }
