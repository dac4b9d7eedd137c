// Loads that decode: kernels that read half precision in place take the storage type as T:
// f32 and f64 stand for themselves, i16 for the bits of float16, u16 for those of bfloat16.

// float16 subnormals are common among weights, so they may not pass through an arithmetic on f32 subnormals, which is slow.
// @ts-ignore: decorator
@inline
export function widenF16(h: v128): v128 {
  const m = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  const bias = i32x4.splat(0x38000000);
  const special = v128.and(i32x4.ge_s(m, i32x4.splat(0x0f800000)), bias);
  const normal = i32x4.add(i32x4.add(m, bias), special);
  // subnormal: the same bits beside exponent -14, minus that power of two
  const small = f32x4.sub(i32x4.add(m, i32x4.splat(0x38800000)), f32x4.splat(reinterpret<f32>(0x38800000)));
  const value = v128.bitselect(small, normal, i32x4.lt_s(m, i32x4.splat(0x00800000)));
  return v128.or(value, i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16));
}

/** Four elements at `p` as f32 lanes. */
// @ts-ignore: decorator
@inline
export function load4<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(p);
  if (isSigned<T>()) return widenF16(v128.load16x4_u(p));
  return i32x4.shl(v128.load16x4_u(p), 16);
}

/** One element at `p` as f32. */
// @ts-ignore: decorator
@inline
export function load1<T>(p: usize): f32 {
  if (sizeof<T>() == 4) return load<f32>(p);
  if (isSigned<T>()) return f32x4.extract_lane(widenF16(i32x4.splat(<i32>load<u16>(p))), 0);
  return reinterpret<f32>(<u32>load<u16>(p) << 16);
}

/** Constants of `oddF16` and `normalF16`, from memory: V8 builds those written as immediates anew at every use. */
const F16: usize = memory.data<u32>([
  0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00, 0xf7fff7ff,
  0xf7fff7ff, 0xf7fff7ff, 0xf7fff7ff, 0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000, 0x38000000, 0x38000000,
  0x38000000, 0x38000000,
], 16);
// @ts-ignore: decorator
@inline
export function isHalf<T>(): bool {
  return sizeof<T>() == 2 && isSigned<T>();
}
/** Lanes of ones where one of eight float16 is zero, subnormal, infinite or NaN: where its exponent, less one, is not below 30. */
// @ts-ignore: decorator
@inline
function oddF16(h: v128): v128 {
  // exponents 1 to 30 become -32768 to -2049
  const e = i16x8.add(v128.and(h, v128.load(F16)), v128.load(F16, 16));
  return i16x8.gt_s(e, v128.load(F16, 32));
}
/** Whether eight float16 at `p` are plain to convert, which most are. */
// @ts-ignore: decorator
@inline
export function isPlain(p: usize): bool {
  return !v128.any_true(oddF16(v128.load(p)));
}
/** Whether those at each of four places are. */
// @ts-ignore: decorator
@inline
export function arePlain(p0: usize, p1: usize, p2: usize, p3: usize): bool {
  const a = v128.or(oddF16(v128.load(p0)), oddF16(v128.load(p1)));
  const b = v128.or(oddF16(v128.load(p2)), oddF16(v128.load(p3)));
  return !v128.any_true(v128.or(a, b));
}
/** Four plain float16 at `p` as f32. */
// @ts-ignore: decorator
@inline
export function normalF16(p: usize): v128 {
  const v = v128.and(i32x4.shl(v128.load16x4_s(p), 13), v128.load(F16, 48));
  return i32x4.add(v, v128.load(F16, 64));
}
