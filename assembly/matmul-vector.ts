// Products with few rows: the big matrix is read once, in place, and decoded on the fly.
import { arePlain, isHalf, load1, load4, normalF16 } from './matmul-load';
import { hsum, madd } from './simd';

// @ts-ignore: decorator
@inline
function isBrain<T>(): bool {
  return sizeof<T>() == 2 && !isSigned<T>();
}

/** acc + eight elements at `p` times x0, x1; for bfloat16 x0 holds the even and x1 the odd four. */
// @ts-ignore: decorator
@inline
function mac8<T>(p: usize, x0: v128, x1: v128, acc: v128): v128 {
  if (isBrain<T>()) {
    const v = v128.load(p);
    return madd(v128.and(v, i32x4.splat(0xffff0000)), x1, madd(i32x4.shl(v, 16), x0, acc));
  }
  return madd(load4<T>(p + 4 * sizeof<T>()), x1, madd(load4<T>(p), x0, acc));
}

/** `mac8` of plain float16. */
// @ts-ignore: decorator
@inline
function normalMac8(p: usize, x0: v128, x1: v128, acc: v128): v128 {
  return madd(normalF16(p + 8), x1, madd(normalF16(p), x0, acc));
}

/** Copies rows of x so that `mac8<T>` can use them: for bfloat16 each eight as evens, then odds. Returns where they are. */
export function arrange<T>(m: i32, k: i32, x: usize, w: usize): usize {
  if (!isBrain<T>()) return x;
  const start = w;
  for (; m > 0; m--) {
    let i = 0;
    for (; i + 8 <= k; i += 8) {
      const a = v128.load(x);
      const b = v128.load(x, 16);
      v128.store(w, v128.shuffle<i32>(a, b, 0, 2, 4, 6));
      v128.store(w, v128.shuffle<i32>(a, b, 1, 3, 5, 7), 16);
      x += 32;
      w += 32;
    }
    for (; i < k; i++) {
      store<f32>(w, load<f32>(x));
      x += 4;
      w += 4;
    }
  }
  return start;
}

/** y[0..3] = four rows of W times one x. */
function dot4x1<T>(k: i32, w: usize, ld: usize, x: usize, y: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  const ld3 = ld + ld + ld;
  for (; k >= 8; k -= 8) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    if (isHalf<T>() && arePlain(w, w + ld, w + 2 * ld, w + ld3)) {
      a0 = normalMac8(w, x0, x1, a0);
      a1 = normalMac8(w + ld, x0, x1, a1);
      a2 = normalMac8(w + 2 * ld, x0, x1, a2);
      a3 = normalMac8(w + ld3, x0, x1, a3);
    } else {
      a0 = mac8<T>(w, x0, x1, a0);
      a1 = mac8<T>(w + ld, x0, x1, a1);
      a2 = mac8<T>(w + 2 * ld, x0, x1, a2);
      a3 = mac8<T>(w + ld3, x0, x1, a3);
    }
    x += 32;
    w += 8 * sizeof<T>();
  }
  let s0 = hsum(a0);
  let s1 = hsum(a1);
  let s2 = hsum(a2);
  let s3 = hsum(a3);
  for (; k > 0; k--) {
    const v = load<f32>(x);
    s0 += load1<T>(w) * v;
    s1 += load1<T>(w + ld) * v;
    s2 += load1<T>(w + 2 * ld) * v;
    s3 += load1<T>(w + ld3) * v;
    x += 4;
    w += sizeof<T>();
  }
  store<f32>(y, s0);
  store<f32>(y, s1, 4);
  store<f32>(y, s2, 8);
  store<f32>(y, s3, 12);
}

