// mlx_rs::nn: its functions.
import { nn as core } from '../../slim.js';
import type { Tensor } from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';

type Un = (x: Operand) => Array;
const un =
  (f: (x: Tensor) => Tensor): Un =>
  (x) =>
    wrap(f(tensorOf(x)));
/** `1 / (1 + exp(-x))` */
export const sigmoid: Un = un(core.sigmoid);
/** `max(x, 0)` */
export const relu: Un = un(core.relu);
/** `max(neg_slope * x, x)` */
export const leaky_relu = (x: Operand, neg_slope?: Opt<number>): Array =>
  wrap(core.leakyRelu(tensorOf(x), neg_slope ?? 0.01));
/** `x - logsumexp(x)` along an axis */
export const log_softmax = (x: Operand, axis?: Opt<number>): Array => wrap(core.logSoftmax(tensorOf(x), axis ?? -1));
/** `x` above 0, `alpha * (exp(x) - 1)` below */
export const elu = (x: Operand, alpha?: Opt<number>): Array => wrap(core.elu(tensorOf(x), alpha ?? 1));
/** `min(max(x, 0), 6)` */
export const relu6: Un = un(core.relu6);
/** `log(1 + exp(x))` */
export const softplus: Un = un(core.softplus);
/** `x / (1 + |x|)` */
export const softsign: Un = un(core.softsign);
/** `max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)` */
export const celu = (x: Operand, alpha?: Opt<number>): Array => wrap(core.celu(tensorOf(x), alpha ?? 1));
/** `x * sigmoid(x)` */
export const silu: Un = un(core.silu);
/** `log(sigmoid(x))` */
export const log_sigmoid: Un = un(core.logSigmoid);
/** `x * Phi(x)` with the normal distribution function */
export const gelu: Un = un(core.gelu);
/** `gelu` through tanh */
export const gelu_approximate: Un = un(core.geluApprox);
/** `x * sigmoid(1.702 * x)` */
export const gelu_fast_approximate: Un = un(core.geluFastApprox);
/** The first half along an axis times the sigmoid of the second */
export const glu = (x: Operand, axis?: Opt<number>): Array => wrap(core.glu(tensorOf(x), axis ?? -1));
/** 1 above the threshold, else 0 */
export const step = (x: Operand, threshold?: Opt<number>): Array => wrap(core.step(tensorOf(x), threshold ?? 0));
/** `1.0507 * elu(x, 1.67326)` */
export const selu: Un = un(core.selu);
/** `max(x, 0) + alpha * min(x, 0)` */
export const prelu = (x: Operand, alpha: Operand): Array => wrap(core.prelu(tensorOf(x), tensorOf(alpha)));
/** `x * tanh(softplus(x))` */
export const mish: Un = un(core.mish);
/** `x * min(max(x + 3, 0), 6) / 6` */
export const hard_swish: Un = un(core.hardswish);
