// complex64 kernels: pairs of f32. Products and sums are taken in f32, as MLX does; everything else through f64, rounded once.
// Order is lexicographic; a number is NaN, or infinite, if one of its parts is.
import {
  cabs,
  carccos,
  carccosh,
  carcsin,
  carcsinh,
  carctan,
  carctanh,
  ccos,
  ccosh,
  cdiv,
  cexp,
  clog,
  clog10,
  clog1p,
  clog2,
  cpow,
  crsqrt,
  csign,
  csin,
  csinh,
  csqrt,
  ctan,
  ctanh,
  im,
} from './math-complex';
import { binary_bitwiseXor_u32, binary_bitwiseXor_u64 } from './binary-arithmetic';
import { unary_round_f32 } from './unary-simple';

const CONJUGATE = memory.data<u64>([0x8000000000000000]);
const NEGATIVE = memory.data<u32>([0x80000000]);

const SIGN = 0;
const SQRT = 1;
const RSQRT = 2;
const EXP = 3;
const LOG = 4;
const LOG2 = 5;
const LOG10 = 6;
const LOG1P = 7;
const SIN = 8;
const COS = 9;
const TAN = 10;
const SINH = 11;
const COSH = 12;
const TANH = 13;
const ARCSIN = 14;
const ARCCOS = 15;
const ARCTAN = 16;
const ARCSINH = 17;
const ARCCOSH = 18;
const ARCTANH = 19;

// @ts-ignore: decorator
@inline
function apply(op: i32, a: f64, b: f64): f64 {
  if (op == SIGN) return csign(a, b);
  if (op == SQRT) return csqrt(a, b);
  if (op == RSQRT) return crsqrt(a, b);
  if (op == EXP) return cexp(a, b);
  if (op == LOG) return clog(a, b);
  if (op == LOG2) return clog2(a, b);
  if (op == LOG10) return clog10(a, b);
  if (op == LOG1P) return clog1p(a, b);
  if (op == SIN) return csin(a, b);
  if (op == COS) return ccos(a, b);
  if (op == TAN) return ctan(a, b);
  if (op == SINH) return csinh(a, b);
  if (op == COSH) return ccosh(a, b);
  if (op == TANH) return ctanh(a, b);
  if (op == ARCSIN) return carcsin(a, b);
  if (op == ARCCOS) return carccos(a, b);
  if (op == ARCTAN) return carctan(a, b);
  if (op == ARCSINH) return carcsinh(a, b);
  if (op == ARCCOSH) return carccosh(a, b);
  return carctanh(a, b);
}

// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 3);
  while (o < end) {
    const re = apply(op, load<f32>(a), load<f32>(a, 4));
    store<f32>(o, <f32>re);
    store<f32>(o, <f32>im, 4);
    a += 8;
    o += 8;
  }
}

