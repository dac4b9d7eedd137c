// Real Schur form of a Hessenberg matrix by the implicit double-shift QR iteration (J. Francis, 1961), with the deflation test of
// M. Ahues and F. Tisseur (LAPACK working note 122).
import { hypotenuse } from './eigen-rows';
import { madd64 } from './simd';

const EPS: f64 = 2.220446049250313e-16;
const TINY: f64 = 1e-290;
/** Sweeps between exceptional shifts, which break cycles. */
const STUBBORN = 10;

/** Rows x, y, z of w doubles: the reflector 1 - t (1, b, c)(1, b, c)^T. */
function mixRows(w: i32, x: usize, y: usize, z: usize, t: f64, b: f64, c: f64): void {
  const tb = t * b;
  const tc = t * c;
  const vt = f64x2.splat(-t);
  const vb = f64x2.splat(b);
  const vc = f64x2.splat(c);
  const vtb = f64x2.splat(-tb);
  const vtc = f64x2.splat(-tc);
  for (; w >= 2; w -= 2) {
    const p = v128.load(x);
    const q = v128.load(y);
    const r = v128.load(z);
    const s = madd64(vc, r, madd64(vb, q, p));
    v128.store(x, madd64(vt, s, p));
    v128.store(y, madd64(vtb, s, q));
    v128.store(z, madd64(vtc, s, r));
    x += 16;
    y += 16;
    z += 16;
  }
  if (w > 0) {
    const s = load<f64>(x) + b * load<f64>(y) + c * load<f64>(z);
    store<f64>(x, load<f64>(x) - t * s);
    store<f64>(y, load<f64>(y) - tb * s);
    store<f64>(z, load<f64>(z) - tc * s);
  }
}
/** The same for neighbouring columns, the first at p, of `count` rows. */
function mixColumns(count: i32, p: usize, ld: usize, three: bool, t: f64, b: f64, c: f64): void {
  const tb = t * b;
  const tc = t * c;
  for (; count > 0; count--) {
    const x = load<f64>(p);
    const y = load<f64>(p, 8);
    const z = three ? load<f64>(p, 16) : 0;
    const s = x + b * y + c * z;
    store<f64>(p, x - t * s);
    store<f64>(p, y - tb * s, 8);
    if (three) store<f64>(p, z - tc * s, 16);
    p += ld;
  }
}
/** Rows (x, y) become (c x + s y, c y - s x). */
function turnRows(w: i32, x: usize, y: usize, c: f64, s: f64): void {
  for (const end = x + (<usize>w << 3); x < end; x += 8, y += 8) {
    const p = load<f64>(x);
    const q = load<f64>(y);
    store<f64>(x, c * p + s * q);
    store<f64>(y, c * q - s * p);
  }
}

// the 2 x 2 block that `standardise` works on, and the rotation it found
let A: f64 = 0;
let B: f64 = 0;
let C: f64 = 0;
let D: f64 = 0;
let cosine: f64 = 1;
let sine: f64 = 0;

/** Turns [A, B; C, D] until C is 0, or A = D and B C < 0. */
function standardise(): void {
  cosine = 1;
  sine = 0;
  if (C == 0) return;
  if (B == 0) {
    cosine = 0;
    sine = 1;
    const t = A;
    A = D;
    D = t;
    B = -C;
    C = 0;
    return;
  }
  const gap = A - D;
  if (gap == 0 && B < 0 != C < 0) return;
  const p = 0.5 * gap;
  const most = max(abs(B), abs(C));
  const rest = min(abs(B), abs(C)) * (B < 0 != C < 0 ? -1 : 1);
  const scale = max(abs(p), most);
  const z = (p / scale) * p + (most / scale) * rest;
  if (z >= 4 * EPS) {
    // two real eigenvalues
    const r = p + copysign<f64>(sqrt(scale) * sqrt(z), p);
    A = D + r;
    D -= (most / r) * rest;
    const t = hypotenuse(C, r);
    cosine = r / t;
    sine = C / t;
    B -= C;
    C = 0;
    return;
  }
  // complex or nearly equal ones: first equal diagonal elements
  const sigma = B + C;
  const t = hypotenuse(sigma, gap);
  cosine = sqrt(0.5 * (1 + abs(sigma) / t));
  sine = -(p / (t * cosine)) * copysign<f64>(1, sigma);
  const aa = A * cosine + B * sine;
  const bb = B * cosine - A * sine;
  const cc = C * cosine + D * sine;
  const dd = D * cosine - C * sine;
  A = aa * cosine + cc * sine;
  B = bb * cosine + dd * sine;
  C = cc * cosine - aa * sine;
  D = dd * cosine - bb * sine;
  const mean = 0.5 * (A + D);
  A = mean;
  D = mean;
  if (C == 0) return;
  if (B == 0) {
    B = -C;
    C = 0;
    const c = cosine;
    cosine = -sine;
    sine = c;
  } else if (B < 0 == C < 0) {
    const sb = sqrt(abs(B));
    const sc = sqrt(abs(C));
    const r = copysign<f64>(sb * sc, C);
    const n = 1 / sqrt(abs(B + C));
    A = mean + r;
    D = mean - r;
    B -= C;
    C = 0;
    const c1 = sb * n;
    const s1 = sc * n;
    const c = cosine * c1 - sine * s1;
    sine = cosine * s1 + sine * c1;
    cosine = c;
  }
}

