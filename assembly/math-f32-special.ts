// Powers, the error function and its inverse, logaddexp on four f32 lanes (see math-f32.ts for the conventions).
import { expDown, signOf } from './math-f32';
import { vlog, vlog1p } from './math-f32-log';
import { madd, madd64 } from './simd';

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

// 0..4 log2(m) = s Q(s^2), s = (m - 1) / (m + 1); 5..11 2^t; 12 1, 13 1.5 * 2^52, 14 2^52 + 1024, 15 clamp, 16 infinity
const POW = memory.data<f64>([
  0.3407301060268753, 0.4116727190837084, 0.5770835849619331, 0.9617966733418328, 2.885390081790086,
  0.00015345826390581098, 0.0013399931716495926, 0.00961848889225248, 0.05550328775467174, 0.24022646891448965,
  0.6931472057380753, 1.0000000005539635, 1, 6755399441055744, 4503599627371520, 200, Infinity,
]);

/** x^y of two positive f64 lanes, to 3e-9: log2 and 2^t in double precision. */
// @ts-ignore: decorator
@inline
function power2(x: v128, y: v128): v128 {
  const one = at64(POW, 12);
  const d = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const m = i64x2.sub(x, v128.and(d, i64x2.splat(<i64>0xfff0000000000000)));
  // the exponent, made positive by 1024, as the low bits of a double
  const k = f64x2.sub(
    v128.or(i64x2.shr_u(i64x2.add(d, i64x2.splat(0x4000000000000000)), 52), i64x2.splat(0x4330000000000000)),
    at64(POW, 14),
  );
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let q = madd64(at64(POW, 0), z, at64(POW, 1));
  q = madd64(q, z, at64(POW, 2));
  q = madd64(q, z, at64(POW, 3));
  q = madd64(q, z, at64(POW, 4));
  const inf = at64(POW, 16);
  let l = madd64(q, s, k);
  l = v128.bitselect(f64x2.neg(inf), l, f64x2.eq(x, i64x2.splat(0)));
  l = v128.bitselect(inf, l, f64x2.eq(x, inf));
  const limit = at64(POW, 15);
  const e = f64x2.pmax(f64x2.pmin(f64x2.mul(y, l), limit), f64x2.neg(limit));
  const n = f64x2.nearest(e);
  const t = f64x2.sub(e, n);
  let p = madd64(at64(POW, 5), t, at64(POW, 6));
  p = madd64(p, t, at64(POW, 7));
  p = madd64(p, t, at64(POW, 8));
  p = madd64(p, t, at64(POW, 9));
  p = madd64(p, t, at64(POW, 10));
  p = madd64(p, t, at64(POW, 11));
  const bits = i64x2.add(f64x2.add(n, at64(POW, 13)), i64x2.splat(1023));
  return f64x2.mul(p, i64x2.shl(bits, 52));
}

// 0 1, 1 1/2, 2 infinity
const ONE = memory.data<f32>([1, 0.5, Infinity]);
/** x^y with the special values of C: error <= 0.6 ulp. */
// @ts-ignore: decorator
@inline
export function vpow(x: v128, y: v128): v128 {
  const zero = i32x4.splat(0);
  const one = at(ONE, 0);
  const inf = at(ONE, 2);
  const ax = f32x4.abs(x);
  const ay = f32x4.abs(y);
  const r0 = power2(f64x2.promote_low_f32x4(ax), f64x2.promote_low_f32x4(y));
  const r1 = power2(
    f64x2.promote_low_f32x4(v128.shuffle<i64>(ax, ax, 1, 1)),
    f64x2.promote_low_f32x4(v128.shuffle<i64>(y, y, 1, 1)),
  );
  let r = v128.shuffle<i64>(f32x4.demote_f64x2_zero(r0), f32x4.demote_f64x2_zero(r1), 0, 2);
  const whole = f32x4.eq(y, f32x4.floor(y));
  const half = f32x4.mul(y, at(ONE, 1));
  const odd = v128.and(whole, f32x4.ne(half, f32x4.floor(half)));
  r = v128.xor(r, v128.and(odd, signOf(x)));
  const negative = v128.and(f32x4.lt(x, zero), f32x4.lt(ax, inf));
  r = v128.or(r, v128.andnot(negative, whole));
  r = v128.or(r, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
  const ones = v128.or(
    v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)),
    v128.and(f32x4.eq(ax, one), f32x4.eq(ay, inf)),
  );
  return v128.bitselect(one, r, ones);
}

