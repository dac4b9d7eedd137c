// Singular values of an upper bidiagonal matrix by implicit QR, with zero shifts where accuracy asks for them (J. Demmel and
// W. Kahan, "Accurate singular values of bidiagonal matrices", 1990).
import { flush, openSweep, Queue, rotate } from './eigen-rotate';
import { im, radius, rotation, scaleRow } from './eigen-rows';

const EPS: f64 = 1.1102230246251565e-16;
/** Relative accuracy of small singular values that is aimed at. */
const TOLERANCE: f64 = 100 * EPS;
const TINY: f64 = 1e-300;

/** A block seen from its larger end: k + 1 diagonal elements from d, `step` bytes apart, and what lies beside them from e. */
let d: usize = 0;
let e: usize = 0;
let step: usize = 0;
/** Queues for rotations of neighbouring columns and of neighbouring rows of the block as seen, or 0. */
let right: usize = 0;
let left: usize = 0;
/** Lower bound of the block's singular values, from `converged`. */
let least: f64 = 0;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): f64 {
  return load<f64>(base + <usize>i * step);
}
// @ts-ignore: decorator
@inline
function set(base: usize, i: i32, x: f64): void {
  store<f64>(base + <usize>i * step, x);
}
// @ts-ignore: decorator
@inline
function note(queue: usize, c: f64, s: f64): void {
  if (queue != 0) rotate(changetype<Queue>(queue), c, s);
}

/** Smaller singular value of the triangle [f, g; 0, h]. */
function smaller(f: f64, g: f64, h: f64): f64 {
  f = abs(f);
  g = abs(g);
  h = abs(h);
  const least = min(f, h);
  const most = max(f, h);
  if (least == 0) return 0;
  const sum = 1 + least / most;
  const gap = (most - least) / most;
  if (g < most) {
    const r = (g / most) * (g / most);
    return (least * 2) / (sqrt(sum * sum + r) + sqrt(gap * gap + r));
  }
  const r = most / g;
  if (r == 0) return (least * most) / g;
  return (2 * least * r) / (sqrt(1 + sum * r * (sum * r)) + sqrt(1 + gap * r * (gap * r)));
}

/** Sets an element beside the diagonal to zero where that cannot matter; true if it set one. */
function converged(k: i32): bool {
  if (abs(at(e, k - 1)) <= TOLERANCE * abs(at(d, k))) {
    set(e, k - 1, 0);
    return true;
  }
  let mu = abs(at(d, 0));
  least = mu;
  for (let i = 0; i < k; i++) {
    const x = abs(at(e, i));
    if (x <= TOLERANCE * mu) {
      set(e, i, 0);
      return true;
    }
    mu = abs(at(d, i + 1)) * (mu / (mu + x));
    least = min(least, mu);
  }
  return false;
}
function plainSweep(k: i32): void {
  let c: f64 = 1;
  let oldC: f64 = 1;
  let s: f64 = 0;
  let oldS: f64 = 0;
  for (let i = 0; i < k; i++) {
    c = rotation(at(d, i) * c, at(e, i));
    s = im;
    const r = radius;
    note(right, c, s);
    if (i > 0) set(e, i - 1, oldS * r);
    oldC = rotation(oldC * r, at(d, i + 1) * s);
    oldS = im;
    set(d, i, radius);
    note(left, oldC, oldS);
  }
  const h = at(d, k) * c;
  set(d, k, h * oldC);
  set(e, k - 1, h * oldS);
}

function shiftedSweep(k: i32, shift: f64): void {
  const first = at(d, 0);
  let f = (abs(first) - shift) * (copysign<f64>(1, first) + shift / first);
  let g = at(e, 0);
  for (let i = 0; i < k; i++) {
    let c = rotation(f, g);
    let s = im;
    note(right, c, s);
    if (i > 0) set(e, i - 1, radius);
    const di = at(d, i);
    const ei = at(e, i);
    const next = at(d, i + 1);
    f = c * di + s * ei;
    const x = c * ei - s * di;
    g = s * next;
    const y = c * next;
    c = rotation(f, g);
    s = im;
    note(left, c, s);
    set(d, i, radius);
    f = c * x + s * y;
    set(d, i + 1, c * y - s * x);
    if (i < k - 1) {
      g = s * at(e, i + 1);
      set(e, i + 1, c * at(e, i + 1));
    }
  }
  set(e, k - 1, f);
}

/**
 * Diagonalises: n values at `diagonal`, n - 1 at `beside`; the rotations go to the queues of the rows of U^T and V^T (0: none). Values
 * come out non-negative, in no order. False if the iteration did not converge.
 */
export function bidiagonalQR(n: i32, diagonal: usize, beside: usize, u: usize, v: usize): bool {
  let smallest = abs(load<f64>(diagonal));
  let mu = smallest;
  for (let i = 1; i < n; i++) {
    const x = abs(load<f64>(beside + (<usize>(i - 1) << 3)));
    mu = mu == 0 ? 0 : abs(load<f64>(diagonal + (<usize>i << 3))) * (mu / (mu + x));
    smallest = min(smallest, mu);
  }
  const threshold = max<f64>((TOLERANCE * smallest) / sqrt(<f64>n), TINY);
  let budget = 6.0 * n * n + 60;
  let hi = n - 1;
  let lastLo = -1;
  let lastHi = -1;
  let down = true;
  while (hi > 0) {
    let lo = hi;
    for (; lo > 0; lo--) {
      const p = beside + (<usize>(lo - 1) << 3);
      if (abs(load<f64>(p)) <= threshold) {
        store<f64>(p, 0);
        break;
      }
    }
    if (lo == hi) {
      hi--;
      continue;
    }
    // chase away from the larger end; a block that only shrank keeps its direction
    const first = diagonal + (<usize>lo << 3);
    const last = diagonal + (<usize>hi << 3);
    if (lo > lastHi || hi < lastLo) down = abs(load<f64>(first)) >= abs(load<f64>(last));
    lastLo = lo;
    lastHi = hi;
    const k = hi - lo;
    step = down ? 8 : <usize>-8;
    d = down ? first : last;
    e = beside + (<usize>(down ? lo : hi - 1) << 3);
    right = down ? v : u;
    left = down ? u : v;
    if (converged(k)) continue;
    budget -= k;
    if (budget < 0) return false;
    let shift: f64 = 0;
    let most: f64 = 0;
    for (let i = 0; i <= k; i++) most = max<f64>(most, abs(at(d, i)));
    for (let i = 0; i < k; i++) most = max<f64>(most, abs(at(e, i)));
    if (<f64>n * TOLERANCE * (least / most) > EPS) {
      shift = smaller(at(d, k - 1), at(e, k - 1), at(d, k));
      const r = shift / abs(at(d, 0));
      if (r * r < EPS) shift = 0;
    }
    const start = down ? lo : hi;
    if (right != 0) openSweep(changetype<Queue>(right), start, k, down ? 1 : -1);
    if (left != 0) openSweep(changetype<Queue>(left), start, k, down ? 1 : -1);
    if (shift == 0) plainSweep(k);
    else shiftedSweep(k, shift);
  }
  if (u != 0) flush(changetype<Queue>(u));
  if (v != 0) flush(changetype<Queue>(v));
  for (let i = 0; i < n; i++) {
    const p = diagonal + (<usize>i << 3);
    if (load<f64>(p) >= 0) continue;
    store<f64>(p, -load<f64>(p));
    if (v == 0) continue;
    const q = changetype<Queue>(v);
    scaleRow(q.width, -1, q.rows + <usize>i * q.ld);
  }
  return true;
}
