// Products of matrices and vectors.
import type { Node } from '../graph/node.js';
import { reshapeStrides } from '../graph/views.js';
import { isInexact, promote, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkAxes, checkShape, sameShape, shapeOf, showShapes, type Shape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, multiply } from './arithmetic.js';
import { castTo, composite, differentiate, nodeOf, op, operands, primitive, record } from './define.js';
import { conjugate } from './math.js';
import { sum } from './reduce.js';
import { broadcastTo, expandDims, flatten, matrixTranspose, reshape, squeeze, transpose } from './shape.js';

/** Whether a matrix lies by columns, as the transpose of a weight does. */
const byColumns = ({ strides }: Node): boolean => strides !== null && strides[strides.length - 2] === 1;
const matmulPrimitive = differentiate(primitive({ name: 'matmul', expensive: true }), (g, { inputs: [x, y] }) => {
  const back = conjugate(matrixTranspose(x!));
  // laid out as `y` is, so that the gradient of what it is the transpose of lies by rows
  const right = byColumns(y!.node)
    ? matrixTranspose(matmul(matrixTranspose(g), matrixTranspose(back)))
    : matmul(back, g);
  const left = matmul(g, conjugate(matrixTranspose(y!)));
  return [new Tensor(castTo(left.node, x!.node.type)), new Tensor(castTo(right.node, y!.node.type))];
});
/** A half operand beside float32 stays as it is: products widen it as they read it. */
const operandOf = (x: Node, other: Node, type: ElementType): Node =>
  x.type.half && other.type === types.float32 ? x : castTo(x, type);
/** Of half operands the result may be float32; it is then not rounded. */
function product(name: string, x: Node, y: Node, out: ElementType | null): Tensor {
  const type = promote(x.type, y.type);
  if (!isInexact(type)) {
    throw new DTypeError(
      `[${name}] the operands must have floating or complex dtypes, got ${x.type.name} and ${y.type.name}`,
    );
  }
  const k = x.shape.dims[x.shape.ndim - 1]!;
  if (k !== y.shape.dims[y.shape.ndim - 2]) {
    throw new ShapeError(`[${name}] the inner sizes must match, got ${showShapes([x.shape.dims, y.shape.dims])}`);
  }
  const m = x.shape.dims[x.shape.ndim - 2]!;
  const n = y.shape.dims[y.shape.ndim - 1]!;
  const result = type.half && out !== null ? out : type;
  const [left, right] = [operandOf(x, y, type), operandOf(y, x, type)];
  if (x.shape.ndim === 2 && y.shape.ndim === 2)
    return record(matmulPrimitive, [left, right], null, checkShape(name, [m, n]), result);
  const batchX = shapeOf(x.shape.dims.slice(0, -2));
  const batchY = shapeOf(y.shape.dims.slice(0, -2));
  const batch = broadcast(name, batchX, batchY);
  const shape = checkShape(name, [...batch.dims, m, n]);
  const rows = [batchX.size * m, k];
  if (batchY.size === 1 && batchX.size > 1 && reshapeStrides(x, rows) !== undefined) {
    // one matrix for the whole batch: its gradient is one product as well, not a sum of one for each entry
    const flat = product(name, reshape(new Tensor(x), rows).node, reshape(new Tensor(y), [k, n]).node, out);
    return reshape(flat, shape.dims);
  }
  // what goes on along the batch is widened first: its gradient is a sum, which is rounded once
  const spread = (o: Node, given: Node, own: Shape): Node =>
    sameShape(own, batch)
      ? o
      : broadcastTo(new Tensor(castTo(given, type)), [...batch.dims, ...o.shape.dims.slice(-2)]).node;
  return record(matmulPrimitive, [spread(left, x, batchX), spread(right, y, batchY)], null, shape, result);
}
function multiplyMatrices(name: string, x: Node, y: Node, out: ElementType | null): Tensor {
  if (x.shape.ndim === 0 || y.shape.ndim === 0) {
    throw new ShapeError(
      `[${name}] the operands must have at least one axis, got ${showShapes([x.shape.dims, y.shape.dims])}`,
    );
  }
  const row = x.shape.ndim === 1;
  const column = y.shape.ndim === 1;
  const p = product(
    name,
    row ? expandDims(new Tensor(x), 0).node : x,
    column ? expandDims(new Tensor(y), 1).node : y,
    out,
  );
  if (row && column) return squeeze(p, [-2, -1]);
  return row ? squeeze(p, -2) : column ? squeeze(p, -1) : p;
}
/**
 * Matrix product over the last two axes, the others broadcast. A 1-D operand is a row on the left, a column on the right, and
 * its axis is dropped from the result. Floating and complex dtypes; half types accumulate in float32, and beside float32 they are widened as
 * they are read.
 * @throws ShapeError if an operand has no axes or the inner sizes differ
 */
