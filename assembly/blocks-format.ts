// GGUF's block formats by ggml's type numbers: how many elements a block holds, and in how many bytes.
import { floatToHalf, halfToFloat } from './half';

export const Q4_0 = 2;
export const Q4_1 = 3;
export const Q5_0 = 6;
export const Q5_1 = 7;
export const Q8_0 = 8;
export const Q4_K = 12;
export const Q5_K = 13;
export const Q6_K = 14;

/** Elements of a block: 256 for the formats whose scales have scales of their own. */
// @ts-ignore: decorator
@inline
export function blockSize(type: i32): i32 {
  return type < Q4_K ? 32 : 256;
}
// @ts-ignore: decorator
@inline
export function blockBytes(type: i32): i32 {
  switch (type) {
    case Q4_0:
      return 18;
    case Q4_1:
      return 20;
    case Q5_0:
      return 22;
    case Q5_1:
      return 24;
    case Q8_0:
      return 34;
    case Q4_K:
      return 144;
    case Q5_K:
      return 176;
    default:
      return 210;
  }
}

/** A float16 at `p`. */
// @ts-ignore: decorator
@inline
export function loadHalf(p: usize): f32 {
  return f32x4.extract_lane(halfToFloat(i32x4.splat(<i32>load<u16>(p))), 0);
}
/** `x` as float16 to `p`. @returns what is stored */
// @ts-ignore: decorator
@inline
export function storeHalf(p: usize, x: f32): f32 {
  store<u16>(p, <u16>i32x4.extract_lane(floatToHalf(f32x4.splat(x)), 0));
  return loadHalf(p);
}

/** The 6-bit scale `j` of a block of Q4_K or Q5_K: four lie in six bits each, the high bits of the others above them. */
// @ts-ignore: decorator
@inline
export function scaleOf(p: usize, j: i32): i32 {
  const q = p + <usize>j;
  return j < 4 ? load<u8>(q) & 63 : (load<u8>(q, 4) & 15) | ((load<u8>(q - 4) >> 6) << 4);
}
/** Its minimum. */
// @ts-ignore: decorator
@inline
export function minimumOf(p: usize, j: i32): i32 {
  const q = p + <usize>j;
  return j < 4 ? load<u8>(q, 4) & 63 : (load<u8>(q, 4) >> 4) | ((load<u8>(q) >> 6) << 4);
}
