// Singular value decomposition: Householder reflections from both sides to bidiagonal form, then implicit QR.
import { openQueue, queueBytes } from './eigen-rotate';
import {
  axpy,
  dot,
  hypotenuse,
  im,
  largest,
  pitch,
  put,
  putRows,
  radius,
  reflect,
  reflector,
  scaleRow,
  scaling,
  sortOrder,
  take,
} from './eigen-rows';
import { bidiagonalQR } from './svd-bidiagonal';

/**
 * Rows at a (m of n <= m elements) to upper bidiagonal form. Reflectors from the left go to rows at u, those from the right stay
 * (conjugated) in the rows of a; their factors to tauU and tauV, the complex diagonal to d, what lies beside it to e.
 */
function bidiagonal(
  m: i32,
  n: i32,
  a: usize,
  ld: usize,
  u: usize,
  ldu: usize,
  tauU: usize,
  tauV: usize,
  d: usize,
  e: usize,
  w: usize,
  cx: i32,
): void {
  const shift = <usize>(3 + cx);
  for (let k = 0; k < n; k++) {
    const column = a + (<usize>k << shift);
    const v = u + <usize>k * ldu;
    for (let i = k; i < m; i++) {
      const from = column + <usize>i * ld;
      const to = v + (<usize>i << shift);
      store<f64>(to, load<f64>(from));
      if (cx != 0) store<f64>(to, load<f64>(from, 8), 8);
    }
    const t = reflector(m - k, v + (<usize>k << shift), 0, cx);
    store<f64>(tauU + (<usize>k << 3), t);
    store<f64>(d + (<usize>k << 4), radius);
    store<f64>(d + (<usize>k << 4), im, 8);
    const rest = n - k - 1;
    if (rest == 0) break;
    const from = <usize>(k + 1) << shift;
    memory.fill(w, 0, <usize>rest << shift);
    if (t != 0) {
      for (let i = k; i < m; i++) {
        const x = v + (<usize>i << shift);
        axpy(rest, load<f64>(x), cx != 0 ? -load<f64>(x, 8) : 0, a + <usize>i * ld + from, w, cx);
      }
    }
    const pivot = a + <usize>k * ld + from;
    const y = v + (<usize>k << shift);
    axpy(rest, -t * load<f64>(y), cx != 0 ? -t * load<f64>(y, 8) : 0, w, pivot, cx);
    const s = reflector(rest, pivot, 0, cx);
    store<f64>(tauV + (<usize>k << 3), s);
    store<f64>(e + (<usize>k << 4), radius);
    store<f64>(e + (<usize>k << 4), im, 8);
    for (let i = k + 1; i < m; i++) {
      const x = v + (<usize>i << shift);
      const row = a + <usize>i * ld + from;
      axpy(rest, -t * load<f64>(x), cx != 0 ? -t * load<f64>(x, 8) : 0, w, row, cx);
      if (s != 0) reflect(rest, s, pivot, row, cx);
    }
  }
}

/** Magnitudes of the bidiagonal to d and e (in place); the phases that make them so, of U to pu, of conj(V) to pv. */
function phases(n: i32, d: usize, e: usize, pu: usize, pv: usize): void {
  let vr: f64 = 1;
  let vi: f64 = 0;
  for (let k = 0; k < n; k++) {
    const p = <usize>k << 4;
    store<f64>(pv + p, vr);
    store<f64>(pv + p, -vi, 8);
    let re = load<f64>(d + p) * vr - load<f64>(d + p, 8) * vi;
    let imag = load<f64>(d + p) * vi + load<f64>(d + p, 8) * vr;
    let size = hypotenuse(re, imag);
    const ur = size == 0 ? 1 : re / size;
    const ui = size == 0 ? 0 : imag / size;
    store<f64>(pu + p, ur);
    store<f64>(pu + p, ui, 8);
    store<f64>(d + (<usize>k << 3), size);
    if (k == n - 1) break;
    re = ur * load<f64>(e + p) + ui * load<f64>(e + p, 8);
    imag = ur * load<f64>(e + p, 8) - ui * load<f64>(e + p);
    size = hypotenuse(re, imag);
    vr = size == 0 ? 1 : re / size;
    vi = size == 0 ? 0 : -imag / size;
    store<f64>(e + (<usize>k << 3), size);
  }
}

/** Row k of a matrix of `count` rows: a phase (1 from `n` on) times the unit vector, at the start of `width` zero bytes. */
function unitRow(k: i32, n: i32, row: usize, width: usize, phase: usize, cx: i32): void {
  memory.fill(row, 0, width);
  const at = row + (<usize>k << (3 + cx));
  const p = phase + (<usize>k << 4);
  store<f64>(at, k < n ? load<f64>(p) : 1);
  if (cx != 0 && k < n) store<f64>(at, load<f64>(p, 8), 8);
}

