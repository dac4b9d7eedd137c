// The base of layers and models.
import { checkType, identityNode, nodeOf } from '../ops/define.js';
import { treeFlatten, treeUnflatten } from '../transforms/paths.js';
import { astype } from '../ops/math.js';
import type { Source } from '../io/source.js';
import type { Target } from '../io/safetensors-write.js';
import { isFloat, types, type DType } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import { rebind, Tensor } from '../tensor/tensor.js';
import {
  contentsOf,
  isChild,
  isContainer,
  isParameter,
  replaceIn,
  type Filter,
  type ModuleTree,
  type ParameterNode,
  type ParameterTree,
  type Replace,
} from './contents.js';
import { checkWeights, readWeights, writeWeights, type NamedWeights } from './weights.js';

/** `current`, standing for the value of `given` from now on. */
function written(op: string, current: Tensor, given: Tensor): Tensor {
  const n = nodeOf(op, given);
  if (n === current.node) return current;
  rebind(current, identityNode(n));
  // computed already: shared at once, so that the given tensor may be disposed
  return n.stored ? current.eval() : current;
}

/** What `freeze` and `unfreeze` reach. */
export interface FreezeOptions {
  /** also the modules inside; true by default */
  readonly recurse?: boolean;
  /** only parameters of these names; all by default */
  readonly keys?: string | readonly string[] | null;
  /** throw for a key that no module has; false by default */
  readonly strict?: boolean;
}

/**
 * Base class of layers and models. Properties that are tensors are its parameters, those that are modules its children; both may stand in
 * lists and plain objects, nested. Names that begin with `_` are private: nothing here sees them. A subclass defines `forward`.
 *
 * ```ts
 * class Mlp extends nn.Module {
 *   readonly up = new nn.Linear(2, 16);
 *   readonly down = new nn.Linear(16, 1);
 *   forward(x: Tensor): Tensor {
 *     return this.down.forward(nn.relu(this.up.forward(x)));
 *   }
 * }
 * ```
 */
export class Module {
  readonly #frozen = new Set<string>();
  #training = true;

  /** True unless `eval()` or `train(false)` was called: dropout draws, batch normalisation counts. */
  get training(): boolean {
    return this.#training;
  }
  /** All parameters, as `parameters()`. */
  get state(): ParameterTree {
    return this.parameters();
  }

