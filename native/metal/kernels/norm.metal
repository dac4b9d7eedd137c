// rms_norm and layer_norm of the last axis: a threadgroup for each row.

struct RmsNorm {
  uint rows;
  uint n;
  float eps;
  uint hasWeight;
};
struct LayerNorm {
  uint rows;
  uint n;
  float eps;
  uint hasWeight;
  uint hasBias;
};
constant uint MAX_SIMDS = 32;

// The sum over all threads, for all of them. May be called again: the barrier at its beginning waits for readers of the last one.
inline float sumOf(float v, threadgroup float* parts, uint lane, uint simd, uint simds) {
  threadgroup_barrier(mem_flags::mem_threadgroup);
  v = simd_sum(v);
  if (lane == 0) parts[simd] = v;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  return simd_sum(lane < simds ? parts[lane] : 0.0f);
}

// x / sqrt(mean(x^2) + eps) * weight
template <typename T>
kernel void rmsNorm(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* weight [[buffer(1)]],
                    device typename T::Stored* o [[buffer(2)]], constant RmsNorm& c [[buffer(3)]],
                    uint row [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                    uint threads [[threads_per_threadgroup]], uint lane [[thread_index_in_simdgroup]],
                    uint simd [[simdgroup_index_in_threadgroup]], uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  float squares = 0.0f;
  for (uint i = t; i < c.n; i += threads) {
    float v = T::load(x[i]);
    squares = fma(v, v, squares);
  }
  float scale = 1.0f / precise::sqrt(sumOf(squares, parts, lane, simd, simds) / float(c.n) + c.eps);
  for (uint i = t; i < c.n; i += threads)
    o[row * c.n + i] = T::store(T::load(x[i]) * scale * (c.hasWeight ? T::load(weight[i]) : 1.0f));
}

// (x - mean(x)) / sqrt(variance(x) + eps) * weight + bias; the variance is of what is left without the mean
template <typename T>
kernel void layerNorm(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* weight [[buffer(1)]],
                      device const typename T::Stored* bias [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                      constant LayerNorm& c [[buffer(4)]], uint row [[threadgroup_position_in_grid]],
                      uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]],
                      uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                      uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  float sum = 0.0f;
  for (uint i = t; i < c.n; i += threads) sum += T::load(x[i]);
  float mean = sumOf(sum, parts, lane, simd, simds) / float(c.n);
  float squares = 0.0f;
  for (uint i = t; i < c.n; i += threads) {
    float v = T::load(x[i]) - mean;
    squares = fma(v, v, squares);
  }
  float scale = 1.0f / precise::sqrt(sumOf(squares, parts, lane, simd, simds) / float(c.n) + c.eps);
  for (uint i = t; i < c.n; i += threads) {
    float v = (T::load(x[i]) - mean) * scale * (c.hasWeight ? T::load(weight[i]) : 1.0f);
    o[row * c.n + i] = T::store(c.hasBias ? v + T::load(bias[i]) : v);
  }
}

#define FLOATS(T, CODE)                        \
  KERNEL("rms_norm_" #CODE, rmsNorm<T>)        \
  KERNEL("layer_norm_" #CODE, layerNorm<T>)
FLOATS(F32, f32)
FLOATS(F16, f16)
FLOATS(BF16, bf16)
