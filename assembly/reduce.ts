// reduce_<op>_<code>(outer, so, n, sr, inner, a, o, t): a[i, k, j] at a + i * so + k * sr + j, strides in elements, reduced over
// the n values of k to o[i, j] row-major. inner = 1 and sr = 1: rows. `t` takes 16 KiB of f64 sums. Half types come as f32.
import { ADD, MAX, MIN, MUL } from './combine';
import { complexes, floats, numbers, sumColumns, sumRow } from './reduce-loops';

export function reduce_sum_i8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i8>(ADD, outer, so, n, sr, inner, a, o);
}
export function reduce_sum_i16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i16>(ADD, outer, so, n, sr, inner, a, o);
}
export function reduce_sum_i32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i32>(ADD, outer, so, n, sr, inner, a, o);
}
export function reduce_sum_i64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i64>(ADD, outer, so, n, sr, inner, a, o);
}
export function reduce_sum_f64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f64>(ADD, outer, so, n, sr, inner, a, o);
}
export function reduce_sum_f32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  floats(ADD, outer, so, n, sr, inner, a, o, t);
}
export function reduce_prod_i8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i8>(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_prod_i16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i16>(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_prod_i32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i32>(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_prod_i64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i64>(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_prod_f64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f64>(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_prod_f32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  floats(MUL, outer, so, n, sr, inner, a, o, t);
}
/** Real and imaginary parts are columns of their own. */
export function reduce_sum_c64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  for (; outer > 0; outer--) {
    sumColumns(n, <usize>sr << 3, inner << 1, a, o, t);
    a += <usize>so << 3;
    o += <usize>inner << 3;
  }
}
export function reduce_prod_c64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  complexes(MUL, outer, so, n, sr, inner, a, o);
}
export function reduce_max_i8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i8>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_u8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u8>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_i16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i16>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_u16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u16>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_i32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i32>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_u32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u32>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_i64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i64>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_u64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u64>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_f64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f64>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_f32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f32>(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_max_c64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  complexes(MAX, outer, so, n, sr, inner, a, o);
}
export function reduce_min_i8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i8>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_u8(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u8>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_i16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i16>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_u16(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u16>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_i32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i32>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_u32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u32>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_i64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<i64>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_u64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<u64>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_f64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f64>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_f32(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  numbers<f32>(MIN, outer, so, n, sr, inner, a, o);
}
export function reduce_min_c64(outer: i32, so: i32, n: i32, sr: i32, inner: i32, a: usize, o: usize, t: usize): void {
  complexes(MIN, outer, so, n, sr, inner, a, o);
}
export {
  reduce_sum_i8 as reduce_sum_u8,
  reduce_sum_i16 as reduce_sum_u16,
  reduce_sum_i32 as reduce_sum_u32,
  reduce_sum_i64 as reduce_sum_u64,
  reduce_prod_i8 as reduce_prod_u8,
  reduce_prod_i16 as reduce_prod_u16,
  reduce_prod_i32 as reduce_prod_u32,
  reduce_prod_i64 as reduce_prod_u64,
  reduce_max_u8 as reduce_max_b8,
  reduce_min_u8 as reduce_min_b8,
  reduce_max_u8 as reduce_sum_b8,
  reduce_prod_i8 as reduce_prod_b8,
};

/** Sums of rows of n floats as f64, for sums that are found in parts. */
export function sum_rows_wide(rows: i32, n: i32, a: usize, o: usize): void {
  for (; rows > 0; rows--) {
    store<f64>(o, sumRow(n, a));
    a += <usize>n << 2;
    o += 8;
  }
}
