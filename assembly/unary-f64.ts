// unary_<op>_f64 and binary_<op>_f64 beyond arithmetic: two lanes at a time where there is such a function and both arguments are in its
// range (math-f64-lanes.ts), else one element at a time, with the compiler's Math where it has the function.
import {
  ABOVE_MINUS_ONE,
  ANGLES,
  ANY,
  BINARY,
  COSINE,
  coshOf,
  DECIMAL,
  expm1Of,
  EXPONENTS,
  expOf,
  fits,
  log1pOf,
  logOf,
  NATURAL,
  POSITIVES,
  sigmoidOf,
  SINE,
  sinhOf,
  TANGENT,
  tanhOf,
  trigOf,
} from './math-f64-lanes';
import { erf64, erfinv64, logaddexp64, sigmoid64 } from './math-f64';
import { cos64, sin64, tan64 } from './math-f64-trig';

const EXP = 0;
const EXPM1 = 1;
const LOG = 2;
const LOG2 = 3;
const LOG10 = 4;
const LOG1P = 5;
const SIN = 6;
const COS = 7;
const TAN = 8;
const SINH = 9;
const COSH = 10;
const TANH = 11;
const ARCSIN = 12;
const ARCCOS = 13;
const ARCTAN = 14;
const ARCSINH = 15;
const ARCCOSH = 16;
const ARCTANH = 17;
const SIGMOID = 18;
const ERF = 19;
const ERFINV = 20;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: f64): f64 {
  if (op == EXP) return NativeMath.exp(x);
  if (op == EXPM1) return NativeMath.expm1(x);
  if (op == LOG) return NativeMath.log(x);
  if (op == LOG2) return NativeMath.log2(x);
  if (op == LOG10) return NativeMath.log10(x);
  if (op == LOG1P) return NativeMath.log1p(x);
  if (op == SIN) return sin64(x);
  if (op == COS) return cos64(x);
  if (op == TAN) return tan64(x);
  if (op == SINH) return NativeMath.sinh(x);
  if (op == COSH) return NativeMath.cosh(x);
  if (op == TANH) return NativeMath.tanh(x);
  if (op == ARCSIN) return NativeMath.asin(x);
  if (op == ARCCOS) return NativeMath.acos(x);
  if (op == ARCTAN) return NativeMath.atan(x);
  if (op == ARCSINH) return NativeMath.asinh(x);
  if (op == ARCCOSH) return NativeMath.acosh(x);
  if (op == ARCTANH) return NativeMath.atanh(x);
  if (op == SIGMOID) return sigmoid64(x);
  if (op == ERF) return erf64(x);
  return erfinv64(x);
}

/** Whether `op` has lanes, and the range of their arguments. */
// @ts-ignore: decorator
@inline
function rangeOf(op: i32): i32 {
  if (op == EXP || op == EXPM1 || op == SINH || op == COSH || op == SIGMOID) return EXPONENTS;
  if (op == LOG || op == LOG2 || op == LOG10) return POSITIVES;
  if (op == LOG1P) return ABOVE_MINUS_ONE;
  if (op == SIN || op == COS || op == TAN) return ANGLES;
  return op == TANH ? ANY : -1;
}
// @ts-ignore: decorator
@inline
function lanes(op: i32, x: v128): v128 {
  if (op == EXP) return expOf(x);
  if (op == EXPM1) return expm1Of(x);
  if (op == LOG) return logOf(NATURAL, x);
  if (op == LOG2) return logOf(BINARY, x);
  if (op == LOG10) return logOf(DECIMAL, x);
  if (op == LOG1P) return log1pOf(x);
  if (op == SIN) return trigOf(SINE, x);
  if (op == COS) return trigOf(COSINE, x);
  if (op == TAN) return trigOf(TANGENT, x);
  if (op == SINH) return sinhOf(x);
  if (op == COSH) return coshOf(x);
  if (op == TANH) return tanhOf(x);
  return sigmoidOf(x);
}
/** y, but what the functions of one element give where x is out of range. */
// @ts-ignore: decorator
@inline
function patch(op: i32, x: v128, y: v128, inside: v128): v128 {
  if (i64x2.extract_lane(inside, 0) == 0) y = f64x2.replace_lane(y, 0, apply(op, f64x2.extract_lane(x, 0)));
  if (i64x2.extract_lane(inside, 1) == 0) y = f64x2.replace_lane(y, 1, apply(op, f64x2.extract_lane(x, 1)));
  return y;
}
/**
 * An element's result does not depend on its neighbours. Sixteen bytes beyond the last element may be read and, up to the next multiple
 * of sixteen, written.
 */
// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 3);
  const range = rangeOf(op);
  while (range >= 0 && o < end) {
    const x0 = v128.load(a);
    const x1 = v128.load(a, 16);
    const in0 = fits(range, x0);
    const in1 = fits(range, x1);
    const all = v128.all_true<i64>(v128.and(in0, in1));
    // 0.5 lies in every range
    let y0 = lanes(op, v128.bitselect(x0, f64x2.splat(0.5), in0));
    let y1 = lanes(op, v128.bitselect(x1, f64x2.splat(0.5), in1));
    if (!all) {
      y0 = patch(op, x0, y0, in0);
      y1 = patch(op, x1, y1, in1);
    }
    v128.store(o, y0);
    if (o + 16 < end) v128.store(o, y1, 16);
    a += 32;
    o += 32;
  }
  one(op, end, a, o);
}
// @ts-ignore: decorator
@inline
function one(op: i32, end: usize, a: usize, o: usize): void {
  while (o < end) {
    store<f64>(o, apply(op, load<f64>(a)));
    a += 8;
    o += 8;
  }
}

export function unary_exp_f64(n: i32, a: usize, o: usize): void {
  map(EXP, n, a, o);
}
export function unary_expm1_f64(n: i32, a: usize, o: usize): void {
  map(EXPM1, n, a, o);
}
export function unary_log_f64(n: i32, a: usize, o: usize): void {
  map(LOG, n, a, o);
}
export function unary_log2_f64(n: i32, a: usize, o: usize): void {
  map(LOG2, n, a, o);
}
export function unary_log10_f64(n: i32, a: usize, o: usize): void {
  map(LOG10, n, a, o);
}
export function unary_log1p_f64(n: i32, a: usize, o: usize): void {
  map(LOG1P, n, a, o);
}
export function unary_sin_f64(n: i32, a: usize, o: usize): void {
  map(SIN, n, a, o);
}
export function unary_cos_f64(n: i32, a: usize, o: usize): void {
  map(COS, n, a, o);
}
export function unary_tan_f64(n: i32, a: usize, o: usize): void {
  map(TAN, n, a, o);
}
export function unary_sinh_f64(n: i32, a: usize, o: usize): void {
  map(SINH, n, a, o);
}
export function unary_cosh_f64(n: i32, a: usize, o: usize): void {
  map(COSH, n, a, o);
}
export function unary_tanh_f64(n: i32, a: usize, o: usize): void {
  map(TANH, n, a, o);
}
export function unary_arcsin_f64(n: i32, a: usize, o: usize): void {
  map(ARCSIN, n, a, o);
}
export function unary_arccos_f64(n: i32, a: usize, o: usize): void {
  map(ARCCOS, n, a, o);
}
export function unary_arctan_f64(n: i32, a: usize, o: usize): void {
  map(ARCTAN, n, a, o);
}
export function unary_arcsinh_f64(n: i32, a: usize, o: usize): void {
  map(ARCSINH, n, a, o);
}
export function unary_arccosh_f64(n: i32, a: usize, o: usize): void {
  map(ARCCOSH, n, a, o);
}
export function unary_arctanh_f64(n: i32, a: usize, o: usize): void {
  map(ARCTANH, n, a, o);
}
export function unary_sigmoid_f64(n: i32, a: usize, o: usize): void {
  map(SIGMOID, n, a, o);
}
export function unary_erf_f64(n: i32, a: usize, o: usize): void {
  map(ERF, n, a, o);
}
export function unary_erfinv_f64(n: i32, a: usize, o: usize): void {
  map(ERFINV, n, a, o);
}

const POWER = 0;
const ARCTAN2 = 1;
const LOGADDEXP = 2;
const FLOOR_DIVIDE = 3;
const REMAINDER = 4;

/** x modulo y with the sign of y. */
function modulo(x: f64, y: f64): f64 {
  const r = NativeMath.mod(x, y);
  return r != 0 && r < 0 != y < 0 ? r + y : r;
}
/** C's special values, not JavaScript's: 1^NaN and (-1)^inf are 1. */
function power(x: f64, y: f64): f64 {
  return x == 1 || (x == -1 && abs(y) == Infinity) ? 1 : NativeMath.pow(x, y);
}
// @ts-ignore: decorator
@inline
function apply2(op: i32, x: f64, y: f64): f64 {
  if (op == POWER) return power(x, y);
  if (op == ARCTAN2) return NativeMath.atan2(x, y);
  if (op == LOGADDEXP) return logaddexp64(x, y);
  if (op == FLOOR_DIVIDE) return floor<f64>(x / y);
  return modulo(x, y);
}
// @ts-ignore: decorator
@inline
function map2(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + (<usize>n << 3);
  let x = load<f64>(a);
  let y = load<f64>(b);
  while (o < end) {
    if (sa) {
      x = load<f64>(a);
      a += 8;
    }
    if (sb) {
      y = load<f64>(b);
      b += 8;
    }
    store<f64>(o, apply2(op, x, y));
    o += 8;
  }
}

export function binary_power_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(POWER, n, a, sa, b, sb, o);
}
export function binary_arctan2_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(ARCTAN2, n, a, sa, b, sb, o);
}
export function binary_logaddexp_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(LOGADDEXP, n, a, sa, b, sb, o);
}
export function binary_floorDivide_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_remainder_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map2(REMAINDER, n, a, sa, b, sb, o);
}
