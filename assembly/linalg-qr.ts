// Householder QR of a matrix that lies transposed: its columns are rows of memory here. Blocks of reflectors are applied as
// I - V T V^T (R. Schreiber, C. Van Loan, "A storage-efficient WY representation"), so that most of the work is products.
import { addScaled, divide, dot } from './linalg-rows';
import { gemm } from './matmul-panels';

/** Reflectors of one block. */
export const BLOCK: i32 = 32;
/** Powers of two that bring squares of tiny and of huge doubles back into range. */
const UP: f64 = 5.260135901548374e210; // 2^700
const DOWN: f64 = 1.90109156629516e-211; // 2^-700

function largest<E>(n: i32, x: usize): f64 {
  let m: f64 = 0;
  for (; n > 0; n--) {
    m = max<f64>(m, abs<f64>(<f64>load<E>(x)));
    x += sizeof<E>();
  }
  return m;
}
function squares<E>(n: i32, x: usize): f64 {
  if (sizeof<E>() == 8) return <f64>dot<E>(n, x, x);
  let s = f64x2.splat(0);
  for (; n >= 2; n -= 2) {
    const v = f64x2.promote_low_f32x4(v128.load64_zero(x));
    s = f64x2.add(s, f64x2.mul(v, v));
    x += 8;
  }
  let r = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  if (n > 0) r += <f64>load<E>(x) * <f64>load<E>(x);
  return r;
}
function times<E>(n: i32, c: f64, x: usize): void {
  for (; n > 0; n--) {
    store<E>(x, <E>(<f64>load<E>(x) * c));
    x += sizeof<E>();
  }
}

/**
 * The reflector I - tau v v^T that takes x to (beta, 0, ...), beta of the sign opposite to x[0]: x becomes beta, v[1], v[2], ...
 * (v[0] = 1). Returns tau, 0 where nothing but x[0] differs from zero.
 */
function reflector<E>(n: i32, x: usize): E {
  const rest = x + sizeof<E>();
  let back: f64 = 1;
  let ss = squares<E>(n - 1, rest);
  if (sizeof<E>() == 8 && !(ss > 1e-280 && ss < 1e280)) {
    if (largest<E>(n - 1, rest) == 0) return 0;
    const m = largest<E>(n, x);
    if (m < 1e-130 || m > 1e130) {
      back = m < 1 ? DOWN : UP;
      times<E>(n, m < 1 ? UP : DOWN, x);
      ss = squares<E>(n - 1, rest);
    }
  }
  if (ss == 0) return 0;
  const alpha = <f64>load<E>(x);
  const beta = -copysign<f64>(sqrt(alpha * alpha + ss), alpha);
  divide<E>(n - 1, <E>(alpha - beta), rest);
  store<E>(x, <E>(beta * back));
  return <E>((beta - alpha) / beta);
}

/** Row c of `v` [k x m] is reflector c of the block at `a`: zeros, 1, and what lies right of the diagonal. */
function unpack<E>(k: i32, m: i32, a: usize, ld: usize, v: usize): void {
  for (let c = 0; c < k; c++) {
    const row = v + <usize>c * <usize>m * sizeof<E>();
    const skip = <usize>c * sizeof<E>();
    memory.fill(row, 0, skip);
    memory.copy(row + skip, a + <usize>c * ld + skip, <usize>(m - c) * sizeof<E>());
    store<E>(row + skip, 1);
  }
}

/** C [n x m] += (C V^T) T V, or with T^T: `tr`, `tc` are the strides of T [k x k], which holds -T. `y`: room for 2 n k elements. */
function update<E>(
  n: i32,
  m: i32,
  k: i32,
  c: usize,
  ld: usize,
  v: usize,
  t: usize,
  tr: usize,
  tc: usize,
  y: usize,
  w: usize,
): void {
  const size = sizeof<E>();
  const rows = <usize>k * size;
  const z = y + <usize>n * rows;
  gemm<E, E, E>(n, k, m, c, ld, size, v, size, <usize>m * size, y, rows, w, false);
  gemm<E, E, E>(n, k, k, y, rows, size, t, tr, tc, z, rows, w, false);
  gemm<E, E, E>(n, m, k, z, rows, size, v, <usize>m * size, size, c, ld, w, true);
}

/**
 * `a` [n x m] holds the transpose of an m x n matrix; afterwards row c holds column c of R up to place c, then its reflector.
 * `q` [k x m], k = min(m, n): the transpose of Q. `v`: room for BLOCK * m elements, `t`: BLOCK * (k + BLOCK), `y`: 2 * BLOCK *
 * max(n, k), `w`: workspace of `gemm`.
 */
export function qr<E>(m: i32, n: i32, a: usize, q: usize, v: usize, t: usize, y: usize, w: usize): void {
  const size = sizeof<E>();
  const ld = <usize>m * size;
  const k = min(m, n);
  const line = <usize>BLOCK * size;
  const products = t + <usize>k * line;
  for (let j = 0; j < k; j += BLOCK) {
    const b = min(BLOCK, k - j);
    const length = m - j;
    const block = a + <usize>j * (ld + size);
    const f = t + <usize>j * line;
    for (let c = 0; c < b; c++) {
      const x = block + <usize>c * (ld + size);
      const tau = reflector<E>(length - c, x);
      store<E>(f + <usize>c * (line + size), -tau);
      if (tau == 0) continue;
      const rest = length - c - 1;
      for (let i = c + 1; i < b; i++) {
        const p = x + <usize>(i - c) * ld;
        const s = -tau * (load<E>(p) + dot<E>(rest, x + size, p + size));
        store<E>(p, load<E>(p) + s);
        addScaled<E>(rest, s, x + size, p + size);
      }
    }
    unpack<E>(b, length, block, ld, v);
    // column c of T is -tau_c T (V v_c) above tau_c; here all of it with the other sign
    const vl = <usize>length * size;
    gemm<E, E, E>(b, b, length, v, vl, size, v, size, vl, products, line, w, false);
    for (let c = 1; c < b; c++) {
      const tau = load<E>(f + <usize>c * (line + size));
      for (let i = 0; i < c; i++) {
        let s: E = 0;
        for (let p = i; p < c; p++) {
          s += load<E>(f + <usize>i * line + <usize>p * size) * load<E>(products + <usize>p * line + <usize>c * size);
        }
        store<E>(f + <usize>i * line + <usize>c * size, tau * s);
      }
    }
    for (let i = 1; i < b; i++) memory.fill(f + <usize>i * line, 0, <usize>i * size);
    const others = n - j - b;
    if (others > 0) update<E>(others, length, b, block + <usize>b * ld, ld, v, f, line, size, y, w);
  }
  memory.fill(q, 0, <usize>k * ld);
  for (let i = 0; i < k; i++) store<E>(q + <usize>i * (ld + size), 1);
  for (let j = (k - 1) / BLOCK * BLOCK; j >= 0; j -= BLOCK) {
    const b = min(BLOCK, k - j);
    const corner = <usize>j * (ld + size);
    unpack<E>(b, m - j, a + corner, ld, v);
    update<E>(k - j, m - j, b, q + corner, ld, v, t + <usize>j * line, size, line, y, w);
  }
}
