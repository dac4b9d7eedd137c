// The loops behind reductions: a row at a time where the reduced elements lie side by side, else vectors of columns.
import { ADD, beatsComplex, combine, combineOne, fold, identity, MUL } from './combine';
import { highHalf, joinHalves, lowHalf, storeSome } from './lanes';
import { hsum64 } from './simd';

/** Rows added up in f32 before the partial sums move to f64. */
const BLOCK = 32;
/** Columns whose f64 sums the scratch holds at a time. */
const PANEL = 2048;

// @ts-ignore: decorator
@inline
function row<W>(op: i32, n: i32, a: usize): W {
  const lanes = <i32>(16 / sizeof<W>());
  let r = identity<W>(op);
  if (n >= lanes) {
    let s0 = v128.splat<W>(r);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (; n >= 4 * lanes; n -= 4 * lanes) {
      s0 = combine<W>(op, s0, v128.load(a));
      s1 = combine<W>(op, s1, v128.load(a, 16));
      s2 = combine<W>(op, s2, v128.load(a, 32));
      s3 = combine<W>(op, s3, v128.load(a, 48));
      a += 64;
    }
    for (; n >= lanes; n -= lanes) {
      s0 = combine<W>(op, s0, v128.load(a));
      a += 16;
    }
    r = fold<W>(op, combine<W>(op, combine<W>(op, s0, s1), combine<W>(op, s2, s3)));
  }
  for (; n > 0; n--) {
    r = combineOne<W>(op, r, load<W>(a));
    a += sizeof<W>();
  }
  return r;
}

