// expect: misaligned: 16 bytes at offset 4
// groups 1 threads 1 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]]) {
  device float4* v = (device float4*)(o + 1);
  v[0] = float4(1.0f);
}
