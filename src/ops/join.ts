// Ops whose first argument is a list of tensors; they are functions, not methods.
import { promote, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkAxis, checkShape, scalar, showShapes, type Shape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import {
  castTo,
  checkType,
  commonType,
  composite,
  constant,
  differentiate,
  identity,
  nodeOf,
  op,
  operands,
  primitive,
  record,
} from './define.js';
import { broadcastTo, expandDims, reshape, sliced } from './shape.js';

const concatenatePrimitive = differentiate(primitive({ name: 'concatenate' }), (g, { inputs, attrs }) => {
  const { axis } = attrs as { axis: number };
  let start = 0;
  return inputs.map((x) => {
    const from = g.shape.map((_, i) => (i === axis ? start : 0));
    start += x.shape[axis]!;
    return sliced(
      g.node,
      from,
      from.map(() => 1),
      x.shape,
    );
  });
});
/** Tensors joined along an axis; `null` flattens them first. They take their common dtype. */
export const concatenate: (arrays: readonly TensorLike[], axis?: number | null) => Tensor = /* @__PURE__ */ op(
  'concatenate',
  'join',
  (arrays, axis = 0) => {
    if (!Array.isArray(arrays) || arrays.length === 0)
      throw new ShapeError('[concatenate] at least one tensor is needed, got none');
    let nodes = arrays.map((x: TensorLike) => nodeOf('concatenate', x));
    if (axis === null) nodes = nodes.map((n) => reshape(new Tensor(n), [-1]).node);
    const first = nodes[0]!.shape;
    const a = checkAxis('concatenate', axis ?? 0, first.ndim);
    let total = 0;
    for (const n of nodes) {
      if (n.shape.ndim !== first.ndim || n.shape.dims.some((d, i) => i !== a && d !== first.dims[i])) {
        throw new ShapeError(
          `[concatenate] all shapes must match except along axis ${axis}, got ${showShapes(nodes.map((m) => m.shape.dims))}`,
        );
      }
      total += n.shape.dims[a]!;
    }
    const type = commonType(nodes);
    const shape = checkShape(
      'concatenate',
      first.dims.map((d, i) => (i === a ? total : d)),
    );
    if (nodes.length === 1) return identity(nodes[0]!);
    return record(
      concatenatePrimitive,
      [],
      { axis: a },
      shape,
      type,
      nodes.map((n) => castTo(n, type)),
    );
  },
  concatenatePrimitive,
);
/** Tensors of one shape joined along a new axis. */
export const stack: (arrays: readonly TensorLike[], axis?: number) => Tensor = /* @__PURE__ */ composite(
  'stack',
  (arrays, axis = 0) => {
    if (!Array.isArray(arrays) || arrays.length === 0)
      throw new ShapeError('[stack] at least one tensor is needed, got none');
    const nodes = arrays.map((x: TensorLike) => nodeOf('stack', x));
    const first = nodes[0]!.shape;
    if (nodes.some((n) => n.shape.ndim !== first.ndim || n.shape.dims.some((d, i) => d !== first.dims[i]))) {
      throw new ShapeError(`[stack] all shapes must match, got ${showShapes(nodes.map((n) => n.shape.dims))}`);
    }
    checkAxis('stack', axis, first.ndim + 1);
    return concatenate(
      nodes.map((n) => expandDims(new Tensor(n), axis)),
      axis,
    );
  },
);
/** All tensors as views of their common shape. */
export const broadcastArrays: (arrays: readonly TensorLike[]) => Tensor[] = /* @__PURE__ */ composite(
  'broadcastArrays',
  (arrays) => {
    const nodes = arrays.map((x) => nodeOf('broadcastArrays', x));
    const shape = nodes.reduce<Shape | null>(
      (s, n) => (s === null ? n.shape : broadcast('broadcastArrays', s, n.shape)),
      null,
    );
    return nodes.map((n) => broadcastTo(new Tensor(n), shape!.dims));
  },
);
/** The shape that the shapes broadcast to. */
export const broadcastShapes = (...shapes: readonly (readonly number[])[]): readonly number[] =>
  shapes.reduce<Shape>((a, b) => broadcast('broadcastShapes', a, checkShape('broadcastShapes', b)), scalar).dims;
/** The dtype that operands take together: tensors, dtypes by name, and plain numbers, which take the dtype beside them. */
export const resultType = (...items: readonly (TensorLike | Tensor['dtype'])[]): Tensor['dtype'] => {
  if (items.length === 0) throw new DTypeError('[resultType] at least one operand is needed, got none');
  const strong = items.filter((x): x is Tensor | Tensor['dtype'] => x instanceof Tensor || typeof x === 'string');
  const common = strong
    .map((x) => (typeof x === 'string' ? checkType('resultType', x) : nodeOf('resultType', x).type))
    .reduce<ElementType | null>((t, u) => (t === null ? u : promote(t, u)), null);
  const weak = items.filter((x): x is Exclude<TensorLike, Tensor> => !(x instanceof Tensor) && typeof x !== 'string');
  if (common === null) return commonType(weak.map((x) => nodeOf('resultType', x))).name;
  return weak.reduce<ElementType>((t, x) => {
    const [a, b] = operands('resultType', new Tensor(constant(0, t)), x);
    return promote(a.type, b.type);
  }, common).name;
};
