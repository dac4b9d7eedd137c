// binary_<op>_<code> of floats beyond arithmetic: power, arctan2, logaddexp, floorDivide, remainder.
import { splatAt } from './binary-loops';
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

/** One copy of the operation serves walking and held operands: a held one is splatted into a local. */
// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
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
    v128.store(o, apply(op, x, y));
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
export function binary_remainder_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + (<usize>n << 2);
  let x = load<f32>(a);
  let y = load<f32>(b);
  while (o < end) {
    if (sa) {
      x = load<f32>(a);
      a += 4;
    }
    if (sb) {
      y = load<f32>(b);
      b += 4;
    }
    store<f32>(o, modulo32(x, y));
    o += 4;
  }
}
