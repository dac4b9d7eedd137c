// Circular functions of four f32 lanes and their inverses (see math-f32.ts for the conventions).
import { signOf } from './math-f32';
import { cos64, sin64, tan64 } from './math-f64-trig';
import { madd, nmadd } from './simd';

// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}
// @ts-ignore: decorator
@inline
function at64(table: usize, i: usize): v128 {
  return v128.load64_splat(table + (i << 3));
}

export const SINE = 0;
export const COSINE = 1;
export const TANGENT = 2;

// 0 2 / pi, 1 the first 33 bits of pi / 2, 2 the rest
const TURN = memory.data<f64>([0.6366197723675814, 1.5707963267341256, 6.077100506506192e-11]);
/** Up to here a quarter-turn count fits the 20 bits that make the first product exact. */
const DIRECT: f32 = 1048576;
// 0..2 S of sin r = r + r^3 S(r^2), 3..5 C of cos r = 1 - r^2 / 2 + r^4 C(r^2), 6 1, 7 1/2, 8 where sin x and tan x are x
const SIN = memory.data<f32>([
  -0.0001951521699083969, 0.00833216030150652, -0.16666655242443085, 0.000024433105863863602, -0.0013887315290048718,
  0.04166664555668831, 1, 0.5, 0.000244140625,
]);

/** sin, cos or tan by `kind` of one large x, in double precision. */
function large(kind: i32, x: f32): f32 {
  if (kind == SINE) return <f32>sin64(x);
  return <f32>(kind == COSINE ? cos64(x) : tan64(x));
}
/** `r` with the lanes where x is large replaced. */
function patch(kind: i32, x: v128, r: v128): v128 {
  if (!(abs(f32x4.extract_lane(x, 0)) <= DIRECT)) r = f32x4.replace_lane(r, 0, large(kind, f32x4.extract_lane(x, 0)));
  if (!(abs(f32x4.extract_lane(x, 1)) <= DIRECT)) r = f32x4.replace_lane(r, 1, large(kind, f32x4.extract_lane(x, 1)));
  if (!(abs(f32x4.extract_lane(x, 2)) <= DIRECT)) r = f32x4.replace_lane(r, 2, large(kind, f32x4.extract_lane(x, 2)));
  if (!(abs(f32x4.extract_lane(x, 3)) <= DIRECT)) r = f32x4.replace_lane(r, 3, large(kind, f32x4.extract_lane(x, 3)));
  return r;
}

// @ts-ignore: decorator
@inline
function remainder(x: v128, n: v128): v128 {
  return f64x2.sub(f64x2.sub(x, f64x2.mul(n, at64(TURN, 1))), f64x2.mul(n, at64(TURN, 2)));
}

/** sin, cos (relative error <= 1.5e-7) or tan (<= 3e-7) by `kind`, every x: |x| <= 2^20 is reduced in double precision. */
// @ts-ignore: decorator
@inline
export function vtrig(kind: i32, x: v128): v128 {
  const x0 = f64x2.promote_low_f32x4(x);
  const x1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
  const n0 = f64x2.nearest(f64x2.mul(x0, at64(TURN, 0)));
  const n1 = f64x2.nearest(f64x2.mul(x1, at64(TURN, 0)));
  const r = v128.shuffle<i64>(
    f32x4.demote_f64x2_zero(remainder(x0, n0)),
    f32x4.demote_f64x2_zero(remainder(x1, n1)),
    0,
    2,
  );
  let q = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(n0), i32x4.trunc_sat_f64x2_s_zero(n1), 0, 2);
  const z = f32x4.mul(r, r);
  const s = madd(f32x4.mul(madd(madd(at(SIN, 0), z, at(SIN, 1)), z, at(SIN, 2)), z), r, r);
  const c = madd(
    madd(madd(at(SIN, 3), z, at(SIN, 4)), z, at(SIN, 5)),
    f32x4.mul(z, z),
    nmadd(z, at(SIN, 7), at(SIN, 6)),
  );
  const one = i32x4.splat(1);
  if (kind == COSINE) q = i32x4.add(q, one);
  const odd = i32x4.eq(v128.and(q, one), one);
  let y: v128;
  if (kind == TANGENT) y = f32x4.div(v128.bitselect(c, s, odd), v128.bitselect(f32x4.neg(s), c, odd));
  else y = v128.xor(v128.bitselect(c, s, odd), i32x4.shl(v128.and(q, i32x4.splat(2)), 30));
  const t = f32x4.abs(x);
  if (kind != COSINE) y = v128.bitselect(x, y, f32x4.lt(t, at(SIN, 8)));
  if (v128.any_true(f32x4.gt(t, f32x4.splat(DIRECT)))) y = patch(kind, x, y);
  return y;
}

