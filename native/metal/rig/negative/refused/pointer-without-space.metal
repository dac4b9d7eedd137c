// expect: no matching function
#include <metal_stdlib>
using namespace metal;
float helper(thread float* p) { return p[0]; }
kernel void f(device float* o [[buffer(0)]], uint t [[thread_position_in_grid]]) { o[t] = helper(o); }