/** The same for two x, `lx` bytes apart, and their results, `ly` apart: W is decoded once. */
function dot4x2<T>(k: i32, w: usize, ld: usize, x: usize, lx: usize, y: usize, ly: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const mask = i32x4.splat(0xffff0000);
  const ld3 = ld + ld + ld;
  for (; k >= 8; k -= 8) {
    let x0 = v128.load(x);
    let y0 = v128.load(x + lx);
    let x1 = v128.load(x, 16);
    let y1 = v128.load(x + lx, 16);
    let w0 = isBrain<T>() ? v128.load(w) : load4<T>(w);
    let w1 = isBrain<T>() ? v128.load(w + ld) : load4<T>(w + ld);
    let w2 = isBrain<T>() ? v128.load(w + 2 * ld) : load4<T>(w + 2 * ld);
    let w3 = isBrain<T>() ? v128.load(w + ld3) : load4<T>(w + ld3);
    let v = isBrain<T>() ? i32x4.shl(w0, 16) : w0;
    a0 = madd(v, x0, a0);
    b0 = madd(v, y0, b0);
    v = isBrain<T>() ? i32x4.shl(w1, 16) : w1;
    a1 = madd(v, x0, a1);
    b1 = madd(v, y0, b1);
    v = isBrain<T>() ? i32x4.shl(w2, 16) : w2;
    a2 = madd(v, x0, a2);
    b2 = madd(v, y0, b2);
    v = isBrain<T>() ? i32x4.shl(w3, 16) : w3;
    a3 = madd(v, x0, a3);
    b3 = madd(v, y0, b3);
    const h = w + 4 * sizeof<T>();
    v = isBrain<T>() ? v128.and(w0, mask) : load4<T>(h);
    a0 = madd(v, x1, a0);
    b0 = madd(v, y1, b0);
    v = isBrain<T>() ? v128.and(w1, mask) : load4<T>(h + ld);
    a1 = madd(v, x1, a1);
    b1 = madd(v, y1, b1);
    v = isBrain<T>() ? v128.and(w2, mask) : load4<T>(h + 2 * ld);
    a2 = madd(v, x1, a2);
    b2 = madd(v, y1, b2);
    v = isBrain<T>() ? v128.and(w3, mask) : load4<T>(h + ld3);
    a3 = madd(v, x1, a3);
    b3 = madd(v, y1, b3);
    x += 32;
    w += 8 * sizeof<T>();
  }
  let s0 = hsum(a0);
  let s1 = hsum(a1);
  let s2 = hsum(a2);
  let s3 = hsum(a3);
  let t0 = hsum(b0);
  let t1 = hsum(b1);
  let t2 = hsum(b2);
  let t3 = hsum(b3);
  for (; k > 0; k--) {
    const u = load<f32>(x);
    const v = load<f32>(x + lx);
    const w0 = load1<T>(w);
    const w1 = load1<T>(w + ld);
    const w2 = load1<T>(w + 2 * ld);
    const w3 = load1<T>(w + ld3);
    s0 += w0 * u;
    s1 += w1 * u;
    s2 += w2 * u;
    s3 += w3 * u;
    t0 += w0 * v;
    t1 += w1 * v;
    t2 += w2 * v;
    t3 += w3 * v;
    x += 4;
    w += sizeof<T>();
  }
  store<f32>(y, s0);
  store<f32>(y, s1, 4);
  store<f32>(y, s2, 8);
  store<f32>(y, s3, 12);
  y += ly;
  store<f32>(y, t0);
  store<f32>(y, t1, 4);
  store<f32>(y, t2, 8);
  store<f32>(y, t3, 12);
}

function dot1<T>(k: i32, w: usize, x: usize): f32 {
  let a = f32x4.splat(0);
  for (; k >= 8; k -= 8) {
    a = mac8<T>(w, v128.load(x), v128.load(x, 16), a);
    x += 32;
    w += 8 * sizeof<T>();
  }
  let s = hsum(a);
  for (; k > 0; k--) {
    s += load1<T>(w) * load<f32>(x);
    x += 4;
    w += sizeof<T>();
  }
  return s;
}

/**
 * y[m, n] = sum over k of x[m, k] * W[n, k]: rows of W `ld` bytes apart with unit column stride, x packed and arranged,
 * rows of y `ly` bytes apart.
 */
export function dotRows<T>(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize): void {
  const lx = <usize>K << 2;
  let n = 0;
  for (; n + 4 <= N; n += 4) {
    let m = 0;
    let px = x;
    let py = y;
    // float16 is decoded for each row: two at once would need more registers than there are
    for (; !isHalf<T>() && m + 2 <= M; m += 2) {
      dot4x2<T>(K, w, ld, px, lx, py, ly);
      px += 2 * lx;
      py += 2 * ly;
    }
    for (; m < M; m++) {
      dot4x1<T>(K, w, ld, px, py);
      px += lx;
      py += ly;
    }
    w += 4 * ld;
    y += 16;
  }
  for (; n < N; n++) {
    for (let m = 0; m < M; m++) store<f32>(y + <usize>m * ly, dot1<T>(K, w, x + <usize>m * lx));
    w += ld;
    y += 4;
  }
}

