// expect: assigning to
#include <metal_stdlib>
using namespace metal;
kernel void f(device float4* o [[buffer(0)]], device half4* h [[buffer(1)]], uint t [[thread_position_in_grid]]) { o[t] = h[t]; }
