// expect: undefined-lane: simd_shuffle reads lane 20
// groups 1 threads 32 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_simdgroup]]) {
  if (t < 16) o[t] = simd_shuffle(float(t), 20);
}
