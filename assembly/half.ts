// float16 and bfloat16 as bit patterns in the low halves of four 32-bit lanes.

// 0 bias and half a unit, 1 1/2, 2 smallest normal, 3 smallest that rounds to infinity, 4 NaN's bit, 5 infinity, 6 that of f32. They come
// from memory: there are too many for V8 to keep as immediates in registers.
const FLOAT_TO_HALF = memory.data<u32>([0xc8000fff, 0x3f000000, 0x38800000, 0x47800000, 0x0200, 0x7c00, 0x7f800000]);
// @ts-ignore: decorator
@inline
function at(i: usize): v128 {
  return v128.load32_splat(FLOAT_TO_HALF + (i << 2));
}

/** Four float16 patterns to f32, exact. */
// @ts-ignore: decorator
@inline
export function halfToFloat(h: v128): v128 {
  const magnitude = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16);
  // times 2^112 moves the exponent bias, and makes subnormals normal
  const scaled = f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000)));
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(scaled, special), sign);
}

/** Four f32 to float16 patterns, to nearest even; NaN becomes the quiet NaN of its sign. */
// @ts-ignore: decorator
@inline
export function floatToHalf(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const u = v128.xor(x, sign);
  const even = v128.and(i32x4.shr_u(u, 13), i32x4.splat(1));
  // bias 127 to 15, and half a unit minus one, plus one more where the last kept bit is odd
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(u, at(0)), even), 13);
  // adding 0.5 lets the f32 adder round to a multiple of 2^-24, the unit of subnormals
  const half = at(1);
  const tiny = i32x4.sub(f32x4.add(u, half), half);
  const small = v128.bitselect(tiny, normal, i32x4.lt_s(u, at(2)));
  const nan = v128.and(i32x4.gt_s(u, at(6)), at(4));
  const special = v128.or(at(5), nan);
  const r = v128.bitselect(special, small, i32x4.ge_s(u, at(3)));
  return v128.or(r, i32x4.shr_u(sign, 16));
}

/** Four bfloat16 patterns to f32, exact. */
// @ts-ignore: decorator
@inline
export function brainToFloat(h: v128): v128 {
  return i32x4.shl(h, 16);
}

/** Four f32 to bfloat16 patterns, to nearest even; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function floatToBrain(x: v128): v128 {
  const even = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const rounded = i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), even);
  const quiet = v128.or(x, i32x4.splat(0x00400000));
  return i32x4.shr_u(v128.bitselect(quiet, rounded, f32x4.ne(x, x)), 16);
}
