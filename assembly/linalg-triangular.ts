// Triangular systems and inverses by halves, so that nearly all of the work is matrix products. Strides are in bytes.
import { addScaled, divide, dot, gemmSub, half } from './linalg-rows';

/** Order up to which plain loops run. */
const BASE: i32 = 16;

/** One right side, in order: each unknown is what is left of its row after the dot product with those known. */
function substitute<E>(upper: bool, unit: bool, k: i32, t: usize, ldt: usize, x: usize): void {
  const size = sizeof<E>();
  for (let j = 0; j < k; j++) {
    const i = upper ? k - 1 - j : j;
    const row = t + <usize>i * ldt;
    const at = x + <usize>i * size;
    const known = upper ? dot<E>(j, row + <usize>(i + 1) * size, at + size) : dot<E>(i, row, x);
    const v = load<E>(at) - known;
    store<E>(at, unit ? v : v / load<E>(row + <usize>i * size));
  }
}

/**
 * Solves T X = B in place, T [k x k] triangular (`unit`: ones on its diagonal, which is not read), B [k x n]. The other triangle
 * of T is not read.
 */
export function trsm<E>(
  upper: bool,
  unit: bool,
  k: i32,
  n: i32,
  t: usize,
  ldt: usize,
  b: usize,
  ldb: usize,
  w: usize,
  s: usize,
): void {
  const size = sizeof<E>();
  if (n == 1 && ldb == size) {
    substitute<E>(upper, unit, k, t, ldt, b);
    return;
  }
  if (k <= BASE) {
    for (let j = 0; j < k; j++) {
      const i = upper ? k - 1 - j : j;
      const row = t + <usize>i * ldt;
      const at = b + <usize>i * ldb;
      const last = upper ? k : i;
      for (let p = upper ? i + 1 : 0; p < last; p++) {
        addScaled<E>(n, -load<E>(row + <usize>p * size), b + <usize>p * ldb, at);
      }
      if (!unit) divide<E>(n, load<E>(row + <usize>i * size), at);
    }
    return;
  }
  const h = half(k);
  const below = <usize>h * ldt;
  const across = <usize>h * size;
  const lower = b + <usize>h * ldb;
  const corner = t + below + across;
  if (upper) {
    trsm<E>(true, unit, k - h, n, corner, ldt, lower, ldb, w, s);
    gemmSub<E>(h, n, k - h, t + across, ldt, lower, ldb, size, b, ldb, w, s, true);
    trsm<E>(true, unit, h, n, t, ldt, b, ldb, w, s);
  } else {
    trsm<E>(false, unit, h, n, t, ldt, b, ldb, w, s);
    gemmSub<E>(k - h, n, h, t + below, ldt, b, ldb, size, lower, ldb, w, s, true);
    trsm<E>(false, unit, k - h, n, corner, ldt, lower, ldb, w, s);
  }
}

/** Solves X L^T = B in place, L [k x k] lower triangular, B [m x k]. */
export function trsmRight<E>(m: i32, k: i32, l: usize, ldl: usize, b: usize, ldb: usize, w: usize, s: usize): void {
  const size = sizeof<E>();
  if (k <= BASE) {
    for (; m > 0; m--) {
      for (let j = 0; j < k; j++) {
        const row = l + <usize>j * ldl;
        const at = b + <usize>j * size;
        store<E>(at, (load<E>(at) - dot<E>(j, b, row)) / load<E>(row + <usize>j * size));
      }
      b += ldb;
    }
    return;
  }
  const h = half(k);
  const below = l + <usize>h * ldl;
  const right = b + <usize>h * size;
  trsmRight<E>(m, h, l, ldl, b, ldb, w, s);
  gemmSub<E>(m, k - h, h, b, ldb, below, size, ldl, right, ldb, w, s, true);
  trsmRight<E>(m, k - h, below + <usize>h * size, ldl, right, ldb, w, s);
}

/** Inverse of a lower triangle in place; zeros must lie above it. */
export function invertLower<E>(n: i32, a: usize, ld: usize, w: usize, s: usize): void {
  const size = sizeof<E>();
  if (n <= BASE) {
    for (let i = 0; i < n; i++) {
      const row = a + <usize>i * ld;
      const bytes = <usize>(i + 1) * size;
      memory.copy(s, row, bytes);
      memory.fill(row, 0, bytes);
      for (let p = 0; p < i; p++) addScaled<E>(p + 1, -load<E>(s + <usize>p * size), a + <usize>p * ld, row);
      store<E>(row + <usize>i * size, 1);
      divide<E>(i + 1, load<E>(s + <usize>i * size), row);
    }
    return;
  }
  const h = half(n);
  const below = a + <usize>h * ld;
  const corner = below + <usize>h * size;
  trsm<E>(false, false, n - h, h, corner, ld, below, ld, w, s);
  invertLower<E>(h, a, ld, w, s);
  gemmSub<E>(n - h, h, h, below, ld, a, ld, size, below, ld, w, s, false);
  invertLower<E>(n - h, corner, ld, w, s);
}
