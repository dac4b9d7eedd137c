// Elementwise condition ? x : y. It moves bits, so that a size of elements stands for all dtypes of it.

template <typename T>
kernel void select3(device const uchar* condition [[buffer(0)]], device const typename T::Stored* x [[buffer(1)]],
                    device const typename T::Stored* y [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                    constant Flat<3>& c [[buffer(4)]], uint i [[thread_position_in_grid]],
                    uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < FLAT_PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = condition[c.walks[0] ? i : 0] != 0 ? x[c.walks[1] ? i : 0] : y[c.walks[2] ? i : 0];
}
template <typename T>
kernel void select3Strided(device const uchar* condition [[buffer(0)]], device const typename T::Stored* x [[buffer(1)]],
                           device const typename T::Stored* y [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                           constant Strided<3>& c [[buffer(4)]], uint i [[thread_position_in_grid]]) {
  if (i >= c.dims.n) return;
  bool which = condition[elementAt(i, c.dims, c.of[0])] != 0;
  o[i] = which ? x[elementAt(i, c.dims, c.of[1])] : y[elementAt(i, c.dims, c.of[2])];
}

#define SELECT(T, CODE)                                  \
  KERNEL("select_" #CODE, select3<T>)                    \
  KERNEL("select_" #CODE "_strided", select3Strided<T>)
SELECT(U8, u8)
SELECT(U16, u16)
SELECT(U32, u32)
SELECT(U64, u64)
