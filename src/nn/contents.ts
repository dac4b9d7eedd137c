// What a module holds: which values are parameters and children, and walks over nested lists and plain objects of them.
import { isPlain } from '../transforms/tree.js';
import { LanewiseError } from '../tensor/errors.js';
import { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** Tensors of a module in nested plain objects and arrays, under the names of its properties. */
export type ParameterTree = { [name: string]: ParameterNode };
/** A part of a `ParameterTree`. */
export type ParameterNode = Tensor | ParameterTree | ParameterNode[];
/** Modules of a module in nested plain objects and arrays. */
export type ModuleTree = { [name: string]: ModuleNode };
/** A part of a `ModuleTree`. */
export type ModuleNode = Module | ModuleTree | ModuleNode[];
/** Decides about the value of a module under a name; inside lists and plain objects the name is a path such as `layers.0`. */
export type Filter = (module: Module, name: string, value: unknown) => boolean;

export type Container = unknown[] | Record<string, unknown>;
export const isContainer = (x: unknown): x is Container => Array.isArray(x) || isPlain(x);

const DEEPEST = 1000;
const holds = (x: unknown, wanted: (x: unknown) => boolean, depth = 0): boolean =>
  wanted(x) || (isContainer(x) && Object.values(within(x, depth)).some((v) => holds(v, wanted, depth + 1)));
function within<T>(x: T, depth: number): T {
  if (depth > DEEPEST)
    throw new LanewiseError(
      `[nn.Module] modules must be nested at most ${DEEPEST} deep, got a deeper one or one that contains itself`,
    );
  return x;
}
const isPrivate = (name: string): boolean => name.startsWith('_');
const isModule = (x: unknown): boolean => x instanceof Module;
const isHeld = (x: unknown): boolean => x instanceof Tensor || x instanceof Module;

/** Tensors and modules under public names, and lists and plain objects that hold any. */
export const isParameter: Filter = (_, name, value) => !isPrivate(name) && holds(value, isHeld);
/** Modules under public names, and lists and plain objects that hold any. */
export const isChild: Filter = (_, name, value) => !isPrivate(name) && holds(value, isModule);

/**
 * The contents of a module that pass `filter`, mapped. Elements of lists that do not pass leave `{}`, so that the others keep their
 * indices.
 */
export function contentsOf(
  module: Module,
  filter: Filter,
  map: (value: unknown) => unknown,
  isLeaf: Filter,
  depth = 0,
): Record<string, unknown> {
  const unwrap = (name: string, value: unknown, deep: number): unknown => {
    if (isLeaf(module, name, value)) return map(value);
    if (value instanceof Module) return contentsOf(value, filter, map, isLeaf, within(deep, deep) + 1);
    const element = ([key, v]: [string, unknown]): [string, unknown] => {
      const path = `${name}.${key}`;
      return [key, filter(module, path, v) ? unwrap(path, v, deep + 1) : {}];
    };
    const mapped = Object.entries(within(value as Container, deep)).map(element);
    return Array.isArray(value) ? mapped.map(([, v]) => v) : Object.fromEntries(mapped);
  };
  return Object.fromEntries(
    Object.entries(module)
      .filter(([name, value]) => filter(module, name, value))
      .map(([name, value]) => [name, unwrap(name, value, depth)]),
  );
}

/** Puts `given` in the place of `current`; undefined where `current` must be walked into. */
export type Replace = (current: unknown, given: unknown, path: string) => { readonly value: unknown } | undefined;
const shown = (x: unknown): string => (x === null ? 'null' : Array.isArray(x) ? 'a list' : typeof x);
/**
 * Replaces parts of `target`, a module or a container in one, by those of `tree`.
 * @throws LanewiseError if `strict` and the tree names what the module has not
 */
export function replaceIn(
  op: string,
  target: Module | Container,
  tree: unknown,
  strict: boolean,
  replace: Replace,
  prefix = '',
): void {
  if (!isContainer(tree)) {
    if (strict) throw new LanewiseError(`[${op}] '${prefix}' must be a list or a plain object, got ${shown(tree)}`);
    return;
  }
  const slots = target as Record<string, unknown>;
  for (const [name, given] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const known = Object.hasOwn(slots, name);
    const current = known ? slots[name] : undefined;
    const put = known ? replace(current, given, path) : undefined;
    if (put !== undefined) slots[name] = put.value;
    else if (current instanceof Module || isContainer(current)) replaceIn(op, current, given, strict, replace, path);
    else if (strict && !(isContainer(given) && Object.keys(given).length === 0))
      throw new LanewiseError(`[${op}] the module must have what it is given, got '${path}', which it has not`);
  }
}
