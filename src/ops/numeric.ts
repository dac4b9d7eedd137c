// Differences, counts and small elementwise ops; what lies in files of its own is passed on.
import { types } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import { checkAxis, checkAxes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { notEqual, subtract } from './arithmetic.js';
import { castTo, composite, identity, nodeOf, unary, type Unary } from './define.js';
import { at } from './indexing.js';
import { slice } from './indices.js';
import { max, min, sum, type ReduceArgs, type Reduction } from './reduce.js';
import { zerosLike } from './select.js';
import type { DType } from '../tensor/dtype.js';

export * from './aliases.js';
export * from './nan.js';
export { searchsorted, unique } from './search.js';
export { stopGradient, view } from './bits.js';

const truncated: Unary = /* @__PURE__ */ unary({
  name: 'trunc',
  domain: 'float',
  reference: Math.trunc,
  vjp: 'none: piecewise constant',
});
/** Elementwise integer part: x without its fraction. Integers and bool stay; complex numbers are refused. */
export const trunc: Unary = /* @__PURE__ */ composite('trunc', (x) => {
  const n = nodeOf('trunc', x);
  return n.type.category === 'float' || n.type.category === 'complex' ? truncated(new Tensor(n)) : identity(n);
});
/** Elementwise `+x`: the same values under a handle of their own. */
export const positive: Unary = /* @__PURE__ */ composite('positive', (x) => identity(nodeOf('positive', x)));
/** A tensor of the shape and dtype of `x` with any contents; as in MLX they are zeros. */
export const emptyLike: (x: TensorLike, dtype?: DType) => Tensor = /* @__PURE__ */ composite('emptyLike', (x, dtype) =>
  zerosLike(x, dtype),
);

/** How many elements are not zero along axes, int32. NaN is not zero. */
export const countNonzero: Reduction = /* @__PURE__ */ composite(
  'countNonzero',
  (x: TensorLike, ...args: ReduceArgs) => {
    const n = nodeOf('countNonzero', x);
    if (typeof args[0] !== 'boolean') checkAxes('countNonzero', args[0], n.shape.ndim);
    return sum(new Tensor(castTo(castTo(n, types.bool), types.int32)), ...args);
  },
);
/** `[min(x), max(x)]` along axes. @throws ShapeError for an empty axis */
export const minmax: (x: TensorLike, ...args: ReduceArgs) => [Tensor, Tensor] = /* @__PURE__ */ composite(
  'minmax',
  (x: TensorLike, ...args: ReduceArgs): [Tensor, Tensor] => [min(x, ...args), max(x, ...args)],
);
/** The n-th difference `x[i + 1] - x[i]` along an axis, which loses n elements. Integers wrap; of bool, whether both differ. */
export const diff: (x: TensorLike, n?: number, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'diff',
  (x, n = 1, axis = -1) => {
    const node = nodeOf('diff', x);
    if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(`[diff] the order must be an integer of at least 0, got ${String(n)}`);
    }
    const a = checkAxis('diff', axis, node.shape.ndim);
    const lead = Array.from({ length: a }, () => ':');
    const minus = node.type === types.bool ? notEqual : subtract;
    let t = identity(node);
    for (let i = Math.min(n, node.shape.dims[a]!); i > 0; i--) {
      t = minus(at(t, ...lead, slice(1, null)), at(t, ...lead, slice(0, -1)));
    }
    return t;
  },
);
