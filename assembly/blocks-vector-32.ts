// One quantised row of x times stripes of packed blocks of 32. Four stripes go side by side, block by block: they share what is read of x, and
// memory feeds four streams faster than one.
import { HEAD } from './blocks-activations';
import { Q4_0, Q4_1, Q5_0, Q5_1 } from './blocks-format';
import { bit4, close, evens, fifth, halves, high, low, NEXT, nibble, part, rest, step, step8, stepAt } from './blocks-steps';
import { madd } from './simd';

/** acc + the codes of four bits in `v`: the low ones with `p` and `q` of x, the high ones with `r` and `s`. */
// @ts-ignore: decorator
@inline
function nibbles(acc: v128, v: v128, m: v128, e: v128, p: v128, q: v128, r: v128, s: v128): v128 {
  return step(step(acc, low(v, m), e, p, q), high(v, m), e, r, s);
}
/** t + a block, from the sum of its codes. */
// @ts-ignore: decorator
@inline
function settle(both: bool, bits: i32, t: v128, a: v128, heads: usize, x: usize): v128 {
  if (!both) a = i32x4.sub(a, i32x4.shl(v128.load32_splat(x, 4), bits - 1));
  t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), v128.load32_splat(x)), t);
  return both ? madd(halves(heads + 8), v128.load32_splat(x, 8), t) : t;
}

