// softmax_<code>(rows, n, a, o, scratch): exp(x - max) / sum(exp(x - max)) of each row; `scratch` holds one row of f32 (half types).
// logsumexp_<code>(rows, n, a, o): max + log(sum(exp(x - max))). log_softmax_<code>(rows, n, a, o): x - max - log(sum(exp(x - max))).
import { loadLanes, storeLanes, storeOne, storeSome } from './lanes';
import { EXPONENTS, expOf, fits } from './math-f64-lanes';
import { hsum64 } from './simd';
import { looseMax, powers, scaled, strictMax } from './softmax-rows';

// @ts-ignore: decorator
@inline
function softmaxRows<S>(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  const size = <usize>n * sizeof<S>();
  for (; rows > 0; rows--) {
    const m = looseMax<S>(n, a);
    const p = sizeof<S>() == 4 ? o : scratch;
    // all masked: shifted by 0 every power is 0, and so is the row
    const sum = powers<S>(n, m == -Infinity ? 0 : m, a, p);
    scaled<S>(n, sum == 0 ? 0 : <f32>(1 / sum), p, o);
    a += size;
    o += size;
  }
}

// @ts-ignore: decorator
@inline
function logsumexpRows<S>(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    let m = strictMax<S>(n, a);
    // an infinite maximum is the answer itself, and so is NaN
    if (m - m == 0) m = <f32>(<f64>m + Math.log(powers<S>(n, m, a, 0)));
    storeOne<S, f32>(o, m);
    a += <usize>n * sizeof<S>();
    o += sizeof<S>();
  }
}

// @ts-ignore: decorator
@inline
function logSoftmaxRows<S>(rows: i32, n: i32, a: usize, o: usize): void {
  const step = 4 * sizeof<S>();
  for (; rows > 0; rows--) {
    const m = looseMax<S>(n, a);
    const top = f32x4.splat(m);
    const rest = f32x4.splat(<f32>Math.log(powers<S>(n, m, a, 0)));
    let k = n;
    for (; k >= 4; k -= 4) {
      storeLanes<S, f32>(o, f32x4.sub(f32x4.sub(loadLanes<S, f32>(a), top), rest));
      a += step;
      o += step;
    }
    if (k > 0) storeSome<S, f32>(o, f32x4.sub(f32x4.sub(loadLanes<S, f32>(a), top), rest), k);
    a += <usize>k * sizeof<S>();
    o += <usize>k * sizeof<S>();
  }
}

export function softmax_f32(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  softmaxRows<f32>(rows, n, a, o, scratch);
}
export function softmax_f16(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  softmaxRows<i16>(rows, n, a, o, scratch);
}
export function softmax_bf16(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  softmaxRows<u16>(rows, n, a, o, scratch);
}
export function logsumexp_f32(rows: i32, n: i32, a: usize, o: usize): void {
  logsumexpRows<f32>(rows, n, a, o);
}
export function logsumexp_f16(rows: i32, n: i32, a: usize, o: usize): void {
  logsumexpRows<i16>(rows, n, a, o);
}
export function logsumexp_bf16(rows: i32, n: i32, a: usize, o: usize): void {
  logsumexpRows<u16>(rows, n, a, o);
}
export function log_softmax_f32(rows: i32, n: i32, a: usize, o: usize): void {
  logSoftmaxRows<f32>(rows, n, a, o);
}
export function log_softmax_f16(rows: i32, n: i32, a: usize, o: usize): void {
  logSoftmaxRows<i16>(rows, n, a, o);
}
export function log_softmax_bf16(rows: i32, n: i32, a: usize, o: usize): void {
  logSoftmaxRows<u16>(rows, n, a, o);
}

function max64(n: i32, a: usize): f64 {
  let m: f64 = -Infinity;
  for (let i = 0; i < n; i++) m = max<f64>(m, load<f64>(a + (<usize>i << 3)));
  return m;
}
/** Writes exp(x - m) to `o` and returns the sum, or with `o` = 0 only that. */
function powers64(n: i32, m: f64, a: usize, o: usize): f64 {
  const shift = f64x2.splat(m);
  let sums = f64x2.splat(0);
  for (; n >= 2; n -= 2) {
    const x = f64x2.sub(v128.load(a), shift);
    const e = v128.all_true<i64>(fits(EXPONENTS, x))
      ? expOf(x)
      : f64x2.replace_lane(f64x2.splat(Math.exp(f64x2.extract_lane(x, 0))), 1, Math.exp(f64x2.extract_lane(x, 1)));
    sums = f64x2.add(sums, e);
    if (o != 0) {
      v128.store(o, e);
      o += 16;
    }
    a += 16;
  }
  let sum = hsum64(sums);
  if (n > 0) {
    const e = Math.exp(load<f64>(a) - m);
    if (o != 0) store<f64>(o, e);
    sum += e;
  }
  return sum;
}

export function softmax_f64(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  for (; rows > 0; rows--) {
    const m = max64(n, a);
    const sum = powers64(n, m == -Infinity ? 0 : m, a, o);
    const factor = sum == 0 ? 0 : 1 / sum;
    for (let i: usize = 0; i < <usize>n << 3; i += 8) store<f64>(o + i, load<f64>(o + i) * factor);
    a += <usize>n << 3;
    o += <usize>n << 3;
  }
}
export function logsumexp_f64(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    let m = max64(n, a);
    if (m - m == 0) m += Math.log(powers64(n, m, a, 0));
    store<f64>(o, m);
    a += <usize>n << 3;
    o += 8;
  }
}
export function log_softmax_f64(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    const m = max64(n, a);
    const rest = Math.log(powers64(n, m, a, 0));
    for (let i: usize = 0; i < <usize>n << 3; i += 8) store<f64>(o + i, load<f64>(a + i) - m - rest);
    a += <usize>n << 3;
    o += <usize>n << 3;
  }
}
