// Gradients of attention, for the query heads that share one key head: a block of rows at a time, whose scores are made anew.
// With P the weights and G the cotangents: T = P (G V^T - rowsum(P G V^T)), and dQ = scale T K, dK = scale T^T Q, dV = P^T G.
import { D, DV, G, K, L, O, Q, ROWS, S, TILE as KEYS, V, WORK } from './attention-rows';
import { hide, largest, limit, noWeights, rowOf, scaleRow, takeRows, weights, weights64 } from './attention-rows';
import { block, MR, packA, packB, ROW, TILE } from './matmul-panels';
import { hsum, madd } from './simd';

// Behind the parameters of attention, whose output is dQ: the cotangents as the queries, and where dK and dV go, row-major.
const COTANGENT: usize = 92;
const DK: usize = 108;
const DVALUES: usize = 112;

/** Bytes of a block of rows' scores: those of few rows where there are very many keys. */
const STRIPE: i32 = 1 << 21;

/** Bytes from one row of scores to the next. */
// @ts-ignore: decorator
@inline
function pitchOf(s: i32): i32 {
  return ((s + 3) & ~3) << 2;
}
/** Rows of a block, a multiple of those of a tile. */
function rowsFor(s: i32): i32 {
  return max(MR, min(ROWS, (STRIPE / pitchOf(max(s, 1)) / MR) * MR));
}
// @ts-ignore: decorator
@inline
function upTo(x: i32, unit: i32): i32 {
  return ((x + unit - 1) / unit) * unit;
}
/** Bytes of one operand of `columns` columns as [k] steps of the right panels. */
// @ts-ignore: decorator
@inline
function right(k: i32, columns: i32): i32 {
  return k * upTo(columns, <i32>(ROW >> 2)) * 4;
}
/** Bytes of panels that are made and used at once: of scores, of keys and of values. */
// @ts-ignore: decorator
@inline
function leftBytes(m: i32): i32 {
  return max(upTo(m, MR) * KEYS, upTo(KEYS, MR) * m) * 4;
}
// @ts-ignore: decorator
@inline
function rightBytes(d: i32, width: i32): i32 {
  return max(right(max(d, width), KEYS), right(KEYS, max(d, width)));
}

/** Bytes of work area of the kernels of float32 and half types, for `s` keys. */
export function sdpa_grad_bytes(s: i32, d: i32, width: i32): i32 {
  const m = rowsFor(s);
  const rows = m * (2 * d + width) * 4;
  const panels = m * (d + width) * 4 + right(m, d) + right(m, width) + leftBytes(m) + rightBytes(d, width);
  // what lies behind the last row may be read
  return <i32>TILE + rows + panels + 2 * m * pitchOf(s) + 64;
}

/** sum of x * y over `n` elements */
function dot(n: i32, x: usize, y: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  for (; n >= 8; n -= 8) {
    a = madd(v128.load(x), v128.load(y), a);
    b = madd(v128.load(x, 16), v128.load(y, 16), b);
    x += 32;
    y += 32;
  }
  let sum = hsum(f32x4.add(a, b));
  for (; n > 0; n--) {
    sum += load<f32>(x) * load<f32>(y);
    x += 4;
    y += 4;
  }
  return sum;
}
/** y = x * (y - by) for `n` elements, a multiple of 4 */
function centre(n: i32, x: usize, y: usize, by: f32): void {
  const b = f32x4.splat(by);
  for (; n > 0; n -= 4) {
    v128.store(y, f32x4.mul(v128.load(x), f32x4.sub(v128.load(y), b)));
    x += 16;
    y += 16;
  }
}
/** Scores of row r to weights, and what lies at `t`, G V^T, to T. */
function weigh(p: usize, r: i32, n: i32, scores: usize, t: usize): void {
  const end = (n + 3) & ~3;
  hide(p, r, 0, n, scores);
  for (let i = n; i < end; i++) {
    store<f32>(scores + (<usize>i << 2), -Infinity);
    store<f32>(t + (<usize>i << 2), 0);
  }
  const most = largest(end, scores);
  const sum = most == -Infinity ? noWeights(end, scores) : weights(end, most, scores);
  // a row that sees no key has no weights
  scaleRow(end, sum == 0 ? 0 : 1 / sum, scores);
  centre(end, scores, t, dot(n, scores, t));
}

