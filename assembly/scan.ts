// cumulative_<op>_<code>(outer, n, inner, reverse, inclusive, a, o, scratch): running op over the n elements of each column of
// [outer, n, inner], from the end if `reverse`; without the element itself unless `inclusive`. Floats run in double precision
// where rounding would add up. `scratch` takes 32 KiB of running values.
import { ADD, beatsComplex, combineOne, identity, MAX, MIN, MUL } from './combine';
import { loadOne, storeOne } from './lanes';

/** Columns whose running values the scratch holds at a time. */
const PANEL = 4096;

/** Running values are of type C, elements of type S are computed as W. */
// @ts-ignore: decorator
@inline
function line<S, W, C>(op: i32, n: i32, step: usize, inclusive: i32, a: usize, o: usize): void {
  let r = <C>loadOne<S, W>(a);
  storeOne<S, W>(o, inclusive ? <W>r : identity<W>(op));
  if (inclusive) {
    for (let k = n - 1; k > 0; k--) {
      a += step;
      o += step;
      r = combineOne<C>(op, r, <C>loadOne<S, W>(a));
      storeOne<S, W>(o, <W>r);
    }
    return;
  }
  for (let k = n - 1; k > 0; k--) {
    a += step;
    o += step;
    storeOne<S, W>(o, <W>r);
    r = combineOne<C>(op, r, <C>loadOne<S, W>(a));
  }
}

/** Rows of `width` columns one after the other, so that memory is walked in order. */
// @ts-ignore: decorator
@inline
function panel<S, W, C>(
  op: i32,
  n: i32,
  step: usize,
  inclusive: i32,
  width: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  for (let j: usize = 0; j < <usize>width; j++) {
    const x = loadOne<S, W>(a + j * sizeof<S>());
    store<C>(scratch + j * sizeof<C>(), <C>x);
    storeOne<S, W>(o + j * sizeof<S>(), inclusive ? x : identity<W>(op));
  }
  for (let k = n - 1; k > 0; k--) {
    a += step;
    o += step;
    for (let j: usize = 0; j < <usize>width; j++) {
      const p = scratch + j * sizeof<C>();
      const before = load<C>(p);
      const after = combineOne<C>(op, before, <C>loadOne<S, W>(a + j * sizeof<S>()));
      store<C>(p, after);
      storeOne<S, W>(o + j * sizeof<S>(), <W>(inclusive ? after : before));
    }
  }
}

// @ts-ignore: decorator
@inline
function scan<S, W, C>(
  op: i32,
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  if (n <= 0) return;
  const pitch = <usize>inner * sizeof<S>();
  const last = reverse ? <usize>(n - 1) * pitch : 0;
  const step: usize = reverse ? 0 - pitch : pitch;
  for (; outer > 0; outer--) {
    if (inner == 1) line<S, W, C>(op, n, step, inclusive, a + last, o + last);
    else {
      for (let j = 0; j < inner; j += PANEL) {
        const from = last + <usize>j * sizeof<S>();
        panel<S, W, C>(op, n, step, inclusive, min<i32>(PANEL, inner - j), a + from, o + from, scratch);
      }
    }
    a += <usize>n * pitch;
    o += <usize>n * pitch;
  }
}

/** log(exp(running) + exp(x)) as m + log(s) with the maximum m so far and the sum s of exp(x - m). */
// @ts-ignore: decorator
@inline
function logLine<S, W>(n: i32, step: usize, inclusive: i32, a: usize, o: usize): void {
  let m: f64 = -Infinity;
  let s: f64 = 0;
  let r: f64 = -Infinity;
  for (; n > 0; n--) {
    const x = <f64>loadOne<S, W>(a);
    if (!inclusive) storeOne<S, W>(o, <W>r);
    if (x == -Infinity || m == Infinity) {
      // nothing to add, but NaN
      if (x != x) m = x;
    } else if (x <= m) s += Math.exp(x - m);
    else {
      s = x == Infinity || m == -Infinity ? 1 : s * Math.exp(m - x) + 1;
      // NaN stays: it fails every comparison
      m = m != m ? m : x;
    }
    r = m - m == 0 ? m + Math.log(s) : m;
    if (inclusive) storeOne<S, W>(o, <W>r);
    a += step;
    o += step;
  }
}

// @ts-ignore: decorator
@inline
function logScan<S, W>(outer: i32, n: i32, inner: i32, reverse: i32, inclusive: i32, a: usize, o: usize): void {
  const pitch = <usize>inner * sizeof<S>();
  const last = reverse ? <usize>(n - 1) * pitch : 0;
  const step: usize = reverse ? 0 - pitch : pitch;
  for (; outer > 0; outer--) {
    for (let j: usize = 0; j < pitch; j += sizeof<S>()) logLine<S, W>(n, step, inclusive, a + last + j, o + last + j);
    a += <usize>n * pitch;
    o += <usize>n * pitch;
  }
}

