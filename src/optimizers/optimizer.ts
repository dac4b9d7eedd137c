// The base of all optimizers: walks trees of gradients, keeps the state, writes parameters in place.
import { loadSafetensors } from '../io/safetensors.js';
import { saveSafetensors, type Target } from '../io/safetensors-write.js';
import type { Source } from '../io/source.js';
import { trace } from '../graph/node.js';
import { add, multiply } from '../ops/arithmetic.js';
import { array, full } from '../ops/creation.js';
import { astype } from '../ops/math.js';
import { isFloat, isInexact, promote, types } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showShapes, showValue } from '../tensor/shape.js';
import { evalTrees, Tensor, tidy } from '../tensor/tensor.js';
import { treeFlatten } from '../transforms/paths.js';
import { mapTree } from '../transforms/tree.js';
import { adopt, restored } from './restore.js';
import { fusedStep, type StepKernel } from './fused.js';
import {
  below,
  type Branch,
  branchOf,
  fresh,
  isBranch,
  type OptimizerState,
  owned,
  replace,
  type Slots,
} from './state.js';

/** A hyperparameter by step: gets the number of updates that were made, a uint64 tensor without axes. */
export type Schedule = (step: Tensor) => Tensor;
/** A hyperparameter: a value, or a schedule. */
export type Scheduled = number | Tensor | Schedule;
/** What `update` needs of a model. */
export interface Trainable {
  /** tensors in nested plain objects and arrays */
  trainableParameters(): unknown;
}
/** A gradient, its parameter, and what is kept of it. */
interface Work {
  readonly gradient: Tensor;
  readonly parameter: Tensor;
  readonly slots: Slots;
}

const show = (x: unknown): string =>
  x instanceof Tensor ? `${x.dtype} ${showShape(x.shape)}` : isBranch(x) ? 'a branch' : showValue(x);

/**
 * Base class of the optimizers. A subclass says with `initSingle` what it keeps of a parameter, and with `applySingle` what a step
 * does.
 *
 * ```ts
 * const optimizer = new optimizers.AdamW({ learningRate: 1e-3 });
 * const [loss, grads] = lossAndGrad(x, y);
 * optimizer.update(model, grads);
 * ```
 */
export abstract class Optimizer {
  #state: OptimizerState = { step: owned(full([], 0, 'uint64')) };
  /** slots that have been looked at */
  readonly #opened = new WeakSet<Slots>();
  readonly #schedules = new Map<string, Schedule>();

