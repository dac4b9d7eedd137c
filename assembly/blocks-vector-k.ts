// One quantised block of x times a packed block of 256 of four rows.
import { HEAD_K } from './blocks-activations';
import {
  bit4,
  bits45,
  evens,
  high,
  low,
  NEXT,
  nibble,
  scale,
  signedScale,
  stepAt,
  weigh,
} from './blocks-steps';
import { widenF16 } from './matmul-load';
import { madd, nmadd } from './simd';

/** The 6-bit scales of a block of Q4_K or Q5_K, four rows a vector: 0 to 3 and 4 to 7. */
// @ts-ignore: decorator
@inline
export function scalesLow(w: usize): v128 {
  return v128.and(v128.load(w, 16), i8x16.splat(63));
}
// @ts-ignore: decorator
@inline
export function scalesHigh(w: usize): v128 {
  return v128.or(low(v128.load(w, 48), nibble()), v128.and(i16x8.shr_u(v128.load(w, 16), 2), bits45()));
}
/** The minima of a block times the sums of 32 codes of x. */
// @ts-ignore: decorator
@inline
export function minima(w: usize, sums: usize): v128 {
  const e = evens();
  const s = v128.load(w, 32);
  const a = v128.and(s, i8x16.splat(63));
  const b = v128.or(high(v128.load(w, 48), nibble()), v128.and(i16x8.shr_u(s, 2), bits45()));
  let t = i32x4.dot_i16x8_s(v128.and(a, e), v128.load32_splat(sums));
  t = i32x4.add(t, i32x4.dot_i16x8_s(i16x8.shr_u(a, 8), v128.load32_splat(sums, 4)));
  t = i32x4.add(t, i32x4.dot_i16x8_s(v128.and(b, e), v128.load32_splat(sums, 8)));
  return i32x4.add(t, i32x4.dot_i16x8_s(i16x8.shr_u(b, 8), v128.load32_splat(sums, 12)));
}
/** t + d * total - m * least, d and m in one word a row at `w`. */
// @ts-ignore: decorator
@inline
export function finish(t: v128, w: usize, x: usize, total: v128, least: v128): v128 {
  const v = v128.load(w);
  const s = v128.load32_splat(x);
  t = madd(f32x4.convert_i32x4_s(total), f32x4.mul(widenF16(v), s), t);
  return nmadd(f32x4.convert_i32x4_s(least), f32x4.mul(widenF16(i32x4.shr_u(v, 16)), s), t);
}

/** Q4_K: 64 elements a turn, in the low and the high nibbles of eight vectors. */
export function q4_k(w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const t = v128.load(y);
  let scales = scalesLow(w);
  let total = i32x4.splat(0);
  let p = x + HEAD_K;
  let q = w + 64;
  for (let k = 0; k < 4; k++) {
    let a = i32x4.splat(0);
    let b = a;
    let v = v128.load(q);
    a = stepAt(a, low(v, m), e, p, 0);
    b = stepAt(b, high(v, m), e, p, 8 * NEXT);
    v = v128.load(q, 16);
    a = stepAt(a, low(v, m), e, p, NEXT);
    b = stepAt(b, high(v, m), e, p, 9 * NEXT);
    v = v128.load(q, 32);
    a = stepAt(a, low(v, m), e, p, 2 * NEXT);
    b = stepAt(b, high(v, m), e, p, 10 * NEXT);
    v = v128.load(q, 48);
    a = stepAt(a, low(v, m), e, p, 3 * NEXT);
    b = stepAt(b, high(v, m), e, p, 11 * NEXT);
    v = v128.load(q, 64);
    a = stepAt(a, low(v, m), e, p, 4 * NEXT);
    b = stepAt(b, high(v, m), e, p, 12 * NEXT);
    v = v128.load(q, 80);
    a = stepAt(a, low(v, m), e, p, 5 * NEXT);
    b = stepAt(b, high(v, m), e, p, 13 * NEXT);
    v = v128.load(q, 96);
    a = stepAt(a, low(v, m), e, p, 6 * NEXT);
    b = stepAt(b, high(v, m), e, p, 14 * NEXT);
    v = v128.load(q, 112);
    a = stepAt(a, low(v, m), e, p, 7 * NEXT);
    b = stepAt(b, high(v, m), e, p, 15 * NEXT);
    total = i32x4.add(total, i32x4.add(weigh(a, scale(scales, 0)), weigh(b, scale(scales, 1))));
    scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
    q += 128;
    p += 16 * NEXT;
  }
  v128.store(y, finish(t, w, x, total, minima(w, x + 48)));
}

