// Residuals in double precision, judged on the JavaScript side.
import type { Host } from '../support/golden.js';

/** A complex matrix, row-major pairs. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}
/** A matrix of zeros, or of what `f` gives: the real part, or both. */
export function matrix(
  rows: number,
  columns: number,
  f: (i: number, j: number) => number | readonly [number, number] = () => 0,
): Matrix {
  const data = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const x = f(i, j);
      data.set(typeof x === 'number' ? [x, 0] : x, 2 * (i * columns + j));
    }
  }
  return { rows, columns, data };
}
export const at = (a: Matrix, i: number, j: number): readonly [number, number] => [
  a.data[2 * (i * a.columns + j)]!,
  a.data[2 * (i * a.columns + j) + 1]!,
];

/** Matrix `index` of a batch; of a vector per matrix a single row. */
export function matrixOf(x: Host, index: number, vector = false): Matrix {
  const columns = x.shape[x.shape.length - 1]!;
  const rows = vector ? 1 : x.shape[x.shape.length - 2]!;
  const width = x.dtype === 'complex64' ? 2 : 1;
  const from = index * rows * columns;
  return matrix(rows, columns, (i, j) => {
    const k = (from + i * columns + j) * width;
    return [Number(x.values[k]), width === 2 ? Number(x.values[k + 1]) : 0];
  });
}
/** `a b`; of `a` the conjugate transpose if `adjoint`. */
export function times(a: Matrix, b: Matrix, adjoint = false): Matrix {
  const rows = adjoint ? a.columns : a.rows;
  const inner = adjoint ? a.rows : a.columns;
  const out = matrix(rows, b.columns);
  const sign = adjoint ? -1 : 1;
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const p = 2 * (adjoint ? k * a.columns + i : i * a.columns + k);
      const re = a.data[p]!;
      const im = sign * a.data[p + 1]!;
      for (let j = 0; j < b.columns; j++) {
        const q = 2 * (k * b.columns + j);
        const o = 2 * (i * b.columns + j);
        out.data[o]! += re * b.data[q]! - im * b.data[q + 1]!;
        out.data[o + 1]! += re * b.data[q + 1]! + im * b.data[q]!;
      }
    }
  }
  return out;
}
/** `a` with column j multiplied by element j of the row `w`; columns beyond it are dropped. */
export const scaled = (a: Matrix, w: Matrix): Matrix =>
  matrix(a.rows, w.columns, (i, j) => {
    const [x, y] = at(a, i, j);
    const [p, q] = at(w, 0, j);
    return [x * p - y * q, x * q + y * p];
  });
/** Frobenius norm, safe for any scale. */
export const norm = (a: Matrix): number => Math.hypot(...a.data);
export const minus = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.rows, a.columns, (i, j) => {
    const [x, y] = at(a, i, j);
    const [p, q] = at(b, i, j);
    return [x - p, y - q];
  });
export const unit = (n: number): Matrix => matrix(n, n, (i, j) => (i === j ? 1 : 0));
/** Distance of `a^H a` from the unit matrix. */
export const skew = (a: Matrix): number => norm(minus(times(a, a, true), unit(a.columns)));
/** The Hermitian matrix of one triangle. */
export const fromTriangle = (a: Matrix, upper: boolean): Matrix =>
  matrix(a.rows, a.rows, (i, j) => {
    if (i === j) return at(a, i, i)[0];
    if (j < i !== upper) return at(a, i, j);
    const [x, y] = at(a, j, i);
    return [x, -y];
  });
/** `|<x, y>|` of column j of one and column k of the other. */
export function overlap(a: Matrix, j: number, b: Matrix, k: number): number {
  let re = 0;
  let im = 0;
  for (let i = 0; i < a.rows; i++) {
    const [p, q] = at(a, i, j);
    const [x, y] = at(b, i, k);
    re += p * x + q * y;
    im += p * y - q * x;
  }
  return Math.hypot(re, im);
}
/** For each element of `b` the nearest unused one of `a`. */
export function match(a: Matrix, b: Matrix): { distance: number; pairs: number[] } {
  const free = new Set(Array.from({ length: a.columns }, (_, i) => i));
  let distance = 0;
  const pairs = Array.from({ length: b.columns }, (_, k) => {
    const [x, y] = at(b, 0, k);
    const far = (i: number): number => Math.hypot(at(a, 0, i)[0] - x, at(a, 0, i)[1] - y);
    const best = [...free].reduce((p, q) => (far(q) < far(p) ? q : p));
    free.delete(best);
    distance = Math.max(distance, far(best));
    return best;
  });
  return { distance, pairs };
}
/** Distance of element k of a row from the nearest other one. */
export function gap(w: Matrix, k: number): number {
  const [x, y] = at(w, 0, k);
  let best = Infinity;
  for (let i = 0; i < w.columns; i++) {
    if (i !== k) best = Math.min(best, Math.hypot(at(w, 0, i)[0] - x, at(w, 0, i)[1] - y));
  }
  return best;
}
