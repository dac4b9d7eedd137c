// Passes of radix 2, 3, 4 and 5, written out; what a pass does stands in fft-passes.ts.

const INNER = 0;
const LAST = 1;

// @ts-ignore: decorator
@inline
export function splat(p: usize): v128 {
  return v128.load32_splat(p);
}
/** Bytes of one plane of twiddles. */
// @ts-ignore: decorator
@inline
export function planeOf(m: i32): usize {
  return (<usize>(m + 3) & ~3) << 2;
}
// @ts-ignore: decorator
@inline
export function turnRe(re: v128, im: v128, wr: v128, wi: v128): v128 {
  return f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi));
}
// @ts-ignore: decorator
@inline
export function turnIm(re: v128, im: v128, wr: v128, wi: v128): v128 {
  return f32x4.add(f32x4.mul(re, wi), f32x4.mul(im, wr));
}
/** The columns of four vectors as rows, at o. */
// @ts-ignore: decorator
@inline
function storeColumns(a: v128, b: v128, c: v128, d: v128, o: usize): void {
  const t0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(o, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(o, v128.shuffle<i64>(t0, t2, 1, 3), 16);
  v128.store(o, v128.shuffle<i64>(t1, t3, 0, 2), 32);
  v128.store(o, v128.shuffle<i64>(t1, t3, 1, 3), 48);
}

export function first4(m: i32, x: usize, y: usize, gap: usize, w: usize): void {
  const part = <usize>m << 2;
  const plane = planeOf(m);
  for (let p = 0; p < m; p += 4) {
    let a = x;
    const a0r = v128.load(a);
    const a0i = v128.load(a + gap);
    a += part;
    const a1r = v128.load(a);
    const a1i = v128.load(a + gap);
    a += part;
    const a2r = v128.load(a);
    const a2i = v128.load(a + gap);
    a += part;
    const a3r = v128.load(a);
    const a3i = v128.load(a + gap);
    const t0r = f32x4.add(a0r, a2r);
    const t0i = f32x4.add(a0i, a2i);
    const t1r = f32x4.sub(a0r, a2r);
    const t1i = f32x4.sub(a0i, a2i);
    const t2r = f32x4.add(a1r, a3r);
    const t2i = f32x4.add(a1i, a3i);
    const t3r = f32x4.sub(a1r, a3r);
    const t3i = f32x4.sub(a1i, a3i);
    let wr = v128.load(w);
    let wi = v128.load(w + plane);
    let re = f32x4.add(t1r, t3i);
    let im = f32x4.sub(t1i, t3r);
    const y1r = turnRe(re, im, wr, wi);
    const y1i = turnIm(re, im, wr, wi);
    wr = v128.load(w + 2 * plane);
    wi = v128.load(w + 3 * plane);
    re = f32x4.sub(t0r, t2r);
    im = f32x4.sub(t0i, t2i);
    const y2r = turnRe(re, im, wr, wi);
    const y2i = turnIm(re, im, wr, wi);
    wr = v128.load(w + 4 * plane);
    wi = v128.load(w + 5 * plane);
    re = f32x4.sub(t1r, t3i);
    im = f32x4.add(t1i, t3r);
    storeColumns(f32x4.add(t0r, t2r), y1r, y2r, turnRe(re, im, wr, wi), y);
    storeColumns(f32x4.add(t0i, t2i), y1i, y2i, turnIm(re, im, wr, wi), y + gap);
    x += 16;
    w += 16;
    y += 64;
  }
}

// @ts-ignore: decorator
@inline
function radix4(mode: i32, m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  const step = <usize>s << 2;
  const part = <usize>m * step;
  const plane = planeOf(m);
  const end = max<usize>(step, 16) - 16;
  const one = f32x4.splat(1);
  for (; m > 0; m--) {
    const w1r = mode == LAST ? one : splat(w);
    const w1i = mode == LAST ? one : splat(w + plane);
    const w2r = mode == LAST ? one : splat(w + 2 * plane);
    const w2i = mode == LAST ? one : splat(w + 3 * plane);
    const w3r = mode == LAST ? one : splat(w + 4 * plane);
    const w3i = mode == LAST ? one : splat(w + 5 * plane);
    let q: usize = 0;
    for (;;) {
      let a = x + q;
      const a0r = v128.load(a);
      const a0i = v128.load(a + gap);
      a += part;
      const a1r = v128.load(a);
      const a1i = v128.load(a + gap);
      a += part;
      const a2r = v128.load(a);
      const a2i = v128.load(a + gap);
      a += part;
      const a3r = v128.load(a);
      const a3i = v128.load(a + gap);
      const t0r = f32x4.add(a0r, a2r);
      const t0i = f32x4.add(a0i, a2i);
      const t1r = f32x4.sub(a0r, a2r);
      const t1i = f32x4.sub(a0i, a2i);
      const t2r = f32x4.add(a1r, a3r);
      const t2i = f32x4.add(a1i, a3i);
      const t3r = f32x4.sub(a1r, a3r);
      const t3i = f32x4.sub(a1i, a3i);
      let o = y + q;
      v128.store(o, f32x4.add(t0r, t2r));
      v128.store(o + gap, f32x4.add(t0i, t2i));
      o += step;
      let re = f32x4.add(t1r, t3i);
      let im = f32x4.sub(t1i, t3r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w1r, w1i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w1r, w1i));
      o += step;
      re = f32x4.sub(t0r, t2r);
      im = f32x4.sub(t0i, t2i);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w2r, w2i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w2r, w2i));
      o += step;
      re = f32x4.sub(t1r, t3i);
      im = f32x4.add(t1i, t3r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w3r, w3i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w3r, w3i));
      if (q >= end) break;
      q = min(q + 16, end);
    }
    x += step;
    y += 4 * step;
    w += 4;
  }
}

