// Attention of the query heads that share one key head: tiles of keys, softmax carried along (one pass over keys and values).
import { D, DV, G, K, L, O, Q, ROWS, S, TILE, V, WORK } from './attention-rows';
import { hide, largest, limit, noWeights, rowOf, scaleRow, takeRows, weights, weights64 } from './attention-rows';
import { block, packA, packB } from './matmul-panels';
import { arrange, dotRows, sumRows } from './matmul-vector';
import { expDown } from './math-f32';

const PITCH: usize = <usize>TILE << 2;
/** Rows up to which keys and values are read in place; above, they are packed for tiles of rows. */
const FEW: i32 = 8;

/**
 * Turns `n` scores of a row into weights relative to the largest score so far, and corrects what was summed before: `state` is
 * (largest score, sum of weights), `acc` the weighted sum of `width` values.
 */
function carry(n: i32, s: usize, state: usize, acc: usize, width: i32): void {
  const end = (n + 3) & ~3;
  for (let i = n; i < end; i++) store<f32>(s + (<usize>i << 2), -Infinity);
  const old = load<f32>(state);
  const most = max<f32>(largest(end, s), old);
  // nothing to be seen yet: exp(-inf - -inf) would be NaN
  const total = most == -Infinity ? noWeights(end, s) : weights(end, most, s);
  if (most == old) {
    store<f32>(state, load<f32>(state, 4) + total, 4);
    return;
  }
  const shrink = f32x4.extract_lane(expDown(f32x4.splat(old - most)), 0);
  store<f32>(state, most);
  store<f32>(state, load<f32>(state, 4) * shrink + total, 4);
  scaleRow(width, shrink, acc);
}

/** Mask, causality and softmax for a tile of scores: keys j..j+n of rows first..first+m. */
function weigh(p: usize, first: i32, m: i32, j: i32, n: i32, scores: usize, state: usize, acc: usize): void {
  const width = load<i32>(p, DV);
  for (let r = first; r < first + m; r++) {
    hide(p, r, j, n, scores);
    carry(n, scores, state, acc, width);
    scores += PITCH;
    state += 8;
    acc += <usize>width << 2;
  }
}

/** Weighted sums over sums of weights, to the output. */
function finish(p: usize, first: i32, m: i32, state: usize, acc: usize): void {
  const width = load<i32>(p, DV);
  for (let r = first; r < first + m; r++) {
    const to = rowOf(p, O, r);
    const sum = load<f32>(state, 4);
    // a row that saw no key is zero
    const by: f32 = sum == 0 ? 0 : 1 / sum;
    for (let i: usize = 0; i < <usize>width << 2; i += 4) store<f32>(to + i, load<f32>(acc + i) * by);
    state += 8;
    acc += <usize>width << 2;
  }
}

/** Rows first..first+m. The work area holds states, sums, scores, queries and, for packed tiles, four panels. */
function rows<T>(p: usize, first: i32, m: i32, scale: f32): void {
  const d = load<i32>(p, D);
  const width = load<i32>(p, DV);
  const ks = load<usize>(p, K + 4);
  const vs = load<usize>(p, V + 4);
  const few = load<i32>(p, L) * load<i32>(p, G) <= FEW;
  const lines = few ? m : ROWS;
  const tile = load<usize>(p, WORK);
  const state = tile + 256;
  const acc = state + <usize>(lines * 8);
  const scores = acc + <usize>(lines * width * 4);
  const queries = scores + <usize>lines * PITCH;
  const panelQ = queries + <usize>(lines * d * 4);
  const panelP = panelQ + <usize>(lines * d * 4);
  const panel = panelP + <usize>lines * PITCH;
  takeRows<T>(p, Q, d, first, m, scale, queries);
  for (let r = 0; r < m; r++) {
    store<f32>(state + (<usize>r << 3), -Infinity);
    store<f32>(state + (<usize>r << 3), 0, 4);
  }
  memory.fill(acc, 0, <usize>(m * width * 4));
  const q = few ? arrange<T>(m, d, queries, panelQ) : panelQ;
  if (!few) packA<f32, f32>(m, d, queries, <usize>d << 2, 4, panelQ);
  const last = limit(p, first + m - 1);
  for (let j = 0; j < last; j += TILE) {
    const n = min(TILE, last - j);
    const k = load<usize>(p, K) + <usize>j * ks;
    const v = load<usize>(p, V) + <usize>j * vs;
    if (few) dotRows<T>(m, n, d, q, k, ks, scores, PITCH);
    else {
      packB<T, f32>(d, n, k, sizeof<T>(), ks, panel);
      block<f32>(m, n, d, panelQ, panel, tile, scores, PITCH, false);
    }
    weigh(p, first, m, j, n, scores, state, acc);
    if (few) sumRows<T>(m, width, n, scores, PITCH, v, vs, acc, <usize>width << 2);
    else {
      packA<f32, f32>(m, n, scores, PITCH, 4, panelP);
      packB<T, f32>(n, width, v, vs, sizeof<T>(), panel);
      block<f32>(m, width, n, panelP, panel, tile, acc, <usize>width << 2, true);
    }
  }
  finish(p, first, m, state, acc);
}

/** Bytes of work area that the kernels below need; `lines` is L * G. */
export function sdpa_bytes(lines: i32, d: i32, width: i32): i32 {
  const few = lines <= FEW;
  const m = few ? lines : ROWS;
  const panel = few ? 0 : max(d, TILE) * (max(width, TILE) + 8) * 4;
  return 256 + m * (8 + width * 4 + 2 * d * 4 + 2 * TILE * 4) + panel;
}

// @ts-ignore: decorator
@inline
function all<T>(p: usize, scale: f32): void {
  const lines = load<i32>(p, L) * load<i32>(p, G);
  const step = lines <= FEW ? FEW : ROWS;
  for (let r = 0; r < lines; r += step) rows<T>(p, r, min(step, lines - r), scale);
}
export function sdpa_f32(p: usize, scale: f32, work: usize): void {
  store<usize>(p, work, WORK);
  all<f32>(p, scale);
}
export function sdpa_f16(p: usize, scale: f32, work: usize): void {
  store<usize>(p, work, WORK);
  all<i16>(p, scale);
}
export function sdpa_bf16(p: usize, scale: f32, work: usize): void {
  store<usize>(p, work, WORK);
  all<u16>(p, scale);
}

/** float64: one row of scores at a time, in the work area. */
export function sdpa_f64(p: usize, scale: f64, work: usize): void {
  const width = <usize>load<i32>(p, DV) << 3;
  for (let r = 0; r < load<i32>(p, L) * load<i32>(p, G); r++) {
    const o = rowOf(p, O, r);
    const n = limit(p, r);
    const sum = weights64(p, r, n, scale, work);
    memory.fill(o, 0, width);
    if (sum == 0) continue;
    for (let j = 0; j < n; j++) {
      const w = load<f64>(work + (<usize>j << 3)) / sum;
      const v = load<usize>(p, V) + <usize>j * load<usize>(p, V + 4);
      for (let i: usize = 0; i < width; i += 8) store<f64>(o + i, load<f64>(o + i) + w * load<f64>(v + i));
    }
  }
}
