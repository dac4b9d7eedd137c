// softmax_<code>(rows, n, a, o, scratch): exp(x - max) / sum(exp(x - max)) of each row; `scratch` holds one row of f32 (half types).
// logsumexp_<code>(rows, n, a, o): max + log(sum(exp(x - max))).
import { combine, combineOne, fold, MAX } from './combine';
import { highHalf, loadLanes, loadOne, lowHalf, storeLanes, storeOne, storeSome } from './lanes';
import { EXP_TABLE, expNormal } from './math-f32';
import { hmax, hsum64 } from './simd';

/** loaded 4 * (4 - k) bytes in: ones for k lanes */
const FIRST = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0]);

/** vexpNegative of math-f32.ts with its constants in locals: loops keep them in registers. Most of softmax's time is here. */
// @ts-ignore: decorator
@inline
function expDown(
  x: v128,
  log2e: v128,
  magic: v128,
  high: v128,
  low: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
  one: v128,
  least: v128,
): v128 {
  return v128.andnot(expNormal(x, log2e, magic, high, low, c4, c3, c2, c1, c0, one), f32x4.lt(x, least));
}

/** Largest element; -inf for none. NaN may be passed over. */
// @ts-ignore: decorator
@inline
function looseMax<S>(n: i32, a: usize): f32 {
  const step = 4 * sizeof<S>();
  let m0 = f32x4.splat(-Infinity);
  let m1 = m0;
  for (; n >= 8; n -= 8) {
    m0 = f32x4.pmax(m0, loadLanes<S, f32>(a));
    m1 = f32x4.pmax(m1, loadLanes<S, f32>(a + step));
    a += 2 * step;
  }
  let m = hmax(f32x4.pmax(m0, m1));
  for (; n > 0; n--) {
    m = max<f32>(m, loadOne<S, f32>(a));
    a += sizeof<S>();
  }
  return m;
}

/** Writes exp(x - m) as f32 to `o` and returns the sum, or with `o` = 0 only that. */
// @ts-ignore: decorator
@inline
function powers<S>(keep: bool, n: i32, m: f32, a: usize, o: usize): f64 {
  const step = 4 * sizeof<S>();
  const shift = f32x4.splat(m);
  const log2e = v128.load32_splat(EXP_TABLE, 8);
  const magic = v128.load32_splat(EXP_TABLE, 12);
  const high = v128.load32_splat(EXP_TABLE, 16);
  const low = v128.load32_splat(EXP_TABLE, 20);
  const c4 = v128.load32_splat(EXP_TABLE, 24);
  const c3 = v128.load32_splat(EXP_TABLE, 28);
  const c2 = v128.load32_splat(EXP_TABLE, 32);
  const c1 = v128.load32_splat(EXP_TABLE, 36);
  const c0 = v128.load32_splat(EXP_TABLE, 40);
  const one = v128.load32_splat(EXP_TABLE, 44);
  const least = v128.load32_splat(EXP_TABLE, 48);
  let total = f64x2.splat(0);
  while (n >= 8) {
    const pairs = min<i32>(n >> 3, 64);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let k = pairs; k > 0; k--) {
      const e0 = expDown(f32x4.sub(loadLanes<S, f32>(a), shift), log2e, magic, high, low, c4, c3, c2, c1, c0, one, least);
      const e1 = expDown(f32x4.sub(loadLanes<S, f32>(a + step), shift), log2e, magic, high, low, c4, c3, c2, c1, c0, one, least);
      s0 = f32x4.add(s0, e0);
      s1 = f32x4.add(s1, e1);
      if (keep) {
        v128.store(o, e0);
        v128.store(o, e1, 16);
        o += 32;
      }
      a += 2 * step;
    }
    s0 = f32x4.add(s0, s1);
    total = f64x2.add(total, f64x2.add(lowHalf(s0), highHalf(s0)));
    n -= pairs << 3;
  }
  for (; n > 0; n -= 4) {
    let e = expDown(f32x4.sub(loadLanes<S, f32>(a), shift), log2e, magic, high, low, c4, c3, c2, c1, c0, one, least);
    if (n < 4) {
      if (keep) storeSome<f32, f32>(o, e, n);
      e = v128.and(e, v128.load(FIRST + ((4 - n) << 2)));
    } else if (keep) v128.store(o, e);
    total = f64x2.add(total, f64x2.add(lowHalf(e), highHalf(e)));
    a += step;
    o += 16;
  }
  return hsum64(total);
}

