// Matrix products of a batch: what is fastest for the shape, and how threads share it.
import { types, type ElementType } from '../../tensor/dtype.js';
import { rowMajor, shapeOf, stridesOf } from '../../tensor/shape.js';
import type { View } from '../backend.js';
import { gatherTo, temp, wasm } from './runtime.js';
import { lanesFor, spreadCalls } from './threads/spread.js';

/** Matrices of one shape, one per batch entry. Strides are in elements. */
export interface Matrices {
  readonly type: ElementType;
  readonly at: number;
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
}
/** `M x K` by `K x N`, for each entry of the batch; the result lies row-major. Of unequal dtypes one is float32, the other a half type. */
export interface Product {
  readonly batch: readonly number[];
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly a: Matrices;
  readonly b: Matrices;
}

/**
 * Rows up to which the other matrix is better read in place than packed: by its rows, where it is decoded once for two rows, and
 * by its columns. Measured at 2048 x 2048; float16 is dear to decode.
 */
export const few: Readonly<Record<string, readonly [byRows: number, byColumns: number]>> = {
  f32: [16, 6],
  bf16: [5, 3],
  f16: [2, 2],
};

/** The last two axes of a view as matrices, the others as their batch. */
export const matrices = (v: View): Matrices => {
  const s = stridesOf(v);
  const n = v.shape.ndim;
  return { type: v.type, at: v.at, batch: s.slice(0, n - 2), rows: s[n - 2]!, columns: s[n - 1]! };
};
const flip = (m: Matrices): Matrices => ({ ...m, rows: m.columns, columns: m.rows });

/** Batch axes along which `b` stays and the rows of `a` go on become rows; axes of size 1 go. */
export function fold(p: Product): Product {
  const { b } = p;
  let { M, a } = p;
  const batch = [...p.batch];
  const ab = [...a.batch];
  const bb = [...b.batch];
  let merging = true;
  for (let i = batch.length - 1; i >= 0; i--) {
    if (batch[i] !== 1) {
      merging &&= bb[i] === 0 && (M === 1 || ab[i] === M * a.rows);
      if (!merging) continue;
      if (M === 1) a = { ...a, rows: ab[i]! };
      M *= batch[i]!;
    }
    batch.splice(i, 1);
    ab.splice(i, 1);
    bb.splice(i, 1);
  }
  return { ...p, M, batch, a: { ...a, batch: ab }, b: { ...b, batch: bb } };
}

/** Where the matrices of each entry of the batch begin, in bytes from the first. */
function placesOf(p: Product): { at: number[]; bt: number[] } {
  const { batch } = p;
  const n = batch.reduce((x, d) => x * d, 1);
  const places: { at: number[]; bt: number[] } = { at: [], bt: [] };
  const at = batch.map(() => 0);
  let a = 0;
  let b = 0;
  for (let i = 0; i < n; i++) {
    places.at.push(a * p.a.type.size);
    places.bt.push(b * p.b.type.size);
    for (let k = batch.length - 1; k >= 0; k--) {
      a += p.a.batch[k]!;
      b += p.b.batch[k]!;
      if (++at[k]! < batch[k]!) break;
      a -= p.a.batch[k]! * batch[k]!;
      b -= p.b.batch[k]! * batch[k]!;
      at[k] = 0;
    }
  }
  return places;
}

/** Bytes of workspace that `gemm` asks for, `size` bytes an element. */
export function panelBytes(M: number, N: number, K: number, size: number): number {
  // panels have five or six rows: the last may hold one, and as many beyond
  const rows = Math.min(M, 192) + 5;
  const columns = Math.ceil(Math.min(N, 2048) / 16) * 16;
  return 512 + (rows + columns) * Math.min(K, 256) * size;
}

/** Nanoseconds that a multiplication and an addition take in packed panels, and that reading an element of a big matrix takes. */
export const PACKED = 0.05;
export const READ = 0.12;
const READ_HALF = 0.18;

/**
 * Packed product; out is float32 (float64 for float64). Threads share the batch, or where that is too small for it each takes a
 * stripe of rows or columns: an element's sum is the same in every stripe.
 */
