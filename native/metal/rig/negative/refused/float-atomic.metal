// expect: float atomics depend on the device
#include <metal_stdlib>
using namespace metal;
kernel void f(device atomic_float* o [[buffer(0)]], uint t [[thread_position_in_grid]]) {
  atomic_fetch_add_explicit(o, 1.0f, memory_order_relaxed);
}
