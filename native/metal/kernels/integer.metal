// Elementwise functions of integers, one operand or two. Each is one line below, of which come a contiguous and a strided kernel for each of
// the eight dtypes. Arithmetic wraps and nothing traps: it is done on unsigned words, for which C++ defines that.

// An unsigned word that holds a T, and in which products of T do not overflow an int on the way.
template <typename T>
struct WordOf {
  typedef uint Type;
};
template <>
struct WordOf<long> {
  typedef ulong Type;
};
template <>
struct WordOf<ulong> {
  typedef ulong Type;
};
template <typename T>
inline typename WordOf<T>::Type word(T x) {
  return typename WordOf<T>::Type(x);
}

template <typename T>
inline T negativeOf(T x) {
  return T(0 - word(x));
}
template <typename T>
inline T signOf(T x) {
  return T(int(x > T(0)) - int(x < T(0)));
}
// Rounded down; 0 where the divisor is 0. The lowest number by -1 wraps to itself.
template <typename T>
inline T floorDivideOf(T x, T y) {
  if (y == T(0)) return T(0);
  if (y < T(0) && y == T(-1)) return negativeOf(x);
  T q = T(x / y);
  return (x < T(0)) != (y < T(0)) && T(x % y) != T(0) ? T(q - T(1)) : q;
}
// With the sign of the divisor; 0 where that is 0.
template <typename T>
inline T remainderOf(T x, T y) {
  if (y == T(0) || (y < T(0) && y == T(-1))) return T(0);
  T r = T(x % y);
  return r != T(0) && (r < T(0)) != (y < T(0)) ? T(r + y) : r;
}
// By squaring; a negative exponent gives 0.
template <typename T>
inline T powerOf(T x, T y) {
  if (y < T(0)) return T(0);
  typename WordOf<T>::Type result = 1, base = word(x);
  for (; y != T(0); y = T(y >> 1)) {
    if (y & T(1)) result *= base;
    base *= base;
  }
  return T(result);
}
// A count that is negative, or the width and more, shifts every bit out; to the right the sign stays.
template <typename T>
inline T leftShiftOf(T x, T y) {
  return y >= T(0) && y < T(8 * sizeof(T)) ? T(word(x) << word(y)) : T(0);
}
template <typename T>
inline T rightShiftOf(T x, T y) {
  if (y >= T(0) && y < T(8 * sizeof(T))) return T(x >> y);
  return x < T(0) ? T(-1) : T(0);
}

#define EACH(KIND, NAME, VALUE)                                                                                                \
  KIND(NAME, I8, i8, VALUE) KIND(NAME, U8, u8, VALUE) KIND(NAME, I16, i16, VALUE) KIND(NAME, U16, u16, VALUE)                  \
  KIND(NAME, I32, i32, VALUE) KIND(NAME, U32, u32, VALUE) KIND(NAME, I64, i64, VALUE) KIND(NAME, U64, u64, VALUE)
#define UNARY_SAME(NAME, T, CODE, VALUE) UNARY(NAME, T, CODE, T, VALUE)
#define UNARY_TEST(NAME, T, CODE, VALUE) UNARY(NAME, T, CODE, B8, VALUE)
#define BINARY_SAME(NAME, T, CODE, VALUE) BINARY(NAME, T, CODE, T, VALUE)
#define BINARY_TEST(NAME, T, CODE, VALUE) BINARY(NAME, T, CODE, B8, VALUE)

EACH(UNARY_SAME, negative, negativeOf(x))
EACH(UNARY_SAME, abs, x < Value(0) ? negativeOf(x) : x)
EACH(UNARY_SAME, sign, signOf(x))
EACH(UNARY_SAME, square, Value(word(x) * word(x)))
EACH(UNARY_SAME, floor, x)
EACH(UNARY_SAME, ceil, x)
EACH(UNARY_SAME, round, x)
EACH(UNARY_SAME, bitwiseInvert, Value(~x))
EACH(UNARY_TEST, logicalNot, x == Value(0))

EACH(BINARY_SAME, add, Value(word(x) + word(y)))
EACH(BINARY_SAME, subtract, Value(word(x) - word(y)))
EACH(BINARY_SAME, multiply, Value(word(x) * word(y)))
EACH(BINARY_SAME, floorDivide, floorDivideOf(x, y))
EACH(BINARY_SAME, remainder, remainderOf(x, y))
EACH(BINARY_SAME, power, powerOf(x, y))
EACH(BINARY_SAME, maximum, x > y ? x : y)
EACH(BINARY_SAME, minimum, x < y ? x : y)
EACH(BINARY_SAME, bitwiseAnd, Value(x & y))
EACH(BINARY_SAME, bitwiseOr, Value(x | y))
EACH(BINARY_SAME, bitwiseXor, Value(x ^ y))
EACH(BINARY_SAME, leftShift, leftShiftOf(x, y))
EACH(BINARY_SAME, rightShift, rightShiftOf(x, y))
EACH(BINARY_TEST, equal, x == y)
EACH(BINARY_TEST, notEqual, x != y)
EACH(BINARY_TEST, less, x < y)
EACH(BINARY_TEST, lessEqual, x <= y)
EACH(BINARY_TEST, greater, x > y)
EACH(BINARY_TEST, greaterEqual, x >= y)

#undef EACH
#undef UNARY_SAME
#undef UNARY_TEST
#undef BINARY_SAME
#undef BINARY_TEST
