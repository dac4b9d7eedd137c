// What softmax, logsumexp and cross-entropy do with a row: its largest element, its powers and their sum. S is the storage type.
import { combine, combineOne, fold, MAX } from './combine';
import { highHalf, loadLanes, loadOne, lowHalf, storeLanes, storeSome } from './lanes';
import { expDown } from './math-f32';
import { hmax, hsum64 } from './simd';

/** loaded 4 * (4 - k) bytes in: ones for k lanes */
const FIRST = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0]);

/** Largest element; -inf for none. NaN may be passed over. */
export function looseMax<S>(n: i32, a: usize): f32 {
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

/** Writes exp(x - m) as f32 to `o` and returns the sum, or with `o` = 0 only that. */
export function powers<S>(n: i32, m: f32, a: usize, o: usize): f64 {
  const step = 4 * sizeof<S>();
  const shift = f32x4.splat(m);
  let total = f64x2.splat(0);
  while (n >= 16) {
    const groups = min<i32>(n >> 4, 32);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let k = groups; k > 0; k--) {
      const e0 = expDown(f32x4.sub(loadLanes<S, f32>(a), shift));
      const e1 = expDown(f32x4.sub(loadLanes<S, f32>(a + step), shift));
      const e2 = expDown(f32x4.sub(loadLanes<S, f32>(a + 2 * step), shift));
      const e3 = expDown(f32x4.sub(loadLanes<S, f32>(a + 3 * step), shift));
      s0 = f32x4.add(s0, f32x4.add(e0, e1));
      s1 = f32x4.add(s1, f32x4.add(e2, e3));
      if (o != 0) {
        v128.store(o, e0);
        v128.store(o, e1, 16);
        v128.store(o, e2, 32);
        v128.store(o, e3, 48);
        o += 64;
      }
      a += 4 * step;
    }
    s0 = f32x4.add(s0, s1);
    total = f64x2.add(total, f64x2.add(lowHalf(s0), highHalf(s0)));
    n -= groups << 4;
  }
  for (; n > 0; n -= 4) {
    let e = expDown(f32x4.sub(loadLanes<S, f32>(a), shift));
    if (n < 4) {
      if (o != 0) storeSome<f32, f32>(o, e, n);
      e = v128.and(e, v128.load(FIRST + ((4 - n) << 2)));
    } else if (o != 0) v128.store(o, e);
    total = f64x2.add(total, f64x2.add(lowHalf(e), highHalf(e)));
    a += step;
    if (o != 0) o += 16;
  }
  return hsum64(total);
}

/** Elements of `p` times `factor`, to elements of type S at `o`. */
export function scaled<S>(n: i32, factor: f32, p: usize, o: usize): void {
  const f = f32x4.splat(factor);
  for (; n >= 4; n -= 4) {
    storeLanes<S, f32>(o, f32x4.mul(v128.load(p), f));
    p += 16;
    o += 4 * sizeof<S>();
  }
  if (n > 0) storeSome<S, f32>(o, f32x4.mul(v128.load(p), f), n);
}
