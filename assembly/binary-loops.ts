// @ts-nocheck: arithmetic on type parameters is AssemblyScript, which TypeScript cannot check
// The loops behind binary kernels. An operation is a constant tag: the loops are inlined into each export, and the tests on
// the tag fold away. Whole vectors are read past the end of an operand; nothing is written past the output's last 16 bytes.

export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export const DIV = 3;
export const MAX = 4;
export const MIN = 5;
export const AND = 6;
export const OR = 7;
export const XOR = 8;
export const EQ = 9;
export const NE = 10;
export const LT = 11;
export const LE = 12;

/** Products of 16 byte lanes, wrapped: even and odd bytes apart, as 16-bit products. */
// @ts-ignore: decorator
@inline
function mul8(x: v128, y: v128): v128 {
  const low = i16x8.splat(0xff);
  const even = v128.and(i16x8.mul(x, y), low);
  const odd = i16x8.mul(i16x8.shr_u(x, 8), v128.andnot(y, low));
  return v128.or(even, odd);
}

// pmax is cheaper than max on x64, but keeps x where only y is NaN.
// @ts-ignore: decorator
@inline
function maxf<T>(x: v128, y: v128): v128 {
  if (sizeof<T>() == 4) return v128.bitselect(y, f32x4.pmax(x, y), f32x4.ne(y, y));
  return v128.bitselect(y, f64x2.pmax(x, y), f64x2.ne(y, y));
}
// @ts-ignore: decorator
@inline
function minf<T>(x: v128, y: v128): v128 {
  if (sizeof<T>() == 4) return v128.bitselect(y, f32x4.pmin(x, y), f32x4.ne(y, y));
  return v128.bitselect(y, f64x2.pmin(x, y), f64x2.ne(y, y));
}

// @ts-ignore: decorator
@inline
function less64<T>(x: v128, y: v128): v128 {
  if (isFloat<T>()) return f64x2.lt(x, y);
  if (isSigned<T>()) return i64x2.lt_s(x, y);
  const flip = i64x2.splat(i64.MIN_VALUE);
  return i64x2.lt_s(v128.xor(x, flip), v128.xor(y, flip));
}
// @ts-ignore: decorator
@inline
function lessEqual64<T>(x: v128, y: v128): v128 {
  if (isFloat<T>()) return f64x2.le(x, y);
  return v128.not(less64<T>(y, x));
}

/** One vector of results of the arithmetic and bitwise tags. */
// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return v128.add<T>(x, y);
  if (op == SUB) return v128.sub<T>(x, y);
  if (op == MUL) {
    if (sizeof<T>() == 1) return mul8(x, y);
    else return v128.mul<T>(x, y);
  }
  if (op == DIV) {
    if (isFloat<T>()) return v128.div<T>(x, y);
  }
  if (op == MAX) {
    if (isFloat<T>()) return maxf<T>(x, y);
    else if (sizeof<T>() == 8) return v128.bitselect(y, x, less64<T>(x, y));
    else return v128.max<T>(x, y);
  }
  if (op == MIN) {
    if (isFloat<T>()) return minf<T>(x, y);
    else if (sizeof<T>() == 8) return v128.bitselect(x, y, less64<T>(x, y));
    else return v128.min<T>(x, y);
  }
  if (op == AND) return v128.and(x, y);
  if (op == OR) return v128.or(x, y);
  return v128.xor(x, y);
}

/** One vector of all-ones or zero lanes of the comparison tags. */
// @ts-ignore: decorator
@inline
function compare<T>(op: i32, x: v128, y: v128): v128 {
  if (op == EQ) return v128.eq<T>(x, y);
  if (op == NE) return v128.ne<T>(x, y);
  if (sizeof<T>() == 8) return op == LT ? less64<T>(x, y) : lessEqual64<T>(x, y);
  else return op == LT ? v128.lt<T>(x, y) : v128.le<T>(x, y);
}

/** Masks of 16 elements (8 of 64 bits) as bytes 0 or 1. */
// @ts-ignore: decorator
@inline
export function bools<T>(m0: v128, m1: v128, m2: v128, m3: v128): v128 {
  const one = i8x16.splat(1);
  if (sizeof<T>() == 1) return v128.and(m0, one);
  if (sizeof<T>() == 2) return v128.and(i8x16.narrow_i16x8_s(m0, m1), one);
  if (sizeof<T>() == 4) {
    return v128.and(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3)), one);
  }
  const h = i16x8.narrow_i32x4_s(v128.shuffle<i32>(m0, m1, 0, 2, 4, 6), v128.shuffle<i32>(m2, m3, 0, 2, 4, 6));
  return v128.and(i8x16.narrow_i16x8_s(h, h), one);
}

