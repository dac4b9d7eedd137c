// Logarithms of four f32 lanes and the inverse hyperbolic functions built on them (see math-f32.ts for the conventions).
import { signOf } from './math-f32';
import { madd } from './simd';

// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}

// 0 ln 2 high, 1 low, 2 log2(e), 3 log10(2) high, 4 low, 5 log10(e), 6..13 P of log(1 + f) = f - f^2 / 2 + f^3 P(f), 14 smallest
// normal, 15 2^23, 16 1, 17 infinity, 18 -1/2
const LOG = memory.data<f32>([
  0.693359375, -0.00021219444, 1.44269504089, 0.301025390625, 0.000004605038981195214, 0.43429448190325176,
  -0.07634638249874115, 0.12761645019054413, -0.13160155713558197, 0.1420174539089203, -0.1662335842847824,
  0.20001228153705597, -0.2500081956386566, 0.3333333134651184, 1.1754943508222875e-38, 8388608, 1, Infinity, -0.5,
]);
const SQRT_HALF = 0x3f3504f3;

/** log(1 + f) - f for sqrt(1/2) - 1 <= f <= sqrt(2) - 1. */
// @ts-ignore: decorator
@inline
function logTail(f: v128): v128 {
  let p = madd(at(LOG, 6), f, at(LOG, 7));
  p = madd(p, f, at(LOG, 8));
  p = madd(p, f, at(LOG, 9));
  p = madd(p, f, at(LOG, 10));
  p = madd(p, f, at(LOG, 11));
  p = madd(p, f, at(LOG, 12));
  p = madd(p, f, at(LOG, 13));
  return f32x4.mul(f32x4.mul(f, f), madd(p, f, at(LOG, 18)));
}
/** Exponent of the power of two nearest to a positive normal x, from its bits. */
// @ts-ignore: decorator
@inline
function exponent(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF)), 23);
}
/** -inf at 0, NaN below, x itself where it is NaN or inf. */
// @ts-ignore: decorator
@inline
function edges(x: v128, r: v128): v128 {
  const zero = i32x4.splat(0);
  const inf = at(LOG, 17);
  r = v128.bitselect(r, x, f32x4.lt(x, inf));
  r = v128.bitselect(f32x4.neg(inf), r, f32x4.eq(x, zero));
  return v128.or(r, f32x4.lt(x, zero));
}

export const NATURAL = 0;
export const BINARY = 1;
export const DECIMAL = 2;

/** log, log2 or log10 by `base`: relative error <= 1.5e-7 (2e-7 the other two), subnormals included. */
// @ts-ignore: decorator
@inline
export function vlogBase(base: i32, x: v128): v128 {
  const tiny = f32x4.lt(x, at(LOG, 14));
  const up = at(LOG, 15);
  const u = v128.bitselect(f32x4.mul(x, up), x, tiny);
  const k = exponent(u);
  const f = f32x4.sub(i32x4.sub(u, i32x4.shl(k, 23)), at(LOG, 16));
  const e = f32x4.convert_i32x4_s(i32x4.sub(k, v128.and(tiny, i32x4.splat(23))));
  const y = logTail(f);
  let r: v128;
  if (base == NATURAL) r = madd(e, at(LOG, 0), f32x4.add(f, madd(e, at(LOG, 1), y)));
  else if (base == BINARY) r = madd(f32x4.add(f, y), at(LOG, 2), e);
  else r = madd(e, at(LOG, 3), madd(e, at(LOG, 4), f32x4.mul(f32x4.add(f, y), at(LOG, 5))));
  return edges(x, r);
}
/** log x: relative error <= 1.5e-7. */
// @ts-ignore: decorator
@inline
export function vlog(x: v128): v128 {
  return vlogBase(NATURAL, x);
}

/** log(1 + x): relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vlog1p(x: v128): v128 {
  const one = at(LOG, 16);
  const u = f32x4.add(one, x);
  const k = exponent(u);
  // what the sum lost, relative to it; exact either way round
  const lost = v128.bitselect(
    f32x4.sub(one, f32x4.sub(u, x)),
    f32x4.sub(x, f32x4.sub(u, one)),
    f32x4.gt(x, one),
  );
  const near = i32x4.eq(k, i32x4.splat(0));
  const f = v128.bitselect(x, f32x4.sub(i32x4.sub(u, i32x4.shl(k, 23)), one), near);
  const c = v128.andnot(f32x4.div(lost, u), near);
  const e = f32x4.convert_i32x4_s(k);
  const r = madd(e, at(LOG, 0), f32x4.add(f, madd(e, at(LOG, 1), f32x4.add(logTail(f), c))));
  // tiny x is its own result, with its sign
  return v128.bitselect(x, v128.bitselect(r, edges(u, r), near), f32x4.lt(f32x4.abs(x), f32x4.splat(1e-8)));
}

// 0 from where a square is all of the root's argument, 1 ln 2, 2 1/2
const HYPERBOLIC = memory.data<f32>([1e9, 0.6931471805599453, 0.5]);

/** arcsinh x: relative error <= 3e-7. */
// @ts-ignore: decorator
@inline
export function vasinh(x: v128): v128 {
  const one = at(LOG, 16);
  const t = f32x4.abs(x);
  const big = f32x4.gt(t, at(HYPERBOLIC, 0));
  const z = f32x4.mul(t, t);
  const s = f32x4.add(t, f32x4.div(z, f32x4.add(one, f32x4.sqrt(f32x4.add(one, z)))));
  const r = f32x4.add(vlog1p(v128.bitselect(t, s, big)), v128.and(big, at(HYPERBOLIC, 1)));
  return v128.or(r, signOf(x));
}
/** arccosh x: relative error <= 3e-7; NaN below 1. */
// @ts-ignore: decorator
@inline
export function vacosh(x: v128): v128 {
  const one = at(LOG, 16);
  const t = f32x4.sub(x, one);
  const big = f32x4.gt(x, at(HYPERBOLIC, 0));
  const s = f32x4.add(t, f32x4.sqrt(madd(t, t, f32x4.add(t, t))));
  const r = f32x4.add(vlog1p(v128.bitselect(x, s, big)), v128.and(big, at(HYPERBOLIC, 1)));
  return v128.or(r, f32x4.lt(x, one));
}
/** arctanh x: relative error <= 3e-7; NaN beyond 1. */
// @ts-ignore: decorator
@inline
export function vatanh(x: v128): v128 {
  const one = at(LOG, 16);
  const t = f32x4.abs(x);
  const d = f32x4.add(t, t);
  const s = f32x4.add(d, f32x4.div(f32x4.mul(d, t), f32x4.sub(one, t)));
  const r = f32x4.mul(vlog1p(s), at(HYPERBOLIC, 2));
  return v128.or(v128.or(r, signOf(x)), f32x4.gt(t, one));
}
