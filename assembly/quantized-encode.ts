// Rows to packed codes and scales, group by group. Every step is the float32 operation of MLX's CPU kernels, so that the bits are
// the same; the block formats round each step to the dtype of the matrix, as MLX does.
import { BF16, F16, F32, roundTo } from './quantized-decode';
import { bytesOf, floatToFp8, fp8ToFloat } from './quantized-fp8';
import { loadLanes, storeOne } from './lanes';
import { hmax } from './simd';

// @ts-ignore: decorator
@inline
function load4(type: i32, p: usize, i: i32): v128 {
  if (type == F16) return loadLanes<i16, f32>(p + (<usize>i << 1));
  if (type == BF16) return loadLanes<u16, f32>(p + (<usize>i << 1));
  return v128.load(p + (<usize>i << 2));
}
function store1(type: i32, p: usize, i: i32, x: f32): void {
  if (type == F16) storeOne<i16, f32>(p + (<usize>i << 1), x);
  else if (type == BF16) storeOne<u16, f32>(p + (<usize>i << 1), x);
  else store<f32>(p + (<usize>i << 2), x);
}

/** Eight codes of `bits` bits in one stream. */
// @ts-ignore: decorator
@inline
function pack8(bits: i32, x: v128, y: v128): u64 {
  const b = <u64>bits;
  let v = <u64>i32x4.extract_lane(y, 3);
  v = (v << b) | <u64>i32x4.extract_lane(y, 2);
  v = (v << b) | <u64>i32x4.extract_lane(y, 1);
  v = (v << b) | <u64>i32x4.extract_lane(y, 0);
  v = (v << b) | <u64>i32x4.extract_lane(x, 3);
  v = (v << b) | <u64>i32x4.extract_lane(x, 2);
  v = (v << b) | <u64>i32x4.extract_lane(x, 1);
  return (v << b) | <u64>i32x4.extract_lane(x, 0);
}
/** The low bytes of `v`, as many as a width. */
function storeBytes(bytes: i32, p: usize, v: u64): void {
  if (bytes == 8) store<u64>(p, v);
  else {
    if (bytes & 4) {
      store<u32>(p, <u32>v);
      v >>= 32;
      p += 4;
    }
    if (bytes & 2) {
      store<u16>(p, <u16>v);
      v >>= 16;
      p += 2;
    }
    if (bytes & 1) store<u8>(p, <u8>v);
  }
}

/** The first zero of a group that has one. */
function firstZero(type: i32, group: i32, a: usize): f32 {
  for (let i = 0; i < group; i += 4) {
    const v = load4(type, a, i);
    const zeros = i32x4.bitmask(f32x4.eq(v, f32x4.splat(0)));
    if (zeros != 0) return i32x4.bitmask(v) & (zeros & -zeros) ? -0.0 : 0;
  }
  return 0;
}

/** Codes to `q`, or scales and biases to `s` and `b`, where these are not 0. */
export function quantize_affine(
  groups: i32,
  group: i32,
  bits: i32,
  type: i32,
  a: usize,
  q: usize,
  s: usize,
  b: usize,
): void {
  const bins = <f32>((1 << bits) - 1);
  const size: usize = type == F32 ? 4 : 2;
  for (let g = 0; g < groups; g++) {
    let low = f32x4.splat(f32.POSITIVE_INFINITY);
    let high = f32x4.splat(f32.NEGATIVE_INFINITY);
    for (let i = 0; i < group; i += 4) {
      // NaN is never taken
      const v = load4(type, a, i);
      high = f32x4.pmax(high, v);
      low = f32x4.pmin(low, v);
    }
    const least = -hmax(f32x4.neg(low));
    const greatest = hmax(high);
    let scale: f32;
    let bias: f32 = 0;
    if (bits == 1) {
      scale = max<f32>(greatest - least, 1e-7);
      bias = least;
      // of zeros the first one counts
      if (least == 0) bias = firstZero(type, group, a);
    } else {
      const negative = abs<f32>(least) > abs<f32>(greatest);
      const edge = negative ? least : greatest;
      scale = (greatest - least) / bins;
      scale = scale > <f32>1e-7 ? scale : <f32>1e-7;
      if (!negative) scale = -scale;
      const steps = nearest<f32>(edge / scale);
      if (steps != 0) {
        scale = edge / steps;
        bias = edge;
      }
    }
    if (s != 0) {
      store1(type, s, g, scale);
      store1(type, b, g, bias);
    }
    if (q != 0) {
      const sv = f32x4.splat(scale);
      const bv = f32x4.splat(bias);
      const nv = f32x4.splat(bins);
      const zero = f32x4.splat(0);
      for (let i = 0; i < group; i += 8) {
        let x = f32x4.nearest(f32x4.div(f32x4.sub(load4(type, a, i), bv), sv));
        let y = f32x4.nearest(f32x4.div(f32x4.sub(load4(type, a, i + 4), bv), sv));
        x = i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(x, zero), nv));
        y = i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(y, zero), nv));
        storeBytes(bits, q, pack8(bits, x, y));
        q += bits;
      }
    }
    a += <usize>group * size;
  }
}