/** Whether the element below the diagonal in row k can be taken for zero. */
function negligible(a: usize, ld: usize, k: i32, lo: i32, hi: i32): bool {
  const p = a + <usize>k * ld + (<usize>k << 3);
  const sub = abs(load<f64>(p - 8));
  if (sub <= TINY) return true;
  const d = load<f64>(p);
  const above = load<f64>(p - ld - 8);
  let size = abs(d) + abs(above);
  if (size == 0) {
    if (k - 2 >= lo) size += abs(load<f64>(p - ld - 16));
    if (k + 1 <= hi) size += abs(load<f64>(p + ld));
  }
  if (sub > EPS * size) return false;
  const sup = abs(load<f64>(p - ld));
  const gap = abs(above - d);
  const ab = max(sub, sup);
  const ba = min(sub, sup);
  const aa = max(abs(d), gap);
  const bb = min(abs(d), gap);
  const s = aa + ab;
  return ba * (ab / s) <= max(TINY, EPS * (bb * (aa / s)));
}

// the two shifts
let r1: f64 = 0;
let i1: f64 = 0;
let r2: f64 = 0;
let i2: f64 = 0;

/** Eigenvalues of the block at rows and columns m - 1, m; of two real ones the one nearer to its last element, twice. */
function shifts(a: f64, b: f64, c: f64, d: f64): void {
  const s = abs(a) + abs(b) + abs(c) + abs(d);
  r1 = 0;
  i1 = 0;
  r2 = 0;
  i2 = 0;
  if (s == 0) return;
  a /= s;
  b /= s;
  c /= s;
  d /= s;
  const mean = (a + d) / 2;
  const det = (a - mean) * (d - mean) - b * c;
  const root = sqrt(abs(det));
  if (det >= 0) {
    r1 = mean * s;
    r2 = r1;
    i1 = root * s;
    i2 = -i1;
  } else {
    const p = mean + root;
    const q = mean - root;
    r1 = s * (abs(p - d) <= abs(q - d) ? p : q);
    r2 = r1;
  }
}

/**
 * Rows and columns lo..hi of the Hessenberg matrix at a become quasi-triangular; the transformations also go to the rows at z (0: none,
 * and then only eigenvalues are computed). Eigenvalues as pairs to `values`. False if the iteration did not converge.
 */
export function realSchur(n: i32, lo: i32, hi: i32, a: usize, ld: usize, z: usize, values: usize): bool {
  for (let i = 0; i < n; i++) {
    store<f64>(values + (<usize>i << 4), load<f64>(a + <usize>i * ld + (<usize>i << 3)));
    store<f64>(values + (<usize>i << 4), 0, 8);
  }
  let budget = 30 * max(10, hi - lo + 1);
  let tries = 0;
  for (let i = hi; i >= lo; ) {
    let l = i;
    while (l > lo && !negligible(a, ld, l, lo, hi)) l--;
    if (l > lo) store<f64>(a + <usize>l * ld + (<usize>(l - 1) << 3), 0);
    // rows and columns that the transformations reach
    const first = z != 0 ? 0 : l;
    const last = z != 0 ? n - 1 : i;
    if (l >= i - 1) {
      if (l == i) store<f64>(values + (<usize>i << 4), load<f64>(a + <usize>i * ld + (<usize>i << 3)));
      else pair(n, i, first, last, a, ld, z, values);
      i = l - 1;
      tries = 0;
      continue;
    }
    if (budget-- == 0) return false;
    tries++;
    const q = a + <usize>i * ld + (<usize>i << 3);
    const p = a + <usize>l * ld + (<usize>l << 3);
    if (tries % (2 * STUBBORN) == 0) {
      const s = abs(load<f64>(q - 8)) + abs(load<f64>(q - ld - 16));
      const d = 0.75 * s + load<f64>(q);
      shifts(d, -0.4375 * s, s, d);
    } else if (tries % STUBBORN == 0) {
      const s = abs(load<f64>(p + ld)) + abs(load<f64>(p + 2 * ld + 8));
      const d = 0.75 * s + load<f64>(p);
      shifts(d, -0.4375 * s, s, d);
    } else shifts(load<f64>(q - ld - 8), load<f64>(q - ld), load<f64>(q - 8), load<f64>(q));
    sweep(n, l, i, first, last, a, ld, z);
  }
  return true;
}

