// unary_<op>_<code>: sign and rounding, square roots, predicates, bits. Where a binary kernel with a constant operand does
// the same at the same speed, it is called.
import {
  binary_multiply_i8,
  binary_multiply_i16,
  binary_multiply_i32,
  binary_multiply_i64,
  binary_multiply_f32,
  binary_multiply_f64,
  binary_subtract_i8,
  binary_subtract_i16,
  binary_subtract_i32,
  binary_subtract_i64,
  binary_bitwiseAnd_u32,
  binary_bitwiseAnd_u64,
  binary_bitwiseXor_u8,
  binary_bitwiseXor_u16,
  binary_bitwiseXor_u32,
  binary_bitwiseXor_u64,
} from './binary-arithmetic';
import {
  binary_equal_i8,
  binary_equal_i16,
  binary_equal_i32,
  binary_equal_i64,
  binary_equal_f32,
  binary_equal_f64,
  binary_notEqual_f32,
  binary_notEqual_f64,
} from './binary-compare';
import { ABS, CEIL, FLOOR, map, ROUND, RSQRT, SIGN, SQRT } from './unary-loops';

const ZERO = memory.data<u64>([0]);
const ONE = memory.data<u8>([1]);
const ONES = memory.data<i64>([-1]);
const SIGN32 = memory.data<u32>([0x80000000]);
const SIGN64 = memory.data<u64>([0x8000000000000000]);
const MAGNITUDE32 = memory.data<u32>([0x7fffffff]);
const MAGNITUDE64 = memory.data<u64>([0x7fffffffffffffff]);
const INFINITE32 = memory.data<f32>([Infinity, -Infinity]);
const INFINITE64 = memory.data<f64>([Infinity, -Infinity]);

export function unary_negative_i8(n: i32, a: usize, o: usize): void {
  binary_subtract_i8(n, ZERO, 0, a, 1, o);
}
export function unary_negative_i16(n: i32, a: usize, o: usize): void {
  binary_subtract_i16(n, ZERO, 0, a, 1, o);
}
export function unary_negative_i32(n: i32, a: usize, o: usize): void {
  binary_subtract_i32(n, ZERO, 0, a, 1, o);
}
export function unary_negative_i64(n: i32, a: usize, o: usize): void {
  binary_subtract_i64(n, ZERO, 0, a, 1, o);
}
export function unary_negative_f32(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u32(n, a, 1, SIGN32, 0, o);
}
export function unary_negative_f64(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u64(n, a, 1, SIGN64, 0, o);
}
export function unary_abs_i8(n: i32, a: usize, o: usize): void {
  map<i8>(ABS, n, a, o);
}
export function unary_abs_i16(n: i32, a: usize, o: usize): void {
  map<i16>(ABS, n, a, o);
}
export function unary_abs_i32(n: i32, a: usize, o: usize): void {
  map<i32>(ABS, n, a, o);
}
export function unary_abs_i64(n: i32, a: usize, o: usize): void {
  map<i64>(ABS, n, a, o);
}
export function unary_abs_f32(n: i32, a: usize, o: usize): void {
  binary_bitwiseAnd_u32(n, a, 1, MAGNITUDE32, 0, o);
}
export function unary_abs_f64(n: i32, a: usize, o: usize): void {
  binary_bitwiseAnd_u64(n, a, 1, MAGNITUDE64, 0, o);
}
export function unary_sign_i8(n: i32, a: usize, o: usize): void {
  map<i8>(SIGN, n, a, o);
}
export function unary_sign_u8(n: i32, a: usize, o: usize): void {
  map<u8>(SIGN, n, a, o);
}
export function unary_sign_i16(n: i32, a: usize, o: usize): void {
  map<i16>(SIGN, n, a, o);
}
export function unary_sign_u16(n: i32, a: usize, o: usize): void {
  map<u16>(SIGN, n, a, o);
}
export function unary_sign_i32(n: i32, a: usize, o: usize): void {
  map<i32>(SIGN, n, a, o);
}
export function unary_sign_u32(n: i32, a: usize, o: usize): void {
  map<u32>(SIGN, n, a, o);
}
export function unary_sign_i64(n: i32, a: usize, o: usize): void {
  map<i64>(SIGN, n, a, o);
}
export function unary_sign_u64(n: i32, a: usize, o: usize): void {
  map<u64>(SIGN, n, a, o);
}
export function unary_sign_f32(n: i32, a: usize, o: usize): void {
  map<f32>(SIGN, n, a, o);
}
export function unary_sign_f64(n: i32, a: usize, o: usize): void {
  map<f64>(SIGN, n, a, o);
}
export function unary_square_i8(n: i32, a: usize, o: usize): void {
  binary_multiply_i8(n, a, 1, a, 1, o);
}
export function unary_square_i16(n: i32, a: usize, o: usize): void {
  binary_multiply_i16(n, a, 1, a, 1, o);
}
export function unary_square_i32(n: i32, a: usize, o: usize): void {
  binary_multiply_i32(n, a, 1, a, 1, o);
}
export function unary_square_i64(n: i32, a: usize, o: usize): void {
  binary_multiply_i64(n, a, 1, a, 1, o);
}
export function unary_square_f32(n: i32, a: usize, o: usize): void {
  binary_multiply_f32(n, a, 1, a, 1, o);
}
export function unary_square_f64(n: i32, a: usize, o: usize): void {
  binary_multiply_f64(n, a, 1, a, 1, o);
}
export function unary_floor_f32(n: i32, a: usize, o: usize): void {
  map<f32>(FLOOR, n, a, o);
}
export function unary_floor_f64(n: i32, a: usize, o: usize): void {
  map<f64>(FLOOR, n, a, o);
}
export function unary_ceil_f32(n: i32, a: usize, o: usize): void {
  map<f32>(CEIL, n, a, o);
}
export function unary_ceil_f64(n: i32, a: usize, o: usize): void {
  map<f64>(CEIL, n, a, o);
}
export function unary_round_f32(n: i32, a: usize, o: usize): void {
  map<f32>(ROUND, n, a, o);
}
export function unary_round_f64(n: i32, a: usize, o: usize): void {
  map<f64>(ROUND, n, a, o);
}
export function unary_sqrt_f32(n: i32, a: usize, o: usize): void {
  map<f32>(SQRT, n, a, o);
}
export function unary_sqrt_f64(n: i32, a: usize, o: usize): void {
  map<f64>(SQRT, n, a, o);
}
export function unary_rsqrt_f32(n: i32, a: usize, o: usize): void {
  map<f32>(RSQRT, n, a, o);
}
export function unary_rsqrt_f64(n: i32, a: usize, o: usize): void {
  map<f64>(RSQRT, n, a, o);
}

