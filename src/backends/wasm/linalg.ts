// Factorisations and solvers over batches of matrices: each is gathered, handed to its kernel, and put in its place.
import { LanewiseError } from '../../tensor/errors.js';
import type { ElementType } from '../../tensor/dtype.js';
import { shapeOf, stridesOf } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { f32, f64, u32, u8 } from '../heap.js';
import { exportsOf } from './layout.js';
import { panelBytes } from './product.js';
import { gatherTo, temp, wasm } from './runtime.js';

const factor = exportsOf('linalg_lu');
const splitFactors = exportsOf('linalg_split');
const solveFactored = exportsOf('linalg_solve');
const solveTriangle = exportsOf('linalg_triangular');
const invertTriangle = exportsOf('linalg_tri_inv');
const choleskyFactor = exportsOf('linalg_cholesky');
const orthogonal = exportsOf('linalg_qr');
const clearLower = exportsOf('linalg_upper');
/** Reflectors that `linalg_qr` applies at once. */
const BLOCK = 32;

/** A batch of matrices in any layout: one copied out at a time. */
interface Batch {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** where matrix i begins, in elements */
  offset(i: number): number;
  /** Copies matrix i, row-major, to an address. */
  take(i: number, to: number): void;
  /** The same of its transpose. */
  takeTransposed(i: number, to: number): void;
}
function batchOf(v: View): Batch {
  const { dims, ndim } = v.shape;
  const strides = stridesOf(v);
  const [rows, columns] = [dims[ndim - 2]!, dims[ndim - 1]!];
  const [down, right] = [strides[ndim - 2]!, strides[ndim - 1]!];
  const outer = dims.slice(0, -2);
  const count = outer.reduce((n, d) => n * d, 1);
  const offset = (i: number): number => {
    let at = 0;
    for (let k = outer.length - 1; k >= 0; k--) {
      at += (i % outer[k]!) * strides[k]!;
      i = Math.floor(i / outer[k]!);
    }
    return at;
  };
  const copy = (i: number, to: number, shape: readonly number[], steps: readonly number[]): void => {
    const n = rows * columns;
    if (n === 0) return;
    const at = v.at + offset(i) * v.type.size;
    const gapless = (shape[1] === 1 || steps[1] === 1) && (shape[0] === 1 || steps[0] === shape[1]);
    if (gapless) u8.copyWithin(to, at, at + n * v.type.size);
    else gatherTo({ at, shape: shapeOf(shape), strides: steps, type: v.type }, 0, n, to);
  };
  return {
    count,
    rows,
    columns,
    offset,
    take: (i, to) => copy(i, to, [rows, columns], [down, right]),
    takeTransposed: (i, to) => copy(i, to, [columns, rows], [right, down]),
  };
}
/** Room for the products of an [m x n] problem of depth k, and for one negated operand. */
const workspace = (m: number, n: number, k: number, size: number): number => temp(panelBytes(m, n, k, size));
/** The transpose of [rows x columns] at `from`, to another place. */
function transposed(rows: number, columns: number, from: number, to: number, type: ElementType): void {
  gatherTo({ at: from, shape: shapeOf([columns, rows]), strides: [1, columns], type }, 0, rows * columns, to);
}
/** ` of matrix 3`, where there is more than one. */
const which = (b: Batch, i: number): string => (b.count > 1 ? ` of matrix ${i}` : '');
function singular(name: string, row: number, b: Batch, i: number): never {
  throw new LanewiseError(`[${name}] the matrix must not be singular, got a zero pivot in row ${row}${which(b, i)}`);
}

/** attrs { split }: all of LU, or L and then U; behind them, as 32-bit integers, all pivots and then all row orders. */
function lu(call: Call): void {
  const type = call.type;
  const size = type.size;
  const a = batchOf(call.a!);
  const { count, rows: m, columns: n } = a;
  const { split } = call.attrs as { split: boolean };
  const k = Math.min(m, n);
  const single = split ? m * k + k * n : m * n;
  const w = workspace(m, n, k, size);
  const s = temp(m * k * size);
  const scratch = split ? temp(m * n * size) : 0;
  const pivots = call.at + single * count * size;
  const orders = pivots + count * k * 4;
  for (let i = 0; i < count; i++) {
    const pivot = pivots + i * k * 4;
    const out = split ? scratch : call.at + i * m * n * size;
    a.take(i, out);
    factor(type)(m, n, out, pivot, w, s);
    wasm['linalg_order']!(m, k, pivot, orders + i * m * 4);
    if (split) splitFactors(type)(m, n, out, call.at + i * m * k * size, call.at + (count * m * k + i * k * n) * size);
  }
}
/** attrs { start, skip }: 32-bit integers of a packed result, behind `start` elements and `skip` other integers. */
function indices(call: Call): void {
  const { start, skip } = call.attrs as { start: number; skip: number };
  const from = call.a!.at + start * call.a!.type.size + skip * 4;
  u8.copyWithin(call.at, from, from + call.shape.size * 4);
}