// 0 limit, 1..6 E of erf x = x + x E(x^2), 7 clamp, 8..14 -log(erfc x)
const ERF = memory.data<f32>([
  0.9, -0.0006090363021939993, 0.0050119636580348015, -0.02677891030907631, 0.11282140761613846, -0.3761252462863922,
  0.12837915122509003, 4.1, -0.00019820945453830063, 0.0030653986614197493, -0.022314880043268204, 0.10411304980516434,
  0.6369767189025879, 1.1277968883514404, 0.00016652345948386937, 1,
]);
/** erf x: relative error <= 2e-7. */
// @ts-ignore: decorator
@inline
export function verf(x: v128): v128 {
  const t = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = madd(at(ERF, 1), z, at(ERF, 2));
  p = madd(p, z, at(ERF, 3));
  p = madd(p, z, at(ERF, 4));
  p = madd(p, z, at(ERF, 5));
  p = madd(p, z, at(ERF, 6));
  const small = madd(p, x, x);
  const c = f32x4.pmin(t, at(ERF, 7));
  let g = madd(at(ERF, 8), c, at(ERF, 9));
  g = madd(g, c, at(ERF, 10));
  g = madd(g, c, at(ERF, 11));
  g = madd(g, c, at(ERF, 12));
  g = madd(g, c, at(ERF, 13));
  g = madd(g, c, at(ERF, 14));
  const outer = f32x4.sub(at(ERF, 15), expDown(f32x4.neg(g)));
  return v128.bitselect(small, v128.or(outer, signOf(x)), f32x4.lt(t, at(ERF, 0)));
}

// erfinv x / x by w = -log(1 - x^2): 0 5, 1 5/2, 2..11 in w - 5/2 below 5, 12 3, 13..21 in sqrt(w) - 3 above, 22 1, 23 infinity
const ERFINV = memory.data<f32>([
  5, 2.5, -8.790942196412743e-9, 2.3232711754417323e-8, 4.6616943905064545e-7, -0.0000034627053082658676,
  -0.0000049633445087238215, 0.00021834444487467408, -0.0012527419021353126, -0.004177386872470379,
  0.24664027988910675, 1.5014094114303589, 3, -0.00016566269914619625, 0.00009194484300678596, 0.0012952464167028666,
  -0.0036655429285019636, 0.005765912123024464, -0.007623764686286449, 0.009434830397367477, 1.0016740560531616,
  2.832977056503296, 1, Infinity,
]);
/** The inverse of erf: relative error <= 4e-7; infinite at 1 and -1, NaN beyond. */
// @ts-ignore: decorator
@inline
export function verfinv(x: v128): v128 {
  const one = at(ERFINV, 22);
  const t = f32x4.abs(x);
  const w = f32x4.neg(vlog(f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t))));
  const u = f32x4.sub(w, at(ERFINV, 1));
  let p = madd(at(ERFINV, 2), u, at(ERFINV, 3));
  p = madd(p, u, at(ERFINV, 4));
  p = madd(p, u, at(ERFINV, 5));
  p = madd(p, u, at(ERFINV, 6));
  p = madd(p, u, at(ERFINV, 7));
  p = madd(p, u, at(ERFINV, 8));
  p = madd(p, u, at(ERFINV, 9));
  p = madd(p, u, at(ERFINV, 10));
  p = madd(p, u, at(ERFINV, 11));
  const v = f32x4.sub(f32x4.sqrt(w), at(ERFINV, 12));
  let q = madd(at(ERFINV, 13), v, at(ERFINV, 14));
  q = madd(q, v, at(ERFINV, 15));
  q = madd(q, v, at(ERFINV, 16));
  q = madd(q, v, at(ERFINV, 17));
  q = madd(q, v, at(ERFINV, 18));
  q = madd(q, v, at(ERFINV, 19));
  q = madd(q, v, at(ERFINV, 20));
  q = madd(q, v, at(ERFINV, 21));
  const r = v128.bitselect(p, q, f32x4.lt(w, at(ERFINV, 0)));
  return f32x4.mul(x, v128.bitselect(at(ERFINV, 23), r, f32x4.eq(t, one)));
}

/** log(e^x + e^y): error <= 2e-7 of the result, or of the larger operand where the two cancel. */
// @ts-ignore: decorator
@inline
export function vlogaddexp(x: v128, y: v128): v128 {
  const high = v128.bitselect(y, f32x4.pmax(x, y), f32x4.ne(y, y));
  const low = f32x4.pmin(x, y);
  const gap = v128.andnot(f32x4.sub(low, high), f32x4.eq(x, y));
  // what the difference rounded away matters where e^gap is most of the result
  const back = f32x4.sub(gap, low);
  const lost = f32x4.sub(f32x4.sub(low, f32x4.sub(gap, back)), f32x4.add(high, back));
  const e = expDown(gap);
  return f32x4.add(high, vlog1p(madd(e, v128.and(lost, f32x4.eq(lost, lost)), e)));
}