/** Q5_K: as Q4_K, with fifth bits at 2k and 2k + 1 of eight vectors before the codes; four vectors a 16-bit sum. */
export function q5_k(w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bit4();
  const t = v128.load(y);
  let scales = scalesLow(w);
  let total = i32x4.splat(0);
  let p = x + HEAD_K;
  let q = w + 192;
  for (let k = 0; k < 4; k++) {
    const s0 = scale(scales, 0);
    const s1 = scale(scales, 1);
    for (let h = w + 64; h < w + 192; h += 64) {
      let a = i32x4.splat(0);
      let b = a;
      let v = v128.load(q);
      let f = i16x8.shr_u(v128.load(h), 2 * k);
      a = stepAt(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 0);
      b = stepAt(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 8 * NEXT);
      v = v128.load(q, 16);
      f = i16x8.shr_u(v128.load(h, 16), 2 * k);
      a = stepAt(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, NEXT);
      b = stepAt(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 9 * NEXT);
      v = v128.load(q, 32);
      f = i16x8.shr_u(v128.load(h, 32), 2 * k);
      a = stepAt(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 2 * NEXT);
      b = stepAt(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 10 * NEXT);
      v = v128.load(q, 48);
      f = i16x8.shr_u(v128.load(h, 48), 2 * k);
      a = stepAt(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 3 * NEXT);
      b = stepAt(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 11 * NEXT);
      total = i32x4.add(total, i32x4.add(weigh(a, s0), weigh(b, s1)));
      q += 64;
      p += 4 * NEXT;
    }
    scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
    p += 8 * NEXT;
  }
  v128.store(y, finish(t, w, x, total, minima(w, x + 48)));
}

/** Codes of Q6_K from nibbles and two bits at `from` of `h`; `o` is `bits45()`. */
// @ts-ignore: decorator
@inline
export function sixth(nibbles: v128, h: v128, from: i32, o: v128): v128 {
  return v128.or(nibbles, v128.and(from < 4 ? i16x8.shl(h, 4 - from) : i16x8.shr_u(h, from - 4), o));
}
/** The scales of a block of Q6_K times the sums of 16 codes of x, times the 32 that its codes are too high. */
// @ts-ignore: decorator
@inline
export function excess(w: usize, sums: usize): v128 {
  let t = i32x4.splat(0);
  for (let i: usize = 0; i < 4; i++) {
    const s = v128.load(w + 16 * i);
    const even = i16x8.shr_s(i16x8.shl(s, 8), 8);
    t = i32x4.add(t, i32x4.dot_i16x8_s(even, v128.load32_splat(sums + 8 * i)));
    t = i32x4.add(t, i32x4.dot_i16x8_s(i16x8.shr_s(s, 8), v128.load32_splat(sums + 8 * i, 4)));
  }
  return i32x4.shl(t, 5);
}

/** Q6_K: 128 elements a half, in four quarters of eight vectors; two vectors a 16-bit sum. */
export function q6_k(heads: usize, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bits45();
  const t = v128.load(y);
  let total = i32x4.sub(i32x4.splat(0), excess(w, x + 16));
  let p = x + HEAD_K;
  let h = w + 64;
  let q = w + 320;
  for (let k: usize = 0; k < 4; k++) {
    // scales for four vectors of each quarter: bytes 0 and 2 of two words, then 1 and 3
    const s = w + ((k & 2) << 4);
    const s0 = i32x4.shr_u(v128.load(s), <i32>(k & 1) << 3);
    const s1 = i32x4.shr_u(v128.load(s, 16), <i32>(k & 1) << 3);
    const sa = signedScale(s0, 0);
    const sb = signedScale(s0, 2);
    const sc = signedScale(s1, 0);
    const sd = signedScale(s1, 2);
    for (let i = 0; i < 2; i++) {
      let v = v128.load(q);
      let u = v128.load(q, 128);
      let f = v128.load(h);
      let a = stepAt(i32x4.splat(0), sixth(low(v, m), f, 0, o), e, p, 0);
      let b = stepAt(i32x4.splat(0), sixth(low(u, m), f, 2, o), e, p, 8 * NEXT);
      let c = stepAt(i32x4.splat(0), sixth(high(v, m), f, 4, o), e, p, 16 * NEXT);
      let d = stepAt(i32x4.splat(0), sixth(high(u, m), f, 6, o), e, p, 24 * NEXT);
      v = v128.load(q, 16);
      u = v128.load(q, 144);
      f = v128.load(h, 16);
      a = stepAt(a, sixth(low(v, m), f, 0, o), e, p, NEXT);
      b = stepAt(b, sixth(low(u, m), f, 2, o), e, p, 9 * NEXT);
      c = stepAt(c, sixth(high(v, m), f, 4, o), e, p, 17 * NEXT);
      d = stepAt(d, sixth(high(u, m), f, 6, o), e, p, 25 * NEXT);
      total = i32x4.add(total, i32x4.add(weigh(a, sa), weigh(b, sb)));
      total = i32x4.add(total, i32x4.add(weigh(c, sc), weigh(d, sd)));
      q += 32;
      h += 32;
      p += 2 * NEXT;
    }
    if (k == 1) {
      q += 128;
      p += 24 * NEXT;
    }
  }
  v128.store(y, madd(f32x4.convert_i32x4_s(total), f32x4.mul(widenF16(v128.load16x4_u(heads)), v128.load32_splat(x)), t));
}
