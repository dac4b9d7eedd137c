// Passes of a mixed-radix Fourier transform after Stockham: each takes its radix off the front, out of place, and leaves the results
// in order. Complex numbers lie in two planes, real parts at x, imaginary parts `gap` bytes on; planes swapped, the same passes
// transform backwards. With n = r m left to do and s numbers side by side that share their twiddles,
//   y[s (r p + j) + q] = w^(j p) sum_k x[s (p + m k) + q] exp(-2 pi i j k / r),   w = exp(-2 pi i / (r m)).
// Vectors run along q; what they write beyond s < 4 numbers is overwritten by the next store, since stores go upwards. A first pass
// with s = 1 has its vectors along p. Twiddles are planes [j][re, im][p], each padded to whole vectors.
import {
  first4,
  inner2,
  inner3,
  inner4,
  inner5,
  last2,
  last3,
  last4,
  last5,
  planeOf,
  splat,
  turnIm,
  turnRe,
} from './fft-radix';
import { ownButterfly } from './own';

/** Bytes of the sums and differences of pairs that an odd radix keeps of one butterfly; its results lie behind them. */
const PAIRS: usize = 2048;

/** The sums of one butterfly of odd radix r, from vectors `part` bytes apart, to `ownButterfly() + PAIRS`: r pairs of vectors, 32 bytes each. */
// @ts-ignore: decorator
@inline
function oddButterfly(r: i32, x: usize, part: usize, gap: usize, table: usize): void {
  const scratch = ownButterfly();
  const results = scratch + PAIRS;
  const pairs = scratch + (<usize>(r >> 1) << 6);
  const x0r = v128.load(x);
  const x0i = v128.load(x + gap);
  let y0r = x0r;
  let y0i = x0i;
  let a = x + part;
  let b = x + <usize>(r - 1) * part;
  for (let k = scratch; k < pairs; k += 64) {
    const ar = v128.load(a);
    const ai = v128.load(a + gap);
    const br = v128.load(b);
    const bi = v128.load(b + gap);
    const tr = f32x4.add(ar, br);
    const ti = f32x4.add(ai, bi);
    y0r = f32x4.add(y0r, tr);
    y0i = f32x4.add(y0i, ti);
    v128.store(k, tr);
    v128.store(k, ti, 16);
    v128.store(k, f32x4.sub(ar, br), 32);
    v128.store(k, f32x4.sub(ai, bi), 48);
    a += part;
    b -= part;
  }
  v128.store(results, y0r);
  v128.store(results, y0i, 16);
  let low = results + 32;
  let high = results + (<usize>(r - 1) << 5);
  for (; low < high; low += 32) {
    let cr = x0r;
    let ci = x0i;
    let sr = f32x4.splat(0);
    let si = sr;
    for (let k = scratch; k < pairs; k += 64) {
      const c = splat(table);
      const s = splat(table + 4);
      table += 8;
      cr = f32x4.add(cr, f32x4.mul(v128.load(k), c));
      ci = f32x4.add(ci, f32x4.mul(v128.load(k, 16), c));
      sr = f32x4.add(sr, f32x4.mul(v128.load(k, 32), s));
      si = f32x4.add(si, f32x4.mul(v128.load(k, 48), s));
    }
    v128.store(low, f32x4.add(cr, si));
    v128.store(low, f32x4.sub(ci, sr), 16);
    v128.store(high, f32x4.sub(cr, si));
    v128.store(high, f32x4.add(ci, sr), 16);
    high -= 32;
  }
}
/** Result j >= 1 turned in place. */
// @ts-ignore: decorator
@inline
function turnResult(at: usize, wr: v128, wi: v128): void {
  const re = v128.load(at);
  const im = v128.load(at, 16);
  v128.store(at, turnRe(re, im, wr, wi));
  v128.store(at, turnIm(re, im, wr, wi), 16);
}

function firstOdd(r: i32, m: i32, x: usize, y: usize, gap: usize, w: usize, table: usize): void {
  const plane = planeOf(m);
  const results = ownButterfly() + PAIRS;
  const end = results + (<usize>r << 5);
  const next = <usize>r << 2;
  for (let p = 0; p < m; p += 4) {
    oddButterfly(r, x, <usize>m << 2, gap, table);
    let t = w;
    for (let at = results + 32; at < end; at += 32) {
      turnResult(at, v128.load(t), v128.load(t + plane));
      t += 2 * plane;
    }
    // element after element: what lies beyond m comes last and goes beyond the end
    let o = y;
    for (let lane: usize = 0; lane < 16; lane += 4) {
      for (let at = results + lane; at < end; at += 32) {
        store<f32>(o, load<f32>(at));
        store<f32>(o + gap, load<f32>(at, 16));
        o += 4;
      }
    }
    x += 16;
    w += 16;
    y += 4 * next;
  }
}
function radixOdd(r: i32, m: i32, s: i32, x: usize, y: usize, gap: usize, w: usize, table: usize): void {
  const step = <usize>s << 2;
  const part = <usize>m * step;
  const plane = m == 1 ? <usize>0 : planeOf(m);
  const last = max<usize>(step, 16) - 16;
  const results = ownButterfly() + PAIRS;
  const end = results + (<usize>r << 5);
  for (; m > 0; m--) {
    let q: usize = 0;
    for (;;) {
      oddButterfly(r, x + q, part, gap, table);
      if (plane > 0) {
        let t = w;
        for (let at = results + 32; at < end; at += 32) {
          turnResult(at, splat(t), splat(t + plane));
          t += 2 * plane;
        }
      }
      let o = y + q;
      for (let at = results; at < end; at += 32) {
        v128.store(o, v128.load(at));
        v128.store(o + gap, v128.load(at, 16));
        o += step;
      }
      if (q >= last) break;
      q = min(q + 16, last);
    }
    x += step;
    y += <usize>r * step;
    w += 4;
  }
}

/**
 * Transforms `lanes` sequences that lie element beside element at x, with y for scratch; gives the one of the two that holds the
 * result. The plan: its length, the number of passes, and from byte 32 on each pass's radix, its twiddles and the table of an odd
 * radix, cos and sin of 2 pi j k / r for j, k = 1..r/2, as offsets from the plan.
 */
export function passes(plan: usize, lanes: i32, x: usize, y: usize, gap: usize): usize {
  let left = load<i32>(plan);
  let s = lanes;
  let entry = plan + 32;
  for (let i = load<i32>(plan, 4); i > 0; i--) {
    const r = load<i32>(entry);
    const w = plan + load<u32>(entry, 4);
    const table = plan + load<u32>(entry, 8);
    const m = left / r;
    if (s == 1 && m > 1 && r != 2) {
      if (r == 4) first4(m, x, y, gap, w);
      else firstOdd(r, m, x, y, gap, w, table);
    } else if (r == 4) {
      if (m == 1) last4(s, x, y, gap);
      else inner4(m, s, x, y, gap, w);
    } else if (r == 2) {
      if (m == 1) last2(s, x, y, gap);
      else inner2(m, s, x, y, gap, w);
    } else if (r == 3) {
      if (m == 1) last3(s, x, y, gap);
      else inner3(m, s, x, y, gap, w);
    } else if (r == 5) {
      if (m == 1) last5(s, x, y, gap);
      else inner5(m, s, x, y, gap, w);
    } else radixOdd(r, m, s, x, y, gap, w, table);
    const t = x;
    x = y;
    y = t;
    left = m;
    s *= r;
    entry += 16;
  }
  return x;
}
