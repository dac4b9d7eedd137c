// Products of packed matrices with few rounded rows: sums of a group are whole numbers, exact and the same in every build.
// A code is at most 255 and a number of x at most 32767, so that a group of 128 sums up to 128 * 255 * 32767 / 4 < 2^28 in each of four lanes.
import { codes8, F32, FP4, prepare, sizeOf, widen, widthOf } from './quantized-decode';
import { codesPerLane, rounded_bytes } from './quantized-rounded';
import { ownTable } from './own';
import { hsum, madd } from './simd';
export { round_rows, rounded_bytes } from './quantized-rounded';

/** Masks of 2, 4 and 8 bits: V8 builds constants written as immediates anew at every use, these stay in registers. */
const MASKS: usize = memory.data<u32>([
  0x00030003, 0x00030003, 0x00030003, 0x00030003, 0x000f000f, 0x000f000f, 0x000f000f, 0x000f000f, 0x00ff00ff,
  0x00ff00ff, 0x00ff00ff, 0x00ff00ff,
], 16);

/** Low nibbles, and twice the value of each e2m1 code. */
const NIBBLES: usize = memory.data<u32>([
  0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x03020100, 0x0c080604, 0xfdfeff00, 0xf4f8fafc,
], 16);

/** The codes in 16 bits that numbers of x at `place` belong to: places count with their bits reversed, as `unzip` leaves them. */
// @ts-ignore: decorator
@inline
function codesAt(bits: i32, place: i32, v: v128, mask: v128): v128 {
  if (bits == 16) return v;
  const k = bits == 8 ? place : bits == 4 ? ((place & 1) << 1) | (place >> 1) : ((place & 1) << 2) | (place & 2) | (place >> 2);
  if (k == 0) return v128.and(v, mask);
  const down = i16x8.shr_u(v, k * bits);
  return (k + 1) * bits == 16 ? down : v128.and(down, mask);
}
// @ts-ignore: decorator
@inline
function step(a: v128, codes: v128, x: v128): v128 {
  return i32x4.add(a, i32x4.dot_i16x8_s(codes, x));
}
/** t + whole sums times the scale `f` of x and the one at `s`. */
// @ts-ignore: decorator
@inline
function settle(t: v128, a: v128, f: v128, s: usize): v128 {
  return madd(f32x4.mul(f32x4.convert_i32x4_s(a), f), v128.load32_splat(s), t);
}

/** The codes of `v` at four places, or as many as there are, times what of x belongs there. */
// @ts-ignore: decorator
@inline
function sumOf(bits: i32, place: i32, v: v128, mask: v128, x: usize): v128 {
  const a = i32x4.dot_i16x8_s(codesAt(bits, place, v, mask), v128.load(x));
  if (bits == 16) return a;
  const b = step(a, codesAt(bits, place + 1, v, mask), v128.load(x, 16));
  if (bits == 8) return b;
  const c = step(b, codesAt(bits, place + 2, v, mask), v128.load(x, 32));
  return step(c, codesAt(bits, place + 3, v, mask), v128.load(x, 48));
}
/** A vector of codes times the numbers of x that belong to it, which the compiler loads once for all rows. */
// @ts-ignore: decorator
@inline
function vectorSum(bits: i32, w: usize, mask: v128, x: usize): v128 {
  const v = v128.load(w);
  const sum = sumOf(bits, 0, v, mask, x);
  return bits == 2 ? i32x4.add(sum, sumOf(bits, 4, v, mask, x + 64)) : sum;
}

/**
 * y[0..3] = four rows of codes, `ld` bytes apart (0: one row), times one rounded x with scales `sx`; s: scales, rows `ls` bytes apart.
 */
