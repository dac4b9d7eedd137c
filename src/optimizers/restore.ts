// States given anew, and from files.
import { LanewiseError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { treeMapWithPath, treeMerge, treeUnflatten } from '../transforms/paths.js';
import { isBranch, type OptimizerState, owned, replace } from './state.js';

/** A state with the values of `from`, in the tensors of `held` where it has one at the place. */
export function adopt(held: unknown, from: unknown): unknown {
  if (from instanceof Tensor) {
    if (!(held instanceof Tensor)) return owned(from);
    replace(held, owned(from));
    return held;
  }
  if (!isBranch(from))
    throw new LanewiseError(`[optimizers] a state must be a tree of tensors, got ${showValue(from)}`);
  const beside = isBranch(held) ? held : {};
  const entries = Object.entries(from).map(([name, x]) => [
    name,
    adopt(Object.hasOwn(beside, name) ? beside[name] : undefined, x),
  ]);
  return Array.isArray(from) ? entries.map(([, x]) => x) : Object.fromEntries(entries);
}

/**
 * The tree of a state with the tensors of a file.
 * @throws LanewiseError naming what is missing, or of another shape or dtype
 */
export function restored(state: OptimizerState, file: Readonly<Record<string, Tensor>>): OptimizerState {
  const rest = new Map(Object.entries(file));
  const known = treeMapWithPath((path, held: Tensor) => {
    const x = rest.get(path);
    rest.delete(path);
    if (x?.dtype === held.dtype && x.ndim === held.ndim && x.shape.every((d, i) => d === held.shape[i])) return x;
    const got = x === undefined ? 'nothing' : `${x.dtype} ${showShape(x.shape)}`;
    throw new LanewiseError(
      `[optimizers.loadState] '${path}' must be ${held.dtype} ${showShape(held.shape)}, got ${got}`,
    );
  }, state);
  return treeMerge(known, treeUnflatten(rest)) as OptimizerState;
}
