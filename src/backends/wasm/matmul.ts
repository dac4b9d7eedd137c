import { types, type ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { i32, PARAMS, u8 } from '../heap.js';
import { exportsOf } from './layout.js';
import {
  few,
  fold,
  matrices,
  PACKED,
  packed,
  panelBytes,
  product,
  READ,
  type Matrices,
  type Product,
} from './product.js';
import { scoped, temp, wasm } from './runtime.js';
import { isSmall, lanesFor, spreadCalls, spreadRange } from './threads/spread.js';

/** (a + ib)(c + id) from real products: ac - bd and ad + bc. */
function complexProduct(given: Product, n: number, to: number): void {
  const p = fold(given);
  // real and imaginary parts lie in turn
  const parts = ({ at, batch, rows, columns }: Matrices): readonly [Matrices, Matrices] => {
    const real = { type: f32, at, batch: batch.map((s) => 2 * s), rows: 2 * rows, columns: 2 * columns };
    return [real, { ...real, at: at + 4 }];
  };
  const [ar, ai] = parts(p.a);
  const [br, bi] = parts(p.b);
  const x = temp(n * 4);
  const y = temp(n * 4);
  const z = temp(n * 4);
  packed({ ...p, a: ar, b: br }, x, false);
  packed({ ...p, a: ai, b: bi }, y, false);
  packed({ ...p, a: ar, b: bi }, z, false);
  packed({ ...p, a: ai, b: br }, z, true);
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
  if (a.type !== f32 || b.type !== f32 || M * N !== call.shape.size) return false;
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
    product(p, wide);
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
        scoped(() => product({ batch, M: m, N: n, K, a: left, b: right }, wide));
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
  else product(p, at);
}

export const matmuls: Record<string, Kernel> = { matmul };
