// Factorisations by their definitions, in double precision, one element at a time.
import { LanewiseError } from '../../tensor/errors.js';
import { types } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { load, readNumbers, store } from './access.js';

type Matrix = Float64Array[];
const zeros = (m: number, n: number): Matrix => Array.from({ length: m }, () => new Float64Array(n));
const eye = (n: number): Matrix => zeros(n, n).map((row, i) => (row.fill(1, i, i + 1), row));
const transposed = (a: Matrix, m: number, n: number): Matrix =>
  Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => a[i]![j]!));

/** The matrices of a view, one after another. */
function matrices(v: View): { all: Matrix[]; m: number; n: number } {
  const [m, n] = v.shape.dims.slice(-2) as [number, number];
  const flat = readNumbers(v);
  const count = v.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  const all = Array.from({ length: count }, (_, i) =>
    Array.from({ length: m }, (_, r) => flat.slice((i * m + r) * n, (i * m + r + 1) * n)),
  );
  return { all, m, n };
}
/** Writes the rows of matrices from element `start` of the output on. */
function write(call: Call, all: readonly Matrix[], start = 0): void {
  let at = start;
  for (const a of all) for (const row of a) for (const x of row) store(call.type, call.at, at++, x);
}
const nameOf = (call: Call): string => (call.attrs as { name: string }).name;
const isUpper = (call: Call): boolean => (call.attrs as { upper: boolean }).upper;
const which = (i: number, count: number): string => (count > 1 ? ` of matrix ${i}` : '');
function refuseSingular(call: Call, row: number, i: number, count: number): void {
  if (row < 0) return;
  throw new LanewiseError(
    `[${nameOf(call)}] the matrix must not be singular, got a zero pivot in row ${row}${which(i, count)}`,
  );
}
/** The first row with a zero on the diagonal, or -1. */
const zeroOf = (a: Matrix): number => a.findIndex((row, i) => row[i] === 0);

/** Gaussian elimination in place; the pivots. */
function eliminate(a: Matrix, m: number, n: number): number[] {
  const pivots: number[] = [];
  for (let k = 0; k < Math.min(m, n); k++) {
    let p = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(a[i]![k]!) > Math.abs(a[p]![k]!)) p = i;
    pivots.push(p);
    [a[k], a[p]] = [a[p]!, a[k]!];
    if (a[k]![k] === 0) continue;
    for (let i = k + 1; i < m; i++) {
      a[i]![k]! /= a[k]![k]!;
      for (let j = k + 1; j < n; j++) a[i]![j]! -= a[i]![k]! * a[k]![j]!;
    }
  }
  return pivots;
}
const lu: Kernel = (call) => {
  const { all, m, n } = matrices(call.a!);
  const k = Math.min(m, n);
  const pivots = all.map((a) => eliminate(a, m, n));
  const { split } = call.attrs as { split: boolean };
  const end = all.length * (split ? k * (m + n) : m * n);
  if (split) {
    write(
      call,
      all.map((a) => a.map((row, i) => row.slice(0, k).map((x, j) => (i === j ? 1 : j < i ? x : 0)))),
    );
    write(
      call,
      all.map((a) => a.slice(0, k).map((row, i) => row.map((x, j) => (j < i ? 0 : x)))),
      all.length * m * k,
    );
  } else write(call, all);
  const orders = pivots.map((list) => {
    const order = Array.from({ length: m }, (_, i) => i);
    for (let i = k - 1; i >= 0; i--) [order[i], order[list[i]!]] = [order[list[i]!]!, order[i]!];
    return order;
  });
  const at = call.at + end * call.type.size;
  [...pivots.flat(), ...orders.flat()].forEach((x, i) => store(types.uint32, at, i, BigInt(x)));
};
const indices: Kernel = (call) => {
  const { start, skip } = call.attrs as { start: number; skip: number };
  const from = call.a!.at + start * call.a!.type.size;
  for (let i = 0; i < call.shape.size; i++) store(types.uint32, call.at, i, load(types.uint32, from, skip + i));
};

/** X of T X = B by substitution. */
function substitute(t: Matrix, b: Matrix, upper: boolean, unit = false): Matrix {
  const x = b.map((row) => row.slice());
  const order = [...t.keys()];
  if (upper) order.reverse();
  for (const i of order) {
    x[i]!.forEach((_, c) => {
      let s = x[i]![c]!;
      for (let p = upper ? i + 1 : 0; p < (upper ? t.length : i); p++) s -= t[i]![p]! * x[p]![c]!;
      x[i]![c] = unit ? s : s / t[i]![i]!;
    });
  }
  return x;
}
/** X of A X = B. */
function solved(call: Call, a: Matrix, b: Matrix, i: number, count: number): Matrix {
  const pivots = eliminate(a, a.length, a.length);
  refuseSingular(call, zeroOf(a), i, count);
  const rows = [...b];
  pivots.forEach((p, k) => ([rows[k], rows[p]] = [rows[p]!, rows[k]!]));
  return substitute(a, substitute(a, rows, false, true), true);
}
const solve: Kernel = (call) => {
  const { all } = matrices(call.a!);
  const right = matrices(call.b!).all;
  write(
    call,
    all.map((a, i) => solved(call, a, right[i]!, i, all.length)),
  );
};
const inverse: Kernel = (call) => {
  const { all, n } = matrices(call.a!);
  write(
    call,
    all.map((a, i) => solved(call, a, eye(n), i, all.length)),
  );
};
const triangular: Kernel = (call) => {
  const { all } = matrices(call.a!);
  const right = matrices(call.b!).all;
  all.forEach((a, i) => refuseSingular(call, zeroOf(a), i, all.length));
  write(
    call,
    all.map((a, i) => substitute(a, right[i]!, isUpper(call))),
  );
};
const triInv: Kernel = (call) => {
  const { all, n } = matrices(call.a!);
  all.forEach((a, i) => refuseSingular(call, zeroOf(a), i, all.length));
  write(
    call,
    all.map((a) => substitute(a, eye(n), isUpper(call))),
  );
};

