// Convolutions with one input channel for each output: no matrix to multiply by, the lanes are channels or positions.
import { field, firstTap, lastTap, locate, PLACE } from './conv-window';
import { load1, load4 } from './matmul-load';
import { madd, madd64 } from './simd';

// @ts-ignore: decorator
@inline
function lanes<E>(): i32 {
  return <i32>(16 / sizeof<E>());
}
// @ts-ignore: decorator
@inline
function loadV<T, E>(p: usize): v128 {
  if (sizeof<E>() == 8) return v128.load(p);
  return load4<T>(p);
}
// @ts-ignore: decorator
@inline
function loadS<T, E>(p: usize): E {
  if (sizeof<E>() == 8) return <E>load<f64>(p);
  return <E>load1<T>(p);
}
// @ts-ignore: decorator
@inline
function mac<E>(a: v128, b: v128, c: v128): v128 {
  return sizeof<E>() == 4 ? madd(a, b, c) : madd64(a, b, c);
}

/** o[:n] = sum over `taps` of x[:n] * w[:n]; the table holds the distances of each tap from x and w in bytes. */
function sumTaps<T, E>(n: i32, taps: i32, table: usize, x: usize, w: usize, o: usize): void {
  const vector = 16 / sizeof<E>() * sizeof<T>();
  const end = table + (<usize>taps << 3);
  for (; n >= 4 * lanes<E>(); n -= 4 * lanes<E>()) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let t = table; t < end; t += 8) {
      const p = x + load<usize>(t);
      const q = w + load<usize>(t, 4);
      a0 = mac<E>(loadV<T, E>(p), v128.load(q), a0);
      a1 = mac<E>(loadV<T, E>(p + vector), v128.load(q, 16), a1);
      a2 = mac<E>(loadV<T, E>(p + 2 * vector), v128.load(q, 32), a2);
      a3 = mac<E>(loadV<T, E>(p + 3 * vector), v128.load(q, 48), a3);
    }
    v128.store(o, a0);
    v128.store(o, a1, 16);
    v128.store(o, a2, 32);
    v128.store(o, a3, 48);
    x += 4 * vector;
    w += 64;
    o += 64;
  }
  for (; n >= lanes<E>(); n -= lanes<E>()) {
    let a = i32x4.splat(0);
    for (let t = table; t < end; t += 8) {
      a = mac<E>(loadV<T, E>(x + load<usize>(t)), v128.load(w + load<usize>(t, 4)), a);
    }
    v128.store(o, a);
    x += vector;
    w += 16;
    o += 16;
  }
  for (; n > 0; n--) {
    let a: E = 0;
    for (let t = table; t < end; t += 8) a += loadS<T, E>(x + load<usize>(t)) * load<E>(w + load<usize>(t, 4));
    store<E>(o, a);
    x += sizeof<T>();
    w += sizeof<E>();
    o += sizeof<E>();
  }
}

/** Rows `r..r+m` of a convolution of each channel by itself, weights [taps][channels]; `s`: room for a place and 8 bytes a tap. */
export function depthwise<T, E>(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  const channels = field(g, 88);
  const kd = field(g, 24);
  const kh = field(g, 28);
  const kw = field(g, 32);
  const table = s + PLACE;
  const line = <usize>channels * sizeof<E>();
  let taps = 0;
  // which taps the table holds: bounds of the three axes
  let d0 = -1;
  let d1 = 0;
  let h0 = 0;
  let h1 = 0;
  let w0 = 0;
  let w1 = 0;
  for (; m > 0; m--) {
    locate(g, x, sizeof<T>(), r++, s);
    const pd = load<i32>(s, 4);
    const ph = load<i32>(s, 8);
    const pw = load<i32>(s, 12);
    const e0 = firstTap(pd, field(g, 60), kd);
    const e1 = lastTap(pd, field(g, 60), kd, field(g, 12));
    const f0 = firstTap(ph, field(g, 64), kh);
    const f1 = lastTap(ph, field(g, 64), kh, field(g, 16));
    const g0 = firstTap(pw, field(g, 68), kw);
    const g1 = lastTap(pw, field(g, 68), kw, field(g, 20));
    if (e0 != d0 || e1 != d1 || f0 != h0 || f1 != h1 || g0 != w0 || g1 != w1) {
      d0 = e0;
      d1 = e1;
      h0 = f0;
      h1 = f1;
      w0 = g0;
      w1 = g1;
      taps = 0;
      for (let i = d0; i < d1; i++) {
        for (let j = h0; j < h1; j++) {
          for (let k = w0; k < w1; k++) {
            const from = i * field(g, 60) * field(g, 76) + j * field(g, 64) * field(g, 80) + k * field(g, 68) * field(g, 84);
            const at = table + (<usize>taps << 3);
            taps++;
            store<usize>(at, <usize>from * sizeof<T>());
            store<usize>(at, <usize>((i * kh + j) * kw + k) * line, 4);
          }
        }
      }
    }
    sumTaps<T, E>(channels, taps, table, load<usize>(s), w, o);
    o += line;
  }
}