/** Stores a repeated 8-byte pattern over `bytes` bytes, rounded up to whole vectors. */
export function fill(bytes: usize, o: usize, pattern: i64): void {
  const end = o + bytes;
  const v = i64x2.splat(pattern);
  while (o < end) {
    v128.store(o, v);
    o += 16;
  }
}

/** The element at `p` in every lane. */
// @ts-ignore: decorator
@inline
export function splatAt<T>(p: usize): v128 {
  if (sizeof<T>() == 1) return v128.load8_splat(p);
  if (sizeof<T>() == 2) return v128.load16_splat(p);
  if (sizeof<T>() == 4) return v128.load32_splat(p);
  return v128.load64_splat(p);
}

/** o = a op b for the arithmetic and bitwise tags, elements of type T: one loop, small. */
// @ts-ignore: decorator
@inline
export function arith<T>(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + <usize>n * sizeof<T>();
  let x = splatAt<T>(a);
  let y = splatAt<T>(b);
  while (o < end) {
    if (sa) {
      x = v128.load(a);
      a += 16;
    }
    if (sb) {
      y = v128.load(b);
      b += 16;
    }
    v128.store(o, apply<T>(op, x, y));
    o += 16;
  }
}

/** The same with a loop for each way to walk, unrolled: for the types that matter most. */
// @ts-ignore: decorator
@inline
export function arithFast<T>(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + <usize>n * sizeof<T>();
  if (sa & sb) {
    while (o + 64 <= end) {
      v128.store(o, apply<T>(op, v128.load(a), v128.load(b)));
      v128.store(o, apply<T>(op, v128.load(a, 16), v128.load(b, 16)), 16);
      v128.store(o, apply<T>(op, v128.load(a, 32), v128.load(b, 32)), 32);
      v128.store(o, apply<T>(op, v128.load(a, 48), v128.load(b, 48)), 48);
      a += 64;
      b += 64;
      o += 64;
    }
    while (o < end) {
      v128.store(o, apply<T>(op, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      o += 16;
    }
    return;
  }
  if (sa | sb) {
    const commutes = op != SUB && op != DIV;
    let p = a;
    let held = b;
    if (commutes && !sa) {
      p = b;
      held = a;
    }
    if (commutes || sa) {
      const y = splatAt<T>(held);
      while (o + 64 <= end) {
        v128.store(o, apply<T>(op, v128.load(p), y));
        v128.store(o, apply<T>(op, v128.load(p, 16), y), 16);
        v128.store(o, apply<T>(op, v128.load(p, 32), y), 32);
        v128.store(o, apply<T>(op, v128.load(p, 48), y), 48);
        p += 64;
        o += 64;
      }
      while (o < end) {
        v128.store(o, apply<T>(op, v128.load(p), y));
        p += 16;
        o += 16;
      }
      return;
    }
    const x = splatAt<T>(a);
    while (o < end) {
      v128.store(o, apply<T>(op, x, v128.load(b)));
      b += 16;
      o += 16;
    }
    return;
  }
  fill(<usize>n * sizeof<T>(), o, i64x2.extract_lane(apply<T>(op, splatAt<T>(a), splatAt<T>(b)), 0));
}

/** o = a op b for the comparison tags: elements of type T in, bytes 0 or 1 out, 16 (8 of 64 bits) at a time. */
// @ts-ignore: decorator
@inline
export function relation<T>(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + <usize>n;
  let x0 = splatAt<T>(a);
  let y0 = splatAt<T>(b);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let y1 = y0;
  let y2 = y0;
  let y3 = y0;
  while (o < end) {
    if (sa) {
      x0 = v128.load(a);
      if (sizeof<T>() > 1) x1 = v128.load(a, 16);
      if (sizeof<T>() > 2) {
        x2 = v128.load(a, 32);
        x3 = v128.load(a, 48);
      }
      a += sizeof<T>() < 4 ? 16 * sizeof<T>() : 64;
    }
    if (sb) {
      y0 = v128.load(b);
      if (sizeof<T>() > 1) y1 = v128.load(b, 16);
      if (sizeof<T>() > 2) {
        y2 = v128.load(b, 32);
        y3 = v128.load(b, 48);
      }
      b += sizeof<T>() < 4 ? 16 * sizeof<T>() : 64;
    }
    const m0 = compare<T>(op, x0, y0);
    const m1 = sizeof<T>() > 1 ? compare<T>(op, x1, y1) : m0;
    const m2 = sizeof<T>() > 2 ? compare<T>(op, x2, y2) : m0;
    const m3 = sizeof<T>() > 2 ? compare<T>(op, x3, y3) : m0;
    const r = bools<T>(m0, m1, m2, m3);
    if (sizeof<T>() == 8) v128.store64_lane(o, r, 0);
    else v128.store(o, r);
    o += sizeof<T>() == 8 ? 8 : 16;
  }
}
