// Lanes of a compute type W, from and to elements of a storage type S. float16 and bfloat16 are stored as i16 and u16 and
// computed as f32: W tells them from the integers of the same size. Reads may pass the end of an operand.
import { brainToFloat, floatToBrain, floatToHalf, halfToFloat } from './half';

/** One vector of elements at `p`: 16 / sizeof<W>() of them. */
// @ts-ignore: decorator
@inline
export function loadLanes<S, W>(p: usize): v128 {
  if (isFloat<W>() && sizeof<S>() == 2) {
    if (isSigned<S>()) return halfToFloat(v128.load16x4_u(p));
    else return brainToFloat(v128.load16x4_u(p));
  } else return v128.load(p);
}

/** One element at `p`. */
// @ts-ignore: decorator
@inline
export function loadOne<S, W>(p: usize): W {
  if (isFloat<W>() && sizeof<S>() == 2) return <W>f32x4.extract_lane(loadLanes<S, W>(p), 0);
  else return load<W>(p);
}

/** The elements in the low bytes, as they are stored. */
// @ts-ignore: decorator
@inline
function packed<S, W>(v: v128): v128 {
  if (isFloat<W>() && sizeof<S>() == 2) {
    const h = isSigned<S>() ? floatToHalf(v) : floatToBrain(v);
    return i16x8.narrow_i32x4_u(h, h);
  } else return v;
}

/** One vector of elements to `p`. */
// @ts-ignore: decorator
@inline
export function storeLanes<S, W>(p: usize, v: v128): void {
  if (isFloat<W>() && sizeof<S>() == 2) v128.store64_lane(p, packed<S, W>(v), 0);
  else v128.store(p, v);
}

/** One element to `p`. */
// @ts-ignore: decorator
@inline
export function storeOne<S, W>(p: usize, x: W): void {
  if (isFloat<W>() && sizeof<S>() == 2) v128.store16_lane(p, packed<S, W>(f32x4.splat(<f32>x)), 0);
  else store<W>(p, x);
}

/** The low `bytes` bytes of `v`, fewer than 16. */
function storeBytes(p: usize, v: v128, bytes: i32): void {
  if (bytes & 8) {
    v128.store64_lane(p, v, 0);
    v = i64x2.shuffle(v, v, 1, 0);
    p += 8;
  }
  if (bytes & 4) {
    v128.store32_lane(p, v, 0);
    v = i32x4.shuffle(v, v, 1, 2, 3, 0);
    p += 4;
  }
  if (bytes & 2) {
    v128.store16_lane(p, v, 0);
    v = i32x4.shr_u(v, 16);
    p += 2;
  }
  if (bytes & 1) v128.store8_lane(p, v, 0);
}

/** The first `count` elements of one vector, fewer than all. */
// @ts-ignore: decorator
@inline
export function storeSome<S, W>(p: usize, v: v128, count: i32): void {
  storeBytes(p, packed<S, W>(v), count * <i32>sizeof<S>());
}

/** Lanes 0 and 1 of four f32 as f64. */
// @ts-ignore: decorator
@inline
export function lowHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}
/** Lanes 2 and 3 of four f32 as f64. */
// @ts-ignore: decorator
@inline
export function highHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 0));
}
/** Two pairs of f64 as four f32. */
// @ts-ignore: decorator
@inline
export function joinHalves(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
