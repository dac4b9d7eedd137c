// Quantised rows of x, four at a time, times a stripe whose codes have been taken apart once into a panel: vectors of four rows' next four codes as
// bytes, in order. Sums are the integers of blocks-vector, and go to float32 in its order, so that both give the same bits.
//   panel of 32: 8 vectors of codes, d, m;
//   panel of 256: 64 vectors of codes, a scale for each sum that is closed, d, m, minima or scales that the sums of x are multiplied with.
import { HEAD, HEAD_K } from './blocks-activations';
import { blockBytes, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 } from './blocks-format';
import { codeBytesOf, headBytes, ROWS } from './blocks-pack';
import {
  bit4,
  bits45,
  close,
  evens,
  fifth,
  halves,
  high,
  low,
  NEXT,
  nibble,
  scale,
  signedScale,
  step8,
  stepAt,
  weigh,
} from './blocks-steps';
import { scalesHigh, scalesLow, sixth } from './blocks-vector-k';
import { widenF16 } from './matmul-load';
import { madd, nmadd } from './simd';

const PANEL: usize = 160;
/** Codes, 32 scales, d, m, 8 vectors for sums. */
const PANEL_K: usize = 1024 + 512 + 32 + 128;

/** Bytes of a stripe's panels. */
export function panelsOf(type: i32, n: i32): i32 {
  return n * <i32>(type < Q4_K ? PANEL : PANEL_K);
}

/** Vectors of codes that a 16-bit sum can take: twice their largest product, so many times, stays below 2^15. */
// @ts-ignore: decorator
@inline
function vectorsOf(type: i32): i32 {
  return type == Q6_K ? 2 : type == Q5_0 || type == Q5_1 || type == Q5_K ? 4 : 8;
}

function open32(type: i32, heads: usize, w: usize, p: usize): void {
  const m = nibble();
  const both = type == Q4_1 || type == Q5_1;
  const wide = type == Q5_0 || type == Q5_1;
  v128.store(p, halves(heads), 128);
  if (both) v128.store(p, halves(heads + 8), 144);
  if (type == Q8_0) {
    memory.copy(p, w, 128);
    return;
  }
  let h = v128.load(w);
  if (wide) w += 16;
  const o = bit4();
  for (let i = 0; i < 4; i++) {
    const v = v128.load(w);
    let a = low(v, m);
    let b = high(v, m);
    if (wide) {
      a = v128.or(a, fifth(h, 0, o));
      b = v128.or(b, fifth(h, 4, o));
      h = i16x8.shr_u(h, 1);
    }
    v128.store(p, a);
    v128.store(p, b, 64);
    w += 16;
    p += 16;
  }
}

function openK(wide: bool, w: usize, p: usize): void {
  const m = nibble();
  const o = bit4();
  const e = evens();
  let q = w + (wide ? 192 : 64);
  let s = p + 1024;
  let scales = scalesLow(w);
  let to = p;
  for (let k = 0; k < 4; k++) {
    for (let i: usize = 0; i < 128; i += 16) {
      const v = v128.load(q);
      let a = low(v, m);
      let b = high(v, m);
      if (wide) {
        const h = i16x8.shr_u(v128.load(w + 64 + i), 2 * k);
        a = v128.or(a, v128.and(i16x8.shl(h, 4), o));
        b = v128.or(b, v128.and(i16x8.shl(h, 3), o));
      }
      v128.store(to + i, a);
      v128.store(to + i, b, 128);
      q += 16;
    }
    to += 256;
    for (let j = 0; j < 2; j++) {
      const v = scale(scales, j);
      v128.store(s, v);
      if (wide) v128.store(s, v, 16);
      s += wide ? 32 : 16;
    }
    scales = k == 1 ? scalesHigh(w) : i32x4.shr_u(scales, 16);
  }
  const v = v128.load(w);
  v128.store(p, widenF16(v), 1536);
  v128.store(p, widenF16(i32x4.shr_u(v, 16)), 1552);
  const t = v128.load(w, 32);
  const a = v128.and(t, i8x16.splat(63));
  const b = v128.or(high(v128.load(w, 48), m), v128.and(i16x8.shr_u(t, 2), bits45()));
  v128.store(p, v128.and(a, e), 1568);
  v128.store(p, i16x8.shr_u(a, 8), 1584);
  v128.store(p, v128.and(b, e), 1600);
  v128.store(p, i16x8.shr_u(b, 8), 1616);
}

