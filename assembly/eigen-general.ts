// Eigenvalues and vectors of general matrices: balancing, Hessenberg form, Schur form, back substitution.
import { axpy, im, largest, pitch, powerOver, put, radius, reflect, reflector, scaleRow, take } from './eigen-rows';
import { complexSchur } from './eigen-schur-complex';
import { realSchur } from './eigen-schur-real';
import { complexVector, pairVector, realVector } from './eigen-vectors';

/** First and last row of the part that balancing left to be reduced. */
let lo = 0;
let hi = 0;

// @ts-ignore: decorator
@inline
function swap(p: usize, q: usize, size: usize): void {
  for (const end = p + size; p < end; p += 8, q += 8) {
    const x = load<f64>(p);
    store<f64>(p, load<f64>(q));
    store<f64>(q, x);
  }
}

/** Exchanges rows and columns i and k, and notes it for row k. */
function exchange(n: i32, a: usize, ld: usize, i: i32, k: i32, scale: usize, cx: i32): void {
  store<f64>(scale + (<usize>k << 3), <f64>i);
  if (i == k) return;
  swap(a + <usize>i * ld, a + <usize>k * ld, <usize>n << (3 + cx));
  for (let r = 0; r < n; r++) {
    const row = a + <usize>r * ld;
    swap(row + (<usize>i << (3 + cx)), row + (<usize>k << (3 + cx)), <usize>8 << cx);
  }
}

/** Whether row (or column) i is zero off the diagonal between first and last. */
function isolated(a: usize, ld: usize, i: i32, first: i32, last: i32, column: bool, cx: i32): bool {
  for (let k = first; k <= last; k++) {
    if (k == i) continue;
    const p = a + <usize>(column ? k : i) * ld + (<usize>(column ? i : k) << (3 + cx));
    if (load<f64>(p) != 0 || (cx != 0 && load<f64>(p, 8) != 0)) return false;
  }
  return true;
}

/** Moves eigenvalues that stand alone to the ends, then scales rows and columns by powers of two to like norms. */
function balance(n: i32, a: usize, ld: usize, scale: usize, cx: i32): void {
  lo = 0;
  hi = n - 1;
  for (let i = hi; i >= 0 && hi > 0; i--) {
    if (!isolated(a, ld, i, 0, hi, false, cx)) continue;
    exchange(n, a, ld, i, hi, scale, cx);
    i = hi;
    hi--;
  }
  for (let i = lo; i <= hi && lo < hi; i++) {
    if (!isolated(a, ld, i, lo, hi, true, cx)) continue;
    exchange(n, a, ld, i, lo, scale, cx);
    i = lo;
    lo++;
  }
  for (let i = lo; i <= hi; i++) store<f64>(scale + (<usize>i << 3), 1);
  let again = true;
  for (let round = 0; again && round < 100; round++) {
    again = false;
    for (let i = lo; i <= hi; i++) {
      let c: f64 = 0;
      let r: f64 = 0;
      for (let k = lo; k <= hi; k++) {
        if (k == i) continue;
        const p = a + <usize>k * ld + (<usize>i << (3 + cx));
        const q = a + <usize>i * ld + (<usize>k << (3 + cx));
        c += abs(load<f64>(p)) + (cx != 0 ? abs(load<f64>(p, 8)) : 0);
        r += abs(load<f64>(q)) + (cx != 0 ? abs(load<f64>(q, 8)) : 0);
      }
      if (c < 1e-200 || r < 1e-200) continue;
      const sum = c + r;
      let f: f64 = 1;
      for (; c < r / 2; c *= 4) f *= 2;
      for (; c >= r * 2; c /= 4) f /= 2;
      const total = load<f64>(scale + (<usize>i << 3)) * f;
      // c + r as it would be after scaling, times f
      if ((c + r) / f >= 0.95 * sum || total > 1e150 || total < 1e-150) continue;
      store<f64>(scale + (<usize>i << 3), total);
      again = true;
      scaleRow(n << cx, 1 / f, a + <usize>i * ld);
      for (let k = 0; k < n; k++) scaleRow(1 << cx, f, a + <usize>k * ld + (<usize>i << (3 + cx)));
    }
  }
}

