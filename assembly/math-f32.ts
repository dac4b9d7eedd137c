// f32 functions on four lanes: range reduction and own minimax polynomials. Each comment states the bound on the relative error
// over all inputs, which tests/kernels/elementwise-f32.test.ts measures. Coefficients come from tables in memory, since a load is
// cheaper than a splatted immediate. Operand order matters: pmin(x, c) and pmax(x, c) pass a NaN in x on.
import { loadLanes } from './lanes';
import { madd, nmadd } from './simd';

/** The i-th constant of a table in every lane. */
// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}

// @ts-ignore: decorator
@inline
export function signOf(x: v128): v128 {
  return v128.and(x, i32x4.splat(0x80000000));
}

// 0 upper and 1 lower end of the clamp, 2 log2(e), 3 1.5 * 2^23, 4 and 5 ln 2 in two parts, 6..11 the polynomial, 12 1.5 * 2^23 +
// 127, 13 where e^x has become 0
const EXP = memory.data<f32>([
  128, -128, 1.44269504089, 12582912, 0.693359375, -0.00021219444, 0.0013814611593261361, 0.008368716575205326,
  0.04166838899254799, 0.1666652113199234, 0.4999999403953552, 1, 12583039, -88,
]);

/** The rounding of x / ln 2, in the low bits of a float biased by 1.5 * 2^23. */
// @ts-ignore: decorator
@inline
function expSteps(x: v128): v128 {
  return madd(x, at(EXP, 2), at(EXP, 3));
}
/** e^r - 1 - r over r^2, times r, plus 1, times r: e^r - 1 for |r| <= ln 2 / 2. */
// @ts-ignore: decorator
@inline
function expTail(r: v128): v128 {
  let p = madd(at(EXP, 6), r, at(EXP, 7));
  p = madd(p, r, at(EXP, 8));
  p = madd(p, r, at(EXP, 9));
  p = madd(p, r, at(EXP, 10));
  return madd(f32x4.mul(p, r), r, r);
}
// @ts-ignore: decorator
@inline
function expRest(x: v128, t: v128): v128 {
  const m = f32x4.sub(t, at(EXP, 3));
  return nmadd(m, at(EXP, 5), nmadd(m, at(EXP, 4), x));
}
/** 2^n for -126 <= n <= 127. */
// @ts-ignore: decorator
@inline
function pow2(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), at(EXP, 11));
}

/** e^x, every x: relative error <= 1.2e-7, gradual underflow. */
// @ts-ignore: decorator
@inline
export function vexp(x: v128): v128 {
  const c = f32x4.pmax(f32x4.pmin(x, at(EXP, 0)), at(EXP, 1));
  const t = expSteps(c);
  const p = f32x4.add(expTail(expRest(c, t)), at(EXP, 11));
  // in two factors, so that neither overflows and only the last product rounds
  const n = i32x4.shr_s(i32x4.shl(t, 9), 9);
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, pow2(half)), pow2(i32x4.sub(n, half)));
}

// 0 1/2, 1 upper, 2 lower end
const EXPM1 = memory.data<f32>([0.5, 89, -30, 0.0013882527127861977, 0.008366520516574383, 0.04166720062494278, 0.1666654348373413, 0.5]);
/** e^x - 1: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vexpm1(x: v128): v128 {
  const c = f32x4.pmax(f32x4.pmin(x, at(EXPM1, 1)), at(EXPM1, 2));
  const t = expSteps(c);
  const r = expRest(c, t);
  let p = madd(at(EXPM1, 3), r, at(EXPM1, 4));
  p = madd(p, r, at(EXPM1, 5));
  p = madd(p, r, at(EXPM1, 6));
  p = madd(p, r, at(EXPM1, 7));
  p = madd(f32x4.mul(p, r), r, r);
  // twice (2^(n-1) p + 2^(n-1) - 1/2): 2^128 never appears
  const s = pow2(i32x4.sub(t, i32x4.splat(1)));
  const y = madd(s, p, f32x4.sub(s, at(EXPM1, 0)));
  const r2 = f32x4.add(y, y);
  // tiny x is its own result, with its sign and all its bits
  return v128.bitselect(x, r2, f32x4.lt(f32x4.abs(x), f32x4.splat(1e-8)));
}

/** 1 / (1 + e^-x): relative error <= 2e-7, gradual underflow. */
// @ts-ignore: decorator
@inline
export function vsigmoid(x: v128): v128 {
  const one = at(EXP, 11);
  const e = vexp(f32x4.neg(f32x4.abs(x)));
  const top = v128.bitselect(e, one, f32x4.lt(x, i32x4.splat(0)));
  return f32x4.div(top, f32x4.add(one, e));
}

