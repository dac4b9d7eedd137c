// argreduce_<max|min>_<code>(rows, n, a, o): u32 index in each row of the first extreme element; the first NaN beats all.
// argreduce_<max|min>_columns_<code>(outer, n, inner, width, a, o, t): the same over the middle of [outer, n, inner] of floats, for the
// first `width` of the inner elements, in the order of memory; `t` takes 4 KiB.
import { extreme, MAX, MIN } from './combine';
import { loadLanes, loadOne, storeSome } from './lanes';

// @ts-ignore: decorator
@inline
function beats<W>(op: i32, x: W, y: W): bool {
  return op == MAX ? x > y : x < y;
}

/** One bit a lane. */
// @ts-ignore: decorator
@inline
function bits<W>(mask: v128): i32 {
  if (sizeof<W>() == 1) return i8x16.bitmask(mask);
  if (sizeof<W>() == 2) return i16x8.bitmask(mask);
  return sizeof<W>() == 4 ? i32x4.bitmask(mask) : i64x2.bitmask(mask);
}

/** The index of the first NaN, -1 where there is none. */
// @ts-ignore: decorator
@inline
function firstNaN<S, W>(n: i32, a: usize): i32 {
  const lanes = <i32>(16 / sizeof<W>());
  let i = 0;
  for (; i + lanes <= n; i += lanes) {
    const x = loadLanes<S, W>(a);
    const mask = bits<W>(v128.ne<W>(x, x));
    if (mask != 0) return i + ctz<i32>(mask);
    a += <usize>lanes * sizeof<S>();
  }
  for (; i < n; i++) {
    const x = loadOne<S, W>(a);
    if (x != x) return i;
    a += sizeof<S>();
  }
  return -1;
}

/** The extreme of n elements without NaN. */
// @ts-ignore: decorator
@inline
function best<S, W>(op: i32, n: i32, first: W, a: usize): W {
  const lanes = <i32>(16 / sizeof<W>());
  const step = <usize>lanes * sizeof<S>();
  let m0 = v128.splat<W>(first);
  let m1 = m0;
  for (; n >= 2 * lanes; n -= 2 * lanes) {
    m0 = extreme<W>(op, m0, loadLanes<S, W>(a));
    m1 = extreme<W>(op, m1, loadLanes<S, W>(a + step));
    a += 2 * step;
  }
  m0 = extreme<W>(op, m0, m1);
  m0 = extreme<W>(op, m0, i64x2.shuffle(m0, m0, 1, 0));
  if (sizeof<W>() <= 4) m0 = extreme<W>(op, m0, i32x4.shuffle(m0, m0, 1, 0, 3, 2));
  if (sizeof<W>() <= 2) m0 = extreme<W>(op, m0, v128.or(i32x4.shl(m0, 16), i32x4.shr_u(m0, 16)));
  if (sizeof<W>() <= 1) m0 = extreme<W>(op, m0, v128.or(i16x8.shl(m0, 8), i16x8.shr_u(m0, 8)));
  let r = v128.extract_lane<W>(m0, 0);
  for (; n > 0; n--) {
    const x = loadOne<S, W>(a);
    if (beats<W>(op, x, r)) r = x;
    a += sizeof<S>();
  }
  return r;
}

// @ts-ignore: decorator
@inline
function position<S, W>(op: i32, n: i32, a: usize): i32 {
  const lanes = <i32>(16 / sizeof<W>());
  let m = loadOne<S, W>(a);
  if (isFloat<W>()) {
    const nan = firstNaN<S, W>(n, a);
    if (nan >= 0) return nan;
  }
  if (n < 2 * lanes) {
    let at = 0;
    for (let i = 1; i < n; i++) {
      const x = loadOne<S, W>(a + <usize>i * sizeof<S>());
      if (beats<W>(op, x, m)) {
        m = x;
        at = i;
      }
    }
    return at;
  }
  m = best<S, W>(op, n, m, a);
  const all = v128.splat<W>(m);
  // it is there, so what lies behind the row cannot be found before it
  let i = 0;
  let same = bits<W>(v128.eq<W>(loadLanes<S, W>(a), all));
  while (same == 0) {
    a += <usize>lanes * sizeof<S>();
    i += lanes;
    same = bits<W>(v128.eq<W>(loadLanes<S, W>(a), all));
  }
  return i + ctz<i32>(same);
}

// @ts-ignore: decorator
@inline
function positions<S, W>(op: i32, rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    store<u32>(o, position<S, W>(op, n, a));
    a += <usize>n * sizeof<S>();
    o += 4;
  }
}