/** y[:n] += x[0] W[0, :n] + ... + x[3] W[3, :n], rows of W `ld` bytes apart. */
function axpy4<T>(n: i32, x: usize, w: usize, ld: usize, y: usize): void {
  const x0 = v128.load32_splat(x);
  const x1 = v128.load32_splat(x, 4);
  const x2 = v128.load32_splat(x, 8);
  const x3 = v128.load32_splat(x, 12);
  const ld3 = ld + ld + ld;
  for (; n >= 8; n -= 8) {
    const h = w + 4 * sizeof<T>();
    // the four products are summed first, so that y is rounded once for four of them
    let a: v128;
    let b: v128;
    if (isHalf<T>() && arePlain(w, w + ld, w + 2 * ld, w + ld3)) {
      a = madd(normalF16(w + ld), x1, f32x4.mul(normalF16(w), x0));
      b = madd(normalF16(h + ld), x1, f32x4.mul(normalF16(h), x0));
      a = madd(normalF16(w + ld3), x3, madd(normalF16(w + 2 * ld), x2, a));
      b = madd(normalF16(h + ld3), x3, madd(normalF16(h + 2 * ld), x2, b));
    } else {
      a = madd(load4<T>(w + ld), x1, f32x4.mul(load4<T>(w), x0));
      b = madd(load4<T>(h + ld), x1, f32x4.mul(load4<T>(h), x0));
      a = madd(load4<T>(w + ld3), x3, madd(load4<T>(w + 2 * ld), x2, a));
      b = madd(load4<T>(h + ld3), x3, madd(load4<T>(h + 2 * ld), x2, b));
    }
    v128.store(y, f32x4.add(v128.load(y), a));
    v128.store(y, f32x4.add(v128.load(y, 16), b), 16);
    w += 8 * sizeof<T>();
    y += 32;
  }
  const s0 = load<f32>(x);
  const s1 = load<f32>(x, 4);
  const s2 = load<f32>(x, 8);
  const s3 = load<f32>(x, 12);
  for (; n > 0; n--) {
    const a = load1<T>(w) * s0 + load1<T>(w + ld) * s1;
    const b = load1<T>(w + 2 * ld) * s2 + load1<T>(w + ld3) * s3;
    store<f32>(y, load<f32>(y) + (a + b));
    w += sizeof<T>();
    y += 4;
  }
}

function axpy1<T>(n: i32, x: f32, w: usize, y: usize): void {
  const v = f32x4.splat(x);
  for (; n >= 4; n -= 4) {
    v128.store(y, madd(load4<T>(w), v, v128.load(y)));
    w += 4 * sizeof<T>();
    y += 16;
  }
  for (; n > 0; n--) {
    store<f32>(y, load<f32>(y) + load1<T>(w) * x);
    w += sizeof<T>();
    y += 4;
  }
}

/** y[m, n] += sum over k of x[m, k] * W[k, n]: rows of W, x and y `ld`, `lx` and `ly` bytes apart, unit column strides. */
export function sumRows<T>(
  M: i32,
  N: i32,
  K: i32,
  x: usize,
  lx: usize,
  w: usize,
  ld: usize,
  y: usize,
  ly: usize,
): void {
  // a stretch of y stays in the first-level cache while all rows of W pass
  const stretch = 2048;
  for (let j = 0; j < N; j += stretch) {
    const n = min(stretch, N - j);
    let p = w + <usize>j * sizeof<T>();
    const q = y + (<usize>j << 2);
    let k = 0;
    for (; k + 4 <= K; k += 4) {
      for (let m = 0; m < M; m++) axpy4<T>(n, x + <usize>m * lx + (<usize>k << 2), p, ld, q + <usize>m * ly);
      p += 4 * ld;
    }
    for (; k < K; k++) {
      for (let m = 0; m < M; m++) axpy1<T>(n, load<f32>(x + <usize>m * lx + (<usize>k << 2)), p, q + <usize>m * ly);
      p += ld;
    }
  }
}
