// Elementwise functions of one operand, float or bool; of integers: integer.metal. Each is one line below, of which come a contiguous
// and a strided kernel for each dtype.

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
  if (a > 4.0f) return copysign(1.0f, x);
  float f = 0.0f;  // erfc(a) = exp(-a^2) / (sqrt(pi) * (a + (1/2)/(a + 1/(a + (3/2)/(a + ...)))))
  for (int n = 48; n > 0; n--) f = 0.5f * float(n) / (a + f);
  float rest = precise::exp(-a * a) * (0.5f * M_2_SQRTPI_F) / (a + f);
  return copysign(1.0f - rest, x);
}
// The inverse: x P(w), w = -log(1 - x^2), P a polynomial in w - 5/2 below 5 and in sqrt(w) - 3 above. Relative error <= 4e-7.
inline float erfinvOf(float x) {
  const float near[10] = {-8.790942196412743e-9f, 2.3232711754417323e-8f, 4.6616943905064545e-7f, -3.4627053082658676e-6f,
                          -4.9633445087238215e-6f, 2.1834444487467408e-4f, -1.2527419021353126e-3f, -4.177386872470379e-3f,
                          0.24664027988910675f, 1.5014094114303589f};
  const float far[10] = {0.0f, -1.6566269914619625e-4f, 9.194484300678596e-5f, 1.2952464167028666e-3f, -3.6655429285019636e-3f,
                         5.765912123024464e-3f, -7.623764686286449e-3f, 9.434830397367477e-3f, 1.0016740560531616f,
                         2.832977056503296f};
  float t = fabs(x);
  if (t >= 1.0f) return t == 1.0f ? x * INFINITY : NAN;
  float w = -precise::log((1.0f - t) * (1.0f + t));
  bool low = w < 5.0f;
  float u = low ? w - 2.5f : precise::sqrt(w) - 3.0f, p = 0.0f;
  for (int i = 0; i < 10; i++) p = fma(p, u, low ? near[i] : far[i]);
  return x * p;
}

#define FLOATS(NAME, VALUE) \
  UNARY(NAME, F32, f32, F32, VALUE) UNARY(NAME, F16, f16, F16, VALUE) UNARY(NAME, BF16, bf16, BF16, VALUE)
#define TESTS(NAME, VALUE) UNARY(NAME, F32, f32, B8, VALUE) UNARY(NAME, F16, f16, B8, VALUE) UNARY(NAME, BF16, bf16, B8, VALUE)
#define BOOLS(NAME, VALUE) UNARY(NAME, B8, b8, B8, VALUE)

FLOATS(negative, -x)
FLOATS(abs, fabs(x))
// 0 of NaN, as in MLX
FLOATS(sign, float(x > 0.0f) - float(x < 0.0f))
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
FLOATS(erfinv, erfinvOf(x))
FLOATS(sigmoid, 1.0f / (1.0f + precise::exp(-x)))
FLOATS(floor, floor(x))
FLOATS(ceil, ceil(x))
FLOATS(round, rint(x))
FLOATS(trunc, trunc(x))
TESTS(isnan, x != x)
TESTS(isinf, isinf(x))
TESTS(isposinf, x == INFINITY)
TESTS(isneginf, x == -INFINITY)
TESTS(logicalNot, x == 0.0f)

BOOLS(abs, x)
BOOLS(sign, x)
BOOLS(square, x)
BOOLS(floor, x)
BOOLS(ceil, x)
BOOLS(round, x)
BOOLS(logicalNot, !x)
BOOLS(bitwiseInvert, !x)

#undef FLOATS
#undef TESTS
#undef BOOLS
