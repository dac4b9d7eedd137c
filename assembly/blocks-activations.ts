// Rows of x as llama.cpp quantises them for products with blocks: int8 with one scale for 32 elements (float16, as Q8_0), or one for 256
// (float32, as Q8_K). Codes lie as the dot products of the build read them: bytes in order, or 16-bit numbers 0 2 1 3 of every four.
//   of 32: scale, sum of the codes (i32), scale * sum, 0, codes;
//   for Q8_0: scale / 256, -2^15 times the sum of the even codes, 0, 0, codes: of every four the odd ones, then 256 times the even ones less these;
//   of 256: scale, 0, 0, 0, sums of 16 codes (i16, again 0 2 1 3), sums of 32, codes.
import { floatToHalf, halfToFloat } from './half';
import { Q4_K, Q8_0 } from './blocks-format';

export const HEAD: usize = 16;
export const HEAD_K: usize = 64;

/** Whether the codes for a format are bytes. */
// @ts-ignore: decorator
@inline
export function inBytes(type: i32): bool {
  return ASC_FEATURE_RELAXED_SIMD ? type != Q8_0 : false;
}
/** Bytes of the codes of `n` elements. */
// @ts-ignore: decorator
@inline
export function codeBytes(type: i32, n: usize): usize {
  return inBytes(type) ? n : 2 * n;
}
/** Bytes of a quantised row of K elements. */
export function blocks_activation_bytes(type: i32, K: i32): i32 {
  return type < Q4_K
    ? (K >> 5) * <i32>(HEAD + codeBytes(type, 32))
    : (K >> 8) * <i32>(HEAD_K + codeBytes(type, 256));
}

/** The largest magnitude of `n` elements, NaN if one is. */
function reach(n: i32, x: usize): f32 {
  let v = f32x4.splat(0);
  for (; n > 0; n -= 4) {
    v = f32x4.max(v, f32x4.abs(v128.load(x)));
    x += 16;
  }
  v = f32x4.max(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  v = f32x4.max(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  return f32x4.extract_lane(v, 0);
}

/** 16 codes at `o`. @returns their sum */
// @ts-ignore: decorator
@inline
function codes16(bytes: bool, inverse: v128, x: usize, o: usize): i32 {
  const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), inverse)));
  const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), inverse)));
  const c = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 32), inverse)));
  const d = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 48), inverse)));
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  if (bytes) v128.store(o, i8x16.narrow_i16x8_s(low, high));
  else {
    v128.store(o, v128.shuffle<i16>(low, low, 0, 2, 1, 3, 4, 6, 5, 7));
    v128.store(o, v128.shuffle<i16>(high, high, 0, 2, 1, 3, 4, 6, 5, 7), 16);
  }
  const s = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3));
}

/** Q8_0's codes: 16 of them, as `q8_0` of blocks-vector takes them. @returns the sum of the even ones */
// @ts-ignore: decorator
@inline
function pairs16(inverse: v128, x: usize, o: usize): v128 {
  const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), inverse)));
  const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), inverse)));
  const c = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 32), inverse)));
  const d = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 48), inverse)));
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  // every second of the sixteen
  const even = v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
  const odd = v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
  const lifted = i16x8.sub(i16x8.shl(even, 8), odd);
  v128.store(o, v128.shuffle<i32>(odd, lifted, 0, 4, 1, 5));
  v128.store(o, v128.shuffle<i32>(odd, lifted, 2, 6, 3, 7), 16);
  return i32x4.extadd_pairwise_i16x8_s(even);
}
function quantize8(n: i32, x: usize, o: usize): void {
  for (; n > 0; n--) {
    const most = reach(32, x);
    const v = f32x4.splat(most != 0 ? <f32>127 / most : 0);
    const d = f32x4.extract_lane(halfToFloat(floatToHalf(f32x4.splat(most / 127))), 0);
    const s = i32x4.add(pairs16(v, x, o + HEAD), pairs16(v, x + 64, o + HEAD + 32));
    const sum = i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3));
    store<f32>(o, d * <f32>(1 / 256));
    store<i32>(o, -(sum << 15), 4);
    store<u64>(o, 0, 8);
    x += 128;
    o += HEAD + 64;
  }
}

function quantize32(bytes: bool, n: i32, x: usize, o: usize): void {
  const half: usize = bytes ? 16 : 32;
  for (; n > 0; n--) {
    const most = reach(32, x);
    const v = f32x4.splat(most != 0 ? <f32>127 / most : 0);
    const d = f32x4.extract_lane(halfToFloat(floatToHalf(f32x4.splat(most / 127))), 0);
    const s = codes16(bytes, v, x, o + HEAD) + codes16(bytes, v, x + 64, o + HEAD + half);
    store<f32>(o, d);
    store<i32>(o, s, 4);
    store<f32>(o, d * <f32>s, 8);
    store<f32>(o, 0, 12);
    x += 128;
    o += HEAD + 2 * half;
  }
}

/** Where number `i` of four lies. */
// @ts-ignore: decorator
@inline
function place(i: i32): usize {
  return <usize>((i & 12) | ((i & 1) << 1) | ((i >> 1) & 1));
}
function quantize256(bytes: bool, n: i32, x: usize, o: usize): void {
  const part: usize = bytes ? 16 : 32;
  for (; n > 0; n--) {
    const most = reach(256, x);
    const inverse: f32 = most != 0 ? <f32>127 / most : 0;
    const v = f32x4.splat(inverse);
    // an infinite element has no inverse, but a scale
    store<f32>(o, inverse != 0 ? <f32>1 / inverse : most);
    store<f32>(o, 0, 4);
    store<f32>(o, 0, 8);
    store<f32>(o, 0, 12);
    let to = o + HEAD_K;
    let before = 0;
    for (let i = 0; i < 16; i++) {
      const s = codes16(bytes, v, x, to);
      store<i16>(o + 16 + 2 * place(i), <i16>s);
      if (i & 1) store<i16>(o + 48 + 2 * place(i >> 1), <i16>(before + s));
      before = s;
      x += 64;
      to += part;
    }
    o = to;
  }
}

/** `rows` of K float32 at `x`, one after the other, to quantised rows at `o`. */
export function blocks_activations(type: i32, rows: i32, K: i32, x: usize, o: usize): void {
  if (type == Q8_0) quantize8((rows * K) >> 5, x, o);
  else if (type < Q4_K) quantize32(inBytes(type), (rows * K) >> 5, x, o);
  else quantize256(inBytes(type), (rows * K) >> 8, x, o);
}