export const matmul: (a: TensorLike, b: TensorLike) => Tensor = /* @__PURE__ */ op(
  'matmul',
  'matmul',
  (a, b) => {
    const [x, y] = operands('matmul', a, b);
    return multiplyMatrices('matmul', x, y, null);
  },
  matmulPrimitive,
);
/** `alpha * (a @ b) + beta * c`; half types compute in float32 and round once. */
export const addmm: (c: TensorLike, a: TensorLike, b: TensorLike, alpha?: number, beta?: number) => Tensor =
  /* @__PURE__ */ composite('addmm', (c, a, b, alpha = 1, beta = 1) => {
    const [x, y] = operands('addmm', a, b);
    const z = nodeOf('addmm', c);
    const type = promote(promote(x.type, y.type), z.type);
    const wide = type.half ? types.float32 : type;
    const p = multiplyMatrices('addmm', x, y, wide);
    const offset = new Tensor(castTo(z, wide));
    const sum = add(alpha === 1 ? p : multiply(p, alpha), beta === 1 ? offset : multiply(offset, beta));
    return new Tensor(castTo(sum.node, type));
  });
/** Sum of products over the last axes of both; of 0-d tensors their product. */
export const inner: (a: TensorLike, b: TensorLike) => Tensor = /* @__PURE__ */ composite('inner', (a, b) => {
  const [x, y] = operands('inner', a, b);
  if (x.shape.ndim === 0 || y.shape.ndim === 0) return multiply(new Tensor(x), new Tensor(y));
  return tensordot(new Tensor(x), new Tensor(y), [[-1], [-1]]);
});
/** Products of every element of `a` with every element of `b`, both flattened. */
export const outer: (a: TensorLike, b: TensorLike) => Tensor = /* @__PURE__ */ composite('outer', (a, b) =>
  multiply(reshape(a, [-1, 1]), flatten(b)),
);
/** Sum of products over axes: the last `axes` of `a` with the first of `b`, or the two lists given. */
export const tensordot: (
  a: TensorLike,
  b: TensorLike,
  axes?: number | readonly [readonly number[], readonly number[]],
) => Tensor = /* @__PURE__ */ composite('tensordot', (a, b, axes = 2) => {
  const [x, y] = operands('tensordot', a, b);
  let left: readonly number[];
  let right: readonly number[];
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(x.shape.ndim, y.shape.ndim)) {
      throw new ShapeError(
        `[tensordot] the number of axes must fit both operands, got ${axes} for ${showShapes([x.shape.dims, y.shape.dims])}`,
      );
    }
    left = Array.from({ length: axes }, (_, i) => x.shape.ndim - axes + i);
    right = Array.from({ length: axes }, (_, i) => i);
  } else {
    const norm = (list: readonly number[], n: Node): number[] => {
      checkAxes('tensordot', list, n.shape.ndim);
      return list.map((v) => (v < 0 ? v + n.shape.ndim : v));
    };
    left = norm(axes[0], x);
    right = norm(axes[1], y);
  }
  if (left.length !== right.length || left.some((v, i) => x.shape.dims[v] !== y.shape.dims[right[i]!])) {
    throw new ShapeError(
      `[tensordot] the contracted sizes must match, got ${showShapes([x.shape.dims, y.shape.dims])}`,
    );
  }
  const freeX = [...x.shape.dims.keys()].filter((i) => !left.includes(i));
  const freeY = [...y.shape.dims.keys()].filter((i) => !right.includes(i));
  const k = left.reduce((p, v) => p * x.shape.dims[v]!, 1);
  const rows = freeX.map((i) => x.shape.dims[i]!);
  const columns = freeY.map((i) => y.shape.dims[i]!);
  const size = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);
  const m = reshape(transpose(new Tensor(x), [...freeX, ...left]), [size(rows), k]);
  const n = reshape(transpose(new Tensor(y), [...right, ...freeY]), [k, size(columns)]);
  return reshape(matmul(m, n), [...rows, ...columns]);
});
/** Sum of products along one axis. */
export const vecdot: (a: TensorLike, b: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'vecdot',
  (a, b, axis = -1) => sum(multiply(a, b), axis),
);
