// mlx_rs::nn: its functions.
import { core } from './pending.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';

type Un = (x: Operand) => Array;
const un =
  (name: string): Un =>
  (x) =>
    wrap(core['nn'][name](tensorOf(x)));
/** `1 / (1 + exp(-x))` */
export const sigmoid: Un = un('sigmoid');
/** `max(x, 0)` */
export const relu: Un = un('relu');
/** `max(neg_slope * x, x)` */
export const leaky_relu = (x: Operand, neg_slope?: Opt<number>): Array =>
  wrap(core['nn'].leakyRelu(tensorOf(x), neg_slope ?? 0.01));
/** `x - logsumexp(x)` along an axis */
export const log_softmax = (x: Operand, axis?: Opt<number>): Array =>
  wrap(core['nn'].logSoftmax(tensorOf(x), axis ?? -1));
/** `x` above 0, `alpha * (exp(x) - 1)` below */
export const elu = (x: Operand, alpha?: Opt<number>): Array => wrap(core['nn'].elu(tensorOf(x), alpha ?? 1));
/** `min(max(x, 0), 6)` */
export const relu6: Un = un('relu6');
/** `log(1 + exp(x))` */
export const softplus: Un = un('softplus');
/** `x / (1 + |x|)` */
export const softsign: Un = un('softsign');
/** `max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)` */
export const celu = (x: Operand, alpha?: Opt<number>): Array => wrap(core['nn'].celu(tensorOf(x), alpha ?? 1));
/** `x * sigmoid(x)` */
export const silu: Un = un('silu');
/** `log(sigmoid(x))` */
export const log_sigmoid: Un = un('logSigmoid');
/** `x * Phi(x)` with the normal distribution function */
export const gelu: Un = un('gelu');
/** `gelu` through tanh */
export const gelu_approximate: Un = un('geluApprox');
/** `x * sigmoid(1.702 * x)` */
export const gelu_fast_approximate: Un = un('geluFastApprox');
/** The first half along an axis times the sigmoid of the second */
export const glu = (x: Operand, axis?: Opt<number>): Array => wrap(core['nn'].glu(tensorOf(x), axis ?? -1));
/** 1 above the threshold, else 0 */
export const step = (x: Operand, threshold?: Opt<number>): Array => wrap(core['nn'].step(tensorOf(x), threshold ?? 0));
/** `1.0507 * elu(x, 1.67326)` */
export const selu: Un = un('selu');
/** `max(x, 0) + alpha * min(x, 0)` */
export const prelu = (x: Operand, alpha: Operand): Array => wrap(core['nn'].prelu(tensorOf(x), tensorOf(alpha)));
/** `x * tanh(softplus(x))` */
export const mish: Un = un('mish');
/** `x * min(max(x + 3, 0), 6) / 6` */
export const hard_swish: Un = un('hardswish');
