// Rows of doubles that the spectral kernels work on: n real numbers, or n complex ones as pairs. `cx` is 0 or 1.
import { hsum64, madd64 } from './simd';

/** Second result of `dot`, `rotation` and `divide`: the imaginary part, or the sine. */
export let im: f64 = 0;
/** Third result of `rotation`. */
export let radius: f64 = 0;

/** Doubles between rows of w doubles: whole cache lines, an odd number of them, so that columns spread over the cache. */
// @ts-ignore: decorator
@inline
export function pitch(w: i32): i32 {
  return (((w + 7) >> 3) | 1) << 3;
}

/** Sum of x * y over w doubles. */
export function dotReal(w: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; w >= 8; w -= 8) {
    s0 = madd64(v128.load(x), v128.load(y), s0);
    s1 = madd64(v128.load(x, 16), v128.load(y, 16), s1);
    s2 = madd64(v128.load(x, 32), v128.load(y, 32), s2);
    s3 = madd64(v128.load(x, 48), v128.load(y, 48), s3);
    x += 64;
    y += 64;
  }
  for (; w >= 2; w -= 2) {
    s0 = madd64(v128.load(x), v128.load(y), s0);
    x += 16;
    y += 16;
  }
  let s = hsum64(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  if (w > 0) s += load<f64>(x) * load<f64>(y);
  return s;
}

/** Sum of conj(x) * y over n elements; the imaginary part is left in `im`. */
export function dot(n: i32, x: usize, y: usize, cx: i32): f64 {
  if (cx == 0) {
    im = 0;
    return dotReal(n, x, y);
  }
  let re = f64x2.splat(0);
  let cross = re;
  for (; n > 0; n--) {
    const a = v128.load(x);
    const b = v128.load(y);
    re = madd64(a, b, re);
    cross = madd64(a, i64x2.shuffle(b, b, 1, 0), cross);
    x += 16;
    y += 16;
  }
  im = f64x2.extract_lane(cross, 0) - f64x2.extract_lane(cross, 1);
  return hsum64(re);
}

/** y += (re + i imag) x */
export function axpy(n: i32, re: f64, imag: f64, x: usize, y: usize, cx: i32): void {
  const c = f64x2.splat(re);
  if (cx != 0) {
    const d = f64x2.replace_lane(f64x2.splat(imag), 0, -imag);
    for (; n > 0; n--) {
      const a = v128.load(x);
      v128.store(y, madd64(d, i64x2.shuffle(a, a, 1, 0), madd64(c, a, v128.load(y))));
      x += 16;
      y += 16;
    }
    return;
  }
  for (; n >= 4; n -= 4) {
    v128.store(y, madd64(c, v128.load(x), v128.load(y)));
    v128.store(y, madd64(c, v128.load(x, 16), v128.load(y, 16)), 16);
    x += 32;
    y += 32;
  }
  for (; n > 0; n--) {
    store<f64>(y, load<f64>(y) + re * load<f64>(x));
    x += 8;
    y += 8;
  }
}

/** x *= c over w doubles */
export function scaleRow(w: i32, c: f64, x: usize): void {
  for (const end = x + (<usize>w << 3); x < end; x += 8) store<f64>(x, load<f64>(x) * c);
}

/** Square root of a^2 + b^2 without overflow. */
export function hypotenuse(a: f64, b: f64): f64 {
  a = abs(a);
  b = abs(b);
  const large = max(a, b);
  const small = min(a, b);
  if (large > 1e-140 && large < 1e140) return sqrt(a * a + b * b);
  if (large == 0 || small == 0) return large;
  const r = small / large;
  return large * sqrt(1 + r * r);
}

/** Cosine of the rotation that takes (f, g) to (radius, 0); the sine is left in `im`. */
export function rotation(f: f64, g: f64): f64 {
  if (g == 0) {
    im = 0;
    radius = f;
    return 1;
  }
  if (f == 0) {
    im = 1;
    radius = g;
    return 0;
  }
  const r = copysign<f64>(hypotenuse(f, g), f);
  im = g / r;
  radius = r;
  return f / r;
}

/** (a + ib) / (c + id); the imaginary part is left in `im`. */
export function divide(a: f64, b: f64, c: f64, d: f64): f64 {
  if (abs(c) >= abs(d)) {
    const r = d / c;
    const t = c + d * r;
    im = (b - a * r) / t;
    return (a + b * r) / t;
  }
  const r = c / d;
  const t = c * r + d;
  im = (b * r - a) / t;
  return (a * r + b) / t;
}

/**
 * Makes the n elements at x the vector v of the reflector I - tau v v^H that takes them to a multiple of the unit vector `at`.
 * Returns tau, 0 where they are such a multiple; the multiple is left in `radius` and `im`.
 */
