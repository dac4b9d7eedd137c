// expect: MSL has no double
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_position_in_grid]]) {
  double d = 1;
  o[t] = d;
}