/** To Hessenberg form; the reflectors go to rows at v (each over the last if ldv is 0), their factors to tau. */
function hessenberg(n: i32, a: usize, ld: usize, v: usize, ldv: usize, tau: usize, w: usize, u: usize, cx: i32): void {
  const shift = <usize>(3 + cx);
  for (let k = lo; k < hi - 1; k++) {
    const count = hi - k;
    const start = <usize>(k + 1) << shift;
    const x = v + <usize>k * ldv + start;
    for (let i = 0; i < count; i++) {
      const p = a + <usize>(k + 1 + i) * ld + (<usize>k << shift);
      memory.copy(x + (<usize>i << shift), p, <usize>1 << shift);
      memory.fill(p, 0, <usize>1 << shift);
    }
    const t = reflector(count, x, 0, cx);
    store<f64>(tau + (<usize>k << 3), t);
    const p = a + <usize>(k + 1) * ld + (<usize>k << shift);
    store<f64>(p, radius);
    if (cx != 0) store<f64>(p, im, 8);
    if (t == 0) continue;
    // u = conj(v), w = v^H A
    const rest = n - k - 1;
    memory.fill(w, 0, <usize>rest << shift);
    for (let i = 0; i < count; i++) {
      const at = <usize>i << shift;
      const re = load<f64>(x + at);
      store<f64>(u + at, re);
      const imag = cx != 0 ? -load<f64>(x + at, 8) : 0;
      if (cx != 0) store<f64>(u + at, imag, 8);
      axpy(rest, re, imag, a + <usize>(k + 1 + i) * ld + start, w, cx);
    }
    for (let i = 0; i <= hi; i++) {
      const row = a + <usize>i * ld + start;
      if (i > k) {
        const q = x + (<usize>(i - k - 1) << shift);
        axpy(rest, -t * load<f64>(q), cx != 0 ? -t * load<f64>(q, 8) : 0, w, row, cx);
      }
      reflect(count, t, u, row, cx);
    }
  }
}

/** Columns of the product of the reflectors, as rows. */
function accumulate(n: i32, z: usize, ld: usize, v: usize, tau: usize, cx: i32): void {
  memory.fill(z, 0, <usize>n * ld);
  for (let k = 0; k < n; k++) {
    const row = z + <usize>k * ld;
    store<f64>(row + (<usize>k << (3 + cx)), 1);
    if (k > hi) continue;
    for (let j = min(k - 1, hi - 2); j >= lo; j--) {
      const t = load<f64>(tau + (<usize>j << 3));
      const at = <usize>(j + 1) << (3 + cx);
      if (t != 0) reflect(hi - j, t, v + <usize>j * ld + at, row + at, cx);
    }
  }
}

/** Undoes balancing on a vector of pairs. */
function restore(n: i32, x: usize, scale: usize): void {
  for (let i = lo; i <= hi; i++) scaleRow(2, load<f64>(scale + (<usize>i << 3)), x + (<usize>i << 4));
  for (let i = lo - 1; i >= 0; i--) swap(x + (<usize>i << 4), x + (<usize>load<f64>(scale + (<usize>i << 3)) << 4), 16);
  for (let i = hi + 1; i < n; i++) swap(x + (<usize>i << 4), x + (<usize>load<f64>(scale + (<usize>i << 3)) << 4), 16);
}

/** To 2-norm 1, the largest component real. */
function normalise(n: i32, x: usize): void {
  scaleRow(2 * n, powerOver(largest(2 * n, x)), x);
  let sum: f64 = 0;
  let most: f64 = 0;
  let at: usize = x;
  for (let i = 0; i < n; i++) {
    const p = x + (<usize>i << 4);
    const m = load<f64>(p) * load<f64>(p) + load<f64>(p, 8) * load<f64>(p, 8);
    sum += m;
    if (m > most) {
      most = m;
      at = p;
    }
  }
  const size = 1 / sqrt(sum);
  if (load<f64>(at, 8) == 0) {
    scaleRow(2 * n, size, x);
    return;
  }
  const r = size / sqrt(most);
  const c = load<f64>(at) * r;
  const s = load<f64>(at, 8) * r;
  for (let i = 0; i < n; i++) {
    const p = x + (<usize>i << 4);
    const re = load<f64>(p);
    const imag = load<f64>(p, 8);
    store<f64>(p, re * c + imag * s);
    store<f64>(p, imag * c - re * s, 8);
  }
  store<f64>(at, 0, 8);
}