  /**
   * Everything that changes from step to step, in nested plain objects and arrays under MLX's names: `step`, `learning_rate` and, at the
   * place of each parameter, what is kept of it. The tensors stay the same ones; their values change.
   */
  get state(): OptimizerState {
    return this.#state;
  }
  /**
   * Takes over the values of another state.
   * @throws LanewiseError if it is no state
   */
  set state(state: OptimizerState) {
    if (!isBranch(state) || !(state['step'] instanceof Tensor))
      throw new LanewiseError(`[optimizers] a state must be a tree of tensors with a 'step', got ${show(state)}`);
    const own = Object.entries(this.#state).filter(([, x]) => x instanceof Tensor);
    this.#state = adopt(this.#state, { ...Object.fromEntries(own), ...state }) as OptimizerState;
  }
  /** Writes the state into a safetensors file, by dotted paths. Schedules are not in it: they go by the step. */
  async saveState(target: Target): Promise<void> {
    await saveSafetensors(target, new Map(treeFlatten(this.state)), { format: 'mlx' });
  }
  /**
   * Restores a state bit for bit. What the state has and the file lacks is an error; what only the file has is taken for parameters to
   * come.
   * @throws LanewiseError naming what is missing, or of another shape or dtype
   */
  async loadState(source: Source): Promise<void> {
    this.state = restored(this.state, await loadSafetensors(source));
  }
  /** Updates made so far: a uint64 tensor without axes. */
  get step(): Tensor {
    return this.#state['step'] as Tensor;
  }
  /** The learning rate of the last update: a tensor without axes. Of a new optimizer that of step 0. */
  get learningRate(): Tensor {
    return this.hyperparameter('learning_rate');
  }
  set learningRate(value: number | Tensor) {
    const rate = tensorOf('learningRate', value);
    this.#set('learning_rate', rate === value ? fresh(rate) : rate);
  }

  /** What is kept of a parameter, before its first update. */
  protected abstract initSingle(parameter: Tensor): Slots;
  /** The new value of a parameter. New values of what is kept are put into `slots`. */
  protected abstract applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor;

  /** @internal What `applySingle` does with the hyperparameters of this step, as a kernel. A class that has one has both. */
  protected kernel(): StepKernel | null {
    return null;
  }

  /** A scheduled hyperparameter as a tensor without axes. */
  protected hyperparameter(name: string): Tensor {
    const held = this.#state[name];
    if (!(held instanceof Tensor)) throw new LanewiseError(`[optimizers] the optimizer has no '${name}'`);
    return held;
  }
  /** Registers a hyperparameter that may follow a schedule. @param option its name in messages */
  protected schedule(name: string, option: string, value: Scheduled): void {
    if (typeof value === 'function') this.#schedules.set(name, value);
    this.#set(name, typeof value === 'function' ? this.#scheduled(name, value) : tensorOf(option, value));
  }
  #scheduled(name: string, schedule: Schedule): Tensor {
    return tidy(() => {
      const value = schedule(this.step) as unknown;
      if (isScalar(value)) return fresh(value);
      throw new LanewiseError(
        `[optimizers] a schedule must return a floating tensor without axes, got ${show(value)} for '${name}'`,
      );
    });
  }
  /** @param value nobody else holds it */
  #set(name: string, value: Tensor): void {
    const held = this.#state[name];
    if (held instanceof Tensor) replace(held, value);
    else this.#state[name] = owned(value);
  }

  /**
   * Makes the state of parameters before the first update; `update` does it for those that have none.
   * @throws LanewiseError if a parameter has the name of a hyperparameter
   */
  init(parameters: unknown): void {
    const walk = (tree: unknown, state: Branch, path: string): void => {
      if (!isBranch(tree)) throw new LanewiseError(`[optimizers.init] parameters must be tensors, got ${show(tree)}`);
      for (const [name, x] of Object.entries(tree)) {
        if (x === null || x === undefined) continue;
        const at = below(path, name);
        const inner = branchOf('optimizers.init', state, name, x, at);
        if (x instanceof Tensor) this.#open('optimizers.init', x, inner as Slots, at);
        else walk(x, inner, at);
      }
    };
    walk(parameters, this.#state, '');
  }
  /** Makes what is missing of a parameter's state, and looks once at what is there. */
  #open(op: string, parameter: Tensor, slots: Slots, path: string): void {
    if (this.#opened.has(slots)) return;
    for (const [name, x] of Object.entries(tidy(() => this.initSingle(parameter)))) {
      const held = (slots[name] ??= owned(x));
      if (!(held instanceof Tensor) || !sameShape(held, x))
        throw new ShapeError(
          `[${op}] the state '${name}' of '${path}' must have the shape ${showShape(x.shape)}, got ${show(held)}`,
        );
    }
    this.#opened.add(slots);
  }

  /**
   * One step: every parameter of `model` that has a gradient gets its new value, in place: the tensor stays the same, and what it stood
   * for is freed as soon as nothing else needs it. `gradients` is a tree like `model.trainableParameters()`, or a part of it. Values
   * are computed at once, unless a transform is tracing.
   * @throws LanewiseError if `model` is none, or a gradient has no parameter; ShapeError if it has not its shape
   */
  update(model: Trainable, gradients: unknown): void {
    if (typeof (model as Partial<Trainable> | null)?.trainableParameters !== 'function')
      throw new LanewiseError(
        `[optimizers.update] a model with trainableParameters() is needed, or applyGradients for plain trees, got ${show(model)}`,
      );
    const work = this.#match('optimizers.update', gradients, model.trainableParameters());
    this.#advance();
    const kernel = this.#kernelOfStep();
    for (const w of work) replace(w.parameter, this.#single(w, kernel, true));
  }
  /**
   * One step on plain trees. @returns the new values in the tree of the gradients; `parameters` stay as they are
   * @throws LanewiseError if a gradient has no parameter; ShapeError if it has not its shape
   */
  applyGradients<T>(gradients: T, parameters: unknown): T {
    const work = this.#match('optimizers.applyGradients', gradients, parameters);
    this.#advance();
    const kernel = this.#kernelOfStep();
    const values = work.map((w) => this.#single(w, kernel, false));
    return mapTree(gradients, (_, i) => values[i]);
  }

  /** Pairs gradients with parameters and state, and computes what of them is pending, in one pass. */
  #match(op: string, gradients: unknown, parameters: unknown): Work[] {
    const found: { gradient: Tensor; parameter: Tensor; state: () => Branch; path: string }[] = [];
    const walk = (tree: unknown, beside: unknown, state: () => Branch, path: string): void => {
      if (!isBranch(tree) || !isBranch(beside))
        throw new LanewiseError(
          `[${op}] gradients and parameters must be trees of one form, got ${show(tree)} and ${show(beside)} at '${path}'`,
        );
      for (const [name, g] of Object.entries(tree)) {
        if (g === null || g === undefined || (isBranch(g) && Object.keys(g).length === 0)) continue;
        const at = below(path, name);
        const p = Object.hasOwn(beside, name) ? beside[name] : undefined;
        if (p === undefined || (g instanceof Tensor && !(p instanceof Tensor)))
          throw new LanewiseError(`[${op}] a gradient needs a parameter at its place, got none for '${at}'`);
        const inner = (): Branch => branchOf(op, state(), name, p, at);
        if (g instanceof Tensor) {
          checkPair(op, g, p as Tensor, at);
          found.push({ gradient: g, parameter: p as Tensor, state: inner, path: at });
        } else walk(g, p, inner, at);
      }
    };
    walk(gradients, parameters, () => this.#state, '');
    if (trace.depth === 0) evalTrees(found.map(({ gradient, parameter }) => [gradient, parameter]));
    return found.map(({ gradient, parameter, state, path }) => {
      const slots = state() as Slots;
      this.#open(op, parameter, slots, path);
      return { gradient, parameter, slots };
    });
  }
  /** Schedules see the number of updates before this one. */
  #advance(): void {
    for (const [name, schedule] of this.#schedules) this.#set(name, this.#scheduled(name, schedule));
    replace(
      this.step,
      tidy(() => add(this.step, 1)),
    );
  }
  /** One parameter's step: its new value, and the moments in place. */
  #single({ gradient, parameter, slots }: Work, kernel: StepKernel | null, inPlace: boolean): Tensor {
    const fused = kernel === null ? null : fusedStep(kernel, gradient, parameter, slots, inPlace);
    const made = fused ?? this.#composed(gradient, parameter, slots);
    for (const [name, x] of Object.entries(made.slots)) replace(slots[name]!, x);
    return made.parameter;
  }
  /** `applySingle`, for half types in float32. */
  #composed(gradient: Tensor, parameter: Tensor, slots: Slots): { readonly parameter: Tensor; readonly slots: Slots } {
    const type = promote(types[parameter.dtype], types[gradient.dtype]);
    const open = (x: Tensor): Tensor => (types[x.dtype].half ? astype(x, 'float32') : x);
    const close = (x: Tensor): Tensor => fresh(type.half ? astype(x, type.name) : x);
    return tidy(() => {
      const before = Object.fromEntries(Object.entries(slots).map(([name, x]) => [name, open(x)]));
      const after = { ...before };
      const value = close(this.applySingle(open(gradient), open(parameter), after));
      const changed = Object.entries(after).filter(([name, x]) => x !== before[name]);
      return { parameter: value, slots: Object.fromEntries(changed.map(([name, x]) => [name, close(x)])) };
    });
  }
  /** The kernel of this step, unless a transform is tracing or a subclass has a rule of its own without one. */
  #kernelOfStep(): StepKernel | null {
    return trace.depth > 0 || ownerOf(this, 'applySingle') !== ownerOf(this, 'kernel') ? null : this.kernel();
  }
}
/** The prototype that has a method. */
function ownerOf(x: object, method: string): unknown {
  let p = x;
  while (!Object.hasOwn(p, method)) p = Object.getPrototypeOf(p) as object;
  return p;
}

