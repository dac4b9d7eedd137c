// expect: at the top of a kernel's body
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_threadgroup]]) {
  if (o[0] > 0) {
    threadgroup float a[32];
    a[t] = o[t];
  }
}