/** Sum of n floats: f32 lanes for 512 elements at a time, f64 beyond, so that the error does not grow with n. */
export function sumRow(n: i32, a: usize): f64 {
  return sumEnd(n, a, sumVectors(n, a, f64x2.splat(0)));
}
/** Adds n floats but the last n modulo 4 to the f64 lanes of `total`. A row may come in parts of multiples of 512. */
// @ts-ignore: decorator
@inline
export function sumVectors(n: i32, a: usize, total: v128): v128 {
  while (n >= 32) {
    const groups = min<i32>(n >> 5, 16);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    for (let k = groups; k > 0; k--) {
      s0 = f32x4.add(s0, v128.load(a));
      s1 = f32x4.add(s1, v128.load(a, 16));
      s2 = f32x4.add(s2, v128.load(a, 32));
      s3 = f32x4.add(s3, v128.load(a, 48));
      s4 = f32x4.add(s4, v128.load(a, 64));
      s5 = f32x4.add(s5, v128.load(a, 80));
      s6 = f32x4.add(s6, v128.load(a, 96));
      s7 = f32x4.add(s7, v128.load(a, 112));
      a += 128;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    s4 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
    s0 = f32x4.add(s0, s4);
    total = f64x2.add(total, f64x2.add(lowHalf(s0), highHalf(s0)));
    n -= groups << 5;
  }
  for (; n >= 4; n -= 4) {
    const v = v128.load(a);
    total = f64x2.add(total, f64x2.add(lowHalf(v), highHalf(v)));
    a += 16;
  }
  return total;
}
/** The sum of a row from its f64 lanes and its last n modulo 4 floats. */
// @ts-ignore: decorator
@inline
export function sumEnd(n: i32, a: usize, total: v128): f64 {
  a += <usize>(n & ~3) << 2;
  let sum = hsum64(total);
  for (n &= 3; n > 0; n--) {
    sum += <f64>load<f32>(a);
    a += 4;
  }
  return sum;
}

/**
 * `row` of f32 extremes in parts of multiples of 512 floats: running values are kept at `t` (64 bytes), set by the first part; the last
 * stores the result at `o`.
 */
// @ts-ignore: decorator
@inline
export function extremePart(op: i32, first: i32, last: i32, n: i32, a: usize, t: usize, o: usize): void {
  const start = f32x4.splat(identity<f32>(op));
  let s0 = first ? start : v128.load(t);
  let s1 = first ? start : v128.load(t, 16);
  let s2 = first ? start : v128.load(t, 32);
  let s3 = first ? start : v128.load(t, 48);
  for (; n >= 16; n -= 16) {
    s0 = combine<f32>(op, s0, v128.load(a));
    s1 = combine<f32>(op, s1, v128.load(a, 16));
    s2 = combine<f32>(op, s2, v128.load(a, 32));
    s3 = combine<f32>(op, s3, v128.load(a, 48));
    a += 64;
  }
  for (; n >= 4; n -= 4) {
    s0 = combine<f32>(op, s0, v128.load(a));
    a += 16;
  }
  if (!last) {
    v128.store(t, s0);
    v128.store(t, s1, 16);
    v128.store(t, s2, 32);
    v128.store(t, s3, 48);
    return;
  }
  let r = fold<f32>(op, combine<f32>(op, combine<f32>(op, s0, s1), combine<f32>(op, s2, s3)));
  for (; n > 0; n--) {
    r = combineOne<f32>(op, r, load<f32>(a));
    a += 4;
  }
  store<f32>(o, r);
}

// @ts-ignore: decorator
@inline
function productRow(n: i32, a: usize): f64 {
  let p0 = f64x2.splat(1);
  let p1 = p0;
  for (; n >= 4; n -= 4) {
    const v = v128.load(a);
    p0 = f64x2.mul(p0, lowHalf(v));
    p1 = f64x2.mul(p1, highHalf(v));
    a += 16;
  }
  p0 = f64x2.mul(p0, p1);
  let r = f64x2.extract_lane(p0, 0) * f64x2.extract_lane(p0, 1);
  for (; n > 0; n--) {
    r *= <f64>load<f32>(a);
    a += 4;
  }
  return r;
}

// @ts-ignore: decorator
@inline
function columns<W>(op: i32, n: i32, pitch: usize, inner: i32, a: usize, o: usize): void {
  const lanes = <i32>(16 / sizeof<W>());
  const start = v128.splat<W>(identity<W>(op));
  for (; inner >= 4 * lanes; inner -= 4 * lanes) {
    let s0 = start;
    let s1 = start;
    let s2 = start;
    let s3 = start;
    let p = a;
    for (let k = n; k > 0; k--) {
      s0 = combine<W>(op, s0, v128.load(p));
      s1 = combine<W>(op, s1, v128.load(p, 16));
      s2 = combine<W>(op, s2, v128.load(p, 32));
      s3 = combine<W>(op, s3, v128.load(p, 48));
      p += pitch;
    }
    v128.store(o, s0);
    v128.store(o, s1, 16);
    v128.store(o, s2, 32);
    v128.store(o, s3, 48);
    a += 64;
    o += 64;
  }
  for (; inner > 0; inner -= lanes) {
    let s = start;
    let p = a;
    for (let k = n; k > 0; k--) {
      s = combine<W>(op, s, v128.load(p));
      p += pitch;
    }
    if (inner >= lanes) v128.store(o, s);
    else storeSome<W, W>(o, s, inner);
    a += 16;
    o += 16;
  }
}

// @ts-ignore: decorator
@inline
function addWide(t: usize, s: v128): void {
  v128.store(t, f64x2.add(v128.load(t), lowHalf(s)));
  v128.store(t, f64x2.add(v128.load(t, 16), highHalf(s)), 16);
}

/** Adds n <= BLOCK rows of `width` floats to the f64 sums at `t`. */
function addRows(n: i32, pitch: usize, width: i32, a: usize, t: usize): void {
  for (; width > 12; width -= 16) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p = a;
    for (let k = n; k > 0; k--) {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
      s2 = f32x4.add(s2, v128.load(p, 32));
      s3 = f32x4.add(s3, v128.load(p, 48));
      p += pitch;
    }
    addWide(t, s0);
    addWide(t + 32, s1);
    addWide(t + 64, s2);
    addWide(t + 96, s3);
    a += 64;
    t += 128;
  }
  for (; width > 0; width -= 4) {
    let s = f32x4.splat(0);
    let p = a;
    for (let k = n; k > 0; k--) {
      s = f32x4.add(s, v128.load(p));
      p += pitch;
    }
    addWide(t, s);
    a += 16;
    t += 32;
  }
}

