// One quantised row of x times a stripe of packed blocks of 32: sixteen rows share what is read of x, and lie in memory as they are read.
import { HEAD } from './blocks-activations';
import { Q4_0, Q4_1, Q5_0 } from './blocks-format';
import { bit4, close, evens, fifth, halves, high, low, NEXT, nibble, part, rest, step, step8, stepAt } from './blocks-steps';
import { madd } from './simd';

/** acc + the codes of four bits in `v`: the low ones with `f` and `g` of x, the high ones with `h` and `i`. */
// @ts-ignore: decorator
@inline
function nibbles(acc: v128, v: v128, m: v128, e: v128, f: v128, g: v128, h: v128, i: v128): v128 {
  return step(step(acc, low(v, m), e, f, g), high(v, m), e, h, i);
}
/** t + a block of four rows, from the sums of their codes. */
// @ts-ignore: decorator
@inline
function settle(both: bool, bits: i32, t: v128, a: v128, heads: usize, x: usize): v128 {
  if (!both) a = i32x4.sub(a, i32x4.shl(v128.load32_splat(x, 4), bits - 1));
  t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
  return both ? madd(halves(heads + 8), v128.load32_splat(x, 8), t) : t;
}

// @ts-ignore: decorator
@inline
function narrow(both: bool, n: i32, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const heads: usize = both ? 16 : 8;
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; n > 0; n--) {
    const q = w + 4 * heads;
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let f = part(x, HEAD);
    let g = rest(x, HEAD);
    let h = part(x, HEAD + 4 * NEXT);
    let i = rest(x, HEAD + 4 * NEXT);
    a = nibbles(a, v128.load(q), m, e, f, g, h, i);
    b = nibbles(b, v128.load(q, 64), m, e, f, g, h, i);
    c = nibbles(c, v128.load(q, 128), m, e, f, g, h, i);
    d = nibbles(d, v128.load(q, 192), m, e, f, g, h, i);
    f = part(x, HEAD + NEXT);
    g = rest(x, HEAD + NEXT);
    h = part(x, HEAD + 5 * NEXT);
    i = rest(x, HEAD + 5 * NEXT);
    a = nibbles(a, v128.load(q, 16), m, e, f, g, h, i);
    b = nibbles(b, v128.load(q, 80), m, e, f, g, h, i);
    c = nibbles(c, v128.load(q, 144), m, e, f, g, h, i);
    d = nibbles(d, v128.load(q, 208), m, e, f, g, h, i);
    f = part(x, HEAD + 2 * NEXT);
    g = rest(x, HEAD + 2 * NEXT);
    h = part(x, HEAD + 6 * NEXT);
    i = rest(x, HEAD + 6 * NEXT);
    a = nibbles(a, v128.load(q, 32), m, e, f, g, h, i);
    b = nibbles(b, v128.load(q, 96), m, e, f, g, h, i);
    c = nibbles(c, v128.load(q, 160), m, e, f, g, h, i);
    d = nibbles(d, v128.load(q, 224), m, e, f, g, h, i);
    f = part(x, HEAD + 3 * NEXT);
    g = rest(x, HEAD + 3 * NEXT);
    h = part(x, HEAD + 7 * NEXT);
    i = rest(x, HEAD + 7 * NEXT);
    a = nibbles(a, v128.load(q, 48), m, e, f, g, h, i);
    b = nibbles(b, v128.load(q, 112), m, e, f, g, h, i);
    c = nibbles(c, v128.load(q, 176), m, e, f, g, h, i);
    d = nibbles(d, v128.load(q, 240), m, e, f, g, h, i);
    // eight products of 15 and 127, twice, stay below 2^15
    t0 = settle(both, 4, t0, close(a), w, x);
    t1 = settle(both, 4, t1, close(b), w + heads, x);
    t2 = settle(both, 4, t2, close(c), w + 2 * heads, x);
    t3 = settle(both, 4, t3, close(d), w + 3 * heads, x);
    w += 256 + 4 * heads;
    x += HEAD + 8 * NEXT;
  }
  v128.store(y, t0);
  v128.store(y, t1, 16);
  v128.store(y, t2, 32);
  v128.store(y, t3, 48);
}
function q4_0(n: i32, w: usize, x: usize, y: usize): void {
  narrow(false, n, w, x, y);
}
function q4_1(n: i32, w: usize, x: usize, y: usize): void {
  narrow(true, n, w, x, y);
}
/**
 * Adds to the sums of `streams` stripes, `next` bytes apart, at `y`: the stripes go side by side, block by block, for memory feeds two streams of
 * codes of this size faster than one.
 */
