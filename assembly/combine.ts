// The four associative operations that reductions and scans are made of. `op` is a constant at each use: the tests fold away.

export const ADD = 0;
export const MUL = 1;
export const MAX = 2;
export const MIN = 3;

/** Products of 16 byte lanes, wrapped: even and odd bytes apart, as 16-bit products. */
// @ts-ignore: decorator
@inline
function multiplyBytes(x: v128, y: v128): v128 {
  const low = i16x8.splat(0xff);
  const odd = i16x8.mul(i16x8.shr_u(x, 8), v128.andnot(y, low));
  return v128.or(v128.and(i16x8.mul(x, y), low), odd);
}

// @ts-ignore: decorator
@inline
function greater64<W>(x: v128, y: v128): v128 {
  if (isSigned<W>()) return i64x2.gt_s(x, y);
  const top = i64x2.splat(i64.MIN_VALUE);
  return i64x2.gt_s(v128.xor(x, top), v128.xor(y, top));
}

/** Larger (or smaller) lanes; a NaN in `y` is passed over. */
// @ts-ignore: decorator
@inline
export function extreme<W>(op: i32, x: v128, y: v128): v128 {
  // @ts-ignore: W is a float type here
  if (isFloat<W>()) return op == MAX ? v128.pmax<W>(x, y) : v128.pmin<W>(x, y);
  else if (sizeof<W>() == 8) {
    const greater = greater64<W>(x, y);
    return op == MAX ? v128.bitselect(x, y, greater) : v128.bitselect(y, x, greater);
  } else return op == MAX ? v128.max<W>(x, y) : v128.min<W>(x, y);
}

/** x op y on lanes of W; the running value is `x`. NaN propagates. */
// @ts-ignore: decorator
@inline
export function combine<W>(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return v128.add<W>(x, y);
  if (op == MUL) {
    if (sizeof<W>() == 1) return multiplyBytes(x, y);
    else return v128.mul<W>(x, y);
  }
  // all bits set is a NaN, and pmax and pmin keep a NaN that is in x: cheaper than max, which does both
  if (isFloat<W>()) return v128.or(extreme<W>(op, x, y), v128.ne<W>(y, y));
  return extreme<W>(op, x, y);
}

/** x op y; NaN propagates. */
// @ts-ignore: decorator
@inline
export function combineOne<W>(op: i32, x: W, y: W): W {
  // @ts-ignore: W is numeric
  if (op == ADD) return <W>(x + y);
  // @ts-ignore: W is numeric
  if (op == MUL) return <W>(x * y);
  // @ts-ignore: W is numeric
  if (isFloat<W>()) return op == MAX ? max<W>(x, y) : min<W>(x, y);
  return op == MAX ? select<W>(x, y, x > y) : select<W>(x, y, x < y);
}

// @ts-ignore: decorator
@inline
function topBit<W>(): u64 {
  const shift: u64 = 8 * sizeof<W>() - 1;
  return u64(1) << shift;
}
/** Smallest value of W; -inf for floats. */
// @ts-ignore: decorator
@inline
function lowest<W>(): W {
  if (isFloat<W>()) return <W>-Infinity;
  else return isSigned<W>() ? <W>topBit<W>() : <W>0;
}
/** Largest value of W; +inf for floats. */
// @ts-ignore: decorator
@inline
function highest<W>(): W {
  if (isFloat<W>()) return <W>Infinity;
  else return isSigned<W>() ? <W>~topBit<W>() : <W>-1;
}

/** The value that changes nothing. */
// @ts-ignore: decorator
@inline
export function identity<W>(op: i32): W {
  if (op == ADD) return <W>0;
  if (op == MUL) return <W>1;
  return op == MAX ? lowest<W>() : highest<W>();
}

/** All lanes of one vector combined. */
// @ts-ignore: decorator
@inline
export function fold<W>(op: i32, v: v128): W {
  v = combine<W>(op, v, i64x2.shuffle(v, v, 1, 0));
  if (sizeof<W>() <= 4) v = combine<W>(op, v, i32x4.shuffle(v, v, 1, 0, 3, 2));
  if (sizeof<W>() <= 2) v = combine<W>(op, v, v128.or(i32x4.shl(v, 16), i32x4.shr_u(v, 16)));
  if (sizeof<W>() <= 1) v = combine<W>(op, v, v128.or(i16x8.shl(v, 8), i16x8.shr_u(v, 8)));
  return v128.extract_lane<W>(v, 0);
}

/** Whether (r, i) lies beyond (br, bi) in lexicographic order; NaN beats everything and is never beaten. */
// @ts-ignore: decorator
@inline
export function beatsComplex(op: i32, r: f32, i: f32, br: f32, bi: f32): bool {
  if (br != br || bi != bi) return false;
  if (r != r || i != i) return true;
  if (op == MAX) return r > br || (r == br && i > bi);
  return r < br || (r == br && i < bi);
}