// What leaves its operand as it is: floor of an integer, abs of an unsigned one.
export function unary_abs_u8(n: i32, a: usize, o: usize): void {
  memory.copy(o, a, <usize>n);
}
export function unary_abs_u16(n: i32, a: usize, o: usize): void {
  memory.copy(o, a, <usize>n << 1);
}
export function unary_abs_u32(n: i32, a: usize, o: usize): void {
  memory.copy(o, a, <usize>n << 2);
}
export function unary_abs_u64(n: i32, a: usize, o: usize): void {
  memory.copy(o, a, <usize>n << 3);
}

export function unary_bitwiseInvert_i8(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u8(n, a, 1, ONES, 0, o);
}
export function unary_bitwiseInvert_i16(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u16(n, a, 1, ONES, 0, o);
}
export function unary_bitwiseInvert_i32(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u32(n, a, 1, ONES, 0, o);
}
export function unary_bitwiseInvert_i64(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u64(n, a, 1, ONES, 0, o);
}
export function unary_bitwiseInvert_b8(n: i32, a: usize, o: usize): void {
  binary_bitwiseXor_u8(n, a, 1, ONE, 0, o);
}
export function unary_logicalNot_i8(n: i32, a: usize, o: usize): void {
  binary_equal_i8(n, a, 1, ZERO, 0, o);
}
export function unary_logicalNot_i16(n: i32, a: usize, o: usize): void {
  binary_equal_i16(n, a, 1, ZERO, 0, o);
}
export function unary_logicalNot_i32(n: i32, a: usize, o: usize): void {
  binary_equal_i32(n, a, 1, ZERO, 0, o);
}
export function unary_logicalNot_i64(n: i32, a: usize, o: usize): void {
  binary_equal_i64(n, a, 1, ZERO, 0, o);
}
export function unary_logicalNot_f32(n: i32, a: usize, o: usize): void {
  binary_equal_f32(n, a, 1, ZERO, 0, o);
}
export function unary_logicalNot_f64(n: i32, a: usize, o: usize): void {
  binary_equal_f64(n, a, 1, ZERO, 0, o);
}
export function unary_isnan_f32(n: i32, a: usize, o: usize): void {
  binary_notEqual_f32(n, a, 1, a, 1, o);
}
export function unary_isposinf_f32(n: i32, a: usize, o: usize): void {
  binary_equal_f32(n, a, 1, INFINITE32, 0, o);
}
export function unary_isneginf_f32(n: i32, a: usize, o: usize): void {
  binary_equal_f32(n, a, 1, INFINITE32 + 4, 0, o);
}
export function unary_isnan_f64(n: i32, a: usize, o: usize): void {
  binary_notEqual_f64(n, a, 1, a, 1, o);
}
export function unary_isposinf_f64(n: i32, a: usize, o: usize): void {
  binary_equal_f64(n, a, 1, INFINITE64, 0, o);
}
export function unary_isneginf_f64(n: i32, a: usize, o: usize): void {
  binary_equal_f64(n, a, 1, INFINITE64 + 8, 0, o);
}
/** Walks element by element: the magnitude has to be taken first. */
export function unary_isinf_f32(n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(o + i, u8(abs(load<f32>(a + (i << 2))) == Infinity));
}
export function unary_isinf_f64(n: i32, a: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(o + i, u8(abs(load<f64>(a + (i << 3))) == Infinity));
}

