// What the kernels of the spectral decompositions share on every backend: their attributes, the layout of their one output, errors.
import { LanewiseError } from '../tensor/errors.js';

/** Of `svd`, `eigh` and `eig`: matrices of `rows` x `columns`, one after the other. */
export interface Spectral {
  /** the op whose name errors carry */
  readonly op: string;
  readonly rows: number;
  readonly columns: number;
  /** values alone, or also the vectors: of `svd` as many as there are values, or all that complete the basis */
  readonly vectors: 'none' | 'thin' | 'full';
  /** of `eigh`: the upper triangle is read instead of the lower one */
  readonly upper?: boolean;
}

/** Elements of each part for one matrix. The output holds the values of all matrices, then all left, then all right vectors. */
export function parts(a: Spectral): {
  readonly values: number;
  readonly left: readonly number[];
  readonly right: number[];
} {
  const k = Math.min(a.rows, a.columns);
  if (a.vectors === 'none') return { values: k, left: [0, 0], right: [0, 0] };
  const full = a.vectors === 'full';
  return { values: k, left: [a.rows, full ? a.rows : k], right: [full ? a.columns : k, a.columns] };
}

/** @throws LanewiseError for what a kernel met in the `index`-th matrix */
export function refuse(op: string, what: 'infinite' | 'endless', index: number): never {
  throw new LanewiseError(
    what === 'infinite'
      ? `[${op}] every element must be finite, got NaN or infinity in matrix ${index}`
      : `[${op}] the iteration must converge, got no convergence for matrix ${index}`,
  );
}
