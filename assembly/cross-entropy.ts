// cross_entropy_<code>(rows, n, smooth, a, t, o): logsumexp(x) - (1 - smooth) x[t] - smooth mean(x) of each row of n scores, t an i32
// below n. cross_entropy_grad_<code>(rows, n, smooth, a, t, g, o, scratch): g (softmax(x) - (1 - smooth) [i = t] - smooth / n), whose
// powers are kept nowhere but in the row that is written; `scratch` holds one row of f32 (half types).
import { loadLanes, loadOne, storeLanes, storeOne, storeSome } from './lanes';
import { looseMax, powers } from './softmax-rows';
import { highHalf, lowHalf } from './lanes';
import { hsum64, madd } from './simd';

/** Sum of x - m over a row. */
function shiftedSum<S>(n: i32, m: f32, a: usize): f64 {
  const shift = f32x4.splat(m);
  let total = f64x2.splat(0);
  for (; n >= 4; n -= 4) {
    const x = f32x4.sub(loadLanes<S, f32>(a), shift);
    total = f64x2.add(total, f64x2.add(lowHalf(x), highHalf(x)));
    a += 4 * sizeof<S>();
  }
  let sum = hsum64(total);
  for (; n > 0; n--) {
    sum += <f64>(loadOne<S, f32>(a) - m);
    a += sizeof<S>();
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function lossRows<S>(rows: i32, n: i32, smooth: f64, a: usize, t: usize, o: usize): void {
  for (; rows > 0; rows--) {
    const m = looseMax<S>(n, a);
    const hit = <f64>(loadOne<S, f32>(a + <usize>load<i32>(t) * sizeof<S>()) - m);
    let loss = Math.log(powers<S>(n, m, a, 0)) - (1 - smooth) * hit;
    // what is not asked for must not turn an infinite score into NaN
    if (smooth != 0) loss -= (smooth * shiftedSum<S>(n, m, a)) / <f64>n;
    storeOne<S, f32>(o, <f32>loss);
    a += <usize>n * sizeof<S>();
    t += 4;
    o += sizeof<S>();
  }
}

/** p factor - share, elements of type S. */
function spread<S>(n: i32, factor: f32, share: f32, p: usize, o: usize): void {
  const f = f32x4.splat(factor);
  const s = f32x4.splat(-share);
  for (; n >= 4; n -= 4) {
    storeLanes<S, f32>(o, madd(v128.load(p), f, s));
    p += 16;
    o += 4 * sizeof<S>();
  }
  if (n > 0) storeSome<S, f32>(o, madd(v128.load(p), f, s), n);
}

// @ts-ignore: decorator
@inline
function gradientRows<S>(rows: i32, n: i32, smooth: f64, a: usize, t: usize, g: usize, o: usize, scratch: usize): void {
  const size = <usize>n * sizeof<S>();
  for (; rows > 0; rows--) {
    const p = sizeof<S>() == 4 ? o : scratch;
    const m = looseMax<S>(n, a);
    const sum = powers<S>(n, m, a, p);
    const by = <f64>loadOne<S, f32>(g);
    const share = (by * smooth) / <f64>n;
    // the target's own element is exact to the last place only if 1 is taken from its probability first
    const at = <usize>load<i32>(t);
    const hit = by * (<f64>load<f32>(p + (at << 2)) / sum - (1 - smooth)) - share;
    spread<S>(n, <f32>(by / sum), <f32>share, p, o);
    storeOne<S, f32>(o + at * sizeof<S>(), <f32>hit);
    a += size;
    o += size;
    t += 4;
    g += sizeof<S>();
  }
}

export function cross_entropy_f32(rows: i32, n: i32, smooth: f64, a: usize, t: usize, o: usize): void {
  lossRows<f32>(rows, n, smooth, a, t, o);
}
export function cross_entropy_f16(rows: i32, n: i32, smooth: f64, a: usize, t: usize, o: usize): void {
  lossRows<i16>(rows, n, smooth, a, t, o);
}
export function cross_entropy_bf16(rows: i32, n: i32, smooth: f64, a: usize, t: usize, o: usize): void {
  lossRows<u16>(rows, n, smooth, a, t, o);
}
export function cross_entropy_grad_f32(
  rows: i32, n: i32, smooth: f64, a: usize, t: usize, g: usize, o: usize, scratch: usize,
): void {
  gradientRows<f32>(rows, n, smooth, a, t, g, o, scratch);
}
export function cross_entropy_grad_f16(
  rows: i32, n: i32, smooth: f64, a: usize, t: usize, g: usize, o: usize, scratch: usize,
): void {
  gradientRows<i16>(rows, n, smooth, a, t, g, o, scratch);
}
export function cross_entropy_grad_bf16(
  rows: i32, n: i32, smooth: f64, a: usize, t: usize, g: usize, o: usize, scratch: usize,
): void {
  gradientRows<u16>(rows, n, smooth, a, t, g, o, scratch);
}

/** Sum of exp(x - m) and, as `drift`, of x - m. */
let drift: f64 = 0;
function sums64(n: i32, m: f64, a: usize): f64 {
  let sum: f64 = 0;
  drift = 0;
  for (let i: usize = 0; i < <usize>n << 3; i += 8) {
    const x = load<f64>(a + i) - m;
    sum += Math.exp(x);
    drift += x;
  }
  return sum;
}
function max64(n: i32, a: usize): f64 {
  let m: f64 = -Infinity;
  for (let i: usize = 0; i < <usize>n << 3; i += 8) m = max<f64>(m, load<f64>(a + i));
  return m;
}
export function cross_entropy_f64(rows: i32, n: i32, smooth: f64, a: usize, t: usize, o: usize): void {
  for (; rows > 0; rows--) {
    const m = max64(n, a);
    const sum = sums64(n, m, a);
    let loss = Math.log(sum) - (1 - smooth) * (load<f64>(a + (<usize>load<i32>(t) << 3)) - m);
    if (smooth != 0) loss -= (smooth * drift) / <f64>n;
    store<f64>(o, loss);
    a += <usize>n << 3;
    t += 4;
    o += 8;
  }
}
export function cross_entropy_grad_f64(
  rows: i32, n: i32, smooth: f64, a: usize, t: usize, g: usize, o: usize, scratch: usize,
): void {
  for (; rows > 0; rows--) {
    const m = max64(n, a);
    const sum = sums64(n, m, a);
    const by = load<f64>(g);
    const share = smooth / <f64>n;
    const at = <usize>load<i32>(t) << 3;
    for (let i: usize = 0; i < <usize>n << 3; i += 8) {
      const p = Math.exp(load<f64>(a + i) - m) / sum;
      store<f64>(o + i, by * (p - (i == at ? 1 - smooth : 0) - share));
    }
    a += <usize>n << 3;
    o += <usize>n << 3;
    t += 4;
    g += 8;
  }
}