/** Sums of `inner` columns of floats over n rows. */
export function sumColumns(n: i32, pitch: usize, inner: i32, a: usize, o: usize, scratch: usize): void {
  for (; inner > 0; inner -= PANEL) {
    const width = min<i32>(inner, PANEL);
    memory.fill(scratch, 0, <usize>((width + 15) & ~15) << 3);
    let p = a;
    for (let k = n; k > 0; k -= BLOCK) {
      addRows(min<i32>(k, BLOCK), pitch, width, p, scratch);
      p += <usize>BLOCK * pitch;
    }
    let t = scratch;
    let q = o;
    let w = width;
    for (; w >= 4; w -= 4) {
      v128.store(q, joinHalves(v128.load(t), v128.load(t, 16)));
      t += 32;
      q += 16;
    }
    if (w > 0) storeSome<f32, f32>(q, joinHalves(v128.load(t), v128.load(t, 16)), w);
    a += PANEL * 4;
    o += PANEL * 4;
  }
}

// @ts-ignore: decorator
@inline
function productColumns(n: i32, pitch: usize, inner: i32, a: usize, o: usize): void {
  for (; inner > 0; inner -= 4) {
    let p0 = f64x2.splat(1);
    let p1 = p0;
    let p = a;
    for (let k = n; k > 0; k--) {
      const v = v128.load(p);
      p0 = f64x2.mul(p0, lowHalf(v));
      p1 = f64x2.mul(p1, highHalf(v));
      p += pitch;
    }
    if (inner >= 4) v128.store(o, joinHalves(p0, p1));
    else storeSome<f32, f32>(o, joinHalves(p0, p1), inner);
    a += 16;
    o += 16;
  }
}

/** Sums and products of f32, in double precision where it matters. */
// @ts-ignore: decorator
@inline
export function floats(
  op: i32,
  outer: i32,
  so: i32,
  n: i32,
  sr: i32,
  inner: i32,
  a: usize,
  o: usize,
  scratch: usize,
): void {
  const rows = inner == 1 && sr == 1;
  for (; outer > 0; outer--) {
    if (rows) store<f32>(o, <f32>(op == ADD ? sumRow(n, a) : productRow(n, a)));
    else if (op == ADD) sumColumns(n, <usize>sr << 2, inner, a, o, scratch);
    else productColumns(n, <usize>sr << 2, inner, a, o);
    a += <usize>so << 2;
    o += <usize>inner << 2;
  }
}

/** What needs no wider type than W: integers, f64, extremes. */
// @ts-ignore: decorator
@inline
export function numbers<W>(op: i32, outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize): void {
  const size = sizeof<W>();
  const rows = inner == 1 && sr == 1;
  for (; outer > 0; outer--) {
    if (rows) store<W>(o, row<W>(op, n, a));
    else columns<W>(op, n, <usize>sr * size, inner, a, o);
    a += <usize>so * size;
    o += <usize>inner * size;
  }
}

/** Products and extremes of complex numbers; one column at a time. */
// @ts-ignore: decorator
@inline
export function complexes(op: i32, outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize): void {
  for (; outer > 0; outer--) {
    for (let j = 0; j < inner; j++) {
      let p = a + (<usize>j << 3);
      let r: f64 = op == MUL ? 1 : load<f32>(p);
      let i: f64 = op == MUL ? 0 : load<f32>(p, 4);
      for (let k = n; k > 0; k--) {
        const x = load<f32>(p);
        const y = load<f32>(p, 4);
        if (op == MUL) {
          const t = r * x - i * y;
          i = r * y + i * x;
          r = t;
        } else if (beatsComplex(op, x, y, <f32>r, <f32>i)) {
          r = x;
          i = y;
        }
        p += <usize>sr << 3;
      }
      store<f32>(o, <f32>r);
      store<f32>(o, <f32>i, 4);
      o += 8;
    }
    a += <usize>so << 3;
  }
}
