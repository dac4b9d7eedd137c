// expect: one threadgroup variable a line
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  threadgroup float a[32], b[32];
  a[t] = b[t] = o[t];
}
