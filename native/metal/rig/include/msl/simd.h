// Barriers and what lanes of a simd group tell each other. Inactive lanes take no part, as on the device.
#pragma once

#define MSL_MEET inline __attribute__((always_inline, convergent))

namespace metal {
enum class mem_flags : int { mem_none = 0, mem_device = 1, mem_threadgroup = 2, mem_texture = 4 };
inline constexpr mem_flags operator|(mem_flags a, mem_flags b) {
  return static_cast<mem_flags>(static_cast<int>(a) | static_cast<int>(b));
}
MSL_MEET void threadgroup_barrier(mem_flags f) { msl_barrier(static_cast<int>(f)); }
MSL_MEET void simdgroup_barrier(mem_flags f) { msl_simd_barrier(static_cast<int>(f)); }
}  // namespace metal

namespace msl {
template <class T>
MSL_MEET void meet(T v, msl_exchange& all, int whole = 0) {
  static_assert(sizeof(T) <= 16, "up to 16 bytes a lane");
  msl_simd_exchange(&v, sizeof(T), whole, &all);
}
template <class T>
inline T valueOf(const msl_exchange& all, uint lane) {
  T t;
  __builtin_memcpy(&t, all.value[lane], sizeof(T));
  return t;
}
inline bool takesPart(const msl_exchange& all, uint lane) { return lane < 32 && ((all.active >> lane) & 1); }
}  // namespace msl

namespace metal {
// A tree over the active lanes. Apple leaves the order open, so no test may depend on it.
#define MSL_SIMD_REDUCTION(name, both)                                            \
  template <class T>                                                              \
  MSL_MEET T name(T v) {                                                          \
    msl_exchange all;                                                             \
    msl::meet(v, all);                                                            \
    T t[32];                                                                      \
    bool has[32];                                                                 \
    for (uint i = 0; i < 32; i++) {                                               \
      has[i] = msl::takesPart(all, i);                                            \
      t[i] = has[i] ? msl::valueOf<T>(all, i) : v;                                \
    }                                                                             \
    for (uint s = 1; s < 32; s <<= 1)                                             \
      for (uint i = 0; i + s < 32; i += 2 * s) {                                  \
        T a = t[i], b = t[i + s];                                                 \
        if (has[i] && has[i + s]) t[i] = (both);                                  \
        else if (has[i + s]) t[i] = b;                                            \
        has[i] = has[i] || has[i + s];                                            \
      }                                                                           \
    return t[0];                                                                  \
  }
MSL_SIMD_REDUCTION(simd_sum, a + b)
MSL_SIMD_REDUCTION(simd_product, a* b)
MSL_SIMD_REDUCTION(simd_max, metal::max(a, b))
MSL_SIMD_REDUCTION(simd_min, metal::min(a, b))
MSL_SIMD_REDUCTION(simd_and, a& b)
MSL_SIMD_REDUCTION(simd_or, a | b)
#undef MSL_SIMD_REDUCTION

#define MSL_SIMD_PICK(name, from)                                  \
  template <class T>                                               \
  MSL_MEET T name(T v, ushort k) {                                 \
    msl_exchange all;                                              \
    msl::meet(v, all);                                             \
    uint lane = (from);                                            \
    if (msl::takesPart(all, lane)) return msl::valueOf<T>(all, lane); \
    msl_undefined_lane(#name, lane);                               \
    return v;                                                      \
  }
MSL_SIMD_PICK(simd_broadcast, k)
MSL_SIMD_PICK(simd_shuffle, k)
MSL_SIMD_PICK(simd_shuffle_xor, all.me ^ k)
#undef MSL_SIMD_PICK
// Reading past the last lane is allowed, its value is not defined: the own value, which is wrong for most uses.
#define MSL_SIMD_SHIFT(name, from, inside)                         \
  template <class T>                                               \
  MSL_MEET T name(T v, ushort k) {                                 \
    msl_exchange all;                                              \
    msl::meet(v, all);                                             \
    uint lane = (from);                                            \
    return (inside) && msl::takesPart(all, lane) ? msl::valueOf<T>(all, lane) : v; \
  }
MSL_SIMD_SHIFT(simd_shuffle_down, all.me + k, all.me + k < 32)
MSL_SIMD_SHIFT(simd_shuffle_up, all.me - k, all.me >= k)
#undef MSL_SIMD_SHIFT
template <class T>
MSL_MEET T simd_broadcast_first(T v) {
  msl_exchange all;
  msl::meet(v, all);
  return msl::valueOf<T>(all, __builtin_ctz(all.active));
}
MSL_MEET bool simd_all(bool v) {
  msl_exchange all;
  msl::meet(v, all);
  for (uint i = 0; i < 32; i++)
    if (msl::takesPart(all, i) && !msl::valueOf<bool>(all, i)) return false;
  return true;
}
MSL_MEET bool simd_any(bool v) {
  msl_exchange all;
  msl::meet(v, all);
  for (uint i = 0; i < 32; i++)
    if (msl::takesPart(all, i) && msl::valueOf<bool>(all, i)) return true;
  return false;
}
}  // namespace metal
