// mlx_rs::transforms
import { asyncEval, eval as evaluate, stopGradient } from '../slim.js';
import { Array, tensorOf, wrap, type Operand } from './array.js';
import { onDevice } from './device-variants.js';
import type { StreamLike } from './device.js';

type Tree = Array | Iterable<Tree> | Readonly<Record<string, unknown>> | null | undefined;
const tensors = (outputs: unknown): unknown => {
  if (outputs instanceof Array) return outputs.tensor;
  if (outputs instanceof Map) return [...outputs.values()].map(tensors);
  if (typeof outputs !== 'object' || outputs === null) return null;
  return Symbol.iterator in outputs
    ? [...(outputs as Iterable<unknown>)].map(tensors)
    : Object.values(outputs).map(tensors);
};
/** Computes all arrays of the tree in one pass. */
export function eval_(outputs: Tree): void {
  evaluate(tensors(outputs));
}
/** Computes all arrays of the tree; resolves when they are there. */
export async function async_eval(outputs: Tree): Promise<void> {
  await asyncEval(tensors(outputs));
}
export { eval_ as eval };
/** Computes the parameters of a module, or any tree of arrays. */
export const eval_params: (params: Tree) => void = eval_;
/** Computes the parameters of a module, or any tree of arrays; resolves when they are there. */
export const async_eval_params: (params: Tree) => Promise<void> = async_eval;
/** The array as a constant: no gradient flows through it. */
export const stop_gradient = (a: Operand): Array => wrap(stopGradient(tensorOf(a)));
/** `stop_gradient` with a stream. */
export const stop_gradient_device = onDevice('stop_gradient', (a) => stop_gradient(a as Operand)) as (
  a: Operand,
  stream: StreamLike,
) => Array;
