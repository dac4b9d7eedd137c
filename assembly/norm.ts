// rms_norm_<code>(rows, n, eps, a, w, o): x / sqrt(mean(x^2) + eps) * w; layer_norm_<code>(rows, n, eps, a, w, b, o):
// (x - mean) / sqrt(mean((x - mean)^2) + eps) * w + b. Each row of n is read again while it is in cache; w, b: 0 for none.
import { highHalf, loadLanes, loadOne, lowHalf, storeLanes, storeSome } from './lanes';
import { hsum64, madd } from './simd';

const SUM = 0;
const SQUARES = 1;

// @ts-ignore: decorator
@inline
function add(kind: i32, s: v128, x: v128): v128 {
  return kind == SUM ? f32x4.add(s, x) : madd(x, x, s);
}

/** Sum of x or of x^2 over one row: f32 lanes for 512 elements at a time, f64 beyond. */
// @ts-ignore: decorator
@inline
function total<S>(kind: i32, n: i32, a: usize): f64 {
  const step = 4 * sizeof<S>();
  let sum = f64x2.splat(0);
  while (n >= 16) {
    const groups = min<i32>(n >> 4, 32);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let k = groups; k > 0; k--) {
      s0 = add(kind, s0, loadLanes<S, f32>(a));
      s1 = add(kind, s1, loadLanes<S, f32>(a + step));
      s2 = add(kind, s2, loadLanes<S, f32>(a + 2 * step));
      s3 = add(kind, s3, loadLanes<S, f32>(a + 3 * step));
      a += 4 * step;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    sum = f64x2.add(sum, f64x2.add(lowHalf(s0), highHalf(s0)));
    n -= groups << 4;
  }
  let r = hsum64(sum);
  for (; n > 0; n--) {
    const x = <f64>loadOne<S, f32>(a);
    r += kind == SUM ? x : x * x;
    a += sizeof<S>();
  }
  return r;
}

/** What `deviations` leaves beside its result: the sum of x - mean. */
let drift: f64 = 0;

/** Sum of (x - mean)^2 over one row, and `drift`, which tells by how much the mean is off. */
// @ts-ignore: decorator
@inline
function deviations<S>(n: i32, a: usize, mean: f32): f64 {
  const step = 4 * sizeof<S>();
  const m = f32x4.splat(mean);
  let sum = f64x2.splat(0);
  let squares = sum;
  while (n >= 16) {
    const groups = min<i32>(n >> 4, 32);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let q0 = s0;
    let q1 = s0;
    let q2 = s0;
    let q3 = s0;
    for (let k = groups; k > 0; k--) {
      const d0 = f32x4.sub(loadLanes<S, f32>(a), m);
      const d1 = f32x4.sub(loadLanes<S, f32>(a + step), m);
      const d2 = f32x4.sub(loadLanes<S, f32>(a + 2 * step), m);
      const d3 = f32x4.sub(loadLanes<S, f32>(a + 3 * step), m);
      s0 = f32x4.add(s0, f32x4.add(d0, d1));
      s1 = f32x4.add(s1, f32x4.add(d2, d3));
      q0 = madd(d0, d0, q0);
      q1 = madd(d1, d1, q1);
      q2 = madd(d2, d2, q2);
      q3 = madd(d3, d3, q3);
      a += 4 * step;
    }
    s0 = f32x4.add(s0, s1);
    q0 = f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3));
    sum = f64x2.add(sum, f64x2.add(lowHalf(s0), highHalf(s0)));
    squares = f64x2.add(squares, f64x2.add(lowHalf(q0), highHalf(q0)));
    n -= groups << 4;
  }
  drift = hsum64(sum);
  let r = hsum64(squares);
  for (; n > 0; n--) {
    const d = <f64>(loadOne<S, f32>(a) - mean);
    drift += d;
    r += d * d;
    a += sizeof<S>();
  }
  return r;
}

