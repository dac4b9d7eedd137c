// simdgroup_matrix, 8 x 8. Lane l keeps elements 2l and 2l + 1 here; Apple says nothing about its layout, so kernels may not look.
#pragma once

namespace metal {
template <class T, int R, int C>
struct simdgroup_matrix {
  static_assert(R == 8 && C == 8, "simdgroup_matrix is 8 x 8");
  T msl_own[2];
  simdgroup_matrix() = default;
  explicit simdgroup_matrix(T v) { msl_own[0] = msl_own[1] = v; }
};
using simdgroup_float8x8 = simdgroup_matrix<float, 8, 8>;
using simdgroup_half8x8 = simdgroup_matrix<half, 8, 8>;

template <class T, int R, int C>
inline simdgroup_matrix<T, R, C> make_filled_simdgroup_matrix(T v) {
  return simdgroup_matrix<T, R, C>(v);
}

#define MSL_MATRIX_MEMORY(SPACE)                                                                                     \
  template <class T>                                                                                                 \
  MSL_MEET void simdgroup_load(thread simdgroup_matrix<T, 8, 8>& m, const SPACE T* p, ulong stride = 8,              \
                               ulong2 origin = 0, bool transpose = false) {                                          \
    msl_exchange all;                                                                                                \
    msl::meet(0, all, 1);                                                                                            \
    for (uint i = 0; i < 2; i++) {                                                                                   \
      uint k = all.me * 2 + i, r = k / 8, c = k % 8;                                                                 \
      m.msl_own[i] = transpose ? p[(origin.y + c) * stride + origin.x + r] : p[(origin.y + r) * stride + origin.x + c]; \
    }                                                                                                                \
  }                                                                                                                  \
  template <class T>                                                                                                 \
  MSL_MEET void simdgroup_store(simdgroup_matrix<T, 8, 8> m, SPACE T* p, ulong stride = 8, ulong2 origin = 0,        \
                                bool transpose = false) {                                                            \
    msl_exchange all;                                                                                                \
    msl::meet(0, all, 1);                                                                                            \
    for (uint i = 0; i < 2; i++) {                                                                                   \
      uint k = all.me * 2 + i, r = k / 8, c = k % 8;                                                                 \
      if (transpose) p[(origin.y + c) * stride + origin.x + r] = m.msl_own[i];                                       \
      else p[(origin.y + r) * stride + origin.x + c] = m.msl_own[i];                                                 \
    }                                                                                                                \
  }
MSL_MATRIX_MEMORY(device)
#ifdef MSL_ADDRESS_SPACES
MSL_MATRIX_MEMORY(threadgroup)
#endif
#undef MSL_MATRIX_MEMORY

template <class D, class A, class B, class C>
MSL_MEET void simdgroup_multiply_accumulate(thread simdgroup_matrix<D, 8, 8>& d, simdgroup_matrix<A, 8, 8> a,
                                            simdgroup_matrix<B, 8, 8> b, simdgroup_matrix<C, 8, 8> c) {
  msl_exchange as, bs;
  vec<A, 2> mineA = {a.msl_own[0], a.msl_own[1]};
  vec<B, 2> mineB = {b.msl_own[0], b.msl_own[1]};
  msl::meet(mineA, as, 1);
  msl::meet(mineB, bs, 1);
  for (uint i = 0; i < 2; i++) {
    uint k = as.me * 2 + i, row = k / 8, column = k % 8;
    float sum = static_cast<float>(c.msl_own[i]);
    for (uint t = 0; t < 8; t++) {
      uint ia = row * 8 + t, ib = t * 8 + column;
      sum += static_cast<float>(msl::valueOf<vec<A, 2>>(as, ia / 2)[ia % 2]) *
             static_cast<float>(msl::valueOf<vec<B, 2>>(bs, ib / 2)[ib % 2]);
    }
    d.msl_own[i] = static_cast<D>(sum);
  }
}
template <class D, class A, class B>
MSL_MEET void simdgroup_multiply(thread simdgroup_matrix<D, 8, 8>& d, simdgroup_matrix<A, 8, 8> a,
                                 simdgroup_matrix<B, 8, 8> b) {
  simdgroup_multiply_accumulate(d, a, b, simdgroup_matrix<D, 8, 8>(static_cast<D>(0)));
}
}  // namespace metal
