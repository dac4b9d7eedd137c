// expect: bfloat is MSL 3.1
#include <metal_stdlib>
using namespace metal;
kernel void f(device bfloat* o [[buffer(0)]], uint t [[thread_position_in_grid]]) { o[t] = o[t]; }