/** Bytes of workspace. `full` 1: all of U and V, 0: as many vectors as there are values, -1: values alone. */
export function svd_bytes(rows: i32, columns: i32, cx: i32, full: i32): f64 {
  const m = max(rows, columns);
  const n = min(rows, columns);
  const ld = <f64>pitch(n << cx) * 8;
  const ldu = <f64>pitch(m << cx) * 8;
  const vectors = full < 0 ? 0 : ldu * (full > 0 ? m : n) + ld * n;
  return ld * m + ldu * n + ld + 100.0 * n + vectors + 2.0 * queueBytes(n) + 256;
}

/**
 * Kind 0 f32, 1 f64, 2 complex64, in and out. Values descending to `values`, U to `us`, V^H to `vs`; both are left out if `full` is -1.
 * Returns 0, 1 if an element is not finite, 2 if the iteration did not converge.
 */
export function svd(
  kind: i32,
  rows: i32,
  columns: i32,
  full: i32,
  from: usize,
  values: usize,
  us: usize,
  vs: usize,
  work: usize,
): i32 {
  const cx = kind >> 1;
  const wide = columns > rows;
  const m = max(rows, columns);
  const n = min(rows, columns);
  const ld = <usize>pitch(n << cx) << 3;
  const ldu = <usize>pitch(m << cx) << 3;
  const a = work;
  const u = a + <usize>m * ld;
  const w = u + <usize>n * ldu;
  const d = w + ld;
  const e = d + (<usize>n << 4);
  const pu = e + (<usize>n << 4);
  const pv = pu + (<usize>n << 4);
  const tauU = pv + (<usize>n << 4);
  const tauV = tauU + (<usize>n << 3);
  const order = tauV + (<usize>n << 3);
  const queueU = (order + (<usize>n << 2) + 15) & ~15;
  const queueV = queueU + queueBytes(n);
  const vectorsU = (queueV + queueBytes(n) + 63) & ~63;
  const count = full > 0 ? m : n;
  const vectorsV = vectorsU + <usize>count * ldu;
  // of a wide matrix the conjugate transpose
  take(kind, m, n, from, wide ? 1 : <usize>columns, wide ? <usize>columns : 1, a, ld, wide);
  let top: f64 = 0;
  for (let i = 0; i < m; i++) top = max<f64>(top, largest(n << cx, a + <usize>i * ld));
  if (!(top < Infinity)) return 1;
  const unit = scaling(top);
  if (unit != 1) for (let i = 0; i < m; i++) scaleRow(n << cx, unit, a + <usize>i * ld);
  bidiagonal(m, n, a, ld, u, ldu, tauU, tauV, d, e, w, cx);
  phases(n, d, e, pu, pv);
  let qu: usize = 0;
  let qv: usize = 0;
  const shift = <usize>(3 + cx);
  if (full >= 0) {
    for (let k = 0; k < count; k++) {
      const row = vectorsU + <usize>k * ldu;
      unitRow(k, n, row, ldu, pu, cx);
      for (let j = min(k, n - 1); j >= 0; j--) {
        const t = load<f64>(tauU + (<usize>j << 3));
        const at = <usize>j << shift;
        if (t != 0) reflect(m - j, t, u + <usize>j * ldu + at, row + at, cx);
      }
    }
    for (let k = 0; k < n; k++) {
      const row = vectorsV + <usize>k * ld;
      unitRow(k, n, row, ld, pv, cx);
      for (let j = k - 1; j >= 0; j--) {
        const t = load<f64>(tauV + (<usize>j << 3));
        const at = <usize>(j + 1) << shift;
        if (t != 0) reflect(n - j - 1, t, a + <usize>j * ld + at, row + at, cx);
      }
    }
    qu = changetype<usize>(openQueue(queueU, n, vectorsU, ldu, m << cx));
    qv = changetype<usize>(openQueue(queueV, n, vectorsV, ld, n << cx));
  }
  if (!bidiagonalQR(n, d, e, qu, qv)) return 2;
  sortOrder(n, d, -1, order);
  for (let i = 0; i < n; i++) {
    const k = load<i32>(order + (<usize>i << 2));
    put(kind, values, i, load<f64>(d + (<usize>k << 3)) / unit, 0);
  }
  if (full < 0) return 0;
  const more = count - n;
  const size: usize = kind == 0 ? 4 : 8;
  if (wide) {
    putRows(kind, n, n, vectorsV, ld, order, us, 1, n, true);
    putRows(kind, n, m, vectorsU, ldu, order, vs, m, 1, true);
    putRows(kind, more, m, vectorsU + <usize>n * ldu, ldu, 0, vs + <usize>n * m * size, m, 1, true);
  } else {
    putRows(kind, n, m, vectorsU, ldu, order, us, 1, count, false);
    putRows(kind, more, m, vectorsU + <usize>n * ldu, ldu, 0, us + <usize>n * size, 1, count, false);
    putRows(kind, n, n, vectorsV, ld, order, vs, n, 1, false);
  }
  return 0;
}