export function q8_0(streams: i32, n: i32, w: usize, next: usize, x: usize, y: usize): void {
  const e = evens();
  const end = y + (<usize>streams << 6);
  for (; n > 0; n--) {
    let p = w;
    for (let t = y; t < end; t += 64) {
      const q = p + 32;
      let a = v128.load32_splat(x, 4);
      let b = a;
      let c = a;
      let d = a;
      let odd = v128.load32_splat(x, 16);
      let even = v128.load32_splat(x, 20);
      a = step8(a, v128.load(q), e, odd, even);
      b = step8(b, v128.load(q, 128), e, odd, even);
      c = step8(c, v128.load(q, 256), e, odd, even);
      d = step8(d, v128.load(q, 384), e, odd, even);
      odd = v128.load32_splat(x, 24);
      even = v128.load32_splat(x, 28);
      a = step8(a, v128.load(q, 16), e, odd, even);
      b = step8(b, v128.load(q, 144), e, odd, even);
      c = step8(c, v128.load(q, 272), e, odd, even);
      d = step8(d, v128.load(q, 400), e, odd, even);
      odd = v128.load32_splat(x, 32);
      even = v128.load32_splat(x, 36);
      a = step8(a, v128.load(q, 32), e, odd, even);
      b = step8(b, v128.load(q, 160), e, odd, even);
      c = step8(c, v128.load(q, 288), e, odd, even);
      d = step8(d, v128.load(q, 416), e, odd, even);
      odd = v128.load32_splat(x, 40);
      even = v128.load32_splat(x, 44);
      a = step8(a, v128.load(q, 48), e, odd, even);
      b = step8(b, v128.load(q, 176), e, odd, even);
      c = step8(c, v128.load(q, 304), e, odd, even);
      d = step8(d, v128.load(q, 432), e, odd, even);
      odd = v128.load32_splat(x, 48);
      even = v128.load32_splat(x, 52);
      a = step8(a, v128.load(q, 64), e, odd, even);
      b = step8(b, v128.load(q, 192), e, odd, even);
      c = step8(c, v128.load(q, 320), e, odd, even);
      d = step8(d, v128.load(q, 448), e, odd, even);
      odd = v128.load32_splat(x, 56);
      even = v128.load32_splat(x, 60);
      a = step8(a, v128.load(q, 80), e, odd, even);
      b = step8(b, v128.load(q, 208), e, odd, even);
      c = step8(c, v128.load(q, 336), e, odd, even);
      d = step8(d, v128.load(q, 464), e, odd, even);
      odd = v128.load32_splat(x, 64);
      even = v128.load32_splat(x, 68);
      a = step8(a, v128.load(q, 96), e, odd, even);
      b = step8(b, v128.load(q, 224), e, odd, even);
      c = step8(c, v128.load(q, 352), e, odd, even);
      d = step8(d, v128.load(q, 480), e, odd, even);
      odd = v128.load32_splat(x, 72);
      even = v128.load32_splat(x, 76);
      a = step8(a, v128.load(q, 112), e, odd, even);
      b = step8(b, v128.load(q, 240), e, odd, even);
      c = step8(c, v128.load(q, 368), e, odd, even);
      d = step8(d, v128.load(q, 496), e, odd, even);
      const s = v128.load32_splat(x);
      v128.store(t, madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(p), s), v128.load(t)));
      v128.store(t, madd(f32x4.convert_i32x4_s(b), f32x4.mul(halves(p + 8), s), v128.load(t, 16)), 16);
      v128.store(t, madd(f32x4.convert_i32x4_s(c), f32x4.mul(halves(p + 16), s), v128.load(t, 32)), 32);
      v128.store(t, madd(f32x4.convert_i32x4_s(d), f32x4.mul(halves(p + 24), s), v128.load(t, 48)), 48);
      p += next;
    }
    w += 544;
    x += HEAD + 64;
  }
}

/** Codes of 5 bits, of four rows at a time: sums of low and high nibbles are closed apart. */
// @ts-ignore: decorator
@inline
function wide(both: bool, n: i32, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bit4();
  const heads: usize = both ? 16 : 8;
  memory.fill(y, 0, 64);
  for (; n > 0; n--) {
    let q = w + 4 * heads;
    for (let t: usize = y; t < y + 64; t += 16) {
      let a = i32x4.splat(0);
      let b = a;
      const h = v128.load(q);
      let v = v128.load(q, 16);
      a = stepAt(a, v128.or(low(v, m), fifth(h, 0, o)), e, x, HEAD);
      b = stepAt(b, v128.or(high(v, m), fifth(h, 4, o)), e, x, HEAD + 4 * NEXT);
      v = v128.load(q, 32);
      a = stepAt(a, v128.or(low(v, m), fifth(h, 1, o)), e, x, HEAD + NEXT);
      b = stepAt(b, v128.or(high(v, m), fifth(h, 5, o)), e, x, HEAD + 5 * NEXT);
      v = v128.load(q, 48);
      a = stepAt(a, v128.or(low(v, m), fifth(h, 2, o)), e, x, HEAD + 2 * NEXT);
      b = stepAt(b, v128.or(high(v, m), fifth(h, 6, o)), e, x, HEAD + 6 * NEXT);
      v = v128.load(q, 64);
      a = stepAt(a, v128.or(low(v, m), fifth(h, 3, o)), e, x, HEAD + 3 * NEXT);
      b = stepAt(b, v128.or(high(v, m), fifth(h, 7, o)), e, x, HEAD + 7 * NEXT);
      // four products of 31 and 127, twice, stay below 2^15
      v128.store(t, settle(both, 5, v128.load(t), i32x4.add(close(a), close(b)), w, x));
      w += heads;
      q += 80;
    }
    w = q;
    x += HEAD + 8 * NEXT;
  }
}
function q5_0(n: i32, w: usize, x: usize, y: usize): void {
  wide(false, n, w, x, y);
}
function q5_1(n: i32, w: usize, x: usize, y: usize): void {
  wide(true, n, w, x, y);
}

/** y[0..16] = `n` blocks of 32 of a stripe times x; Q8_0 has a function of its own. */
export function stripe32(type: i32, n: i32, w: usize, x: usize, y: usize): void {
  switch (type) {
    case Q4_0:
      return q4_0(n, w, x, y);
    case Q4_1:
      return q4_1(n, w, x, y);
    case Q5_0:
      return q5_0(n, w, x, y);
    default:
      return q5_1(n, w, x, y);
  }
}