function open6(heads: usize, w: usize, p: usize): void {
  const m = nibble();
  const o = bits45();
  let h = w + 64;
  let q = w + 320;
  let to = p;
  for (let k = 0; k < 2; k++) {
    for (let i = 0; i < 8; i++) {
      const v = v128.load(q);
      const u = v128.load(q, 128);
      const f = v128.load(h);
      v128.store(to, sixth(low(v, m), f, 0, o));
      v128.store(to, sixth(low(u, m), f, 2, o), 128);
      v128.store(to, sixth(high(v, m), f, 4, o), 256);
      v128.store(to, sixth(high(u, m), f, 6, o), 384);
      q += 16;
      h += 16;
      to += 16;
    }
    q += 128;
    to += 384;
  }
  let s = p + 1024;
  let r = p + 1568;
  for (let i: usize = 0; i < 64; i += 16) {
    const v = v128.load(w + i);
    for (let j = 0; j < 4; j++) {
      const one = signedScale(v, j);
      v128.store(s, one);
      v128.store(s, one, 16);
      s += 32;
    }
    v128.store(r, i16x8.shr_s(i16x8.shl(v, 8), 8));
    v128.store(r, i16x8.shr_s(v, 8), 16);
    r += 32;
  }
  v128.store(p, widenF16(v128.load16x4_u(heads)), 1536);
}

/** Takes `n` blocks of four rows of the stripe at `w` apart, the rows from `4 * four` on. */
export function openStripe(type: i32, n: i32, four: usize, w: usize, p: usize): void {
  const heads = <usize>headBytes(type);
  let head = w + four * heads;
  let codes = w + 4 * heads + four * codeBytesOf(type);
  const bytes = <usize>(ROWS * blockBytes(type));
  const panel = <usize>panelsOf(type, 1);
  for (; n > 0; n--) {
    if (type < Q4_K) open32(type, head, codes, p);
    else if (type == Q6_K) open6(head, codes, p);
    else openK(type == Q5_K, codes, p);
    head += bytes;
    codes += bytes;
    p += panel;
  }
}

/** Adds d * sum, less 2^zero for each code of x, or where that is 0 plus m * (scale * sum of x), to the results at `y`: in registers they would drive out the sums. */
// @ts-ignore: decorator
@inline
function add32(y: usize, a: v128, x: usize, p: usize, zero: i32): void {
  let t = v128.load(y);
  if (zero > 0) a = i32x4.sub(a, i32x4.shl(v128.load32_splat(x, 4), zero));
  t = madd(f32x4.convert_i32x4_s(a), f32x4.mul(v128.load(p, 128), v128.load32_splat(x)), t);
  v128.store(y, zero == 0 ? madd(v128.load(p, 144), v128.load32_splat(x, 8), t) : t);
}

/** Four rows of x, `lx` apart, times a stripe of blocks of 32; four vectors of results to `y`. */
function tile32(type: i32, n: i32, p: usize, x: usize, lx: usize, y: usize): void {
  const e = evens();
  const zero = type == Q4_0 ? 3 : type == Q5_0 ? 4 : 0;
  const most = vectorsOf(type);
  let x1 = x + lx;
  let x2 = x1 + lx;
  let x3 = x2 + lx;
  memory.fill(y, 0, 64);
  for (; n > 0; n--) {
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let q = p;
    let at = HEAD;
    for (let i = 0; i < 8; i += most) {
      let a0 = i32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let j = 0; j < most; j += 2) {
        let c = v128.load(q);
        a0 = stepAt(a0, c, e, x, at);
        a1 = stepAt(a1, c, e, x1, at);
        a2 = stepAt(a2, c, e, x2, at);
        a3 = stepAt(a3, c, e, x3, at);
        at += NEXT;
        c = v128.load(q, 16);
        a0 = stepAt(a0, c, e, x, at);
        a1 = stepAt(a1, c, e, x1, at);
        a2 = stepAt(a2, c, e, x2, at);
        a3 = stepAt(a3, c, e, x3, at);
        at += NEXT;
        q += 32;
      }
      s0 = i32x4.add(s0, close(a0));
      s1 = i32x4.add(s1, close(a1));
      s2 = i32x4.add(s2, close(a2));
      s3 = i32x4.add(s3, close(a3));
    }
    add32(y, s0, x, p, zero);
    add32(y + 16, s1, x1, p, zero);
    add32(y + 32, s2, x2, p, zero);
    add32(y + 48, s3, x3, p, zero);
    p += PANEL;
    x += at;
    x1 += at;
    x2 += at;
    x3 += at;
  }
}

