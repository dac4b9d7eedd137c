// Rows of x as whole numbers of 16 bits with a scale for each group, for products whose codes stay whole numbers too: x is amax / 32767 times
// a number in -32767..32767, off by at most amax / 65534, where amax is the largest magnitude of the group.
// A row: the numbers, in the order in which codes come out of 16 bits; the groups' scales; the groups' sums, of the rounded x.
import { FP4 } from './quantized-decode';

/** Codes that lie whole in 16 bits, where groups are whole vectors of such; else 1: codes are taken out eight by eight. */
// @ts-ignore: decorator
@inline
export function codesPerLane(scheme: i32, group: i32): i32 {
  if (scheme == FP4) return 4;
  return (scheme == 2 || scheme == 4 || scheme == 8) && group * scheme >= 128 ? 16 / scheme : 1;
}
/** Bytes of a rounded row. */
export function rounded_bytes(K: i32, group: i32): i32 {
  return 2 * K + ((8 * (K / group) + 15) & ~15);
}

/** The largest magnitude of `n` elements, NaN if one is: patterns of magnitudes have the order of the numbers, NaN at the top. */
function reach(n: i32, x: usize): f32 {
  let v = i32x4.splat(0);
  for (; n > 0; n -= 8) {
    v = i32x4.max_s(v, i32x4.max_s(f32x4.abs(v128.load(x)), f32x4.abs(v128.load(x, 16))));
    x += 32;
  }
  v = i32x4.max_s(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  v = i32x4.max_s(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  return f32x4.extract_lane(v, 0);
}
/** 1.5 * 2^23: a number added to it is rounded to a whole one, ties to even, which its low bits then hold. Read from memory, V8 keeps it. */
const ROUNDER: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);
/** `n` elements times `inverse` as whole numbers. @returns their sum */
function roundGroup(n: i32, inverse: f32, x: usize, o: usize): i32 {
  const v = f32x4.splat(inverse);
  const rounder = v128.load(ROUNDER);
  let sum = i32x4.splat(0);
  for (; n > 0; n -= 8) {
    const a = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), v), rounder), rounder);
    const b = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x, 16), v), rounder), rounder);
    v128.store(o, i16x8.narrow_i32x4_s(a, b));
    sum = i32x4.add(sum, i32x4.add(a, b));
    x += 32;
    o += 16;
  }
  sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
}
/** In each block of `vectors` vectors (even) the numbers at even places before those at odd ones. */
function unzip(vectors: i32, blocks: i32, from: usize, to: usize): void {
  const half = <usize>vectors << 3;
  for (; blocks > 0; blocks--) {
    for (let i = vectors; i > 0; i -= 2) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      v128.store(to, v128.shuffle<i16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
      v128.store(to + half, v128.shuffle<i16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15));
      from += 32;
      to += 16;
    }
    to += half;
  }
}

/** Magnitudes from which scales, and their products with those of a matrix, stay clear of subnormal and infinite numbers. */
const LEAST: f32 = 5.421010862427522e-20; // 2^-64
const MOST: f32 = 9.223372036854776e18; // 2^63

/**
 * `M` rows of K elements at `x` to rounded rows at `o`; `work`: 2 K bytes.
 * @returns whether all are, for there may be one that float arithmetic has to take: with NaN, infinities, or a group that is too large or too small
 */
export function round_rows(scheme: i32, M: i32, K: i32, group: i32, x: usize, o: usize, work: usize): bool {
  const per = codesPerLane(scheme, group);
  const groups = K / group;
  for (; M > 0; M--) {
    // each pass takes the last bit of a place to its front: an odd number of them begins in the workspace
    let at = per == 2 || per == 8 ? work : o;
    let to = at == o ? work : o;
    const scales = o + (<usize>K << 1);
    const sums = scales + (<usize>groups << 2);
    // codes of four bits stand for twice their values
    const unit: f32 = scheme == FP4 ? 0.5 : 1;
    for (let g = 0; g < groups; g++) {
      const most = reach(group, x);
      // false for NaN, too
      if (!(most == 0 || (most >= LEAST && most <= MOST))) return false;
      const scale: f32 = most / 32767;
      const sum = roundGroup(group, most == 0 ? 0 : <f32>32767 / most, x, at + <usize>(g * group << 1));
      store<f32>(scales + (<usize>g << 2), scale * unit);
      store<f32>(sums + (<usize>g << 2), scale * <f32>sum);
      x += <usize>group << 2;
    }
    for (let vectors = per; vectors > 1; vectors >>= 1) {
      unzip(vectors, (K >> 3) / vectors, at, to);
      const from = at;
      at = to;
      to = from;
    }
    o += <usize>rounded_bytes(K, group);
  }
  return true;
}
