// expect: is used twice
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], constant uint& n [[buffer(0)]], uint t [[thread_position_in_grid]]) { o[t] = n; }
