// Trees of tensors: plain objects and arrays, in the order of their keys.
import { Tensor } from '../tensor/tensor.js';

/** The tensors of a tree, in order. */
export function leaves(tree: unknown, into: Tensor[] = []): Tensor[] {
  if (tree instanceof Tensor) into.push(tree);
  else if (Array.isArray(tree)) for (const x of tree) leaves(x, into);
  else if (isPlain(tree)) for (const x of Object.values(tree)) leaves(x, into);
  return into;
}
/** Whether `x` is an object without a class. */
export const isPlain = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && [Object.prototype, null].includes(Object.getPrototypeOf(x) as object | null);

/** The tree with each tensor replaced; everything else stays. */
export function mapTree<T>(tree: T, f: (x: Tensor, i: number) => unknown): T {
  let i = 0;
  const go = (x: unknown): unknown => {
    if (x instanceof Tensor) return f(x, i++);
    if (Array.isArray(x)) return x.map(go);
    if (isPlain(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, go(v)]));
    return x;
  };
  return go(tree) as T;
}
