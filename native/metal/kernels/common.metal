// What all families begin with: element types and how a walk finds its elements. Arithmetic is done in float32 and rounded when it is
// stored, as on WebAssembly.
#include <metal_stdlib>
#include <metal_simdgroup_matrix>
using namespace metal;

// An element type: how it lies in memory (`Stored`), and what is computed with (`Value`).
struct F32 {
  typedef float Stored;
  typedef float Value;
  static float load(float x) { return x; }
  static float store(float x) { return x; }
};
struct F16 {
  typedef half Stored;
  typedef float Value;
  static float load(half x) { return float(x); }
  static half store(float x) { return half(x); }
};
// bfloat16 as bits: the type of that name begins with MSL 3.1. Rounded to nearest even, NaN stays NaN.
struct BF16 {
  typedef ushort Stored;
  typedef float Value;
  static float load(ushort x) { return as_type<float>(uint(x) << 16); }
  static ushort store(float x) {
    uint u = as_type<uint>(x);
    if ((u & 0x7fffffff) > 0x7f800000) return ushort((u >> 16) | 0x40);
    return ushort((u + 0x7fff + ((u >> 16) & 1)) >> 16);
  }
};
#define INTEGER(NAME, TYPE)                  \
  struct NAME {                              \
    typedef TYPE Stored;                     \
    typedef TYPE Value;                      \
    static TYPE load(TYPE x) { return x; }   \
    static TYPE store(TYPE x) { return x; }  \
  };
INTEGER(I8, char)
INTEGER(I16, short)
INTEGER(I32, int)
INTEGER(I64, long)
INTEGER(U8, uchar)
INTEGER(U16, ushort)
INTEGER(U32, uint)
INTEGER(U64, ulong)
// One byte, 0 or 1.
struct B8 {
  typedef uchar Stored;
  typedef bool Value;
  static bool load(uchar x) { return x != 0; }
  static uchar store(bool x) { return x ? 1 : 0; }
};

// How one operand is walked: element 0 is at `start`, strides are in elements. Sums wrap, so that strides may be negative.
struct Walk {
  uint start;
  int strides[8];
};
struct Dims {
  uint n;
  uint rank;
  uint dims[8];
};
inline uint elementAt(uint i, constant Dims& d, constant Walk& w) {
  uint at = w.start;
  for (int axis = int(d.rank) - 1; axis >= 0; axis--) {
    at += (i % d.dims[axis]) * uint(w.strides[axis]);
    i /= d.dims[axis];
  }
  return at;
}

// Floats become integers by truncation towards zero, at the ends of the dtype where they lie beyond it, NaN 0; bool by whether they are
// not zero. Integers wrap.
template <typename Integer>
struct FromFloat {
  static Integer of(float x) {
    bool isSigned = Integer(-1) < Integer(0);
    uint bits = 8 * sizeof(Integer) - (isSigned ? 1 : 0);
    Integer high = Integer(~ulong(0) >> (64 - bits));
    float end = 2.0f * float(ulong(1) << (bits - 1));
    if (x != x) return Integer(0);
    if (x >= end) return high;
    if (x <= (isSigned ? -end : 0.0f)) return isSigned ? Integer(~high) : Integer(0);
    return Integer(x);
  }
};
template <>
struct FromFloat<float> {
  static float of(float x) { return x; }
};
template <>
struct FromFloat<bool> {
  static bool of(float x) { return x != 0.0f; }
};
template <typename To, typename Value>
inline typename To::Value convert(Value x) {
  return typename To::Value(x);
}
template <typename To>
inline typename To::Value convert(float x) {
  return FromFloat<typename To::Value>::of(x);
}

// Constants of an elementwise kernel of N operands. Flat: an operand is walked, or one element stands for all.
template <int N>
struct Flat {
  uint n;
  uint walks[N];
};
template <int N>
struct Strided {
  Dims dims;
  Walk of[N];
};
constant uint FLAT_PER_THREAD = 4;

// An elementwise function `Op::of` of elements of T, to elements of Op::Out.
template <typename T, typename Op>
kernel void unary(device const typename T::Stored* a [[buffer(0)]], device typename Op::Out::Stored* o [[buffer(1)]],
                  constant Flat<1>& c [[buffer(2)]], uint i [[thread_position_in_grid]],
                  uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < FLAT_PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = Op::Out::store(Op::of(T::load(a[c.walks[0] ? i : 0])));
}
template <typename T, typename Op>
kernel void unaryStrided(device const typename T::Stored* a [[buffer(0)]], device typename Op::Out::Stored* o [[buffer(1)]],
                         constant Strided<1>& c [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n) o[i] = Op::Out::store(Op::of(T::load(a[elementAt(i, c.dims, c.of[0])])));
}
template <typename T, typename Op>
kernel void binary(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                   device typename Op::Out::Stored* o [[buffer(2)]], constant Flat<2>& c [[buffer(3)]],
                   uint i [[thread_position_in_grid]], uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < FLAT_PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = Op::Out::store(Op::of(T::load(a[c.walks[0] ? i : 0]), T::load(b[c.walks[1] ? i : 0])));
}
template <typename T, typename Op>
kernel void binaryStrided(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                          device typename Op::Out::Stored* o [[buffer(2)]], constant Strided<2>& c [[buffer(3)]],
                          uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n)
    o[i] = Op::Out::store(Op::of(T::load(a[elementAt(i, c.dims, c.of[0])]), T::load(b[elementAt(i, c.dims, c.of[1])])));
}

// log(1 + x) without the loss near zero: W. Kahan's correction of the rounded sum.
inline float log1pOf(float x) {
  float u = 1.0f + x;
  if (u > FLT_MAX) return u;
  float d = u - 1.0f;
  return d == 0.0f ? x : precise::log(u) * (x / d);
}

#define KERNEL(NAME, ...) template [[host_name(NAME)]] [[kernel]] decltype(__VA_ARGS__) __VA_ARGS__;
// One functor a function and dtype, and its two kernels. VALUE is said in x, and in y.
#define UNARY(NAME, T, CODE, OUT, VALUE)                                  \
  struct NAME##_##T {                                                     \
    typedef OUT Out;                                                      \
    typedef T::Value Value;                                               \
    static OUT::Value of(Value x) { return VALUE; }                       \
  };                                                                      \
  KERNEL("unary_" #NAME "_" #CODE, unary<T, NAME##_##T>)                  \
  KERNEL("unary_" #NAME "_" #CODE "_strided", unaryStrided<T, NAME##_##T>)
#define BINARY(NAME, T, CODE, OUT, VALUE)                                   \
  struct NAME##_##T {                                                       \
    typedef OUT Out;                                                        \
    typedef T::Value Value;                                                 \
    static OUT::Value of(Value x, Value y) { return VALUE; }                \
  };                                                                        \
  KERNEL("binary_" #NAME "_" #CODE, binary<T, NAME##_##T>)                  \
  KERNEL("binary_" #NAME "_" #CODE "_strided", binaryStrided<T, NAME##_##T>)
