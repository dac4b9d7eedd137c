// e4m3, the 8-bit float with 4 bits of exponent, 3 of mantissa and no infinity, in the low bytes of four 32-bit lanes.
import { highHalf, loadLanes, lowHalf, storeLanes, storeSome } from './lanes';

/** Four patterns to f32, exact; all ones is NaN. */
// @ts-ignore: decorator
@inline
export function fp8ToFloat(u: v128): v128 {
  const m = i32x4.shl(v128.and(u, i32x4.splat(0x7f)), 20);
  const normal = i32x4.add(m, i32x4.splat(0x3c000000));
  // subnormal: the same bits beside the smallest exponent, minus that power of two
  const small = f32x4.sub(i32x4.add(m, i32x4.splat(0x3c800000)), f32x4.splat(0.015625));
  const value = v128.bitselect(small, normal, i32x4.lt_s(m, i32x4.splat(0x00800000)));
  const nan = v128.and(i32x4.eq(m, i32x4.splat(0x07f00000)), i32x4.splat(0x7fc00000));
  return v128.or(v128.or(value, nan), i32x4.shl(v128.and(u, i32x4.splat(0x80)), 24));
}

/** Four f32 to patterns, to nearest even; from 448 on, and for NaN, the largest finite one of that sign. */
// @ts-ignore: decorator
@inline
export function floatToFp8(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const u = v128.xor(x, sign);
  // adding 2^14 lets the f32 adder round to a multiple of 2^-9, the unit of subnormals
  const big = i32x4.splat(0x46800000);
  const small = i32x4.sub(f32x4.add(u, big), big);
  const odd = v128.and(i32x4.shr_u(u, 20), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(u, i32x4.splat(<i32>0xc407ffff)), odd), 20);
  const r = v128.bitselect(small, normal, i32x4.lt_s(u, i32x4.splat(0x3c800000)));
  const capped = v128.bitselect(i32x4.splat(0x7e), r, i32x4.ge_s(u, i32x4.splat(0x43e00000)));
  return v128.or(capped, i32x4.shr_u(sign, 24));
}

/** Four patterns, one a byte. */
// @ts-ignore: decorator
@inline
export function bytesOf(v: v128): u32 {
  const h = i16x8.narrow_i32x4_u(v, v);
  return <u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(h, h), 0);
}

function encode<S>(n: i32, a: usize, o: usize): void {
  for (; n >= 4; n -= 4) {
    store<u32>(o, bytesOf(floatToFp8(loadLanes<S, f32>(a))));
    a += 4 * sizeof<S>();
    o += 4;
  }
  if (n > 0) {
    let v = bytesOf(floatToFp8(loadLanes<S, f32>(a)));
    for (; n > 0; n--) {
      store<u8>(o++, <u8>v);
      v >>= 8;
    }
  }
}
export function to_fp8_f32(n: i32, a: usize, o: usize): void {
  encode<f32>(n, a, o);
}
export function to_fp8_f16(n: i32, a: usize, o: usize): void {
  encode<i16>(n, a, o);
}
export function to_fp8_bf16(n: i32, a: usize, o: usize): void {
  encode<u16>(n, a, o);
}

// @ts-ignore: decorator
@inline
function four(a: usize): v128 {
  return fp8ToFloat(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(a))));
}
function decode<S>(n: i32, a: usize, o: usize): void {
  for (; n >= 4; n -= 4) {
    storeLanes<S, f32>(o, four(a));
    a += 4;
    o += 4 * sizeof<S>();
  }
  if (n > 0) storeSome<S, f32>(o, four(a), n);
}
export function from_fp8_f32(n: i32, a: usize, o: usize): void {
  decode<f32>(n, a, o);
}
export function from_fp8_f16(n: i32, a: usize, o: usize): void {
  decode<i16>(n, a, o);
}
export function from_fp8_bf16(n: i32, a: usize, o: usize): void {
  decode<u16>(n, a, o);
}
export function from_fp8_f64(n: i32, a: usize, o: usize): void {
  for (; n >= 4; n -= 4) {
    const v = four(a);
    v128.store(o, lowHalf(v));
    v128.store(o, highHalf(v), 16);
    a += 4;
    o += 32;
  }
  if (n == 0) return;
  const v = four(a);
  store<f64>(o, <f64>f32x4.extract_lane(v, 0));
  if (n > 1) store<f64>(o, <f64>f32x4.extract_lane(v, 1), 8);
  if (n > 2) store<f64>(o, <f64>f32x4.extract_lane(v, 2), 16);
}
