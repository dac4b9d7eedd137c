// Functions of one example made functions of a batch.
import { newHole, type Node } from '../graph/node.js';
import { broadcastTo, moveaxis } from '../ops/shape.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkAxis, shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { batchRuleOf } from './batching.js';
import { leaves, mapTree } from './tree.js';
import { between, fresh, inputsOf, traced } from './walk.js';

/** Which axis of each tensor is the batch: one for all, or a tree of them; `null` where all examples share the tensor. */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [key: string]: BatchAxes };

/** The axis of each tensor of a tree, in order. */
export function axesOf(name: string, tree: unknown, axes: unknown): (number | null)[] {
  if (axes === null || typeof axes === 'number') return leaves(tree).map(() => axes);
  if (tree instanceof Tensor || typeof axes !== 'object') throw mismatch(name);
  const entries = Object.entries(tree as object);
  const keys = Object.keys(axes as object);
  if (keys.length !== entries.length || entries.some(([k]) => !Object.hasOwn(axes as object, k))) throw mismatch(name);
  return entries.flatMap(([k, x]) => axesOf(name, x, (axes as Record<string, unknown>)[k]));
}
const mismatch = (name: string): LanewiseError =>
  new LanewiseError(`[vmap] ${name} must be a number, null, or a tree of them like that of the tensors`);

/** What is known of a node for all examples: a tensor with the batch as axis 0. */
type Batches = Map<Node, Tensor>;
function batched(nodes: readonly Node[], known: Batches, size: number): void {
  for (const node of nodes) {
    const from = inputsOf(node);
    const mapped = from.map((n) => known.has(n));
    const inputs = from.map((n) => known.get(n) ?? new Tensor(n));
    known.set(node, batchRuleOf(node)({ node, inputs, mapped, size }));
  }
}

/**
 * Makes of `fn`, a function of one example, one of a batch: `vmap(fn)(xs)[i]` is `fn(xs[i])`, computed for all at once. `fn` runs once, on
 * tensors without values, and what it records is carried over op by op.
 * @param inAxes the batch axis of each argument's tensors, 0 by default; for several arguments a list with an entry for each
 * @param outAxes where the batch goes in the results, 0 by default; `null` for a result that is the same for all examples
 * @throws ShapeError if the batch sizes differ, AxisError for an axis that a tensor has not, LanewiseError if `fn` reads values
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function vmap<A extends readonly any[], R>(
  fn: (...args: A) => R,
  inAxes: BatchAxes = 0,
  outAxes: BatchAxes = 0,
): (...args: A) => R {
  return (...args) => {
    const axes = axesOf('inAxes', args, inAxes);
    const known: Batches = new Map();
    let size = -1;
    const open = (x: Tensor, i: number): Tensor => {
      const given = axes[i] ?? null;
      if (given === null) return fresh(x);
      const axis = checkAxis('vmap', given, x.ndim);
      const d = x.shape[axis]!;
      if (size >= 0 && d !== size) throw new ShapeError(`[vmap] all batches must have one size, got ${size} and ${d}`);
      size = d;
      const hole = newHole(shapeOf(x.shape.filter((_, k) => k !== axis)), x.node.type);
      known.set(hole, axis === 0 ? fresh(x) : moveaxis(x, axis, 0));
      return new Tensor(hole);
    };
    const inside = mapTree(args as unknown, open) as A;
    if (size < 0) throw new LanewiseError('[vmap] at least one argument must have a batch axis, got none');
    const out = traced(() => fn(...inside));
    const results = leaves(out);
    const order = between(
      [...known.keys()],
      results.map((t) => t.node),
    );
    batched(order, known, size);
    const places = axesOf('outAxes', out, outAxes);
    return mapTree(out, (t, i) => {
      const all = known.get(t.node);
      const place = places[i] ?? null;
      if (place === null) {
        if (all === undefined) return t;
        throw new LanewiseError('[vmap] a result that depends on the batch needs an axis for it, got null');
      }
      const whole = all ?? broadcastTo(t, [size, ...t.shape]);
      const axis = checkAxis('vmap', place, whole.ndim);
      return axis === 0 ? whole : moveaxis(whole, 0, axis);
    });
  };
}
