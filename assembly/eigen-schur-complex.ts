// Schur form of a complex Hessenberg matrix by the implicit single-shift QR iteration with rotations.
import { divide, hypotenuse, im } from './eigen-rows';
import { madd64 } from './simd';

const EPS: f64 = 2.220446049250313e-16;
const TINY: f64 = 1e-290;
const STUBBORN = 10;

// @ts-ignore: decorator
@inline
function size1(p: usize): f64 {
  return abs(load<f64>(p)) + abs(load<f64>(p, 8));
}

/** n pairs (x, y) become (c x + s y, c y - conj(s) x) where s is re + i imag; pairs lie `apart` bytes apart. */
function turn(n: i32, x: usize, y: usize, apart: usize, c: f64, re: f64, imag: f64): void {
  const vc = f64x2.splat(c);
  const sr = f64x2.splat(re);
  const mr = f64x2.splat(-re);
  // i imag z, the same for s and for -conj(s)
  const si = f64x2.replace_lane(f64x2.splat(imag), 0, -imag);
  for (; n > 0; n--) {
    const p = v128.load(x);
    const q = v128.load(y);
    v128.store(x, madd64(si, i64x2.shuffle(q, q, 1, 0), madd64(sr, q, f64x2.mul(vc, p))));
    v128.store(y, madd64(si, i64x2.shuffle(p, p, 1, 0), madd64(mr, p, f64x2.mul(vc, q))));
    x += apart;
    y += apart;
  }
}

let shiftRe: f64 = 0;
let shiftIm: f64 = 0;
/** The eigenvalue of the block that ends at q that is nearer to its last element. */
function wilkinson(q: usize, ld: usize): void {
  const ar = load<f64>(q - ld - 16);
  const ai = load<f64>(q - ld - 16, 8);
  const dr = load<f64>(q);
  const di = load<f64>(q, 8);
  const br = load<f64>(q - ld);
  const bi = load<f64>(q - ld, 8);
  const cr = load<f64>(q - 16);
  const ci = load<f64>(q - 16, 8);
  // with h = (a - d) / 2 it is d - b c / (h + sign sqrt(h^2 + b c)), the sign that makes the divisor large
  const hr = 0.5 * (ar - dr);
  const hi = 0.5 * (ai - di);
  const pr = br * cr - bi * ci;
  const pi = br * ci + bi * cr;
  const zr = hr * hr - hi * hi + pr;
  const zi = 2 * hr * hi + pi;
  const z = hypotenuse(zr, zi);
  let tr = sqrt(0.5 * (z + abs(zr)));
  let ti: f64 = 0;
  if (tr != 0) {
    ti = (0.5 * zi) / tr;
    if (zr < 0) {
      const t = tr;
      tr = ti;
      ti = t;
    }
  }
  if (hr * tr + hi * ti < 0) {
    tr = -tr;
    ti = -ti;
  }
  tr += hr;
  ti += hi;
  shiftRe = dr;
  shiftIm = di;
  if (tr == 0 && ti == 0) return;
  shiftRe -= divide(pr, pi, tr, ti);
  shiftIm -= im;
}

/** Whether the element below the diagonal in row k can be taken for zero. */
function negligible(a: usize, ld: usize, k: i32, lo: i32, hi: i32): bool {
  const p = a + <usize>k * ld + (<usize>k << 4);
  const sub = size1(p - 16);
  if (sub <= TINY) return true;
  let size = size1(p) + size1(p - ld - 16);
  if (size == 0) {
    if (k - 2 >= lo) size += size1(p - ld - 32);
    if (k + 1 <= hi) size += size1(p + ld);
  }
  if (sub > EPS * size) return false;
  const sup = size1(p - ld);
  const d = size1(p);
  const gap = abs(load<f64>(p - ld - 16) - load<f64>(p)) + abs(load<f64>(p - ld - 16, 8) - load<f64>(p, 8));
  const ab = max(sub, sup);
  const ba = min(sub, sup);
  const aa = max(d, gap);
  const bb = min(d, gap);
  const s = aa + ab;
  return ba * (ab / s) <= max(TINY, EPS * (bb * (aa / s)));
}

/** As `realSchur`, for pairs: rows and columns lo..hi at a become triangular. */
export function complexSchur(n: i32, lo: i32, hi: i32, a: usize, ld: usize, z: usize, values: usize): bool {
  let budget = 30 * max(10, hi - lo + 1);
  let tries = 0;
  for (let i = hi; i > lo; ) {
    let l = i;
    while (l > lo && !negligible(a, ld, l, lo, hi)) l--;
    if (l > lo) memory.fill(a + <usize>l * ld + (<usize>(l - 1) << 4), 0, 16);
    if (l == i) {
      i--;
      tries = 0;
      continue;
    }
    if (budget-- == 0) return false;
    tries++;
    const q = a + <usize>i * ld + (<usize>i << 4);
    if (tries % STUBBORN == 0) {
      shiftRe = load<f64>(q) + 0.75 * size1(q - 16);
      shiftIm = load<f64>(q, 8);
    } else wilkinson(q, ld);
    const first = z != 0 ? 0 : l;
    const last = z != 0 ? n - 1 : i;
    const start = a + <usize>l * ld + (<usize>l << 4);
    let fr = load<f64>(start) - shiftRe;
    let fi = load<f64>(start, 8) - shiftIm;
    let g = start + ld;
    for (let k = l; k < i; k++) {
      const p = a + <usize>k * ld + (<usize>k << 4);
      const gr = load<f64>(g);
      const gi = load<f64>(g, 8);
      const f = hypotenuse(fr, fi);
      const r = hypotenuse(f, hypotenuse(gr, gi));
      let c: f64 = 1;
      let sr: f64 = 0;
      let si: f64 = 0;
      if (r != 0) {
        // s = (f / |f|) conj(g) / r
        const ur = f == 0 ? 1 : fr / f;
        const ui = f == 0 ? 0 : fi / f;
        c = f / r;
        sr = (ur * gr + ui * gi) / r;
        si = (ui * gr - ur * gi) / r;
      }
      const from = k > l ? k - 1 : k;
      const row = a + <usize>k * ld + (<usize>from << 4);
      turn(last - from + 1, row, row + ld, 16, c, sr, si);
      if (k > l) memory.fill(row + ld, 0, 16);
      const column = a + <usize>first * ld + (<usize>k << 4);
      turn(min(k + 2, i) - first + 1, column, column + 16, ld, c, sr, -si);
      if (z != 0) turn(n, z + <usize>k * ld, z + <usize>(k + 1) * ld, 16, c, sr, -si);
      fr = load<f64>(p + ld);
      fi = load<f64>(p + ld, 8);
      g = p + 2 * ld;
    }
  }
  for (let i = 0; i < n; i++) {
    memory.copy(values + (<usize>i << 4), a + <usize>i * ld + (<usize>i << 4), 16);
  }
  return true;
}
