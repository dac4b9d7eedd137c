// One quantised row of x times stripes of packed blocks. Within a block all sums are integers, so they are the same in every build:
// with relaxed SIMD, bytes times bytes into 16-bit sums that are closed before they can pass 2^15; else 16-bit numbers into 32-bit sums.
import { codeBytes, HEAD, HEAD_K } from './blocks-activations';
import { blockBytes, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 } from './blocks-format';
import { headBytes } from './blocks-pack';
import { widenF16 } from './matmul-load';
import { madd, nmadd } from './simd';

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

/** acc + codes (unsigned bytes, four of each of four rows) times four codes of x at `x + at`; `e` is `evens()`. */
// @ts-ignore: decorator
@inline
export function step(acc: v128, c: v128, e: v128, x: usize, at: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(x + at), c));
  }
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(c, e), v128.load32_splat(x + at)));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(c, 8), v128.load32_splat(x + at, 4)));
}
/** The same on 16-bit numbers, in every build. */
// @ts-ignore: decorator
@inline
export function wideStep(acc: v128, c: v128, e: v128, x: usize, at: usize): v128 {
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(c, e), v128.load32_splat(x + at)));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(c, 8), v128.load32_splat(x + at, 4)));
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

/** Adds `n` blocks of 32 codes of 4 or 5 bits to the sums of a stripe at `y`. */
// @ts-ignore: decorator
@inline
function narrow32(wide: bool, both: bool, n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bit4();
  let t = v128.load(y);
  for (; n > 0; n--) {
    let a = i32x4.splat(0);
    let b = a;
    if (wide) {
      const h = v128.load(w);
      w += 16;
      let v = v128.load(w);
      a = step(a, v128.or(low(v, m), fifth(h, 0, o)), e, x, HEAD);
      b = step(b, v128.or(high(v, m), fifth(h, 4, o)), e, x, HEAD + 4 * NEXT);
      v = v128.load(w, 16);
      a = step(a, v128.or(low(v, m), fifth(h, 1, o)), e, x, HEAD + NEXT);
      b = step(b, v128.or(high(v, m), fifth(h, 5, o)), e, x, HEAD + 5 * NEXT);
      v = v128.load(w, 32);
      a = step(a, v128.or(low(v, m), fifth(h, 2, o)), e, x, HEAD + 2 * NEXT);
      b = step(b, v128.or(high(v, m), fifth(h, 6, o)), e, x, HEAD + 6 * NEXT);
      v = v128.load(w, 48);
      a = step(a, v128.or(low(v, m), fifth(h, 3, o)), e, x, HEAD + 3 * NEXT);
      b = step(b, v128.or(high(v, m), fifth(h, 7, o)), e, x, HEAD + 7 * NEXT);
      a = i32x4.add(close(a), close(b));
    } else {
      let v = v128.load(w);
      a = step(a, low(v, m), e, x, HEAD);
      b = step(b, high(v, m), e, x, HEAD + 4 * NEXT);
      v = v128.load(w, 16);
      a = step(a, low(v, m), e, x, HEAD + NEXT);
      b = step(b, high(v, m), e, x, HEAD + 5 * NEXT);
      v = v128.load(w, 32);
      a = step(a, low(v, m), e, x, HEAD + 2 * NEXT);
      b = step(b, high(v, m), e, x, HEAD + 6 * NEXT);
      v = v128.load(w, 48);
      a = step(a, low(v, m), e, x, HEAD + 3 * NEXT);
      b = step(b, high(v, m), e, x, HEAD + 7 * NEXT);
      // eight products of 15 and 127, twice, stay below 2^15
      a = close(ASC_FEATURE_RELAXED_SIMD ? i16x8.add(a, b) : i32x4.add(a, b));
    }
    if (!both) a = i32x4.sub(a, i32x4.shl(v128.load32_splat(x, 4), wide ? 4 : 3));
    t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
    if (both) t = madd(halves(heads + 8), v128.load32_splat(x, 8), t);
    heads += both ? 16 : 8;
    w += 64;
    x += HEAD + 8 * NEXT;
  }
  v128.store(y, t);
}
function q4_0(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  narrow32(false, false, n, heads, w, x, y);
}
function q4_1(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  narrow32(false, true, n, heads, w, x, y);
}
function q5_0(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  narrow32(true, false, n, heads, w, x, y);
}
function q5_1(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  narrow32(true, true, n, heads, w, x, y);
}
/** Codes of 8 bits: their products fill 16 bits, so they are summed in 32 in every build. */
function q8_0(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const e = evens();
  let t = v128.load(y);
  for (; n > 0; n--) {
    let a = wideStep(i32x4.splat(0), v128.load(w), e, x, HEAD);
    let b = wideStep(i32x4.splat(0), v128.load(w, 16), e, x, HEAD + 8);
    a = wideStep(a, v128.load(w, 32), e, x, HEAD + 16);
    b = wideStep(b, v128.load(w, 48), e, x, HEAD + 24);
    a = wideStep(a, v128.load(w, 64), e, x, HEAD + 32);
    b = wideStep(b, v128.load(w, 80), e, x, HEAD + 40);
    a = wideStep(a, v128.load(w, 96), e, x, HEAD + 48);
    b = wideStep(b, v128.load(w, 112), e, x, HEAD + 56);
    a = i32x4.sub(i32x4.add(a, b), i32x4.shl(v128.load32_splat(x, 4), 7));
    t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
    heads += 8;
    w += 128;
    x += HEAD + 64;
  }
  v128.store(y, t);
}

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
function q4_k(n: i32, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  let t = v128.load(y);
  for (; n > 0; n--) {
    let scales = scalesLow(w);
    let total = i32x4.splat(0);
    let p = x + HEAD_K;
    let q = w + 64;
    for (let k = 0; k < 4; k++) {
      let a = i32x4.splat(0);
      let b = a;
      let v = v128.load(q);
      a = step(a, low(v, m), e, p, 0);
      b = step(b, high(v, m), e, p, 8 * NEXT);
      v = v128.load(q, 16);
      a = step(a, low(v, m), e, p, NEXT);
      b = step(b, high(v, m), e, p, 9 * NEXT);
      v = v128.load(q, 32);
      a = step(a, low(v, m), e, p, 2 * NEXT);
      b = step(b, high(v, m), e, p, 10 * NEXT);
      v = v128.load(q, 48);
      a = step(a, low(v, m), e, p, 3 * NEXT);
      b = step(b, high(v, m), e, p, 11 * NEXT);
      v = v128.load(q, 64);
      a = step(a, low(v, m), e, p, 4 * NEXT);
      b = step(b, high(v, m), e, p, 12 * NEXT);
      v = v128.load(q, 80);
      a = step(a, low(v, m), e, p, 5 * NEXT);
      b = step(b, high(v, m), e, p, 13 * NEXT);
      v = v128.load(q, 96);
      a = step(a, low(v, m), e, p, 6 * NEXT);
      b = step(b, high(v, m), e, p, 14 * NEXT);
      v = v128.load(q, 112);
      a = step(a, low(v, m), e, p, 7 * NEXT);
      b = step(b, high(v, m), e, p, 15 * NEXT);
      total = i32x4.add(total, i32x4.add(weigh(a, scale(scales, 0)), weigh(b, scale(scales, 1))));
      scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
      q += 128;
      p += 16 * NEXT;
    }
    t = finish(t, w, x, total, minima(w, x + 48));
    w += 576;
    x = p;
  }
  v128.store(y, t);
}

