// softmax, log_softmax, logsumexp and the cross entropy of the last axis: a threadgroup for each row, in three walks of it.

struct Rows {
  uint rows;
  uint n;
};
constant uint MAX_SIMDS = 32;

// The largest of all threads, then the sum of all threads. `parts` is used twice: whoever is fast must not write the sum over a
// maximum that another still reads.
inline float largestOf(float v, threadgroup float* parts, uint lane, uint simd, uint simds) {
  v = simd_max(v);
  if (lane == 0) parts[simd] = v;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  v = simd_max(lane < simds ? parts[lane] : -FLT_MAX);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  return v;
}
inline float sumOf(float v, threadgroup float* parts, uint lane, uint simd, uint simds) {
  v = simd_sum(v);
  if (lane == 0) parts[simd] = v;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  return simd_sum(lane < simds ? parts[lane] : 0.0f);
}

// What an element becomes, of x - max and of the sum of exp(x - max). A row of nothing but -inf becomes zeros, as in MLX.
struct Softmax {
  static float of(float x, float sum) { return sum == 0.0f ? 0.0f : precise::exp(x) / sum; }
};
struct LogSoftmax {
  static float of(float x, float sum) { return x - precise::log(sum); }
};

template <typename T, typename Op>
kernel void softmaxRows(device const typename T::Stored* a [[buffer(0)]], device typename T::Stored* o [[buffer(1)]],
                        constant Rows& c [[buffer(2)]], uint row [[threadgroup_position_in_grid]],
                        uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]],
                        uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                        uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  device typename T::Stored* y = o + row * c.n;
  float high = -FLT_MAX;
  for (uint i = t; i < c.n; i += threads) high = max(high, T::load(x[i]));
  high = largestOf(high, parts, lane, simd, simds);
  float sum = 0.0f;
  for (uint i = t; i < c.n; i += threads) sum += precise::exp(T::load(x[i]) - high);
  sum = sumOf(sum, parts, lane, simd, simds);
  for (uint i = t; i < c.n; i += threads) y[i] = T::store(Op::of(T::load(x[i]) - high, sum));
}

template <typename T>
kernel void logsumexpRows(device const typename T::Stored* a [[buffer(0)]], device typename T::Stored* o [[buffer(1)]],
                          constant Rows& c [[buffer(2)]], uint row [[threadgroup_position_in_grid]],
                          uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]],
                          uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                          uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  float high = -FLT_MAX;
  for (uint i = t; i < c.n; i += threads) high = max(high, T::load(x[i]));
  high = largestOf(high, parts, lane, simd, simds);
  // of an infinite maximum the result is that infinity, where x - high would be NaN
  float base = isinf(high) ? 0.0f : high;
  float sum = 0.0f;
  for (uint i = t; i < c.n; i += threads) sum += precise::exp(T::load(x[i]) - base);
  sum = sumOf(sum, parts, lane, simd, simds);
  if (t == 0) o[row] = T::store(precise::log(sum) + base);
}

struct CrossEntropy {
  uint rows;
  uint n;
  float smoothing;
};
// log(sum(exp(x))) - (1 - smoothing) x[class] - smoothing mean(x)
template <typename T>
kernel void crossEntropy(device const typename T::Stored* a [[buffer(0)]], device const uint* classes [[buffer(1)]],
                         device typename T::Stored* o [[buffer(2)]], constant CrossEntropy& c [[buffer(3)]],
                         uint row [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                         uint threads [[threads_per_threadgroup]], uint lane [[thread_index_in_simdgroup]],
                         uint simd [[simdgroup_index_in_threadgroup]], uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  float high = -FLT_MAX;
  for (uint i = t; i < c.n; i += threads) high = max(high, T::load(x[i]));
  high = largestOf(high, parts, lane, simd, simds);
  float sum = 0.0f, below = 0.0f;
  for (uint i = t; i < c.n; i += threads) {
    float v = T::load(x[i]) - high;
    sum += precise::exp(v);
    below += v;
  }
  sum = sumOf(sum, parts, lane, simd, simds);
  threadgroup_barrier(mem_flags::mem_threadgroup);  // `parts` again
  below = c.smoothing == 0.0f ? 0.0f : sumOf(below, parts, lane, simd, simds) * (c.smoothing / float(c.n));
  if (t == 0) o[row] = T::store(precise::log(sum) - (1.0f - c.smoothing) * (T::load(x[classes[row]]) - high) - below);
}
// g (softmax(x) - (1 - smoothing) [class] - smoothing / n)
template <typename T>
kernel void crossEntropyGrad(device const typename T::Stored* a [[buffer(0)]], device const uint* classes [[buffer(1)]],
                             device const typename T::Stored* g [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                             constant CrossEntropy& c [[buffer(4)]], uint row [[threadgroup_position_in_grid]],
                             uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]],
                             uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                             uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  device typename T::Stored* y = o + row * c.n;
  float high = -FLT_MAX;
  for (uint i = t; i < c.n; i += threads) high = max(high, T::load(x[i]));
  high = largestOf(high, parts, lane, simd, simds);
  float sum = 0.0f;
  for (uint i = t; i < c.n; i += threads) sum += precise::exp(T::load(x[i]) - high);
  sum = sumOf(sum, parts, lane, simd, simds);
  float by = T::load(g[row]), share = c.smoothing / float(c.n);
  uint hit = classes[row];
  for (uint i = t; i < c.n; i += threads) {
    float p = precise::exp(T::load(x[i]) - high) / sum;
    y[i] = T::store(by * (p - (i == hit ? 1.0f - c.smoothing : 0.0f) - share));
  }
}

#define FLOATS(T, CODE)                                       \
  KERNEL("softmax_" #CODE, softmaxRows<T, Softmax>)           \
  KERNEL("log_softmax_" #CODE, softmaxRows<T, LogSoftmax>)    \
  KERNEL("logsumexp_" #CODE, logsumexpRows<T>)                \
  KERNEL("cross_entropy_" #CODE, crossEntropy<T>)             \
  KERNEL("cross_entropy_grad_" #CODE, crossEntropyGrad<T>)
FLOATS(F32, f32)
FLOATS(F16, f16)
FLOATS(BF16, bf16)