// 0..4 A of asin s = s + s^3 A(s^2), 5 1, 6 1/2, 7 pi / 2, 8 what it lacks, 9 pi, 10 what it lacks
const ASIN = memory.data<f32>([
  0.04217826575040817, 0.02417292818427086, 0.045471612364053726, 0.07495288550853729, 0.16666752099990845, 1, 0.5,
  1.5707963705062866, -4.371139000186241e-8, 3.1415927410125732, -8.742278000372482e-8,
]);
/** asin of s (where |x| <= 1/2) or of sqrt((1 - |x|) / 2), positive. */
// @ts-ignore: decorator
@inline
function asinCore(t: v128, big: v128): v128 {
  const z = v128.bitselect(f32x4.mul(f32x4.sub(at(ASIN, 5), t), at(ASIN, 6)), f32x4.mul(t, t), big);
  const s = v128.bitselect(f32x4.sqrt(z), t, big);
  let p = madd(at(ASIN, 0), z, at(ASIN, 1));
  p = madd(p, z, at(ASIN, 2));
  p = madd(p, z, at(ASIN, 3));
  p = madd(p, z, at(ASIN, 4));
  return madd(f32x4.mul(p, z), s, s);
}
/** arcsin x: relative error <= 2.5e-7. */
// @ts-ignore: decorator
@inline
export function vasin(x: v128): v128 {
  const t = f32x4.abs(x);
  const big = f32x4.gt(t, at(ASIN, 6));
  const p = asinCore(t, big);
  const q = f32x4.add(f32x4.sub(at(ASIN, 7), f32x4.add(p, p)), at(ASIN, 8));
  return v128.or(v128.bitselect(q, p, big), signOf(x));
}
/** arccos x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vacos(x: v128): v128 {
  const t = f32x4.abs(x);
  const big = f32x4.gt(t, at(ASIN, 6));
  const p = asinCore(t, big);
  const twice = f32x4.add(p, p);
  const left = f32x4.lt(x, i32x4.splat(0));
  const outer = v128.bitselect(f32x4.add(f32x4.sub(at(ASIN, 9), twice), at(ASIN, 10)), twice, left);
  const inner = f32x4.add(f32x4.sub(at(ASIN, 7), v128.or(p, signOf(x))), at(ASIN, 8));
  return v128.bitselect(outer, inner, big);
}

// 0..4 T of atan q = q + q^3 T(q^2), 5 tan(pi / 8), 6 tan(3 pi / 8), 7 pi / 4, 8 pi / 2, 9 pi, 10 1, 11 2^126, 12 1/4, 13 infinity
const ATAN = memory.data<f32>([
  -0.06073605641722679, 0.10592076182365417, -0.14243310689926147, 0.199984610080719, -0.33333316445350647,
  0.41421356237309503, 2.414213562373095, 0.7853981633974483, 1.5707963267948966, 3.141592653589793, 1,
  8.507059173023462e37, 0.25, Infinity,
]);
/** atan q for |q| <= tan(pi / 8). */
// @ts-ignore: decorator
@inline
function atanCore(q: v128): v128 {
  const z = f32x4.mul(q, q);
  let p = madd(at(ATAN, 0), z, at(ATAN, 1));
  p = madd(p, z, at(ATAN, 2));
  p = madd(p, z, at(ATAN, 3));
  p = madd(p, z, at(ATAN, 4));
  return madd(f32x4.mul(p, z), q, q);
}
/** arctan x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vatan(x: v128): v128 {
  const one = at(ATAN, 10);
  const t = f32x4.abs(x);
  const middle = f32x4.gt(t, at(ATAN, 5));
  const outer = f32x4.gt(t, at(ATAN, 6));
  const num = v128.bitselect(f32x4.neg(one), v128.bitselect(f32x4.sub(t, one), t, middle), outer);
  const den = v128.bitselect(t, v128.bitselect(f32x4.add(t, one), one, middle), outer);
  const base = v128.bitselect(at(ATAN, 8), v128.and(middle, at(ATAN, 7)), outer);
  return v128.or(f32x4.add(base, atanCore(f32x4.div(num, den))), signOf(x));
}
/** Angle of the point (x, y), all quadrants, signed zeros and infinities as in C: relative error <= 3e-7. */
// @ts-ignore: decorator
@inline
export function vatan2(y: v128, x: v128): v128 {
  const zero = i32x4.splat(0);
  const one = at(ATAN, 10);
  const ax = f32x4.abs(x);
  const ay = f32x4.abs(y);
  let high = f32x4.pmax(ax, ay);
  let low = f32x4.pmin(ax, ay);
  // keeps the sum below finite
  const scale = v128.bitselect(at(ATAN, 12), one, f32x4.gt(high, at(ATAN, 11)));
  high = f32x4.mul(high, scale);
  low = f32x4.mul(low, scale);
  const middle = v128.or(f32x4.gt(low, f32x4.mul(high, at(ATAN, 5))), f32x4.eq(low, at(ATAN, 13)));
  let num = v128.bitselect(f32x4.sub(low, high), low, middle);
  let den = v128.bitselect(f32x4.add(low, high), high, middle);
  // equal: 0 whether both are infinite or not; both zero: 0 / 1
  num = v128.andnot(num, v128.and(f32x4.eq(low, high), middle));
  den = v128.bitselect(one, den, f32x4.eq(high, zero));
  let r = f32x4.add(v128.and(middle, at(ATAN, 7)), atanCore(f32x4.div(num, den)));
  r = v128.bitselect(f32x4.sub(at(ATAN, 8), r), r, f32x4.gt(ay, ax));
  r = v128.bitselect(f32x4.sub(at(ATAN, 9), r), r, i32x4.lt_s(x, zero));
  r = v128.or(r, signOf(y));
  return v128.or(r, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
}