export function unary_sign_c64(n: i32, a: usize, o: usize): void {
  map(SIGN, n, a, o);
}
export function unary_sqrt_c64(n: i32, a: usize, o: usize): void {
  map(SQRT, n, a, o);
}
export function unary_rsqrt_c64(n: i32, a: usize, o: usize): void {
  map(RSQRT, n, a, o);
}
export function unary_exp_c64(n: i32, a: usize, o: usize): void {
  map(EXP, n, a, o);
}
export function unary_log_c64(n: i32, a: usize, o: usize): void {
  map(LOG, n, a, o);
}
export function unary_log2_c64(n: i32, a: usize, o: usize): void {
  map(LOG2, n, a, o);
}
export function unary_log10_c64(n: i32, a: usize, o: usize): void {
  map(LOG10, n, a, o);
}
export function unary_log1p_c64(n: i32, a: usize, o: usize): void {
  map(LOG1P, n, a, o);
}
export function unary_sin_c64(n: i32, a: usize, o: usize): void {
  map(SIN, n, a, o);
}
export function unary_cos_c64(n: i32, a: usize, o: usize): void {
  map(COS, n, a, o);
}
export function unary_tan_c64(n: i32, a: usize, o: usize): void {
  map(TAN, n, a, o);
}
export function unary_sinh_c64(n: i32, a: usize, o: usize): void {
  map(SINH, n, a, o);
}
export function unary_cosh_c64(n: i32, a: usize, o: usize): void {
  map(COSH, n, a, o);
}
export function unary_tanh_c64(n: i32, a: usize, o: usize): void {
  map(TANH, n, a, o);
}
export function unary_arcsin_c64(n: i32, a: usize, o: usize): void {
  map(ARCSIN, n, a, o);
}
export function unary_arccos_c64(n: i32, a: usize, o: usize): void {
  map(ARCCOS, n, a, o);
}
export function unary_arctan_c64(n: i32, a: usize, o: usize): void {
  map(ARCTAN, n, a, o);
}
export function unary_arcsinh_c64(n: i32, a: usize, o: usize): void {
  map(ARCSINH, n, a, o);
}
export function unary_arccosh_c64(n: i32, a: usize, o: usize): void {
  map(ARCCOSH, n, a, o);
}
export function unary_arctanh_c64(n: i32, a: usize, o: usize): void {
  map(ARCTANH, n, a, o);
}
export function unary_negative_c64(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u32(2 * n, a, 1, NEGATIVE, 0, o);
}
export function unary_conjugate_c64(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u64(n, a, 1, CONJUGATE, 0, o);
}
export function unary_round_c64(n: i32, a: usize, o: usize): void {
  unary_round_f32(2 * n, a, o);
}
export function unary_square_c64(n: i32, a: usize, o: usize): void {
  binary_multiply_c64(n, a, 1, a, 1, o);
}
export function unary_abs_c64(n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = a + (i << 3);
    store<f32>(o + (i << 2), <f32>cabs(load<f32>(p), load<f32>(p, 4)));
  }
}
export function unary_real_c64(n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(o + (i << 2), load<u32>(a + (i << 3)));
}
export function unary_imag_c64(n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(o + (i << 2), load<u32>(a + (i << 3), 4));
}

const NOT = 0;
const IS_NAN = 1;
const IS_INF = 2;
const IS_POSITIVE_INF = 3;

// @ts-ignore: decorator
@inline
function holds(op: i32, x: f32, y: f32): bool {
  if (op == NOT) return x == 0 && y == 0;
  if (op == IS_NAN) return x != x || y != y;
  if (op == IS_INF) return abs(x) == Infinity || abs(y) == Infinity;
  // MLX compares with the complex number of that real part
  return x == (op == IS_POSITIVE_INF ? Infinity : -Infinity) && y == 0;
}
// @ts-ignore: decorator
@inline
function predicate(op: i32, n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = a + (i << 3);
    store<u8>(o + i, u8(holds(op, load<f32>(p), load<f32>(p, 4))));
  }
}
export function unary_logicalNot_c64(n: i32, a: usize, o: usize): void {
  predicate(NOT, n, a, o);
}
export function unary_isnan_c64(n: i32, a: usize, o: usize): void {
  predicate(IS_NAN, n, a, o);
}
export function unary_isinf_c64(n: i32, a: usize, o: usize): void {
  predicate(IS_INF, n, a, o);
}
export function unary_isposinf_c64(n: i32, a: usize, o: usize): void {
  predicate(IS_POSITIVE_INF, n, a, o);
}
export function unary_isneginf_c64(n: i32, a: usize, o: usize): void {
  predicate(IS_POSITIVE_INF + 1, n, a, o);
}

const ADD = 0;
const SUBTRACT = 1;
const MULTIPLY = 2;

