// What a check is made of.
import type { Tensor } from '../../slim.js';

/** A call through the public surface, and the values that it should give, row by row. */
export interface Case {
  readonly what: string;
  readonly got: () => Tensor;
  readonly want: ArrayLike<number>;
}

/** Numbers between -1 and 1 that repeat from run to run. */
export function numbers(n: number, seed: number): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1);
}
/** `at` of 0 to n - 1. */
export const fill = (n: number, at: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => at(i));
