// Convolution by 3 x 3 taps in steps of one, by Winograd's F(2x2, 3x3) (Lavin and Gray, arXiv:1509.09308): four outputs come from 16
// products a channel instead of 36. With s = the sum of |w| over taps and channels and d = the largest |x| of the 4 x 4 inputs of a
// tile, an intermediate is at most 16 s d, so the error is at most 16 s d (channels + 16) 2^-24; in practice below 2^-22 s d.
import { field } from './conv-window';
import { load4 } from './matmul-load';
import { block, KC, MR, packA, packB, ROW, TILE } from './matmul-panels';

/** Numbers of a transformed tile. */
const PLANES: i32 = 16;
/** Columns of a panel of f32. */
const NR: i32 = <i32>(ROW / 4);

// @ts-ignore: decorator
@inline
function padded(n: i32, by: i32): i32 {
  return ((n + by - 1) / by) * by;
}

/** Half of the two middle values of G a, on three vectors: (a + c) / 2 +- b / 2. */
// @ts-ignore: decorator
@inline
function middle(a: v128, c: v128): v128 {
  return f32x4.mul(f32x4.add(a, c), f32x4.splat(0.5));
}

/** G w G^T of four channels; taps `step` bytes apart, planes `plane` bytes apart. */
function transformWeight<T>(w: usize, step: usize, u: usize, plane: usize): void {
  const half = f32x4.splat(0.5);
  for (let j: usize = 0; j < 3; j++) {
    // columns first: the rows of G w lie in the planes 4i + j until the second half
    const p = w + j * step;
    const a = load4<T>(p);
    const b = f32x4.mul(load4<T>(p + 3 * step), half);
    const c = load4<T>(p + 6 * step);
    const m = middle(a, c);
    const q = u + j * plane;
    v128.store(q, a);
    v128.store(q + 4 * plane, f32x4.add(m, b));
    v128.store(q + 8 * plane, f32x4.sub(m, b));
    v128.store(q + 12 * plane, c);
  }
  for (let i: usize = 0; i < 4; i++) {
    const q = u + 4 * i * plane;
    const a = v128.load(q);
    const b = f32x4.mul(v128.load(q + plane), half);
    const c = v128.load(q + 2 * plane);
    const m = middle(a, c);
    v128.store(q + plane, f32x4.add(m, b));
    v128.store(q + 2 * plane, f32x4.sub(m, b));
    v128.store(q + 3 * plane, c);
  }
}

/** Bytes of the transformed weights. */
// @ts-ignore: decorator
@inline
function planeBytes(C: i32, O: i32): usize {
  return <usize>(C * padded(O, NR)) << 2;
}

/**
 * Weights [O][9][C] to 16 planes of panels as `block` takes them, `KC` channels at a time. `C` a multiple of 4.
 * `u`: room for 16 * C * (O to the next panel) f32; `s`: for 16 * C f32 a column of a panel.
 */
export function prepare<T>(C: i32, O: i32, w: usize, u: usize, s: usize): void {
  const line = <usize>C * sizeof<T>();
  const row = <usize>C << 2;
  const plane = row * NR;
  for (let o = 0; o < O; o += NR) {
    const n = min(NR, O - o);
    for (let i = 0; i < n; i++) {
      const p = w + <usize>(o + i) * 9 * line;
      for (let c = 0; c < C; c += 4) {
        transformWeight<T>(p + <usize>c * sizeof<T>(), line, s + <usize>i * row + (<usize>c << 2), plane);
      }
    }
    for (let i = 0; i < PLANES; i++) {
      const from = s + <usize>i * plane;
      const to = u + <usize>i * planeBytes(C, O);
      for (let c = 0; c < C; c += KC) {
        const k = min(KC, C - c);
        // chunks of channels one after the other, in each the panels
        const at = to + (<usize>(c * padded(O, NR) + k * o) << 2);
        packB<f32, f32>(k, n, from + (<usize>c << 2), 4, row, at);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function column(v: usize, plane: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(v, f32x4.sub(a, c));
  v128.store(v + 4 * plane, f32x4.add(b, c));
  v128.store(v + 8 * plane, f32x4.sub(c, b));
  v128.store(v + 12 * plane, f32x4.sub(b, d));
}

/** B^T x B of the 4 x 4 inputs whose addresses stand at `t`. */
function transformInput<T>(C: i32, t: usize, v: usize, plane: usize): void {
  for (let o: usize = 0; o < <usize>C * sizeof<T>(); o += 4 * sizeof<T>()) {
    const x00 = load4<T>(load<usize>(t) + o);
    const x01 = load4<T>(load<usize>(t, 4) + o);
    const x02 = load4<T>(load<usize>(t, 8) + o);
    const x03 = load4<T>(load<usize>(t, 12) + o);
    const x10 = load4<T>(load<usize>(t, 16) + o);
    const x11 = load4<T>(load<usize>(t, 20) + o);
    const x12 = load4<T>(load<usize>(t, 24) + o);
    const x13 = load4<T>(load<usize>(t, 28) + o);
    const x20 = load4<T>(load<usize>(t, 32) + o);
    const x21 = load4<T>(load<usize>(t, 36) + o);
    const x22 = load4<T>(load<usize>(t, 40) + o);
    const x23 = load4<T>(load<usize>(t, 44) + o);
    const x30 = load4<T>(load<usize>(t, 48) + o);
    const x31 = load4<T>(load<usize>(t, 52) + o);
    const x32 = load4<T>(load<usize>(t, 56) + o);
    const x33 = load4<T>(load<usize>(t, 60) + o);
    column(v, plane, f32x4.sub(x00, x02), f32x4.sub(x10, x12), f32x4.sub(x20, x22), f32x4.sub(x30, x32));
    column(v + plane, plane, f32x4.add(x01, x02), f32x4.add(x11, x12), f32x4.add(x21, x22), f32x4.add(x31, x32));
    column(v + 2 * plane, plane, f32x4.sub(x02, x01), f32x4.sub(x12, x11), f32x4.sub(x22, x21), f32x4.sub(x32, x31));
    column(v + 3 * plane, plane, f32x4.sub(x01, x03), f32x4.sub(x11, x13), f32x4.sub(x21, x23), f32x4.sub(x31, x33));
    v += 16;
  }
}

/** The first row of A^T on a column of four planes. */
// @ts-ignore: decorator
@inline
function upper(m: usize, plane: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(m), v128.load(m + 4 * plane)), v128.load(m + 8 * plane));
}
/** The second. */
// @ts-ignore: decorator
@inline
function lower(m: usize, plane: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(m + 4 * plane), v128.load(m + 8 * plane)), v128.load(m + 12 * plane));
}