/** Positions of a line that are computed from one copy of it. */
const STRETCH: i32 = 4096;
/** Taps that are summed before they are added to the result. */
const DEPTH: i32 = 256;

/** o[:n] += the sum over `k` taps of x[j:j+n] * w[j] */
function slide<E>(n: i32, k: i32, x: usize, w: usize, o: usize): void {
  const end = w + <usize>k * sizeof<E>();
  for (; n >= 4 * lanes<E>(); n -= 4 * lanes<E>()) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let p = x;
    for (let q = w; q < end; q += sizeof<E>()) {
      const v = v128.load_splat<E>(q);
      a0 = mac<E>(v128.load(p), v, a0);
      a1 = mac<E>(v128.load(p, 16), v, a1);
      a2 = mac<E>(v128.load(p, 32), v, a2);
      a3 = mac<E>(v128.load(p, 48), v, a3);
      p += sizeof<E>();
    }
    v128.store(o, v128.add<E>(v128.load(o), a0));
    v128.store(o, v128.add<E>(v128.load(o, 16), a1), 16);
    v128.store(o, v128.add<E>(v128.load(o, 32), a2), 32);
    v128.store(o, v128.add<E>(v128.load(o, 48), a3), 48);
    x += 64;
    o += 64;
  }
  for (; n > 0; n--) {
    let a: E = 0;
    let p = x;
    for (let q = w; q < end; q += sizeof<E>()) {
      a += load<E>(p) * load<E>(q);
      p += sizeof<E>();
    }
    store<E>(o, load<E>(o) + a);
    x += sizeof<E>();
    o += sizeof<E>();
  }
}

/** Elements `p..p+n` of a line of `size` elements `step` bytes apart, zeros beyond its ends. */
function copyLine<T, E>(n: i32, p: i32, size: i32, x: usize, step: usize, o: usize): void {
  let i = min(n, max(0, -p));
  const end = max(i, min(n, size - p));
  memory.fill(o, 0, <usize>i * sizeof<E>());
  memory.fill(o + <usize>end * sizeof<E>(), 0, <usize>(n - end) * sizeof<E>());
  x += <usize>i * step;
  o += <usize>i * sizeof<E>();
  for (; i < end; i++) {
    store<E>(o, loadS<T, E>(x));
    x += step;
    o += sizeof<E>();
  }
}

/**
 * Rows `r..r+m` of a convolution of one channel with one, whose steps along the width are 1; weights [taps].
 * `s`: room for a place and 4096 elements of E, and as many as the kernel is wide.
 */
export function single<T, E>(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  const width = field(g, 8);
  const kd = field(g, 24);
  const kh = field(g, 28);
  const kw = field(g, 32);
  const line = s + PLACE;
  while (m > 0) {
    const n = min(min(m, width - (r % width)), STRETCH);
    const span = n + kw - 1;
    locate(g, x, sizeof<T>(), r, s);
    memory.fill(o, 0, <usize>n * sizeof<E>());
    for (let i = 0; i < kd; i++) {
      const td = i * field(g, 60);
      if (<u32>(load<i32>(s, 4) + td) >= <u32>field(g, 12)) continue;
      for (let j = 0; j < kh; j++) {
        const th = j * field(g, 64);
        if (<u32>(load<i32>(s, 8) + th) >= <u32>field(g, 16)) continue;
        const from = load<usize>(s) + <usize>(td * field(g, 76) + th * field(g, 80)) * sizeof<T>();
        copyLine<T, E>(span, load<i32>(s, 12), field(g, 20), from, <usize>field(g, 84) * sizeof<T>(), line);
        const taps = w + <usize>((i * kh + j) * kw) * sizeof<E>();
        for (let k = 0; k < kw; k += DEPTH) {
          slide<E>(n, min(DEPTH, kw - k), line + <usize>k * sizeof<E>(), taps + <usize>k * sizeof<E>(), o);
        }
      }
    }
    r += n;
    m -= n;
    o += <usize>n * sizeof<E>();
  }
}
