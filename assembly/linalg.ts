// Factorisations and solvers of one matrix, row-major without gaps; the work is in the linalg files. `w` is the workspace of `gemm`,
// `s` room for one matrix.
import { cholesky, lu } from './linalg-lu';
import { qr } from './linalg-qr';
import { clear, swap } from './linalg-rows';
import { invertLower, trsm } from './linalg-triangular';

/** 1 + the first row with a zero on the diagonal, or 0. */
function zeroAt<E>(n: i32, a: usize): i32 {
  for (let i = 0; i < n; i++) {
    if (load<E>(a + (<usize>i * <usize>(n + 1)) * sizeof<E>()) == 0) return i + 1;
  }
  return 0;
}

/** The row order that the exchanges undo: row i of the matrix is row order[i] of L U. */
export function linalg_order(m: i32, k: i32, pivots: usize, order: usize): void {
  for (let i = 0; i < m; i++) store<u32>(order + (<usize>i << 2), i);
  for (let i = k - 1; i >= 0; i--) {
    swap(4, order + (<usize>i << 2), order + (<usize>load<u32>(pivots + (<usize>i << 2)) << 2));
  }
}

// In place, pivots as u32. Returns 1 + the first row of a square matrix with a zero pivot, or 0.
export function linalg_lu_f32(m: i32, n: i32, a: usize, pivots: usize, w: usize, s: usize): i32 {
  const bytes = <usize>n << 2;
  lu<f32>(m, n, a, bytes, a, bytes, 0, pivots, w, s);
  return m == n ? zeroAt<f32>(n, a) : 0;
}
export function linalg_lu_f64(m: i32, n: i32, a: usize, pivots: usize, w: usize, s: usize): i32 {
  const bytes = <usize>n << 3;
  lu<f64>(m, n, a, bytes, a, bytes, 0, pivots, w, s);
  return m == n ? zeroAt<f64>(n, a) : 0;
}

// @ts-ignore: decorator
@inline
function split<E>(m: i32, n: i32, a: usize, l: usize, u: usize): void {
  const k = min(m, n);
  const size = sizeof<E>();
  for (let i = 0; i < m; i++) {
    const c = min(i, k);
    const rest = <usize>(k - c) * size;
    memory.copy(l, a, <usize>c * size);
    l += <usize>c * size;
    memory.fill(l, 0, rest);
    if (i < k) {
      store<E>(l, 1);
      memory.fill(u, 0, <usize>i * size);
      memory.copy(u + <usize>i * size, a + <usize>i * size, <usize>(n - i) * size);
      u += <usize>n * size;
    }
    l += rest;
    a += <usize>n * size;
  }
}
// L [m x k] with its ones and U [k x n] of a factored matrix
export function linalg_split_f32(m: i32, n: i32, a: usize, l: usize, u: usize): void {
  split<f32>(m, n, a, l, u);
}
export function linalg_split_f64(m: i32, n: i32, a: usize, l: usize, u: usize): void {
  split<f64>(m, n, a, l, u);
}

// @ts-ignore: decorator
@inline
function solve<E>(k: i32, n: i32, a: usize, pivots: usize, b: usize, w: usize, s: usize): void {
  const rows = <usize>n * sizeof<E>();
  const ld = <usize>k * sizeof<E>();
  for (let i = 0; i < k; i++) {
    const p = load<u32>(pivots + (<usize>i << 2));
    if (p != i) swap(rows, b + <usize>i * rows, b + <usize>p * rows);
  }
  trsm<E>(false, true, k, n, a, ld, b, rows, w, s);
  trsm<E>(true, false, k, n, a, ld, b, rows, w, s);
}
// A X = B in place of B [k x n], A as `linalg_lu` leaves it
export function linalg_solve_f32(k: i32, n: i32, a: usize, pivots: usize, b: usize, w: usize, s: usize): void {
  solve<f32>(k, n, a, pivots, b, w, s);
}
export function linalg_solve_f64(k: i32, n: i32, a: usize, pivots: usize, b: usize, w: usize, s: usize): void {
  solve<f64>(k, n, a, pivots, b, w, s);
}

// T X = B in place of B [k x n]. Returns 1 + the first zero of T's diagonal without solving, or 0.
export function linalg_triangular_f32(upper: bool, k: i32, n: i32, t: usize, b: usize, w: usize, s: usize): i32 {
  const zero = zeroAt<f32>(k, t);
  if (zero == 0) trsm<f32>(upper, false, k, n, t, <usize>k << 2, b, <usize>n << 2, w, s);
  return zero;
}
export function linalg_triangular_f64(upper: bool, k: i32, n: i32, t: usize, b: usize, w: usize, s: usize): i32 {
  const zero = zeroAt<f64>(k, t);
  if (zero == 0) trsm<f64>(upper, false, k, n, t, <usize>k << 3, b, <usize>n << 3, w, s);
  return zero;
}

// The inverse of the lower triangle in place, zeros above it. Returns 1 + the first zero of the diagonal, or 0.
export function linalg_tri_inv_f32(n: i32, a: usize, w: usize, s: usize): i32 {
  const zero = zeroAt<f32>(n, a);
  clear<f32>(n, n, a, <usize>n << 2, true);
  if (zero == 0) invertLower<f32>(n, a, <usize>n << 2, w, s);
  return zero;
}
export function linalg_tri_inv_f64(n: i32, a: usize, w: usize, s: usize): i32 {
  const zero = zeroAt<f64>(n, a);
  clear<f64>(n, n, a, <usize>n << 3, true);
  if (zero == 0) invertLower<f64>(n, a, <usize>n << 3, w, s);
  return zero;
}

// The lower Cholesky factor in place, zeros above it. Returns 1 + the row with a pivot that is not positive, or 0.
export function linalg_cholesky_f32(n: i32, a: usize, w: usize, s: usize): i32 {
  const failed = cholesky<f32>(n, a, <usize>n << 2, w, s);
  clear<f32>(n, n, a, <usize>n << 2, true);
  return failed;
}
export function linalg_cholesky_f64(n: i32, a: usize, w: usize, s: usize): i32 {
  const failed = cholesky<f64>(n, a, <usize>n << 3, w, s);
  clear<f64>(n, n, a, <usize>n << 3, true);
  return failed;
}

// see `qr` for the operands
export function linalg_qr_f32(m: i32, n: i32, a: usize, q: usize, v: usize, t: usize, y: usize, w: usize): void {
  qr<f32>(m, n, a, q, v, t, y, w);
}
export function linalg_qr_f64(m: i32, n: i32, a: usize, q: usize, v: usize, t: usize, y: usize, w: usize): void {
  qr<f64>(m, n, a, q, v, t, y, w);
}

// zeros below the diagonal of [m x n]
export function linalg_upper_f32(m: i32, n: i32, a: usize): void {
  clear<f32>(m, n, a, <usize>n << 2, false);
}
export function linalg_upper_f64(m: i32, n: i32, a: usize): void {
  clear<f64>(m, n, a, <usize>n << 3, false);
}
