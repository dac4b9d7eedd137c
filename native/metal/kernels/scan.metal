// Running results along the middle of [outer, n, inner], so along any axis of all dtypes. A threadgroup takes up to 32 neighbouring columns
// and works through n in tiles: a thread folds EACH elements, the threads find in rounds of doubling reach what lies before them in the
// tile, and what the tile comes to is carried to the next one.

#include "states.metal"

struct Scan {
  uint outer;
  uint n;
  uint inner;
  uint reverse;
  uint inclusive;
};
constant uint MAX_WIDTH = 32;
constant uint MAX_SCAN_THREADS = 256;
// elements of a column that a thread takes of a tile
constant uint EACH = 8;

// Sums and products of integers wrap, so they are those of their bits; of 8 and 16 they are computed in 32.
#define BITS_OF(NAME, TYPE)                        \
  struct NAME {                                    \
    typedef TYPE Stored;                           \
    typedef uint Value;                            \
    static uint load(TYPE x) { return uint(x); }   \
    static TYPE store(uint x) { return TYPE(x); }  \
  };
BITS_OF(Bits8, uchar)
BITS_OF(Bits16, ushort)

// Of floats, with what rounding took. -0 is what changes no float, not even -0.
template <>
struct Sum<float> {
  typedef Pair<float, float> State;
  static float start() { return 0.0f; }
  static State nothing() { return {-0.0f, 0.0f}; }
  static State of(float x, uint) { return {x, 0.0f}; }
  static State both(State a, State b) { return sumOf(a, b); }
  // what an infinite sum lost is not a number
  static float result(State a) { return isfinite(a.first) && a.second != 0.0f ? a.first + a.second : a.first; }
};
// Of floats as first * 2^second, 1 <= |first| < 2 but for zeros, infinities and NaN: a product of some elements may lie beyond float32
// where that of all does not, or where a zero came before. The exponent is a float, which does not wrap.
template <>
struct Product<float> {
  typedef Pair<float, float> State;
  static float start() { return 1.0f; }
  static State nothing() { return {1.0f, 0.0f}; }
  static State of(float x, uint) { return scaled(x, 0.0f); }
  static State both(State a, State b) { return scaled(a.first * b.first, a.second + b.second); }
  // in two steps, each by a power that a float holds: the first is exact
  static float result(State a) {
    int by = int(clamp(a.second, -252.0f, 254.0f)), part = by / 2;
    return a.first * power(part) * power(by - part);
  }
  static float power(int by) { return as_type<float>(uint(127 + by) << 23); }
  static State scaled(float x, float by) {
    bool small = fabs(x) < FLT_MIN;  // by 2^24 it is no more, but for zeros
    uint bits = as_type<uint>(small ? x * 16777216.0f : x), exponent = bits >> 23 & 255;
    if (exponent == 0 || exponent == 255) return {x, 0.0f};
    return {as_type<float>((bits & 0x807fffff) | 0x3f800000), by + float(exponent) - (small ? 151.0f : 127.0f)};
  }
};

template <typename T, typename Op>
kernel void scan(device const typename T::Stored* a [[buffer(0)]], device typename T::Stored* o [[buffer(1)]],
                 constant Scan& c [[buffer(2)]], uint3 group [[threadgroup_position_in_grid]],
                 uint t [[thread_index_in_threadgroup]], uint3 size [[threads_per_threadgroup]]) {
  threadgroup typename Op::State::First firsts[2 * MAX_SCAN_THREADS];
  threadgroup typename Op::State::Second seconds[2 * MAX_SCAN_THREADS];
  typedef typename Op::State State;
  uint threads = size.x, width = 1;  // both powers of two
  while (width < MAX_WIDTH && width < c.inner) width *= 2;
  uint column = group.x * width + t % width, line = t / width, tile = threads / width * EACH;
  uint end = column < c.inner ? c.n : 0;
  uint row = (group.z * c.n + (c.reverse != 0 ? c.n - 1 : 0)) * c.inner + column;
  uint step = c.reverse != 0 ? 0 - c.inner : c.inner;
  uint side = 0;  // rounds read one half of the threadgroup's memory and write the other
  State carry = Op::nothing();
  for (uint from = 0; from < c.n; from += tile) {
    uint first = from + line * EACH;
    typename T::Value x[EACH];
    State s = Op::nothing();
    for (uint k = 0; k < EACH; k++)
      if (first + k < end) {
        x[k] = T::load(a[row + (first + k) * step]);
        s = Op::both(s, Op::of(x[k], 0));
      }
    side = MAX_SCAN_THREADS - side;
    firsts[side + t] = s.first;
    seconds[side + t] = s.second;
    for (uint reach = width; reach < threads; reach *= 2) {
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (t >= reach) {
        State before = {firsts[side + t - reach], seconds[side + t - reach]};
        s = Op::both(before, s);
      }
      side = MAX_SCAN_THREADS - side;
      firsts[side + t] = s.first;
      seconds[side + t] = s.second;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    s = carry;
    if (line > 0) {
      State before = {firsts[side + t - width], seconds[side + t - width]};
      s = Op::both(carry, before);
    }
    uint last = side + threads - width + t % width;
    State whole = {firsts[last], seconds[last]};
    carry = Op::both(carry, whole);
    for (uint k = 0; k < EACH; k++)
      if (first + k < end) {
        State next = Op::both(s, Op::of(x[k], 0));
        typename T::Value before = first + k > 0 ? Op::result(s) : Op::start();
        o[row + (first + k) * step] = T::store(c.inclusive != 0 ? Op::result(next) : before);
        s = next;
      }
  }
}

#define SCAN(NAME, OP, T, CODE) KERNEL("scan_" #NAME "_" #CODE, scan<T, OP<T::Value>>)
#define FLOATS(NAME, OP) SCAN(NAME, OP, F32, f32) SCAN(NAME, OP, F16, f16) SCAN(NAME, OP, BF16, bf16)
#define BITS(NAME, OP)                                          \
  SCAN(NAME, OP, Bits8, u8) SCAN(NAME, OP, Bits16, u16)         \
  SCAN(NAME, OP, U32, u32) SCAN(NAME, OP, U64, u64)
#define INTEGERS(NAME, OP)                                      \
  SCAN(NAME, OP, B8, b8)                                        \
  SCAN(NAME, OP, I8, i8) SCAN(NAME, OP, U8, u8)                 \
  SCAN(NAME, OP, I16, i16) SCAN(NAME, OP, U16, u16)             \
  SCAN(NAME, OP, I32, i32) SCAN(NAME, OP, U32, u32)             \
  SCAN(NAME, OP, I64, i64) SCAN(NAME, OP, U64, u64)

FLOATS(sum, Sum)
FLOATS(prod, Product)
FLOATS(max, Max)
FLOATS(min, Min)
FLOATS(logaddexp, LogSumExp)
BITS(sum, Sum)
BITS(prod, Product)
INTEGERS(max, Max)
INTEGERS(min, Min)
