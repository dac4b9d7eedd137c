// Math of metal_math, metal_integer and metal_common. Half functions are computed in float and rounded once.
#pragma once

namespace metal {
#define MSL_EACH_1(name)                    \
  template <class T, int N>                 \
  inline vec<T, N> name(vec<T, N> v) {      \
    vec<T, N> r;                            \
    for (int i = 0; i < N; i++) r[i] = name(v[i]); \
    return r;                               \
  }
#define MSL_EACH_2(name)                                        \
  template <class T, int N>                                     \
  inline vec<T, N> name(vec<T, N> a, vec<T, N> b) {             \
    vec<T, N> r;                                                \
    for (int i = 0; i < N; i++) r[i] = name(a[i], b[i]);        \
    return r;                                                   \
  }                                                             \
  template <class T, int N>                                     \
  inline vec<T, N> name(vec<T, N> a, T b) {                     \
    vec<T, N> r;                                                \
    for (int i = 0; i < N; i++) r[i] = name(a[i], b);           \
    return r;                                                   \
  }
#define MSL_MATH_1(name, value)                                              \
  inline float name(float x) { return value; }                               \
  inline half name(half h) {                                                 \
    float x = static_cast<float>(h);                                         \
    return static_cast<half>(value);                                         \
  }                                                                          \
  MSL_EACH_1(name)
#define MSL_MATH_2(name, value)                                              \
  inline float name(float x, float y) { return value; }                      \
  inline half name(half h, half g) {                                         \
    float x = static_cast<float>(h), y = static_cast<float>(g);              \
    return static_cast<half>(value);                                         \
  }                                                                          \
  MSL_EACH_2(name)
#define MSL_MATH                                  \
  MSL_MATH_1(exp, __builtin_expf(x))              \
  MSL_MATH_1(exp2, __builtin_exp2f(x))            \
  MSL_MATH_1(exp10, __builtin_exp10f(x))          \
  MSL_MATH_1(log, __builtin_logf(x))              \
  MSL_MATH_1(log2, __builtin_log2f(x))            \
  MSL_MATH_1(log10, __builtin_log10f(x))          \
  MSL_MATH_1(sqrt, __builtin_sqrtf(x))            \
  MSL_MATH_1(rsqrt, 1.0f / __builtin_sqrtf(x))    \
  MSL_MATH_1(sin, __builtin_sinf(x))              \
  MSL_MATH_1(cos, __builtin_cosf(x))              \
  MSL_MATH_1(tan, __builtin_tanf(x))              \
  MSL_MATH_1(asin, __builtin_asinf(x))            \
  MSL_MATH_1(acos, __builtin_acosf(x))            \
  MSL_MATH_1(atan, __builtin_atanf(x))            \
  MSL_MATH_1(sinh, __builtin_sinhf(x))            \
  MSL_MATH_1(cosh, __builtin_coshf(x))            \
  MSL_MATH_1(tanh, __builtin_tanhf(x))            \
  MSL_MATH_1(asinh, __builtin_asinhf(x))          \
  MSL_MATH_1(acosh, __builtin_acoshf(x))          \
  MSL_MATH_1(atanh, __builtin_atanhf(x))          \
  MSL_MATH_1(fabs, __builtin_fabsf(x))            \
  MSL_MATH_1(floor, __builtin_floorf(x))          \
  MSL_MATH_1(ceil, __builtin_ceilf(x))            \
  MSL_MATH_1(round, __builtin_roundf(x))          \
  MSL_MATH_1(rint, __builtin_rintf(x))            \
  MSL_MATH_1(trunc, __builtin_truncf(x))          \
  MSL_MATH_1(fract, x - __builtin_floorf(x))      \
  MSL_MATH_2(pow, __builtin_powf(x, y))           \
  MSL_MATH_2(powr, __builtin_powf(x, y))          \
  MSL_MATH_2(fmod, __builtin_fmodf(x, y))         \
  MSL_MATH_2(fmin, __builtin_fminf(x, y))         \
  MSL_MATH_2(fmax, __builtin_fmaxf(x, y))         \
  MSL_MATH_2(atan2, __builtin_atan2f(x, y))       \
  MSL_MATH_2(copysign, __builtin_copysignf(x, y))
MSL_MATH
namespace precise {
MSL_MATH
}
namespace fast {
MSL_MATH
}
MSL_MATH_1(sign, (x > 0.0f) - (x < 0.0f))
MSL_MATH_1(saturate, x < 0 ? 0 : (x > 1 ? 1 : x))

inline bool isnan(float x) { return __builtin_isnan(x); }
inline bool isnan(half x) { return __builtin_isnan(static_cast<float>(x)); }
inline bool isinf(float x) { return __builtin_isinf(x); }
inline bool isfinite(float x) { return __builtin_isfinite(x); }
inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline half fma(half a, half b, half c) {  // exact in double, so rounded once
  return static_cast<half>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
}
template <class T, int N>
inline vec<T, N> fma(vec<T, N> a, vec<T, N> b, vec<T, N> c) {
  vec<T, N> r;
  for (int i = 0; i < N; i++) r[i] = fma(a[i], b[i], c[i]);
  return r;
}
#define MSL_ORDER(T)                                                  \
  inline T min(T a, T b) { return b < a ? b : a; }                    \
  inline T max(T a, T b) { return a < b ? b : a; }                    \
  inline T clamp(T x, T low, T high) { return min(max(x, low), high); }
MSL_ORDER(float)
MSL_ORDER(half)
MSL_ORDER(int)
MSL_ORDER(uint)
MSL_ORDER(short)
MSL_ORDER(ushort)
MSL_ORDER(char)
MSL_ORDER(uchar)
MSL_ORDER(long)
MSL_ORDER(ulong)
#undef MSL_ORDER
MSL_EACH_2(min)
MSL_EACH_2(max)
inline float abs(float x) { return __builtin_fabsf(x); }
inline half abs(half x) { return static_cast<half>(__builtin_fabsf(static_cast<float>(x))); }
inline int abs(int x) { return x < 0 ? -x : x; }
MSL_EACH_1(abs)
template <class T>
inline T select(T no, T yes, bool which) {
  return which ? yes : no;
}
template <class T, int N>
inline T dot(vec<T, N> a, vec<T, N> b) {
  T s = a[0] * b[0];
  for (int i = 1; i < N; i++) s += a[i] * b[i];
  return s;
}
inline uint popcount(uint x) { return __builtin_popcount(x); }
inline uint clz(uint x) { return x ? __builtin_clz(x) : 32; }
inline uint ctz(uint x) { return x ? __builtin_ctz(x) : 32; }
inline uint mulhi(uint a, uint b) { return static_cast<uint>((static_cast<uint64_t>(a) * b) >> 32); }
#undef MSL_MATH
#undef MSL_MATH_1
#undef MSL_MATH_2
#undef MSL_EACH_1
#undef MSL_EACH_2
}  // namespace metal
