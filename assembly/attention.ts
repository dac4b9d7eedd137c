// Attention of the query heads that share one key head: tiles of keys, softmax carried along (one pass over keys and values).
import { load1, load4 } from './matmul-load';
import { block, packA, packB } from './matmul-panels';
import { arrange, dotRows, sumRows } from './matmul-vector';
import { expDown } from './math-f32';
import { hmax, hsum } from './simd';

/** Keys in a tile. */
const TILE: i32 = 128;
const PITCH: usize = <usize>TILE << 2;
/** Rows up to which keys and values are read in place; above, they are packed for tiles of rows. */
const FEW: i32 = 8;
const ROWS: i32 = 96;

// The parameters, i32 each, strides in bytes. A row of the work is query l of head g, number l * G + g.
const G: usize = 0;
const L: usize = 4;
const S: usize = 8;
const D: usize = 12;
const DV: usize = 16;
const Q: usize = 20; // address, then strides of head, row and column
const K: usize = 36; // address, stride of row
const V: usize = 44;
const O: usize = 52; // address, strides of head and row
const MASK: usize = 64; // dtype index or -1, address, strides of head, row and column
const CAUSAL: usize = 84;
const WORK: usize = 88;

/** Blocks out or adds to `n` scores by one row of the mask. */
function maskRow(type: i32, n: i32, at: usize, step: usize, s: usize): void {
  for (; n > 0; n--) {
    if (type == 0) {
      if (load<u8>(at) == 0) store<f32>(s, -Infinity);
    } else if (type == 10) store<f32>(s, load<f32>(s) + load<f32>(at));
    else if (type == 9) store<f32>(s, load<f32>(s) + load1<i16>(at));
    else store<f32>(s, load<f32>(s) + load1<u16>(at));
    at += step;
    s += 4;
  }
}

function scaleRow(n: i32, x: f32, at: usize): void {
  const v = f32x4.splat(x);
  for (; n >= 4; n -= 4) {
    v128.store(at, f32x4.mul(v128.load(at), v));
    at += 16;
  }
  for (; n > 0; n--) {
    store<f32>(at, load<f32>(at) * x);
    at += 4;
  }
}

/** Largest of `n` scores, a multiple of 4; NaN may be passed over. */
function largest(n: i32, s: usize): f32 {
  let m0 = f32x4.splat(-Infinity);
  let m1 = m0;
  for (; n >= 8; n -= 8) {
    m0 = f32x4.pmax(m0, v128.load(s));
    m1 = f32x4.pmax(m1, v128.load(s, 16));
    s += 32;
  }
  if (n > 0) m0 = f32x4.pmax(m0, v128.load(s));
  return hmax(f32x4.pmax(m0, m1));
}
/** Turns `n` scores, a multiple of 4, into exp(s - most) and returns their sum. */
function weights(n: i32, most: f32, s: usize): f32 {
  const m = f32x4.splat(most);
  let sum = f32x4.splat(0);
  for (; n >= 16; n -= 16) {
    const e0 = expDown(f32x4.sub(v128.load(s), m));
    const e1 = expDown(f32x4.sub(v128.load(s, 16), m));
    const e2 = expDown(f32x4.sub(v128.load(s, 32), m));
    const e3 = expDown(f32x4.sub(v128.load(s, 48), m));
    v128.store(s, e0);
    v128.store(s, e1, 16);
    v128.store(s, e2, 32);
    v128.store(s, e3, 48);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
    s += 64;
  }
  for (; n > 0; n -= 4) {
    const e = expDown(f32x4.sub(v128.load(s), m));
    v128.store(s, e);
    sum = f32x4.add(sum, e);
    s += 16;
  }
  return hsum(sum);
}
/** Where no score is above -inf: weights of 0, and NaN where a score is NaN. Returns their sum. */
function noWeights(n: i32, s: usize): f32 {
  let sum = f32x4.splat(0);
  for (; n > 0; n -= 4) {
    const x = v128.load(s);
    const e = v128.and(x, f32x4.ne(x, x));
    v128.store(s, e);
    sum = f32x4.add(sum, e);
    s += 16;
  }
  return hsum(sum);
}

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

