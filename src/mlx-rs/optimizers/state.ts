// What optimizers keep of parameters, by path.
import type { Tensor } from '../../slim.js';
import { i32, wrap, type Array } from '../array.js';
import { rethrown, OptimizerStateLoadError, UnflattenError } from '../build-errors.js';
import { load_safetensors, save_safetensors } from '../io.js';

/** What an optimizer keeps of one parameter, by the core's names. */
export type Slots = Record<string, Tensor>;
/** How the arrays that are kept of one parameter stand together. */
export interface Form<T> {
  /** the core's name of each array, by the suffix of its path; a lone array has none: '' */
  readonly names: Readonly<Record<string, string>>;
  /** the arrays of an entry, by suffix */
  arrays(entry: T): [suffix: string, array: Array][];
  /** the entry of arrays by suffix; undefined if they make none */
  entry(arrays: ReadonlyMap<string, Array>): T | undefined;
}

/** One array. */
export const single = (name: string): Form<Array> => ({
  names: { '': name },
  arrays: (a) => [['', a]],
  entry: (arrays) => arrays.get(''),
});
/** Two arrays. */
export const pair = (first: string, second: string): Form<[Array, Array]> => ({
  names: { 0: first, 1: second },
  arrays: (entry) => entry.map((a, i) => [String(i), a]),
  entry: (arrays) => {
    const [a, b] = [arrays.get('0'), arrays.get('1')];
    return arrays.size === 2 && a && b ? [a, b] : undefined;
  },
});
/** What `Adafactor` keeps of one parameter: moments of rows and columns, or of a vector's elements. */
export class AdafactorState {
  static readonly DEFAULT_STEP = 0;
  /** updates made so far */
  step: Array = i32(AdafactorState.DEFAULT_STEP);
  exp_avg_sq_row: Array | null = null;
  exp_avg_sq_col: Array | null = null;
  exp_avg_sq: Array | null = null;
  exp_avg: Array | null = null;
}
const fields = Object.keys(new AdafactorState());
/** An `AdafactorState`. */
export const factored: Form<AdafactorState> = {
  names: Object.fromEntries(fields.map((name) => [name, name])),
  arrays: (state) => Object.entries(state).filter((entry): entry is [string, Array] => entry[1] !== null),
  entry: (arrays) =>
    [...arrays.keys()].every((name) => fields.includes(name))
      ? Object.assign(new AdafactorState(), Object.fromEntries(arrays))
      : undefined,
};

/** What an optimizer keeps, by the path of the parameter. */
export class OptimizerState<T> extends Map<string, T> {
  readonly #form: Form<T>;
  constructor(form: Form<T>, entries: Iterable<readonly [string, T]> = []) {
    super(entries);
    this.#form = form;
  }
  /** The arrays by path: `weight` for one, `weight.0` and `weight.1` for two. */
  flatten(): Map<string, Array> {
    const { arrays } = this.#form;
    const of = ([path, entry]: [string, T]): [string, Array][] =>
      arrays(entry).map(([suffix, a]) => [suffix === '' ? path : `${path}.${suffix}`, a]);
    return new Map([...this].flatMap(of));
  }
  /** The arrays by path; what is assigned to them the state has. */
  flatten_mut(): Map<string, Array> {
    return this.flatten();
  }
  /** Another state of the same kind, of arrays by path. @throws UnflattenError if the paths are not those of such a state */
  unflatten(input: Iterable<readonly [string, Array]>): OptimizerState<T> {
    const lone = '' in this.#form.names;
    const found = new Map<string, Map<string, Array>>();
    for (const [path, a] of input) {
      const dot = lone ? path.length : path.lastIndexOf('.');
      if (dot < 0) throw new UnflattenError(`[optimizers.unflatten] a path must end in a suffix, got '${path}'`);
      const of = found.get(path.slice(0, dot)) ?? new Map<string, Array>();
      found.set(path.slice(0, dot), of.set(path.slice(dot + 1), a));
    }
    const entries = [...found].map(([path, arrays]): [string, T] => {
      const entry = this.#form.entry(arrays);
      if (entry !== undefined) return [path, entry];
      throw new UnflattenError(
        `[optimizers.unflatten] the arrays of a parameter must be those of the state, got ${[...arrays.keys()].join(', ')} for '${path}'`,
      );
    });
    return new OptimizerState(this.#form, entries);
  }
  /** Writes the arrays into a file, by path. */
  async save_safetensors(path: Parameters<typeof save_safetensors>[2]): Promise<void> {
    await save_safetensors(this.flatten(), null, path);
  }
  /** Takes over what a file holds. @throws OptimizerStateLoadError if that is no such state */
  async load_safetensors(path: Parameters<typeof load_safetensors>[0]): Promise<void> {
    const arrays = await load_safetensors(path);
    const loaded = rethrown(OptimizerStateLoadError, () => this.unflatten(arrays));
    this.clear();
    for (const [name, entry] of loaded) this.set(name, entry);
  }
  /** @internal The arrays of an entry by the core's names, none shared with another handle. */
  slots(path: string): Slots {
    const { arrays, names } = this.#form;
    const entry = this.get(path);
    const held = entry === undefined ? [] : arrays(entry);
    return Object.fromEntries(held.map(([suffix, a]) => [names[suffix]!, a.unshared()]));
  }
  /** @internal Takes the arrays of an entry back. */
  take(path: string, slots: Slots): void {
    const { arrays, entry, names } = this.#form;
    const held = this.get(path);
    const at = held === undefined ? new Map<string, Array>() : new Map(arrays(held));
    for (const [suffix, name] of Object.entries(names)) {
      const slot = slots[name];
      const own = at.get(suffix);
      if (slot === undefined) continue;
      if (own === undefined) at.set(suffix, wrap(slot));
      else own.tensor = slot;
    }
    if (held === undefined) this.set(path, entry(at)!);
  }
}
/** `HashMap<Rc<str>, T>` */
export type State<T = Array> = OptimizerState<T>;
