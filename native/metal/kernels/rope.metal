// Rotary position embedding of [heads.., length, features], the last two axes and up to 6 before them with any strides; the output is
// row-major. Pair i at position p turns by p * scale * base^(-2i / dims), or by p * scale / freqs[i]. A thread has one pair, or one of
// the features behind them, at one position, and takes several heads.
//
// An angle of many turns has no place in a float32: the part of a turn that a pair makes from one position to the next is a 64-bit
// fraction, so that products with positions wrap where whole turns do, and what is left is exact to 2^-32 of a turn.

struct Rope {
  uint heads;
  uint length;
  uint features;
  uint dims;
  uint traditional;
  // 1: freqs has the frequencies, else they are powers of the ratio
  uint hasFreqs;
  // how many heads share an entry of offsets; 0: all positions count from `offset`
  uint perOffset;
  int offset;
  // two floats each, whose sum counts: scale / (2 pi), and base^(-2 / dims)
  float turnHigh;
  float turnLow;
  float ratioHigh;
  float ratioLow;
  uint rank;
  uint axes[6];
  uint start;
  int strides[8];
};
constant uint HEADS = 4;

// A number as the sum of two floats, which have 48 bits together.
struct Pair {
  float high;
  float low;
};
inline Pair product(Pair a, Pair b) {
  float high = a.high * b.high;
  float low = fma(a.high, b.high, -high) + fma(a.high, b.low, a.low * b.high);
  float sum = high + low;
  return Pair{sum, low - (sum - high)};
}
inline Pair power(Pair x, uint n) {
  Pair p = Pair{1.0f, 0.0f};
  for (; n > 0; n >>= 1) {
    if (n & 1) p = product(p, x);
    x = product(x, x);
  }
  return p;
}
inline Pair quotient(Pair a, float b) {
  float high = a.high / b;
  // of an infinite frequency the rest would be NaN
  return Pair{high, isfinite(high) && isfinite(b) ? (fma(-high, b, a.high) + a.low) / b : 0.0f};
}
// The part of a finite number that is no whole one, in units of 2^-64, for negative numbers counted back from 1.
inline ulong fraction(float x) {
  float rest = abs(x) - floor(abs(x));
  float scaled = rest * 4294967296.0f;
  ulong upper = ulong(scaled), lower = ulong((scaled - float(upper)) * 4294967296.0f);
  ulong bits = upper << 32 | lower;
  return x < 0.0f ? -bits : bits;
}

template <typename T>
kernel void rope(device const typename T::Stored* a [[buffer(0)]], device const float* freqs [[buffer(1)]],
                 device const int* offsets [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                 constant Rope& c [[buffer(4)]], uint3 place [[thread_position_in_grid]]) {
  uint pairs = c.dims / 2, position = place.y;
  bool turns = place.x < pairs;
  uint first = turns ? (c.traditional ? place.x * 2 : place.x) : place.x + pairs;
  uint second = first + (c.traditional ? 1 : pairs);
  if (first >= c.features) return;

  ulong turn = 0;
  float poison = 0.0f;  // NaN where a frequency is no number
  if (turns) {
    Pair whole = Pair{c.turnHigh, c.turnLow};
    Pair step = c.hasFreqs ? quotient(whole, freqs[place.x]) : product(whole, power(Pair{c.ratioHigh, c.ratioLow}, place.x));
    poison = step.high - step.high;
    if (poison == 0.0f) turn = fraction(step.high) + fraction(step.low);
  }
  float cosine = 1.0f, sine = 0.0f;
  uint counted = 0xffffffff;
  for (uint i = 0; i < HEADS; i++) {
    uint head = place.z * HEADS + i;
    if (head >= c.heads) return;
    uint entry = c.perOffset ? head / c.perOffset : 0;
    if (turns && entry != counted) {
      int from = c.perOffset ? offsets[entry] : c.offset;
      uint part = uint(turn * ulong(long(from) + long(position)) >> 32);
      float angle = float(int(part)) * 1.46291808e-9f + poison;  // 2 pi / 2^32
      cosine = precise::cos(angle);
      sine = precise::sin(angle);
      counted = entry;
    }
    uint at = c.start + position * uint(c.strides[c.rank]), rest = head;
    for (int axis = int(c.rank) - 1; axis >= 0; axis--) {
      at += (rest % c.axes[axis]) * uint(c.strides[axis]);
      rest /= c.axes[axis];
    }
    uint step = uint(c.strides[c.rank + 1]), to = (head * c.length + position) * c.features;
    typename T::Stored x = a[at + first * step];
    if (turns) {
      float u = T::load(x), v = T::load(a[at + second * step]);
      o[to + first] = T::store(u * cosine - v * sine);
      o[to + second] = T::store(u * sine + v * cosine);
    } else {
      o[to + first] = x;
    }
  }
}
KERNEL("rope_f32", rope<F32>)
KERNEL("rope_f16", rope<F16>)
KERNEL("rope_bf16", rope<BF16>)
