// expect: the lanes of a simdgroup_matrix are the driver's
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], uint t [[thread_index_in_simdgroup]]) {
  simdgroup_float8x8 m;
  simdgroup_load(m, o);
  o[t] = m.thread_elements()[0];
}
