// binary_<op>_<code>: comparisons, bytes 0 or 1 out. a > b is b < a; signed and unsigned share equality.
import { EQ, LE, LT, NE, relation } from './binary-loops';

export function binary_equal_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i8>(EQ, n, a, sa, b, sb, o);
}
export function binary_equal_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i16>(EQ, n, a, sa, b, sb, o);
}
export function binary_equal_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i32>(EQ, n, a, sa, b, sb, o);
}
export function binary_equal_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i64>(EQ, n, a, sa, b, sb, o);
}
export function binary_equal_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f32>(EQ, n, a, sa, b, sb, o);
}
export function binary_equal_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f64>(EQ, n, a, sa, b, sb, o);
}
export function binary_notEqual_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i8>(NE, n, a, sa, b, sb, o);
}
export function binary_notEqual_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i16>(NE, n, a, sa, b, sb, o);
}
export function binary_notEqual_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i32>(NE, n, a, sa, b, sb, o);
}
export function binary_notEqual_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i64>(NE, n, a, sa, b, sb, o);
}
export function binary_notEqual_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f32>(NE, n, a, sa, b, sb, o);
}
export function binary_notEqual_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f64>(NE, n, a, sa, b, sb, o);
}
export function binary_less_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i8>(LT, n, a, sa, b, sb, o);
}
export function binary_less_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u8>(LT, n, a, sa, b, sb, o);
}
export function binary_less_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i16>(LT, n, a, sa, b, sb, o);
}
export function binary_less_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u16>(LT, n, a, sa, b, sb, o);
}
export function binary_less_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i32>(LT, n, a, sa, b, sb, o);
}
export function binary_less_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u32>(LT, n, a, sa, b, sb, o);
}
export function binary_less_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i64>(LT, n, a, sa, b, sb, o);
}
export function binary_less_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u64>(LT, n, a, sa, b, sb, o);
}
export function binary_less_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f32>(LT, n, a, sa, b, sb, o);
}
export function binary_less_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f64>(LT, n, a, sa, b, sb, o);
}
export function binary_greater_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_i8(n, b, sb, a, sa, o);
}
export function binary_greater_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_u8(n, b, sb, a, sa, o);
}
export function binary_greater_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_i16(n, b, sb, a, sa, o);
}
export function binary_greater_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_u16(n, b, sb, a, sa, o);
}
export function binary_greater_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_i32(n, b, sb, a, sa, o);
}
export function binary_greater_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_u32(n, b, sb, a, sa, o);
}
export function binary_greater_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_i64(n, b, sb, a, sa, o);
}
export function binary_greater_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_u64(n, b, sb, a, sa, o);
}
export function binary_greater_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_f32(n, b, sb, a, sa, o);
}
export function binary_greater_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_less_f64(n, b, sb, a, sa, o);
}
export function binary_lessEqual_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i8>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u8>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i16>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u16>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i32>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u32>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<i64>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<u64>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f32>(LE, n, a, sa, b, sb, o);
}
export function binary_lessEqual_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  relation<f64>(LE, n, a, sa, b, sb, o);
}
export function binary_greaterEqual_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_i8(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_u8(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_i16(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_u16(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_i32(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_u32(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_i64(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_u64(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_f32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_f32(n, b, sb, a, sa, o);
}
export function binary_greaterEqual_f64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  binary_lessEqual_f64(n, b, sb, a, sa, o);
}

export {
  binary_equal_i8 as binary_equal_u8,
  binary_equal_i16 as binary_equal_u16,
  binary_equal_i32 as binary_equal_u32,
  binary_equal_i64 as binary_equal_u64,
  binary_equal_i8 as binary_equal_b8,
  binary_notEqual_i8 as binary_notEqual_u8,
  binary_notEqual_i16 as binary_notEqual_u16,
  binary_notEqual_i32 as binary_notEqual_u32,
  binary_notEqual_i64 as binary_notEqual_u64,
  binary_notEqual_i8 as binary_notEqual_b8,
  binary_less_u8 as binary_less_b8,
  binary_greater_u8 as binary_greater_b8,
  binary_lessEqual_u8 as binary_lessEqual_b8,
  binary_greaterEqual_u8 as binary_greaterEqual_b8,
};
