// Logarithms of probabilities that are given by scores: kernels that keep no probabilities.
import type { Node } from '../graph/node.js';
import { isFloat, toInexact } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { multiply, sub } from './arithmetic.js';
import { castTo, constant, differentiate, primitive, record } from './define.js';
import { exp } from './math.js';
import { softmax, sum } from './reduce.js';
import { broadcastTo, expandDims } from './shape.js';

/** Scores as floats. */
function scoresOf(name: string, x: Tensor): Node {
  const type = toInexact(x.node.type);
  if (!isFloat(type)) throw new DTypeError(`[${name}] the operand must have a real dtype, got ${x.dtype}`);
  return castTo(x.node, type);
}

const logSoftmaxPrimitive = /* @__PURE__ */ differentiate(
  /* @__PURE__ */ primitive({ name: 'log_softmax', expensive: true }),
  (g, { output, attrs }) => {
    const { axes } = attrs as { axes: readonly number[] };
    return [sub(g, multiply(exp(output), sum(g, axes, true)))];
  },
);
/** @internal `log(softmax(x))` along an axis. @throws DTypeError for complex scores */
export function logSoftmaxOf(x: Tensor, axis: number): Tensor {
  const n = scoresOf('nn.logSoftmax', x);
  return record(logSoftmaxPrimitive, [n], { axes: [axis] }, n.shape, n.type);
}

interface Smoothed {
  readonly smoothing: number;
}
const gradientOf = (x: Tensor, classes: Tensor, g: Tensor, attrs: unknown): Tensor =>
  record(crossEntropyGrad, [x.node, classes.node, g.node], attrs, x.node.shape, x.node.type);
const crossEntropyPrimitive = /* @__PURE__ */ differentiate(
  /* @__PURE__ */ primitive({ name: 'cross_entropy', expensive: true }),
  (g, { inputs: [x, classes], attrs }) => [gradientOf(x!, classes!, g, attrs), null],
);
/** Linear in the cotangents; what multiplies them depends on the scores as their softmax does. */
const crossEntropyGrad = /* @__PURE__ */ differentiate(
  /* @__PURE__ */ primitive({ name: 'cross_entropy_grad', expensive: true }),
  (c, { inputs: [x, classes, g], attrs }) => {
    const p = softmax(x!, -1);
    const back = multiply(p, sub(c, sum(multiply(c, p), -1, true)));
    const one = broadcastTo(new Tensor(constant(1, g!.node.type)), g!.shape);
    const each = gradientOf(x!, classes!, one, attrs);
    return [multiply(expandDims(g!, -1), back), null, sum(multiply(c, each), -1)];
  },
);
/**
 * @internal `logsumexp(x) - (1 - smoothing) x[class] - smoothing mean(x)` over the last axis, its gradient without the softmax kept.
 * @throws DTypeError for complex scores, AxisError when it is evaluated with a class that is not there
 */
export function crossEntropyOf(x: Tensor, classes: Tensor, smoothing: number): Tensor {
  const n = scoresOf('nn.losses.crossEntropy', x);
  const attrs: Smoothed = { smoothing };
  return record(crossEntropyPrimitive, [n, classes.node], attrs, shapeOf(n.shape.dims.slice(0, -1)), n.type);
}
