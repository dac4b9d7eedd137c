// Norms and the cross product: compositions of elementwise ops and reductions.
import { multiply, notEqual, power, subtract } from '../ops/arithmetic.js';
import { castTo, composite, nodeOf, operands } from '../ops/define.js';
import { zeros } from '../ops/creation.js';
import { at } from '../ops/indexing.js';
import { stack } from '../ops/join.js';
import { abs, negative, sqrt, square } from '../ops/math.js';
import { max, min, sum, type Reduction } from '../ops/reduce.js';
import { expandDims, moveaxis, squeeze, transpose } from '../ops/shape.js';
import { promote, toInexact, types, type ElementType } from '../tensor/dtype.js';
import { AxisError, DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkAxes, checkAxis, shapeOf, showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { svd } from './eigen.js';

const NAME = 'linalg.norm';
/** Which norm: see `norm`. */
export type NormOrder = number | 'fro' | 'f' | 'nuc';

const modulus = (x: Tensor): Tensor => (x.dtype === 'complex64' ? abs(x) : x);
const euclidean = (x: Tensor, axes: readonly number[], keepDims: boolean): Tensor =>
  sqrt(sum(square(modulus(x)), axes, keepDims));

function checkFilled(x: Tensor, axis: number): void {
  if (x.shape[axis] === 0) {
    throw new ShapeError(`[${NAME}] an empty axis has no such element, got ${showShape(x.shape)}`);
  }
}
/** The largest or the smallest along an axis of what became of `x`. */
function extreme(reduce: Reduction, sizes: Tensor, x: Tensor, axis: number, keepDims: boolean): Tensor {
  checkFilled(x, axis);
  return reduce(sizes, axis, keepDims);
}
function vectorNorm(x: Tensor, ord: number, axis: number, keepDims: boolean): Tensor {
  if (ord === 0) return sum(notEqual(x, 0), axis, keepDims);
  if (ord === 2) return euclidean(x, [axis], keepDims);
  if (ord === 1) return sum(abs(x), axis, keepDims);
  if (Math.abs(ord) === Infinity) return extreme(ord > 0 ? max : min, abs(x), x, axis, keepDims);
  return power(sum(power(abs(x), ord), axis, keepDims), 1 / ord);
}
/** 'nuc', 2 and -2: the sum, the largest and the smallest of the singular values. */
function spectralNorm(x: Tensor, ord: 'nuc' | number, rows: number, columns: number, keepDims: boolean): Tensor {
  const others = [...x.shape.keys()].filter((i) => i !== rows && i !== columns);
  if (ord !== 'nuc') for (const axis of [rows, columns]) checkFilled(x, axis);
  const values = svd(transpose(x, [...others, rows, columns]), false);
  const out = ord === 'nuc' ? sum(values, -1) : ord > 0 ? max(values, -1) : min(values, -1);
  return keepDims ? expandDims(out, [rows, columns]) : out;
}
function matrixNormOf(x: Tensor, ord: NormOrder, rows: number, columns: number, keepDims: boolean): Tensor {
  if (ord === 'fro' || ord === 'f') return euclidean(x, [rows, columns], keepDims);
  const size = typeof ord === 'number' ? Math.abs(ord) : 0;
  if (ord === 'nuc' || size === 2) return spectralNorm(x, ord, rows, columns, keepDims);
  if (size !== 1 && size !== Infinity) {
    throw new LanewiseError(
      `[${NAME}] ord of a matrix must be 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity, got ${ord}`,
    );
  }
  const [within, across] = size === 1 ? [rows, columns] : [columns, rows];
  const out = extreme(Number(ord) > 0 ? max : min, sum(abs(x), within, true), x, across, true);
  return keepDims ? out : squeeze(out, [rows, columns]);
}
function show(ord: unknown): string {
  return typeof ord === 'string' ? `'${ord}'` : String(ord);
}

/**
 * A norm over one axis (of vectors) or two (of matrices); over all axes without `axis`. Without `ord` the root of the sum of
 * squares. Of vectors: `(sum |x|^ord)^(1/ord)`, the largest or smallest magnitude for +-infinity, the count of nonzero elements for
 * 0. Of matrices: 'fro', 'nuc' (sum of singular values), 2 and -2 (the largest and smallest of them), 1 and -1 (largest and
 * smallest sum of magnitudes of a column), +-infinity (of a row). Integers become float32, half types compute in float32. Of
 * complex64 the root of squares and 'nuc' are float32, all others complex64, as in MLX.
 * @throws LanewiseError for an unknown `ord`, AxisError for wrong axes, ShapeError if an extreme is taken of nothing
 */
export const norm: (
  a: TensorLike,
  ord?: NormOrder | null,
  axis?: number | readonly number[] | null,
  keepDims?: boolean,
) => Tensor = /* @__PURE__ */ composite(NAME, (a, ord = null, axis = null, keepDims = false) => {
  const n = nodeOf(NAME, a);
  const { ndim } = n.shape;
  if (ord !== null && typeof ord !== 'number' && ord !== 'fro' && ord !== 'f' && ord !== 'nuc') {
    throw new LanewiseError(`[${NAME}] ord must be a number, 'fro', 'nuc' or null, got ${show(ord)}`);
  }
  checkAxes(NAME, axis, ndim);
  const axes =
    axis === null
      ? [...n.shape.dims.keys()]
      : (typeof axis === 'number' ? [axis] : axis).map((i) => checkAxis(NAME, i, ndim));
  if (axes.length > 2 && (ord !== null || axis !== null)) {
    throw new AxisError(`[${NAME}] a norm is over one axis or two, got ${axes.length}`);
  }
  if (typeof ord === 'string' ? axes.length !== 2 : ord !== null && axes.length === 0) {
    throw new AxisError(
      `[${NAME}] ord ${show(ord)} needs ${typeof ord === 'string' ? 'two axes' : 'an axis'}, got ${axes.length}`,
    );
  }
  const type = toInexact(n.type);
  const x = new Tensor(castTo(n, type.half ? types.float32 : type));
  const as = (t: Tensor, to: ElementType): Tensor => new Tensor(castTo(t.node, to));
  const real = type === types.complex64 ? types.float32 : type;
  if (ord === null || ord === 'fro' || ord === 'f') return as(euclidean(x, axes, keepDims), real);
  if (axes.length === 2) return as(matrixNormOf(x, ord, axes[0]!, axes[1]!, keepDims), ord === 'nuc' ? real : type);
  return as(vectorNorm(x, ord as number, axes[0]!, keepDims), ord === 2 ? real : type);
});
/** `linalg.norm` under the array API's name. */
export const matrixNorm: typeof norm = /* @__PURE__ */ composite('matrixNorm', (...args: Parameters<typeof norm>) =>
  norm(...args),
);

/**
 * The vector product along an axis of size 2 or 3 of each operand; a vector of two has zero as its third component. The axis is
 * counted in each operand, the other axes broadcast. Any dtype; integers wrap.
 * @throws AxisError for an axis out of range, ShapeError for another size of it
 */
export const cross: (a: TensorLike, b: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'linalg.cross',
  (a, b, axis = -1) => {
    const name = 'linalg.cross';
    const [x, y] = operands(name, a, b);
    const type = promote(x.type, y.type);
    const [i, j] = [checkAxis(name, axis, x.shape.ndim), checkAxis(name, axis, y.shape.ndim)];
    const [p, q] = [x.shape.dims[i]!, y.shape.dims[j]!];
    const shapes = showShapes([x.shape.dims, y.shape.dims]);
    if (p < 2 || p > 3 || q < 2 || q > 3)
      throw new ShapeError(`[${name}] the axis must have size 2 or 3, got ${shapes}`);
    if (p !== q && type === types.bool) {
      throw new DTypeError(`[${name}] bool vectors must have one size, got ${shapes}`);
    }
    const u = moveaxis(new Tensor(castTo(x, type)), i, -1);
    const v = moveaxis(new Tensor(castTo(y, type)), j, -1);
    const batch = broadcast(name, shapeOf(u.shape.slice(0, -1)), shapeOf(v.shape.slice(0, -1)));
    const product = (k: number, l: number): Tensor => multiply(at(u, '...', k), at(v, '...', l));
    const minor = (k: number, l: number): Tensor => subtract(product(k, l), product(l, k));
    const third = minor(0, 1);
    let parts: Tensor[];
    if (p === 3) parts = q === 3 ? [minor(1, 2), minor(2, 0)] : [negative(product(2, 1)), product(2, 0)];
    else if (q === 3) parts = [product(1, 2), negative(product(0, 2))];
    else parts = [zeros(batch.dims, type.name), zeros(batch.dims, type.name)];
    return moveaxis(stack([...parts, third], -1), -1, axis);
  },
);