/** The same for codes of 8 bits. */
function tile8(n: i32, p: usize, x: usize, lx: usize, y: usize): void {
  const e = evens();
  let x1 = x + lx;
  let x2 = x1 + lx;
  let x3 = x2 + lx;
  memory.fill(y, 0, 64);
  for (; n > 0; n--) {
    let a0 = v128.load32_splat(x, 4);
    let a1 = v128.load32_splat(x1, 4);
    let a2 = v128.load32_splat(x2, 4);
    let a3 = v128.load32_splat(x3, 4);
    for (let at: usize = 0; at < 64; at += 8) {
      const c = v128.load(p + 2 * at);
      a0 = step8(a0, c, e, v128.load32_splat(x + at, 16), v128.load32_splat(x + at, 20));
      a1 = step8(a1, c, e, v128.load32_splat(x1 + at, 16), v128.load32_splat(x1 + at, 20));
      a2 = step8(a2, c, e, v128.load32_splat(x2 + at, 16), v128.load32_splat(x2 + at, 20));
      a3 = step8(a3, c, e, v128.load32_splat(x3 + at, 16), v128.load32_splat(x3 + at, 20));
    }
    add32(y, a0, x, p, -1);
    add32(y + 16, a1, x1, p, -1);
    add32(y + 32, a2, x2, p, -1);
    add32(y + 48, a3, x3, p, -1);
    p += PANEL;
    x += HEAD + 64;
    x1 += HEAD + 64;
    x2 += HEAD + 64;
    x3 += HEAD + 64;
  }
}

/** Adds a block of 256 to the results at `y`. */
// @ts-ignore: decorator
@inline
function addK(six: bool, total: v128, x: usize, p: usize, y: usize): void {
  const s = v128.load32_splat(x);
  const sums = x + (six ? 16 : 48);
  let r = i32x4.dot_i16x8_s(v128.load(p, 1568), v128.load32_splat(sums));
  r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1584), v128.load32_splat(sums, 4)));
  r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1600), v128.load32_splat(sums, 8)));
  r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1616), v128.load32_splat(sums, 12)));
  const d = f32x4.mul(v128.load(p, 1536), s);
  let t = v128.load(y);
  if (six) {
    r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1632), v128.load32_splat(sums, 16)));
    r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1648), v128.load32_splat(sums, 20)));
    r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1664), v128.load32_splat(sums, 24)));
    r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, 1680), v128.load32_splat(sums, 28)));
    t = madd(f32x4.convert_i32x4_s(i32x4.sub(total, i32x4.shl(r, 5))), d, t);
  } else {
    t = madd(f32x4.convert_i32x4_s(total), d, t);
    t = nmadd(f32x4.convert_i32x4_s(r), f32x4.mul(v128.load(p, 1552), s), t);
  }
  v128.store(y, t);
}

/** Four rows of x times a stripe of blocks of 256. */
function tileK(type: i32, n: i32, p: usize, x: usize, lx: usize, y: usize): void {
  const e = evens();
  const most = vectorsOf(type);
  const end = HEAD_K + 64 * NEXT;
  memory.fill(y, 0, 64);
  for (; n > 0; n--) {
    const x1 = x + lx;
    const x2 = x1 + lx;
    const x3 = x2 + lx;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let q = p;
    let s = p + 1024;
    let at = HEAD_K;
    while (at < end) {
      let a0 = i32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let j = 0; j < most; j += 2) {
        let c = v128.load(q);
        a0 = stepAt(a0, c, e, x, at);
        a1 = stepAt(a1, c, e, x1, at);
        a2 = stepAt(a2, c, e, x2, at);
        a3 = stepAt(a3, c, e, x3, at);
        at += NEXT;
        c = v128.load(q, 16);
        a0 = stepAt(a0, c, e, x, at);
        a1 = stepAt(a1, c, e, x1, at);
        a2 = stepAt(a2, c, e, x2, at);
        a3 = stepAt(a3, c, e, x3, at);
        at += NEXT;
        q += 32;
      }
      const v = v128.load(s);
      s0 = i32x4.add(s0, weigh(a0, v));
      s1 = i32x4.add(s1, weigh(a1, v));
      s2 = i32x4.add(s2, weigh(a2, v));
      s3 = i32x4.add(s3, weigh(a3, v));
      s += 16;
    }
    if (type == Q6_K) {
      addK(true, s0, x, p, y);
      addK(true, s1, x1, p, y + 16);
      addK(true, s2, x2, p, y + 32);
      addK(true, s3, x3, p, y + 48);
    } else {
      addK(false, s0, x, p, y);
      addK(false, s1, x1, p, y + 16);
      addK(false, s2, x2, p, y + 32);
      addK(false, s3, x3, p, y + 48);
    }
    p += PANEL_K;
    x += end;
  }
}

/** y[0..M, 0..count] = M rows of x, a multiple of 4, `lx` apart, times the open stripe at `p`; rows of y `ly` apart. `tile`: room for 64 bytes. */
export function panelTimes(type: i32, M: i32, count: i32, n: i32, p: usize, x: usize, lx: usize, y: usize, ly: usize, tile: usize): void {
  for (; M > 0; M -= 4) {
    if (type >= Q4_K) tileK(type, n, p, x, lx, tile);
    else if (type == Q8_0) tile8(n, p, x, lx, tile);
    else tile32(type, n, p, x, lx, tile);
    for (let t: usize = 0; t < 64; t += 16) {
      if (count == 4) v128.store(y, v128.load(tile + t));
      else memory.copy(y, tile + t, <usize>count << 2);
      y += ly;
    }
    x += 4 * lx;
  }
}
