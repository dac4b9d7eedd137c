// Eigenvectors of triangular (quasi-triangular) matrices of ordinary size by back substitution. Divisors too small to tell from zero
// are moved by a rounding error; vectors that grow large on the way are scaled down.
import { divide, dotReal, im, largest, powerOver, scaleRow } from './eigen-rows';

const EPS: f64 = 2.220446049250313e-16;
/** Smallest divisor, beside EPS times the eigenvalue. */
const FLOOR: f64 = 1e-50;
const LARGE: f64 = 1e30;

// @ts-ignore: decorator
@inline
function floor(re: f64, imag: f64): f64 {
  return max<f64>(EPS * (abs(re) + abs(imag)), FLOOR);
}

/** The vector x[0..k] of eigenvalue k of the complex triangular matrix at t. */
export function complexVector(k: i32, t: usize, ld: usize, re: f64, imag: f64, x: usize): void {
  const least = floor(re, imag);
  store<f64>(x + (<usize>k << 4), 1);
  store<f64>(x + (<usize>k << 4), 0, 8);
  for (let j = k - 1; j >= 0; j--) {
    const p = t + <usize>j * ld + (<usize>j << 4);
    const q = x + (<usize>j << 4);
    let br: f64 = 0;
    let bi: f64 = 0;
    // the sum without conjugation: of T's row and x
    for (let i = 1; i <= k - j; i++) {
      const at = <usize>i << 4;
      const tr = load<f64>(p + at);
      const ti = load<f64>(p + at, 8);
      const xr = load<f64>(q + at);
      const xi = load<f64>(q + at, 8);
      br += tr * xr - ti * xi;
      bi += tr * xi + ti * xr;
    }
    let dr = re - load<f64>(p);
    let di = imag - load<f64>(p, 8);
    if (abs(dr) + abs(di) < least) {
      dr = least;
      di = 0;
    }
    store<f64>(q, divide(br, bi, dr, di));
    store<f64>(q, im, 8);
    const m = max(abs(load<f64>(q)), abs(im));
    if (m > LARGE) scaleRow(2 * (k - j + 1), powerOver(m), q);
  }
}

/** The vector x[0..k] of the real eigenvalue k of the quasi-triangular matrix at t. */
export function realVector(k: i32, t: usize, ld: usize, values: usize, x: usize): void {
  store<f64>(x + (<usize>k << 3), 1);
  solve(k, k - 1, t, ld, load<f64>(values + (<usize>k << 4)), 0, values, x, 0);
}

/** The vector x + iy of the eigenvalue with positive imaginary part of the block of rows k - 1 and k. */
export function pairVector(k: i32, t: usize, ld: usize, values: usize, x: usize, y: usize): void {
  const v = values + (<usize>(k - 1) << 4);
  const imag = load<f64>(v, 8);
  const at = <usize>(k - 1) << 3;
  const p = t + <usize>(k - 1) * ld + at;
  const b = load<f64>(p, 8);
  const c = load<f64>(p + ld);
  const flat = abs(b) >= abs(c);
  store<f64>(x + at, flat ? 1 : -imag / c);
  store<f64>(x + at, 0, 8);
  store<f64>(y + at, 0);
  store<f64>(y + at, flat ? imag / b : 1, 8);
  solve(k, k - 2, t, ld, load<f64>(v), imag, values, x, y);
}

// the solution that `block` leaves
let x1r: f64 = 0;
let x1i: f64 = 0;
let x2r: f64 = 0;
let x2i: f64 = 0;

/** Solves m x1 + b x2 = s, c x1 + m x2 = t by elimination from the largest element; m, s and t are complex. */
function block(mr: f64, mi: f64, b: f64, c: f64, sr: f64, si: f64, tr: f64, ti: f64, least: f64): void {
  const swapped = abs(b) > abs(c);
  if (swapped) {
    // x2 goes first: the same with the unknowns, the equations and the corners exchanged
    let w = b;
    b = c;
    c = w;
    w = sr;
    sr = tr;
    tr = w;
    w = si;
    si = ti;
    ti = w;
  }
  // u x2 = v is what is left of the other equation
  let ur: f64 = 0;
  let ui: f64 = 0;
  let vr: f64 = 0;
  let vi: f64 = 0;
  const byCorner = abs(c) >= abs(mr) + abs(mi);
  if (byCorner) {
    const fr = mr / c;
    const fi = mi / c;
    ur = b - (fr * mr - fi * mi);
    ui = -(fr * mi + fi * mr);
    vr = sr - (fr * tr - fi * ti);
    vi = si - (fr * ti + fi * tr);
  } else {
    const fr = divide(c, 0, mr, mi);
    const fi = im;
    ur = mr - fr * b;
    ui = mi - fi * b;
    vr = tr - (fr * sr - fi * si);
    vi = ti - (fr * si + fi * sr);
  }
  if (abs(ur) + abs(ui) < least) {
    ur = least;
    ui = 0;
  }
  x2r = divide(vr, vi, ur, ui);
  x2i = im;
  if (byCorner) {
    x1r = (tr - (mr * x2r - mi * x2i)) / c;
    x1i = (ti - (mr * x2i + mi * x2r)) / c;
  } else {
    x1r = divide(sr - b * x2r, si - b * x2i, mr, mi);
    x1i = im;
  }
  if (swapped) {
    let w = x1r;
    x1r = x2r;
    x2r = w;
    w = x1i;
    x1i = x2i;
    x2i = w;
  }
}

/** Rows j..0 of (T - (re + i imag)) (x + iy) = 0, given elements j + 1..k; y is 0 for a real vector. */
function solve(k: i32, j: i32, t: usize, ld: usize, re: f64, imag: f64, values: usize, x: usize, y: usize): void {
  const least = floor(re, imag);
  for (; j >= 0; j--) {
    const p = t + <usize>j * ld + (<usize>j << 3);
    const xj = x + (<usize>j << 3);
    const yj = y + (<usize>j << 3);
    const n = k - j;
    const br = dotReal(n, p + 8, xj + 8);
    const bi = y != 0 ? dotReal(n, p + 8, yj + 8) : 0;
    let start = xj;
    if (load<f64>(values + (<usize>j << 4), 8) == 0) {
      let dr = re - load<f64>(p);
      let di = imag;
      if (abs(dr) + abs(di) < least) {
        dr = least;
        di = 0;
      }
      store<f64>(xj, divide(br, bi, dr, di));
      if (y != 0) store<f64>(yj, im);
    } else {
      // rows j - 1 and j together: [a - w, b; c, a - w] with b c < 0
      const r = p - ld - 8;
      const b = load<f64>(r, 8);
      const c = load<f64>(p - 8);
      const sr = dotReal(n, r + 16, xj + 8);
      const si = y != 0 ? dotReal(n, r + 16, yj + 8) : 0;
      block(load<f64>(r) - re, -imag, b, c, -sr, -si, -br, -bi, least);
      store<f64>(xj - 8, x1r);
      store<f64>(xj, x2r);
      if (y != 0) {
        store<f64>(yj - 8, x1i);
        store<f64>(yj, x2i);
      }
      j--;
      start = xj - 8;
    }
    const at = start - x;
    const count = k - j + 1;
    let m = largest(start == xj ? 1 : 2, start);
    if (y != 0) m = max(m, largest(start == xj ? 1 : 2, y + at));
    if (m > LARGE) {
      const f = powerOver(m);
      scaleRow(count, f, start);
      if (y != 0) scaleRow(count, f, y + at);
    }
  }
}
