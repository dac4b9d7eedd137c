// Address spaces, scalar and vector types, constructors, limits.
#pragma once
#include <float.h>
#include <limits.h>

#ifdef MSL_ADDRESS_SPACES  // distinct and not convertible: what Apple's compiler refuses is refused
#define device __attribute__((address_space(1)))
#define constant const __attribute__((address_space(2)))
#define threadgroup __attribute__((address_space(3)))
#define MSL_THREADGROUP_VARIABLE(T, name, dims, id) static __attribute__((address_space(3))) T name dims
#else
#define device
#define constant const
#define threadgroup
#define MSL_THREADGROUP_VARIABLE(T, name, dims, id)                                                        \
  using msl_type_of_##name = T dims;                                                                       \
  msl_type_of_##name& name =                                                                               \
      *static_cast<msl_type_of_##name*>(msl_threadgroup_variable(id, sizeof(msl_type_of_##name), #name))
#endif
#define MSL_TYPE(...) __VA_ARGS__
#define thread
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define M_PI_F 3.14159265358979323846f
#define M_LOG2E_F 1.44269504088896340736f
#define M_LN2_F 0.69314718055994530942f
#define M_SQRT1_2_F 0.70710678118654752440f
#define M_2_SQRTPI_F 1.12837916709551257390f

typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned char uchar;
typedef unsigned long ulong;
typedef _Float16 half;
inline constexpr half operator""_h_(long double x) { return static_cast<half>(x); }

#define MSL_VECTORS(T)                                 \
  typedef T T##2 __attribute__((ext_vector_type(2))); \
  typedef T T##3 __attribute__((ext_vector_type(3))); \
  typedef T T##4 __attribute__((ext_vector_type(4)));
MSL_VECTORS(float)
MSL_VECTORS(half)
MSL_VECTORS(int)
MSL_VECTORS(uint)
MSL_VECTORS(short)
MSL_VECTORS(ushort)
MSL_VECTORS(char)
MSL_VECTORS(uchar)
MSL_VECTORS(long)
MSL_VECTORS(ulong)
#undef MSL_VECTORS

namespace msl {
template <class T>
struct VectorOf {
  static constexpr int size = 1;
  using Element = T;
};
template <class T, int N>
struct VectorOf<T __attribute__((ext_vector_type(N)))> {
  static constexpr int size = N;
  using Element = T;
};
template <class V, class A>
inline void put(V& r, int& i, A a) {
  using E = typename VectorOf<V>::Element;
  if constexpr (VectorOf<A>::size == 1)
    r[i++] = static_cast<E>(a);
  else
    for (int k = 0; k < VectorOf<A>::size; k++) r[i++] = static_cast<E>(a[k]);
}
/** `float4(a, b.xy, 1)`: clang's vectors have no such constructor. */
template <class V, class... A>
inline V construct(A... a) {
  using E = typename VectorOf<V>::Element;
  V r;
  if constexpr (sizeof...(A) == 1 && ((VectorOf<A>::size == 1) && ...)) {
    r = V(static_cast<E>((a, ...)));
  } else {
    static_assert((VectorOf<A>::size + ...) == VectorOf<V>::size, "vector constructor: wrong number of components");
    int i = 0;
    (put(r, i, a), ...);
  }
  return r;
}
}  // namespace msl

namespace metal {
template <class T, int N>
using vec = T __attribute__((ext_vector_type(N)));
template <class T, class F>
inline T as_type(F f) {
  static_assert(sizeof(T) == sizeof(F), "as_type keeps the size");
  T t;
  __builtin_memcpy(&t, &f, sizeof t);
  return t;
}
template <class A, class B>
struct is_same {
  static constexpr bool value = false;
};
template <class A>
struct is_same<A, A> {
  static constexpr bool value = true;
};
template <class T>
struct numeric_limits;
template <>
struct numeric_limits<float> {
  static constexpr float infinity() { return __builtin_inff(); }
  static constexpr float max() { return FLT_MAX; }
  static constexpr float lowest() { return -FLT_MAX; }
};
}  // namespace metal
using metal::as_type;

#define float2(...) (::msl::construct<float2>(__VA_ARGS__))
#define float3(...) (::msl::construct<float3>(__VA_ARGS__))
#define float4(...) (::msl::construct<float4>(__VA_ARGS__))
#define half2(...) (::msl::construct<half2>(__VA_ARGS__))
#define half4(...) (::msl::construct<half4>(__VA_ARGS__))
#define int2(...) (::msl::construct<int2>(__VA_ARGS__))
#define int3(...) (::msl::construct<int3>(__VA_ARGS__))
#define int4(...) (::msl::construct<int4>(__VA_ARGS__))
#define uint2(...) (::msl::construct<uint2>(__VA_ARGS__))
#define uint3(...) (::msl::construct<uint3>(__VA_ARGS__))
#define uint4(...) (::msl::construct<uint4>(__VA_ARGS__))
#define uchar4(...) (::msl::construct<uchar4>(__VA_ARGS__))
#define ushort2(...) (::msl::construct<ushort2>(__VA_ARGS__))
#define ushort4(...) (::msl::construct<ushort4>(__VA_ARGS__))