// @ts-ignore: decorator
@inline
function radix2(mode: i32, m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  const step = <usize>s << 2;
  const part = <usize>m * step;
  const plane = planeOf(m);
  const end = max<usize>(step, 16) - 16;
  const one = f32x4.splat(1);
  for (; m > 0; m--) {
    const wr = mode == LAST ? one : splat(w);
    const wi = mode == LAST ? one : splat(w + plane);
    let q: usize = 0;
    for (;;) {
      const a = x + q;
      const a0r = v128.load(a);
      const a0i = v128.load(a + gap);
      const a1r = v128.load(a + part);
      const a1i = v128.load(a + part + gap);
      const o = y + q;
      v128.store(o, f32x4.add(a0r, a1r));
      v128.store(o + gap, f32x4.add(a0i, a1i));
      const re = f32x4.sub(a0r, a1r);
      const im = f32x4.sub(a0i, a1i);
      v128.store(o + step, mode == LAST ? re : turnRe(re, im, wr, wi));
      v128.store(o + step + gap, mode == LAST ? im : turnIm(re, im, wr, wi));
      if (q >= end) break;
      q = min(q + 16, end);
    }
    x += step;
    y += 2 * step;
    w += 4;
  }
}

const SIN60: f32 = 0.8660254037844386;

// @ts-ignore: decorator
@inline
function radix3(mode: i32, m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  const step = <usize>s << 2;
  const part = <usize>m * step;
  const plane = planeOf(m);
  const end = max<usize>(step, 16) - 16;
  const half = f32x4.splat(0.5);
  const sin = f32x4.splat(SIN60);
  for (; m > 0; m--) {
    const w1r = mode == LAST ? half : splat(w);
    const w1i = mode == LAST ? half : splat(w + plane);
    const w2r = mode == LAST ? half : splat(w + 2 * plane);
    const w2i = mode == LAST ? half : splat(w + 3 * plane);
    let q: usize = 0;
    for (;;) {
      let a = x + q;
      const a0r = v128.load(a);
      const a0i = v128.load(a + gap);
      a += part;
      const a1r = v128.load(a);
      const a1i = v128.load(a + gap);
      a += part;
      const a2r = v128.load(a);
      const a2i = v128.load(a + gap);
      const tr = f32x4.add(a1r, a2r);
      const ti = f32x4.add(a1i, a2i);
      const dr = f32x4.mul(f32x4.sub(a1r, a2r), sin);
      const di = f32x4.mul(f32x4.sub(a1i, a2i), sin);
      const cr = f32x4.sub(a0r, f32x4.mul(tr, half));
      const ci = f32x4.sub(a0i, f32x4.mul(ti, half));
      let o = y + q;
      v128.store(o, f32x4.add(a0r, tr));
      v128.store(o + gap, f32x4.add(a0i, ti));
      o += step;
      let re = f32x4.add(cr, di);
      let im = f32x4.sub(ci, dr);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w1r, w1i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w1r, w1i));
      o += step;
      re = f32x4.sub(cr, di);
      im = f32x4.add(ci, dr);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w2r, w2i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w2r, w2i));
      if (q >= end) break;
      q = min(q + 16, end);
    }
    x += step;
    y += 3 * step;
    w += 4;
  }
}

const COS72: f32 = 0.30901699437494745;
const COS144: f32 = -0.8090169943749475;
const SIN72: f32 = 0.9510565162951535;
const SIN144: f32 = 0.5877852522924731;