/** Factors each matrix of a batch once, however often it is used in a row. */
function factored(a: Batch, type: ElementType): (i: number) => { at: number; pivots: number; zero: number } {
  const n = a.rows;
  const at = temp(n * n * type.size);
  const pivots = temp(n * 4);
  const w = workspace(n, n, n, type.size);
  const s = temp(n * n * type.size);
  let held = -1;
  let zero = 0;
  return (i) => {
    const offset = a.offset(i);
    if (i === 0 || offset !== held) {
      a.take(i, at);
      zero = factor(type)(n, n, at, pivots, w, s);
      held = offset;
    }
    return { at, pivots, zero };
  };
}
/** attrs { name } */
function solve(call: Call): void {
  const { type } = call;
  const a = batchOf(call.a!);
  const b = batchOf(call.b!);
  const [n, width] = [a.rows, b.columns];
  const lus = factored(a, type);
  const w = workspace(n, width, n, type.size);
  const s = temp(n * n * type.size);
  const { name } = call.attrs as { name: string };
  for (let i = 0; i < a.count; i++) {
    const f = lus(i);
    if (f.zero > 0) singular(name, f.zero - 1, a, i);
    const x = call.at + i * n * width * type.size;
    b.take(i, x);
    if (n * width > 0) solveFactored(type)(n, width, f.at, f.pivots, x, w, s);
  }
}
/** attrs { name } */
function inverse(call: Call): void {
  const { type } = call;
  const a = batchOf(call.a!);
  const n = a.rows;
  const lus = factored(a, type);
  const w = workspace(n, n, n, type.size);
  const s = temp(n * n * type.size);
  u8.fill(0, call.at, call.at + call.shape.size * type.size);
  const { name } = call.attrs as { name: string };
  for (let i = 0; i < a.count; i++) {
    const f = lus(i);
    if (f.zero > 0) singular(name, f.zero - 1, a, i);
    const x = call.at + i * n * n * type.size;
    for (let k = 0; k < n; k++) {
      const p = x / type.size + k * (n + 1);
      if (type.size === 4) f32[p] = 1;
      else f64[p] = 1;
    }
    if (n > 0) solveFactored(type)(n, n, f.at, f.pivots, x, w, s);
  }
}
/** attrs { name, upper } */
function triangular(call: Call): void {
  const { type } = call;
  const a = batchOf(call.a!);
  const b = batchOf(call.b!);
  const [n, width] = [a.rows, b.columns];
  const t = temp(n * n * type.size);
  const w = workspace(n, width, n, type.size);
  const s = temp(n * n * type.size);
  const { name, upper } = call.attrs as { name: string; upper: boolean };
  for (let i = 0; i < a.count; i++) {
    a.take(i, t);
    const x = call.at + i * n * width * type.size;
    b.take(i, x);
    const zero = solveTriangle(type)(upper ? 1 : 0, n, width, t, x, w, s);
    if (zero > 0) singular(name, zero - 1, a, i);
  }
}
/** Runs a kernel on lower triangles; upper ones are transposed before and after. */
function onLower(
  call: Call,
  run: (n: number, at: number, w: number, s: number) => number,
  fail: (code: number, at: number, a: Batch, i: number) => void,
): void {
  const { type } = call;
  const a = batchOf(call.a!);
  const n = a.rows;
  const { upper } = call.attrs as { upper: boolean };
  const turned = upper ? temp(n * n * type.size) : 0;
  const w = workspace(n, n, n, type.size);
  const s = temp(Math.max(n * n, 64) * type.size);
  for (let i = 0; i < a.count; i++) {
    const out = call.at + i * n * n * type.size;
    if (upper) a.takeTransposed(i, turned);
    else a.take(i, out);
    const at = upper ? turned : out;
    const code = n === 0 ? 0 : run(n, at, w, s);
    if (code > 0) fail(code, at, a, i);
    if (upper) transposed(n, n, turned, out, type);
  }
}
/** attrs { name, upper } */
const triInv: Kernel = (call) =>
  onLower(call, invertTriangle(call.type), (code, _, a, i) =>
    singular((call.attrs as { name: string }).name, code - 1, a, i),
  );
/** attrs { upper } */
const cholesky: Kernel = (call) =>
  onLower(call, choleskyFactor(call.type), (code, at, a, i) => {
    const p = at / call.type.size + (code - 1) * (a.rows + 1);
    const pivot = call.type.size === 4 ? f32[p]! : f64[p]!;
    throw new LanewiseError(
      `[linalg.cholesky] the matrix must be positive definite, got a pivot of ${pivot} in row ${code - 1}${which(a, i)}`,
    );
  });

