// Eigenvalues and vectors of Hermitian matrices: Householder reflections to tridiagonal form, then implicit QL with shifts.
import { flush, openQueue, openSweep, Queue, queueBytes, rotate } from './eigen-rotate';
import {
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
  rotation,
  scaleRow,
  scaling,
  sortOrder,
  take,
} from './eigen-rows';
import { hsum64, madd64 } from './simd';

const EPS: f64 = 1.1102230246251565e-16;

/** Row of the lower triangle in both roles: q += y_j row, and the sum of conj(row) * y is returned (imaginary part in `im`). */
function product(n: i32, row: usize, y: usize, re: f64, imag: f64, q: usize, cx: i32): f64 {
  if (cx != 0) {
    const c = f64x2.splat(re);
    const d = f64x2.replace_lane(f64x2.splat(imag), 0, -imag);
    let s = f64x2.splat(0);
    let t = s;
    for (; n > 0; n--) {
      const a = v128.load(row);
      const b = v128.load(y);
      v128.store(q, madd64(d, i64x2.shuffle(a, a, 1, 0), madd64(c, a, v128.load(q))));
      s = madd64(a, b, s);
      t = madd64(a, i64x2.shuffle(b, b, 1, 0), t);
      row += 16;
      y += 16;
      q += 16;
    }
    im = f64x2.extract_lane(t, 0) - f64x2.extract_lane(t, 1);
    return hsum64(s);
  }
  const c = f64x2.splat(re);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  for (; n >= 4; n -= 4) {
    const a = v128.load(row);
    const b = v128.load(row, 16);
    v128.store(q, madd64(c, a, v128.load(q)));
    v128.store(q, madd64(c, b, v128.load(q, 16)), 16);
    s0 = madd64(a, v128.load(y), s0);
    s1 = madd64(b, v128.load(y, 16), s1);
    row += 32;
    y += 32;
    q += 32;
  }
  let s = hsum64(f64x2.add(s0, s1));
  for (; n > 0; n--) {
    const a = load<f64>(row);
    store<f64>(q, load<f64>(q) + re * a);
    s += a * load<f64>(y);
    row += 8;
    y += 8;
    q += 8;
  }
  im = 0;
  return s;
}

/** row -= a z + b y over n elements */
function rankTwo(n: i32, row: usize, ar: f64, ai: f64, z: usize, br: f64, bi: f64, y: usize, cx: i32): void {
  const a = f64x2.splat(-ar);
  const b = f64x2.splat(-br);
  if (cx != 0) {
    const c = f64x2.replace_lane(f64x2.splat(-ai), 0, ai);
    const d = f64x2.replace_lane(f64x2.splat(-bi), 0, bi);
    for (; n > 0; n--) {
      const p = v128.load(z);
      const r = v128.load(y);
      let x = madd64(b, r, madd64(a, p, v128.load(row)));
      x = madd64(c, i64x2.shuffle(p, p, 1, 0), x);
      v128.store(row, madd64(d, i64x2.shuffle(r, r, 1, 0), x));
      row += 16;
      z += 16;
      y += 16;
    }
    return;
  }
  for (; n >= 4; n -= 4) {
    v128.store(row, madd64(b, v128.load(y), madd64(a, v128.load(z), v128.load(row))));
    v128.store(row, madd64(b, v128.load(y, 16), madd64(a, v128.load(z, 16), v128.load(row, 16))), 16);
    row += 32;
    z += 32;
    y += 32;
  }
  for (; n > 0; n--) {
    store<f64>(row, load<f64>(row) - ar * load<f64>(z) - br * load<f64>(y));
    row += 8;
    z += 8;
    y += 8;
  }
}

/**
 * Lower triangle at a to tridiagonal form: the diagonal to d, magnitudes below it to e, their running phases to `phase`. The
 * reflector of row i stays in it, conjugated, its factor in tau.
 */
