// expect: simd-divergence: .*0x0000ffff
// groups 1 threads 32 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_simdgroup]]) {
  simdgroup_float8x8 m;
  if (t < 16) simdgroup_load(m, o);
}