/** All of Q [m x k], then all of R [k x n]. */
function qr(call: Call): void {
  const { type } = call;
  const size = type.size;
  const a = batchOf(call.a!);
  const { count, rows: m, columns: n } = a;
  const k = Math.min(m, n);
  if (k * count === 0) return;
  const wide = Math.max(m, n);
  const at = temp(m * n * size);
  const q = temp(k * m * size);
  const v = temp(BLOCK * m * size);
  const t = temp(BLOCK * (k + BLOCK) * size);
  const y = temp(2 * BLOCK * n * size);
  const w = workspace(wide, wide, wide, size);
  for (let i = 0; i < count; i++) {
    a.takeTransposed(i, at);
    orthogonal(type)(m, n, at, q, v, t, y, w);
    transposed(k, m, q, call.at + i * m * k * size, type);
    const r = call.at + (count * m * k + i * k * n) * size;
    gatherTo({ at, shape: shapeOf([k, n]), strides: [1, m], type }, 0, k * n, r);
    clearLower(type)(k, n, r);
  }
}

/** A product kept as `value * 2 ** exponent`, so that no factor can make it overflow. */
interface Product {
  readonly value: number;
  readonly exponent: number;
}
/** 2 ** 256 */
const STEP = 2 ** 256;
function multiplied(p: Product, factor: number): Product {
  let value = factor;
  let { exponent } = p;
  const settle = (): void => {
    if (value === 0 || !Number.isFinite(value)) return;
    for (; Math.abs(value) >= STEP; exponent += 256) value /= STEP;
    for (; Math.abs(value) < 1 / STEP; exponent -= 256) value *= STEP;
  };
  settle();
  value *= p.value;
  settle();
  return { value, exponent };
}
/** Of a row-major matrix: by its formula up to 3 x 3 unless that overflows, else from the pivots of its LU (which takes its place). */
function determinant(n: number, at: number, type: ElementType, pivots: number, w: number, s: number): Product {
  const x = (i: number): number => (type.size === 4 ? f32[at / 4 + i]! : f64[at / 8 + i]!);
  const plain = (value: number): Product => ({ value, exponent: 0 });
  if (n === 0) return plain(1);
  if (n === 1) return plain(x(0));
  if (n <= 3) {
    const minor = (i: number, j: number): number => x(3 + i) * x(6 + j) - x(3 + j) * x(6 + i);
    const value = n === 2 ? x(0) * x(3) - x(1) * x(2) : x(0) * minor(1, 2) - x(1) * minor(0, 2) + x(2) * minor(0, 1);
    if (Number.isFinite(value)) return plain(value);
  }
  factor(type)(n, n, at, pivots, w, s);
  let p = plain(1);
  for (let i = 0; i < n; i++) {
    const u = x(i * (n + 1));
    if (u === 0) return plain(0);
    p = multiplied(p, u32[pivots / 4 + i] === i ? u : -u);
  }
  return p;
}
/** Of each matrix what `use` makes of its determinant, for output element i. */
function determinants(call: Call, use: (p: Product, i: number) => void): void {
  const { type } = call;
  const a = batchOf(call.a!);
  const n = a.rows;
  const at = temp(n * n * type.size);
  const pivots = temp(n * 4);
  const w = workspace(n, n, n, type.size);
  const s = temp(n * n * type.size);
  for (let i = 0; i < a.count; i++) {
    a.take(i, at);
    use(determinant(n, at, type, pivots, w, s), i);
  }
}
const put = (type: ElementType, at: number, x: number): void => {
  if (type.size === 4) f32[at / 4] = x;
  else f64[at / 8] = x;
};
/** In two steps, since 2 ** exponent may lie outside the doubles where the result does not. */
function valueOf({ value, exponent }: Product): number {
  const e = Math.max(-1536, Math.min(1536, exponent));
  return value * 2 ** (e / 2) * 2 ** (e / 2);
}
const det: Kernel = (call) => determinants(call, (p, i) => put(call.type, call.at + i * call.type.size, valueOf(p)));
/** All signs, then all logarithms. */
const slogdet: Kernel = (call) => {
  const half = (call.shape.size / 2) * call.type.size;
  determinants(call, (p, i) => {
    const at = call.at + i * call.type.size;
    put(call.type, at, Math.sign(p.value));
    put(call.type, at + half, Math.log(Math.abs(p.value)) + p.exponent * Math.LN2);
  });
};

export const linalg: Readonly<Record<string, Kernel>> = {
  linalg_lu: lu,
  linalg_indices: indices,
  linalg_solve: solve,
  linalg_inv: inverse,
  linalg_solve_triangular: triangular,
  linalg_tri_inv: triInv,
  linalg_cholesky: cholesky,
  linalg_qr: qr,
  linalg_det: det,
  linalg_slogdet: slogdet,
};