// 0 limit of the polynomial, 1 where the result is 1, 2..6 the polynomial
const TANH = memory.data<f32>([
  0.625, 10, -0.005704985465854406, 0.02063908614218235, -0.05373971536755562, 0.13331441581249237, -0.3333328068256378,
]);
/** tanh x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vtanh(x: v128): v128 {
  const one = at(EXP, 11);
  const t = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = madd(at(TANH, 2), z, at(TANH, 3));
  p = madd(p, z, at(TANH, 4));
  p = madd(p, z, at(TANH, 5));
  p = madd(p, z, at(TANH, 6));
  const small = madd(f32x4.mul(p, z), x, x);
  const c = f32x4.pmin(t, at(TANH, 1));
  const d = f32x4.add(c, c);
  const k = expSteps(d);
  const e = f32x4.mul(f32x4.add(expTail(expRest(d, k)), one), pow2(k));
  const u = f32x4.add(e, one);
  const large = f32x4.sub(one, f32x4.div(f32x4.add(one, one), u));
  return v128.or(v128.bitselect(small, large, f32x4.lt(t, at(TANH, 0))), signOf(x));
}

// 0 limit of the polynomial, 1 clamp, 2 1/4, 3..6 the polynomial
const SINH = memory.data<f32>([
  1, 89.5, 0.25, 0.0000028169513370812638, 0.0001983615948120132, 0.008333349600434303, 0.1666666716337204,
]);
/** Half of e^t and of e^-t for t >= 0, as far as their sum is finite: twice each, times 1/2 at the end. */
// @ts-ignore: decorator
@inline
function halves(minus: bool, t: v128): v128 {
  const c = f32x4.pmin(t, at(SINH, 1));
  const k = expSteps(c);
  const p = f32x4.add(expTail(expRest(c, k)), at(EXP, 11));
  const e = f32x4.mul(p, pow2(i32x4.sub(k, i32x4.splat(2))));
  // e = e^t / 4, so that e^-t / 4 is 1/16 over it
  const f = f32x4.div(f32x4.mul(at(SINH, 2), at(SINH, 2)), e);
  const s = minus ? f32x4.sub(e, f) : f32x4.add(e, f);
  return f32x4.add(s, s);
}
/** sinh x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vsinh(x: v128): v128 {
  const t = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  const p = madd(madd(madd(at(SINH, 3), z, at(SINH, 4)), z, at(SINH, 5)), z, at(SINH, 6));
  const small = madd(f32x4.mul(p, z), x, x);
  return v128.bitselect(small, v128.or(halves(true, t), signOf(x)), f32x4.lt(t, at(SINH, 0)));
}
/** cosh x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function vcosh(x: v128): v128 {
  return halves(false, f32x4.abs(x));
}

/** e^x where it is a normal number, |x| <= 87.3: relative error <= 1.2e-7. */
// @ts-ignore: decorator
@inline
export function expNormal(x: v128): v128 {
  const t = madd(x, at(EXP, 2), at(EXP, 12));
  return expScaled(x, t);
}
/** 1 / (1 + e^-x), |x| <= 87.3: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function sigmoidNormal(x: v128): v128 {
  const one = at(EXP, 11);
  const e = expNormal(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, i32x4.splat(0))), f32x4.add(one, e));
}
/** e^x for x <= 0: relative error <= 1.2e-7 down to -87.3, exactly 0 from -88, NaN passes. */
// @ts-ignore: decorator
@inline
export function expDown(x: v128): v128 {
  const c = f32x4.pmax(x, at(EXP, 13));
  return expScaled(c, madd(c, at(EXP, 2), at(EXP, 12)));
}
/** 2^n e^r, n in the low bits of t with 127 added: 0 where n is -127. The power scales a sum, so that no constant 1 is needed. */
// @ts-ignore: decorator
@inline
function expScaled(x: v128, t: v128): v128 {
  const m = f32x4.sub(t, at(EXP, 12));
  const s = i32x4.shl(t, 23);
  const r = nmadd(m, at(EXP, 5), nmadd(m, at(EXP, 4), x));
  const r2 = f32x4.mul(r, r);
  const p = madd(madd(at(EXP, 6), r2, madd(at(EXP, 7), r, at(EXP, 8))), r2, madd(at(EXP, 9), r, at(EXP, 10)));
  return madd(madd(p, r2, r), s, s);
}

/** The first half of `expDown` for `n` elements of x - m: what is left beside a multiple of ln 2, and two to that multiple. */
export function expDownSplit<S>(n: i32, m: f32, a: usize, remainders: usize, scales: usize): void {
  // in registers for the loop: V8 does not take loads out of it
  const shift = f32x4.splat(m);
  const least = at(EXP, 13);
  const perLog = at(EXP, 2);
  const magic = at(EXP, 12);
  const high = at(EXP, 4);
  const low = at(EXP, 5);
  for (; n > 0; n -= 4) {
    const x = f32x4.pmax(f32x4.sub(loadLanes<S, f32>(a), shift), least);
    const t = madd(x, perLog, magic);
    const k = f32x4.sub(t, magic);
    v128.store(remainders, nmadd(k, low, nmadd(k, high, x)));
    v128.store(scales, i32x4.shl(t, 23));
    a += 4 * sizeof<S>();
    remainders += 16;
    scales += 16;
  }
}
/** The second half, `n` a multiple of 4; returns the sum in four lanes. */
export function expDownOf(n: i32, remainders: usize, scales: usize, o: usize): v128 {
  const c0 = at(EXP, 6);
  const c1 = at(EXP, 7);
  const c2 = at(EXP, 8);
  const c3 = at(EXP, 9);
  const c4 = at(EXP, 10);
  let sum = f32x4.splat(0);
  for (; n > 0; n -= 4) {
    const r = v128.load(remainders);
    const s = v128.load(scales);
    const r2 = f32x4.mul(r, r);
    const p = madd(madd(c0, r2, madd(c1, r, c2)), r2, madd(c3, r, c4));
    const e = madd(madd(p, r2, r), s, s);
    v128.store(o, e);
    sum = f32x4.add(sum, e);
    remainders += 16;
    scales += 16;
    o += 16;
  }
  return sum;
}
