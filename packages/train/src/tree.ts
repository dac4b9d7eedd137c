// Trees of tensors: plain objects and arrays, with dotted paths for names.
import { Tensor } from 'lanewise';

const isPlain = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !(x instanceof Tensor) && !Array.isArray(x);

/** Every tensor of a tree with its path, in order. */
export function flatten(tree: unknown, path = '', into: [string, Tensor][] = []): [string, Tensor][] {
  if (tree instanceof Tensor) into.push([path, tree]);
  else if (Array.isArray(tree) || isPlain(tree)) {
    for (const [key, value] of Object.entries(tree)) flatten(value, path === '' ? key : `${path}.${key}`, into);
  }
  return into;
}
/** The tree behind tensors by path; a node whose keys are 0, 1, ... is an array. */
export function unflatten(entries: Iterable<readonly [string, Tensor]>): unknown {
  type Branch = Map<string, Branch | Tensor>;
  const root: Branch = new Map();
  for (const [path, tensor] of entries) {
    const keys = path.split('.');
    let at = root;
    for (const key of keys.slice(0, -1)) {
      const next = (at.get(key) ?? new Map()) as Branch;
      at.set(key, next);
      at = next;
    }
    at.set(keys.at(-1)!, tensor);
  }
  const build = (x: Branch | Tensor): unknown => {
    if (x instanceof Tensor) return x;
    const list = [...x].map(([key, value]) => [key, build(value)] as const);
    const numbered = list.every(([key]) => /^(0|[1-9]\d*)$/.test(key));
    if (!numbered) return Object.fromEntries(list);
    const array: unknown[] = [];
    for (const [key, value] of list) array[Number(key)] = value;
    return Array.from(array, (value) => value ?? {});
  };
  return root.size === 0 ? {} : build(root);
}
/** The tree with `f` of each tensor, and of those at its place in the other trees. */
export function mapTree<T>(f: (x: Tensor, ...others: Tensor[]) => Tensor, tree: T, ...others: unknown[]): T {
  const go = (x: unknown, ys: unknown[]): unknown => {
    if (x instanceof Tensor) return f(x, ...(ys as Tensor[]));
    const inner = (key: string | number): unknown[] => ys.map((y) => (y as Record<string, unknown>)[key]);
    if (Array.isArray(x)) return x.map((value, i) => go(value, inner(i)));
    if (isPlain(x)) return Object.fromEntries(Object.entries(x).map(([k, value]) => [k, go(value, inner(k))]));
    return x;
  };
  return go(tree, others) as T;
}
/** Bytes of all tensors of a tree. */
export const bytesOfTree = (tree: unknown): number => flatten(tree).reduce((sum, [, t]) => sum + t.nbytes, 0);
/** Elements of all tensors of a tree. */
export const sizeOfTree = (tree: unknown): number => flatten(tree).reduce((sum, [, t]) => sum + t.size, 0);
/** Gives the storage of all tensors of a tree back. */
export function disposeTree(tree: unknown): void {
  for (const [, t] of flatten(tree)) t.dispose();
}