/** What rows first..first+m give: their dQ, and their part of dK and dV, which is added. */
function rows<T>(p: usize, first: i32, m: i32, lines: i32, scale: f32): void {
  const d = load<i32>(p, D);
  const width = load<i32>(p, DV);
  const ks = load<usize>(p, K + 4);
  const vs = load<usize>(p, V + 4);
  const pitch = <usize>pitchOf(load<i32>(p, S));
  const dLine = <usize>d << 2;
  const vLine = <usize>width << 2;
  const tile = load<usize>(p, WORK);
  const queries = tile + TILE;
  const cotangents = queries + <usize>lines * dLine;
  const dq = cotangents + <usize>lines * vLine;
  const leftQ = dq + <usize>lines * dLine;
  const leftG = leftQ + <usize>lines * dLine;
  const rightQ = leftG + <usize>lines * vLine;
  const rightG = rightQ + <usize>right(lines, d);
  const panel = rightG + <usize>right(lines, width);
  const left = panel + <usize>rightBytes(d, width);
  const scores = left + <usize>leftBytes(lines);
  const t = scores + <usize>lines * pitch;

  takeRows<T>(p, Q, d, first, m, scale, queries);
  takeRows<T>(p, COTANGENT, width, first, m, 1, cotangents);
  packA<f32, f32>(m, d, queries, dLine, 4, leftQ);
  packA<f32, f32>(m, width, cotangents, vLine, 4, leftG);
  packB<f32, f32>(m, d, queries, dLine, 4, rightQ);
  packB<f32, f32>(m, width, cotangents, vLine, 4, rightG);
  const last = limit(p, first + m - 1);
  for (let j = 0; j < last; j += KEYS) {
    const n = min(KEYS, last - j);
    const at = <usize>j << 2;
    packB<T, f32>(d, n, load<usize>(p, K) + <usize>j * ks, sizeof<T>(), ks, panel);
    block<f32>(m, n, d, leftQ, panel, tile, scores + at, pitch, false);
    packB<T, f32>(width, n, load<usize>(p, V) + <usize>j * vs, sizeof<T>(), vs, panel);
    block<f32>(m, n, width, leftG, panel, tile, t + at, pitch, false);
  }
  for (let i = 0; i < m; i++) {
    const at = <usize>i * pitch;
    weigh(p, first + i, last, scores + at, t + at);
  }
  memory.fill(dq, 0, <usize>m * dLine);
  for (let j = 0; j < last; j += KEYS) {
    const n = min(KEYS, last - j);
    const at = <usize>j << 2;
    packA<f32, f32>(m, n, t + at, pitch, 4, left);
    packB<T, f32>(n, d, load<usize>(p, K) + <usize>j * ks, ks, sizeof<T>(), panel);
    block<f32>(m, d, n, left, panel, tile, dq, dLine, true);
    packA<f32, f32>(n, m, t + at, 4, pitch, left);
    block<f32>(n, d, m, left, rightQ, tile, load<usize>(p, DK) + <usize>j * dLine, dLine, true);
    packA<f32, f32>(n, m, scores + at, 4, pitch, left);
    block<f32>(n, width, m, left, rightG, tile, load<usize>(p, DVALUES) + <usize>j * vLine, vLine, true);
  }
  for (let i = 0; i < m; i++) {
    const from = dq + <usize>i * dLine;
    scaleRow(d, scale, from);
    memory.copy(rowOf(p, O, first + i), from, dLine);
  }
}

// @ts-ignore: decorator
@inline
function all<T>(p: usize, scale: f32, work: usize): void {
  store<usize>(p, work, WORK);
  const lines = load<i32>(p, L) * load<i32>(p, G);
  const step = rowsFor(load<i32>(p, S));
  for (let r = 0; r < lines; r += step) rows<T>(p, r, min(step, lines - r), step, scale);
}
// dK and dV must be zero; the results are float32, of float64 float64
export function sdpa_grad_f32(p: usize, scale: f32, work: usize): void {
  all<f32>(p, scale, work);
}
export function sdpa_grad_f16(p: usize, scale: f32, work: usize): void {
  all<i16>(p, scale, work);
}
export function sdpa_grad_bf16(p: usize, scale: f32, work: usize): void {
  all<u16>(p, scale, work);
}

/** float64: one row at a time; the work area holds its scores and what becomes T. */
export function sdpa_grad_f64(p: usize, scale: f64, work: usize): void {
  const d = <usize>load<i32>(p, D);
  const width = <usize>load<i32>(p, DV);
  const qs = load<usize>(p, Q + 12);
  const gs = load<usize>(p, COTANGENT + 12);
  for (let r = 0; r < load<i32>(p, L) * load<i32>(p, G); r++) {
    const n = limit(p, r);
    const t = work + (<usize>n << 3);
    const q = rowOf(p, Q, r);
    const g = rowOf(p, COTANGENT, r);
    const dq = rowOf(p, O, r);
    memory.fill(dq, 0, d << 3);
    const sum = weights64(p, r, n, scale, work);
    if (sum == 0) continue;
    let along: f64 = 0;
    for (let j = 0; j < n; j++) {
      const at = <usize>j << 3;
      const v = load<usize>(p, V) + <usize>j * load<usize>(p, V + 4);
      const dv = load<usize>(p, DVALUES) + <usize>j * (width << 3);
      const w = load<f64>(work + at) / sum;
      store<f64>(work + at, w);
      let x: f64 = 0;
      for (let i: usize = 0; i < width; i++) {
        const y = load<f64>(g + i * gs);
        x += y * load<f64>(v + (i << 3));
        store<f64>(dv + (i << 3), load<f64>(dv + (i << 3)) + w * y);
      }
      store<f64>(t + at, x);
      along += w * x;
    }
    for (let j = 0; j < n; j++) {
      const at = <usize>j << 3;
      const k = load<usize>(p, K) + <usize>j * load<usize>(p, K + 4);
      const dk = load<usize>(p, DK) + <usize>j * (d << 3);
      const x = scale * load<f64>(work + at) * (load<f64>(t + at) - along);
      for (let i: usize = 0; i < d << 3; i += 8) {
        store<f64>(dq + i, load<f64>(dq + i) + x * load<f64>(k + i));
        store<f64>(dk + i, load<f64>(dk + i) + x * load<f64>(q + (i >> 3) * qs));
      }
    }
  }
}