// @ts-ignore: decorator
@inline
function inPlace(bits: i32, groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  const mask = v128.load(MASKS + (bits == 2 ? 0 : bits == 4 ? 16 : 32));
  const vectors = (group * bits) >> 7;
  const numbers = <usize>(256 / bits);
  const w1 = ld;
  const w2 = ld + ld;
  const w3 = ld + ld + ld;
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; groups > 0; groups--) {
    // the first vector of a group begins its sums: most groups are one or two
    let a0 = vectorSum(bits, w, mask, x);
    let a1 = vectorSum(bits, w + w1, mask, x);
    let a2 = vectorSum(bits, w + w2, mask, x);
    let a3 = vectorSum(bits, w + w3, mask, x);
    x += numbers;
    w += 16;
    for (let i = vectors; i > 1; i--) {
      a0 = i32x4.add(a0, vectorSum(bits, w, mask, x));
      a1 = i32x4.add(a1, vectorSum(bits, w + w1, mask, x));
      a2 = i32x4.add(a2, vectorSum(bits, w + w2, mask, x));
      a3 = i32x4.add(a3, vectorSum(bits, w + w3, mask, x));
      x += numbers;
      w += 16;
    }
    const f = v128.load32_splat(sx);
    t0 = settle(t0, a0, f, s);
    t1 = settle(t1, a1, f, s + ls);
    t2 = settle(t2, a2, f, s + 2 * ls);
    t3 = settle(t3, a3, f, s + 3 * ls);
    sx += 4;
    s += 4;
  }
  finish(t0, t1, t2, t3, y);
}
// @ts-ignore: decorator
@inline
function finish(t0: v128, t1: v128, t2: v128, t3: v128, y: usize): void {
  store<f32>(y, hsum(t0));
  store<f32>(y, hsum(t1), 4);
  store<f32>(y, hsum(t2), 8);
  store<f32>(y, hsum(t3), 12);
}
function words2(groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(2, groups, group, x, sx, w, ld, s, ls, y);
}
function words4(groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(4, groups, group, x, sx, w, ld, s, ls, y);
}
function words8(groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(8, groups, group, x, sx, w, ld, s, ls, y);
}
function words16(groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(16, groups, group, x, sx, w, ld, s, ls, y);
}

/** a + the values of the codes whose nibbles `c` holds times `x` and `z`: those of low bytes and those of high bytes. */
// @ts-ignore: decorator
@inline
function stepValues(a: v128, c: v128, values: v128, x: v128, z: v128): v128 {
  const v = i8x16.swizzle(values, c);
  return step(step(a, i16x8.shr_s(i16x8.shl(v, 8), 8), x), i16x8.shr_s(v, 8), z);
}
/** The same for e2m1 codes. A vector is one group of 32, or two of 16: the lanes of a sum belong to the one or to the other. */
// @ts-ignore: decorator
@inline
function small(group: i32, vectors: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  const mask = v128.load(NIBBLES);
  const values = v128.load(NIBBLES, 16);
  const w1 = ld;
  const w2 = ld + ld;
  const w3 = ld + ld + ld;
  const zero = i32x4.splat(0);
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; vectors > 0; vectors--) {
    const v0 = v128.load(w);
    const v1 = v128.load(w + w1);
    const v2 = v128.load(w + w2);
    const v3 = v128.load(w + w3);
    let c = v128.load(x);
    let d = v128.load(x, 16);
    let a0 = stepValues(zero, v128.and(v0, mask), values, c, d);
    let a1 = stepValues(zero, v128.and(v1, mask), values, c, d);
    let a2 = stepValues(zero, v128.and(v2, mask), values, c, d);
    let a3 = stepValues(zero, v128.and(v3, mask), values, c, d);
    c = v128.load(x, 32);
    d = v128.load(x, 48);
    a0 = stepValues(a0, v128.and(i16x8.shr_u(v0, 4), mask), values, c, d);
    a1 = stepValues(a1, v128.and(i16x8.shr_u(v1, 4), mask), values, c, d);
    a2 = stepValues(a2, v128.and(i16x8.shr_u(v2, 4), mask), values, c, d);
    a3 = stepValues(a3, v128.and(i16x8.shr_u(v3, 4), mask), values, c, d);
    const f = group == 32 ? v128.load32_splat(sx) : pairAt(sx);
    t0 = settleSmall(group, t0, a0, f, s);
    t1 = settleSmall(group, t1, a1, f, s + ls);
    t2 = settleSmall(group, t2, a2, f, s + 2 * ls);
    t3 = settleSmall(group, t3, a3, f, s + 3 * ls);
    x += 64;
    w += 16;
    sx += <usize>(128 / group);
    s += <usize>(128 / group);
  }
  finish(t0, t1, t2, t3, y);
}
/** Two floats, each twice. */
// @ts-ignore: decorator
@inline
function pairAt(p: usize): v128 {
  const pair = v128.load64_zero(p);
  return v128.shuffle<i32>(pair, pair, 0, 0, 1, 1);
}
// @ts-ignore: decorator
@inline
function settleSmall(group: i32, t: v128, a: v128, f: v128, s: usize): v128 {
  if (group == 32) return settle(t, a, f, s);
  return madd(f32x4.mul(f32x4.convert_i32x4_s(a), f), pairAt(s), t);
}
function small16(vectors: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  small(16, vectors, x, sx, w, ld, s, ls, y);
}
function small32(vectors: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  small(32, vectors, x, sx, w, ld, s, ls, y);
}