/** A^T m A to the 2 x 2 outputs at `y`, of which those in `rows` and `columns` exist. */
function transformOutput(O: i32, m: usize, plane: usize, y: usize, line: usize, rows: i32, columns: i32): void {
  const pixel = <usize>O << 2;
  for (let o = 0; o < O; o += 4) {
    let a = upper(m, plane);
    let b = upper(m + plane, plane);
    let c = upper(m + 2 * plane, plane);
    v128.store(y, f32x4.add(f32x4.add(a, b), c));
    if (columns > 1) v128.store(y + pixel, f32x4.sub(f32x4.sub(b, c), upper(m + 3 * plane, plane)));
    if (rows > 1) {
      a = lower(m, plane);
      b = lower(m + plane, plane);
      c = lower(m + 2 * plane, plane);
      v128.store(y + line, f32x4.add(f32x4.add(a, b), c));
      if (columns > 1) v128.store(y + line + pixel, f32x4.sub(f32x4.sub(b, c), lower(m + 3 * plane, plane)));
    }
    m += 16;
    y += 16;
  }
}

/**
 * Tiles `first..first+tiles` of 2 x 2 outputs, batch first, of `O` channels from `C`, both multiples of 4; geometry as in conv-window
 * with a depth of 1, outputs f32 row-major at `y`, `u` as `prepare` made it, `step` tiles at a time.
 * `s`: room for TILE + 64 bytes, C elements of zeros, and 16 * step * (C + O) + (step to the next MR) * min(C, 256) f32.
 */
export function winograd<T>(
  g: usize,
  x: usize,
  first: i32,
  tiles: i32,
  C: i32,
  O: i32,
  u: usize,
  y: usize,
  step: i32,
  s: usize,
): void {
  const height = field(g, 4);
  const width = field(g, 8);
  const across = (width + 1) >> 1;
  const down = (height + 1) >> 1;
  const table = s + TILE;
  const zeros = table + 64;
  const v = zeros + (<usize>C << 2);
  const planeV = <usize>(step * C) << 2;
  const m = v + PLANES * planeV;
  const planeM = <usize>(step * O) << 2;
  const wa = m + PLANES * planeM;
  const line = <usize>(width * O) << 2;
  memory.fill(zeros, 0, <usize>C << 2);
  for (const end = first + tiles; first < end; first += step) {
    const n = min(step, end - first);
    for (let i = 0; i < n; i++) {
      const r = (first + i) / across;
      const b = r / down;
      const h = field(g, 40) + ((r - b * down) << 1);
      const w = field(g, 44) + ((first + i - r * across) << 1);
      for (let p = 0; p < 4; p++) {
        for (let q = 0; q < 4; q++) {
          const inside = <u32>(h + p) < <u32>field(g, 16) && <u32>(w + q) < <u32>field(g, 20);
          const at = b * field(g, 72) + (h + p) * field(g, 80) + (w + q) * field(g, 84);
          store<usize>(table + (<usize>(4 * p + q) << 2), inside ? x + <usize>at * sizeof<T>() : zeros);
        }
      }
      transformInput<T>(C, table, v + (<usize>(i * C) << 2), planeV);
    }
    for (let i = 0; i < PLANES; i++) {
      for (let c = 0; c < C; c += KC) {
        const k = min(KC, C - c);
        packA<f32, f32>(n, k, v + <usize>i * planeV + (<usize>c << 2), <usize>C << 2, 4, wa);
        const panels = u + <usize>i * planeBytes(C, O) + (<usize>(c * padded(O, NR)) << 2);
        block<f32>(n, O, k, wa, panels, s, m + <usize>i * planeM, <usize>O << 2, c > 0);
      }
    }
    for (let i = 0; i < n; i++) {
      const r = (first + i) / across;
      const b = r / down;
      const h = (r - b * down) << 1;
      const w = (first + i - r * across) << 1;
      const to = y + (<usize>((b * height + h) * width + w) * <usize>O << 2);
      transformOutput(O, m + (<usize>(i * O) << 2), planeM, to, line, min(2, height - h), min(2, width - w));
    }
  }
}
