// A matrix with any strides times a vector: a simd group for each row, whose lanes take every 32nd element of it.
struct Matvec {
  uint rows;
  uint n;
  uint rowStride;
  uint columnStride;
};

template <typename T>
kernel void matvec(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* x [[buffer(1)]],
                       device typename T::Stored* o [[buffer(2)]], constant Matvec& c [[buffer(3)]],
                       uint group [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]],
                       uint simd [[simdgroup_index_in_threadgroup]], uint simds [[simdgroups_per_threadgroup]]) {
  uint row = group * simds + simd;
  if (row >= c.rows) return;
  float sum = 0.0f;
  for (uint i = lane; i < c.n; i += 32) sum = fma(T::load(a[row * c.rowStride + i * c.columnStride]), T::load(x[i]), sum);
  sum = simd_sum(sum);
  if (lane == 0) o[row] = T::store(sum);
}
KERNEL("matvec_f32", matvec<F32>)
KERNEL("matvec_f16", matvec<F16>)
KERNEL("matvec_bf16", matvec<BF16>)
