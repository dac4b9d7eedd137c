// Rows of elements E (f32 or f64) that lie side by side: what the factorisations are made of between the matrix products.
import { gemm } from './matmul-panels';
import { hsum, hsum64, madd, madd64 } from './simd';

// @ts-ignore: decorator
@inline
function lanes<E>(): i32 {
  return <i32>(16 / sizeof<E>());
}

// @ts-ignore: decorator
@inline
function mac<E>(a: v128, b: v128, c: v128): v128 {
  return sizeof<E>() == 4 ? madd(a, b, c) : madd64(a, b, c);
}

/** Sum of a[i] * b[i]. */
export function dot<E>(n: i32, a: usize, b: usize): E {
  const w = lanes<E>();
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; n >= 4 * w; n -= 4 * w) {
    s0 = mac<E>(v128.load(a), v128.load(b), s0);
    s1 = mac<E>(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = mac<E>(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = mac<E>(v128.load(a, 48), v128.load(b, 48), s3);
    a += 64;
    b += 64;
  }
  for (; n >= w; n -= w) {
    s0 = mac<E>(v128.load(a), v128.load(b), s0);
    a += 16;
    b += 16;
  }
  const s = v128.add<E>(v128.add<E>(s0, s1), v128.add<E>(s2, s3));
  let r: E = sizeof<E>() == 4 ? <E>hsum(s) : <E>hsum64(s);
  for (; n > 0; n--) {
    r += load<E>(a) * load<E>(b);
    a += sizeof<E>();
    b += sizeof<E>();
  }
  return r;
}

/** y += c * x */
export function addScaled<E>(n: i32, c: E, x: usize, y: usize): void {
  const w = lanes<E>();
  const k = v128.splat<E>(c);
  for (; n >= 2 * w; n -= 2 * w) {
    v128.store(y, mac<E>(k, v128.load(x), v128.load(y)));
    v128.store(y, mac<E>(k, v128.load(x, 16), v128.load(y, 16)), 16);
    x += 32;
    y += 32;
  }
  for (; n >= w; n -= w) {
    v128.store(y, mac<E>(k, v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    store<E>(y, load<E>(y) + c * load<E>(x));
    x += sizeof<E>();
    y += sizeof<E>();
  }
}

/** x /= c */
export function divide<E>(n: i32, c: E, x: usize): void {
  const w = lanes<E>();
  const k = v128.splat<E>(c);
  for (; n >= w; n -= w) {
    v128.store(x, v128.div<E>(v128.load(x), k));
    x += 16;
  }
  for (; n > 0; n--) {
    store<E>(x, load<E>(x) / c);
    x += sizeof<E>();
  }
}

/** Exchanges two rows of `bytes` bytes, a multiple of 4. */
export function swap(bytes: usize, x: usize, y: usize): void {
  for (; bytes >= 16; bytes -= 16) {
    const t = v128.load(x);
    v128.store(x, v128.load(y));
    v128.store(y, t);
    x += 16;
    y += 16;
  }
  for (; bytes > 0; bytes -= 4) {
    const t = load<u32>(x);
    store<u32>(x, load<u32>(y));
    store<u32>(y, t);
    x += 4;
    y += 4;
  }
}

/** -A, [m x k] with rows `lda` bytes apart, packed at `to`. */
function negated<E>(m: i32, k: i32, a: usize, lda: usize, to: usize): void {
  const w = lanes<E>();
  for (; m > 0; m--) {
    let n = k;
    let p = a;
    for (; n >= w; n -= w) {
      v128.store(to, v128.neg<E>(v128.load(p)));
      p += 16;
      to += 16;
    }
    for (; n > 0; n--) {
      store<E>(to, -load<E>(p));
      p += sizeof<E>();
      to += sizeof<E>();
    }
    a += lda;
  }
}

/**
 * C -= A B where `add`, else C = -A B; C may lie over A then. Strides in bytes. `w`: workspace of `gemm`, `s`: room for A.
 */
export function gemmSub<E>(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  brs: usize,
  bcs: usize,
  c: usize,
  ldc: usize,
  w: usize,
  s: usize,
  add: bool,
): void {
  negated<E>(M, K, a, lda, s);
  gemm<E, E, E>(M, N, K, s, <usize>K * sizeof<E>(), sizeof<E>(), b, brs, bcs, c, ldc, w, add);
}

/** Zeros above the diagonal of [m x n], or below it. */
export function clear<E>(m: i32, n: i32, a: usize, lda: usize, above: bool): void {
  for (let i = 0; i < m; i++) {
    if (!above) memory.fill(a, 0, <usize>min(i, n) * sizeof<E>());
    else if (i + 1 < n) memory.fill(a + <usize>(i + 1) * sizeof<E>(), 0, <usize>(n - i - 1) * sizeof<E>());
    a += lda;
  }
}

/** Where to cut an order that is too large for the plain loops: near the middle, at whole vectors. */
// @ts-ignore: decorator
@inline
export function half(n: i32): i32 {
  return ((n >> 1) + 7) & ~7;
}