/** Two complex numbers at once. */
// @ts-ignore: decorator
@inline
function arithmetic(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return f32x4.add(x, y);
  if (op == SUBTRACT) return f32x4.sub(x, y);
  // (ac - bd, ad + bc): the products with the real part of x, then those with its imaginary part, the first sign turned
  const re = v128.shuffle<f32>(x, x, 0, 0, 2, 2);
  const imaginary = v128.shuffle<f32>(x, x, 1, 1, 3, 3);
  const swapped = v128.shuffle<f32>(y, y, 1, 0, 3, 2);
  const turn = i64x2.splat(0x80000000);
  return f32x4.add(f32x4.mul(re, y), v128.xor(f32x4.mul(imaginary, swapped), turn));
}
// @ts-ignore: decorator
@inline
function mapArithmetic(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + (<usize>n << 3);
  let x = v128.load64_splat(a);
  let y = v128.load64_splat(b);
  while (o < end) {
    if (sa) {
      x = v128.load(a);
      a += 16;
    }
    if (sb) {
      y = v128.load(b);
      b += 16;
    }
    v128.store(o, arithmetic(op, x, y));
    o += 16;
  }
}
export function binary_add_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  mapArithmetic(ADD, n, a, sa, b, sb, o);
}
export function binary_subtract_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  mapArithmetic(SUBTRACT, n, a, sa, b, sb, o);
}
export function binary_multiply_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  mapArithmetic(MULTIPLY, n, a, sa, b, sb, o);
}

const DIVIDE = 0;
const POWER = 1;
const MAXIMUM = 2;
const MINIMUM = 3;
const EQUAL = 4;
const NOT_EQUAL = 5;
const LESS = 6;
const LESS_EQUAL = 7;

// @ts-ignore: decorator
@inline
function pick(x: bool, a: f64, b: f64, c: f64, d: f64): u64 {
  const re = <f32>(x ? a : c);
  const i = <f32>(x ? b : d);
  return (<u64>reinterpret<u32>(i) << 32) | <u64>reinterpret<u32>(re);
}
/** Bits of the result: of a number, or 0 and 1. */
// @ts-ignore: decorator
@inline
function apply2(op: i32, a: f64, b: f64, c: f64, d: f64): u64 {
  if (op == DIVIDE || op == POWER) {
    const re = op == DIVIDE ? cdiv(a, b, c, d) : cpow(a, b, c, d);
    return pick(true, re, im, 0, 0);
  }
  const less = a < c || (a == c && b < d);
  if (op == MAXIMUM || op == MINIMUM) {
    const greater = a > c || (a == c && b > d);
    const nan = a != a || b != b;
    const other = c != c || d != d;
    return pick(nan || (!other && (op == MAXIMUM ? greater : less)), a, b, c, d);
  }
  const same = a == c && b == d;
  if (op == EQUAL) return u64(same);
  if (op == NOT_EQUAL) return u64(!same);
  if (op == LESS) return u64(less);
  return u64(less || same);
}
// @ts-ignore: decorator
@inline
function map2(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const size: usize = op < EQUAL ? 8 : 1;
  // a held operand may lie where the output goes: it is read before
  let x = load<f32>(a);
  let xi = load<f32>(a, 4);
  let y = load<f32>(b);
  let yi = load<f32>(b, 4);
  const end = o + <usize>n * size;
  while (o < end) {
    if (sa) {
      x = load<f32>(a);
      xi = load<f32>(a, 4);
      a += 8;
    }
    if (sb) {
      y = load<f32>(b);
      yi = load<f32>(b, 4);
      b += 8;
    }
    const r = apply2(op, x, xi, y, yi);
    if (op < EQUAL) store<u64>(o, r);
    else store<u8>(o, <u8>r);
    o += size;
  }
}
export function binary_divide_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(DIVIDE, n, a, sa, b, sb, o);
}
export function binary_power_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(POWER, n, a, sa, b, sb, o);
}
export function binary_maximum_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(MAXIMUM, n, a, sa, b, sb, o);
}
export function binary_minimum_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(MINIMUM, n, a, sa, b, sb, o);
}
export function binary_equal_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(EQUAL, n, a, sa, b, sb, o);
}
export function binary_notEqual_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(NOT_EQUAL, n, a, sa, b, sb, o);
}
export function binary_less_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(LESS, n, a, sa, b, sb, o);
}
export function binary_lessEqual_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(LESS_EQUAL, n, a, sa, b, sb, o);
}
export function binary_greater_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_c64(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_c64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_c64(n, b, sb, a, sa, o);
}