/** Codes of any width to 16 bits. */
function unpack(bits: i32, n: i32, w: usize, o: usize): void {
  const spread = v128.load(ownTable());
  const mask = v128.load(ownTable(), 16);
  const lift = v128.load(ownTable(), 32);
  for (; n > 0; n -= 8) {
    v128.store(o, codes8(w, spread, mask, lift));
    w += bits;
    o += 16;
  }
}
/** The same for codes of any width, taken out eight by eight. */
function stream(bits: i32, groups: i32, group: i32, x: usize, sx: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  const spread = v128.load(ownTable());
  const mask = v128.load(ownTable(), 16);
  const lift = v128.load(ownTable(), 32);
  const w1 = ld;
  const w2 = ld + ld;
  const w3 = ld + ld + ld;
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; groups > 0; groups--) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let i = group; i > 0; i -= 8) {
      const c = v128.load(x);
      a0 = step(a0, codes8(w, spread, mask, lift), c);
      a1 = step(a1, codes8(w + w1, spread, mask, lift), c);
      a2 = step(a2, codes8(w + w2, spread, mask, lift), c);
      a3 = step(a3, codes8(w + w3, spread, mask, lift), c);
      x += 16;
      w += bits;
    }
    const f = v128.load32_splat(sx);
    t0 = settle(t0, a0, f, s);
    t1 = settle(t1, a1, f, s + ls);
    t2 = settle(t2, a2, f, s + 2 * ls);
    t3 = settle(t3, a3, f, s + 3 * ls);
    sx += 4;
    s += 4;
  }
  finish(t0, t1, t2, t3, y);
}

