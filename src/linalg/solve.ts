// Factorisations of matrices and what follows from them: inverses, systems of equations, determinants. All take the last two
// axes as matrices and the axes before them as a batch.
import type { Node } from '../graph/node.js';
import { add, divide, equal, multiply } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/bits.js';
import { eye } from '../ops/creation.js';
import {
  castTo,
  composite,
  differentiate,
  nodeOf,
  op,
  operands,
  primitive,
  record,
  recordNode,
} from '../ops/define.js';
import { at } from '../ops/indexing.js';
import { slice } from '../ops/indices.js';
import { matmul } from '../ops/linear.js';
import { abs, negative } from '../ops/math.js';
import { tril, triu } from '../ops/rearrange.js';
import { where } from '../ops/select.js';
import { broadcastTo, expandDims, matrixTranspose, squeeze } from '../ops/shape.js';
import { promote, toInexact, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkShape, shapeOf, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { cofactors, invertible, ofCholesky, ofInverse, ofLu, ofQr, triangleOf } from './gradients.js';
import { atLeastMatrix, checkPromoted, part, realMatrix, sizesOf, square, type Sizes } from './matrices.js';

const invPrimitive = differentiate(primitive({ name: 'linalg_inv', expensive: true }), (g, { output }) => [
  ofInverse(g, output),
]);
const triInvPrimitive = differentiate(
  primitive({ name: 'linalg_tri_inv', expensive: true }),
  (g, { output, attrs }) => [triangleOf(ofInverse(g, output), (attrs as Triangle).upper)],
);
const solvePrimitive = differentiate(
  primitive({ name: 'linalg_solve', expensive: true }),
  (g, { inputs: [a], output }) => {
    const gb = solve(matrixTranspose(a!), g);
    return [negative(matmul(gb, matrixTranspose(output))), gb];
  },
);
const triangularPrimitive = differentiate(
  primitive({ name: 'linalg_solve_triangular', expensive: true }),
  (g, { inputs: [t], output, attrs }) => {
    const { upper } = attrs as Triangle;
    const gb = solveTriangular(matrixTranspose(t!), g, !upper);
    return [triangleOf(negative(matmul(gb, matrixTranspose(output))), upper), gb];
  },
);
const choleskyPrimitive = differentiate(
  primitive({ name: 'linalg_cholesky', expensive: true }),
  (g, { output, attrs }) => [
    (attrs as Triangle).upper
      ? matrixTranspose(ofCholesky(matrixTranspose(g), matrixTranspose(output)))
      : ofCholesky(g, output),
  ],
);
const qrPrimitive = differentiate(primitive({ name: 'linalg_qr', expensive: true }), (g, { inputs: [x], output }) => {
  const sizes = sizesOf(x!.node);
  return [ofQr(...orthogonalParts(g.node, sizes), ...orthogonalParts(output.node, sizes))];
});
const luPrimitive = differentiate(
  primitive({ name: 'linalg_lu', expensive: true }),
  (g, { inputs: [x], output, attrs }) => {
    const { split } = attrs as { split: boolean };
    const sizes = sizesOf(x!.node);
    const p = integers(output.node, [...sizes.batch, sizes.m], endOf(sizes, split), sizes.count * sizes.k);
    return [ofLu(...factorsOf(g.node, sizes, split, false), p, ...factorsOf(output.node, sizes, split, true))];
  },
);
const indicesPrimitive = differentiate(primitive({ name: 'linalg_indices' }), 'none: positions');
const detPrimitive = differentiate(primitive({ name: 'linalg_det', expensive: true }), (g, { inputs: [x] }) => [
  multiply(expandDims(g, [-2, -1]), cofactors(x!)),
]);
const slogdetPrimitive = differentiate(
  primitive({ name: 'linalg_slogdet', expensive: true }),
  (g, { inputs: [x], output }) => {
    const { batch, count } = sizesOf(x!.node);
    const logarithm = part(g.node, batch, count);
    const sign = stopGradient(part(output.node, batch, 0));
    // the sign is constant; the logarithm of a singular matrix is infinitely steep
    const slope = divide(logarithm, where(equal(logarithm, 0), 1, abs(sign)));
    return [multiply(expandDims(slope, [-2, -1]), matrixTranspose(inv(invertible(x!))))];
  },
);

interface Triangle {
  readonly upper: boolean;
}
/** Q and R of what lies in a packed node. */
const orthogonalParts = (packed: Node, { batch, count, m, n, k }: Sizes): [q: Tensor, r: Tensor] => [
  part(packed, [...batch, m, k], 0),
  part(packed, [...batch, k, n], count * m * k),
];

/**
 * `A = Q R` by Householder reflections, in the reduced form: of (..., m, n) with k = min(m, n), Q is (..., m, k) with orthonormal
 * columns and R (..., k, n) upper triangular. Signs are LAPACK's: an element of R's diagonal has the sign opposite to what
 * it replaces, unless nothing stood below that. float32 and float64.
 * @throws ShapeError for fewer than two axes, DTypeError for any other dtype
 */
export const qr: (a: TensorLike) => [q: Tensor, r: Tensor] = /* @__PURE__ */ op(
  'linalg.qr',
  'linalg',
  (a) => {
    const x = realMatrix('linalg.qr', a);
    const sizes = sizesOf(x);
    const { count, m, n, k } = sizes;
    const size = checkShape('linalg.qr', [count * k * (m + n)]);
    const packed = recordNode(qrPrimitive, [x], null, size, x.type);
    return orthogonalParts(packed, sizes);
  },
  qrPrimitive,
);

/** Elements of the factors of all matrices: apart, or in one matrix each. */
const endOf = ({ count, m, n, k }: Sizes, split: boolean): number => count * (split ? k * (m + n) : m * n);
/** L and U of what lies in a packed node; L has ones on its diagonal if it is to be `whole`. */
function factorsOf(packed: Node, { batch, count, m, n, k }: Sizes, split: boolean, whole: boolean): [Tensor, Tensor] {
  if (split) return [part(packed, [...batch, m, k], 0), part(packed, [...batch, k, n], count * m * k)];
  const both = part(packed, [...batch, m, n], 0);
  const below = tril(at(both, '...', slice(0, k)), -1);
  return [whole ? add(below, eye(m, k, 0, both.dtype)) : below, triu(at(both, '...', slice(0, k), slice(null, null)))];
}
/** LU packed with its pivots and row orders, which are 32-bit integers behind the factors. */
function factored(name: string, a: TensorLike, split: boolean): { packed: Node; sizes: Sizes; end: number } {
  const x = realMatrix(name, a);
  const sizes = sizesOf(x);
  const { count, m, k } = sizes;
  const end = endOf(sizes, split);
  const packed = recordNode(luPrimitive, [x], { split }, checkShape(name, [end + count * (k + m)]), x.type);
  return { packed, sizes, end };
}
/** Integers that lie behind `start` elements and `skip` other integers. */
const integers = (packed: Node, dims: readonly number[], start: number, skip: number): Tensor =>
  record(indicesPrimitive, [packed], { start, skip }, shapeOf(dims), types.uint32);
/**
 * `A = L[P] U` with partial pivoting: of (..., m, n) with k = min(m, n), the rows P of L (..., m), uint32; L (..., m, k) lower
 * triangular with ones on its diagonal, U (..., k, n) upper triangular. A singular matrix has zeros on U's diagonal and NaN in its
 * gradient. float32 and float64.
 * @throws ShapeError for fewer than two axes, DTypeError for any other dtype
 */
export const lu: (a: TensorLike) => [p: Tensor, l: Tensor, u: Tensor] = /* @__PURE__ */ op(
  'linalg.lu',
  'linalg',
  (a) => {
    const { packed, sizes, end } = factored('linalg.lu', a, true);
    const { batch, count, m, k } = sizes;
    return [integers(packed, [...batch, m], end, count * k), ...factorsOf(packed, sizes, true, true)];
  },
  luPrimitive,
);
/**
 * `lu` as it is computed: U and, below its diagonal, L in one matrix; and for each column the row it was exchanged with, uint32
 * of (..., min(m, n)).
 * @throws ShapeError for fewer than two axes, DTypeError unless the dtype is float32 or float64
 */
export const luFactor: (a: TensorLike) => [lu: Tensor, pivots: Tensor] = /* @__PURE__ */ op(
  'linalg.luFactor',
  'linalg',
  (a) => {
    const { packed, sizes, end } = factored('linalg.luFactor', a, false);
    const { batch, m, n, k } = sizes;
    return [part(packed, [...batch, m, n], 0), integers(packed, [...batch, k], end, 0)];
  },
  luPrimitive,
);

/**
 * `A = L L^T`, or `A = U^T U` where `upper`, of symmetric positive definite matrices. Only the triangle of the result is read, and
 * the gradient lies in it. float32 and float64.
 * @throws LanewiseError when the result is computed, if a matrix is not positive definite
 * @throws ShapeError unless the matrices are square
 */
export const cholesky: (a: TensorLike, upper?: boolean) => Tensor = /* @__PURE__ */ op(
  'linalg.cholesky',
  'linalg',
  (a, upper = false) => {
    const x = square('linalg.cholesky', realMatrix('linalg.cholesky', a));
    return record(choleskyPrimitive, [x], { upper }, x.shape, x.type);
  },
  choleskyPrimitive,
);

/**
 * The inverse of square matrices, by LU. float32 and float64.
 * @throws LanewiseError when the result is computed, if a pivot is exactly zero
 * @throws ShapeError unless the matrices are square
 */
export const inv: (a: TensorLike) => Tensor = /* @__PURE__ */ op(
  'linalg.inv',
  'linalg',
  (a) => {
    const x = square('linalg.inv', realMatrix('linalg.inv', a));
    return record(invPrimitive, [x], { name: 'linalg.inv' }, x.shape, x.type);
  },
  invPrimitive,
);
function inverseOfTriangle(name: string, a: TensorLike, upper: boolean): Tensor {
  const x = square(name, realMatrix(name, a));
  return record(triInvPrimitive, [x], { name, upper }, x.shape, x.type);
}
/**
 * The inverse of lower (`upper`: upper) triangular matrices; the other triangle is not read. float32 and float64.
 * @throws LanewiseError when the result is computed, if the diagonal has a zero
 * @throws ShapeError unless the matrices are square
 */
export const triInv: (a: TensorLike, upper?: boolean) => Tensor = /* @__PURE__ */ op(
  'linalg.triInv',
  'linalg',
  (a, upper = false) => inverseOfTriangle('linalg.triInv', a, upper),
  triInvPrimitive,
);
/**
 * The inverse of A from its Cholesky factor: `(L L^T)^-1`, or `(U^T U)^-1` where `upper`. float32 and float64.
 * @throws LanewiseError when the result is computed, if the diagonal has a zero
 * @throws ShapeError unless the matrices are square
 */
export const choleskyInv: (a: TensorLike, upper?: boolean) => Tensor = /* @__PURE__ */ composite(
  'linalg.choleskyInv',
  (a, upper = false) => {
    const x = inverseOfTriangle('linalg.choleskyInv', a, upper);
    const t = matrixTranspose(x);
    return upper ? matmul(x, t) : matmul(t, x);
  },
);

/** `T X = B` or `A X = B`: checks, broadcasts the batches, and lets a 1-D `b` be a column. */
function system(
  name: string,
  a: TensorLike,
  b: TensorLike,
  run: (a: Node, b: Node, type: ElementType, dims: readonly number[]) => Tensor,
): Tensor {
  const [x, y] = operands(name, a, b);
  square(name, atLeastMatrix(name, x));
  if (y.shape.ndim === 0) throw new ShapeError(`[${name}] b must have at least one axis, got ()`);
  const column = y.shape.ndim === 1;
  const rows = y.shape.dims[y.shape.ndim - (column ? 1 : 2)];
  const n = x.shape.dims[x.shape.ndim - 1]!;
  if (rows !== n) {
    throw new ShapeError(`[${name}] b must have as many rows as a, got ${showShapes([x.shape.dims, y.shape.dims])}`);
  }
  const type = promote(x.type, y.type);
  checkPromoted(name, type, x, y);
  const right = castTo(column ? expandDims(new Tensor(y), 1).node : y, type);
  const batch = broadcast(name, shapeOf(x.shape.dims.slice(0, -2)), shapeOf(right.shape.dims.slice(0, -2))).dims;
  const dims = [...batch, n, right.shape.dims[right.shape.ndim - 1]!];
  checkShape(name, dims);
  const spread = (v: Node, to: readonly number[]): Node => broadcastTo(new Tensor(v), to).node;
  const out = run(spread(castTo(x, type), [...batch, n, n]), spread(right, dims), type, dims);
  return column ? squeeze(out, -1) : out;
}
/**
 * X of `A X = B` for square A, by LU with partial pivoting. B is (..., n, k), or (n) for one right side; the axes before the
 * matrices broadcast. The operands promote to float32 or float64.
 * @throws LanewiseError when the result is computed, if a pivot is exactly zero
 * @throws ShapeError if the shapes do not fit, DTypeError if the dtypes do not
 */
export const solve: (a: TensorLike, b: TensorLike) => Tensor = /* @__PURE__ */ op(
  'linalg.solve',
  'linalg',
  (a, b) =>
    system('linalg.solve', a, b, (x, y, type, dims) =>
      record(solvePrimitive, [x, y], { name: 'linalg.solve' }, shapeOf(dims), type),
    ),
  solvePrimitive,
);
/**
 * X of `T X = B` for lower (`upper`: upper) triangular T, whose other triangle is not read. Shapes and dtypes as in `solve`.
 * @throws LanewiseError when the result is computed, if the diagonal has a zero
 * @throws ShapeError if the shapes do not fit, DTypeError if the dtypes do not
 */
export const solveTriangular: (a: TensorLike, b: TensorLike, upper?: boolean) => Tensor = /* @__PURE__ */ op(
  'linalg.solveTriangular',
  'linalg',
  (a, b, upper = false) =>
    system('linalg.solveTriangular', a, b, (x, y, type, dims) =>
      record(triangularPrimitive, [x, y], { name: 'linalg.solveTriangular', upper }, shapeOf(dims), type),
    ),
  triangularPrimitive,
);

/** Square matrices in a dtype to compute in, and the dtype of the result. */
function forDeterminant(name: string, a: TensorLike): readonly [Node, ElementType] {
  const n = nodeOf(name, a);
  if (n.type === types.complex64) {
    throw new DTypeError(`[${name}] the operand must have a real dtype, got ${n.type.name}`);
  }
  const out = toInexact(n.type);
  return [castTo(square(name, n), out.half ? types.float32 : out), out];
}
/**
 * The determinant of square matrices; 1 of an empty one. Integers become float32, half types compute in float32. Singular matrices
 * have a gradient too, of four rows and more to the root of the precision.
 * @throws ShapeError unless the matrices are square, DTypeError for complex64
 */
export const det: (a: TensorLike) => Tensor = /* @__PURE__ */ op(
  'linalg.det',
  'linalg',
  (a) => {
    const [x, out] = forDeterminant('linalg.det', a);
    return new Tensor(castTo(recordNode(detPrimitive, [x], null, shapeOf(x.shape.dims.slice(0, -2)), x.type), out));
  },
  detPrimitive,
);
/**
 * Sign and natural logarithm of the absolute value of the determinant: 0 and -infinity of a singular matrix, where the gradient is
 * not finite. Dtypes as in `det`.
 * @throws ShapeError unless the matrices are square, DTypeError for complex64
 */
export const slogdet: (a: TensorLike) => [sign: Tensor, logabsdet: Tensor] = /* @__PURE__ */ op(
  'linalg.slogdet',
  'linalg',
  (a) => {
    const [x, out] = forDeterminant('linalg.slogdet', a);
    const { batch, count } = sizesOf(x);
    const packed = recordNode(slogdetPrimitive, [x], null, shapeOf([2 * count]), x.type);
    const of = (start: number): Tensor => new Tensor(castTo(part(packed, batch, start).node, out));
    return [of(0), of(count)];
  },
  slogdetPrimitive,
);
