// One quantised row of x times stripes of packed blocks. Within a block all sums are integers, so they are the same in every build:
// with relaxed SIMD, bytes times bytes into 16-bit sums that are closed before they can pass 2^15; else 16-bit numbers into 32-bit sums.
import { codeBytes, HEAD, HEAD_K } from './blocks-activations';
import { blockBytes, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 } from './blocks-format';
import { headBytes } from './blocks-pack';
import { halfToFloat } from './half';
import { madd } from './simd';

/** acc + codes (unsigned bytes, four of each of four rows) times four codes of x at `x`. */
// @ts-ignore: decorator
@inline
export function step(acc: v128, c: v128, x: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(x), c));
  return wideStep(acc, c, x);
}
/** The same on 16-bit numbers, in every build. */
// @ts-ignore: decorator
@inline
export function wideStep(acc: v128, c: v128, x: usize): v128 {
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(c, i32x4.splat(0x00ff00ff)), v128.load32_splat(x)));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(c, 8), v128.load32_splat(x, 4)));
}
/** Bytes of x from one `step` to the next. */
export const NEXT: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 8;
/** The sum of a row's part in 32 bits. */
// @ts-ignore: decorator
@inline
export function close(acc: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.dot_i16x8_s(acc, i16x8.splat(1)) : acc;
}
/** That sum times the scale in byte `j` of each row's word. */
// @ts-ignore: decorator
@inline
function weigh(acc: v128, scales: v128, j: i32): v128 {
  const s = v128.and(i32x4.shr_u(scales, 8 * j), i32x4.splat(255));
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.dot_i16x8_s(acc, v128.or(s, i32x4.shl(s, 16)));
  return i32x4.mul(acc, s);
}
/** The same for signed scales. */
// @ts-ignore: decorator
@inline
function weighSigned(acc: v128, scales: v128, j: i32): v128 {
  const s = i32x4.shr_s(i32x4.shl(scales, 24 - 8 * j), 24);
  if (ASC_FEATURE_RELAXED_SIMD)
    return i32x4.dot_i16x8_s(acc, v128.or(v128.and(s, i32x4.splat(0xffff)), i32x4.shl(s, 16)));
  return i32x4.mul(acc, s);
}
// @ts-ignore: decorator
@inline
export function low(v: v128): v128 {
  return v128.and(v, i8x16.splat(15));
}
// @ts-ignore: decorator
@inline
export function high(v: v128): v128 {
  return v128.and(i16x8.shr_u(v, 4), i8x16.splat(15));
}
/** Bit `t` of each byte as 0 or 16. */
// @ts-ignore: decorator
@inline
export function fifth(v: v128, t: i32): v128 {
  const bit = v128.and(v, i8x16.splat(<i8>(<i32>1 << t)));
  return t < 4 ? i16x8.shl(bit, 4 - t) : i16x8.shr_u(bit, t - 4);
}
/** Four rows' scales. */
// @ts-ignore: decorator
@inline
export function halves(p: usize): v128 {
  return halfToFloat(v128.load16x4_u(p));
}

