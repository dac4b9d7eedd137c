// <softmax|logsumexp|log_softmax>_columns_<code>(outer, n, inner, width, a, o, scratch): over the middle of [outer, n, inner], for the
// first `width` of the inner elements. Memory is walked row by row, so that neighbours are read together; `scratch` takes 8 KiB.
import { combine, MAX } from './combine';
import { highHalf, joinHalves, loadLanes, lowHalf, storeLanes, storeSome } from './lanes';
import { expDown } from './math-f32';

const SOFTMAX = 0;
const LOGSUMEXP = 1;
const LOG_SOFTMAX = 2;

/** Columns whose maxima (f32) and sums (f32, then f64) the scratch holds at a time. */
const PANEL: i32 = 512;
const SUMS: usize = 2048;
const TOTALS: usize = 4096;
/** Rows added up in f32 before their sums move to f64. */
const BLOCK: i32 = 32;

/** The largest of each column; a NaN wins only if `strict`. */
// @ts-ignore: decorator
@inline
function maxima<S>(strict: bool, n: i32, pitch: usize, width: i32, a: usize, t: usize): void {
  const end = t + (<usize>width << 2);
  for (let q = t; q < end; q += 16) v128.store(q, f32x4.splat(-Infinity));
  for (; n > 0; n--) {
    let p = a;
    for (let q = t; q < end; q += 16) {
      const m = v128.load(q);
      const x = loadLanes<S, f32>(p);
      v128.store(q, strict ? combine<f32>(MAX, m, x) : f32x4.pmax(m, x));
      p += 4 * sizeof<S>();
    }
    a += pitch;
  }
}

/** Lanes that are -inf become 0: what is masked from end to end has powers of 0. */
function unmask(width: i32, t: usize): void {
  const none = f32x4.splat(-Infinity);
  for (const end = t + (<usize>width << 2); t < end; t += 16) {
    const m = v128.load(t);
    v128.store(t, v128.andnot(m, f32x4.eq(m, none)));
  }
}

/** The f64 sums of exp(x - max) of each column; with `o` the powers are stored as f32. */
function powerSums<S>(n: i32, pitch: usize, width: i32, a: usize, o: usize, t: usize): void {
  const bytes = <usize>width << 2;
  const step = 4 * sizeof<S>();
  memory.fill(t + TOTALS, 0, <usize>((width + 3) & ~3) << 3);
  while (n > 0) {
    const block = min<i32>(n, BLOCK);
    memory.fill(t + SUMS, 0, <usize>((width + 3) & ~3) << 2);
    for (let k = block; k > 0; k--) {
      let p = a;
      let i: usize = 0;
      // four powers before the first store: their chains of operations overlap
      for (; i + 64 <= bytes; i += 64) {
        const e0 = expDown(f32x4.sub(loadLanes<S, f32>(p), v128.load(t + i)));
        const e1 = expDown(f32x4.sub(loadLanes<S, f32>(p + step), v128.load(t + i, 16)));
        const e2 = expDown(f32x4.sub(loadLanes<S, f32>(p + 2 * step), v128.load(t + i, 32)));
        const e3 = expDown(f32x4.sub(loadLanes<S, f32>(p + 3 * step), v128.load(t + i, 48)));
        v128.store(t + i, f32x4.add(v128.load(t + i, SUMS), e0), SUMS);
        v128.store(t + i, f32x4.add(v128.load(t + i, SUMS + 16), e1), SUMS + 16);
        v128.store(t + i, f32x4.add(v128.load(t + i, SUMS + 32), e2), SUMS + 32);
        v128.store(t + i, f32x4.add(v128.load(t + i, SUMS + 48), e3), SUMS + 48);
        if (o != 0) {
          v128.store(o + i, e0);
          v128.store(o + i, e1, 16);
          v128.store(o + i, e2, 32);
          v128.store(o + i, e3, 48);
        }
        p += 4 * step;
      }
      for (; i < bytes; i += 16) {
        const e = expDown(f32x4.sub(loadLanes<S, f32>(p), v128.load(t + i)));
        v128.store(t + i, f32x4.add(v128.load(t + i, SUMS), e), SUMS);
        if (o != 0) {
          if (i + 16 <= bytes) v128.store(o + i, e);
          else storeSome<f32, f32>(o + i, e, <i32>(bytes - i) >> 2);
        }
        p += step;
      }
      a += pitch;
      if (o != 0) o += pitch;
    }
    let q = t + TOTALS;
    for (let i: usize = 0; i < bytes; i += 16) {
      const s = v128.load(t + i, SUMS);
      v128.store(q, f64x2.add(v128.load(q), lowHalf(s)));
      v128.store(q, f64x2.add(v128.load(q, 16), highHalf(s)), 16);
      q += 32;
    }
    n -= block;
  }
}

