// What the engine's relaxed instructions give, for the choice of a build at start-up. A module of its own: an engine without
// these instructions refuses it as a whole. Operands are arguments, so that no compiler can compute a result beforehand.

/** a * b + c, the same in all lanes. */
export function madd(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(f32x4.relaxed_madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 3);
}

/** c - a * b, the same in all lanes. */
export function nmadd(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(f32x4.relaxed_nmadd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 3);
}

/** a * b + c, the same in both lanes. */
export function madd64(a: f64, b: f64, c: f64): f64 {
  return f64x2.extract_lane(f64x2.relaxed_madd(f64x2.splat(a), f64x2.splat(b), f64x2.splat(c)), 1);
}

/** The products of the low two bytes of a, signed, and those of b, in 0..127, as a 16-bit sum. */
export function dot(a: i32, b: i32): i32 {
  return i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(i32x4.splat(a), i32x4.splat(b)), 4);
}

/** a where the mask is all ones, b where it is zero. */
export function select(a: i32, b: i32, mask: i32): i32 {
  const v = i32x4.relaxed_laneselect(i32x4.splat(a), i32x4.splat(b), i32x4.splat(mask));
  return i32x4.extract_lane(v, 1);
}

/** Byte `i` of 0..15 of sixteen bytes that hold `from`, `from + 1`, ... */
export function swizzle(from: i32, i: i32): i32 {
  const table = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>from));
  return <i32>i8x16.extract_lane_u(i8x16.relaxed_swizzle(table, i8x16.splat(<i8>i)), 9);
}
