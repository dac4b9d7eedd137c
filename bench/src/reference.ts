// What results must be, in float64.
import { sizeOf } from './data.js';
import type { Values } from './data.js';
import type { Expected } from './workload.js';

const MOST = 2048; // elements of a large result that are looked at, spread over it

/** Places of a result to look at: all of a small one; of a large one the ends and a spread that meets every row and column phase. */
function places(size: number, most = MOST): Int32Array {
  if (size <= most) return Int32Array.from({ length: size }, (_, i) => i);
  const step = (size - 1) / (most - 1);
  return Int32Array.from({ length: most }, (_, i) => Math.round(i * step));
}
/** A result of `size` elements from a function of its flat index, looked at in up to `most` places. */
export function sampled(size: number, element: (index: number) => number, most = MOST): Expected {
  const at = places(size, most);
  return { at, values: Float64Array.from(at, element) };
}
/** A result from a function of its index along every axis. */
export function sampledAt(shape: readonly number[], element: (...index: number[]) => number, most = MOST): Expected {
  return sampled(
    sizeOf(shape),
    (flat) => {
      const index: number[] = [];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        index.unshift(flat % shape[axis]!);
        flat = Math.floor(flat / shape[axis]!);
      }
      return element(...index);
    },
    most,
  );
}
/** All elements of a result. */
export const whole = (values: Iterable<number>): Expected => ({ values: Float64Array.from(values) });

/** The sum of `term(0) + ... + term(count - 1)`. */
export function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/** Row `row` of `columns` elements, in float64. */
export const rowOf = (x: Values, row: number, columns: number): Float64Array =>
  Float64Array.from(x.subarray(row * columns, (row + 1) * columns));

/** Caches a function of a whole number, as rows of a result are asked for once for each of their elements. */
export function cached<T>(make: (i: number) => T): (i: number) => T {
  const known = new Map<number, T>();
  return (i) => {
    let value = known.get(i);
    if (value === undefined) known.set(i, (value = make(i)));
    return value;
  };
}

/** exp(x - max x) / sum. */
export function softmax(x: Float64Array): Float64Array {
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity);
  const e = x.map((v) => Math.exp(v - most));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
}
/** (x - mean) / sqrt(variance + eps). */
export function standardized(x: Float64Array, eps: number): Float64Array {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((v) => (v - mean) / Math.sqrt(variance + eps));
}