/** Standardises the block of rows i - 1 and i and applies the rotation. */
function pair(n: i32, i: i32, first: i32, last: i32, a: usize, ld: usize, z: usize, values: usize): void {
  const p = a + <usize>(i - 1) * ld + (<usize>(i - 1) << 3);
  A = load<f64>(p);
  B = load<f64>(p, 8);
  C = load<f64>(p + ld);
  D = load<f64>(p + ld, 8);
  standardise();
  store<f64>(p, A);
  store<f64>(p, B, 8);
  store<f64>(p + ld, C);
  store<f64>(p + ld, D, 8);
  const v = values + (<usize>(i - 1) << 4);
  const imag = C == 0 ? 0 : sqrt(abs(B)) * sqrt(abs(C));
  store<f64>(v, A);
  store<f64>(v, imag, 8);
  store<f64>(v, D, 16);
  store<f64>(v, -imag, 24);
  turnRows(last - i, p + 16, p + ld + 16, cosine, sine);
  for (let k = first; k < i - 1; k++) {
    const x = a + <usize>k * ld + (<usize>(i - 1) << 3);
    turnRows(1, x, x + 8, cosine, sine);
  }
  if (z != 0) turnRows(n, z + <usize>(i - 1) * ld, z + <usize>i * ld, cosine, sine);
}

/** One double-shift sweep over the block of rows l..i. */
function sweep(n: i32, l: i32, i: i32, first: i32, last: i32, a: usize, ld: usize, z: usize): void {
  let x: f64 = 0;
  let y: f64 = 0;
  let w: f64 = 0;
  let m = i - 2;
  for (; ; m--) {
    // the first column of (H - shift 1)(H - shift 2), from row m on
    const p = a + <usize>m * ld + (<usize>m << 3);
    const d = load<f64>(p);
    const sub = load<f64>(p + ld);
    const gap = d - r2;
    const s = abs(gap) + abs(i2) + abs(sub);
    const t = sub / s;
    x = t * load<f64>(p, 8) + (d - r1) * (gap / s) - i1 * (i2 / s);
    y = t * (d + load<f64>(p + ld, 8) - r1 - r2);
    w = t * load<f64>(p + 2 * ld, 8);
    const sum = abs(x) + abs(y) + abs(w);
    x /= sum;
    y /= sum;
    w /= sum;
    if (m == l) break;
    const beside = abs(load<f64>(p - 8)) * (abs(y) + abs(w));
    const diagonal = abs(load<f64>(p - ld - 8)) + abs(d) + abs(load<f64>(p + ld, 8));
    if (beside <= EPS * abs(x) * diagonal) break;
  }
  for (let k = m; k < i; k++) {
    const three = k < i - 1;
    const p = a + <usize>k * ld + (<usize>k << 3);
    if (k > m) {
      x = load<f64>(p - 8);
      y = load<f64>(p + ld - 8);
      w = three ? load<f64>(p + 2 * ld - 8) : 0;
    } else if (!three) w = 0;
    const scale = max(abs(x), max(abs(y), abs(w)));
    if (abs(y) + abs(w) == 0) continue;
    x /= scale;
    y /= scale;
    w /= scale;
    const beta = -copysign<f64>(sqrt(x * x + y * y + w * w), x);
    const t = (beta - x) / beta;
    const b = y / (x - beta);
    const c = w / (x - beta);
    if (k > m) {
      store<f64>(p - 8, beta * scale);
      store<f64>(p + ld - 8, 0);
      if (three) store<f64>(p + 2 * ld - 8, 0);
    } else if (m > l) store<f64>(p - 8, load<f64>(p - 8) * (1 - t));
    if (three) mixRows(last - k + 1, p, p + ld, p + 2 * ld, t, b, c);
    else mixTwo(last - k + 1, p, p + ld, t, b);
    mixColumns(min(k + 3, i) - first + 1, a + <usize>first * ld + (<usize>k << 3), ld, three, t, b, c);
    if (z == 0) continue;
    const q = z + <usize>k * ld;
    if (three) mixRows(n, q, q + ld, q + 2 * ld, t, b, c);
    else mixTwo(n, q, q + ld, t, b);
  }
}
/** `mixRows` of two rows. */
function mixTwo(w: i32, x: usize, y: usize, t: f64, b: f64): void {
  const tb = t * b;
  for (const end = x + (<usize>w << 3); x < end; x += 8, y += 8) {
    const s = load<f64>(x) + b * load<f64>(y);
    store<f64>(x, load<f64>(x) - t * s);
    store<f64>(y, load<f64>(y) - tb * s);
  }
}
