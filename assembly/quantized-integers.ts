// Products of packed matrices with few rounded rows: sums of a group are whole numbers, exact and the same in every build.
// A code is at most 255 and a number of x at most 32767, so that a group of 128 sums up to 128 * 255 * 32767 / 4 < 2^28 in each of four lanes.
import { codes8, FP4, prepare, sizeOf, widen, widthOf } from './quantized-decode';
import { dotBiases } from './quantized-biases';
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
/** t + whole sums times the scale at `s`. */
// @ts-ignore: decorator
@inline
function settle(t: v128, a: v128, s: usize): v128 {
  return madd(f32x4.convert_i32x4_s(a), v128.load32_splat(s), t);
}

/** y[0..3] = four rows of codes, `ld` bytes apart (0: one row), times one rounded x; s: the products of scales, rows `ls` bytes apart. */
// @ts-ignore: decorator
@inline
function inPlace(bits: i32, groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  const mask = v128.load(MASKS + (bits == 2 ? 0 : bits == 4 ? 16 : 32));
  const vectors = (group * bits) >> 7;
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
    for (let i = vectors; i > 0; i--) {
      const v0 = v128.load(w);
      const v1 = v128.load(w + w1);
      const v2 = v128.load(w + w2);
      const v3 = v128.load(w + w3);
      let c = v128.load(x);
      a0 = step(a0, codesAt(bits, 0, v0, mask), c);
      a1 = step(a1, codesAt(bits, 0, v1, mask), c);
      a2 = step(a2, codesAt(bits, 0, v2, mask), c);
      a3 = step(a3, codesAt(bits, 0, v3, mask), c);
      if (bits < 16) {
        c = v128.load(x, 16);
        a0 = step(a0, codesAt(bits, 1, v0, mask), c);
        a1 = step(a1, codesAt(bits, 1, v1, mask), c);
        a2 = step(a2, codesAt(bits, 1, v2, mask), c);
        a3 = step(a3, codesAt(bits, 1, v3, mask), c);
      }
      if (bits < 8) {
        c = v128.load(x, 32);
        a0 = step(a0, codesAt(bits, 2, v0, mask), c);
        a1 = step(a1, codesAt(bits, 2, v1, mask), c);
        a2 = step(a2, codesAt(bits, 2, v2, mask), c);
        a3 = step(a3, codesAt(bits, 2, v3, mask), c);
        c = v128.load(x, 48);
        a0 = step(a0, codesAt(bits, 3, v0, mask), c);
        a1 = step(a1, codesAt(bits, 3, v1, mask), c);
        a2 = step(a2, codesAt(bits, 3, v2, mask), c);
        a3 = step(a3, codesAt(bits, 3, v3, mask), c);
      }
      if (bits < 4) {
        c = v128.load(x, 64);
        a0 = step(a0, codesAt(bits, 4, v0, mask), c);
        a1 = step(a1, codesAt(bits, 4, v1, mask), c);
        a2 = step(a2, codesAt(bits, 4, v2, mask), c);
        a3 = step(a3, codesAt(bits, 4, v3, mask), c);
        c = v128.load(x, 80);
        a0 = step(a0, codesAt(bits, 5, v0, mask), c);
        a1 = step(a1, codesAt(bits, 5, v1, mask), c);
        a2 = step(a2, codesAt(bits, 5, v2, mask), c);
        a3 = step(a3, codesAt(bits, 5, v3, mask), c);
        c = v128.load(x, 96);
        a0 = step(a0, codesAt(bits, 6, v0, mask), c);
        a1 = step(a1, codesAt(bits, 6, v1, mask), c);
        a2 = step(a2, codesAt(bits, 6, v2, mask), c);
        a3 = step(a3, codesAt(bits, 6, v3, mask), c);
        c = v128.load(x, 112);
        a0 = step(a0, codesAt(bits, 7, v0, mask), c);
        a1 = step(a1, codesAt(bits, 7, v1, mask), c);
        a2 = step(a2, codesAt(bits, 7, v2, mask), c);
        a3 = step(a3, codesAt(bits, 7, v3, mask), c);
      }
      x += <usize>(256 / bits);
      w += 16;
    }
    t0 = settle(t0, a0, s);
    t1 = settle(t1, a1, s + ls);
    t2 = settle(t2, a2, s + 2 * ls);
    t3 = settle(t3, a3, s + 3 * ls);
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
function words2(groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(2, groups, group, x, w, ld, s, ls, y);
}
function words4(groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(4, groups, group, x, w, ld, s, ls, y);
}
function words8(groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(8, groups, group, x, w, ld, s, ls, y);
}

function words16(groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  inPlace(16, groups, group, x, w, ld, s, ls, y);
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
function small(group: i32, vectors: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
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
    t0 = settleSmall(group, t0, a0, s);
    t1 = settleSmall(group, t1, a1, s + ls);
    t2 = settleSmall(group, t2, a2, s + 2 * ls);
    t3 = settleSmall(group, t3, a3, s + 3 * ls);
    x += 64;
    w += 16;
    s += <usize>(128 / group);
  }
  finish(t0, t1, t2, t3, y);
}
// @ts-ignore: decorator
@inline
function settleSmall(group: i32, t: v128, a: v128, s: usize): v128 {
  if (group == 32) return settle(t, a, s);
  const pair = v128.load64_zero(s);
  return madd(f32x4.convert_i32x4_s(a), v128.shuffle<i32>(pair, pair, 0, 0, 1, 1), t);
}
function small16(vectors: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  small(16, vectors, x, w, ld, s, ls, y);
}
function small32(vectors: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
  small(32, vectors, x, w, ld, s, ls, y);
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
function stream(bits: i32, groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, y: usize): void {
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
    t0 = settle(t0, a0, s);
    t1 = settle(t1, a1, s + ls);
    t2 = settle(t2, a2, s + 2 * ls);
    t3 = settle(t3, a3, s + 3 * ls);
    s += 4;
  }
  finish(t0, t1, t2, t3, y);
}

/** o = scales of a row times those of x. */
function multiplyScales(groups: i32, s: usize, x: usize, o: usize): void {
  for (; groups >= 4; groups -= 4) {
    v128.store(o, f32x4.mul(v128.load(s), v128.load(x)));
    s += 16;
    x += 16;
    o += 16;
  }
  for (; groups > 0; groups--) {
    store<f32>(o, load<f32>(s) * load<f32>(x));
    s += 4;
    x += 4;
    o += 4;
  }
}

/** Bytes of scratch that `integer_rows` asks for: scales of four rows, biases of one, products of scales, sums, and the codes of four rows. */
export function integer_work(scheme: i32, M: i32, K: i32, group: i32): i32 {
  return 9 * lineOf(K / group) + 16 + (unpacks(scheme, M, group) ? 8 * K : 0);
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
  const inLanes = codesPerLane(scheme, group) > 1;
  const taken = unpacks(scheme, M, group);
  if (!inLanes) prepare(bits);
  const groups = K / group;
  const ld = <usize>(K >> 3) * bits;
  const ls = <usize>groups * sizeOf(st);
  const lb = <usize>groups * sizeOf(bt);
  const line = <usize>lineOf(groups);
  const lx = <usize>rounded_bytes(K, group);
  const biases = work + 4 * line;
  const products = biases + line;
  const t = products + 4 * line;
  const codes = t + 16;
  // four rows a quarter of the range apart, so that each is read on and on; what is left goes one by one, four times the same
  const quarter = N >> 2;
  for (let n = 0; n < N; n = n + 1 == quarter ? 4 * quarter : n + 1) {
    const count = n < quarter ? 4 : 1;
    const far = n < quarter ? <usize>quarter : 0;
    const lines = count == 4 ? line : 0;
    const p = w + <usize>n * ld;
    if (taken) for (let r = 0; r < count; r++) unpack(bits, K, p + <usize>r * far * ld, codes + <usize>(2 * r * K));
    for (let m = 0; m < M; m++) {
      const px = x + <usize>m * lx;
      const scales = px + (<usize>K << 1);
      for (let r = 0; r < count; r++) {
        const row = <usize>n + <usize>r * far;
        const at = <usize>r * line;
        multiplyScales(groups, widen(st, groups, s + row * ls, work + at), scales, products + at);
      }
      if (taken) words16(groups, group, px, codes, count == 4 ? <usize>K << 1 : 0, products, lines, t);
      else if (!inLanes) stream(bits, groups, group, px, p, far * ld, products, lines, t);
      else if (scheme == FP4 && group == 16) small16(K >> 5, px, p, far * ld, products, lines, t);
      else if (scheme == FP4) small32(groups, px, p, far * ld, products, lines, t);
      else if (bits == 4) words4(groups, group, px, p, far * ld, products, lines, t);
      else if (bits == 8) words8(groups, group, px, p, far * ld, products, lines, t);
      else words2(groups, group, px, p, far * ld, products, lines, t);
      for (let r = 0; r < count; r++) {
        const row = <usize>n + <usize>r * far;
        let v = load<f32>(t + (<usize>r << 2));
        if (scheme < FP4) v += dotBiases(groups, widen(bt, groups, b + row * lb, biases), scales + (<usize>groups << 2));
        store<f32>(y + <usize>m * ly + (row << 2), v);
      }
    }
  }
}