const cholesky: Kernel = (call) => {
  const { all, n } = matrices(call.a!);
  const factors = all.map((given, matrix) => {
    const a = isUpper(call) ? transposed(given, n, n) : given;
    const l = zeros(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let s = a[i]![j]!;
        for (let p = 0; p < j; p++) s -= l[i]![p]! * l[j]![p]!;
        if (j < i) l[i]![j] = s / l[j]![j]!;
        else if (s > 0) l[i]![i] = Math.sqrt(s);
        else {
          throw new LanewiseError(
            `[linalg.cholesky] the matrix must be positive definite, got a pivot of ${s} in row ${i}${which(matrix, all.length)}`,
          );
        }
      }
    }
    return isUpper(call) ? transposed(l, n, n) : l;
  });
  write(call, factors);
};

/** One reflection after another; Q is their product with the identity. */
const qr: Kernel = (call) => {
  const { all, m, n } = matrices(call.a!);
  const k = Math.min(m, n);
  const factors = all.map((a) => {
    const reflections: { v: Float64Array; tau: number }[] = [];
    /** a - tau v (v^T a), from column `from` on */
    const reflect = (x: Matrix, { v, tau }: { v: Float64Array; tau: number }, from: number): void => {
      const width = x[0]!.length;
      for (let j = from; j < width; j++) {
        let s = 0;
        for (let i = 0; i < m; i++) s += v[i]! * x[i]![j]!;
        for (let i = 0; i < m; i++) x[i]![j]! -= tau * v[i]! * s;
      }
    };
    for (let j = 0; j < k; j++) {
      const rest = Math.hypot(...Array.from({ length: m - j - 1 }, (_, i) => a[j + 1 + i]![j]!));
      const v = new Float64Array(m);
      v[j] = 1;
      const alpha = a[j]![j]!;
      const norm = Math.hypot(alpha, rest);
      const beta = alpha < 0 || Object.is(alpha, -0) ? norm : -norm;
      for (let i = j + 1; i < m; i++) v[i] = rest === 0 ? 0 : a[i]![j]! / (alpha - beta);
      const h = { v, tau: rest === 0 ? 0 : (beta - alpha) / beta };
      reflections.push(h);
      if (rest === 0) continue;
      reflect(a, h, j + 1);
      a[j]![j] = beta;
    }
    const q = zeros(m, k).map((row, i) => (i < k && row.fill(1, i, i + 1), row));
    for (const h of reflections.reverse()) if (h.tau !== 0) reflect(q, h, 0);
    return { q, r: a.slice(0, k).map((row, i) => row.map((x, j) => (j < i ? 0 : x))) };
  });
  write(
    call,
    factors.map((f) => f.q),
  );
  write(
    call,
    factors.map((f) => f.r),
    all.length * m * k,
  );
};

/** Sign and logarithm of the magnitude of a determinant. */
function signAndLog(a: Matrix): readonly [number, number] {
  const n = a.length;
  const value = smallDeterminant(a);
  if (value !== null) return [Math.sign(value), Math.log(Math.abs(value))];
  const pivots = eliminate(a, n, n);
  if (zeroOf(a) >= 0) return [0, -Infinity];
  const sign = pivots.reduce((s, p, i) => s * (p === i ? 1 : -1) * Math.sign(a[i]![i]!), 1);
  return [sign, a.reduce((s, row, i) => s + Math.log(Math.abs(row[i]!)), 0)];
}
/** By the formula up to 3 x 3, where that does not overflow. */
function smallDeterminant(a: Matrix): number | null {
  if (a.length > 3) return null;
  const minor = (j: number, k: number): number => a[1]![j]! * a[2]![k]! - a[1]![k]! * a[2]![j]!;
  const formulas = [
    () => 1,
    () => a[0]![0]!,
    () => a[0]![0]! * a[1]![1]! - a[0]![1]! * a[1]![0]!,
    () => a[0]![0]! * minor(1, 2) - a[0]![1]! * minor(0, 2) + a[0]![2]! * minor(0, 1),
  ];
  const value = formulas[a.length]!();
  return Number.isFinite(value) ? value : null;
}
const det: Kernel = (call) => {
  matrices(call.a!).all.forEach((a, i) => {
    const small = smallDeterminant(a);
    if (small !== null) {
      store(call.type, call.at, i, small);
      return;
    }
    const [sign, log] = signAndLog(a); // leaves the pivots on the diagonal
    const product = a.reduce((p, row, k) => p * Math.abs(row[k]!), 1);
    const size = Number.isFinite(product) && product !== 0 ? product : Math.exp(log);
    store(call.type, call.at, i, sign === 0 ? 0 : sign * size);
  });
};
const slogdet: Kernel = (call) => {
  const { all } = matrices(call.a!);
  all.forEach((a, i) => {
    const [sign, log] = signAndLog(a);
    store(call.type, call.at, i, sign);
    store(call.type, call.at, all.length + i, log);
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
