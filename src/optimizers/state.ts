// Where an optimizer keeps what it knows of its parameters.
import { trace } from '../graph/node.js';
import { dense } from '../graph/views.js';
import { identity, identityNode, nodeOf } from '../ops/define.js';
import { LanewiseError } from '../tensor/errors.js';
import { lasting, rebind, Tensor } from '../tensor/tensor.js';
import { isPlain } from '../transforms/tree.js';

/** What an optimizer keeps of one parameter, by name. */
export type Slots = Record<string, Tensor>;
/** The state of an optimizer: its hyperparameters, and the `Slots` of each parameter at the place of the parameter. */
export interface OptimizerState {
  [name: string]: OptimizerState | Tensor | (OptimizerState | Tensor)[];
}

/** A branch of a tree, by name. */
export type Branch = Record<string, unknown>;
/** Lists and plain objects; everything else is no branch. */
export const isBranch = (x: unknown): x is Branch => Array.isArray(x) || isPlain(x);
/** The dotted path of a child. */
export const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** A dense tensor with the values of `x` that no `tidy` around it disposes. */
export function owned(x: Tensor): Tensor {
  const n = nodeOf('optimizers', x);
  return lasting(n.strides === null ? identityNode(n) : dense(n)).eval();
}
/** `x`, or a tensor of its own over the same data where `x` is data that somebody else may hold. */
export const fresh = (x: Tensor): Tensor => (x.node.store === null ? x : identity(x.node));
/**
 * Lets `t` stand for the value of `next`, which nobody else holds. What it stood for goes at once if no other tensor has it and no
 * recorded op reads it.
 */
export function replace(t: Tensor, next: Tensor): void {
  if (next === t) return;
  const old = nodeOf('optimizers', t);
  rebind(t, next.node);
  next.node.handles--;
  if (trace.depth === 0 && old.handles === 0 && old.readers === 0) old.dispose();
}

/** The branch of `state` under `name`, made if there is none, in the form of `like`. */
export function branchOf(op: string, state: Branch, name: string, like: unknown, path: string): Branch {
  const held = Object.hasOwn(state, name) ? state[name] : undefined;
  if (isBranch(held)) return held;
  if (held !== undefined)
    throw new LanewiseError(`[${op}] a parameter must not have the name of a hyperparameter, got '${path}'`);
  const made = (Array.isArray(like) ? [] : {}) as unknown as Branch;
  state[name] = made;
  return made;
}
