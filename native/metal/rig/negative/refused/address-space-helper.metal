// expect: no matching function
#include <metal_stdlib>
using namespace metal;
float helper(device const float* p) { return p[0]; }
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  threadgroup float s[32];
  s[t] = 1;
  o[t] = helper(s);
}
