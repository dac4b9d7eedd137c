// Order along an axis.
import type { Node } from '../graph/node.js';
import { types } from '../tensor/dtype.js';
import { AxisError } from '../tensor/errors.js';
import { checkAxis } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { composite, nodeOf, op, primitive, record } from './define.js';
import { slice } from './indices.js';
import { at } from './indexing.js';
import { reshape } from './shape.js';

/** The tensor and axis to order: the flattened one where the axis is null. */
function along(name: string, x: TensorLike, axis: number | null): readonly [Node, number] {
  const n = nodeOf(name, x);
  if (axis === null || n.shape.ndim === 0) {
    if (axis !== null) checkAxis(name, axis, Math.max(n.shape.ndim, 1));
    return [reshape(new Tensor(n), [-1]).node, 0];
  }
  return [n, checkAxis(name, axis, n.shape.ndim)];
}
const sortPrimitive = primitive({ name: 'sort', expensive: true });
const argsortPrimitive = primitive({ name: 'argsort', expensive: true });
/** Ascending along an axis (the last by default; `null` flattens), NaN last. */
export const sort: (x: TensorLike, axis?: number | null) => Tensor = /* @__PURE__ */ op(
  'sort',
  'sort',
  (x, axis = -1) => {
    const [n, a] = along('sort', x, axis);
    return record(sortPrimitive, [n], { axis: a }, n.shape, n.type);
  },
  sortPrimitive,
);
/** Positions that sort `x`, stable, uint32. */
export const argsort: (x: TensorLike, axis?: number | null) => Tensor = /* @__PURE__ */ op(
  'argsort',
  'sort',
  (x, axis = -1) => {
    const [n, a] = along('argsort', x, axis);
    return record(argsortPrimitive, [n], { axis: a }, n.shape, types.uint32);
  },
  argsortPrimitive,
);
function checkKth(name: string, x: TensorLike, kth: number, axis: number | null): void {
  const [n, a] = along(name, x, axis);
  const d = n.shape.dims[a]!;
  if (!Number.isInteger(kth) || kth < -d || kth >= d) {
    throw new AxisError(`[${name}] kth must be an integer in [${-d}, ${d}), got ${kth}`);
  }
}
/** Rearranged so that element `kth` stands where sorting would put it, smaller ones before, larger ones after. */
export const partition: (x: TensorLike, kth: number, axis?: number | null) => Tensor = /* @__PURE__ */ composite(
  'partition',
  (x, kth, axis = -1) => {
    checkKth('partition', x, kth, axis);
    return sort(x, axis);
  },
);
/** Positions that `partition` would take, uint32. */
export const argpartition: (x: TensorLike, kth: number, axis?: number | null) => Tensor = /* @__PURE__ */ composite(
  'argpartition',
  (x, kth, axis = -1) => {
    checkKth('argpartition', x, kth, axis);
    return argsort(x, axis);
  },
);
/** The `k` largest elements along an axis (the last by default; `null` flattens), ascending. */
export const topk: (x: TensorLike, k: number, axis?: number | null) => Tensor = /* @__PURE__ */ composite(
  'topk',
  (x, k, axis = -1) => {
    const [n, a] = along('topk', x, axis);
    const d = n.shape.dims[a]!;
    if (!Number.isInteger(k) || k < 0 || k > d) throw new AxisError(`[topk] k must be an integer in [0, ${d}], got ${k}`);
    return at(sort(new Tensor(n), a), ...Array.from({ length: a }, () => ':'), slice(d - k, d));
  },
);