// @ts-ignore: decorator
@inline
function radix5(mode: i32, m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  const step = <usize>s << 2;
  const part = <usize>m * step;
  const plane = planeOf(m);
  const end = max<usize>(step, 16) - 16;
  const c1 = f32x4.splat(COS72);
  const c2 = f32x4.splat(COS144);
  const s1 = f32x4.splat(SIN72);
  const s2 = f32x4.splat(SIN144);
  for (; m > 0; m--) {
    const w1r = mode == LAST ? c1 : splat(w);
    const w1i = mode == LAST ? c1 : splat(w + plane);
    const w2r = mode == LAST ? c1 : splat(w + 2 * plane);
    const w2i = mode == LAST ? c1 : splat(w + 3 * plane);
    const w3r = mode == LAST ? c1 : splat(w + 4 * plane);
    const w3i = mode == LAST ? c1 : splat(w + 5 * plane);
    const w4r = mode == LAST ? c1 : splat(w + 6 * plane);
    const w4i = mode == LAST ? c1 : splat(w + 7 * plane);
    let q: usize = 0;
    for (;;) {
      let a = x + q;
      const a0r = v128.load(a);
      const a0i = v128.load(a + gap);
      a += part;
      const a1r = v128.load(a);
      const a1i = v128.load(a + gap);
      a += part;
      const a2r = v128.load(a);
      const a2i = v128.load(a + gap);
      a += part;
      const a3r = v128.load(a);
      const a3i = v128.load(a + gap);
      a += part;
      const a4r = v128.load(a);
      const a4i = v128.load(a + gap);
      const t1r = f32x4.add(a1r, a4r);
      const t1i = f32x4.add(a1i, a4i);
      const t2r = f32x4.add(a2r, a3r);
      const t2i = f32x4.add(a2i, a3i);
      const d1r = f32x4.sub(a1r, a4r);
      const d1i = f32x4.sub(a1i, a4i);
      const d2r = f32x4.sub(a2r, a3r);
      const d2i = f32x4.sub(a2i, a3i);
      let o = y + q;
      v128.store(o, f32x4.add(a0r, f32x4.add(t1r, t2r)));
      v128.store(o + gap, f32x4.add(a0i, f32x4.add(t1i, t2i)));
      const m1r = f32x4.add(a0r, f32x4.add(f32x4.mul(t1r, c1), f32x4.mul(t2r, c2)));
      const m1i = f32x4.add(a0i, f32x4.add(f32x4.mul(t1i, c1), f32x4.mul(t2i, c2)));
      const n1r = f32x4.add(f32x4.mul(d1r, s1), f32x4.mul(d2r, s2));
      const n1i = f32x4.add(f32x4.mul(d1i, s1), f32x4.mul(d2i, s2));
      o += step;
      let re = f32x4.add(m1r, n1i);
      let im = f32x4.sub(m1i, n1r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w1r, w1i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w1r, w1i));
      const m2r = f32x4.add(a0r, f32x4.add(f32x4.mul(t1r, c2), f32x4.mul(t2r, c1)));
      const m2i = f32x4.add(a0i, f32x4.add(f32x4.mul(t1i, c2), f32x4.mul(t2i, c1)));
      const n2r = f32x4.sub(f32x4.mul(d1r, s2), f32x4.mul(d2r, s1));
      const n2i = f32x4.sub(f32x4.mul(d1i, s2), f32x4.mul(d2i, s1));
      o += step;
      re = f32x4.add(m2r, n2i);
      im = f32x4.sub(m2i, n2r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w2r, w2i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w2r, w2i));
      o += step;
      re = f32x4.sub(m2r, n2i);
      im = f32x4.add(m2i, n2r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w3r, w3i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w3r, w3i));
      o += step;
      re = f32x4.sub(m1r, n1i);
      im = f32x4.add(m1i, n1r);
      v128.store(o, mode == LAST ? re : turnRe(re, im, w4r, w4i));
      v128.store(o + gap, mode == LAST ? im : turnIm(re, im, w4r, w4i));
      if (q >= end) break;
      q = min(q + 16, end);
    }
    x += step;
    y += 5 * step;
    w += 4;
  }
}

export function inner4(m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  radix4(INNER, m, s, x, y, gap, w);
}
export function last4(s: i32, x: usize, y: usize, gap: usize): void {
  radix4(LAST, 1, s, x, y, gap, 0);
}
export function inner2(m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  radix2(INNER, m, s, x, y, gap, w);
}
export function last2(s: i32, x: usize, y: usize, gap: usize): void {
  radix2(LAST, 1, s, x, y, gap, 0);
}
export function inner3(m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  radix3(INNER, m, s, x, y, gap, w);
}
export function last3(s: i32, x: usize, y: usize, gap: usize): void {
  radix3(LAST, 1, s, x, y, gap, 0);
}
export function inner5(m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize): void {
  radix5(INNER, m, s, x, y, gap, w);
}
export function last5(s: i32, x: usize, y: usize, gap: usize): void {
  radix5(LAST, 1, s, x, y, gap, 0);
}