// @ts-ignore: decorator
@inline
function scanComplex(
  op: i32,
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
): void {
  const pitch = <usize>inner << 3;
  const last = reverse ? <usize>(n - 1) * pitch : 0;
  const step: usize = reverse ? 0 - pitch : pitch;
  const start = identity<f32>(op);
  for (; outer > 0; outer--) {
    for (let j: usize = 0; j < pitch; j += 8) {
      let p = a + last + j;
      let q = o + last + j;
      let r: f64 = start;
      let i: f64 = op == MUL ? 0 : start;
      for (let k = 0; k < n; k++) {
        const x = load<f32>(p);
        const y = load<f32>(p, 4);
        if (!inclusive) {
          store<f32>(q, <f32>r);
          store<f32>(q, <f32>i, 4);
        }
        if (k == 0) {
          r = x;
          i = y;
        } else if (op == MUL) {
          const t = r * x - i * y;
          i = r * y + i * x;
          r = t;
        } else if (beatsComplex(op, x, y, <f32>r, <f32>i)) {
          r = x;
          i = y;
        }
        if (inclusive) {
          store<f32>(q, <f32>r);
          store<f32>(q, <f32>i, 4);
        }
        p += step;
        q += step;
      }
    }
    a += <usize>n * pitch;
    o += <usize>n * pitch;
  }
}

export function cumulative_sum_i8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i8, i8, i8>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_i16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, i16, i16>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_i32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i32, i32, i32>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_i64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i64, i64, i64>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_f64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f64, f64, f64>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_f32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f32, f32, f64>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_f16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, f32, f64>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_sum_bf16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, f32, f64>(ADD, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_i8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i8, i8, i8>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_i16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, i16, i16>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_i32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i32, i32, i32>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_i64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i64, i64, i64>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_f64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f64, f64, f64>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_f32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f32, f32, f64>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_f16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, f32, f64>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_bf16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, f32, f64>(MUL, outer, n, inner, reverse, inclusive, a, o, scratch);
}
/** Real and imaginary parts are columns of their own. */
export function cumulative_sum_c64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f32, f32, f64>(ADD, outer, n, inner << 1, reverse, inclusive, a, o, scratch);
}
export function cumulative_prod_c64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scanComplex(MUL, outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_max_i8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i8, i8, i8>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_u8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u8, u8, u8>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_i16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, i16, i16>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_u16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, u16, u16>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_i32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i32, i32, i32>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_u32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u32, u32, u32>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_i64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i64, i64, i64>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_u64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u64, u64, u64>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_f32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f32, f32, f32>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_f64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f64, f64, f64>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_f16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, f32, f32>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_bf16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, f32, f32>(MAX, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_max_c64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scanComplex(MAX, outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_min_i8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i8, i8, i8>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_u8(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u8, u8, u8>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_i16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, i16, i16>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_u16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, u16, u16>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_i32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i32, i32, i32>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_u32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u32, u32, u32>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_i64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i64, i64, i64>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_u64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u64, u64, u64>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_f32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f32, f32, f32>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_f64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<f64, f64, f64>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_f16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<i16, f32, f32>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_bf16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scan<u16, f32, f32>(MIN, outer, n, inner, reverse, inclusive, a, o, scratch);
}
export function cumulative_min_c64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  scanComplex(MIN, outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_logaddexp_f32(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  logScan<f32, f32>(outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_logaddexp_f64(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  logScan<f64, f64>(outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_logaddexp_f16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  logScan<i16, f32>(outer, n, inner, reverse, inclusive, a, o);
}
export function cumulative_logaddexp_bf16(
  outer: i32,
  n: i32,
  inner: i32,
  reverse: i32,
  inclusive: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  logScan<u16, f32>(outer, n, inner, reverse, inclusive, a, o);
}

export {
  cumulative_max_u8 as cumulative_sum_b8,
  cumulative_prod_i8 as cumulative_prod_b8,
  cumulative_max_u8 as cumulative_max_b8,
  cumulative_prod_i8 as cumulative_min_b8,
  cumulative_sum_i8 as cumulative_sum_u8,
  cumulative_sum_i16 as cumulative_sum_u16,
  cumulative_sum_i32 as cumulative_sum_u32,
  cumulative_sum_i64 as cumulative_sum_u64,
  cumulative_prod_i8 as cumulative_prod_u8,
  cumulative_prod_i16 as cumulative_prod_u16,
  cumulative_prod_i32 as cumulative_prod_u32,
  cumulative_prod_i64 as cumulative_prod_u64,
};
