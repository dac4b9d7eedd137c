// Elementwise functions of two operands, float or bool; of integers: integer.metal. Each is one line below, of which come a contiguous
// and a strided kernel for each dtype. Contiguous ones also take one element for all of an operand.

// The remainder takes the sign of the divisor.
inline float remainderOf(float x, float y) {
  float r = fmod(x, y);
  return r != 0.0f && (r < 0.0f) != (y < 0.0f) ? r + y : r;
}
inline float logaddexpOf(float x, float y) {
  float high = x > y ? x : y;
  if (x == y || x != x || y != y) return x == y ? x + M_LN2_F : x + y;
  return high + log1pOf(precise::exp(-fabs(x - y)));
}

#define FLOATS(NAME, VALUE) \
  BINARY(NAME, F32, f32, F32, VALUE) BINARY(NAME, F16, f16, F16, VALUE) BINARY(NAME, BF16, bf16, BF16, VALUE)
#define BOOLS(NAME, VALUE) BINARY(NAME, B8, b8, B8, VALUE)
#define TESTS(NAME, VALUE)                                                                                             \
  BINARY(NAME, F32, f32, B8, VALUE) BINARY(NAME, F16, f16, B8, VALUE) BINARY(NAME, BF16, bf16, B8, VALUE) BOOLS(NAME, VALUE)

FLOATS(add, x + y)
FLOATS(subtract, x - y)
FLOATS(multiply, x* y)
FLOATS(divide, x / y)
FLOATS(floorDivide, floor(x / y))
FLOATS(remainder, remainderOf(x, y))
FLOATS(power, precise::pow(x, y))
FLOATS(arctan2, precise::atan2(x, y))
FLOATS(maximum, x != x || x > y ? x : y)
FLOATS(minimum, x != x || x < y ? x : y)
FLOATS(logaddexp, logaddexpOf(x, y))
TESTS(equal, x == y)
TESTS(notEqual, x != y)
TESTS(less, x < y)
TESTS(lessEqual, x <= y)
TESTS(greater, x > y)
TESTS(greaterEqual, x >= y)

// Bools are 0 and 1, and arithmetic on them is what it is on bytes, kept to one bit.
BOOLS(add, x || y)
BOOLS(subtract, x != y)
BOOLS(multiply, x && y)
BOOLS(floorDivide, x && y)
BOOLS(remainder, false)
BOOLS(power, x || !y)
BOOLS(maximum, x || y)
BOOLS(minimum, x && y)
BOOLS(bitwiseAnd, x && y)
BOOLS(bitwiseOr, x || y)
BOOLS(bitwiseXor, x != y)
BOOLS(logicalAnd, x && y)
BOOLS(logicalOr, x || y)

#undef FLOATS
#undef BOOLS
#undef TESTS
