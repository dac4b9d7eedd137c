// binary_<op>_<code> of floats beyond arithmetic: power, arctan2, logaddexp, floorDivide, remainder.
import { splatAt } from './binary-loops';
import { highHalf, joinHalves, lowHalf } from './lanes';
import { vlogaddexp, vpow } from './math-f32-special';
import { vatan2 } from './math-f32-trig';

const POWER = 0;
const ARCTAN2 = 1;
const LOGADDEXP = 2;
const FLOOR_DIVIDE = 3;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, y: v128): v128 {
  if (op == POWER) return vpow(x, y);
  if (op == ARCTAN2) return vatan2(x, y);
  if (op == LOGADDEXP) return vlogaddexp(x, y);
  return f32x4.floor(f32x4.div(x, y));
}

/** The vector at `p` where the operand walks, else the one that is held. */
// @ts-ignore: decorator
@inline
function next(walk: i32, p: usize, held: v128): v128 {
  return walk ? v128.load(p) : held;
}
/** Walking and held operands share the loops; four results are computed before the first store, so that their chains overlap. */
// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + (<usize>n << 2);
  const x = splatAt<f32>(a);
  const y = splatAt<f32>(b);
  const stepA: usize = sa ? 16 : 0;
  const stepB: usize = sb ? 16 : 0;
  // powers are long enough to fill the machine alone
  while (op != POWER && o + 64 <= end) {
    const z0 = apply(op, next(sa, a, x), next(sb, b, y));
    const z1 = apply(op, next(sa, a + 16, x), next(sb, b + 16, y));
    const z2 = apply(op, next(sa, a + 32, x), next(sb, b + 32, y));
    const z3 = apply(op, next(sa, a + 48, x), next(sb, b + 48, y));
    v128.store(o, z0);
    v128.store(o, z1, 16);
    v128.store(o, z2, 32);
    v128.store(o, z3, 48);
    a += stepA << 2;
    b += stepB << 2;
    o += 64;
  }
  while (o < end) {
    v128.store(o, apply(op, next(sa, a, x), next(sb, b, y)));
    a += stepA;
    b += stepB;
    o += 16;
  }
}

export function binary_power_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map(POWER, n, a, sa, b, sb, o);
}
export function binary_arctan2_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map(ARCTAN2, n, a, sa, b, sb, o);
}
export function binary_logaddexp_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map(LOGADDEXP, n, a, sa, b, sb, o);
}
export function binary_floorDivide_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}

/** x modulo y with the sign of y, exact: the quotient of floats this close is, and so is the product taken from x. */
// @ts-ignore: decorator
@inline
function modulo32(x: f32, y: f32): f32 {
  const q = trunc<f64>(<f64>x / <f64>y);
  const r = <f32>(abs(q) < 134217728 && abs(y) < Infinity ? <f64>x - q * <f64>y : <f64>x % <f64>y);
  return r != 0 && r < 0 != y < 0 ? r + y : copysign<f32>(r, r == 0 ? x : r);
}
// The same on lanes, as pairs of f64; a vector with a long quotient or an infinite y goes element by element.
// @ts-ignore: decorator
@inline
function quotient(x: v128, y: v128): v128 {
  return f64x2.trunc(f64x2.div(x, y));
}
// @ts-ignore: decorator
@inline
function isShort(q: v128, y: v128): v128 {
  return v128.and(f64x2.lt(f64x2.abs(q), f64x2.splat(134217728)), f64x2.lt(f64x2.abs(y), f64x2.splat(Infinity)));
}
function modulo4(x: v128, y: v128): v128 {
  const x0 = lowHalf(x);
  const x1 = highHalf(x);
  const y0 = lowHalf(y);
  const y1 = highHalf(y);
  const q0 = quotient(x0, y0);
  const q1 = quotient(x1, y1);
  if (!v128.all_true<i64>(v128.and(isShort(q0, y0), isShort(q1, y1)))) {
    let r = f32x4.splat(modulo32(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
    r = f32x4.replace_lane(r, 1, modulo32(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
    r = f32x4.replace_lane(r, 2, modulo32(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
    return f32x4.replace_lane(r, 3, modulo32(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
  }
  const r = joinHalves(f64x2.sub(x0, f64x2.mul(q0, y0)), f64x2.sub(x1, f64x2.mul(q1, y1)));
  const none = f32x4.eq(r, i32x4.splat(0));
  const other = v128.andnot(i32x4.shr_s(v128.xor(r, y), 31), none);
  const zero = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(zero, v128.bitselect(f32x4.add(r, y), r, other), none);
}
export function binary_remainder_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + (<usize>n << 2);
  let x = splatAt<f32>(a);
  let y = splatAt<f32>(b);
  while (o < end) {
    if (sa) {
      x = v128.load(a);
      a += 16;
    }
    if (sb) {
      y = v128.load(b);
      b += 16;
    }
    v128.store(o, modulo4(x, y));
    o += 16;
  }
}
