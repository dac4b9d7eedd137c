// Reductions of the middle of [outer, n, inner], so of any axis and of neighbouring ones, of all dtypes. A threadgroup takes up to 32
// neighbouring columns of one of `parts` pieces of n, and leaves [outer, parts, inner]; few long rows go in two passes, of which the second
// folds the parts. What is between the passes of half types is float32.

#include "states.metal"

struct Fold {
  uint outer;
  uint n;
  uint inner;
  uint parts;
};
constant uint MAX_WIDTH = 32;
constant uint MAX_FOLD_THREADS = 256;
constant uint NOWHERE = 0xffffffff;

// Signed numbers whose sums and products are those of their bits, which wrap; bools are bytes.
INTEGER(Bits32, uint)
INTEGER(Bits64, ulong)
INTEGER(Byte, uchar)

// Of floats, with what rounding took.
template <>
struct Sum<float> {
  typedef Pair<float, float> State;
  static State nothing() { return {0.0f, 0.0f}; }
  static State of(float x, uint) { return {x, 0.0f}; }
  static State both(State a, State b) { return sumOf(a, b); }
  // what an infinite sum lost is not a number
  static float result(State a) { return isfinite(a.first) ? a.first + a.second : a.first; }
};
template <typename V>
struct All {
  typedef Pair<uint> State;
  static State nothing() { return {1, 0}; }
  static State of(V x, uint) { return {x != V(0), 0}; }
  static State both(State a, State b) { return {a.first & b.first, 0}; }
  static bool result(State a) { return a.first != 0; }
};
template <typename V>
struct Any {
  typedef Pair<uint> State;
  static State nothing() { return {0, 0}; }
  static State of(V x, uint) { return {x != V(0), 0}; }
  static State both(State a, State b) { return {a.first | b.first, 0}; }
  static bool result(State a) { return a.first != 0; }
};
// The place of the first extreme element; the first NaN beats all.
template <typename V>
struct ArgMax {
  typedef Pair<V, uint> State;
  static State nothing() { return {V(0), NOWHERE}; }
  static State of(V x, uint at) { return {x, at}; }
  static bool beats(V a, V b) { return a > b || (a != a && b == b); }
  static State both(State a, State b) {
    if (a.second == NOWHERE || b.second == NOWHERE) return a.second == NOWHERE ? b : a;
    if (beats(b.first, a.first)) return b;
    return beats(a.first, b.first) || a.second < b.second ? a : b;
  }
  static uint result(State a) { return a.second; }
};
template <typename V>
struct ArgMin {
  typedef Pair<V, uint> State;
  static State nothing() { return {V(0), NOWHERE}; }
  static State of(V x, uint at) { return {x, at}; }
  static bool beats(V a, V b) { return a < b || (a != a && b == b); }
  static State both(State a, State b) {
    if (a.second == NOWHERE || b.second == NOWHERE) return a.second == NOWHERE ? b : a;
    if (beats(b.first, a.first)) return b;
    return beats(a.first, b.first) || a.second < b.second ? a : b;
  }
  static uint result(State a) { return a.second; }
};

template <typename From, typename To, typename Op>
kernel void fold(device const typename From::Stored* a [[buffer(0)]], device typename To::Stored* o [[buffer(1)]],
                 constant Fold& c [[buffer(2)]], uint3 group [[threadgroup_position_in_grid]],
                 uint t [[thread_index_in_threadgroup]], uint3 size [[threads_per_threadgroup]]) {
  threadgroup typename Op::State::First firsts[MAX_FOLD_THREADS];
  threadgroup typename Op::State::Second seconds[MAX_FOLD_THREADS];
  uint threads = size.x, width = 1;  // both powers of two
  while (width < MAX_WIDTH && width < c.inner) width *= 2;
  uint column = group.x * width + t % width;
  uint length = (c.n + c.parts - 1) / c.parts;
  uint first = group.y * length, end = min(first + length, c.n);
  typename Op::State s = Op::nothing();
  if (column < c.inner)
    for (uint i = first + t / width; i < end; i += threads / width)
      s = Op::both(s, Op::of(From::load(a[(group.z * c.n + i) * c.inner + column]), i));
  firsts[t] = s.first;
  seconds[t] = s.second;
  for (uint step = threads / 2; step >= width; step /= 2) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (t < step) {
      typename Op::State other = {firsts[t + step], seconds[t + step]};
      s = Op::both(s, other);
      firsts[t] = s.first;
      seconds[t] = s.second;
    }
  }
  if (t < width && column < c.inner)
    o[(group.z * c.parts + group.y) * c.inner + column] = To::store(Op::result(s));
}

