// f64 functions on two lanes for the arguments that `fits` lets through; kernels compute the rest one element at a time (math-f64.ts
// and the compiler's Math). Each comment states the bound on the relative error, which tests/kernels/elementwise-f64.test.ts measures.
import { madd64, nmadd64 } from './simd';

// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load64_splat(table + (i << 3));
}
// @ts-ignore: decorator
@inline
function signOf(x: v128): v128 {
  return v128.and(x, i64x2.splat(i64.MIN_VALUE));
}

/** Ranges of arguments. */
export const EXPONENTS = 0;
export const POSITIVES = 1;
export const ABOVE_MINUS_ONE = 2;
export const ANGLES = 3;
export const ANY = 4;
// 0 largest exponent, 1 largest angle, 2 smallest normal, 3 infinity, 4 -1, 5 a large number
const RANGES = memory.data<f64>([708, 1048576, 2.2250738585072014e-308, Infinity, -1, 1e300]);
/** Which lanes of x lie in the range, as masks. */
// @ts-ignore: decorator
@inline
export function fits(range: i32, x: v128): v128 {
  if (range == EXPONENTS) return f64x2.le(f64x2.abs(x), at(RANGES, 0));
  if (range == ANGLES) return f64x2.le(f64x2.abs(x), at(RANGES, 1));
  if (range == POSITIVES) return v128.and(f64x2.ge(x, at(RANGES, 2)), f64x2.lt(x, at(RANGES, 3)));
  if (range == ABOVE_MINUS_ONE) return v128.and(f64x2.gt(x, at(RANGES, 4)), f64x2.lt(x, at(RANGES, 5)));
  return i64x2.splat(-1);
}

