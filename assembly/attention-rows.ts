// What attention and its gradient have in common: their parameters, rows of operands, masks, weights from scores.
import { load1, load4 } from './matmul-load';
import { MR } from './matmul-panels';
import { hmax, hsum } from './simd';
import { powers } from './softmax-rows';

/** Keys in a tile. */
export const TILE: i32 = 128;
/** Rows in a block, where there are many: whole panels of the left operand. */
export const ROWS: i32 = (96 / MR) * MR;

// The parameters, i32 each, strides in bytes. A row of the work is query l of head g, number l * G + g.
export const G: usize = 0;
export const L: usize = 4;
export const S: usize = 8;
export const D: usize = 12;
export const DV: usize = 16;
export const Q: usize = 20; // address, then strides of head, row and column
export const K: usize = 36; // address, stride of row
export const V: usize = 44;
export const O: usize = 52; // address, strides of head and row
export const MASK: usize = 64; // dtype index or -1, address, strides of head, row and column
const CAUSAL: usize = 84;
export const WORK: usize = 88;

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

export function scaleRow(n: i32, x: f32, at: usize): void {
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
export function largest(n: i32, s: usize): f32 {
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
export function weights(n: i32, most: f32, s: usize): f32 {
  return <f32>powers<f32>(n, most, s, s);
}
/** Where no score is above -inf: weights of 0, and NaN where a score is NaN. Returns their sum. */
export function noWeights(n: i32, s: usize): f32 {
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

/** Address of row r of the operand whose address and strides stand at `operand`. */
// @ts-ignore: decorator
@inline
export function rowOf(p: usize, operand: usize, r: i32): usize {
  const heads = load<i32>(p, G);
  const from = p + operand;
  return load<usize>(from) + <usize>(r % heads) * load<usize>(from, 4) + <usize>(r / heads) * load<usize>(from, 8);
}
/** Rows first..first+m of the operand whose address and strides stand at `operand`, scaled, as packed f32 of `d` columns. */
export function takeRows<T>(p: usize, operand: usize, d: i32, first: i32, m: i32, scale: f32, to: usize): void {
  const step = load<usize>(p + operand, 12);
  const s = f32x4.splat(scale);
  for (let r = first; r < first + m; r++) {
    let at = rowOf(p, operand, r);
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
export function limit(p: usize, r: i32): i32 {
  const s = load<i32>(p, S);
  return load<i32>(p, CAUSAL) ? max(0, min(s, r / load<i32>(p, G) + 1 + s - load<i32>(p, L))) : s;
}

/** Mask and causality for scores of row r: keys j..j+n. */
export function hide(p: usize, r: i32, j: i32, n: i32, scores: usize): void {
  const type = load<i32>(p, MASK);
  if (type >= 0) {
    const step = load<usize>(p, MASK + 16);
    maskRow(type, n, rowOf(p, MASK + 4, r) + <usize>j * step, step, scores);
  }
  for (let i = max(0, limit(p, r) - j); i < n; i++) store<f32>(scores + (<usize>i << 2), -Infinity);
}

/** float64: the weights of `n` keys for row r, not yet divided by their sum, which is returned: 0 if the row sees none. */
export function weights64(p: usize, r: i32, n: i32, scale: f64, scores: usize): f64 {
  const d = load<i32>(p, D);
  const type = load<i32>(p, MASK);
  const q = rowOf(p, Q, r);
  const mask = rowOf(p, MASK + 4, r);
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
  if (most == -Infinity) return 0;
  let sum: f64 = 0;
  for (let j = 0; j < n; j++) {
    const at = scores + (<usize>j << 3);
    const e = Math.exp(load<f64>(at) - most);
    store<f64>(at, e);
    sum += e;
  }
  return sum;
}
