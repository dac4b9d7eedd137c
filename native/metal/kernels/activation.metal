// silu(a) * b, the gate of a Llama's feed-forward layer, in one pass.

template <typename T>
kernel void siluMultiply(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                         device typename T::Stored* o [[buffer(2)]], constant Flat<2>& c [[buffer(3)]],
                         uint i [[thread_position_in_grid]], uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < FLAT_PER_THREAD; k++, i += threads) {
    if (i >= c.n) return;
    float x = T::load(a[c.walks[0] ? i : 0]);
    o[i] = T::store(x / (1.0f + precise::exp(-x)) * T::load(b[c.walks[1] ? i : 0]));
  }
}
KERNEL("silu_multiply_f32", siluMultiply<F32>)
KERNEL("silu_multiply_f16", siluMultiply<F16>)
KERNEL("silu_multiply_bf16", siluMultiply<BF16>)
