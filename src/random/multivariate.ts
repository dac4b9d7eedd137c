import { svd } from '../linalg/eigen.js';
import { add, divide, multiply, subtract } from '../ops/arithmetic.js';
import { castTo, checkType, differentiate, nodeOf, op, primitive, record } from '../ops/define.js';
import { matmul } from '../ops/linear.js';
import { sqrt } from '../ops/math.js';
import { expandDims, matrixTranspose, squeeze } from '../ops/shape.js';
import { types, type DType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkShape, shapeOf, showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { normal } from './index.js';

/**
 * The root that was computed, as a function of the matrix `U diag(s) V^T`. In the basis of U and V its derivative divides by sums of
 * values, never by differences: `(x + x^T) / (r_i + r_j)` and `(x - x^T) (r_i + r_j) / (s_i + s_j)`, halved, with r the roots of s.
 */
const rootPrimitive = differentiate(primitive({ name: 'copy' }), (g, { inputs: [, c] }) => {
  const [u, s, vt] = svd(c!);
  const sums = (x: Tensor): Tensor => add(expandDims(x, -1), expandDims(x, -2));
  const x = matmul(matmul(matrixTranspose(u), g), matrixTranspose(vt));
  const y = matrixTranspose(x);
  const roots = sums(sqrt(s));
  const inner = add(divide(add(x, y), roots), multiply(subtract(x, y), divide(roots, sums(s))));
  return [null, matmul(matmul(u, multiply(inner, 0.5)), vt)];
});

/**
 * Draws from normal distributions with means (..., N) and covariances (..., N, N): `mean + z R`, where `R` is the root of the
 * covariance by its singular values; both have gradients, that of a covariance with two directions without spread is not finite. The
 * result has `shape` (broadcast with the batch axes of both) and then N; float32 only.
 * @throws ShapeError if mean and covariance do not fit
 * @throws DTypeError for another dtype
 */
export const multivariateNormal: (
  mean: TensorLike,
  cov: TensorLike,
  shape?: readonly number[],
  dtype?: DType,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op(
  'random.multivariateNormal',
  'random',
  (mean, cov, shape = [], dtype = 'float32', key) => {
    const name = 'random.multivariateNormal';
    if (checkType(name, dtype) !== types.float32)
      throw new DTypeError(`[${name}] the dtype must be float32, got ${dtype}`);
    const m = nodeOf(name, mean);
    const c = nodeOf(name, cov);
    const [md, cd] = [m.shape.dims, c.shape.dims];
    if (md.length < 1) throw new ShapeError(`[${name}] the mean must have at least one axis, got ${showShape(md)}`);
    if (cd.length < 2)
      throw new ShapeError(`[${name}] the covariance must have at least two axes, got ${showShape(cd)}`);
    const n = md[md.length - 1]!;
    if (cd[cd.length - 1] !== n || cd[cd.length - 2] !== n) {
      throw new ShapeError(`[${name}] mean (...,N) and covariance (...,N,N) must agree, got ${showShapes([md, cd])}`);
    }
    const batch = broadcast(name, shapeOf(cd.slice(0, -2)), shapeOf(md.slice(0, -1)));
    const dims = [...broadcast(name, batch, checkShape(name, shape)).dims, n];
    const matrix = castTo(c, types.float32);
    const [u, s, vt] = svd(new Tensor(matrix));
    const found = matmul(multiply(u, expandDims(sqrt(s), -2)), vt);
    const root = record(rootPrimitive, [found.node, matrix], null, found.node.shape, found.node.type);
    const z = normal(dims, 'float32', null, null, key);
    return add(new Tensor(m), squeeze(matmul(expandDims(z, -2), root), -2));
  },
);
