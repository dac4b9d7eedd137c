// Elementwise functions of two operands. Each is one line below, of which come a contiguous and a strided kernel for each dtype.
// Contiguous ones also take one element for all of an operand.

template <typename T, typename Op>
kernel void binary(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                   device typename Op::Out::Stored* o [[buffer(2)]], constant Contiguous2& c [[buffer(3)]],
                   uint i [[thread_position_in_grid]], uint threads [[threads_per_grid]]) {
  for (uint k = 0; k < PER_THREAD; k++, i += threads)
    if (i < c.n) o[i] = Op::Out::store(Op::of(T::load(a[c.walksA ? i : 0]), T::load(b[c.walksB ? i : 0])));
}
template <typename T, typename Op>
kernel void binaryStrided(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                          device typename Op::Out::Stored* o [[buffer(2)]], constant Strided2& c [[buffer(3)]],
                          uint i [[thread_position_in_grid]]) {
  if (i >= c.dims.n) return;
  o[i] = Op::Out::store(Op::of(T::load(a[elementAt(i, c.dims, c.a)]), T::load(b[elementAt(i, c.dims, c.b)])));
}

// The remainder takes the sign of the divisor, the quotient is rounded before its floor is taken.
inline float remainderOf(float x, float y) {
  float r = fmod(x, y);
  return r != 0.0f && (r < 0.0f) != (y < 0.0f) ? r + y : r;
}
inline int remainderOf(int x, int y) {
  if (y == 0 || y == -1) return 0;
  int r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
inline float logaddexpOf(float x, float y) {
  float high = x > y ? x : y;
  if (x == y || x != x || y != y) return x == y ? x + M_LN2_F : x + y;
  return high + log1pOf(precise::exp(-fabs(x - y)));
}

#define DEFINE(NAME, T, OUT, VALUE)                                 \
  struct NAME##_##T {                                               \
    typedef OUT Out;                                                \
    static OUT::Value of(T::Value x, T::Value y) { return VALUE; }  \
  };
#define KERNELS(NAME, T, CODE)                                              \
  KERNEL("binary_" #NAME "_" #CODE, binary<T, NAME##_##T>)                  \
  KERNEL("binary_" #NAME "_" #CODE "_strided", binaryStrided<T, NAME##_##T>)
#define ONE(NAME, T, CODE, VALUE) DEFINE(NAME, T, T, VALUE) KERNELS(NAME, T, CODE)
#define TEST(NAME, T, CODE, VALUE) DEFINE(NAME, T, B8, VALUE) KERNELS(NAME, T, CODE)
#define FLOATS(NAME, VALUE) ONE(NAME, F32, f32, VALUE) ONE(NAME, F16, f16, VALUE) ONE(NAME, BF16, bf16, VALUE)
#define WORDS(NAME, VALUE) ONE(NAME, I32, i32, VALUE) ONE(NAME, U32, u32, VALUE)
#define ALL(NAME, VALUE) FLOATS(NAME, VALUE) WORDS(NAME, VALUE)
#define TESTS(NAME, VALUE)                                                                \
  TEST(NAME, F32, f32, VALUE) TEST(NAME, F16, f16, VALUE) TEST(NAME, BF16, bf16, VALUE)   \
  TEST(NAME, I32, i32, VALUE) TEST(NAME, U32, u32, VALUE)

ALL(add, x + y)
ALL(subtract, x - y)
ALL(multiply, x* y)
FLOATS(divide, x / y)
FLOATS(power, precise::pow(x, y))
FLOATS(arctan2, precise::atan2(x, y))
FLOATS(remainder, remainderOf(x, y))
ONE(remainder, I32, i32, remainderOf(x, y))
FLOATS(maximum, x != x || x > y ? x : y)
FLOATS(minimum, x != x || x < y ? x : y)
WORDS(maximum, x > y ? x : y)
WORDS(minimum, x < y ? x : y)
FLOATS(logaddexp, logaddexpOf(x, y))
WORDS(bitwiseAnd, x& y)
WORDS(bitwiseOr, x | y)
WORDS(bitwiseXor, x ^ y)
TESTS(equal, x == y)
TESTS(notEqual, x != y)
TESTS(less, x < y)
TESTS(lessEqual, x <= y)
TESTS(greater, x > y)
TESTS(greaterEqual, x >= y)
ONE(logicalAnd, B8, b8, x&& y)
ONE(logicalOr, B8, b8, x || y)
TEST(equal, B8, b8, x == y)
TEST(notEqual, B8, b8, x != y)
#undef DEFINE
#undef KERNELS
#undef ONE
#undef TEST
#undef FLOATS
#undef WORDS
#undef ALL
#undef TESTS