// The second pass of argmax and argmin: the best of the places that the parts gave. Empty parts gave none; places ascend.
template <typename T, typename Op>
kernel void foldAmong(device const typename T::Stored* a [[buffer(0)]], device const uint* places [[buffer(1)]],
                      device uint* o [[buffer(2)]], constant Fold& c [[buffer(3)]], uint i [[thread_position_in_grid]]) {
  if (i >= c.outer * c.inner) return;
  uint row = i / c.inner, column = i % c.inner;
  typename Op::State s = Op::nothing();
  for (uint part = 0; part < c.parts; part++) {
    uint at = places[(row * c.parts + part) * c.inner + column];
    if (at != NOWHERE) s = Op::both(s, Op::of(T::load(a[(row * c.n + at) * c.inner + column]), at));
  }
  o[i] = Op::result(s);
}

#define FOLD(NAME, OP, FROM, FROM_CODE, TO, TO_CODE) \
  KERNEL("fold_" #NAME "_" #FROM_CODE "_" #TO_CODE, fold<FROM, TO, OP<FROM::Value>>)
#define FLOATS(NAME, OP)                                                                  \
  FOLD(NAME, OP, F32, f32, F32, f32)                                                      \
  FOLD(NAME, OP, F16, f16, F16, f16)                                                      \
  FOLD(NAME, OP, F16, f16, F32, f32)                                                      \
  FOLD(NAME, OP, F32, f32, F16, f16)                                                      \
  FOLD(NAME, OP, BF16, bf16, BF16, bf16)                                                  \
  FOLD(NAME, OP, BF16, bf16, F32, f32)                                                    \
  FOLD(NAME, OP, F32, f32, BF16, bf16)
#define WORDS(NAME, OP)                                                     \
  FOLD(NAME, OP, Bits32, i32, Bits32, i32) FOLD(NAME, OP, U32, u32, U32, u32) \
  FOLD(NAME, OP, Bits64, i64, Bits64, i64) FOLD(NAME, OP, U64, u64, U64, u64)
#define INTEGERS(NAME, OP)                                                  \
  FOLD(NAME, OP, Byte, b8, Byte, b8)                                        \
  FOLD(NAME, OP, I8, i8, I8, i8) FOLD(NAME, OP, U8, u8, U8, u8)             \
  FOLD(NAME, OP, I16, i16, I16, i16) FOLD(NAME, OP, U16, u16, U16, u16)     \
  FOLD(NAME, OP, I32, i32, I32, i32) FOLD(NAME, OP, U32, u32, U32, u32)     \
  FOLD(NAME, OP, I64, i64, I64, i64) FOLD(NAME, OP, U64, u64, U64, u64)
#define EACH(KIND, NAME, OP)                                                                                         \
  KIND(NAME, OP, F32, f32) KIND(NAME, OP, F16, f16) KIND(NAME, OP, BF16, bf16) KIND(NAME, OP, Byte, b8)                \
  KIND(NAME, OP, I8, i8) KIND(NAME, OP, U8, u8) KIND(NAME, OP, I16, i16) KIND(NAME, OP, U16, u16)                    \
  KIND(NAME, OP, I32, i32) KIND(NAME, OP, U32, u32) KIND(NAME, OP, I64, i64) KIND(NAME, OP, U64, u64)
#define TEST(NAME, OP, T, CODE) KERNEL("fold_" #NAME "_" #CODE "_b8", fold<T, B8, OP<T::Value>>)
#define PLACE(NAME, OP, T, CODE)                                                       \
  KERNEL("fold_" #NAME "_" #CODE "_u32", fold<T, U32, OP<T::Value>>)                   \
  KERNEL("fold_" #NAME "Among_" #CODE "_u32", foldAmong<T, OP<T::Value>>)

FLOATS(sum, Sum)
FLOATS(prod, Product)
FLOATS(max, Max)
FLOATS(min, Min)
FLOATS(logsumexp, LogSumExp)
WORDS(sum, Sum)
WORDS(prod, Product)
INTEGERS(max, Max)
INTEGERS(min, Min)
EACH(TEST, all, All)
EACH(TEST, any, Any)
EACH(PLACE, argmax, ArgMax)
EACH(PLACE, argmin, ArgMin)
