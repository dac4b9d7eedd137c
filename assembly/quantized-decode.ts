// Codes of a packed matrix to float32. A row is one stream of bits, the first element lowest: eight codes of b bits are b bytes.
// A scheme is a number: the width of affine codes (1 to 8), or FP4 (e2m1), or FP8 (e4m3). Reads may pass the end of an operand.
import { fp8ToFloat } from './quantized-fp8';
import { brainToFloat, floatToBrain, floatToHalf, halfToFloat } from './half';
import { loadLanes } from './lanes';
import { ownTable } from './own';

export const FP4 = 20;
export const FP8 = 24;

/** Codes of dtypes and of scales: f32, f16, bf16, e8m0, e4m3. */
export const F32 = 0;
export const F16 = 1;
export const BF16 = 2;
const E8M0 = 3;
const E4M3 = 4;

/** Bytes that eight codes take. */
// @ts-ignore: decorator
@inline
export function widthOf(scheme: i32): i32 {
  return scheme & 15;
}

/** Bytes of a scale or a bias. */
// @ts-ignore: decorator
@inline
export function sizeOf(type: i32): usize {
  return type == F32 ? 4 : type > BF16 ? 1 : 2;
}

/** Fills the table for a width with three vectors: bytes of each code, its bits there, and the factor that takes it to bit 8. */
export function prepare(bits: i32): void {
  const table = ownTable();
  for (let i = 0; i < 8; i++) {
    const from = i * bits;
    const shift = from & 7;
    const p = table + (<usize>i << 1);
    store<u8>(p, <u8>(from >> 3));
    store<u8>(p, <u8>((from >> 3) + 1), 1);
    store<u16>(p, <u16>(((<u32>1 << bits) - 1) << shift), 16);
    store<u16>(p, <u16>(<u32>256 >> shift), 32);
  }
}

/** Eight codes at `p` as 16-bit lanes. */
// @ts-ignore: decorator
@inline
export function codes8(p: usize, spread: v128, mask: v128, lift: v128): v128 {
  const v = v128.and(i8x16.swizzle(v128.load64_zero(p), spread), mask);
  return i16x8.shr_u(i16x8.mul(v, lift), 8);
}
/** The first four of them as f32. */
// @ts-ignore: decorator
@inline
export function lowCodes(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v));
}
/** The last four of them as f32. */
// @ts-ignore: decorator
@inline
export function highCodes(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v));
}

/** Four f32 as the nearest values of a dtype. */
export function roundTo(type: i32, v: v128): v128 {
  if (type == F16) return halfToFloat(floatToHalf(v));
  if (type == BF16) return brainToFloat(floatToBrain(v));
  return v;
}

/** `n` scales or biases as f32: where they lie if they are, else `o`, where this writes them (and up to three more). */
export function widen(type: i32, n: i32, p: usize, o: usize): usize {
  if (type == F32) return p;
  for (let i = 0; i < n; i += 4) {
    let v: v128;
    if (type == F16) v = loadLanes<i16, f32>(p + (<usize>i << 1));
    else if (type == BF16) v = loadLanes<u16, f32>(p + (<usize>i << 1));
    else {
      const u = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(p + <usize>i)));
      if (type == E4M3) v = fp8ToFloat(u);
      else {
        // the byte is the exponent field; 0 stands for 2^-127, a subnormal
        const tiny = v128.and(i32x4.eq(u, i32x4.splat(0)), i32x4.splat(0x00400000));
        v = v128.or(i32x4.shl(u, 23), tiny);
      }
    }
    v128.store(o + (<usize>i << 2), v);
  }
  return o;
}