/** t[0..3] += biases of four rows, `lb` bytes apart, times the sums of groups of x. */
function addBiases(groups: i32, b: usize, lb: usize, sums: usize, t: usize): void {
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; groups >= 4; groups -= 4) {
    const v = v128.load(sums);
    t0 = madd(v128.load(b), v, t0);
    t1 = madd(v128.load(b + lb), v, t1);
    t2 = madd(v128.load(b + 2 * lb), v, t2);
    t3 = madd(v128.load(b + 3 * lb), v, t3);
    b += 16;
    sums += 16;
  }
  if (groups > 0) {
    // one to three more
    const v = rest(groups, sums);
    t0 = madd(rest(groups, b), v, t0);
    t1 = madd(rest(groups, b + lb), v, t1);
    t2 = madd(rest(groups, b + 2 * lb), v, t2);
    t3 = madd(rest(groups, b + 3 * lb), v, t3);
  }
  const sum = f32x4(hsum(t0), hsum(t1), hsum(t2), hsum(t3));
  v128.store(t, f32x4.add(v128.load(t), sum));
}
/** `n` floats, one to three, and zeros. */
// @ts-ignore: decorator
@inline
function rest(n: i32, p: usize): v128 {
  let v = v128.load32_zero(p);
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Bytes of scratch that `integer_rows` asks for: of four rows scales, biases, results and codes. */
export function integer_work(scheme: i32, M: i32, K: i32, group: i32): i32 {
  return 8 * lineOf(K / group) + 16 + (unpacks(scheme, M, group) ? 8 * K : 0);
}
/** Whether several rows of x share codes that were taken out. */
// @ts-ignore: decorator
@inline
function unpacks(scheme: i32, M: i32, group: i32): bool {
  return M > 1 && codesPerLane(scheme, group) == 1;
}
/** Bytes of a row of scales as float32, with room for the three more that `widen` may write. */
// @ts-ignore: decorator
@inline
function lineOf(groups: i32): i32 {
  return (groups * 4 + 28) & ~15;
}

/**
 * y[M,N] = x[M,K] W[N,K]^T in f32, rows of y `ly` bytes apart. x: rows of `round_rows`; W as in `quantized_rows`. Each result is the same
 * for any range of rows and any M.
 */
export function integer_rows(
  scheme: i32,
  M: i32,
  N: i32,
  K: i32,
  group: i32,
  x: usize,
  w: usize,
  s: usize,
  st: i32,
  b: usize,
  bt: i32,
  y: usize,
  ly: usize,
  work: usize,
): void {
  const bits = widthOf(scheme);
  const affine = scheme < FP4;
  const inLanes = codesPerLane(scheme, group) > 1;
  const taken = unpacks(scheme, M, group);
  if (!inLanes) prepare(bits);
  const groups = K / group;
  const ld = <usize>(K >> 3) * bits;
  const ls = <usize>groups * sizeOf(st);
  const lb = affine ? <usize>groups * sizeOf(bt) : 0;
  const line = <usize>lineOf(groups);
  const lx = <usize>rounded_bytes(K, group);
  const biases = work + 4 * line;
  const t = biases + 4 * line;
  const codes = t + 16;
  // four rows a quarter of the range apart, so that each is read on and on; what is left goes one by one, four times the same
  const quarter = N >> 2;
  for (let n = 0; n < N; n = n + 1 == quarter ? 4 * quarter : n + 1) {
    const count = n < quarter ? 4 : 1;
    const far = n < quarter ? <usize>quarter : 0;
    let pw = w + <usize>n * ld;
    let ps = s + <usize>n * ls;
    let pb = b + <usize>n * lb;
    let dw = far * ld;
    let ds = far * ls;
    let db = far * lb;
    if (st != F32) {
      for (let r = 0; r < count; r++) widen(st, groups, ps + <usize>r * ds, work + <usize>r * line);
      ps = work;
      ds = count == 4 ? line : 0;
    }
    if (affine && bt != F32) {
      for (let r = 0; r < count; r++) widen(bt, groups, pb + <usize>r * db, biases + <usize>r * line);
      pb = biases;
      db = count == 4 ? line : 0;
    }
    if (taken) {
      for (let r = 0; r < count; r++) unpack(bits, K, pw + <usize>r * dw, codes + <usize>(2 * r * K));
      pw = codes;
      dw = count == 4 ? <usize>K << 1 : 0;
    }
    for (let m = 0; m < M; m++) {
      const px = x + <usize>m * lx;
      const sx = px + (<usize>K << 1);
      if (taken) words16(groups, group, px, sx, pw, dw, ps, ds, t);
      else if (!inLanes) stream(bits, groups, group, px, sx, pw, dw, ps, ds, t);
      else if (!affine && group == 16) small16(K >> 5, px, sx, pw, dw, ps, ds, t);
      else if (!affine) small32(groups, px, sx, pw, dw, ps, ds, t);
      else if (bits == 4) words4(groups, group, px, sx, pw, dw, ps, ds, t);
      else if (bits == 8) words8(groups, group, px, sx, pw, dw, ps, ds, t);
      else words2(groups, group, px, sx, pw, dw, ps, ds, t);
      if (affine) addBiases(groups, pb, db, sx + (<usize>groups << 2), t);
      const py = y + <usize>m * ly + (<usize>n << 2);
      for (let r = 0; r < count; r++) store<f32>(py + ((<usize>r * far) << 2), load<f32>(t + (<usize>r << 2)));
    }
  }
}
