// Several optimizers for one model.
import { leaves, mapTree } from '../transforms/tree.js';
import { treeFlatten } from '../transforms/paths.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Optimizer, type Trainable } from './optimizer.js';
import type { OptimizerState, Slots } from './state.js';

/** Says by its dotted path and its gradient whether a parameter belongs to an optimizer. */
export type ParameterFilter = (path: string, x: Tensor) => boolean;

/**
 * Delegates to several optimizers. A parameter belongs to the first one whose filter accepts it; the last one takes the rest and has no
 * filter.
 *
 * ```ts
 * const isMatrix = (path: string, x: Tensor) => x.ndim === 2 && !path.includes('embed');
 * new MultiOptimizer([new Muon({ learningRate: 0.02 }), new AdamW({ learningRate: 1e-3 })], [isMatrix]);
 * ```
 * @throws LanewiseError if there is not one filter less than optimizers
 */
export class MultiOptimizer extends Optimizer {
  constructor(
    readonly optimizers: readonly Optimizer[],
    readonly filters: readonly ParameterFilter[] = [],
  ) {
    super();
    if (optimizers.length === 0 || filters.length !== optimizers.length - 1)
      throw new LanewiseError(
        `[optimizers.MultiOptimizer] one filter less than optimizers is needed, got ${filters.length} for ${optimizers.length}`,
      );
  }

  /** `{ states }`: the state of each optimizer. */
  override get state(): OptimizerState {
    return { states: this.optimizers.map((o) => o.state) };
  }
  override set state(state: OptimizerState) {
    const states = state['states'];
    if (!Array.isArray(states) || states.length !== this.optimizers.length)
      throw new LanewiseError(
        `[optimizers.MultiOptimizer] a state needs 'states' for ${this.optimizers.length} optimizers, got ${Array.isArray(states) ? states.length : 'none'}`,
      );
    this.optimizers.forEach((o, i) => (o.state = states[i] as OptimizerState));
  }
  /** Updates made so far. */
  override get step(): Tensor {
    return this.optimizers[0]!.step;
  }
  /** That of the first optimizer; setting it sets all. */
  override get learningRate(): Tensor {
    return this.optimizers[0]!.learningRate;
  }
  override set learningRate(value: number | Tensor) {
    for (const o of this.optimizers) o.learningRate = value;
  }

  /** For each leaf of a tree the number of its optimizer. */
  #owners(tree: unknown): number[] {
    return treeFlatten(tree)
      .filter(([, x]) => leaves(x).length === 1)
      .map(([path, x]) => {
        const i = this.filters.findIndex((accepts) => accepts(path, x));
        return i < 0 ? this.filters.length : i;
      });
  }
  /** Calls `each` with every optimizer and its part of the tree: null where another one's leaves are. */
  #split(tree: unknown, each: (optimizer: Optimizer, part: unknown, index: number) => void): number[] {
    const owners = this.#owners(tree);
    this.optimizers.forEach((o, i) =>
      each(
        o,
        mapTree(tree, (x, k) => (owners[k] === i ? x : null)),
        i,
      ),
    );
    return owners;
  }
  override init(parameters: unknown): void {
    this.#split(parameters, (o, part) => o.init(part));
  }
  override update(model: Trainable, gradients: unknown): void {
    this.#split(gradients, (o, part) => o.update(model, part));
  }
  override applyGradients<T>(gradients: T, parameters: unknown): T {
    const values: Tensor[][] = [];
    const owners = this.#split(gradients, (o, part) => values.push(leaves(o.applyGradients(part, parameters))));
    return mapTree(gradients, (_, k) => values[owners[k]!]!.shift());
  }
  /** Never called: every step is delegated. */
  protected override initSingle(): Slots {
    return {};
  }
  /** Never called: every step is delegated. */
  protected override applySingle(_: Tensor, parameter: Tensor): Tensor {
    return parameter;
  }
}
