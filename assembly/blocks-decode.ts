// GGUF blocks to float32, to the bits of ggml: every step is rounded, nothing is fused.
import { blockBytes, loadHalf, minimumOf, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0, scaleOf } from './blocks-format';

/** o = 16 codes * s. */
// @ts-ignore: decorator
@inline
function scaled(o: usize, codes: v128, s: f32): void {
  const v = f32x4.splat(s);
  const low = i16x8.extend_low_i8x16_s(codes);
  const high = i16x8.extend_high_i8x16_s(codes);
  v128.store(o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), v));
  v128.store(o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), v), 16);
  v128.store(o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), v), 32);
  v128.store(o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), v), 48);
}
/** o = 16 codes * s + b. */
// @ts-ignore: decorator
@inline
function shifted(o: usize, codes: v128, s: f32, b: f32): void {
  scaled(o, codes, s);
  const v = f32x4.splat(b);
  v128.store(o, f32x4.add(v128.load(o), v));
  v128.store(o, f32x4.add(v128.load(o, 16), v), 16);
  v128.store(o, f32x4.add(v128.load(o, 32), v), 32);
  v128.store(o, f32x4.add(v128.load(o, 48), v), 48);
}
/** The low nibbles of 16 bytes. */
// @ts-ignore: decorator
@inline
function lows(v: v128): v128 {
  return v128.and(v, i8x16.splat(15));
}
/** Bits 0 to 15 of `bits` as bytes of 0 or 16. */
// @ts-ignore: decorator
@inline
function fifths(bits: u32): v128 {
  const v = i8x16.swizzle(i32x4.splat(bits), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  const own = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  return v128.and(i8x16.eq(v128.and(v, own), own), i8x16.splat(16));
}

function decode32(type: i32, w: usize, o: usize): void {
  const d = loadHalf(w);
  if (type == Q8_0) {
    scaled(o, v128.load(w, 2), d);
    scaled(o + 64, v128.load(w, 18), d);
    return;
  }
  const both = type == Q4_1 || type == Q5_1;
  const wide = type == Q5_0 || type == Q5_1;
  w += both ? 4 : 2;
  const m = both ? loadHalf(w - 2) : 0;
  const codes = v128.load(w, 0);
  let low = codes;
  let high = codes;
  if (wide) {
    const bits = load<u32>(w);
    const v = v128.load(w, 4);
    low = v128.or(lows(v), fifths(bits));
    high = v128.or(i8x16.shr_u(v, 4), fifths(bits >> 16));
  } else {
    low = lows(codes);
    high = i8x16.shr_u(codes, 4);
  }
  if (both) {
    shifted(o, low, d, m);
    shifted(o + 64, high, d, m);
  } else {
    const zero = i8x16.splat(wide ? 16 : 8);
    scaled(o, i8x16.sub(low, zero), d);
    scaled(o + 64, i8x16.sub(high, zero), d);
  }
}

/** Q4_K and Q5_K: 64 elements a step, the low nibbles first; step k has its fifth bits at 2k and 2k + 1. */
function decodeK(wide: bool, w: usize, o: usize): void {
  const d = loadHalf(w);
  const m = loadHalf(w + 2);
  const scales = w + 4;
  const bits = w + 16;
  let q = wide ? w + 48 : bits;
  const one = i8x16.splat(1);
  for (let k = 0; k < 4; k++) {
    const s0 = d * <f32>scaleOf(scales, 2 * k);
    const b0 = -(m * <f32>minimumOf(scales, 2 * k));
    const s1 = d * <f32>scaleOf(scales, 2 * k + 1);
    const b1 = -(m * <f32>minimumOf(scales, 2 * k + 1));
    for (let i: usize = 0; i < 32; i += 16) {
      const v = v128.load(q + i);
      let low = lows(v);
      let high = i8x16.shr_u(v, 4);
      if (wide) {
        const h = i8x16.shr_u(v128.load(bits + i), 2 * k);
        low = v128.or(low, i8x16.shl(v128.and(h, one), 4));
        high = v128.or(high, i8x16.shl(v128.and(i8x16.shr_u(h, 1), one), 4));
      }
      shifted(o + (i << 2), low, s0, b0);
      shifted(o + (i << 2) + 128, high, s1, b1);
    }
    q += 32;
    o += 256;
  }
}

/** Q6_K: 128 elements a half, 16 a scale. */
function decode6(w: usize, o: usize): void {
  const d = loadHalf(w + 208);
  const two = i8x16.splat(3);
  const zero = i8x16.splat(32);
  for (let half: usize = 0; half < 2; half++) {
    const ql = w + 64 * half;
    const qh = w + 128 + 32 * half;
    const s = w + 192 + 8 * half;
    for (let i: usize = 0; i < 2; i++) {
      const a = v128.load(ql + 16 * i);
      const b = v128.load(ql + 32 + 16 * i);
      const h = v128.load(qh + 16 * i);
      const p = o + (i << 6);
      let v = v128.or(lows(a), i8x16.shl(v128.and(h, two), 4));
      scaled(p, i8x16.sub(v, zero), d * <f32>load<i8>(s + i));
      v = v128.or(lows(b), i8x16.shl(v128.and(i8x16.shr_u(h, 2), two), 4));
      scaled(p + 128, i8x16.sub(v, zero), d * <f32>load<i8>(s + i, 2));
      v = v128.or(i8x16.shr_u(a, 4), i8x16.shl(v128.and(i8x16.shr_u(h, 4), two), 4));
      scaled(p + 256, i8x16.sub(v, zero), d * <f32>load<i8>(s + i, 4));
      v = v128.or(i8x16.shr_u(b, 4), i8x16.shl(i8x16.shr_u(h, 6), 4));
      scaled(p + 384, i8x16.sub(v, zero), d * <f32>load<i8>(s + i, 6));
    }
    o += 512;
  }
}

/** `n` blocks at `w` to float32 at `o`. */
export function blocks_decode(type: i32, n: i32, w: usize, o: usize): void {
  const bytes = <usize>blockBytes(type);
  for (; n > 0; n--) {
    if (type < Q4_K) {
      decode32(type, w, o);
      o += 128;
    } else {
      if (type == Q6_K) decode6(w, o);
      else decodeK(type == Q5_K, w, o);
      o += 1024;
    }
    w += bytes;
  }
}
