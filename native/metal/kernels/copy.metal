// Copies from one dtype to another or the same, contiguous or from a strided view to row-major order.

template <typename From, typename To>
kernel void copy(device const typename From::Stored* a [[buffer(0)]], device typename To::Stored* o [[buffer(1)]],
                 constant Flat<1>& c [[buffer(2)]], uint i [[thread_position_in_grid]],
                 uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < FLAT_PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = To::store(convert<To>(From::load(a[c.walks[0] ? i : 0])));
}
template <typename From, typename To>
kernel void copyStrided(device const typename From::Stored* a [[buffer(0)]], device typename To::Stored* o [[buffer(1)]],
                        constant Strided<1>& c [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n) o[i] = To::store(convert<To>(From::load(a[elementAt(i, c.dims, c.of[0])])));
}

// Elements of one view to those of another, as bits: what is between the elements of the output stays.
template <typename T>
kernel void place(device const T* a [[buffer(0)]], device T* o [[buffer(1)]], constant Strided<2>& c [[buffer(2)]],
                  uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n) o[elementAt(i, c.dims, c.of[1])] = a[elementAt(i, c.dims, c.of[0])];
}
KERNEL("place_u8", place<uchar>)
KERNEL("place_u16", place<ushort>)
KERNEL("place_u32", place<uint>)
KERNEL("place_u64", place<ulong>)

#define PAIR(FROM, FROM_CODE, TO, TO_CODE)                                     \
  KERNEL("copy_" #FROM_CODE "_" #TO_CODE, copy<FROM, TO>)                      \
  KERNEL("copy_" #FROM_CODE "_" #TO_CODE "_strided", copyStrided<FROM, TO>)
#define FROM(T, CODE)                                                                                       \
  PAIR(T, CODE, F32, f32) PAIR(T, CODE, F16, f16) PAIR(T, CODE, BF16, bf16) PAIR(T, CODE, I32, i32)        \
  PAIR(T, CODE, U32, u32) PAIR(T, CODE, B8, b8)
#define SAME(T, CODE) PAIR(T, CODE, T, CODE)

FROM(F32, f32)
FROM(F16, f16)
FROM(BF16, bf16)
FROM(I32, i32)
FROM(U32, u32)
FROM(B8, b8)
SAME(I8, i8)
SAME(U8, u8)
SAME(I16, i16)
SAME(U16, u16)
SAME(I64, i64)
SAME(U64, u64)
