// Activation functions, as mlx.nn has them.
import {
  add,
  divide,
  greater,
  greaterEqual,
  logaddexp,
  maximum,
  minimum,
  multiply,
  subtract,
} from '../ops/arithmetic.js';
import { castTo, composite, nodeOf, type Unary } from '../ops/define.js';
import { abs, erf, expm1, negative, sigmoid as logistic, sign, square, tanh as hyperbolic } from '../ops/math.js';
import { split } from '../ops/rearrange.js';
import { logSoftmaxOf } from '../ops/likelihood.js';
import { softmax as normalise } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { toInexact, types } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import { checkAxis, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';

/** `1 / (1 + exp(-x))` */
export const sigmoid: Unary = /* @__PURE__ */ composite('nn.sigmoid', (x) => logistic(x));
/** `tanh(x)` */
export const tanh: Unary = /* @__PURE__ */ composite('nn.tanh', (x) => hyperbolic(x));
/** `max(x, 0)` */
export const relu: Unary = /* @__PURE__ */ composite('nn.relu', (x) => maximum(x, 0));
/** `max(x, 0) ** 2` */
export const relu2: Unary = /* @__PURE__ */ composite('nn.relu2', (x) => square(maximum(x, 0)));
/** Integers and bool as float32, since the bounds are floats. */
const floating = (name: string, x: TensorLike): Tensor => {
  const n = nodeOf(name, x);
  return new Tensor(castTo(n, toInexact(n.type)));
};
/** `min(max(x, 0), 6)`; integers become float32. */
export const relu6: Unary = /* @__PURE__ */ composite('nn.relu6', (x) =>
  minimum(maximum(floating('nn.relu6', x), 0), 6),
);
/** `max(negativeSlope * x, x)` */
export const leakyRelu: (x: TensorLike, negativeSlope?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.leakyRelu',
  (x, negativeSlope = 0.01) => maximum(multiply(x, negativeSlope), x),
);
/** `max(x, 0) + alpha * min(x, 0)` with a learned `alpha`. */
export const prelu: (x: TensorLike, alpha: TensorLike) => Tensor = /* @__PURE__ */ composite('nn.prelu', (x, alpha) =>
  add(maximum(x, 0), multiply(alpha, minimum(x, 0))),
);
/** `x` above 0, `alpha * (exp(x) - 1)` below. */
export const elu: (x: TensorLike, alpha?: number) => Tensor = /* @__PURE__ */ composite('nn.elu', (x, alpha = 1) =>
  where(greater(x, 0), x, multiply(expm1(minimum(x, 0)), alpha)),
);
/** `max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)` */
export const celu: (x: TensorLike, alpha?: number) => Tensor = /* @__PURE__ */ composite('nn.celu', (x, alpha = 1) =>
  add(maximum(x, 0), multiply(expm1(divide(minimum(x, 0), alpha)), alpha)),
);
/** `1.0507 * elu(x, 1.67326)` */
export const selu: Unary = /* @__PURE__ */ composite('nn.selu', (x) => multiply(elu(x, 1.67326), 1.0507));
/** `log(1 + exp(x))` */
export const softplus: Unary = /* @__PURE__ */ composite('nn.softplus', (x) => logaddexp(x, 0));
/** `x / (1 + |x|)` */
export const softsign: Unary = /* @__PURE__ */ composite('nn.softsign', (x) => divide(x, add(abs(x), 1)));
/** `x - lambda` above `lambda`, `x + lambda` below `-lambda`, 0 between. */
export const softshrink: (x: TensorLike, lambda?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.softshrink',
  (x, lambda = 0.5) => where(greater(abs(x), lambda), subtract(x, multiply(sign(x), lambda)), 0),
);
/** `x` outside [-lambda, lambda], 0 inside. */
export const hardShrink: (x: TensorLike, lambda?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.hardShrink',
  (x, lambda = 0.5) => where(greater(abs(x), lambda), x, 0),
);
/** `min(max(x, low), high)`; integers become float32. */
export const hardTanh: (x: TensorLike, low?: number, high?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.hardTanh',
  (x, low = -1, high = 1) => minimum(maximum(floating('nn.hardTanh', x), low), high),
);
/** `x * min(max(x + 3, 0), 6) / 6` */
export const hardswish: Unary = /* @__PURE__ */ composite('nn.hardswish', (x) =>
  divide(multiply(x, minimum(maximum(add(x, 3), 0), 6)), 6),
);
/** `x * sigmoid(x)` */
export const silu: Unary = /* @__PURE__ */ composite('nn.silu', (x) => multiply(x, logistic(x)));
/** `log(sigmoid(x))` */
export const logSigmoid: Unary = /* @__PURE__ */ composite('nn.logSigmoid', (x) => negative(softplus(negative(x))));
/** `x * tanh(softplus(x))` */
export const mish: Unary = /* @__PURE__ */ composite('nn.mish', (x) => multiply(x, hyperbolic(softplus(x))));
/** `x * (1 + erf(x / sqrt(2))) / 2` */
export const gelu: Unary = /* @__PURE__ */ composite('nn.gelu', (x) =>
  divide(multiply(x, add(erf(divide(x, Math.SQRT2)), 1)), 2),
);
/** `x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2` */
export const geluApprox: Unary = /* @__PURE__ */ composite('nn.geluApprox', (x) => {
  const inner = multiply(add(x, multiply(multiply(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(multiply(x, 0.5), add(hyperbolic(inner), 1));
});
/** `x * sigmoid(1.702 * x)` */
export const geluFastApprox: Unary = /* @__PURE__ */ composite('nn.geluFastApprox', (x) =>
  multiply(x, logistic(multiply(x, 1.702))),
);
/** The first half along an axis times the sigmoid of the second. @throws ShapeError for an odd size */
export const glu: (x: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite('nn.glu', (x, axis = -1) => {
  const { dims, ndim } = nodeOf('nn.glu', x).shape;
  const d = dims[checkAxis('nn.glu', axis, ndim)]!;
  if (d % 2 !== 0) throw new ShapeError(`[nn.glu] the size along the axis must be even, got ${showShape(dims)}`);
  const [a, b] = split(x, 2, axis) as [Tensor, Tensor];
  return multiply(a, logistic(b));
});
/** 1 from the threshold on, else 0; int32. */
export const step: (x: TensorLike, threshold?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.step',
  (x, threshold = 0) => new Tensor(castTo(greaterEqual(x, threshold).node, types.int32)),
);
/** `exp(x)` over its sum along an axis. */
export const softmax: (x: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.softmax',
  (x, axis = -1) => normalise(x, axis),
);
/** Softmax of `-x`. */
export const softmin: (x: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.softmin',
  (x, axis = -1) => normalise(negative(x), axis),
);
/** `log(softmax(x))` along an axis: the largest element is taken off first, so that a large x loses no digits. */
export const logSoftmax: (x: TensorLike, axis?: number) => Tensor = /* @__PURE__ */ composite(
  'nn.logSoftmax',
  (x, axis = -1) => {
    const n = nodeOf('nn.logSoftmax', x);
    return logSoftmaxOf(new Tensor(n), checkAxis('nn.logSoftmax', axis, n.shape.ndim));
  },
);
/** `geluApprox`, under the name of mlx-rs. */
export const geluApproximate: Unary = /* @__PURE__ */ composite('nn.geluApproximate', (x) => geluApprox(x));
/** `geluFastApprox`, under the name of mlx-rs. */
export const geluFastApproximate: Unary = /* @__PURE__ */ composite('nn.geluFastApproximate', (x) => geluFastApprox(x));
