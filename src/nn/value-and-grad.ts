// Gradients of the parameters of a model.
import { trace } from '../graph/node.js';
import { valueAndGrad as differentiated } from '../transforms/grad.js';
import { evalTrees, leavesOf } from '../tensor/tensor.js';
import type { ParameterTree } from './contents.js';
import type { Module } from './module.js';

/**
 * Makes of `fn` a function that returns its value and the gradients of it with respect to the trainable parameters of `model`. `fn` returns
 * a tensor without axes, or a list that begins with one. While it runs the model holds tensors of its own; afterwards it has its
 * parameters back, also when `fn` throws. Value, gradients and running statistics are computed before it returns, unless it runs in
 * another transform; what else `fn` made of the parameters, and nobody computed, is gone then, so that an optimizer can write over them.
 *
 * ```ts
 * const step = nn.valueAndGrad(model, (x: Tensor, y: Tensor) => nn.losses.mseLoss(model.forward(x), y));
 * const [loss, grads] = step(x, y);
 * optimizer.update(model, grads);
 * ```
 * @throws LanewiseError for an op without a derivative rule
 */
export function valueAndGrad<A extends readonly unknown[], R>(
  model: Module,
  fn: (...args: A) => R,
): (...args: A) => [value: R, grads: ParameterTree] {
  return (...args) => {
    let inside: ParameterTree = {};
    const both = differentiated((parameters: ParameterTree, ...rest: A): R => {
      inside = parameters;
      model.swap(parameters);
      return fn(...rest);
    });
    const own = model.trainableParameters();
    let result: [value: R, grads: ParameterTree];
    try {
      result = both(own, ...args);
    } finally {
      model.swap(own);
    }
    if (trace.depth === 0) {
      // the gradients of the last layers first: what only they need is gone before the others begin
      evalTrees(result[0], leavesOf(result[1]).reverse(), model.parameters());
      const given = new Set(leavesOf(result));
      for (const t of leavesOf(inside)) if (!given.has(t)) t.dispose();
    }
    return result;
  };
}