/** Adds `n` blocks of 32 codes of 4 or 5 bits to the sums of a stripe at `y`. */
// @ts-ignore: decorator
@inline
function narrow32(wide: bool, both: bool, n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const half = 4 * NEXT;
  let t = v128.load(y);
  for (; n > 0; n--) {
    let a = i32x4.splat(0);
    let b = a;
    const p = x + HEAD;
    const q = p + half;
    if (wide) {
      const h = v128.load(w);
      w += 16;
      let v = v128.load(w);
      a = step(a, v128.or(low(v), fifth(h, 0)), p);
      b = step(b, v128.or(high(v), fifth(h, 4)), q);
      v = v128.load(w, 16);
      a = step(a, v128.or(low(v), fifth(h, 1)), p + NEXT);
      b = step(b, v128.or(high(v), fifth(h, 5)), q + NEXT);
      v = v128.load(w, 32);
      a = step(a, v128.or(low(v), fifth(h, 2)), p + 2 * NEXT);
      b = step(b, v128.or(high(v), fifth(h, 6)), q + 2 * NEXT);
      v = v128.load(w, 48);
      a = step(a, v128.or(low(v), fifth(h, 3)), p + 3 * NEXT);
      b = step(b, v128.or(high(v), fifth(h, 7)), q + 3 * NEXT);
      a = i32x4.add(close(a), close(b));
    } else {
      let v = v128.load(w);
      a = step(a, low(v), p);
      b = step(b, high(v), q);
      v = v128.load(w, 16);
      a = step(a, low(v), p + NEXT);
      b = step(b, high(v), q + NEXT);
      v = v128.load(w, 32);
      a = step(a, low(v), p + 2 * NEXT);
      b = step(b, high(v), q + 2 * NEXT);
      v = v128.load(w, 48);
      a = step(a, low(v), p + 3 * NEXT);
      b = step(b, high(v), q + 3 * NEXT);
      // eight products of 15 and 127, twice, stay below 2^15
      a = close(ASC_FEATURE_RELAXED_SIMD ? i16x8.add(a, b) : i32x4.add(a, b));
    }
    if (!both) a = i32x4.sub(a, i32x4.shl(v128.load32_splat(x, 4), wide ? 4 : 3));
    t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
    if (both) t = madd(halves(heads + 8), v128.load32_splat(x, 8), t);
    heads += both ? 16 : 8;
    w += 64;
    x = q + half;
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
  let t = v128.load(y);
  for (; n > 0; n--) {
    const p = x + HEAD;
    let a = wideStep(i32x4.splat(0), v128.load(w), p);
    let b = wideStep(i32x4.splat(0), v128.load(w, 16), p + 8);
    a = wideStep(a, v128.load(w, 32), p + 16);
    b = wideStep(b, v128.load(w, 48), p + 24);
    a = wideStep(a, v128.load(w, 64), p + 32);
    b = wideStep(b, v128.load(w, 80), p + 40);
    a = wideStep(a, v128.load(w, 96), p + 48);
    b = wideStep(b, v128.load(w, 112), p + 56);
    a = i32x4.sub(i32x4.add(a, b), i32x4.shl(v128.load32_splat(x, 4), 7));
    t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
    heads += 8;
    w += 128;
    x = p + 64;
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
  return v128.or(low(v128.load(w, 48)), v128.and(i16x8.shr_u(v128.load(w, 16), 2), i8x16.splat(0x30)));
}
/** The minima of a block times the sums of 32 codes of x. */
// @ts-ignore: decorator
@inline
export function minima(w: usize, sums: usize): v128 {
  const even = i32x4.splat(0x00ff00ff);
  const s = v128.load(w, 32);
  const a = v128.and(s, i8x16.splat(63));
  const b = v128.or(high(v128.load(w, 48)), v128.and(i16x8.shr_u(s, 2), i8x16.splat(0x30)));
  let t = i32x4.dot_i16x8_s(v128.and(a, even), v128.load32_splat(sums));
  t = i32x4.add(t, i32x4.dot_i16x8_s(i16x8.shr_u(a, 8), v128.load32_splat(sums, 4)));
  t = i32x4.add(t, i32x4.dot_i16x8_s(v128.and(b, even), v128.load32_splat(sums, 8)));
  return i32x4.add(t, i32x4.dot_i16x8_s(i16x8.shr_u(b, 8), v128.load32_splat(sums, 12)));
}
/** t + d * total - m * least, d and m in one word a row at `w`. */
// @ts-ignore: decorator
@inline
export function finish(t: v128, w: usize, x: usize, total: v128, least: v128): v128 {
  const v = v128.load(w);
  const s = v128.load32_splat(x);
  const d = f32x4.mul(halfToFloat(v128.and(v, i32x4.splat(0xffff))), s);
  const m = f32x4.mul(halfToFloat(i32x4.shr_u(v, 16)), s);
  t = madd(f32x4.convert_i32x4_s(total), d, t);
  return f32x4.sub(t, f32x4.mul(f32x4.convert_i32x4_s(least), m));
}

/** Q4_K: 64 elements a turn, in the low and the high nibbles of eight vectors. */
function q4_k(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const half = 8 * NEXT;
  let t = v128.load(y);
  for (; n > 0; n--) {
    const least = minima(w, x + 48);
    let scales = scalesLow(w);
    let total = i32x4.splat(0);
    let p = x + HEAD_K;
    let q = w + 64;
    for (let k = 0; k < 4; k++) {
      let a = i32x4.splat(0);
      let b = a;
      const r = p + half;
      let v = v128.load(q);
      a = step(a, low(v), p);
      b = step(b, high(v), r);
      v = v128.load(q, 16);
      a = step(a, low(v), p + NEXT);
      b = step(b, high(v), r + NEXT);
      v = v128.load(q, 32);
      a = step(a, low(v), p + 2 * NEXT);
      b = step(b, high(v), r + 2 * NEXT);
      v = v128.load(q, 48);
      a = step(a, low(v), p + 3 * NEXT);
      b = step(b, high(v), r + 3 * NEXT);
      v = v128.load(q, 64);
      a = step(a, low(v), p + 4 * NEXT);
      b = step(b, high(v), r + 4 * NEXT);
      v = v128.load(q, 80);
      a = step(a, low(v), p + 5 * NEXT);
      b = step(b, high(v), r + 5 * NEXT);
      v = v128.load(q, 96);
      a = step(a, low(v), p + 6 * NEXT);
      b = step(b, high(v), r + 6 * NEXT);
      v = v128.load(q, 112);
      a = step(a, low(v), p + 7 * NEXT);
      b = step(b, high(v), r + 7 * NEXT);
      total = i32x4.add(total, i32x4.add(weigh(a, scales, 0), weigh(b, scales, 1)));
      scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
      q += 128;
      p = r + half;
    }
    t = finish(t, w, x, total, least);
    w += 576;
    x = p;
  }
  v128.store(y, t);
}

/** Q5_K: as Q4_K, with fifth bits at 2k and 2k + 1 of eight vectors before the codes; four vectors a 16-bit sum. */
function q5_k(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const half = 8 * NEXT;
  const one = i8x16.splat(16);
  let t = v128.load(y);
  for (; n > 0; n--) {
    const least = minima(w, x + 48);
    let scales = scalesLow(w);
    let total = i32x4.splat(0);
    let p = x + HEAD_K;
    let q = w + 192;
    for (let k = 0; k < 4; k++) {
      let h = w + 64;
      let r = p + half;
      for (let i = 0; i < 2; i++) {
        let a = i32x4.splat(0);
        let b = a;
        let v = v128.load(q);
        let f = i16x8.shl(i16x8.shr_u(v128.load(h), 2 * k), 3);
        a = step(a, v128.or(low(v), v128.and(i16x8.shl(f, 1), one)), p);
        b = step(b, v128.or(high(v), v128.and(f, one)), r);
        v = v128.load(q, 16);
        f = i16x8.shl(i16x8.shr_u(v128.load(h, 16), 2 * k), 3);
        a = step(a, v128.or(low(v), v128.and(i16x8.shl(f, 1), one)), p + NEXT);
        b = step(b, v128.or(high(v), v128.and(f, one)), r + NEXT);
        v = v128.load(q, 32);
        f = i16x8.shl(i16x8.shr_u(v128.load(h, 32), 2 * k), 3);
        a = step(a, v128.or(low(v), v128.and(i16x8.shl(f, 1), one)), p + 2 * NEXT);
        b = step(b, v128.or(high(v), v128.and(f, one)), r + 2 * NEXT);
        v = v128.load(q, 48);
        f = i16x8.shl(i16x8.shr_u(v128.load(h, 48), 2 * k), 3);
        a = step(a, v128.or(low(v), v128.and(i16x8.shl(f, 1), one)), p + 3 * NEXT);
        b = step(b, v128.or(high(v), v128.and(f, one)), r + 3 * NEXT);
        total = i32x4.add(total, i32x4.add(weigh(a, scales, 0), weigh(b, scales, 1)));
        q += 64;
        h += 64;
        p += 4 * NEXT;
        r += 4 * NEXT;
      }
      scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
      p = r;
    }
    t = finish(t, w, x, total, least);
    w += 704;
    x = p;
  }
  v128.store(y, t);
}

/** Codes of Q6_K from nibbles and two bits at `shift` of `h`. */
// @ts-ignore: decorator
@inline
export function sixth(nibbles: v128, h: v128, shift: i32): v128 {
  const bits = v128.and(h, i8x16.splat(<i8>(<i32>3 << shift)));
  return v128.or(nibbles, shift < 4 ? i16x8.shl(bits, 4 - shift) : i16x8.shr_u(bits, shift - 4));
}
/** The scales of a block of Q6_K times the sums of 16 codes of x, as 32 times what the codes are too high. */
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
  const quarter = 8 * NEXT;
  let t = v128.load(y);
  for (; n > 0; n--) {
    let total = i32x4.sub(i32x4.splat(0), excess(w, x + 16));
    let p = x + HEAD_K;
    let s = w;
    let h = w + 64;
    let q = w + 320;
    for (let k = 0; k < 2; k++) {
      const s0 = v128.load(s);
      const s1 = v128.load(s, 16);
      for (let i = 0; i < 4; i++) {
        // a scale for each two turns
        const u0 = i32x4.shr_u(s0, (i >> 1) << 3);
        const u1 = i32x4.shr_u(s1, (i >> 1) << 3);
        let v = v128.load(q);
        let u = v128.load(q, 128);
        let f = v128.load(h);
        let a = step(i32x4.splat(0), sixth(low(v), f, 0), p);
        let b = step(i32x4.splat(0), sixth(low(u), f, 2), p + quarter);
        let c = step(i32x4.splat(0), sixth(high(v), f, 4), p + 2 * quarter);
        let d = step(i32x4.splat(0), sixth(high(u), f, 6), p + 3 * quarter);
        v = v128.load(q, 16);
        u = v128.load(q, 144);
        f = v128.load(h, 16);
        const r = p + NEXT;
        a = step(a, sixth(low(v), f, 0), r);
        b = step(b, sixth(low(u), f, 2), r + quarter);
        c = step(c, sixth(high(v), f, 4), r + 2 * quarter);
        d = step(d, sixth(high(u), f, 6), r + 3 * quarter);
        total = i32x4.add(total, i32x4.add(weighSigned(a, u0, 0), weighSigned(b, u0, 2)));
        total = i32x4.add(total, i32x4.add(weighSigned(c, u1, 0), weighSigned(d, u1, 2)));
        q += 32;
        h += 32;
        p += 2 * NEXT;
      }
      s += 32;
      q += 128;
      p += 3 * quarter;
    }
    t = madd(f32x4.convert_i32x4_s(total), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
    heads += 8;
    w += 832;
    x = p;
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
      return q4_k(n, heads, w, x, y);
    case Q5_K:
      return q5_k(n, heads, w, x, y);
    default:
      return q6_k(n, heads, w, x, y);
  }
}

/** Sums of four stripes. */
const SUMS: usize = memory.data(64, 16);

/**
 * y[0..rows] = packed rows at `w` times one quantised row of `n` blocks at `x`. Four stripes go side by side, 256 elements of each in
 * turn: memory feeds four streams faster than one.
 */
export function rowsTimes(type: i32, rows: i32, n: i32, w: usize, x: usize, y: usize): void {
  const small = type < Q4_K;
  const head = <usize>headBytes(type);
  const code = <usize>(4 * blockBytes(type)) - head;
  const unit = small ? HEAD + codeBytes(type, 32) : HEAD_K + codeBytes(type, 256);
  const stripe = <usize>n * (head + code);
  const most = small ? 8 : 1;
  for (; rows > 0; rows -= 16) {
    const streams = min(4, (rows + 3) >> 2);
    memory.fill(SUMS, 0, 64);
    let heads = w;
    let codes = w + <usize>n * head;
    let px = x;
    for (let i = 0; i < n; i += most) {
      const count = min(most, n - i);
      let s: usize = 0;
      for (let k = 0; k < streams; k++) {
        segment(type, count, heads + s, codes + s, px, SUMS + (<usize>k << 4));
        s += stripe;
      }
      heads += <usize>count * head;
      codes += <usize>count * code;
      px += <usize>count * unit;
    }
    memory.copy(y, SUMS, <usize>min(rows, 16) << 2);
    y += 64;
    w += 4 * stripe;
  }
}
