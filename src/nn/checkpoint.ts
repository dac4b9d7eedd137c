// Gradient checkpointing of a module.
import { checkpoint as checkpointed } from '../transforms/checkpoint.js';
import { LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import { Module } from './module.js';

/** A module that is called with `A`. */
interface Callable<A extends readonly unknown[], R> extends Module {
  forward(...args: A): R;
}

/**
 * `fn`, or the `forward` of `module`, of whose work only arguments and results are kept for the gradient: what lies between is computed a
 * second time in the backward pass. Gradients reach the arguments and the trainable parameters of `module`, as without it.
 *
 * @throws LanewiseError if `module` is none, or `fn` is async
 *
 * ```ts
 * const blocks = model.layers.map((layer) => nn.checkpoint(layer));
 * ```
 */
export function checkpoint<A extends readonly unknown[], R>(
  module: Callable<A, R>,
  fn: (...args: A) => R = (...args) => module.forward(...args),
): (...args: A) => R {
  if (!((module as unknown) instanceof Module))
    throw new LanewiseError(`[nn.checkpoint] the first argument must be a module, got ${showValue(module)}`);
  return checkpointed(fn);
}