/** Adds `n` blocks of four stripes, which begin `d1` to `d3` bytes after the first, to their sums at `y`. */
// @ts-ignore: decorator
@inline
function four4(both: bool, n: i32, heads: usize, w: usize, d1: usize, d2: usize, d3: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  let t0 = v128.load(y);
  let t1 = v128.load(y, 16);
  let t2 = v128.load(y, 32);
  let t3 = v128.load(y, 48);
  for (; n > 0; n--) {
    const w1 = w + d1;
    const w2 = w + d2;
    const w3 = w + d3;
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let p = part(x, HEAD);
    let q = rest(x, HEAD);
    let r = part(x, HEAD + 4 * NEXT);
    let s = rest(x, HEAD + 4 * NEXT);
    a = nibbles(a, v128.load(w), m, e, p, q, r, s);
    b = nibbles(b, v128.load(w1), m, e, p, q, r, s);
    c = nibbles(c, v128.load(w2), m, e, p, q, r, s);
    d = nibbles(d, v128.load(w3), m, e, p, q, r, s);
    p = part(x, HEAD + NEXT);
    q = rest(x, HEAD + NEXT);
    r = part(x, HEAD + 5 * NEXT);
    s = rest(x, HEAD + 5 * NEXT);
    a = nibbles(a, v128.load(w, 16), m, e, p, q, r, s);
    b = nibbles(b, v128.load(w1, 16), m, e, p, q, r, s);
    c = nibbles(c, v128.load(w2, 16), m, e, p, q, r, s);
    d = nibbles(d, v128.load(w3, 16), m, e, p, q, r, s);
    p = part(x, HEAD + 2 * NEXT);
    q = rest(x, HEAD + 2 * NEXT);
    r = part(x, HEAD + 6 * NEXT);
    s = rest(x, HEAD + 6 * NEXT);
    a = nibbles(a, v128.load(w, 32), m, e, p, q, r, s);
    b = nibbles(b, v128.load(w1, 32), m, e, p, q, r, s);
    c = nibbles(c, v128.load(w2, 32), m, e, p, q, r, s);
    d = nibbles(d, v128.load(w3, 32), m, e, p, q, r, s);
    p = part(x, HEAD + 3 * NEXT);
    q = rest(x, HEAD + 3 * NEXT);
    r = part(x, HEAD + 7 * NEXT);
    s = rest(x, HEAD + 7 * NEXT);
    a = nibbles(a, v128.load(w, 48), m, e, p, q, r, s);
    b = nibbles(b, v128.load(w1, 48), m, e, p, q, r, s);
    c = nibbles(c, v128.load(w2, 48), m, e, p, q, r, s);
    d = nibbles(d, v128.load(w3, 48), m, e, p, q, r, s);
    // eight products of 15 and 127, twice, stay below 2^15
    t0 = settle(both, 4, t0, close(a), heads, x);
    t1 = settle(both, 4, t1, close(b), heads + d1, x);
    t2 = settle(both, 4, t2, close(c), heads + d2, x);
    t3 = settle(both, 4, t3, close(d), heads + d3, x);
    heads += both ? 16 : 8;
    w += 64;
    x += HEAD + 8 * NEXT;
  }
  v128.store(y, t0);
  v128.store(y, t1, 16);
  v128.store(y, t2, 32);
  v128.store(y, t3, 48);
}
function q4_0(n: i32, heads: usize, w: usize, d1: usize, d2: usize, d3: usize, x: usize, y: usize): void {
  four4(false, n, heads, w, d1, d2, d3, x, y);
}
function q4_1(n: i32, heads: usize, w: usize, d1: usize, d2: usize, d3: usize, x: usize, y: usize): void {
  four4(true, n, heads, w, d1, d2, d3, x, y);
}
function q8_0(n: i32, heads: usize, w: usize, d1: usize, d2: usize, d3: usize, x: usize, y: usize): void {
  const e = evens();
  let t0 = v128.load(y);
  let t1 = v128.load(y, 16);
  let t2 = v128.load(y, 32);
  let t3 = v128.load(y, 48);
  for (; n > 0; n--) {
    const w1 = w + d1;
    const w2 = w + d2;
    const w3 = w + d3;
    let a = v128.load32_splat(x, 4);
    let b = a;
    let c = a;
    let d = a;
    let odd = v128.load32_splat(x, 16);
    let even = v128.load32_splat(x, 20);
    a = step8(a, v128.load(w), e, odd, even);
    b = step8(b, v128.load(w1), e, odd, even);
    c = step8(c, v128.load(w2), e, odd, even);
    d = step8(d, v128.load(w3), e, odd, even);
    odd = v128.load32_splat(x, 24);
    even = v128.load32_splat(x, 28);
    a = step8(a, v128.load(w, 16), e, odd, even);
    b = step8(b, v128.load(w1, 16), e, odd, even);
    c = step8(c, v128.load(w2, 16), e, odd, even);
    d = step8(d, v128.load(w3, 16), e, odd, even);
    odd = v128.load32_splat(x, 32);
    even = v128.load32_splat(x, 36);
    a = step8(a, v128.load(w, 32), e, odd, even);
    b = step8(b, v128.load(w1, 32), e, odd, even);
    c = step8(c, v128.load(w2, 32), e, odd, even);
    d = step8(d, v128.load(w3, 32), e, odd, even);
    odd = v128.load32_splat(x, 40);
    even = v128.load32_splat(x, 44);
    a = step8(a, v128.load(w, 48), e, odd, even);
    b = step8(b, v128.load(w1, 48), e, odd, even);
    c = step8(c, v128.load(w2, 48), e, odd, even);
    d = step8(d, v128.load(w3, 48), e, odd, even);
    odd = v128.load32_splat(x, 48);
    even = v128.load32_splat(x, 52);
    a = step8(a, v128.load(w, 64), e, odd, even);
    b = step8(b, v128.load(w1, 64), e, odd, even);
    c = step8(c, v128.load(w2, 64), e, odd, even);
    d = step8(d, v128.load(w3, 64), e, odd, even);
    odd = v128.load32_splat(x, 56);
    even = v128.load32_splat(x, 60);
    a = step8(a, v128.load(w, 80), e, odd, even);
    b = step8(b, v128.load(w1, 80), e, odd, even);
    c = step8(c, v128.load(w2, 80), e, odd, even);
    d = step8(d, v128.load(w3, 80), e, odd, even);
    odd = v128.load32_splat(x, 64);
    even = v128.load32_splat(x, 68);
    a = step8(a, v128.load(w, 96), e, odd, even);
    b = step8(b, v128.load(w1, 96), e, odd, even);
    c = step8(c, v128.load(w2, 96), e, odd, even);
    d = step8(d, v128.load(w3, 96), e, odd, even);
    odd = v128.load32_splat(x, 72);
    even = v128.load32_splat(x, 76);
    a = step8(a, v128.load(w, 112), e, odd, even);
    b = step8(b, v128.load(w1, 112), e, odd, even);
    c = step8(c, v128.load(w2, 112), e, odd, even);
    d = step8(d, v128.load(w3, 112), e, odd, even);
    const s = v128.load32_splat(x);
    t0 = madd(f32x4.convert_i32x4_s(a), f32x4.mul(halves(heads), s), t0);
    t1 = madd(f32x4.convert_i32x4_s(b), f32x4.mul(halves(heads + d1), s), t1);
    t2 = madd(f32x4.convert_i32x4_s(c), f32x4.mul(halves(heads + d2), s), t2);
    t3 = madd(f32x4.convert_i32x4_s(d), f32x4.mul(halves(heads + d3), s), t3);
    heads += 8;
    w += 128;
    x += HEAD + 64;
  }
  v128.store(y, t0);
  v128.store(y, t1, 16);
  v128.store(y, t2, 32);
  v128.store(y, t3, 48);
}

