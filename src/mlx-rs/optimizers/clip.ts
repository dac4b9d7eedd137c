// Gradients of a bounded norm.
import { optimizers, type Tensor } from '../../slim.js';
import { wrap, type Array } from '../array.js';

/** Gradients by path. */
export type MaybeClippedGrads = Map<string, Array>;
/** The gradients, scaled so that the root of the sum of all their squares is at most `max_norm`, and the norm they had. */
export function clip_grad_norm(
  gradients: ReadonlyMap<string, Array>,
  max_norm: number,
): [grads: MaybeClippedGrads, norm: number] {
  const tensors = Object.fromEntries([...gradients].map(([path, g]) => [path, g.tensor]));
  const [clipped, norm] = optimizers.clipGradNorm<Record<string, Tensor>>(tensors, max_norm);
  const total = norm.item() as number;
  if (total < max_norm) return [new Map(gradients), total];
  return [new Map(Object.entries(clipped).map(([path, t]) => [path, wrap(t)])), total];
}