export function reflector(n: i32, x: usize, at: i32, cx: i32): f64 {
  const p = x + (<usize>at << (3 + cx));
  let squares = dotReal(n << cx, x, x);
  let unit: f64 = 1;
  if (squares < 1e-200) {
    const m = largest(n << cx, x);
    if (m == 0) {
      radius = 0;
      im = 0;
      return 0;
    }
    unit = powerOver(m);
    scaleRow(n << cx, unit, x);
    squares = dotReal(n << cx, x, x);
  }
  const ar = load<f64>(p);
  const ai = cx != 0 ? load<f64>(p, 8) : 0;
  const sigma = sqrt(squares);
  // what is a multiple already stays, exactly
  if (largest(at << cx, x) == 0 && largest((n - at - 1) << cx, p + (<usize>1 << (3 + cx))) == 0) {
    radius = ar / unit;
    im = ai / unit;
    return 0;
  }
  const size = hypotenuse(ar, ai);
  const pr = size == 0 ? 1 : ar / size;
  const pi = size == 0 ? 0 : ai / size;
  store<f64>(p, pr * (size + sigma));
  if (cx != 0) store<f64>(p, pi * (size + sigma), 8);
  radius = (-pr * sigma) / unit;
  im = (-pi * sigma) / unit;
  return 1 / (sigma * (sigma + size));
}

/** row -= tau v (v^H row) over n elements */
export function reflect(n: i32, tau: f64, v: usize, row: usize, cx: i32): void {
  const re = dot(n, v, row, cx);
  axpy(n, -tau * re, -tau * im, v, row, cx);
}

// ---- elements in and out ----

/** Element i of an array of kind 0 (f32), 1 (f64) or 2 (pairs of f32); the imaginary part is left in `im`. */
// @ts-ignore: decorator
@inline
function element(kind: i32, at: usize, i: usize): f64 {
  if (kind == 1) return load<f64>(at + (i << 3));
  if (kind == 0) return <f64>load<f32>(at + (i << 2));
  im = <f64>load<f32>(at + (i << 3), 4);
  return <f64>load<f32>(at + (i << 3));
}

/** Copies rows x columns elements, `sr` and `sc` apart, to rows of doubles; conjugated if `conj`. */
export function take(
  kind: i32,
  rows: i32,
  columns: i32,
  from: usize,
  sr: usize,
  sc: usize,
  to: usize,
  ld: usize,
  conj: bool,
): void {
  for (let i = 0; i < rows; i++) {
    let p = to;
    let k = <usize>i * sr;
    for (let j = 0; j < columns; j++) {
      store<f64>(p, element(kind, from, k));
      p += 8;
      if (kind == 2) {
        store<f64>(p, conj ? -im : im);
        p += 8;
      }
      k += sc;
    }
    to += ld;
  }
}

/** Writes one element of an array of a kind, rounded. */
// @ts-ignore: decorator
@inline
export function put(kind: i32, at: usize, i: usize, re: f64, imag: f64): void {
  if (kind == 1) store<f64>(at + (i << 3), re);
  else if (kind == 0) store<f32>(at + (i << 2), <f32>re);
  else {
    store<f32>(at + (i << 3), <f32>re);
    store<f32>(at + (i << 3), <f32>imag, 4);
  }
}

/** Writes rows `order[k]` (k if `order` is 0) of n elements as rows or columns k: elements `sk` apart by k, `sj` along the row. */
export function putRows(
  kind: i32,
  rows: i32,
  n: i32,
  from: usize,
  ld: usize,
  order: usize,
  to: usize,
  sk: usize,
  sj: usize,
  conj: bool,
): void {
  const cx = kind == 2;
  for (let k = 0; k < rows; k++) {
    let p = from + <usize>(order == 0 ? k : load<i32>(order + (<usize>k << 2))) * ld;
    let o = <usize>k * sk;
    for (let j = 0; j < n; j++) {
      const imag = cx ? load<f64>(p, 8) : 0;
      put(kind, to, o, load<f64>(p), conj ? -imag : imag);
      p += cx ? 16 : 8;
      o += sj;
    }
  }
}

/** Largest magnitude among w doubles; NaN or infinity where one is not finite. */
export function largest(w: i32, x: usize): f64 {
  let m: f64 = 0;
  for (const end = x + (<usize>w << 3); x < end; x += 8) m = max<f64>(m, abs(load<f64>(x)));
  return m;
}

/** About 1 / m, a power of two. */
export function powerOver(m: f64): f64 {
  if (m == 0) return 1;
  const e = <i64>((reinterpret<u64>(m) >> 52) & 0x7ff) - 1023;
  return reinterpret<f64>(<u64>(1023 - max<i64>(min<i64>(e, 1000), -1000)) << 52);
}

/** What to multiply by so that squares of elements up to m neither overflow nor vanish; 1 for ordinary m. */
// @ts-ignore: decorator
@inline
export function scaling(m: f64): f64 {
  return m > 1e-100 && m < 1e100 ? 1 : powerOver(m);
}

/** Indices that sort n doubles, ascending (`sign` 1) or descending (-1), stable. */
export function sortOrder(n: i32, values: usize, sign: f64, order: usize): void {
  for (let i = 0; i < n; i++) store<i32>(order + (<usize>i << 2), i);
  for (let i = 1; i < n; i++) {
    const k = load<i32>(order + (<usize>i << 2));
    const x = load<f64>(values + (<usize>k << 3)) * sign;
    let j = i - 1;
    for (; j >= 0; j--) {
      const p = load<i32>(order + (<usize>j << 2));
      if (load<f64>(values + (<usize>p << 3)) * sign <= x) break;
      store<i32>(order + (<usize>(j + 1) << 2), p);
    }
    store<i32>(order + (<usize>(j + 1) << 2), k);
  }
}
