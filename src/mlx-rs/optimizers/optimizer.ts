// Optimizers of mlx-rs around those of the core.
import { astype, zeros, type optimizers, type Tensor } from '../../slim.js';
import type { Array } from '../array.js';
import { buildable, type Defaults, type Made } from '../builder.js';
import type { Module } from '../module.js';
import type { Updatable } from '../utils.js';
import { factored, OptimizerState, type Form, type Slots } from './state.js';

type Core = optimizers.Optimizer;
/** A parameter, its gradient and its path. */
type Work = readonly [key: string, gradient: Array, parameter: Array];

/** The base of the optimizers. What it keeps stands in `state`, by the path of the parameter; the core's optimizer does the steps. */
export class Optimizer<T = unknown> implements Updatable {
  readonly #core: Core;
  readonly #form: Form<T>;
  readonly #state: OptimizerState<T>;
  constructor(core: Core, form: Form<T>) {
    this.#core = core;
    this.#form = form;
    this.#state = new OptimizerState(form);
  }
  /** The learning rate; it may be set between steps. */
  get lr(): number {
    return this.#core.learningRate.item() as number;
  }
  set lr(value: number) {
    this.#core.learningRate = value;
  }
  /** What is kept, by the path of the parameter. */
  state(): OptimizerState<T> {
    return this.#state;
  }
  /** What is kept, by the path of the parameter; it may be changed. */
  state_mut(): OptimizerState<T> {
    return this.#state;
  }
  /** One step of one parameter: `parameter` gets its new value, what is kept of it stands under `key`. */
  update_single(key: string, gradient: Array, parameter: Array): void {
    this.#step([[key, gradient, parameter]]);
  }
  /** One step: every parameter of the model that has a gradient gets its new value. Gradients without a parameter are left out. */
  update(model: Module, gradients: ReadonlyMap<string, Array>): void {
    const own = model.parameters_mut().flatten();
    const work = [...gradients].flatMap(([key, g]): Work[] => (own.has(key) ? [[key, g, own.get(key)!]] : []));
    // each parameter of Adafactor counts its own steps
    if ((this.#form as unknown) === factored) for (const one of work) this.#step([one]);
    else this.#step(work);
  }
  #step(work: readonly Work[]): void {
    const kept: Record<string, Slots> = {};
    let steps: Tensor = zeros([], 'int32');
    for (const [key] of work) {
      const { step = steps, ...slots } = this.#state.slots(key);
      kept[key] = slots;
      steps = step;
    }
    const all = this.#core.state;
    all['step'] = astype(steps, 'uint64');
    all['parameters'] = kept;
    const tree = (of: (w: Work) => Tensor) => ({ parameters: Object.fromEntries(work.map((w) => [w[0], of(w)])) });
    const parameters = tree(([, , parameter]) => parameter.unshared());
    this.#core.update(
      { trainableParameters: () => parameters },
      tree(([, gradient]) => gradient.tensor),
    );
    const step = astype(this.#core.step, 'int32');
    for (const [key, slots] of Object.entries(kept)) this.#state.take(key, { ...slots, step });
  }
  updatable_states_len(): number {
    return this.updatable_states().length;
  }
  updatable_states(): Array[] {
    return [...this.#state.flatten()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, a]) => a);
  }
  updatable_states_mut(): Array[] {
    return this.updatable_states();
  }
}

/** Both sides of an optimizer that keeps `T` of each parameter. */
export type OptimizerClass<R extends readonly unknown[], O extends object, T> = Made<R, O> &
  Defaults<O> &
  (new (required: R, options: O) => Optimizer<T> & Readonly<Omit<O, 'lr'>>);
/** The class of an optimizer that `make` makes of what is required and of options. */
export const optimizer =
  <R extends readonly unknown[]>() =>
  <O extends object, T>(
    form: Form<T>,
    defaults: O,
    make: (required: R, options: O) => Core,
  ): OptimizerClass<R, O, T> => {
    class Of extends Optimizer<T> {
      constructor(required: R, options: O) {
        super(make(required, options), form);
        Object.assign(this, Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'lr')));
      }
    }
    return buildable<R, O, typeof Of>(Of, defaults) as unknown as OptimizerClass<R, O, T>;
  };