  /** Values that pass `filter`, mapped, in nested plain objects and arrays. By default every tensor and function is a leaf. */
  filterAndMap(filter: Filter, map: (value: unknown) => unknown = (x) => x, isLeaf?: Filter): Record<string, unknown> {
    return contentsOf(this, filter, map, isLeaf ?? ((_, __, v) => !(v instanceof Module || isContainer(v))));
  }
  /** Every parameter, frozen or not. */
  parameters(): ParameterTree {
    return this.filterAndMap(isParameter) as ParameterTree;
  }
  /** The parameters that are not frozen. */
  trainableParameters(): ParameterTree {
    return this.filterAndMap((m, name, v) => isParameter(m, name, v) && !m.#frozen.has(name)) as ParameterTree;
  }
  /** The modules directly in this one. */
  children(): ModuleTree {
    return this.filterAndMap(isChild, undefined, (_, __, v) => v instanceof Module) as ModuleTree;
  }
  /** The modules below this one that contain no others. */
  leafModules(): ModuleTree {
    const isLeaf: Filter = (_, __, v) => v instanceof Module && treeFlatten(v.children()).length === 0;
    return this.filterAndMap(isChild, undefined, isLeaf) as ModuleTree;
  }
  /** Calls `fn` with the path and the module of this one and of all below, parents first. @returns this module */
  applyToModules(fn: (path: string, module: Module) => void): this {
    const walk = (path: string, module: Module): void => {
      fn(path, module);
      for (const [name, child] of treeFlatten<unknown>(module.children()))
        if (child instanceof Module) walk(path === '' ? name : `${path}.${name}`, child);
    };
    walk('', this);
    return this;
  }
  /** This module and all below with their paths, parents first. The path of this one is `''`. */
  namedModules(): [path: string, module: Module][] {
    const found: [string, Module][] = [];
    this.applyToModules((path, module) => found.push([path, module]));
    return found;
  }
  /** This module and all below, parents first. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /**
   * Gives parameters the values of a tree, which may be a part of `parameters()`. The tensors of the module stay and stand for the new
   * values from now on; what later happens to them does not touch the tensors given. Shapes and dtypes are not compared.
   * @throws LanewiseError if `strict` and the tree names what the module has not
   * @returns this module
   */
  update(parameters: ParameterTree, strict = true): this {
    return this.place('nn.Module.update', parameters, strict, written);
  }
  /** @internal Puts the very tensors of a tree into the module. */
  swap(parameters: ParameterTree): this {
    return this.place('nn.Module.update', parameters, true, (_, __, given) => given);
  }
  private place(
    op: string,
    tree: unknown,
    strict: boolean,
    put: (op: string, current: Tensor, given: Tensor) => Tensor,
  ): this {
    const replace: Replace = (current, given, path) => {
      if (!(current instanceof Tensor)) return undefined;
      if (given instanceof Tensor) return { value: put(op, current, given) };
      if (strict) throw new LanewiseError(`[${op}] a parameter must be a tensor, got ${typeof given} for '${path}'`);
      return { value: current };
    };
    replaceIn(op, this, tree, strict, replace);
    return this;
  }
  /** Gives every parameter that passes `filter` the value of `fn` of it. @returns this module */
  apply(fn: (x: Tensor) => Tensor, filter: Filter = isParameter): this {
    const mapped = this.filterAndMap(filter, (x) => (x instanceof Tensor ? fn(x) : {}));
    return this.update(mapped as Record<string, ParameterNode>);
  }
  /**
   * Replaces child modules by those of a tree, which may be a part of `children()` or `leafModules()`.
   * @throws LanewiseError if `strict` and the tree names what the module has not
   * @returns this module
   */
  updateModules(modules: ModuleTree, strict = true): this {
    replaceIn('nn.Module.updateModules', this, modules, strict, (current, given) =>
      current instanceof Module && given instanceof Module ? { value: given } : undefined,
    );
    return this;
  }

  /**
   * Keeps parameters out of `trainableParameters()`: all, or those of the names in `keys`.
   * @throws LanewiseError if `strict` and no module reached has a key
   * @returns this module
   */
  freeze(options: FreezeOptions = {}): this {
    return this.reach('freeze', options, (m, keys) => {
      for (const key of keys ?? m.ownNames()) m.#frozen.add(key);
    });
  }
  /**
   * Makes parameters trainable again: all, or those of the names in `keys`.
   * @throws LanewiseError if `strict` and no module reached has a key
   * @returns this module
   */
  unfreeze(options: FreezeOptions = {}): this {
    return this.reach('unfreeze', options, (m, keys) => {
      for (const key of keys ?? [...m.#frozen]) if (!m.neverTrained().includes(key)) m.#frozen.delete(key);
    });
  }
  private reach(
    name: string,
    { recurse = true, keys = null, strict = false }: FreezeOptions,
    set: (m: Module, keys: readonly string[] | null) => void,
  ): this {
    const list = typeof keys === 'string' ? [keys] : keys;
    const reached = recurse ? this.modules() : [this];
    const unknown = strict
      ? list?.find((key) => !reached.some((m) => Object.hasOwn(m, key) && m[key as keyof Module] !== undefined))
      : undefined;
    if (unknown !== undefined)
      throw new LanewiseError(`[nn.Module.${name}] a key must be a member of a module, got '${unknown}'`);
    for (const m of reached) set(m, list);
    return this;
  }
  /** Paths of the tensors that are not in a module below. */
  private ownNames(): string[] {
    const own = this.filterAndMap((m, name, v) => !(v instanceof Module) && isParameter(m, name, v));
    return treeFlatten(own).map(([name]) => name);
  }
  /** Names of parameters that `unfreeze` leaves frozen, such as running statistics. */
  protected neverTrained(): readonly string[] {
    return [];
  }

  /** Sets `training` here and in all modules below. @returns this module */
  train(mode = true): this {
    return this.applyToModules((_, m) => m.setTraining(mode));
  }
  /** `train(false)`: for evaluation and inference. */
  eval(): this {
    return this.train(false);
  }
  /** Sets `training` of this module alone. */
  protected setTraining(mode: boolean): void {
    this.#training = mode;
  }
  /**
   * Converts parameters whose dtype passes `predicate`, floating ones by default.
   * @throws DTypeError for an unknown dtype
   * @returns this module
   */
  setDtype(dtype: DType, predicate: ((dtype: DType) => boolean) | null = (own): boolean => isFloat(types[own])): this {
    checkType('nn.Module.setDtype', dtype);
    return this.apply((x) => (predicate === null || predicate(x.dtype) ? astype(x, dtype) : x));
  }

  /**
   * Gives parameters values by path: from pairs, a record or a map, at once; or from a safetensors, sharded (`.index.json`) or npz file, as a
   * promise.
   * @param strict every parameter must be given, in its shape, and nothing else; otherwise what the module has is taken
   * @throws LanewiseError naming the parameters that are missing, unknown or of another shape
   * @returns this module
   */
  loadWeights(weights: NamedWeights, strict?: boolean): this;
  loadWeights(source: Source, strict?: boolean): Promise<this>;
  loadWeights(from: NamedWeights | Source, strict = true): this | Promise<this> {
    const taken = (weights: NamedWeights): this => {
      const entries = checkWeights(weights, strict ? treeFlatten(this.parameters()) : null);
      return this.place('nn.Module.loadWeights', treeUnflatten(entries), false, written);
    };
    const read = readWeights(from);
    return read instanceof Promise ? read.then(taken) : taken(read);
  }
  /** Writes `parameters()` by path: safetensors, or npz for a path that ends in `.npz`. */
  async saveWeights(target: Target): Promise<void> {
    await writeWeights(target, treeFlatten(this.parameters()));
  }

  /** What stands between the parentheses of `toString()`. */
  protected describe(): string {
    return '';
  }
  /** The tree of modules, one a line. */
  toString(): string {
    const lines = treeFlatten<unknown>(this.children())
      .filter(([, child]) => child instanceof Module)
      .map(([name, child]) => `\n  (${name}): ${String(child).replaceAll('\n', '\n  ')}`);
    return `${this.constructor.name}(${this.describe()}${lines.join('')}${lines.length > 0 ? '\n' : ''})`;
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
