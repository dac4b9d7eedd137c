// expect: out-of-bounds: read of 4 bytes at offset 256 of buffer\(0\), which has 256
// groups 1 threads 64 buffers 64,64
#include <metal_stdlib>
using namespace metal;
kernel void f(device const float* x [[buffer(0)]], device float* o [[buffer(1)]], uint i [[thread_position_in_grid]]) {
  o[i] = x[i + 1];
}
