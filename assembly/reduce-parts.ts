// partial_<op>_f32(first, last, n, a, t, o): reduce_<op>_f32 of one long row that comes in parts, for rows that are made tile by tile.
// All parts but the last hold a multiple of 512 floats; 64 bytes at `t` keep what the next part goes on from, and the last part
// stores the result at `o`: the same bits as of the row in one piece.
import { MAX, MIN } from './combine';
import { extremePart, sumEnd, sumVectors } from './reduce-loops';

export function partial_sum_f32(first: i32, last: i32, n: i32, a: usize, t: usize, o: usize): void {
  const total = sumVectors(n, a, first ? f64x2.splat(0) : v128.load(t));
  if (last) store<f32>(o, <f32>sumEnd(n, a, total));
  else v128.store(t, total);
}
/** The same, but the sum is stored as f64. */
export function partial_sum_f64(first: i32, last: i32, n: i32, a: usize, t: usize, o: usize): void {
  const total = sumVectors(n, a, first ? f64x2.splat(0) : v128.load(t));
  if (last) store<f64>(o, sumEnd(n, a, total));
  else v128.store(t, total);
}
export function partial_max_f32(first: i32, last: i32, n: i32, a: usize, t: usize, o: usize): void {
  extremePart(MAX, first, last, n, a, t, o);
}
export function partial_min_f32(first: i32, last: i32, n: i32, a: usize, t: usize, o: usize): void {
  extremePart(MIN, first, last, n, a, t, o);
}
