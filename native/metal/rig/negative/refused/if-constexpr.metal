// expect: constexpr if is a C
#include <metal_stdlib>
using namespace metal;
template <bool ONE>
kernel void f(device uint* o [[buffer(0)]], uint t [[thread_position_in_grid]]) {
  if constexpr (ONE) o[t] = 1;
}
template [[host_name("one")]] [[kernel]] decltype(f<true>) f<true>;
