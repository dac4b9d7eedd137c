// Gradients of the parameters of a model.
import { nn as core, type Tensor } from '../../slim.js';
import { wrap, Array } from '../array.js';
import type { FlattenedModuleParam, Module } from '../module.js';

/** `Fn(&mut M, Args) -> Array`, or `Vec<Array>` whose first array is differentiated. */
export type IntoModuleValueAndGrad<M extends Module, A, V extends Array | readonly Array[]> = (model: M, args: A) => V;
type ValueAndGrad<M, A, V> = (model: M, args: A) => [value: V, grads: FlattenedModuleParam];

/** The handles of a model's parameters, as the core looks at a model. */
class Handles extends core.Module {
  readonly #handles: ReadonlyMap<string, Array>;
  readonly #all: readonly Array[];
  constructor(model: Module) {
    super();
    this.#handles = model.trainable_parameters().flatten();
    this.#all = [...model.parameters().flatten().values()];
  }
  override trainableParameters(): Record<string, Tensor> {
    return Object.fromEntries([...this.#handles].map(([path, a]) => [path, a.tensor]));
  }
  override parameters(): Record<string, Tensor> {
    return Object.fromEntries(this.#all.map((a, i) => [i, a.tensor]));
  }
  /** @internal */
  override swap(tensors: Record<string, Tensor>): this {
    for (const [path, t] of Object.entries(tensors)) this.#handles.get(path)!.tensor = t;
    return this;
  }
}

/**
 * Makes of `f` a function of a model and other arguments that returns the value and, by path, its gradients with respect to the trainable
 * parameters of the model. Value and gradients are computed before it returns, unless it runs in another transform.
 *
 * ```ts
 * const loss_fn = (model: Mlp, [x, y]: [Array, Array]): Array => mse.apply(model.forward(x), y);
 * const step = nn.value_and_grad(loss_fn);
 * const [loss, grads] = step(model, [x, y]);
 * optimizer.update(model, grads);
 * ```
 */
export function value_and_grad<M extends Module, A, V extends Array | readonly Array[]>(
  f: IntoModuleValueAndGrad<M, A, V>,
): ValueAndGrad<M, A, V> {
  return (model, args) => {
    let single = false;
    const both = core.valueAndGrad(new Handles(model), () => {
      const value: Array | readonly Array[] = f(model, args);
      single = value instanceof Array;
      return (single ? [value as Array] : (value as readonly Array[])).map((a) => a.tensor);
    });
    const [values, grads] = both();
    const wrapped = values.map(wrap);
    const named = Object.entries(grads as Record<string, Tensor>).map(([path, g]) => [path, wrap(g)] as const);
    return [(single ? wrapped[0]! : wrapped) as unknown as V, new Map(named)];
  };
}
