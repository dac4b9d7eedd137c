// Sums over trees of tensors.
import { Tensor, treeFlatten } from 'lanewise';

const tensorsOf = (tree: unknown): Tensor[] =>
  treeFlatten<unknown>(tree).flatMap(([, leaf]) => (leaf instanceof Tensor ? [leaf] : []));
/** Bytes of all tensors of a tree. */
export const bytesOfTree = (tree: unknown): number => tensorsOf(tree).reduce((sum, t) => sum + t.nbytes, 0);
/** Elements of all tensors of a tree. */
export const sizeOfTree = (tree: unknown): number => tensorsOf(tree).reduce((sum, t) => sum + t.size, 0);
/** Gives the storage of all tensors of a tree back. */
export function disposeTree(tree: unknown): void {
  for (const t of tensorsOf(tree)) t.dispose();
}
