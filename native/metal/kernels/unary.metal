// Elementwise functions of one operand. Each is one line below, of which come a contiguous and a strided kernel for each dtype.

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

// exp(x) - 1 without the loss near zero, as log1pOf.
inline float expm1Of(float x) {
  float u = precise::exp(x);
  if (u == 1.0f) return x;
  float below = u - 1.0f;
  if (below == -1.0f) return -1.0f;
  return x > 20.0f ? u : below * x / precise::log(u);
}
// Abramowitz and Stegun 7.1.26 is too coarse: a Taylor series near zero, a continued fraction's rational form elsewhere.
inline float erfOf(float x) {
  float a = fabs(x);
  if (a < 0.9f) {
    float t = x * x, term = x, sum = x;
    for (int n = 1; n < 12; n++) {
      term *= -t / float(n);
      sum += term / float(2 * n + 1);
    }
    return M_2_SQRTPI_F * sum;
  }
  if (a > 4.0f) return x != x ? x : copysign(1.0f, x);
  float f = 0.0f;  // erfc(a) = exp(-a^2) / (sqrt(pi) * (a + (1/2)/(a + 1/(a + (3/2)/(a + ...)))))
  for (int n = 48; n > 0; n--) f = 0.5f * float(n) / (a + f);
  float rest = precise::exp(-a * a) * (0.5f * M_2_SQRTPI_F) / (a + f);
  return copysign(1.0f - rest, x);
}
// 0 of NaN, as in MLX.
inline float signOf(float x) { return float(x > 0.0f) - float(x < 0.0f); }

#define DEFINE(NAME, T, OUT, VALUE)                     \
  struct NAME##_##T {                                   \
    typedef OUT Out;                                    \
    static OUT::Value of(T::Value x) { return VALUE; }  \
  };
#define KERNELS(NAME, T, CODE)                                            \
  KERNEL("unary_" #NAME "_" #CODE, unary<T, NAME##_##T>)                  \
  KERNEL("unary_" #NAME "_" #CODE "_strided", unaryStrided<T, NAME##_##T>)
#define ONE(NAME, T, CODE, VALUE) DEFINE(NAME, T, T, VALUE) KERNELS(NAME, T, CODE)
#define TEST(NAME, T, CODE, VALUE) DEFINE(NAME, T, B8, VALUE) KERNELS(NAME, T, CODE)
#define FLOATS(NAME, VALUE) ONE(NAME, F32, f32, VALUE) ONE(NAME, F16, f16, VALUE) ONE(NAME, BF16, bf16, VALUE)
#define FLOAT_TESTS(NAME, VALUE) TEST(NAME, F32, f32, VALUE) TEST(NAME, F16, f16, VALUE) TEST(NAME, BF16, bf16, VALUE)

FLOATS(negative, -x)
FLOATS(abs, fabs(x))
FLOATS(sign, signOf(x))
FLOATS(square, x* x)
FLOATS(sqrt, precise::sqrt(x))
FLOATS(rsqrt, 1.0f / precise::sqrt(x))
FLOATS(exp, precise::exp(x))
FLOATS(expm1, expm1Of(x))
FLOATS(log, precise::log(x))
FLOATS(log2, precise::log2(x))
FLOATS(log10, precise::log10(x))
FLOATS(log1p, log1pOf(x))
FLOATS(sin, precise::sin(x))
FLOATS(cos, precise::cos(x))
FLOATS(tan, precise::tan(x))
FLOATS(arcsin, precise::asin(x))
FLOATS(arccos, precise::acos(x))
FLOATS(arctan, precise::atan(x))
FLOATS(sinh, precise::sinh(x))
FLOATS(cosh, precise::cosh(x))
FLOATS(tanh, precise::tanh(x))
FLOATS(arcsinh, precise::asinh(x))
FLOATS(arccosh, precise::acosh(x))
FLOATS(arctanh, precise::atanh(x))
FLOATS(erf, erfOf(x))
FLOATS(sigmoid, 1.0f / (1.0f + precise::exp(-x)))
FLOATS(floor, floor(x))
FLOATS(ceil, ceil(x))
FLOATS(round, rint(x))
FLOATS(trunc, trunc(x))
FLOAT_TESTS(isnan, x != x)
FLOAT_TESTS(isinf, isinf(x))
FLOAT_TESTS(logicalNot, x == 0.0f)

ONE(negative, I32, i32, -x)
ONE(abs, I32, i32, x < 0 ? -x : x)
ONE(sign, I32, i32, int(x > 0) - int(x < 0))
ONE(square, I32, i32, x* x)
ONE(square, U32, u32, x* x)
ONE(bitwiseInvert, I32, i32, ~x)
ONE(bitwiseInvert, U32, u32, ~x)
ONE(logicalNot, B8, b8, !x)
#undef DEFINE
#undef KERNELS
#undef ONE
#undef TEST
#undef FLOATS
#undef FLOAT_TESTS
