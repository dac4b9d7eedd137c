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

// Elements that a thread of a contiguous elementwise kernel computes, and the constants of elementwise kernels: whether an operand is
// walked or one element for all.
constant uint PER_THREAD = 4;
struct Contiguous1 {
  uint n;
  uint walksA;
};
struct Contiguous2 {
  uint n;
  uint walksA;
  uint walksB;
};
struct Strided1 {
  Dims dims;
  Walk a;
};
struct Strided2 {
  Dims dims;
  Walk a;
  Walk b;
};

// Floats become integers by truncation towards zero, and bool by whether they are not zero.
template <typename To, typename Value>
inline typename To::Value convert(Value x) {
  return typename To::Value(x);
}

// log(1 + x) without the loss near zero: W. Kahan's correction of the rounded sum.
inline float log1pOf(float x) {
  float u = 1.0f + x;
  if (u > FLT_MAX) return u;
  float d = u - 1.0f;
  return d == 0.0f ? x : precise::log(u) * (x / d);
}

#define KERNEL(NAME, ...) template [[host_name(NAME)]] [[kernel]] decltype(__VA_ARGS__) __VA_ARGS__;
