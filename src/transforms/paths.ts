// Trees by path, as mlx.utils has them. What is neither an array nor a plain object is a leaf.
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { isPlain } from './tree.js';

/** Says that a value is taken as a leaf although it is an array or a plain object. */
export type IsLeaf = (x: unknown) => boolean;
const DEEPEST = 1000;
const join = (path: string, name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);
const within = (depth: number): number => {
  if (depth > DEEPEST)
    throw new LanewiseError(`[tree] a tree must be at most ${DEEPEST} deep, got a deeper one or a cycle`);
  return depth + 1;
};
/** The children of a node by name, null for a leaf. */
function childrenOf(x: unknown, isLeaf?: IsLeaf): [string, unknown][] | null {
  if (isLeaf?.(x) === true) return null;
  if (Array.isArray(x)) return x.map((v, i) => [String(i), v]);
  return isPlain(x) ? Object.entries(x) : null;
}
/** What stands in a further tree where the first one has `name`. */
function beside(rest: readonly unknown[], name: string, path: string): unknown[] {
  return rest.map((r) => {
    if ((Array.isArray(r) || isPlain(r)) && Object.hasOwn(r, name)) return (r as Record<string, unknown>)[name];
    throw new LanewiseError(`[treeMap] every tree must have what the first one has, got none with '${path}'`);
  });
}

/**
 * The leaves of a tree with their dotted paths, in order: `treeFlatten({ a: [x, { b: y }] })` is `[['a.0', x], ['a.1.b', y]]`. A leaf
 * that is the whole tree has the path `''`.
 */
export function treeFlatten<L = Tensor>(tree: unknown, isLeaf?: IsLeaf): [path: string, leaf: L][] {
  const flat: [string, L][] = [];
  const walk = (x: unknown, path: string, depth: number): void => {
    const children = childrenOf(x, isLeaf);
    if (children === null) flat.push([path, x as L]);
    else for (const [name, v] of children) walk(v, join(path, name), within(depth));
  };
  walk(tree, '', 0);
  return flat;
}

/** A node under construction: names in the order of their first leaf. */
type Branch = Map<string, unknown>;
const WHOLE = /^(0|[1-9]\d*)$/;
/** Indices beyond this are names: a list of so many holes is a mistake. */
const LONGEST = 2 ** 24;
function grown(x: unknown): unknown {
  if (!(x instanceof Map)) return x;
  const branch = x as Branch;
  const names = [...branch.keys()];
  if (names.length > 0 && names.every((name) => WHOLE.test(name) && Number(name) < LONGEST)) {
    const list: unknown[] = [];
    for (const index of names.map(Number).sort((a, b) => a - b)) {
      while (list.length < index) list.push({});
      list.push(grown(branch.get(String(index))));
    }
    return list;
  }
  return Object.fromEntries([...branch].map(([name, v]) => [name, grown(v)]));
}
/**
 * The tree behind paths and leaves, the inverse of `treeFlatten`. Where all names of a level are whole numbers it is an array, whose
 * gaps are `{}`.
 * @throws LanewiseError if a path is given twice, or leads through a leaf
 */
export function treeUnflatten<L = Tensor>(
  entries: Iterable<readonly [string, L]> | Readonly<Record<string, L>>,
): unknown {
  const list: (readonly [string, L])[] =
    Symbol.iterator in entries ? [...(entries as Iterable<readonly [string, L]>)] : Object.entries(entries as object);
  if (list.length === 1 && list[0]![0] === '') return list[0]![1];
  const root: Branch = new Map<string, unknown>();
  for (const [path, leaf] of list) {
    const names = path.split('.');
    const last = names.pop()!;
    let at = root;
    for (const name of names) {
      const next = at.get(name) ?? new Map<string, unknown>();
      if (!(next instanceof Map))
        throw new LanewiseError(`[treeUnflatten] a path must not lead through a leaf, got '${path}'`);
      at.set(name, next);
      at = next as Branch;
    }
    if (at.has(last)) throw new LanewiseError(`[treeUnflatten] a path must be given once, got '${path}' again`);
    at.set(last, leaf);
  }
  return grown(root);
}

