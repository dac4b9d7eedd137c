// Gradients of a bounded norm.
import { add, divide, minimum, multiply } from '../ops/arithmetic.js';
import { full } from '../ops/creation.js';
import { astype, sqrt, square } from '../ops/math.js';
import { sum } from '../ops/reduce.js';
import { isFloat, types } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { leaves, mapTree } from '../transforms/tree.js';
import { atLeastZero } from './checks.js';

/** The sum of squares, of half types in float32: float16 would overflow, bfloat16 would lose the small ones. */
const squared = (g: Tensor): Tensor => sum(square(types[g.dtype].half ? astype(g, 'float32') : g));

/**
 * Scales the gradients of a tree so that the root of the sum of all their squares is at most `maxNorm`.
 * @returns the gradients in their dtypes, and the norm they had
 * @throws LanewiseError if `maxNorm` is below 0
 */
export function clipGradNorm<T>(grads: T, maxNorm: number): [grads: T, norm: Tensor] {
  if (maxNorm !== Infinity) atLeastZero('clipGradNorm', 'maxNorm', maxNorm);
  const norm = sqrt(leaves(grads).reduce((total, g) => add(total, squared(g)), full([], 0)));
  const scale = minimum(divide(full([], maxNorm), add(norm, 1e-6)), 1);
  const clipped = mapTree(grads, (g) => {
    const scaled = multiply(g, scale);
    return isFloat(types[g.dtype]) ? astype(scaled, g.dtype) : scaled;
  });
  return [clipped, norm];
}