export function packed(p: Product, to: number, add: boolean): void {
  const { M, N, K, a, b } = p;
  const [left, right] = [a.type, b.type];
  const out = left === types.float64 ? 8 : 4;
  const gemm = wasm[left === right ? `gemm_${left.code}` : `gemm_${left.code}_${right.code}`]!;
  const [ar, ac] = [a.rows * left.size, a.columns * left.size];
  const [br, bc] = [b.rows * right.size, b.columns * right.size];
  const { at, bt } = placesOf(p);
  const batch = at.length;
  const cost = batch * M * N * K * PACKED;
  const lanes = lanesFor(cost);
  const byRows = M >= N;
  const [length, grain] = byRows ? [M, 6] : [N, 16];
  const stripes = batch >= 2 * lanes ? 1 : Math.min(lanes, Math.ceil(length / grain));
  const stripe = Math.ceil(length / stripes / grain) * grain;
  const [rows, columns] = byRows ? [Math.min(stripe, M), N] : [M, Math.min(stripe, N)];
  const bytes = panelBytes(rows, columns, K, out);
  const work = temp(bytes * lanes);
  const count = Math.ceil(length / stripe);
  const fill = (i: number, x: number[]): void => {
    const k = i % count;
    const e = (i - k) / count;
    const start = k * stripe;
    const n = Math.min(stripe, length - start);
    const c = to + e * M * N * out;
    x[0] = byRows ? n : M;
    x[1] = byRows ? N : n;
    x[2] = K;
    x[3] = a.at + at[e]! + (byRows ? start * ar : 0);
    x[4] = ar;
    x[5] = ac;
    x[6] = b.at + bt[e]! + (byRows ? 0 : start * bc);
    x[7] = br;
    x[8] = bc;
    x[9] = c + start * (byRows ? N : 1) * out;
    x[10] = N * out;
    x[11] = work;
    x[12] = add ? 1 : 0;
  };
  spreadCalls(lanes, gemm, 13, batch * count, cost, fill, { work: 1 << 11, workBytes: bytes });
}

/** The left matrices packed as float32: they are few rows. */
function leftRows(p: Product): Matrices {
  const { M, K, a, batch } = p;
  const { type } = a;
  const dims = [...batch, M, K];
  const n = dims.reduce((x, d) => x * d, 1);
  const strides = rowMajor(dims);
  const next = { type: types.float32, at: a.at, batch: strides.slice(0, -2), rows: K, columns: 1 };
  const given = [...a.batch, a.rows, a.columns];
  const straight = given.every((s, i) => dims[i] === 1 || s === strides[i]);
  if (straight && type.code === 'f32') return next;
  let at = a.at;
  if (!straight) {
    at = temp(n * type.size);
    gatherTo({ at: a.at, shape: shapeOf(dims), strides: given, type }, 0, n, at);
  }
  if (type.code === 'f32') return { ...next, at };
  const wide = temp(n * 4);
  wasm['cast']!(n, type.index, types.float32.index, at, wide);
  return { ...next, at: wide };
}

/** Few rows on the left: `b` is walked in place by rows of its own memory. False if its layout does not allow it. */
function vector(p: Product, to: number): boolean {
  const { M, N, K, b } = p;
  const { type } = b;
  const byRows = b.rows === 1 || K === 1;
  if (!byRows && b.columns !== 1 && N !== 1) return false;
  if (M > (few[type.code]?.[byRows ? 0 : 1] ?? 0)) return false;
  const x = leftRows(p);
  const size = type.size;
  const kernel = wasm[`gemv_${byRows ? 'rows' : 'columns'}_${type.code}`]!;
  const ld = (byRows ? b.columns : b.rows) * size;
  const { at, bt } = placesOf({ ...p, a: x });
  const batch = at.length;
  const cost = batch * N * K * (type.half ? READ_HALF : READ);
  const lanes = lanesFor(cost);
  const bytes = byRows && type.code === 'bf16' ? M * K * 4 : 0;
  const work = bytes === 0 ? 0 : temp(bytes * lanes);
  // stripes of columns of the result: whole groups of what the kernels take at a time
  const stripes = lanes === 1 || batch >= 2 * lanes ? 1 : 2 * lanes;
  const stripe = Math.ceil(N / stripes / 64) * 64;
  const count = Math.ceil(N / stripe);
  const fill = (i: number, y: number[]): void => {
    const k = i % count;
    const e = (i - k) / count;
    const start = k * stripe;
    y[0] = M;
    y[1] = Math.min(stripe, N - start);
    y[2] = K;
    y[3] = x.at + at[e]!;
    y[4] = b.at + bt[e]! + start * (byRows ? ld : size);
    y[5] = ld;
    y[6] = to + (e * M * N + start) * 4;
    y[7] = N * 4;
    y[8] = work;
  };
  spreadCalls(lanes, kernel, 9, batch * count, cost, fill, { work: 1 << 8, workBytes: bytes });
  return true;
}

/** The whole product in float32 (float64), whatever is fastest for its shape. */
export function product(given: Product, to: number): void {
  const p = fold(given);
  const { M, N, K, a, b, batch } = p;
  if (vector(p, to)) return;
  if (N < M && N <= (few[a.type.code]?.[0] ?? 0)) {
    // few columns are few rows of the transposed product
    const t: Product = { batch, M: N, N: M, K, a: flip(b), b: flip(a) };
    if (N === 1) {
      if (vector(t, to)) return;
    } else if (a.columns === 1 || a.rows === 1) {
      const dims = [...batch, M, N];
      const n = dims.reduce((x, d) => x * d, 1);
      const across = temp(n * 4);
      if (vector(t, across)) {
        const strides = rowMajor(dims);
        strides.splice(-2, 2, 1, M);
        gatherTo({ at: across, shape: shapeOf(dims), strides, type: types.float32 }, 0, n, to);
        return;
      }
    }
  }
  packed(p, to, false);
}