/** o = code * s + b, groups of affine codes with f32 scales and biases. */
function affine(bits: i32, group: i32, groups: i32, w: usize, s: usize, b: usize, o: usize): void {
  const spread = v128.load(ownTable());
  const mask = v128.load(ownTable(), 16);
  const lift = v128.load(ownTable(), 32);
  for (; groups > 0; groups--) {
    const sv = v128.load32_splat(s);
    const bv = v128.load32_splat(b);
    for (let i = group; i > 0; i -= 8) {
      const v = codes8(w, spread, mask, lift);
      v128.store(o, f32x4.add(f32x4.mul(lowCodes(v), sv), bv));
      v128.store(o, f32x4.add(f32x4.mul(highCodes(v), sv), bv), 16);
      w += bits;
      o += 32;
    }
    s += 4;
    b += 4;
  }
}
/** o = round(round(code * s) + b), the product and the sum to their dtypes. */
function rounded(bits: i32, group: i32, groups: i32, w: usize, s: usize, b: usize, o: usize, product: i32, sum: i32): void {
  const spread = v128.load(ownTable());
  const mask = v128.load(ownTable(), 16);
  const lift = v128.load(ownTable(), 32);
  for (; groups > 0; groups--) {
    const sv = v128.load32_splat(s);
    const bv = v128.load32_splat(b);
    for (let i = group; i > 0; i -= 8) {
      const v = codes8(w, spread, mask, lift);
      v128.store(o, roundTo(sum, f32x4.add(roundTo(product, f32x4.mul(lowCodes(v), sv)), bv)));
      v128.store(o, roundTo(sum, f32x4.add(roundTo(product, f32x4.mul(highCodes(v), sv)), bv)), 16);
      w += bits;
      o += 32;
    }
    s += 4;
    b += 4;
  }
}

/** o = code * s for groups of e2m1 codes, two in a byte, the first one low. */
function fp4(group: i32, groups: i32, w: usize, s: usize, o: usize): void {
  // the bfloat16 of every code, byte by byte
  const high = i8x16(0, 0x3f, 0x3f, 0x3f, 0x40, 0x40, 0x40, 0x40, -128, -65, -65, -65, -64, -64, -64, -64);
  const low = i8x16(0, 0, -128, -64, 0, 0x40, -128, -64, 0, 0, -128, -64, 0, 0x40, -128, -64);
  const nibble = i8x16.splat(15);
  for (; groups > 0; groups--) {
    const sv = v128.load32_splat(s);
    for (let i = group; i > 0; i -= 16) {
      const v = v128.load64_zero(w);
      const c = v128.shuffle<i8>(
        v128.and(v, nibble), i8x16.shr_u(v, 4), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
      );
      const h = i8x16.swizzle(high, c);
      const l = i8x16.swizzle(low, c);
      const x = v128.shuffle<i8>(l, h, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const y = v128.shuffle<i8>(l, h, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      v128.store(o, f32x4.mul(i32x4.shl(i32x4.extend_low_i16x8_u(x), 16), sv));
      v128.store(o, f32x4.mul(i32x4.shl(i32x4.extend_high_i16x8_u(x), 16), sv), 16);
      v128.store(o, f32x4.mul(i32x4.shl(i32x4.extend_low_i16x8_u(y), 16), sv), 32);
      v128.store(o, f32x4.mul(i32x4.shl(i32x4.extend_high_i16x8_u(y), 16), sv), 48);
      w += 8;
      o += 64;
    }
    s += 4;
  }
}

/** o = code * s for groups of e4m3 codes. */
function fp8(group: i32, groups: i32, w: usize, s: usize, o: usize): void {
  for (; groups > 0; groups--) {
    const sv = v128.load32_splat(s);
    for (let i = group; i > 0; i -= 8) {
      const v = i16x8.extend_low_i8x16_u(v128.load64_zero(w));
      v128.store(o, f32x4.mul(fp8ToFloat(i32x4.extend_low_i16x8_u(v)), sv));
      v128.store(o, f32x4.mul(fp8ToFloat(i32x4.extend_high_i16x8_u(v)), sv), 16);
      w += 8;
      o += 32;
    }
    s += 4;
  }
}

/** Groups that follow each other to f32; `prepare` has run. `b` is read for affine schemes only. */
export function decode(
  scheme: i32,
  group: i32,
  groups: i32,
  w: usize,
  s: usize,
  b: usize,
  o: usize,
  product: i32,
  sum: i32,
): void {
  if (scheme == FP4) fp4(group, groups, w, s, o);
  else if (scheme == FP8) fp8(group, groups, w, s, o);
  else if (product == F32 && sum == F32) affine(scheme, group, groups, w, s, b, o);
  else rounded(scheme, group, groups, w, s, b, o, product, sum);
}
