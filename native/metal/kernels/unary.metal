// Elementwise functions of one operand. Each is one line below; contiguous and strided kernels for each dtype come of it.

constant uint PER_THREAD = 4;

struct Contiguous1 {
  uint n;
  uint walksA;
};
struct Strided1 {
  Dims dims;
  Walk a;
};

template <typename T, typename Op>
kernel void unary(device const typename T::Stored* a [[buffer(0)]], device typename Op::Out::Stored* o [[buffer(1)]],
                  constant Contiguous1& c [[buffer(2)]], uint i [[thread_position_in_grid]],
                  uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = Op::Out::store(Op::of(T::load(a[c.walksA ? i : 0])));
}
template <typename T, typename Op>
kernel void unaryStrided(device const typename T::Stored* a [[buffer(0)]], device typename Op::Out::Stored* o [[buffer(1)]],
                         constant Strided1& c [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n) o[i] = Op::Out::store(Op::of(T::load(a[elementAt(i, c.dims, c.a)])));
}

#define DEFINE(NAME, T, OUT, VALUE)                                   \
  struct NAME##_##T {                                                 \
    typedef OUT Out;                                                  \
    static OUT::Value of(T::Value x) { return VALUE; }                \
  };
#define KERNELS(NAME, T, CODE)                                                  \
  KERNEL("unary_" #NAME "_" #CODE, unary<T, NAME##_##T>)                        \
  KERNEL("unary_" #NAME "_" #CODE "_strided", unaryStrided<T, NAME##_##T>)
#define FLOATS(NAME, VALUE)     \
  DEFINE(NAME, F32, F32, VALUE) \
  DEFINE(NAME, F16, F16, VALUE) \
  DEFINE(NAME, BF16, BF16, VALUE) \
  KERNELS(NAME, F32, f32)       \
  KERNELS(NAME, F16, f16)       \
  KERNELS(NAME, BF16, bf16)

FLOATS(negative, -x)
FLOATS(abs, fabs(x))
FLOATS(square, x* x)
FLOATS(sqrt, precise::sqrt(x))
FLOATS(rsqrt, 1.0f / precise::sqrt(x))
FLOATS(exp, precise::exp(x))
