// What softmax, logsumexp, cross-entropy and attention do with a row: its largest element, its powers and their sum. S is the storage type.
import { combine, combineOne, fold, MAX } from './combine';
import { highHalf, loadLanes, loadOne, lowHalf, storeLanes, storeSome } from './lanes';
import { expDown, expDownOf, expDownSplit } from './math-f32';
import { ownPowers } from './own';
import { hmax, hsum64 } from './simd';

/** loaded 4 * (4 - k) bytes in: ones for k lanes */
const FIRST = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0]);
const FEW: i32 = 32;
/** Elements whose powers are made at a time. */
const BLOCK: i32 = 256;

/** Largest element; -inf for none. NaN may be passed over. */
export function looseMax<S>(n: i32, a: usize): f32 {
  const step = 4 * sizeof<S>();
  let m0 = f32x4.splat(-Infinity);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  for (; n >= 16; n -= 16) {
    m0 = f32x4.pmax(m0, loadLanes<S, f32>(a));
    m1 = f32x4.pmax(m1, loadLanes<S, f32>(a + step));
    m2 = f32x4.pmax(m2, loadLanes<S, f32>(a + 2 * step));
    m3 = f32x4.pmax(m3, loadLanes<S, f32>(a + 3 * step));
    a += 4 * step;
  }
  for (; n >= 4; n -= 4) {
    m0 = f32x4.pmax(m0, loadLanes<S, f32>(a));
    a += step;
  }
  let m = hmax(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
  for (; n > 0; n--) {
    m = max<f32>(m, loadOne<S, f32>(a));
    a += sizeof<S>();
  }
  return m;
}

/** Largest element; NaN if there is one. */
export function strictMax<S>(n: i32, a: usize): f32 {
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

/** `powers` of a row too short for two passes to pay. */
function fewPowers<S>(n: i32, m: f32, a: usize, o: usize): f64 {
  const shift = f32x4.splat(m);
  let sum = f32x4.splat(0);
  for (; n > 0; n -= 4) {
    let e = expDown(f32x4.sub(loadLanes<S, f32>(a), shift));
    if (n < 4) {
      if (o != 0) storeSome<f32, f32>(o, e, n);
      e = v128.and(e, v128.load(FIRST + ((4 - n) << 2)));
    } else if (o != 0) v128.store(o, e);
    sum = f32x4.add(sum, e);
    a += 4 * sizeof<S>();
    if (o != 0) o += 16;
  }
  return hsum64(f64x2.add(lowHalf(sum), highHalf(sum)));
}

/**
 * Writes exp(x - m) as f32 to `o`, which may be `a`, and returns the sum, or with `o` = 0 only that. One exponential is a longer chain
 * of operations than a processor looks ahead; in two passes, halves of it overlap with many of their neighbours.
 */
export function powers<S>(n: i32, m: f32, a: usize, o: usize): f64 {
  if (n < FEW) return fewPowers<S>(n, m, a, o);
  const remainders = ownPowers();
  const scales = remainders + 4 * BLOCK;
  let total = f64x2.splat(0);
  for (; n > 0; n -= BLOCK) {
    const count = min<i32>(n, BLOCK);
    expDownSplit<S>(count, m, a, remainders, scales);
    let sum = expDownOf(count & ~3, remainders, scales, o == 0 ? remainders : o);
    const left = count & 3;
    if (left > 0) {
      const at = <usize>(count & ~3) << 2;
      expDownOf(4, remainders + at, scales + at, remainders);
      const e = v128.load(remainders);
      if (o != 0) storeSome<f32, f32>(o + at, e, left);
      sum = f32x4.add(sum, v128.and(e, v128.load(FIRST + ((4 - left) << 2))));
    }
    total = f64x2.add(total, f64x2.add(lowHalf(sum), highHalf(sum)));
    a += BLOCK * sizeof<S>();
    if (o != 0) o += 4 * BLOCK;
  }
  return hsum64(total);
}

/** Elements of `p` times `factor`, to elements of type S at `o`. */
export function scaled<S>(n: i32, factor: f32, p: usize, o: usize): void {
  const f = f32x4.splat(factor);
  for (; n >= 8; n -= 8) {
    storeLanes<S, f32>(o, f32x4.mul(v128.load(p), f));
    storeLanes<S, f32>(o + 4 * sizeof<S>(), f32x4.mul(v128.load(p, 16), f));
    p += 32;
    o += 8 * sizeof<S>();
  }
  if (n >= 4) {
    storeLanes<S, f32>(o, f32x4.mul(v128.load(p), f));
    p += 16;
    o += 4 * sizeof<S>();
    n -= 4;
  }
  if (n > 0) storeSome<S, f32>(o, f32x4.mul(v128.load(p), f), n);
}