/** A floating tensor without axes. */
const isScalar = (x: unknown): x is Tensor => x instanceof Tensor && x.ndim === 0 && isFloat(types[x.dtype]);
function tensorOf(option: string, value: number | Tensor): Tensor {
  if (isScalar(value)) return value;
  if (typeof value === 'number' && !Number.isNaN(value)) return array(value);
  throw new LanewiseError(
    `[optimizers] ${option} must be a number, a floating tensor without axes or a schedule, got ${show(value)}`,
  );
}
const sameShape = (x: Tensor, y: Tensor): boolean => x.ndim === y.ndim && x.shape.every((d, i) => d === y.shape[i]);
function checkPair(op: string, g: Tensor, p: Tensor, path: string): void {
  if (!isInexact(types[g.dtype]) || !isInexact(types[p.dtype]))
    throw new DTypeError(
      `[${op}] gradients and parameters must be floating or complex, got ${g.dtype} and ${p.dtype} for '${path}'`,
    );
  if (!sameShape(g, p))
    throw new ShapeError(
      `[${op}] a gradient must have the shape of its parameter, got ${showShapes([g.shape, p.shape])} for '${path}'`,
    );
}

/** `beta x + (1 - beta) y` */
export const mixed = (beta: number, x: Tensor, y: Tensor): Tensor => add(multiply(x, beta), multiply(y, 1 - beta));
/** `x` in the dtype of a gradient. */
export const inTypeOf = (gradient: Tensor, x: Tensor): Tensor => astype(x, gradient.dtype);
