// binary_<op>_<code>: arithmetic, bitwise operations and logic on whole vectors. Integers wrap; signed and unsigned share a kernel
// where the bits are the same.
import { ADD, AND, arith, arithFast, DIV, MAX, MIN, MUL, OR, SUB, XOR } from './binary-loops';

export function binary_add_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i8>(ADD, n, a, sa, b, sb, o);
}
export function binary_add_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i16>(ADD, n, a, sa, b, sb, o);
}
export function binary_add_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i32>(ADD, n, a, sa, b, sb, o);
}
export function binary_add_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i64>(ADD, n, a, sa, b, sb, o);
}
export function binary_add_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(ADD, n, a, sa, b, sb, o);
}
export function binary_add_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(ADD, n, a, sa, b, sb, o);
}
export function binary_subtract_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i8>(SUB, n, a, sa, b, sb, o);
}
export function binary_subtract_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i16>(SUB, n, a, sa, b, sb, o);
}
export function binary_subtract_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i32>(SUB, n, a, sa, b, sb, o);
}
export function binary_subtract_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i64>(SUB, n, a, sa, b, sb, o);
}
export function binary_subtract_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(SUB, n, a, sa, b, sb, o);
}
export function binary_subtract_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(SUB, n, a, sa, b, sb, o);
}
export function binary_multiply_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i8>(MUL, n, a, sa, b, sb, o);
}
export function binary_multiply_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i16>(MUL, n, a, sa, b, sb, o);
}
export function binary_multiply_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i32>(MUL, n, a, sa, b, sb, o);
}
export function binary_multiply_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i64>(MUL, n, a, sa, b, sb, o);
}
export function binary_multiply_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(MUL, n, a, sa, b, sb, o);
}
export function binary_multiply_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(MUL, n, a, sa, b, sb, o);
}
export function binary_divide_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(DIV, n, a, sa, b, sb, o);
}
export function binary_divide_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(DIV, n, a, sa, b, sb, o);
}
export function binary_maximum_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i8>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u8>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i16>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u16>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i32>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u32>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i64>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u64>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(MAX, n, a, sa, b, sb, o);
}
export function binary_maximum_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(MAX, n, a, sa, b, sb, o);
}
export function binary_minimum_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i8>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u8>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i16>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u16>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i32>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u32>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<i64>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u64>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<f32>(MIN, n, a, sa, b, sb, o);
}
export function binary_minimum_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<f64>(MIN, n, a, sa, b, sb, o);
}
export function binary_bitwiseAnd_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u8>(AND, n, a, sa, b, sb, o);
}
export function binary_bitwiseAnd_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u16>(AND, n, a, sa, b, sb, o);
}
export function binary_bitwiseAnd_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<u32>(AND, n, a, sa, b, sb, o);
}
export function binary_bitwiseAnd_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u64>(AND, n, a, sa, b, sb, o);
}
export function binary_bitwiseOr_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u8>(OR, n, a, sa, b, sb, o);
}
export function binary_bitwiseOr_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u16>(OR, n, a, sa, b, sb, o);
}
export function binary_bitwiseOr_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u32>(OR, n, a, sa, b, sb, o);
}
export function binary_bitwiseOr_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u64>(OR, n, a, sa, b, sb, o);
}
export function binary_bitwiseXor_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u8>(XOR, n, a, sa, b, sb, o);
}
export function binary_bitwiseXor_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u16>(XOR, n, a, sa, b, sb, o);
}
export function binary_bitwiseXor_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arithFast<u32>(XOR, n, a, sa, b, sb, o);
}
export function binary_bitwiseXor_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  arith<u64>(XOR, n, a, sa, b, sb, o);
}

export {
  binary_add_i8 as binary_add_u8,
  binary_add_i16 as binary_add_u16,
  binary_add_i32 as binary_add_u32,
  binary_add_i64 as binary_add_u64,
  binary_subtract_i8 as binary_subtract_u8,
  binary_subtract_i16 as binary_subtract_u16,
  binary_subtract_i32 as binary_subtract_u32,
  binary_subtract_i64 as binary_subtract_u64,
  binary_multiply_i8 as binary_multiply_u8,
  binary_multiply_i16 as binary_multiply_u16,
  binary_multiply_i32 as binary_multiply_u32,
  binary_multiply_i64 as binary_multiply_u64,
  binary_bitwiseAnd_u8 as binary_bitwiseAnd_i8,
  binary_bitwiseAnd_u16 as binary_bitwiseAnd_i16,
  binary_bitwiseAnd_u32 as binary_bitwiseAnd_i32,
  binary_bitwiseAnd_u64 as binary_bitwiseAnd_i64,
  binary_bitwiseAnd_u8 as binary_bitwiseAnd_b8,
  binary_bitwiseOr_u8 as binary_bitwiseOr_i8,
  binary_bitwiseOr_u16 as binary_bitwiseOr_i16,
  binary_bitwiseOr_u32 as binary_bitwiseOr_i32,
  binary_bitwiseOr_u64 as binary_bitwiseOr_i64,
  binary_bitwiseOr_u8 as binary_bitwiseOr_b8,
  binary_bitwiseXor_u8 as binary_bitwiseXor_i8,
  binary_bitwiseXor_u16 as binary_bitwiseXor_i16,
  binary_bitwiseXor_u32 as binary_bitwiseXor_i32,
  binary_bitwiseXor_u64 as binary_bitwiseXor_i64,
  binary_bitwiseXor_u8 as binary_bitwiseXor_b8,
  binary_bitwiseAnd_u8 as binary_logicalAnd_b8,
  binary_bitwiseOr_u8 as binary_logicalOr_b8,
  binary_bitwiseOr_u8 as binary_add_b8,
  binary_bitwiseAnd_u8 as binary_multiply_b8,
  binary_bitwiseXor_u8 as binary_subtract_b8,
  binary_bitwiseOr_u8 as binary_maximum_b8,
  binary_bitwiseAnd_u8 as binary_minimum_b8,
};
