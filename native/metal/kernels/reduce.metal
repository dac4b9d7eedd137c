// Reductions of the last axis: a threadgroup for each row. Threads take every n-th element, simd groups bring them together, and the
// first simd group closes.

struct Rows {
  uint rows;
  uint n;
};
constant uint MAX_SIMDS = 32;

// What a row is reduced with: the value of nothing, and of two parts. `simd` is `both` over the lanes of a simd group.
struct Sum {
  static float nothing() { return 0.0f; }
  static float both(float a, float b) { return a + b; }
  static float simd(float a) { return simd_sum(a); }
};
struct Product {
  static float nothing() { return 1.0f; }
  static float both(float a, float b) { return a * b; }
  static float simd(float a) { return simd_product(a); }
};
// NaN wins: simd_max and simd_min may drop it, so it is counted apart.
struct Max {
  static float nothing() { return -INFINITY; }
  static float both(float a, float b) { return a != a || a > b ? a : b; }
  static float simd(float a) { return simd_any(a != a) ? NAN : simd_max(a); }
};
struct Min {
  static float nothing() { return INFINITY; }
  static float both(float a, float b) { return a != a || a < b ? a : b; }
  static float simd(float a) { return simd_any(a != a) ? NAN : simd_min(a); }
};

template <typename T, typename Op>
kernel void reduceRows(device const typename T::Stored* a [[buffer(0)]], device typename T::Stored* o [[buffer(1)]],
                       constant Rows& c [[buffer(2)]], uint row [[threadgroup_position_in_grid]],
                       uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]],
                       uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                       uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float parts[MAX_SIMDS];
  device const typename T::Stored* x = a + row * c.n;
  float v = Op::nothing();
  for (uint i = t; i < c.n; i += threads) v = Op::both(v, T::load(x[i]));
  v = Op::simd(v);
  if (lane == 0) parts[simd] = v;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd != 0) return;
  v = Op::simd(lane < simds ? parts[lane] : Op::nothing());
  if (lane == 0) o[row] = T::store(v);
}

// The index of the largest or smallest element, the first of equal ones; NaN is beyond all others.
struct ArgMax {
  static float nothing() { return -INFINITY; }
  static bool beats(float a, float b) { return a > b || (a != a && b == b); }
};
struct ArgMin {
  static float nothing() { return INFINITY; }
  static bool beats(float a, float b) { return a < b || (a != a && b == b); }
};
template <typename T, typename Op>
kernel void argRows(device const typename T::Stored* a [[buffer(0)]], device uint* o [[buffer(1)]],
                    constant Rows& c [[buffer(2)]], uint row [[threadgroup_position_in_grid]],
                    uint t [[thread_index_in_threadgroup]], uint threads [[threads_per_threadgroup]]) {
  threadgroup float values[1024];
  threadgroup uint places[1024];
  device const typename T::Stored* x = a + row * c.n;
  float best = Op::nothing();
  uint place = c.n;  // nothing yet: any element is better
  for (uint i = t; i < c.n; i += threads) {
    float v = T::load(x[i]);
    if (place == c.n || Op::beats(v, best)) {
      best = v;
      place = i;
    }
  }
  values[t] = best;
  places[t] = place;
  for (uint step = threads / 2; step > 0; step /= 2) {  // threads is a power of two
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (t < step) {
      float v = values[t + step];
      uint p = places[t + step];
      bool tie = !Op::beats(v, values[t]) && !Op::beats(values[t], v);
      if (p != c.n && (places[t] == c.n || Op::beats(v, values[t]) || (tie && p < places[t]))) {
        values[t] = v;
        places[t] = p;
      }
    }
  }
  if (t == 0) o[row] = places[0];
}

#define FLOATS(NAME, KIND, OP)                              \
  KERNEL("reduce_" #NAME "_f32", KIND<F32, OP>)             \
  KERNEL("reduce_" #NAME "_f16", KIND<F16, OP>)             \
  KERNEL("reduce_" #NAME "_bf16", KIND<BF16, OP>)
FLOATS(sum, reduceRows, Sum)
FLOATS(prod, reduceRows, Product)
FLOATS(max, reduceRows, Max)
FLOATS(min, reduceRows, Min)
FLOATS(argmax, argRows, ArgMax)
FLOATS(argmin, argRows, ArgMin)