// @ts-ignore: decorator
@inline
function normal4<S>(a: usize, m: v128, l: v128, s: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.sub(loadLanes<S, f32>(a), m), l), s);
}
// @ts-ignore: decorator
@inline
function normalRow<S>(n: i32, mean: f32, rest: f32, scale: f32, a: usize, w: usize, b: usize, o: usize): void {
  const step = 4 * sizeof<S>();
  const m = f32x4.splat(mean);
  const l = f32x4.splat(rest);
  const s = f32x4.splat(scale);
  if (w != 0 && b != 0) {
    // conversions of half types fill the registers already
    for (; sizeof<S>() == 4 && n >= 16; n -= 16) {
      const y0 = madd(normal4<S>(a, m, l, s), loadLanes<S, f32>(w), loadLanes<S, f32>(b));
      const y1 = madd(normal4<S>(a + step, m, l, s), loadLanes<S, f32>(w + step), loadLanes<S, f32>(b + step));
      const y2 = madd(normal4<S>(a + 2 * step, m, l, s), loadLanes<S, f32>(w + 2 * step), loadLanes<S, f32>(b + 2 * step));
      const y3 = madd(normal4<S>(a + 3 * step, m, l, s), loadLanes<S, f32>(w + 3 * step), loadLanes<S, f32>(b + 3 * step));
      storeLanes<S, f32>(o, y0);
      storeLanes<S, f32>(o + step, y1);
      storeLanes<S, f32>(o + 2 * step, y2);
      storeLanes<S, f32>(o + 3 * step, y3);
      a += 4 * step;
      w += 4 * step;
      b += 4 * step;
      o += 4 * step;
    }
    for (; n >= 4; n -= 4) {
      storeLanes<S, f32>(o, madd(normal4<S>(a, m, l, s), loadLanes<S, f32>(w), loadLanes<S, f32>(b)));
      a += step;
      w += step;
      b += step;
      o += step;
    }
  }
  const one = f32x4.splat(1);
  for (; n > 0; n -= 4) {
    const y = normal4<S>(a, m, l, s);
    const z = madd(y, w != 0 ? loadLanes<S, f32>(w) : one, b != 0 ? loadLanes<S, f32>(b) : f32x4.splat(-0.0));
    if (n >= 4) storeLanes<S, f32>(o, z);
    else storeSome<S, f32>(o, z, n);
    a += step;
    o += step;
    if (w != 0) w += step;
    if (b != 0) b += step;
  }
}

// @ts-ignore: decorator
@inline
function rmsRow<S>(n: i32, scale: f32, a: usize, w: usize, o: usize): void {
  const step = 4 * sizeof<S>();
  const s = f32x4.splat(scale);
  if (w == 0) {
    for (; n >= 4; n -= 4) {
      storeLanes<S, f32>(o, f32x4.mul(loadLanes<S, f32>(a), s));
      a += step;
      o += step;
    }
    if (n > 0) storeSome<S, f32>(o, f32x4.mul(loadLanes<S, f32>(a), s), n);
    return;
  }
  for (; sizeof<S>() == 4 && n >= 16; n -= 16) {
    const y0 = f32x4.mul(f32x4.mul(loadLanes<S, f32>(a), s), loadLanes<S, f32>(w));
    const y1 = f32x4.mul(f32x4.mul(loadLanes<S, f32>(a + step), s), loadLanes<S, f32>(w + step));
    const y2 = f32x4.mul(f32x4.mul(loadLanes<S, f32>(a + 2 * step), s), loadLanes<S, f32>(w + 2 * step));
    const y3 = f32x4.mul(f32x4.mul(loadLanes<S, f32>(a + 3 * step), s), loadLanes<S, f32>(w + 3 * step));
    storeLanes<S, f32>(o, y0);
    storeLanes<S, f32>(o + step, y1);
    storeLanes<S, f32>(o + 2 * step, y2);
    storeLanes<S, f32>(o + 3 * step, y3);
    a += 4 * step;
    w += 4 * step;
    o += 4 * step;
  }
  for (; n >= 4; n -= 4) {
    storeLanes<S, f32>(o, f32x4.mul(f32x4.mul(loadLanes<S, f32>(a), s), loadLanes<S, f32>(w)));
    a += step;
    w += step;
    o += step;
  }
  if (n > 0) storeSome<S, f32>(o, f32x4.mul(f32x4.mul(loadLanes<S, f32>(a), s), loadLanes<S, f32>(w)), n);
}