/** Elements of `p` times `factor`, to elements of type S at `o`. */
// @ts-ignore: decorator
@inline
function scaled<S>(n: i32, factor: f32, p: usize, o: usize): void {
  const f = f32x4.splat(factor);
  for (; n >= 4; n -= 4) {
    storeLanes<S, f32>(o, f32x4.mul(v128.load(p), f));
    p += 16;
    o += 4 * sizeof<S>();
  }
  if (n > 0) storeSome<S, f32>(o, f32x4.mul(v128.load(p), f), n);
}

// @ts-ignore: decorator
@inline
function softmaxRows<S>(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  const size = <usize>n * sizeof<S>();
  for (; rows > 0; rows--) {
    const m = looseMax<S>(n, a);
    const p = sizeof<S>() == 4 ? o : scratch;
    // all masked: shifted by 0 every power is 0, and so is the row
    const sum = powers<S>(true, n, m == -Infinity ? 0 : m, a, p);
    scaled<S>(n, sum == 0 ? 0 : <f32>(1 / sum), p, o);
    a += size;
    o += size;
  }
}

/** Largest element; NaN if there is one. */
// @ts-ignore: decorator
@inline
function strictMax<S>(n: i32, a: usize): f32 {
  let m = f32x4.splat(-Infinity);
  for (; n >= 4; n -= 4) {
    m = combine<f32>(MAX, m, loadLanes<S, f32>(a));
    a += 4 * sizeof<S>();
  }
  let r = fold<f32>(MAX, m);
  for (; n > 0; n--) {
    r = combineOne<f32>(MAX, r, loadOne<S, f32>(a));
    a += sizeof<S>();
  }
  return r;
}

// @ts-ignore: decorator
@inline
function logsumexpRows<S>(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    let m = strictMax<S>(n, a);
    // an infinite maximum is the answer itself, and so is NaN
    if (m - m == 0) m = <f32>(<f64>m + Math.log(powers<S>(false, n, m, a, 0)));
    storeOne<S, f32>(o, m);
    a += <usize>n * sizeof<S>();
    o += sizeof<S>();
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

function max64(n: i32, a: usize): f64 {
  let m: f64 = -Infinity;
  for (let i = 0; i < n; i++) m = max<f64>(m, load<f64>(a + (<usize>i << 3)));
  return m;
}

export function softmax_f64(rows: i32, n: i32, a: usize, o: usize, scratch: usize): void {
  for (; rows > 0; rows--) {
    let m = max64(n, a);
    if (m == -Infinity) m = 0;
    let sum: f64 = 0;
    for (let i: usize = 0; i < <usize>n; i++) {
      const e = Math.exp(load<f64>(a + (i << 3)) - m);
      store<f64>(o + (i << 3), e);
      sum += e;
    }
    const factor = sum == 0 ? 0 : 1 / sum;
    for (let i: usize = 0; i < <usize>n; i++) store<f64>(o + (i << 3), load<f64>(o + (i << 3)) * factor);
    a += <usize>n << 3;
    o += <usize>n << 3;
  }
}

export function logsumexp_f64(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    let m = max64(n, a);
    if (m - m == 0) {
      let sum: f64 = 0;
      for (let i: usize = 0; i < <usize>n; i++) sum += Math.exp(load<f64>(a + (i << 3)) - m);
      m += Math.log(sum);
    }
    store<f64>(o, m);
    a += <usize>n << 3;
    o += 8;
  }
}