/**
 * The tree with each leaf replaced by `fn(path, leaf, ...others)`, where the others stand at the same path in `rest`.
 * @throws LanewiseError if a tree of `rest` lacks a path of the first one
 */
export function treeMapWithPath<T, L = Tensor>(
  fn: (path: string, leaf: L, ...others: L[]) => unknown,
  tree: T,
  ...rest: unknown[]
): T {
  const walk = (x: unknown, others: unknown[], path: string, depth: number): unknown => {
    const children = childrenOf(x);
    if (children === null) return fn(path, x as L, ...(others as L[]));
    const mapped = children.map(([name, v]): [string, unknown] => {
      const below = join(path, name);
      return [name, walk(v, beside(others, name, below), below, within(depth))];
    });
    return Array.isArray(x) ? mapped.map(([, v]) => v) : Object.fromEntries(mapped);
  };
  return walk(tree, rest, '', 0) as T;
}
/**
 * The tree with each leaf replaced by `fn(leaf, ...others)`: `treeMap((p, g) => p.sub(g.mul(0.1)), parameters, grads)`.
 * @throws LanewiseError if a tree of `rest` lacks a path of the first one
 */
export const treeMap = <T, L = Tensor>(fn: (leaf: L, ...others: L[]) => unknown, tree: T, ...rest: unknown[]): T =>
  treeMapWithPath<T, L>((_, ...leaves) => fn(...leaves), tree, ...rest);

/** `fn(...fn(fn(initial, leaf0), leaf1)...)` over the leaves in order; without `initial` it starts from the first leaf. */
export function treeReduce<A, L = Tensor>(
  fn: (accumulated: A, leaf: L) => A,
  tree: unknown,
  initial?: A,
  isLeaf?: IsLeaf,
): A | undefined {
  let accumulated = initial;
  for (const [, leaf] of treeFlatten<L>(tree, isLeaf))
    accumulated = accumulated === undefined ? (leaf as unknown as A) : fn(accumulated, leaf);
  return accumulated;
}

const isNothing = (x: unknown): boolean =>
  x === undefined || x === null || (Array.isArray(x) ? x.length === 0 : isPlain(x) && Object.keys(x).length === 0);
/**
 * Two trees in one. Where one has nothing (null, undefined or an empty branch) the other's part stands; where both have a leaf, `merge`
 * of the two.
 * @throws LanewiseError if branches of different kinds meet, or two leaves without `merge`
 */
export function treeMerge<L = Tensor>(a: unknown, b: unknown, merge?: (a: L, b: L) => unknown): unknown {
  const walk = (x: unknown, y: unknown, path: string, depth: number): unknown => {
    if (isNothing(y)) return x ?? y;
    if (isNothing(x)) return y;
    if (Array.isArray(x) && Array.isArray(y)) {
      return Array.from({ length: Math.max(x.length, y.length) }, (_, i) =>
        walk(x[i], y[i], join(path, i), within(depth)),
      );
    }
    if (isPlain(x) && isPlain(y)) {
      const names = new Set([...Object.keys(x), ...Object.keys(y)]);
      const own = (t: Record<string, unknown>, name: string): unknown => (Object.hasOwn(t, name) ? t[name] : undefined);
      return Object.fromEntries(
        [...names].map((name) => [name, walk(own(x, name), own(y, name), join(path, name), within(depth))]),
      );
    }
    if (childrenOf(x) !== null || childrenOf(y) !== null)
      throw new LanewiseError(`[treeMerge] the trees must have branches of one kind, got two kinds at '${path}'`);
    if (merge === undefined)
      throw new LanewiseError(`[treeMerge] leaves at one place need a merge function, got none for '${path}'`);
    return merge(x as L, y as L);
  };
  return walk(a, b, '', 0);
}