/** Query rows first..first+m, scaled, as packed f32. */
function takeQueries<T>(p: usize, first: i32, m: i32, scale: f32, to: usize): void {
  const heads = load<i32>(p, G);
  const d = load<i32>(p, D);
  const step = load<usize>(p, Q + 12);
  const s = f32x4.splat(scale);
  for (let r = first; r < first + m; r++) {
    let at = load<usize>(p, Q) + <usize>(r % heads) * load<usize>(p, Q + 4) + <usize>(r / heads) * load<usize>(p, Q + 8);
    let i = 0;
    if (step == sizeof<T>()) {
      for (; i + 4 <= d; i += 4) {
        v128.store(to, f32x4.mul(load4<T>(at), s));
        at += 4 * sizeof<T>();
        to += 16;
      }
    }
    for (; i < d; i++) {
      store<f32>(to, load1<T>(at) * scale);
      at += step;
      to += 4;
    }
  }
}

/** Keys that row r may see. */
// @ts-ignore: decorator
@inline
function limit(p: usize, r: i32): i32 {
  const s = load<i32>(p, S);
  return load<i32>(p, CAUSAL) ? max(0, min(s, r / load<i32>(p, G) + 1 + s - load<i32>(p, L))) : s;
}

/** Mask, causality and softmax for a tile of scores: keys j..j+n of rows first..first+m. */
function weigh(p: usize, first: i32, m: i32, j: i32, n: i32, scores: usize, state: usize, acc: usize): void {
  const heads = load<i32>(p, G);
  const width = load<i32>(p, DV);
  const type = load<i32>(p, MASK);
  const step = load<usize>(p, MASK + 16);
  for (let r = first; r < first + m; r++) {
    if (type >= 0) {
      const head = <usize>(r % heads) * load<usize>(p, MASK + 8);
      const at = load<usize>(p, MASK + 4) + head + <usize>(r / heads) * load<usize>(p, MASK + 12);
      maskRow(type, n, at + <usize>j * step, step, scores);
    }
    for (let i = max(0, limit(p, r) - j); i < n; i++) store<f32>(scores + (<usize>i << 2), -Infinity);
    carry(n, scores, state, acc, width);
    scores += PITCH;
    state += 8;
    acc += <usize>width << 2;
  }
}

/** Weighted sums over sums of weights, to the output. */
function finish(p: usize, first: i32, m: i32, state: usize, acc: usize): void {
  const heads = load<i32>(p, G);
  const width = load<i32>(p, DV);
  for (let r = first; r < first + m; r++) {
    const to = load<usize>(p, O) + <usize>(r % heads) * load<usize>(p, O + 4) + <usize>(r / heads) * load<usize>(p, O + 8);
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
  takeQueries<T>(p, first, m, scale, queries);
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
  const heads = load<i32>(p, G);
  const d = load<i32>(p, D);
  const width = load<i32>(p, DV);
  const scores = work;
  const type = load<i32>(p, MASK);
  for (let r = 0; r < load<i32>(p, L) * heads; r++) {
    const g = <usize>(r % heads);
    const l = <usize>(r / heads);
    const q = load<usize>(p, Q) + g * load<usize>(p, Q + 4) + l * load<usize>(p, Q + 8);
    const o = load<usize>(p, O) + g * load<usize>(p, O + 4) + l * load<usize>(p, O + 8);
    const mask = load<usize>(p, MASK + 4) + g * load<usize>(p, MASK + 8) + l * load<usize>(p, MASK + 12);
    const n = limit(p, r);
    let most: f64 = -Infinity;
    for (let j = 0; j < n; j++) {
      const k = load<usize>(p, K) + <usize>j * load<usize>(p, K + 4);
      let s: f64 = 0;
      for (let i = 0; i < d; i++) {
        s += load<f64>(q + <usize>i * load<usize>(p, Q + 12)) * load<f64>(k + (<usize>i << 3));
      }
      s *= scale;
      const at = mask + <usize>j * load<usize>(p, MASK + 16);
      if (type == 0 && load<u8>(at) == 0) s = -Infinity;
      else if (type > 0) s += load<f64>(at);
      store<f64>(scores + (<usize>j << 3), s);
      most = max<f64>(most, s);
    }
    memory.fill(o, 0, <usize>width << 3);
    if (most == -Infinity) continue;
    let sum: f64 = 0;
    for (let j = 0; j < n; j++) {
      const at = scores + (<usize>j << 3);
      const e = Math.exp(load<f64>(at) - most);
      store<f64>(at, e);
      sum += e;
    }
    for (let j = 0; j < n; j++) {
      const w = load<f64>(scores + (<usize>j << 3)) / sum;
      const v = load<usize>(p, V) + <usize>j * load<usize>(p, V + 4);
      for (let i: usize = 0; i < <usize>width << 3; i += 8) store<f64>(o + i, load<f64>(o + i) + w * load<f64>(v + i));
    }
  }
}
