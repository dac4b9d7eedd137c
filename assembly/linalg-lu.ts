// LU with partial pivoting and Cholesky, both by halves. Strides are in bytes.
import { addScaled, dot, gemmSub, half, swap } from './linalg-rows';
import { trsm, trsmRight } from './linalg-triangular';

/** Columns up to which LU eliminates one at a time, rows of Cholesky up to which it takes dot products. */
const BASE: i32 = 16;
/** Order up to which a symmetric update computes the square instead of its lower half. */
const SQUARE: i32 = 48;

/** The first of the largest magnitudes of a column; NaN is never larger. */
function pivotOf<E>(m: i32, a: usize, ld: usize): i32 {
  let best = abs<E>(load<E>(a));
  let at = 0;
  for (let i = 1; i < m; i++) {
    a += ld;
    const x = abs<E>(load<E>(a));
    if (x > best) {
      best = x;
      at = i;
    }
  }
  return at;
}

/**
 * Columns of [m x n] at `a`, which is row and column `first` of a matrix whose rows begin at `rows` for that row and have `bytes`
 * bytes: whole rows are exchanged. Pivots (rows of the matrix) go to `pivots`, one u32 a column.
 */
export function lu<E>(
  m: i32,
  n: i32,
  a: usize,
  ld: usize,
  rows: usize,
  bytes: usize,
  first: i32,
  pivots: usize,
  w: usize,
  s: usize,
): void {
  const size = sizeof<E>();
  const k = min(m, n);
  if (k <= BASE) {
    for (let j = 0; j < k; j++) {
      const p = j + pivotOf<E>(m - j, a, ld);
      store<u32>(pivots + (<usize>j << 2), first + p);
      if (p != j) swap(bytes, rows + <usize>j * ld, rows + <usize>p * ld);
      const d = load<E>(a);
      if (d != 0) {
        let row = a + ld;
        for (let i = j + 1; i < m; i++) {
          const c = load<E>(row) / d;
          store<E>(row, c);
          addScaled<E>(n - j - 1, -c, a + size, row + size);
          row += ld;
        }
      }
      a += ld + size;
    }
    return;
  }
  const h = half(k);
  const right = a + <usize>h * size;
  const below = a + <usize>h * ld;
  const corner = below + <usize>h * size;
  lu<E>(m, h, a, ld, rows, bytes, first, pivots, w, s);
  trsm<E>(false, true, h, n - h, a, ld, right, ld, w, s);
  gemmSub<E>(m - h, n - h, h, below, ld, right, ld, size, corner, ld, w, s, true);
  lu<E>(m - h, n - h, corner, ld, rows + <usize>h * ld, bytes, first + h, pivots + (<usize>h << 2), w, s);
}

/** C -= A A^T in the lower triangle of C [n x n], A [n x k] (above it C is undefined). */
function symmetric<E>(n: i32, k: i32, a: usize, c: usize, ld: usize, w: usize, s: usize): void {
  const size = sizeof<E>();
  if (n <= SQUARE) {
    gemmSub<E>(n, n, k, a, ld, a, size, ld, c, ld, w, s, true);
    return;
  }
  const h = half(n);
  const below = a + <usize>h * ld;
  const under = c + <usize>h * ld;
  symmetric<E>(h, k, a, c, ld, w, s);
  gemmSub<E>(n - h, h, k, below, ld, a, size, ld, under, ld, w, s, true);
  symmetric<E>(n - h, k, below, under + <usize>h * size, ld, w, s);
}

/** The lower factor in place of the lower triangle. Returns 0, or 1 + the row whose pivot, left in its place, is not positive. */
export function cholesky<E>(n: i32, a: usize, ld: usize, w: usize, s: usize): i32 {
  const size = sizeof<E>();
  if (n <= BASE) {
    for (let i = 0; i < n; i++) {
      const row = a + <usize>i * ld;
      for (let j = 0; j < i; j++) {
        const other = a + <usize>j * ld;
        const at = row + <usize>j * size;
        store<E>(at, (load<E>(at) - dot<E>(j, row, other)) / load<E>(other + <usize>j * size));
      }
      const at = row + <usize>i * size;
      const d = load<E>(at) - dot<E>(i, row, row);
      if (!(d > 0)) {
        store<E>(at, d);
        return i + 1;
      }
      store<E>(at, sqrt<E>(d));
    }
    return 0;
  }
  const h = half(n);
  const below = a + <usize>h * ld;
  const corner = below + <usize>h * size;
  const failed = cholesky<E>(h, a, ld, w, s);
  if (failed != 0) return failed;
  trsmRight<E>(n - h, h, a, ld, below, ld, w, s);
  symmetric<E>(n - h, h, below, corner, ld, w, s);
  const later = cholesky<E>(n - h, corner, ld, w, s);
  return later == 0 ? 0 : h + later;
}