// @ts-ignore: decorator
@inline
function rmsRows<S>(rows: i32, n: i32, eps: f64, a: usize, w: usize, o: usize): void {
  const size = <usize>n * sizeof<S>();
  for (; rows > 0; rows--) {
    rmsRow<S>(n, <f32>(1 / sqrt(total<S>(SQUARES, n, a) / n + eps)), a, w, o);
    a += size;
    o += size;
  }
}

// @ts-ignore: decorator
@inline
function layerRows<S>(rows: i32, n: i32, eps: f64, a: usize, w: usize, b: usize, o: usize): void {
  const size = <usize>n * sizeof<S>();
  for (; rows > 0; rows--) {
    // deviations from the mean of the first elements; those from the mean of all where that is too far off to take the rest away
    const some = min<i32>(n, 64);
    let mean = <f32>(total<S>(SUM, some, a) / some);
    let squares = deviations<S>(n, a, mean) / n;
    let rest = drift / n;
    if (!(rest * rest <= 0.25 * squares)) {
      mean = <f32>(total<S>(SUM, n, a) / n);
      squares = deviations<S>(n, a, mean) / n;
      rest = drift / n;
    }
    const scale = <f32>(1 / sqrt(max<f64>(squares - rest * rest, 0) + eps));
    normalRow<S>(n, mean, <f32>rest, scale, a, w, b, o);
    a += size;
    o += size;
  }
}

export function rms_norm_f32(rows: i32, n: i32, eps: f64, a: usize, w: usize, o: usize): void {
  rmsRows<f32>(rows, n, eps, a, w, o);
}
export function rms_norm_f16(rows: i32, n: i32, eps: f64, a: usize, w: usize, o: usize): void {
  rmsRows<i16>(rows, n, eps, a, w, o);
}
export function rms_norm_bf16(rows: i32, n: i32, eps: f64, a: usize, w: usize, o: usize): void {
  rmsRows<u16>(rows, n, eps, a, w, o);
}
export function layer_norm_f32(rows: i32, n: i32, eps: f64, a: usize, w: usize, b: usize, o: usize): void {
  layerRows<f32>(rows, n, eps, a, w, b, o);
}
export function layer_norm_f16(rows: i32, n: i32, eps: f64, a: usize, w: usize, b: usize, o: usize): void {
  layerRows<i16>(rows, n, eps, a, w, b, o);
}
export function layer_norm_bf16(rows: i32, n: i32, eps: f64, a: usize, w: usize, b: usize, o: usize): void {
  layerRows<u16>(rows, n, eps, a, w, b, o);
}

/** Sum of (x - mean)^power in double precision. */
// @ts-ignore: decorator
@inline
function total64(kind: i32, n: i32, a: usize, mean: f64): f64 {
  let s0: f64 = 0;
  let s1: f64 = 0;
  for (let i = 0; i < n; i++) {
    const x = load<f64>(a + (<usize>i << 3)) - mean;
    const t = s1;
    s1 = s0 + (kind == SUM ? x : x * x);
    s0 = t;
  }
  return s0 + s1;
}
function normalRow64(n: i32, mean: f64, scale: f64, a: usize, w: usize, b: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n << 3; i += 8) {
    let y = (load<f64>(a + i) - mean) * scale;
    if (w != 0) y *= load<f64>(w + i);
    if (b != 0) y += load<f64>(b + i);
    store<f64>(o + i, y);
  }
}

export function rms_norm_f64(rows: i32, n: i32, eps: f64, a: usize, w: usize, o: usize): void {
  for (; rows > 0; rows--) {
    normalRow64(n, 0, 1 / sqrt(total64(SQUARES, n, a, 0) / n + eps), a, w, 0, o);
    a += <usize>n << 3;
    o += <usize>n << 3;
  }
}
export function layer_norm_f64(rows: i32, n: i32, eps: f64, a: usize, w: usize, b: usize, o: usize): void {
  for (; rows > 0; rows--) {
    const mean = total64(SUM, n, a, 0) / n;
    normalRow64(n, mean, 1 / sqrt(total64(SQUARES, n, a, mean) / n + eps), a, w, b, o);
    a += <usize>n << 3;
    o += <usize>n << 3;
  }
}
