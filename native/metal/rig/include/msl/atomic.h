// Relaxed integer atomics, the only ones that every Apple GPU has.
#pragma once

namespace metal {
enum memory_order { memory_order_relaxed };
template <class T>
struct atomic {
  T msl_value;
};
using atomic_uint = atomic<uint>;
using atomic_int = atomic<int>;
#define MSL_ATOMIC_FETCH(SPACE, name)                                                              \
  template <class T, class U>                                                                      \
  inline T atomic_fetch_##name##_explicit(volatile SPACE atomic<T>* p, U x, memory_order) {        \
    return __atomic_fetch_##name(&p->msl_value, static_cast<T>(x), 0);                             \
  }
#define MSL_ATOMICS(SPACE)                                                                         \
  template <class T>                                                                               \
  inline T atomic_load_explicit(volatile SPACE atomic<T>* p, memory_order) {                       \
    return __atomic_load_n(&p->msl_value, 0);                                                      \
  }                                                                                                \
  template <class T, class U>                                                                      \
  inline void atomic_store_explicit(volatile SPACE atomic<T>* p, U x, memory_order) {              \
    __atomic_store_n(&p->msl_value, static_cast<T>(x), 0);                                         \
  }                                                                                                \
  MSL_ATOMIC_FETCH(SPACE, add)                                                                     \
  MSL_ATOMIC_FETCH(SPACE, sub)                                                                     \
  MSL_ATOMIC_FETCH(SPACE, and)                                                                     \
  MSL_ATOMIC_FETCH(SPACE, or)                                                                      \
  MSL_ATOMIC_FETCH(SPACE, xor)                                                                     \
  MSL_ATOMIC_FETCH(SPACE, max)                                                                     \
  MSL_ATOMIC_FETCH(SPACE, min)
MSL_ATOMICS(device)
#ifdef MSL_ADDRESS_SPACES
MSL_ATOMICS(threadgroup)
#endif
#undef MSL_ATOMICS
#undef MSL_ATOMIC_FETCH
}  // namespace metal