// 0 log2(e), 1 1.5 * 2^52 + 1023, 2 and 3 ln 2 in two parts, 4..15 1 / 2! to 1 / 13!, 16 1, 17 2, 18 1/2, 19 where tanh is 1
const EXP = memory.data<f64>([
  1.4426950408889634, 6755399441056767, 0.6931471803691238, 1.9082149292705877e-10, 0.5, 0.16666666666666666,
  0.041666666666666664, 0.008333333333333333, 0.001388888888888889, 0.0001984126984126984, 0.0000248015873015873,
  0.0000027557319223985893, 2.755731922398589e-7, 2.505210838544172e-8, 2.08767569878681e-9, 1.6059043836821613e-10, 1, 2,
  0.5, 20,
]);
// @ts-ignore: decorator
@inline
function steps(x: v128): v128 {
  return madd64(x, at(EXP, 0), at(EXP, 1));
}
// @ts-ignore: decorator
@inline
function power(t: v128): v128 {
  return i64x2.shl(t, 52);
}
/** e^r - 1 for the rest r of x. */
// @ts-ignore: decorator
@inline
function tail(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, at(EXP, 1));
  const r = nmadd64(n, at(EXP, 3), nmadd64(n, at(EXP, 2), x));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const a = madd64(madd64(at(EXP, 7), r, at(EXP, 6)), r2, madd64(at(EXP, 5), r, at(EXP, 4)));
  const b = madd64(madd64(at(EXP, 11), r, at(EXP, 10)), r2, madd64(at(EXP, 9), r, at(EXP, 8)));
  const c = madd64(madd64(at(EXP, 15), r, at(EXP, 14)), r2, madd64(at(EXP, 13), r, at(EXP, 12)));
  return madd64(madd64(madd64(c, r4, b), r4, a), r2, r);
}
/** e^x, |x| <= 708: relative error <= 4e-16. */
// @ts-ignore: decorator
@inline
export function expOf(x: v128): v128 {
  const t = steps(x);
  const s = power(t);
  return madd64(tail(x, t), s, s);
}
/** e^x - 1, |x| <= 708: relative error <= 8e-16. */
// @ts-ignore: decorator
@inline
export function expm1Of(x: v128): v128 {
  const t = steps(x);
  const s = power(t);
  const y = madd64(tail(x, t), s, f64x2.sub(s, at(EXP, 16)));
  // zeros keep their sign
  return v128.bitselect(x, y, f64x2.eq(x, i64x2.splat(0)));
}
/** tanh x, every x: relative error <= 9e-16. */
// @ts-ignore: decorator
@inline
export function tanhOf(x: v128): v128 {
  const c = f64x2.pmin(f64x2.abs(x), at(EXP, 19));
  const e = expm1Of(f64x2.add(c, c));
  return v128.or(f64x2.div(e, f64x2.add(e, at(EXP, 17))), signOf(x));
}
/** 1 / (1 + e^-x), |x| <= 708: relative error <= 7e-16. */
// @ts-ignore: decorator
@inline
export function sigmoidOf(x: v128): v128 {
  const one = at(EXP, 16);
  const e = expOf(f64x2.neg(f64x2.abs(x)));
  return f64x2.div(v128.bitselect(e, one, f64x2.lt(x, i64x2.splat(0))), f64x2.add(one, e));
}
/** cosh x, |x| <= 708: relative error <= 6e-16. */
// @ts-ignore: decorator
@inline
export function coshOf(x: v128): v128 {
  const half = f64x2.mul(expOf(f64x2.abs(x)), at(EXP, 18));
  return f64x2.add(half, f64x2.div(f64x2.mul(at(EXP, 18), at(EXP, 18)), half));
}
// 0..8 1 / 3! to 1 / 19! of sinh
const SINH = memory.data<f64>([
  0.16666666666666666, 0.008333333333333333, 0.0001984126984126984, 0.0000027557319223985893, 2.505210838544172e-8,
  1.6059043836821613e-10, 7.647163731819816e-13, 2.8114572543455206e-15, 8.22063524662433e-18,
]);
/** sinh x, |x| <= 708: relative error <= 7e-16. */
// @ts-ignore: decorator
@inline
export function sinhOf(x: v128): v128 {
  const t = f64x2.abs(x);
  const z = f64x2.mul(x, x);
  let p = madd64(at(SINH, 8), z, at(SINH, 7));
  p = madd64(p, z, at(SINH, 6));
  p = madd64(p, z, at(SINH, 5));
  p = madd64(p, z, at(SINH, 4));
  p = madd64(p, z, at(SINH, 3));
  p = madd64(p, z, at(SINH, 2));
  p = madd64(p, z, at(SINH, 1));
  p = madd64(p, z, at(SINH, 0));
  const small = madd64(f64x2.mul(p, z), x, x);
  const half = f64x2.mul(expOf(t), at(EXP, 18));
  const large = f64x2.sub(half, f64x2.div(f64x2.mul(at(EXP, 18), at(EXP, 18)), half));
  return v128.bitselect(small, v128.or(large, signOf(x)), f64x2.lt(t, at(EXP, 16)));
}

