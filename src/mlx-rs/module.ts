// mlx_rs::module: parameters, and what holds them.
import { LanewiseError, type Tensor } from '../slim.js';
import { Array } from './array.js';
import { load_safetensors, save_safetensors } from './io.js';
import { NestedHashMap, NestedValue } from './nested.js';
import { eval_params } from './transforms.js';
import type { Updatable } from './utils.js';

/** Parameters by name, nested as the modules are. The arrays are the module's own: what is assigned to them, the module has. */
export type ModuleParam = NestedHashMap<Array>;
/** Parameters by name, nested as the modules are. */
export type ModuleParamRef = ModuleParam;
/** Parameters by name, nested as the modules are. */
export type ModuleParamMut = ModuleParam;
/** Parameters by path. */
export type FlattenedModuleParam = Map<string, Array>;
/** Parameters by path. */
export type FlattenedModuleParamRef = FlattenedModuleParam;
/** Parameters by path. */
export type FlattenedModuleParamMut = FlattenedModuleParam;
/** A module of one array to one array. */
export type UnaryModule = Module & { forward(x: Array): Array };

/** What a module is made of: parameters and modules. */
export interface Parameter {
  /** How many arrays it holds. */
  count(): number;
  freeze(recursive: boolean): void;
  unfreeze(recursive: boolean): void;
  /** Whether all of it is frozen; null if there is nothing. */
  is_frozen(): boolean | null;
  as_nested_value(): NestedValue<Array>;
  as_nested_value_mut(): NestedValue<Array>;
  /** What of it is not frozen; null for a frozen array. */
  as_trainable_nested_value(): NestedValue<Array> | null;
}

/**
 * An array that a module learns. `Param<Option<Array>>` is `Param | null`. It is an array itself, as Rust's derefs to one; `value` stands
 * for it too, and assigning to `value` gives it another.
 */
export class Param extends Array implements Parameter {
  private frozen = false;
  static new(value: Array): Param {
    const made = new Param(value.tensor);
    made.assign(value);
    return made;
  }
  /** @internal The parameter that is a property of the core's layer. */
  static of(owner: object, name: string): Param {
    const holder = owner as Record<string, Tensor>;
    const made = new Param(holder[name]!, true);
    Object.defineProperty(made, 'tensor', {
      get: () => holder[name],
      set: (t: Tensor) => (holder[name] = t),
    });
    return made;
  }
  get value(): Array {
    return this;
  }
  set value(to: Array) {
    this.assign(to);
  }
  count(): number {
    return 1;
  }
  freeze(_recursive = true): void {
    this.frozen = true;
  }
  unfreeze(_recursive = true): void {
    this.frozen = false;
  }
  is_frozen(): boolean {
    return this.frozen;
  }
  as_nested_value(): NestedValue<Array> {
    return NestedValue.Value<Array>(this);
  }
  as_nested_value_mut(): NestedValue<Array> {
    return this.as_nested_value();
  }
  as_trainable_nested_value(): NestedValue<Array> | null {
    return this.frozen ? null : this.as_nested_value();
  }
}

/** A list of modules, Rust's `Vec<impl ModuleParameters>`, as a module whose fields are its indices. */
const listed = (list: readonly unknown[]): Module => Object.assign(new Module(), { ...list }) as Module;
const isParameter = (x: unknown): x is Parameter => x instanceof Param || x instanceof Module;
const isList = (x: unknown): x is readonly Parameter[] =>
  globalThis.Array.isArray(x) && x.length > 0 && x.every((v) => isParameter(v) || isList(v));

/**
 * The base of layers and models: `#[derive(ModuleParameters)]`, `Module`, `ModuleParametersExt`, `Parameter` and `Updatable` in one. Its
 * parameters are the properties that are a `Param`, a module or a list of these, as if each had `#[param]`; other arrays, and names that
 * begin with `_`, are none.
 *
 * ```ts
 * class Mlp extends module.Module {
 *   readonly up = nn.Linear.new(2, 16);
 *   readonly down = nn.Linear.new(16, 1);
 *   override forward(x: Array): Array {
 *     return this.down.forward(nn.relu(this.up.forward(x)));
 *   }
 * }
 * ```
 */
export class Module implements Parameter, Updatable {
  /** @throws LanewiseError unless the class has one of its own */
  forward(..._input: never[]): unknown {
    throw new LanewiseError(`[Module.forward] a module must define forward, got ${this.constructor.name} without`);
  }
  /** Whether the modules below train: dropout draws, batch normalisation counts. */
  training_mode(mode: boolean): void {
    for (const [, field] of this.fields()) if (field instanceof Module) field.training_mode(mode);
  }
  /** @internal the properties that are parameters or hold some */
  fields(): [name: string, field: Parameter][] {
    const all = Object.entries(this as Record<string, unknown>).filter(([name]) => !name.startsWith('_'));
    return all.flatMap(([name, field]): [string, Parameter][] =>
      isParameter(field) ? [[name, field]] : isList(field) ? [[name, listed(field)]] : [],
    );
  }
  private nested(of: (field: Parameter) => NestedValue<Array> | null): ModuleParam {
    const entries = this.fields().map(([name, field]) => [name, of(field)] as const);
    return new NestedHashMap(
      new Map(entries.filter((entry): entry is [string, NestedValue<Array>] => entry[1] !== null)),
    );
  }