/** Adds `n` blocks of one stripe with codes of 5 bits to its sums at `y`. */
// @ts-ignore: decorator
@inline
function one5(both: bool, n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  const m = nibble();
  const e = evens();
  const o = bit4();
  let t = v128.load(y);
  for (; n > 0; n--) {
    let a = i32x4.splat(0);
    let b = a;
    const h = v128.load(w);
    let v = v128.load(w, 16);
    a = stepAt(a, v128.or(low(v, m), fifth(h, 0, o)), e, x, HEAD);
    b = stepAt(b, v128.or(high(v, m), fifth(h, 4, o)), e, x, HEAD + 4 * NEXT);
    v = v128.load(w, 32);
    a = stepAt(a, v128.or(low(v, m), fifth(h, 1, o)), e, x, HEAD + NEXT);
    b = stepAt(b, v128.or(high(v, m), fifth(h, 5, o)), e, x, HEAD + 5 * NEXT);
    v = v128.load(w, 48);
    a = stepAt(a, v128.or(low(v, m), fifth(h, 2, o)), e, x, HEAD + 2 * NEXT);
    b = stepAt(b, v128.or(high(v, m), fifth(h, 6, o)), e, x, HEAD + 6 * NEXT);
    v = v128.load(w, 64);
    a = stepAt(a, v128.or(low(v, m), fifth(h, 3, o)), e, x, HEAD + 3 * NEXT);
    b = stepAt(b, v128.or(high(v, m), fifth(h, 7, o)), e, x, HEAD + 7 * NEXT);
    // four products of 31 and 127, twice, stay below 2^15
    t = settle(both, 5, t, i32x4.add(close(a), close(b)), heads, x);
    heads += both ? 16 : 8;
    w += 80;
    x += HEAD + 8 * NEXT;
  }
  v128.store(y, t);
}
function q5_0(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  one5(false, n, heads, w, x, y);
}
function q5_1(n: i32, heads: usize, w: usize, x: usize, y: usize): void {
  one5(true, n, heads, w, x, y);
}

/** Blocks of 5 bits of a stripe that are multiplied before those of the next. */
const TURN: i32 = 2;
/** y = `n` blocks of `streams` stripes, `next` bytes apart, times x, their sums 16 bytes apart. */
export function stripes32(type: i32, streams: i32, n: i32, heads: usize, w: usize, next: usize, x: usize, y: usize): void {
  memory.fill(y, 0, 64);
  if (type == Q5_0 || type == Q5_1) {
    const head: usize = type == Q5_0 ? 8 : 16;
    for (; n > 0; n -= TURN) {
      const count = min(n, TURN);
      for (let k: usize = 0; k < <usize>streams; k++) {
        const at = k * next;
        if (type == Q5_0) q5_0(count, heads + at, w + at, x, y + (k << 4));
        else q5_1(count, heads + at, w + at, x, y + (k << 4));
      }
      heads += <usize>count * head;
      w += <usize>count * 80;
      x += <usize>count * (HEAD + 8 * NEXT);
    }
    return;
  }
  // stripes that are not there are the first one again
  const d1: usize = streams > 1 ? next : 0;
  const d2: usize = streams > 2 ? 2 * next : 0;
  const d3: usize = streams > 3 ? 3 * next : 0;
  if (type == Q4_0) q4_0(n, heads, w, d1, d2, d3, x, y);
  else if (type == Q4_1) q4_1(n, heads, w, d1, d2, d3, x, y);
  else q8_0(n, heads, w, d1, d2, d3, x, y);
}