/** The nearest e2m1 codes, the lower magnitude in a tie; what is not finite is 0. */
// @ts-ignore: decorator
@inline
function floatToFp4(x: v128): v128 {
  const a = f32x4.abs(x);
  // a comparison is -1 where it holds
  let c = f32x4.gt(a, f32x4.splat(0.25));
  c = i32x4.add(c, f32x4.gt(a, f32x4.splat(0.75)));
  c = i32x4.add(c, f32x4.gt(a, f32x4.splat(1.25)));
  c = i32x4.add(c, f32x4.gt(a, f32x4.splat(1.75)));
  c = i32x4.add(c, f32x4.gt(a, f32x4.splat(2.5)));
  c = i32x4.add(c, f32x4.gt(a, f32x4.splat(3.5)));
  c = i32x4.neg(i32x4.add(c, f32x4.gt(a, f32x4.splat(5))));
  const sign = v128.and(f32x4.lt(x, f32x4.splat(-0.25)), i32x4.splat(8));
  return v128.and(v128.or(c, sign), f32x4.lt(a, f32x4.splat(f32.POSITIVE_INFINITY)));
}

/** The least k with 2^k >= x, for finite positive x. */
function exponentAbove(x: f32): i32 {
  let shift = 0;
  if (x < <f32>1.1754944e-38) {
    x *= 16777216;
    shift = 24;
  }
  const u = reinterpret<u32>(x);
  return <i32>(u >> 23) - 127 - shift + i32((u & 0x7fffff) != 0);
}

/** Scales of a group: what its elements are divided by, as f32, and the byte that stands for it. */
let divisor: f32 = 0;
// @ts-ignore: decorator
@inline
function scaleOf(type: i32, group: i32, largest: f32, top: f32, encode: f32): u32 {
  const scale = roundTo(type, f32x4.splat(largest / top));
  if (group == 16) {
    const byte = floatToFp8(f32x4.mul(scale, f32x4.splat(encode)));
    divisor = f32x4.extract_lane(fp8ToFloat(byte), 0);
    return <u32>i32x4.extract_lane(byte, 0);
  }
  const x = f32x4.extract_lane(scale, 0);
  let power = 0;
  // rounded up, so that nothing exceeds the largest code
  if (!(x < f32.POSITIVE_INFINITY)) power = 128;
  else if (x != 0) power = exponentAbove(x);
  // 2^power, subnormal powers as well
  divisor =
    power >= -126
      ? reinterpret<f32>((min(power, 128) + 127) << 23)
      : reinterpret<f32>(1 << max(power + 149, 0));
  return <u32>(power + 127) & 0xff;
}

/** e2m1 (`bits` 4) or e4m3 (8) codes to `q`, or one byte a group to `s`, where these are not 0; `encode` scales 16-groups. */
export function quantize_blocks(
  groups: i32,
  group: i32,
  bits: i32,
  type: i32,
  a: usize,
  q: usize,
  s: usize,
  encode: f32,
): void {
  const top: f32 = bits == 4 ? 6 : 448;
  const size: usize = type == F32 ? 4 : 2;
  const factor = f32x4.splat(group == 16 ? encode : 1);
  for (let g = 0; g < groups; g++) {
    let m = f32x4.splat(0);
    for (let i = 0; i < group; i += 4) m = f32x4.max(m, f32x4.abs(load4(type, a, i)));
    const byte = scaleOf(type, group, hmax(m), top, encode);
    if (s != 0) store<u8>(s + <usize>g, <u8>byte);
    if (q != 0) {
      const d = f32x4.splat(divisor);
      for (let i = 0; i < group; i += 8) {
        const x = f32x4.mul(roundTo(type, f32x4.div(load4(type, a, i), d)), factor);
        const y = f32x4.mul(roundTo(type, f32x4.div(load4(type, a, i + 4), d)), factor);
        if (bits == 4) {
          store<u32>(q, <u32>pack8(4, floatToFp4(x), floatToFp4(y)));
          q += 4;
        } else {
          store<u32>(q, bytesOf(floatToFp8(x)));
          store<u32>(q, bytesOf(floatToFp8(y)), 4);
          q += 8;
        }
      }
    }
    a += <usize>group * size;
  }
}
