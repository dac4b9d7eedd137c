// The order of rows: ascending, stable, NaN last; zeros of both signs are equal. Elements are compared by unsigned keys. A threadgroup
// sorts 2048 elements at most; longer rows are merged from such runs.

struct Sort {
  uint rows;
  uint n;
};
struct Merge {
  uint rows;
  uint n;
  uint run;
};
constant uint BLOCK = 2048;

template <typename T>
struct FloatKey {
  typedef typename T::Stored Stored;
  typedef uint Word;
  static uint of(Stored x) {
    uint bits = as_type<uint>(T::load(x)), magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return 0xffffffff;
    return bits >> 31 ? 0x80000000 - magnitude : 0x80000000 + magnitude;
  }
};
template <typename T>
struct SignedKey {
  typedef T Stored;
  typedef uint Word;
  static uint of(T x) { return uint(int(x)) ^ 0x80000000; }
};
template <typename T, typename W>
struct UnsignedKey {
  typedef T Stored;
  typedef W Word;
  static W of(T x) { return W(x); }
};
struct LongKey {
  typedef long Stored;
  typedef ulong Word;
  static ulong of(long x) { return ulong(x) ^ (ulong(1) << 63); }
};

// Runs of up to BLOCK elements by a bitonic network. Places decide between equal keys, which makes the order of a row the only one; where a
// run ends before a power of two, the places behind it come last.
template <typename K>
kernel void sortRuns(device const typename K::Stored* a [[buffer(0)]], device uint* o [[buffer(1)]],
                     constant Sort& c [[buffer(2)]], uint2 group [[threadgroup_position_in_grid]],
                     uint t [[thread_index_in_threadgroup]], uint2 size [[threads_per_threadgroup]]) {
  threadgroup typename K::Word keys[BLOCK];
  threadgroup uint places[BLOCK];
  uint threads = size.x, first = group.x * BLOCK, count = min(BLOCK, c.n - first), from = group.y * c.n + first;
  uint span = 1;
  while (span < count) span *= 2;
  for (uint i = t; i < span; i += threads) {
    keys[i] = i < count ? K::of(a[from + i]) : ~typename K::Word(0);
    places[i] = i;
  }
  for (uint length = 2; length <= span; length *= 2)
    for (uint step = length / 2; step > 0; step /= 2) {
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (uint p = t; p < span / 2; p += threads) {
        uint i = p / step * step * 2 + p % step, j = i + step;
        typename K::Word x = keys[i], y = keys[j];
        uint u = places[i], v = places[j];
        bool after = x > y || (x == y && u > v);
        if (after == ((i & length) == 0)) {
          keys[i] = y;
          keys[j] = x;
          places[i] = v;
          places[j] = u;
        }
      }
    }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = t; i < count; i += threads) o[from + i] = first + places[i];
}

// Neighbouring sorted runs into runs of twice the length: an element comes behind those of its own run, and behind those of the other run
// that are smaller, or equal and to the left of it.
template <typename K>
kernel void mergeRuns(device const typename K::Stored* a [[buffer(0)]], device const uint* order [[buffer(1)]],
                      device uint* o [[buffer(2)]], constant Merge& c [[buffer(3)]], uint i [[thread_position_in_grid]]) {
  if (i >= c.rows * c.n) return;
  uint row = i / c.n * c.n, at = i - row;
  uint start = at / c.run / 2 * c.run * 2, middle = start + c.run, end = min(middle + c.run, c.n);
  bool left = at < middle;
  uint from = left ? middle : start, low = from, high = left ? end : middle;
  typename K::Word own = K::of(a[row + order[i]]);
  while (low < high) {
    uint between = low + (high - low) / 2;
    typename K::Word other = K::of(a[row + order[row + between]]);
    if (left ? other < own : other <= own) low = between + 1;
    else high = between;
  }
  o[row + (left ? at : at - (middle - start)) + (low - from)] = order[i];
}

#define ORDER(CODE, ...)                                       \
  KERNEL("argsort_runs_" #CODE, sortRuns<__VA_ARGS__>)         \
  KERNEL("argsort_merge_" #CODE, mergeRuns<__VA_ARGS__>)
ORDER(f32, FloatKey<F32>)
ORDER(f16, FloatKey<F16>)
ORDER(bf16, FloatKey<BF16>)
ORDER(i8, SignedKey<char>)
ORDER(i16, SignedKey<short>)
ORDER(i32, SignedKey<int>)
ORDER(i64, LongKey)
ORDER(u8, UnsignedKey<uchar, uint>)
ORDER(u16, UnsignedKey<ushort, uint>)
ORDER(u32, UnsignedKey<uint, uint>)
ORDER(u64, UnsignedKey<ulong, ulong>)