function tridiagonal(n: i32, a: usize, ld: usize, d: usize, e: usize, phase: usize, tau: usize, q: usize, cx: i32): void {
  const shift = <usize>(3 + cx);
  for (let i = n - 1; i >= 0; i--) {
    const y = a + <usize>i * ld;
    store<f64>(d + (<usize>i << 3), load<f64>(y + (<usize>i << shift)));
    if (i == 0) break;
    const t = reflector(i, y, i - 1, cx);
    store<f64>(tau + (<usize>i << 3), t);
    store<f64>(phase + (<usize>i << 4), radius);
    store<f64>(phase + (<usize>i << 4), im, 8);
    if (t == 0) continue;
    memory.fill(q, 0, <usize>i << shift);
    for (let j = 0; j < i; j++) {
      const at = <usize>j << shift;
      const row = a + <usize>j * ld;
      const yr = load<f64>(y + at);
      const yi = cx != 0 ? load<f64>(y + at, 8) : 0;
      const diagonal = load<f64>(row + at);
      const s = product(j, row, y, yr, yi, q, cx);
      store<f64>(q + at, load<f64>(q + at) + s + diagonal * yr);
      if (cx != 0) store<f64>(q + at, load<f64>(q + at, 8) + im + diagonal * yi, 8);
    }
    scaleRow(i << cx, t, q);
    const half = 0.5 * t * dot(i, y, q, cx);
    rankTwo(i, q, half, 0, y, 0, 0, y, cx);
    for (let j = 0; j < i; j++) {
      const at = <usize>j << shift;
      const row = a + <usize>j * ld;
      const yi = cx != 0 ? -load<f64>(y + at, 8) : 0;
      const zi = cx != 0 ? -load<f64>(q + at, 8) : 0;
      rankTwo(j + 1, row, load<f64>(y + at), yi, q, load<f64>(q + at), zi, y, cx);
    }
  }
  store<f64>(phase, 1);
  store<f64>(phase, 0, 8);
  for (let i = 1; i < n; i++) {
    const p = phase + (<usize>i << 4);
    const re = load<f64>(p);
    const imag = load<f64>(p, 8);
    const size = hypotenuse(re, imag);
    store<f64>(e + (<usize>(i - 1) << 3), size);
    const cr = size == 0 ? 1 : re / size;
    const ci = size == 0 ? 0 : imag / size;
    const pr = load<f64>(p - 16);
    const pi = load<f64>(p - 16, 8);
    store<f64>(p, cr * pr - ci * pi);
    store<f64>(p, cr * pi + ci * pr, 8);
  }
}

/** Rows of the transposed (and conjugated) product of the reflectors, each times its phase. */
function accumulate(n: i32, a: usize, ld: usize, phase: usize, tau: usize, w: usize, cx: i32): void {
  memory.fill(w, 0, <usize>n * ld);
  for (let k = 0; k < n; k++) {
    const row = w + <usize>k * ld;
    const at = row + (<usize>k << (3 + cx));
    store<f64>(at, load<f64>(phase + (<usize>k << 4)));
    if (cx != 0) store<f64>(at, -load<f64>(phase + (<usize>k << 4), 8), 8);
    for (let i = k + 1; i < n; i++) {
      const t = load<f64>(tau + (<usize>i << 3));
      if (t != 0) reflect(i, t, a + <usize>i * ld, row, cx);
    }
  }
}

/** The queue that rotations go to, or 0. */
let queue: usize = 0;