// 0 1, 1 2, 2 1/2, 3..9 L of log(1 + f) = 2 s + s L(s^2), s = f / (2 + f), 10 and 11 ln 2 in two parts, 12 2^52 + 1024, 13 log2(e),
// 14 log10(e), 15 and 16 log10(2) in two parts
const LOG = memory.data<f64>([
  1, 2, 0.5, 0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586, 0.6931471803691238, 1.9082149292705877e-10, 4503599627371520,
  1.4426950408889634, 0.4342944819032518, 0.30102999566361177, 3.694239077158931e-13,
]);
export const NATURAL = 0;
export const BINARY = 1;
export const DECIMAL = 2;
/** The bits of x whose exponent is that of the power of two nearest to it. */
// @ts-ignore: decorator
@inline
function centred(x: v128): v128 {
  return i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
}
/** That exponent as a number. */
// @ts-ignore: decorator
@inline
function exponent(d: v128): v128 {
  const bits = i64x2.shr_u(i64x2.add(d, i64x2.splat(0x4000000000000000)), 52);
  return f64x2.sub(v128.or(bits, i64x2.splat(0x4330000000000000)), at(LOG, 12));
}
// @ts-ignore: decorator
@inline
function mantissa(x: v128, d: v128): v128 {
  return i64x2.sub(x, v128.and(d, i64x2.splat(<i64>0xfff0000000000000)));
}
/** f - log(1 + f), less `extra`. */
// @ts-ignore: decorator
@inline
function shortfall(f: v128, extra: v128): v128 {
  const s = f64x2.div(f, f64x2.add(at(LOG, 1), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const even = madd64(madd64(at(LOG, 8), w, at(LOG, 6)), w, at(LOG, 4));
  const odd = madd64(madd64(madd64(at(LOG, 9), w, at(LOG, 7)), w, at(LOG, 5)), w, at(LOG, 3));
  const half = f64x2.mul(f64x2.mul(at(LOG, 2), f), f);
  const sum = f64x2.add(half, madd64(even, w, f64x2.mul(odd, z)));
  return f64x2.sub(half, madd64(s, sum, extra));
}
/** log x to the base, x normal: relative error <= 3e-16 (natural), 9e-16. */
// @ts-ignore: decorator
@inline
export function logOf(base: i32, x: v128): v128 {
  const d = centred(x);
  const k = exponent(d);
  const f = f64x2.sub(mantissa(x, d), at(LOG, 0));
  if (base == NATURAL) return madd64(k, at(LOG, 10), f64x2.sub(f, shortfall(f, f64x2.mul(k, at(LOG, 11)))));
  const l = f64x2.sub(f, shortfall(f, i64x2.splat(0)));
  if (base == BINARY) return madd64(l, at(LOG, 13), k);
  return madd64(k, at(LOG, 15), madd64(l, at(LOG, 14), f64x2.mul(k, at(LOG, 16))));
}
/** log(1 + x), -1 < x < 1e300: relative error <= 4e-16. */
// @ts-ignore: decorator
@inline
export function log1pOf(x: v128): v128 {
  const one = at(LOG, 0);
  const u = f64x2.add(one, x);
  const d = centred(u);
  const k = exponent(d);
  const near = f64x2.eq(k, i64x2.splat(0));
  // what the sum lost, relative to it
  const lost = v128.bitselect(f64x2.sub(one, f64x2.sub(u, x)), f64x2.sub(x, f64x2.sub(u, one)), f64x2.gt(x, one));
  const f = v128.bitselect(x, f64x2.sub(mantissa(u, d), one), near);
  const extra = v128.andnot(madd64(k, at(LOG, 11), f64x2.div(lost, u)), near);
  const y = madd64(k, at(LOG, 10), f64x2.sub(f, shortfall(f, extra)));
  // zeros keep their sign
  return v128.bitselect(x, y, f64x2.eq(x, i64x2.splat(0)));
}

export const SINE = 0;
export const COSINE = 1;
export const TANGENT = 2;
// 0 2 / pi, 1..3 pi / 2 in parts whose products with 20 bits are exact, 4 the rest, 5 1.5 * 2^52, 6 1, 7 1/2, 8 where sin x and tan x
// are x, 9..16 1 / 19! to 1 / 5! of sin with its signs, 17 -1 / 3!, 18..26 1 / 20! to 1 / 4! of cos
const TRIG = memory.data<f64>([
  0.6366197723675814, 1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
  6755399441055744, 1, 0.5, 1e-9, -8.22063524662433e-18, 2.8114572543455206e-15, -7.647163731819816e-13,
  1.6059043836821613e-10, -2.505210838544172e-8, 0.0000027557319223985893, -0.0001984126984126984,
  0.008333333333333333, -0.16666666666666666, 4.110317623312165e-19, -1.5619206968586225e-16, 4.779477332387385e-14,
  -1.1470745597729725e-11, 2.08767569878681e-9, -2.755731922398589e-7, 0.0000248015873015873, -0.001388888888888889,
  0.041666666666666664,
]);
/** sin, cos (relative error <= 4e-16) or tan (<= 8e-16) of |x| <= 2^20: the quarter turns are taken off in two doubles. */
// @ts-ignore: decorator
@inline
export function trigOf(kind: i32, x: v128): v128 {
  const t = f64x2.add(f64x2.mul(x, at(TRIG, 0)), at(TRIG, 5));
  const n = f64x2.sub(t, at(TRIG, 5));
  // x - n P1 - n P2 - n P3 with what each difference lost
  const b1 = f64x2.mul(n, at(TRIG, 1));
  const d1 = f64x2.sub(x, b1);
  const k1 = f64x2.sub(d1, x);
  let low = f64x2.sub(f64x2.sub(x, f64x2.sub(d1, k1)), f64x2.add(b1, k1));
  const b2 = f64x2.mul(n, at(TRIG, 2));
  const d2 = f64x2.sub(d1, b2);
  const k2 = f64x2.sub(d2, d1);
  low = f64x2.add(low, f64x2.sub(f64x2.sub(d1, f64x2.sub(d2, k2)), f64x2.add(b2, k2)));
  const b3 = f64x2.mul(n, at(TRIG, 3));
  const d3 = f64x2.sub(d2, b3);
  const k3 = f64x2.sub(d3, d2);
  low = f64x2.add(low, f64x2.sub(f64x2.sub(d2, f64x2.sub(d3, k3)), f64x2.add(b3, k3)));
  low = f64x2.sub(low, f64x2.mul(n, at(TRIG, 4)));
  const r = f64x2.add(d3, low);
  low = f64x2.sub(low, f64x2.sub(r, d3));
  const z = f64x2.mul(r, r);
  let p = madd64(at(TRIG, 9), z, at(TRIG, 10));
  p = madd64(p, z, at(TRIG, 11));
  p = madd64(p, z, at(TRIG, 12));
  p = madd64(p, z, at(TRIG, 13));
  p = madd64(p, z, at(TRIG, 14));
  p = madd64(p, z, at(TRIG, 15));
  p = madd64(p, z, at(TRIG, 16));
  p = madd64(p, z, at(TRIG, 17));
  const half = f64x2.mul(at(TRIG, 7), z);
  const s = f64x2.add(r, madd64(f64x2.mul(r, z), p, f64x2.mul(low, f64x2.sub(at(TRIG, 6), half))));
  let q = madd64(at(TRIG, 18), z, at(TRIG, 19));
  q = madd64(q, z, at(TRIG, 20));
  q = madd64(q, z, at(TRIG, 21));
  q = madd64(q, z, at(TRIG, 22));
  q = madd64(q, z, at(TRIG, 23));
  q = madd64(q, z, at(TRIG, 24));
  q = madd64(q, z, at(TRIG, 25));
  q = madd64(q, z, at(TRIG, 26));
  const w = f64x2.sub(at(TRIG, 6), half);
  const lost = f64x2.sub(f64x2.sub(at(TRIG, 6), w), half);
  const c = f64x2.add(w, f64x2.add(lost, nmadd64(r, low, f64x2.mul(f64x2.mul(z, z), q))));
  const one = i64x2.splat(1);
  // the quarter turn in the low bits of t
  const turn = kind == COSINE ? i64x2.add(t, one) : t;
  const odd = i64x2.eq(v128.and(turn, one), one);
  let y: v128;
  if (kind == TANGENT) y = f64x2.div(v128.bitselect(f64x2.neg(c), s, odd), v128.bitselect(s, c, odd));
  else y = v128.xor(v128.bitselect(c, s, odd), i64x2.shl(v128.and(turn, i64x2.splat(2)), 62));
  return kind == COSINE ? y : v128.bitselect(x, y, f64x2.lt(f64x2.abs(x), at(TRIG, 8)));
}
