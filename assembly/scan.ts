// cumulative_<op>_<code>(outer, n, inner, flags, a, o, t): running op over the n elements of each column of [outer, n, inner];
// flags 1: from the end, 2: the element itself counts. Floats run in double precision where rounding would add up. `t` takes
// 32 KiB.
import { ADD, MAX, MIN, MUL } from './combine';
import { logScan, scan, scanComplex } from './scan-loops';

export function cumulative_sum_i8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i8, i8, i8>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_i16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, i16, i16>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_i32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i32, i32, i32>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_i64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i64, i64, i64>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_f64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f64, f64, f64>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_f32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f32, f32, f64>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_f16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, f32, f64>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_sum_bf16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, f32, f64>(ADD, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_i8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i8, i8, i8>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_i16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, i16, i16>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_i32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i32, i32, i32>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_i64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i64, i64, i64>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_f64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f64, f64, f64>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_f32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f32, f32, f64>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_f16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, f32, f64>(MUL, outer, n, inner, flags, a, o, t);
}
export function cumulative_prod_bf16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, f32, f64>(MUL, outer, n, inner, flags, a, o, t);
}
/** Real and imaginary parts are columns of their own. */
export function cumulative_sum_c64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f32, f32, f64>(ADD, outer, n, inner << 1, flags, a, o, t);
}
export function cumulative_prod_c64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scanComplex(MUL, outer, n, inner, flags, a, o);
}
export function cumulative_max_i8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i8, i8, i8>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_u8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u8, u8, u8>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_i16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, i16, i16>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_u16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, u16, u16>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_i32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i32, i32, i32>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_u32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u32, u32, u32>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_i64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i64, i64, i64>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_u64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u64, u64, u64>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_f32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f32, f32, f32>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_f64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f64, f64, f64>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_f16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, f32, f32>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_bf16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, f32, f32>(MAX, outer, n, inner, flags, a, o, t);
}
export function cumulative_max_c64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scanComplex(MAX, outer, n, inner, flags, a, o);
}
export function cumulative_min_i8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i8, i8, i8>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_u8(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u8, u8, u8>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_i16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, i16, i16>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_u16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, u16, u16>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_i32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i32, i32, i32>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_u32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u32, u32, u32>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_i64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i64, i64, i64>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_u64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u64, u64, u64>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_f32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f32, f32, f32>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_f64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<f64, f64, f64>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_f16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<i16, f32, f32>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_bf16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scan<u16, f32, f32>(MIN, outer, n, inner, flags, a, o, t);
}
export function cumulative_min_c64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  scanComplex(MIN, outer, n, inner, flags, a, o);
}
export function cumulative_logaddexp_f32(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  logScan<f32, f32>(outer, n, inner, flags, a, o);
}
export function cumulative_logaddexp_f64(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  logScan<f64, f64>(outer, n, inner, flags, a, o);
}
export function cumulative_logaddexp_f16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  logScan<i16, f32>(outer, n, inner, flags, a, o);
}
export function cumulative_logaddexp_bf16(outer: i32, n: i32, inner: i32, flags: i32, a: usize, o: usize, t: usize): void {
  logScan<u16, f32>(outer, n, inner, flags, a, o);
}

export {
  cumulative_max_u8 as cumulative_sum_b8,
  cumulative_prod_i8 as cumulative_prod_b8,
  cumulative_max_u8 as cumulative_max_b8,
  cumulative_prod_i8 as cumulative_min_b8,
  cumulative_sum_i8 as cumulative_sum_u8,
  cumulative_sum_i16 as cumulative_sum_u16,
  cumulative_sum_i32 as cumulative_sum_u32,
  cumulative_sum_i64 as cumulative_sum_u64,
  cumulative_prod_i8 as cumulative_prod_u8,
  cumulative_prod_i16 as cumulative_prod_u16,
  cumulative_prod_i32 as cumulative_prod_u32,
  cumulative_prod_i64 as cumulative_prod_u64,
};