/** 1 over each total, 0 where it is 0, as f32. */
function factors(width: i32, t: usize): void {
  let q = t + TOTALS;
  const one = f64x2.splat(1);
  for (let i: usize = 0; i < <usize>width << 2; i += 16) {
    const s = joinHalves(v128.load(q), v128.load(q, 16));
    const f = joinHalves(f64x2.div(one, v128.load(q)), f64x2.div(one, v128.load(q, 16)));
    v128.store(t + i, v128.andnot(f, f32x4.eq(s, f32x4.splat(0))), SUMS);
    q += 32;
  }
}
function logarithms(width: i32, t: usize): void {
  for (let i: usize = 0; i < <usize>width; i++) {
    store<f32>(t + SUMS + (i << 2), <f32>Math.log(load<f64>(t + TOTALS + (i << 3))));
  }
}

/** The last pass over all rows: powers times factors, or x - max - log(sum). */
// @ts-ignore: decorator
@inline
function finish<S>(kind: i32, n: i32, pitch: usize, width: i32, a: usize, o: usize, t: usize): void {
  for (; n > 0; n--) {
    let p = a;
    let q = o;
    for (let i: usize = 0, left = width; left > 0; left -= 4, i += 16) {
      const f = v128.load(t + i, SUMS);
      let y = f32x4.sub(loadLanes<S, f32>(p), v128.load(t + i));
      if (kind == LOG_SOFTMAX) y = f32x4.sub(y, f);
      else y = f32x4.mul(sizeof<S>() == 4 ? v128.load(q) : expDown(y), f);
      if (left >= 4) storeLanes<S, f32>(q, y);
      else storeSome<S, f32>(q, y, left);
      p += 4 * sizeof<S>();
      q += 4 * sizeof<S>();
    }
    a += pitch;
    o += pitch;
  }
}
/** max + log(sum) of each column; a maximum that is not finite is the answer itself. */
function logSums<S>(width: i32, o: usize, t: usize): void {
  for (let i: usize = 0, left = width; left > 0; left -= 4, i += 16) {
    const m = v128.load(t + i);
    const y = f32x4.add(m, v128.load(t + i, SUMS));
    const finite = f32x4.eq(f32x4.sub(m, m), f32x4.splat(0));
    const r = v128.bitselect(y, m, finite);
    if (left >= 4) storeLanes<S, f32>(o, r);
    else storeSome<S, f32>(o, r, left);
    o += 4 * sizeof<S>();
  }
}

// @ts-ignore: decorator
@inline
function columns<S>(kind: i32, outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  const size = sizeof<S>();
  const pitch = <usize>inner * size;
  for (; outer > 0; outer--) {
    for (let j = 0; j < width; j += PANEL) {
      const w = min<i32>(PANEL, width - j);
      const from = a + <usize>j * size;
      const to = o + <usize>j * size;
      maxima<S>(kind == LOGSUMEXP, n, pitch, w, from, t);
      if (kind == SOFTMAX) unmask(w, t);
      powerSums<S>(n, pitch, w, from, kind == SOFTMAX && size == 4 ? to : 0, t);
      if (kind == SOFTMAX) factors(w, t);
      else logarithms(w, t);
      if (kind == LOGSUMEXP) logSums<S>(w, to, t);
      else finish<S>(kind, n, pitch, w, from, to, t);
    }
    a += <usize>n * pitch;
    o += kind == LOGSUMEXP ? pitch : <usize>n * pitch;
  }
}

export function softmax_columns_f32(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<f32>(SOFTMAX, outer, n, inner, width, a, o, t);
}
export function softmax_columns_f16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<i16>(SOFTMAX, outer, n, inner, width, a, o, t);
}
export function softmax_columns_bf16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<u16>(SOFTMAX, outer, n, inner, width, a, o, t);
}
export function logsumexp_columns_f32(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<f32>(LOGSUMEXP, outer, n, inner, width, a, o, t);
}
export function logsumexp_columns_f16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<i16>(LOGSUMEXP, outer, n, inner, width, a, o, t);
}
export function logsumexp_columns_bf16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<u16>(LOGSUMEXP, outer, n, inner, width, a, o, t);
}
export function log_softmax_columns_f32(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<f32>(LOG_SOFTMAX, outer, n, inner, width, a, o, t);
}
export function log_softmax_columns_f16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<i16>(LOG_SOFTMAX, outer, n, inner, width, a, o, t);
}
export function log_softmax_columns_bf16(outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  columns<u16>(LOG_SOFTMAX, outer, n, inner, width, a, o, t);
}