  // ---- ModuleParameters ----

  /** How many arrays there are, frozen or not. */
  num_parameters(): number {
    return this.fields().reduce((n, [, field]) => n + field.count(), 0);
  }
  /** Every parameter, frozen or not. */
  parameters(): ModuleParamRef {
    return this.nested((field) => field.as_nested_value());
  }
  /** Every parameter, frozen or not. */
  parameters_mut(): ModuleParamMut {
    return this.parameters();
  }
  /** The parameters that are not frozen. */
  trainable_parameters(): ModuleParamRef {
    return this.nested((field) => field.as_trainable_nested_value());
  }
  /** Gives parameters other values. Names that the module has not are left out. */
  update(parameters: ModuleParam): void {
    update_parameters(this, parameters.flatten());
  }
  /** Gives parameters other values, by path. Names that the module has not are left out. */
  update_flattened(flattened_parameters: ReadonlyMap<string, Array>): void {
    update_parameters(this, flattened_parameters);
  }
  /** Keeps all parameters out of `trainable_parameters`, those of the modules below too whatever `recursive` is, as in mlx-rs. */
  freeze_parameters(recursive: boolean): void {
    for (const [, field] of this.fields()) field.freeze(recursive);
  }
  /** Makes all parameters trainable, those of the modules below too whatever `recursive` is, as in mlx-rs. */
  unfreeze_parameters(recursive: boolean): void {
    for (const [, field] of this.fields()) field.unfreeze(recursive);
  }
  /** Whether every parameter is frozen; null without any. */
  all_frozen(): boolean | null {
    const each = this.fields().map(([, field]) => field.is_frozen());
    return each.includes(false) ? false : each.length > 0 ? true : null;
  }
  /** Whether a parameter, or all of a module, is frozen; null without any. */
  any_frozen(): boolean | null {
    const each = this.fields().map(([, field]) => field.is_frozen());
    return each.includes(true) ? true : each.length > 0 ? false : null;
  }

  // ---- ModuleParametersExt ----

  /** Computes the parameters. */
  eval(): void {
    eval_params(this.parameters());
  }
  /** Takes parameters from a file, by path. Names that the module has not are left out. */
  async load_safetensors(path: Parameters<typeof load_safetensors>[0]): Promise<void> {
    update_parameters(this, await load_safetensors(path));
  }
  /** Writes the parameters into a file, by path. */
  async save_safetensors(path: Parameters<typeof save_safetensors>[2]): Promise<void> {
    await save_safetensors(this.parameters().flatten(), null, path);
  }

  // ---- Quantizable ----

  /** Packs what stands in a `MaybeQuantized` in this module or below it. @returns this module; of a single layer its packed form */
  try_into_quantized(group_size: number, bits: number): Module {
    this.quantize_within(group_size, bits);
    return this;
  }
  /** @internal */
  quantize_within(group_size: number, bits: number): void {
    for (const [, field] of this.fields()) if (field instanceof Module) field.quantize_within(group_size, bits);
  }

  // ---- Parameter ----

  count(): number {
    return this.num_parameters();
  }
  freeze(recursive = true): void {
    this.freeze_parameters(recursive);
  }
  unfreeze(recursive = true): void {
    this.unfreeze_parameters(recursive);
  }
  is_frozen(): boolean | null {
    return this.all_frozen();
  }
  as_nested_value(): NestedValue<Array> {
    return NestedValue.Map(this.parameters().entries);
  }
  as_nested_value_mut(): NestedValue<Array> {
    return this.as_nested_value();
  }
  as_trainable_nested_value(): NestedValue<Array> {
    return NestedValue.Map(this.trainable_parameters().entries);
  }

  // ---- Updatable ----

  updatable_states_len(): number {
    return this.num_parameters();
  }
  updatable_states(): Array[] {
    return [...this.parameters().flatten()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, a]) => a);
  }
  updatable_states_mut(): Array[] {
    return this.updatable_states();
  }
}
export { Module as ModuleParameters, Module as ModuleParametersExt };

/** Gives parameters of a module other values, by path. Names that the module has not are left out. */
export function update_parameters(module: Module, parameters: Iterable<readonly [string, Array]>): void {
  const own = module.parameters_mut().flatten();
  for (const [path, value] of parameters) own.get(path)?.assign(value);
}
