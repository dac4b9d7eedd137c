// expect: unknown attribute
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_position_in_grd]]) { o[t] = 1; }