/** Column k of the vectors (conjugated if `sign` is -1). */
function putVector(n: i32, k: i32, x: usize, sign: f64, vectors: usize): void {
  for (let i = 0; i < n; i++) {
    const p = x + (<usize>i << 4);
    put(2, vectors, <usize>i * n + k, load<f64>(p), load<f64>(p, 8) * sign);
  }
}

/** Bytes of workspace. */
export function eig_bytes(n: i32, cx: i32, vectors: i32): f64 {
  const ld = <f64>pitch(n << cx) * 8;
  return ld * n * (1 + 2 * vectors) + 8 * <f64>pitch(n << 1) * 4 + 40.0 * n + ld + 256;
}

/**
 * Kind 0 f32, 1 f64, 2 complex64 in, complex64 out: values in the order of the Schur form, vectors as columns unless `vectors` is 0.
 * Returns 0, 1 if an element is not finite, 2 if the iteration did not converge.
 */
export function eig(kind: i32, n: i32, from: usize, values: usize, vectors: usize, work: usize): i32 {
  const cx = kind >> 1;
  const ld = <usize>pitch(n << cx) << 3;
  const row = <usize>pitch(n << 1) << 3;
  const a = work;
  const v = a + <usize>n * ld;
  const z = v + (vectors != 0 ? <usize>n * ld : ld);
  const x = z + (vectors != 0 ? <usize>n * ld : 0);
  const y = x + row;
  const w = y + row;
  const u = w + row;
  const eigenvalues = u + row;
  const scale = eigenvalues + (<usize>n << 4);
  const tau = scale + (<usize>n << 3);
  take(kind, n, n, from, <usize>n, 1, a, ld, false);
  let top: f64 = 0;
  for (let i = 0; i < n; i++) top = max<f64>(top, largest(n << cx, a + <usize>i * ld));
  if (!(top < Infinity)) return 1;
  const unit = powerOver(top);
  if (unit != 1) for (let i = 0; i < n; i++) scaleRow(n << cx, unit, a + <usize>i * ld);
  balance(n, a, ld, scale, cx);
  hessenberg(n, a, ld, v, vectors != 0 ? ld : 0, tau, w, u, cx);
  const Z = vectors != 0 ? z : 0;
  if (vectors != 0) accumulate(n, z, ld, v, tau, cx);
  const done =
    cx != 0 ? complexSchur(n, lo, hi, a, ld, Z, eigenvalues) : realSchur(n, lo, hi, a, ld, Z, eigenvalues);
  if (!done) return 2;
  for (let i = 0; i < n; i++) {
    const p = eigenvalues + (<usize>i << 4);
    put(2, values, i, load<f64>(p) / unit, load<f64>(p, 8) / unit);
  }
  if (vectors == 0) return 0;
  for (let k = n - 1; k >= 0; k--) {
    const p = eigenvalues + (<usize>k << 4);
    const re = load<f64>(p);
    const imag = load<f64>(p, 8);
    if (cx != 0) complexVector(k, a, ld, re, imag, w);
    else if (imag == 0) realVector(k, a, ld, eigenvalues, w);
    else pairVector(k, a, ld, eigenvalues, w, u);
    memory.fill(x, 0, row);
    memory.fill(y, 0, row);
    for (let j = 0; j <= k; j++) {
      const q = z + <usize>j * ld;
      if (cx != 0) axpy(n, load<f64>(w + (<usize>j << 4)), load<f64>(w + (<usize>j << 4), 8), q, x, 1);
      else {
        axpy(n, load<f64>(w + (<usize>j << 3)), 0, q, x, 0);
        if (imag != 0) axpy(n, load<f64>(u + (<usize>j << 3)), 0, q, y, 0);
      }
    }
    if (cx == 0) {
      // to pairs, from the back
      for (let i = n - 1; i >= 0; i--) {
        const t = load<f64>(x + (<usize>i << 3));
        store<f64>(x + (<usize>i << 4), t);
        store<f64>(x + (<usize>i << 4), imag != 0 ? load<f64>(y + (<usize>i << 3)) : 0, 8);
      }
    }
    restore(n, x, scale);
    normalise(n, x);
    if (cx == 0 && imag != 0) {
      putVector(n, k, x, -1, vectors);
      k--;
      putVector(n, k, x, 1, vectors);
    } else putVector(n, k, x, 1, vectors);
  }
  return 0;
}