/** One QL sweep over k + 1 diagonal elements, `step` bytes apart, from the far end to d; e lies beside them. */
function sweepQL(k: i32, d: usize, e: usize, step: usize): void {
  const e0 = load<f64>(e);
  const d0 = load<f64>(d);
  let g = (load<f64>(d + step) - d0) / (2 * e0);
  g = load<f64>(d + <usize>k * step) - d0 + e0 / (g + copysign<f64>(hypotenuse(g, 1), g));
  let s: f64 = 1;
  let c: f64 = 1;
  let p: f64 = 0;
  for (let i = k - 1; i >= 0; i--) {
    const di = d + <usize>i * step;
    const ei = e + <usize>i * step;
    const f = s * load<f64>(ei);
    const b = c * load<f64>(ei);
    c = rotation(g, f);
    s = im;
    if (i != k - 1) store<f64>(ei + step, radius);
    g = load<f64>(di + step) - p;
    const r = (load<f64>(di) - g) * s + 2 * c * b;
    p = s * r;
    store<f64>(di + step, g + p);
    g = c * r - b;
    if (queue != 0) rotate(changetype<Queue>(queue), c, s);
  }
  store<f64>(d, d0 - p);
  store<f64>(e, g);
}
/** Diagonalises; false if the iteration did not converge. */
function diagonal(n: i32, d: usize, e: usize): bool {
  let left = 60 * n + 60;
  let lo = 0;
  while (lo < n - 1) {
    let hi = lo;
    for (; hi < n - 1; hi++) {
      const p = e + (<usize>hi << 3);
      const x = abs(load<f64>(p));
      const at = d + (<usize>hi << 3);
      if (x * x <= EPS * EPS * abs(load<f64>(at)) * abs(load<f64>(at, 8)) + 1e-300) {
        store<f64>(p, 0);
        break;
      }
    }
    if (hi == lo) {
      lo++;
      continue;
    }
    if (left-- == 0) return false;
    const first = d + (<usize>lo << 3);
    const last = d + (<usize>hi << 3);
    // towards the end with the smaller elements
    const up = abs(load<f64>(last)) >= abs(load<f64>(first));
    const k = hi - lo;
    if (queue != 0) openSweep(changetype<Queue>(queue), up ? hi : lo, k, up ? -1 : 1);
    if (up) sweepQL(k, first, e + (<usize>lo << 3), 8);
    else sweepQL(k, last, e + (<usize>(hi - 1) << 3), <usize>-8);
  }
  return true;
}

/** Bytes of workspace. */
export function eigh_bytes(n: i32, cx: i32, vectors: i32): f64 {
  const ld = <f64>pitch(n << cx) * 8;
  return ld * n * (1 + vectors) + ld + 72.0 * n + queueBytes(n) + 256;
}

/**
 * Kind 0 f32, 1 f64, 2 complex64. Values ascending to `values` (of the input's kind), vectors as columns unless `vectors` is 0.
 * Returns 0, 1 if an element of the triangle is not finite, 2 if the iteration did not converge.
 */
export function eigh(kind: i32, n: i32, upper: i32, from: usize, values: usize, vectors: usize, work: usize): i32 {
  const cx = kind >> 1;
  const ld = <usize>pitch(n << cx) << 3;
  const a = work;
  const w = a + <usize>n * ld;
  const q = w + (vectors != 0 ? <usize>n * ld : 0);
  const d = q + ld;
  const e = d + (<usize>n << 3);
  const tau = e + (<usize>n << 3);
  const phase = tau + (<usize>n << 3);
  const order = phase + (<usize>n << 4);
  const queueAt = (order + (<usize>n << 2) + 15) & ~15;
  // the lower triangle; of the upper one its conjugate transpose
  take(kind, n, n, from, upper != 0 ? 1 : <usize>n, upper != 0 ? <usize>n : 1, a, ld, upper != 0);
  let top: f64 = 0;
  for (let i = 0; i < n; i++) {
    const row = a + <usize>i * ld;
    if (cx != 0) store<f64>(row + (<usize>i << 4), 0, 8);
    top = max<f64>(top, largest((i + 1) << cx, row));
  }
  if (!(top < Infinity)) return 1;
  const unit = scaling(top);
  if (unit != 1) for (let i = 0; i < n; i++) scaleRow((i + 1) << cx, unit, a + <usize>i * ld);
  tridiagonal(n, a, ld, d, e, phase, tau, q, cx);
  queue = 0;
  if (vectors != 0) {
    accumulate(n, a, ld, phase, tau, w, cx);
    queue = changetype<usize>(openQueue(queueAt, n, w, ld, n << cx));
  }
  if (!diagonal(n, d, e)) return 2;
  sortOrder(n, d, 1, order);
  for (let i = 0; i < n; i++) {
    const k = load<i32>(order + (<usize>i << 2));
    put(kind, values, i, load<f64>(d + (<usize>k << 3)) / unit, 0);
  }
  if (vectors != 0) {
    flush(changetype<Queue>(queue));
    putRows(kind, n, n, w, ld, order, vectors, 1, n, true);
  }
  return 0;
}
