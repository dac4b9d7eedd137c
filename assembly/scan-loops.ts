// The loops behind scans, over the n elements of each column of [outer, n, inner].
import { beatsComplex, combineOne, identity, MUL } from './combine';
import { loadOne, storeOne } from './lanes';

/** Bits of `flags`: from the end; the element itself counts. */
const REVERSE = 1;
const INCLUSIVE = 2;
/** Columns whose running values the scratch holds at a time. */
const PANEL = 4096;

// @ts-ignore: decorator
@inline
function convert<T, U>(x: T): U {
  // @ts-ignore: both are numeric
  return <U>x;
}

/** Running values are of type C, elements of type S are computed as W. */
// @ts-ignore: decorator
@inline
function line<S, W, C>(op: i32, n: i32, step: usize, inclusive: i32, a: usize, o: usize): void {
  let r = convert<W, C>(loadOne<S, W>(a));
  storeOne<S, W>(o, inclusive ? convert<C, W>(r) : identity<W>(op));
  if (inclusive) {
    for (let k = n - 1; k > 0; k--) {
      a += step;
      o += step;
      r = combineOne<C>(op, r, convert<W, C>(loadOne<S, W>(a)));
      storeOne<S, W>(o, convert<C, W>(r));
    }
    return;
  }
  for (let k = n - 1; k > 0; k--) {
    a += step;
    o += step;
    storeOne<S, W>(o, convert<C, W>(r));
    r = combineOne<C>(op, r, convert<W, C>(loadOne<S, W>(a)));
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
    store<C>(scratch + j * sizeof<C>(), convert<W, C>(x));
    storeOne<S, W>(o + j * sizeof<S>(), inclusive ? x : identity<W>(op));
  }
  for (let k = n - 1; k > 0; k--) {
    a += step;
    o += step;
    for (let j: usize = 0; j < <usize>width; j++) {
      const p = scratch + j * sizeof<C>();
      const before = load<C>(p);
      const after = combineOne<C>(op, before, convert<W, C>(loadOne<S, W>(a + j * sizeof<S>())));
      store<C>(p, after);
      storeOne<S, W>(o + j * sizeof<S>(), convert<C, W>(inclusive ? after : before));
    }
  }
}

// @ts-ignore: decorator
@inline
export function scan<S, W, C>(
  op: i32,
  outer: i32,
  n: i32,
  inner: i32,
  flags: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  if (n <= 0) return;
  const pitch = <usize>inner * sizeof<S>();
  const reverse = flags & REVERSE;
  const inclusive = flags & INCLUSIVE;
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
export function logScan<S, W>(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize): void {
  const pitch = <usize>inner * sizeof<S>();
  const reverse = flags & REVERSE;
  const inclusive = flags & INCLUSIVE;
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
export function scanComplex(
  op: i32,
  outer: i32,
  n: i32,
  inner: i32,
  flags: i32,
  a: usize,
  o: usize,
): void {
  const pitch = <usize>inner << 3;
  const reverse = flags & REVERSE;
  const inclusive = flags & INCLUSIVE;
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
