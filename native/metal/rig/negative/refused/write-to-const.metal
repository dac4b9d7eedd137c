// expect: read-only variable is not assignable
#include <metal_stdlib>
using namespace metal;
kernel void f(device const float* o [[buffer(0)]], constant float* c [[buffer(1)]], uint t [[thread_position_in_grid]]) { o[t] = c[t]; }