/** Q5_K: as Q4_K, with fifth bits at 2k and 2k + 1 of eight vectors before the codes; four vectors a 16-bit sum. */
function q5_k(n: i32, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bit4();
  let t = v128.load(y);
  for (; n > 0; n--) {
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
        a = step(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 0);
        b = step(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 8 * NEXT);
        v = v128.load(q, 16);
        f = i16x8.shr_u(v128.load(h, 16), 2 * k);
        a = step(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, NEXT);
        b = step(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 9 * NEXT);
        v = v128.load(q, 32);
        f = i16x8.shr_u(v128.load(h, 32), 2 * k);
        a = step(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 2 * NEXT);
        b = step(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 10 * NEXT);
        v = v128.load(q, 48);
        f = i16x8.shr_u(v128.load(h, 48), 2 * k);
        a = step(a, v128.or(low(v, m), v128.and(i16x8.shl(f, 4), o)), e, p, 3 * NEXT);
        b = step(b, v128.or(high(v, m), v128.and(i16x8.shl(f, 3), o)), e, p, 11 * NEXT);
        total = i32x4.add(total, i32x4.add(weigh(a, s0), weigh(b, s1)));
        q += 64;
        p += 4 * NEXT;
      }
      scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
      p += 8 * NEXT;
    }
    t = finish(t, w, x, total, minima(w, x + 48));
    w += 704;
    x = p;
  }
  v128.store(y, t);
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
function q6_k(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bits45();
  let t = v128.load(y);
  for (; n > 0; n--) {
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
        let a = step(i32x4.splat(0), sixth(low(v, m), f, 0, o), e, p, 0);
        let b = step(i32x4.splat(0), sixth(low(u, m), f, 2, o), e, p, 8 * NEXT);
        let c = step(i32x4.splat(0), sixth(high(v, m), f, 4, o), e, p, 16 * NEXT);
        let d = step(i32x4.splat(0), sixth(high(u, m), f, 6, o), e, p, 24 * NEXT);
        v = v128.load(q, 16);
        u = v128.load(q, 144);
        f = v128.load(h, 16);
        a = step(a, sixth(low(v, m), f, 0, o), e, p, NEXT);
        b = step(b, sixth(low(u, m), f, 2, o), e, p, 9 * NEXT);
        c = step(c, sixth(high(v, m), f, 4, o), e, p, 17 * NEXT);
        d = step(d, sixth(high(u, m), f, 6, o), e, p, 25 * NEXT);
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
    t = madd(f32x4.convert_i32x4_s(total), f32x4.mul(widenF16(v128.load16x4_u(heads)), v128.load32_splat(x)), t);
    heads += 8;
    w += 832;
    x = p + 24 * NEXT;
  }
  v128.store(y, t);
}

