// Flat positions of matrices within a batch.
import type { Node } from '../graph/node.js';
import { isInteger, types } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, shapeOf } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { arange } from './creation.js';
import { castTo, nodeOf } from './define.js';
import { broadcastTo, reshape } from './shape.js';

/** The node of indices that were given. */
export function checkIndices(op: string, x: TensorLike | null | undefined): Node | null {
  if (x === null || x === undefined) return null;
  const n = typeof x === 'number' && Number.isInteger(x) ? nodeOf(op, BigInt(x)) : nodeOf(op, x);
  if (!isInteger(n.type)) throw new DTypeError(`[${op}] indices must have an integer dtype, got ${n.type.name}`);
  return castTo(n, types.int64);
}

/** Positions of all matrices in a batch, in order. */
function allOf(n: Node): Node {
  const batch = n.shape.dims.slice(0, -2);
  const size = batch.reduce((p, d) => p * d, 1);
  return reshape(arange(size, 'int64'), batch).node;
}

/** Both index tensors, broadcast to one shape; those left out count through their operand's batch. */
export function pairIndices(
  op: string,
  left: Node | null,
  right: Node | null,
  a: Node,
  b: Node,
): { readonly batch: readonly number[]; readonly nodes: readonly [Node, Node] } {
  const l = left ?? allOf(a);
  const r = right ?? allOf(b);
  const batch = broadcast(op, l.shape, r.shape).dims;
  const total = (n: Node): number => n.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  if (shapeOf(batch).size > 0 && (total(a) === 0 || total(b) === 0)) {
    throw new ShapeError(`[${op}] a batch without matrices has none to pick, got indices into it`);
  }
  const spread = (n: Node): Node => broadcastTo(new Tensor(n), batch).node;
  return { batch, nodes: [spread(l), spread(r)] };
}