export {
  unary_negative_i8 as unary_negative_u8,
  unary_negative_i16 as unary_negative_u16,
  unary_negative_i32 as unary_negative_u32,
  unary_negative_i64 as unary_negative_u64,
  unary_square_i8 as unary_square_u8,
  unary_square_i16 as unary_square_u16,
  unary_square_i32 as unary_square_u32,
  unary_square_i64 as unary_square_u64,
  unary_abs_u8 as unary_floor_u8,
  unary_abs_u8 as unary_floor_i8,
  unary_abs_u8 as unary_ceil_u8,
  unary_abs_u8 as unary_ceil_i8,
  unary_abs_u8 as unary_round_u8,
  unary_abs_u8 as unary_round_i8,
  unary_abs_u16 as unary_floor_u16,
  unary_abs_u16 as unary_floor_i16,
  unary_abs_u16 as unary_ceil_u16,
  unary_abs_u16 as unary_ceil_i16,
  unary_abs_u16 as unary_round_u16,
  unary_abs_u16 as unary_round_i16,
  unary_abs_u32 as unary_floor_u32,
  unary_abs_u32 as unary_floor_i32,
  unary_abs_u32 as unary_ceil_u32,
  unary_abs_u32 as unary_ceil_i32,
  unary_abs_u32 as unary_round_u32,
  unary_abs_u32 as unary_round_i32,
  unary_abs_u64 as unary_floor_u64,
  unary_abs_u64 as unary_floor_i64,
  unary_abs_u64 as unary_ceil_u64,
  unary_abs_u64 as unary_ceil_i64,
  unary_abs_u64 as unary_round_u64,
  unary_abs_u64 as unary_round_i64,
  unary_abs_u8 as unary_abs_b8,
  unary_abs_u8 as unary_sign_b8,
  unary_abs_u8 as unary_square_b8,
  unary_abs_u8 as unary_floor_b8,
  unary_abs_u8 as unary_ceil_b8,
  unary_abs_u8 as unary_round_b8,
  unary_bitwiseInvert_i8 as unary_bitwiseInvert_u8,
  unary_bitwiseInvert_i16 as unary_bitwiseInvert_u16,
  unary_bitwiseInvert_i32 as unary_bitwiseInvert_u32,
  unary_bitwiseInvert_i64 as unary_bitwiseInvert_u64,
  unary_logicalNot_i8 as unary_logicalNot_u8,
  unary_logicalNot_i16 as unary_logicalNot_u16,
  unary_logicalNot_i32 as unary_logicalNot_u32,
  unary_logicalNot_i64 as unary_logicalNot_u64,
  unary_logicalNot_i8 as unary_logicalNot_b8,
};