export function argreduce_max_i8(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i8, i8>(MAX, rows, n, a, o);
}
export function argreduce_max_u8(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u8, u8>(MAX, rows, n, a, o);
}
export function argreduce_max_i16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i16, i16>(MAX, rows, n, a, o);
}
export function argreduce_max_u16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u16, u16>(MAX, rows, n, a, o);
}
export function argreduce_max_i32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i32, i32>(MAX, rows, n, a, o);
}
export function argreduce_max_u32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u32, u32>(MAX, rows, n, a, o);
}
export function argreduce_max_i64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i64, i64>(MAX, rows, n, a, o);
}
export function argreduce_max_u64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u64, u64>(MAX, rows, n, a, o);
}
export function argreduce_max_f32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<f32, f32>(MAX, rows, n, a, o);
}
export function argreduce_max_f64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<f64, f64>(MAX, rows, n, a, o);
}
export function argreduce_max_f16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i16, f32>(MAX, rows, n, a, o);
}
export function argreduce_max_bf16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u16, f32>(MAX, rows, n, a, o);
}
export function argreduce_min_i8(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i8, i8>(MIN, rows, n, a, o);
}
export function argreduce_min_u8(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u8, u8>(MIN, rows, n, a, o);
}
export function argreduce_min_i16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i16, i16>(MIN, rows, n, a, o);
}
export function argreduce_min_u16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u16, u16>(MIN, rows, n, a, o);
}
export function argreduce_min_i32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i32, i32>(MIN, rows, n, a, o);
}
export function argreduce_min_u32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u32, u32>(MIN, rows, n, a, o);
}
export function argreduce_min_i64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i64, i64>(MIN, rows, n, a, o);
}
export function argreduce_min_u64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u64, u64>(MIN, rows, n, a, o);
}
export function argreduce_min_f32(rows: i32, n: i32, a: usize, o: usize): void {
  positions<f32, f32>(MIN, rows, n, a, o);
}
export function argreduce_min_f64(rows: i32, n: i32, a: usize, o: usize): void {
  positions<f64, f64>(MIN, rows, n, a, o);
}
export function argreduce_min_f16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<i16, f32>(MIN, rows, n, a, o);
}
export function argreduce_min_bf16(rows: i32, n: i32, a: usize, o: usize): void {
  positions<u16, f32>(MIN, rows, n, a, o);
}

export { argreduce_max_u8 as argreduce_max_b8, argreduce_min_u8 as argreduce_min_b8 };

/** Columns whose extremes the scratch holds at a time; their indices grow in the output. */
const PANEL: i32 = 1024;

// @ts-ignore: decorator
@inline
function panelOf<S>(op: i32, n: i32, pitch: usize, width: i32, a: usize, o: usize, t: usize): void {
  const step = 4 * sizeof<S>();
  const whole = width & ~3;
  for (let j = 0; j < width; j += 4) {
    v128.store(t + (<usize>j << 2), loadLanes<S, f32>(a + <usize>j * sizeof<S>()));
  }
  memory.fill(o, 0, <usize>width << 2);
  for (let k = 1; k < n; k++) {
    a += pitch;
    let p = a;
    let q = t;
    let r = o;
    const here = i32x4.splat(k);
    for (let j = 0; j < width; j += 4) {
      const x = loadLanes<S, f32>(p);
      const m = v128.load(q);
      // NaN once: it beats what is not NaN, and nothing beats it
      const more = op == MAX ? f32x4.gt(x, m) : f32x4.lt(x, m);
      const hit = v128.or(more, v128.and(f32x4.ne(x, x), f32x4.eq(m, m)));
      v128.store(q, v128.bitselect(x, m, hit));
      const index = v128.bitselect(here, v128.load(r), hit);
      if (j < whole) v128.store(r, index);
      else storeSome<i32, i32>(r, index, width - j);
      p += step;
      q += 16;
      r += 16;
    }
  }
}
// @ts-ignore: decorator
@inline
function columns<S>(op: i32, outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize): void {
  const pitch = <usize>inner * sizeof<S>();
  for (; outer > 0; outer--) {
    for (let j = 0; j < width; j += PANEL) {
      panelOf<S>(op, n, pitch, min<i32>(PANEL, width - j), a + <usize>j * sizeof<S>(), o + (<usize>j << 2), t);
    }
    a += <usize>n * pitch;
    o += <usize>inner << 2;
  }
}

export function argreduce_max_columns_f32(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<f32>(MAX, outer, n, inner, width, a, o, t);
}
export function argreduce_max_columns_f16(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<i16>(MAX, outer, n, inner, width, a, o, t);
}
export function argreduce_max_columns_bf16(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<u16>(MAX, outer, n, inner, width, a, o, t);
}
export function argreduce_min_columns_f32(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<f32>(MIN, outer, n, inner, width, a, o, t);
}
export function argreduce_min_columns_f16(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<i16>(MIN, outer, n, inner, width, a, o, t);
}
export function argreduce_min_columns_bf16(
  outer: i32, n: i32, inner: i32, width: i32, a: usize, o: usize, t: usize,
): void {
  columns<u16>(MIN, outer, n, inner, width, a, o, t);
}
