// How codes are multiplied. Within a block all sums are integers, so they are the same in every build: with relaxed SIMD, bytes times bytes into
// 16-bit sums that are closed before they can pass 2^15; else 16-bit numbers into 32-bit sums. Products of 8 bits fill 16: they are summed in 32
// in every build.
/** Constants: V8 builds those written as immediates anew at every use, these stay in registers. */
const TABLE: usize = memory.data<u32>([
  0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x00ff00ff, 0x00ff00ff, 0x00ff00ff, 0x00ff00ff, 0x00010001,
  0x00010001, 0x00010001, 0x00010001, 0x10101010, 0x10101010, 0x10101010, 0x10101010, 0x30303030, 0x30303030,
  0x30303030, 0x30303030, 0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000, 0x0f800000, 0x0f800000, 0x0f800000,
  0x0f800000, 0x70000000, 0x70000000, 0x70000000, 0x70000000, 0x77800000, 0x77800000, 0x77800000, 0x77800000,
], 16);
/** The low nibble of each byte. */
// @ts-ignore: decorator
@inline
export function nibble(): v128 {
  return v128.load(TABLE);
}
/** The low byte of each 16 bits. */
// @ts-ignore: decorator
@inline
export function evens(): v128 {
  return v128.load(TABLE, 16);
}
// @ts-ignore: decorator
@inline
export function bit4(): v128 {
  return v128.load(TABLE, 48);
}
// @ts-ignore: decorator
@inline
export function bits45(): v128 {
  return v128.load(TABLE, 64);
}

/** Codes of x for `step`, at `x + at`; in plain builds the second two of four are apart. */
// @ts-ignore: decorator
@inline
export function part(x: usize, at: usize): v128 {
  return v128.load32_splat(x + at);
}
// @ts-ignore: decorator
@inline
export function rest(x: usize, at: usize): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.splat(0) : v128.load32_splat(x + at, 4);
}
/** acc + codes (unsigned bytes, four of each of four rows) times four codes of x, `part` and `rest`; `e` is `evens()`. */
// @ts-ignore: decorator
@inline
export function step(acc: v128, c: v128, e: v128, p: v128, q: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(p, c));
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(c, e), p));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(c, 8), q));
}
/** The same with codes of x at `x + at`. */
// @ts-ignore: decorator
@inline
export function stepAt(acc: v128, c: v128, e: v128, x: usize, at: usize): v128 {
  return step(acc, c, e, part(x, at), rest(x, at));
}
/**
 * acc + 256 times codes of 8 bits times four codes of x. Two codes of a row are one number of 16 bits, v = 256 odd + even, where the odd one is
 * signed and the even one is not. With x as `blocks_activations` writes it, v x1 + even (256 x0 - x1) = 256 (odd x1 + even x0).
 */
// @ts-ignore: decorator
@inline
export function step8(acc: v128, c: v128, e: v128, odd: v128, even: v128): v128 {
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(c, odd));
  return i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(c, e), even));
}
/** Bytes of x from one `step` to the next. */
export const NEXT: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 8;
/** The sum of a row's part in 32 bits. */
// @ts-ignore: decorator
@inline
export function close(acc: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.dot_i16x8_s(acc, v128.load(TABLE, 32)) : acc;
}
/** The scale in byte `j` of each row's word, as `weigh` takes it. */
// @ts-ignore: decorator
@inline
export function scale(scales: v128, j: i32): v128 {
  const s = v128.and(i32x4.shr_u(scales, 8 * j), i32x4.splat(255));
  return ASC_FEATURE_RELAXED_SIMD ? v128.or(s, i32x4.shl(s, 16)) : s;
}
/** The same for signed scales. */
// @ts-ignore: decorator
@inline
export function signedScale(scales: v128, j: i32): v128 {
  const s = i32x4.shr_s(i32x4.shl(scales, 24 - 8 * j), 24);
  return ASC_FEATURE_RELAXED_SIMD ? v128.or(v128.and(s, i32x4.splat(0xffff)), i32x4.shl(s, 16)) : s;
}
/** The sum of a row's part times a scale, in 32 bits. */
// @ts-ignore: decorator
@inline
export function weigh(acc: v128, s: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.dot_i16x8_s(acc, s) : i32x4.mul(acc, s);
}
/** `m` is `nibble()`. */
// @ts-ignore: decorator
@inline
export function low(v: v128, m: v128): v128 {
  return v128.and(v, m);
}
// @ts-ignore: decorator
@inline
export function high(v: v128, m: v128): v128 {
  return v128.and(i16x8.shr_u(v, 4), m);
}
/** Bit `t` of each byte as 0 or 16. */
// @ts-ignore: decorator
@inline
export function fifth(v: v128, t: i32, m: v128): v128 {
  return v128.and(t < 4 ? i16x8.shl(v, 4 - t) : i16x8.shr_u(v, t - 4), m);
}
/** Four rows' float16 in 32-bit lanes, sign-extended, as float32. */
// @ts-ignore: decorator
@inline
export function widened(h: v128): v128 {
  const v = v128.and(i32x4.shl(h, 13), v128.load(TABLE, 80));
  const e = v128.load(TABLE, 96);
  // infinities and NaN: 2^112 brings their exponent short of the top
  const special = v128.and(i32x4.eq(v128.and(v, e), e), v128.load(TABLE, 112));
  return f32x4.mul(v128.or(v, special), v128.load(TABLE, 128));
}
/** Four rows' scales. */
// @ts-ignore: decorator
@inline
export function halves(p: usize): v128 {
  return widened(v128.load16x4_s(p));
}

