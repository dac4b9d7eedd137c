// Order along an axis.
import type { Node } from '../graph/node.js';
import { toInexact, types } from '../tensor/dtype.js';
import { AxisError, ShapeError } from '../tensor/errors.js';
import { checkAxes, checkAxis, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { castTo, composite, differentiate, nodeOf, op, primitive, record } from './define.js';
import { slice } from './indices.js';
import { at, putAlongAxis } from './indexing.js';
import { isnan } from './math.js';
import { any, mean, type ReduceArgs, type Reduction } from './reduce.js';
import { where, zerosLike } from './select.js';
import { reshape, transpose } from './shape.js';

/** The tensor and axis to order: the flattened one where the axis is null. */
function along(name: string, x: TensorLike, axis: number | null): readonly [Node, number] {
  const n = nodeOf(name, x);
  if (axis === null || n.shape.ndim === 0) {
    if (axis !== null) checkAxis(name, axis, Math.max(n.shape.ndim, 1));
    return [reshape(new Tensor(n), [-1]).node, 0];
  }
  return [n, checkAxis(name, axis, n.shape.ndim)];
}
const sortPrimitive = differentiate(primitive({ name: 'sort', expensive: true }), (g, { inputs: [x], attrs }) => {
  const { axis } = attrs as { axis: number };
  return [putAlongAxis(zerosLike(g), argsort(x!, axis), g, axis)];
});
const argsortPrimitive = differentiate(primitive({ name: 'argsort', expensive: true }), 'none: positions');
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
    if (!Number.isInteger(k) || k < 0 || k > d)
      throw new AxisError(`[topk] k must be an integer in [0, ${d}], got ${k}`);
    return at(sort(new Tensor(n), a), ...Array.from({ length: a }, () => ':'), slice(d - k, d));
  },
);
/** The middle element in order, the mean of the middle two for an even count; NaN wins. Integers become float32. */
export const median: Reduction = /* @__PURE__ */ composite('median', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('median', x);
  const [first, second] = args;
  const keepDims = (typeof first === 'boolean' ? first : second) ?? false;
  const axes = checkAxes('median', typeof first === 'boolean' ? null : first, n.shape.ndim);
  const size = axes.reduce((p, a) => p * n.shape.dims[a]!, 1);
  if (size === 0) throw new ShapeError(`[median] an empty axis has no such element, got ${showShape(n.shape.dims)}`);
  const others = [...n.shape.dims.keys()].filter((i) => !axes.includes(i));
  const kept = others.map((i) => n.shape.dims[i]!);
  const lines = reshape(transpose(new Tensor(castTo(n, toInexact(n.type))), [...others, ...axes]), [...kept, size]);
  const s = sort(lines, -1);
  const middle =
    size % 2 === 1 ? at(s, '...', (size - 1) / 2) : mean(at(s, '...', slice(size / 2 - 1, size / 2 + 1)), -1);
  const out = where(any(isnan(lines), -1), NaN, middle);
  return reshape(out, keepDims ? n.shape.dims.map((d, i) => (axes.includes(i) ? 1 : d)) : kept);
});
