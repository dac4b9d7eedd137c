// What the entries that the translator writes are made of: a kernel's parameter types, taken from the function itself.
#pragma once

namespace msl {
template <class T>
struct Signature;
template <class R, class... P>
struct Signature<R (*)(P...)> {
  template <int I, class Q, class... Rest>
  struct Pick {
    using Type = typename Pick<I - 1, Rest...>::Type;
  };
  template <class Q, class... Rest>
  struct Pick<0, Q, Rest...> {
    using Type = Q;
  };
  template <int I>
  using At = typename Pick<I, P...>::Type;
};
template <class T>
struct Constness {
  static constexpr int readOnly = 0;
};
template <class T>
struct Constness<const T> {
  static constexpr int readOnly = 1;
};
template <class T>
struct Bound;
template <class T>
struct Bound<T*> {
  static T* get(void* p) { return static_cast<T*>(p); }
  static constexpr msl_parameter parameter(int index) { return {MSL_POINTER, index, 1, Constness<T>::readOnly}; }
};
template <class T>
struct Bound<T&> {
  static T& get(void* p) { return *static_cast<T*>(p); }
  static constexpr msl_parameter parameter(int index) { return {MSL_REFERENCE, index, sizeof(T), Constness<T>::readOnly}; }
};
template <class T>
constexpr msl_parameter bufferParameter(int index) {
  return Bound<T>::parameter(index);
}
template <class T>
inline T laneValue(const msl_u3& u) {
  if constexpr (metal::is_same<T, uint>::value || metal::is_same<T, ushort>::value) {
    return static_cast<T>(u.x);
  } else {
    T t;
    t[0] = u.x;
    t[1] = u.y;
    if constexpr (VectorOf<T>::size == 3) t[2] = u.z;
    return t;
  }
}
}  // namespace msl
