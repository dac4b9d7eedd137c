import { types, type ElementType } from '../../tensor/dtype.js';
import { rowMajor, shapeOf } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { i32, PARAMS, u8 } from '../heap.js';
import { exportsOf } from './layout.js';
import { stridesOf } from './movement.js';
import { gatherTo, scoped, temp, wasm } from './runtime.js';
import { isSmall, lanesFor, spreadCalls, spreadRange } from './threads/spread.js';

/** Matrices of one shape, one per batch entry. Strides are in elements of `size` bytes. */
export interface Matrices {
  readonly at: number;
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
}
/** `M x K` by `K x N`, for each entry of the batch; the result lies row-major. */
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
const few: Readonly<Record<string, readonly [byRows: number, byColumns: number]>> = {
  f32: [16, 6],
  bf16: [5, 3],
  f16: [2, 2],
};

/** The last two axes of a view as matrices, the others as their batch. */
export const matrices = (v: View): Matrices => {
  const s = stridesOf(v);
  const n = v.shape.ndim;
  return { at: v.at, batch: s.slice(0, n - 2), rows: s[n - 2]!, columns: s[n - 1]! };
};
const flip = (m: Matrices): Matrices => ({ ...m, rows: m.columns, columns: m.rows });

/** Batch axes along which `b` stays and the rows of `a` go on become rows; axes of size 1 go. */
function fold(p: Product): Product {
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
function placesOf(p: Product, size: number, bSize = size): { at: number[]; bt: number[] } {
  const { batch } = p;
  const n = batch.reduce((x, d) => x * d, 1);
  const places: { at: number[]; bt: number[] } = { at: [], bt: [] };
  const at = batch.map(() => 0);
  let a = 0;
  let b = 0;
  for (let i = 0; i < n; i++) {
    places.at.push(a * size);
    places.bt.push(b * bSize);
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
  const rows = Math.ceil(Math.min(M, 192) / 6) * 6;
  const columns = Math.ceil(Math.min(N, 2048) / 16) * 16;
  return 512 + (rows + columns) * Math.min(K, 256) * size;
}

/** Nanoseconds that a multiplication and an addition take in packed panels, and that reading an element of a big matrix takes. */
const PACKED = 0.05;
const READ = 0.12;
const READ_HALF = 0.18;

/**
 * Packed product of elements of `code` that lie `size` bytes apart at stride 1; out is f32 (f64 for f64). Threads share the batch, or
 * where that is too small for it each takes a stripe of rows or columns: an element's sum is the same in every stripe.
 */
function packed(p: Product, code: string, size: number, to: number, add: boolean): void {
  const { M, N, K, a, b } = p;
  const out = code === 'f64' ? 8 : 4;
  const gemm = wasm[`gemm_${code}`]!;
  const [ar, ac, br, bc] = [a.rows * size, a.columns * size, b.rows * size, b.columns * size];
  const { at, bt } = placesOf(p, size);
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
function leftRows(p: Product, type: ElementType): Matrices {
  const { M, K, a, batch } = p;
  const dims = [...batch, M, K];
  const n = dims.reduce((x, d) => x * d, 1);
  const strides = rowMajor(dims);
  const next = { at: a.at, batch: strides.slice(0, -2), rows: K, columns: 1 };
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
function vector(p: Product, type: ElementType, to: number): boolean {
  const { M, N, K, b } = p;
  const byRows = b.rows === 1 || K === 1;
  if (!byRows && b.columns !== 1 && N !== 1) return false;
  if (M > (few[type.code]?.[byRows ? 0 : 1] ?? 0)) return false;
  const x = leftRows(p, type);
  const size = type.size;
  const kernel = wasm[`gemv_${byRows ? 'rows' : 'columns'}_${type.code}`]!;
  const ld = (byRows ? b.columns : b.rows) * size;
  const { at, bt } = placesOf({ ...p, a: x }, 4, size);
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
export function product(given: Product, type: ElementType, to: number): void {
  const p = fold(given);
  const { M, N, K, a, b, batch } = p;
  if (vector(p, type, to)) return;
  if (N < M && N <= (few[type.code]?.[0] ?? 0)) {
    // few columns are few rows of the transposed product
    const t: Product = { batch, M: N, N: M, K, a: flip(b), b: flip(a) };
    if (N === 1) {
      if (vector(t, type, to)) return;
    } else if (a.columns === 1 || a.rows === 1) {
      const dims = [...batch, M, N];
      const n = dims.reduce((x, d) => x * d, 1);
      const across = temp(n * 4);
      if (vector(t, type, across)) {
        const strides = rowMajor(dims);
        strides.splice(-2, 2, 1, M);
        gatherTo({ at: across, shape: shapeOf(dims), strides, type: types.float32 }, 0, n, to);
        return;
      }
    }
  }
  packed(p, type.code, type.size, to, false);
}

/** (a + ib)(c + id) from real products: ac - bd and ad + bc. */
function complexProduct(given: Product, n: number, to: number): void {
  const p = fold(given);
  const parts = (m: Matrices): readonly [Matrices, Matrices] => [m, { ...m, at: m.at + 4 }];
  const [ar, ai] = parts(p.a);
  const [br, bi] = parts(p.b);
  const x = temp(n * 4);
  const y = temp(n * 4);
  const z = temp(n * 4);
  packed({ ...p, a: ar, b: br }, 'f32', 8, x, false);
  packed({ ...p, a: ai, b: bi }, 'f32', 8, y, false);
  packed({ ...p, a: ar, b: bi }, 'f32', 8, z, false);
  packed({ ...p, a: ai, b: br }, 'f32', 8, z, true);
  wasm['complex_join']!(n, x, y, z, to);
}

const gemms = exportsOf('gemm');
const gemvRows = exportsOf('gemv_rows');
const gemvColumns = exportsOf('gemv_columns');
const f32 = types.float32;
/** As `vector`, for one pair of float32 matrices that is too small to share: addresses, and strides in elements. */
function smallVector(
  M: number,
  N: number,
  K: number,
  a: number,
  ar: number,
  ac: number,
  b: number,
  br: number,
  bc: number,
  to: number,
): boolean {
  const byRows = br === 1 || K === 1;
  if (!byRows && bc !== 1 && N !== 1) return false;
  if (M > few['f32']![byRows ? 0 : 1]) return false;
  const straight = (K === 1 || ac === 1) && (M === 1 || ar === K);
  const from = straight ? a : packedMatrix(a, M, K, ar, ac);
  (byRows ? gemvRows : gemvColumns)(f32)(M, N, K, from, b, 4 * (byRows ? bc : br), to, 4 * N, 0);
  return true;
}
/**
 * One product of float32 matrices that is too small to share, by the kernel that `product` takes for its shape: the same bits, without
 * the objects that describe a batch. False for any other.
 */
function small(call: Call): boolean {
  const a = call.a!;
  const b = call.b!;
  const { dims, ndim } = call.shape;
  const row = ndim - 2;
  const column = ndim - 1;
  const M = dims[row]!;
  const N = dims[column]!;
  if (a.type !== f32 || M * N !== call.shape.size) return false;
  const K = a.shape.dims[column]!;
  if (K === 0 || !isSmall(M * N * K * PACKED) || !isSmall(Math.max(M, N) * K * 4 * READ)) return false;
  const ar = a.strides === null ? K : a.strides[row]!;
  const ac = a.strides === null ? 1 : a.strides[column]!;
  const br = b.strides === null ? N : b.strides[row]!;
  const bc = b.strides === null ? 1 : b.strides[column]!;
  if (smallVector(M, N, K, a.at, ar, ac, b.at, br, bc, call.at)) return true;
  if (N < M && N <= few['f32']![0]) return N === 1 && smallVector(1, M, K, b.at, bc, br, a.at, ac, ar, call.at);
  const work = temp(panelBytes(M, N, K, 4));
  gemms(f32)(M, N, K, a.at, 4 * ar, 4 * ac, b.at, 4 * br, 4 * bc, call.at, 4 * N, work, 0);
  return true;
}
/** A row-major copy of a matrix of float32. */
function packedMatrix(at: number, rows: number, columns: number, byRow: number, byColumn: number): number {
  const to = temp(4 * rows * columns);
  const p = PARAMS >>> 2;
  i32[p] = rows;
  i32[p + 1] = columns;
  i32[p + 2] = byRow;
  i32[p + 3] = byColumn;
  wasm['gather_strided']!(4, rows * columns, 0, 2, PARAMS, at, to);
  return to;
}

/** Bytes of float32 that a product of half types is rounded from at a time, and the rows and columns that are not worth cutting. */
const ROOM = 2 ** 23;
const SIDE = 1024;
/** Nanoseconds that rounding an element takes. */
const ROUNDED = 0.5;
/** Where 0..n is cut into as few pieces as none need be much longer than `most`: all of nearly one length, multiples of `grain`. */
function cuts(n: number, most: number, grain: number): number[] {
  const count = Math.ceil(n / most);
  const at = Array.from({ length: count }, (_, i) => Math.floor((i * n) / count / grain) * grain);
  return [...at, n];
}
const longest = (at: readonly number[]): number => at.reduce((most, x, i) => Math.max(most, x - (at[i - 1] ?? 0)), 0);

/**
 * Rounds rows of float32 to rows of `type`, which begin `pitch` elements apart. What lies behind a row is not its own: where whole vectors
 * do not fill it, its last elements are rounded by a vector that ends with it.
 */
function round(rows: number, columns: number, from: number, type: ElementType, to: number, pitch: number): void {
  if (columns === pitch) [rows, columns] = [1, rows * columns];
  const cast = wasm['cast']!;
  const { size } = type;
  const whole = columns < 8 ? columns : columns & ~7;
  const cost = rows * columns * ROUNDED;
  const lanes = lanesFor(cost);
  if (rows === 1) {
    spreadRange(lanes, cast, whole, 0, [whole, f32.index, type.index, from, to], [0, 0, 0, 4, size], 4096, cost);
  } else {
    spreadCalls(lanes, cast, 5, rows, cost, (i, x) => {
      x[0] = whole;
      x[1] = f32.index;
      x[2] = type.index;
      x[3] = from + i * columns * 4;
      x[4] = to + i * pitch * size;
    });
  }
  if (whole === columns) return;
  const last = columns - 8;
  for (let i = 0; i < rows; i++) {
    cast(8, f32.index, type.index, from + (i * columns + last) * 4, to + (i * pitch + last) * size);
  }
}
/**
 * A product of half types: as many entries of the batch as there is room for as float32, or blocks of one. Those are so large that it
 * makes no difference that their rows and columns are packed anew for each, and their sizes do not depend on the number of threads.
 */
function halves(given: Product, type: ElementType, to: number): void {
  const p = fold(given);
  const { batch, M, N, K, a, b } = p;
  const { size } = type;
  const n = batch.reduce((x, d) => x * d, M * N);
  const [entries, ...inner] = batch;
  if (4 * n <= ROOM) {
    const wide = temp(4 * n);
    product(p, type, wide);
    round(1, n, wide, type, to, n);
  } else if (entries !== undefined) {
    const each = n / entries;
    const at = cuts(entries, Math.max(1, Math.floor(ROOM / (4 * each))), 1);
    for (let k = 1; k < at.length; k++) {
      const i = at[k - 1]!;
      const from = (m: Matrices): Matrices => ({ ...m, at: m.at + i * m.batch[0]! * size });
      const part = { ...p, batch: [at[k]! - i, ...inner], a: from(a), b: from(b) };
      scoped(() => halves(part, type, to + i * each * size));
    }
  } else {
    const columns = cuts(N, Math.max(SIDE, ROOM / 4 / Math.min(M, SIDE)), 16);
    const rows = cuts(M, ROOM / 4 / longest(columns), 6);
    const wide = temp(4 * longest(rows) * longest(columns));
    for (let q = 1; q < columns.length; q++) {
      for (let r = 1; r < rows.length; r++) {
        const [i, j] = [rows[r - 1]!, columns[q - 1]!];
        const [m, n] = [rows[r]! - i, columns[q]! - j];
        const left = { ...a, at: a.at + i * a.rows * size };
        const right = { ...b, at: b.at + j * b.columns * size };
        scoped(() => product({ batch, M: m, N: n, K, a: left, b: right }, type, wide));
        round(m, n, wide, type, to + (i * N + j) * size, N);
      }
    }
  }
}

/** Half operands may have a float32 result, which is then not rounded. */
function matmul(call: Call): void {
  if (call.shape.size > 0 && small(call)) return;
  const { at } = call;
  const type = call.a!.type;
  const dims = call.shape.dims;
  const nd = dims.length;
  const n = call.shape.size;
  const K = call.a!.shape.dims[nd - 1]!;
  if (n === 0) return;
  if (K === 0) {
    u8.fill(0, at, at + n * call.type.size);
    return;
  }
  const a = matrices(call.a!);
  const b = matrices(call.b!);
  const p: Product = { batch: dims.slice(0, nd - 2), M: dims[nd - 2]!, N: dims[nd - 1]!, K, a, b };
  if (type.code === 'c64') complexProduct(p, n, at);
  else if (call.type.half) halves(p, type, at);
  else product(p, type, at);
}

export const matmuls: Record<string, Kernel> = { matmul };