/** Adds `n` blocks of a stripe to its four sums at `y`. */
function segment(type: i32, n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  switch (type) {
    case Q4_0:
      return q4_0(n, heads, w, x, y);
    case Q4_1:
      return q4_1(n, heads, w, x, y);
    case Q5_0:
      return q5_0(n, heads, w, x, y);
    case Q5_1:
      return q5_1(n, heads, w, x, y);
    case Q8_0:
      return q8_0(n, heads, w, x, y);
    case Q4_K:
      return q4_k(n, w, x, y);
    case Q5_K:
      return q5_k(n, w, x, y);
    default:
      return q6_k(n, heads, w, x, y);
  }
}

/**
 * y[0..rows] = packed rows at `w` times one quantised row of `n` blocks at `x`. Four stripes go side by side, 256 elements of each in
 * turn: memory feeds four streams faster than one. `sums`: room for 64 bytes.
 */
export function rowsTimes(type: i32, rows: i32, n: i32, w: usize, x: usize, y: usize, sums: usize): void {
  const small = type < Q4_K;
  const head = <usize>headBytes(type);
  const code = <usize>(4 * blockBytes(type)) - head;
  const unit = small ? HEAD + codeBytes(type, 32) : HEAD_K + codeBytes(type, 256);
  const stripe = <usize>n * (head + code);
  const most = small ? 8 : 1;
  for (; rows > 0; rows -= 16) {
    const streams = min(4, (rows + 3) >> 2);
    memory.fill(sums, 0, 64);
    let heads = w;
    let codes = w + <usize>n * head;
    let px = x;
    for (let i = 0; i < n; i += most) {
      const count = min(most, n - i);
      let s: usize = 0;
      for (let k = 0; k < streams; k++) {
        segment(type, count, heads + s, codes + s, px, sums + (<usize>k << 4));
        s += stripe;
      }
      heads += <usize>count * head;
      codes += <usize>count * code;
      px += <usize>count * unit;
    }
    memory.copy(y, sums, <usize>min(rows, 16) << 2);
    y += 64;
    w += 4 * stripe;
  }
}
