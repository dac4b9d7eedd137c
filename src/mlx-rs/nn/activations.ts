// Activations as layers; the formulas stand at the functions.
import { nn as core } from '../../slim.js';
import { builderOf } from '../builder.js';
import { unary } from '../layer.js';
import type { Param } from '../module.js';

const along = { axis: -1 };

/** `glu` as a layer. */
export class Glu extends unary<[]>()(along, (_, { axis }) => new core.GLU(axis), {}) {}
/** Makes a `Glu`. */
export class GluBuilder extends builderOf(Glu) {}
/** `sigmoid` as a layer. */
export class Sigmoid extends unary<[]>()({}, () => new core.Sigmoid(), {}) {}
/** `mish` as a layer. */
export class Mish extends unary<[]>()({}, () => new core.Mish(), {}) {}
/** `relu` as a layer. */
export class Relu extends unary<[]>()({}, () => new core.ReLU(), {}) {}
/** `leaky_relu` as a layer. */
export class LeakyRelu extends unary<[]>()({ neg_slope: 0.01 }, (_, o) => new core.LeakyReLU(o.neg_slope), {}) {}
/** Makes a `LeakyRelu`. */
export class LeakyReluBuilder extends builderOf(LeakyRelu) {}
/** `relu6` as a layer. */
export class Relu6 extends unary<[]>()({}, () => new core.ReLU6(), {}) {}
/** `ops::softmax_axis` as a layer. */
export class Softmax extends unary<[]>()(along, (_, { axis }) => new core.Softmax(axis), {}) {}
/** Makes a `Softmax`. */
export class SoftmaxBuilder extends builderOf(Softmax) {}
/** `softplus` as a layer. */
export class Softplus extends unary<[]>()({}, () => new core.Softplus(), {}) {}
/** `softsign` as a layer. */
export class Softsign extends unary<[]>()({}, () => new core.Softsign(), {}) {}
/** `celu` as a layer. */
export class Celu extends unary<[]>()({ alpha: 1 }, (_, { alpha }) => new core.CELU(alpha), {}) {}
/** Makes a `Celu`. */
export class CeluBuilder extends builderOf(Celu) {}
/** `silu` as a layer. */
export class Silu extends unary<[]>()({}, () => new core.SiLU(), {}) {}
/** `log_softmax` as a layer. */
export class LogSoftmax extends unary<[]>()(along, (_, { axis }) => new core.LogSoftmax(axis), {}) {}
/** Makes a `LogSoftmax`. */
export class LogSoftmaxBuilder extends builderOf(LogSoftmax) {}
/** `log_sigmoid` as a layer. */
export class LogSigmoid extends unary<[]>()({}, () => new core.LogSigmoid(), {}) {}
/** `prelu` with `count` slopes that begin at `value`. */
export class Prelu extends unary<[], { weight: Param }>()(
  { count: 1, value: 0.25 },
  (_, { count, value }) => new core.PReLU(count, value),
  { weight: 'weight' },
) {}
/** Makes a `Prelu`. */
export class PreluBuilder extends builderOf(Prelu) {}

/** Which function `Gelu` is: `gelu`, `gelu_approximate` or `gelu_fast_approximate`. */
export type GeluApprox = 'none' | 'precise' | 'fast';
export const GeluApprox = { None: 'none', Precise: 'precise', Fast: 'fast' } as const;
/** `gelu`, or an approximation of it, as a layer. */
export class Gelu extends unary<[]>()(
  { approximate: GeluApprox.None as GeluApprox },
  (_, { approximate }) => new core.GELU(approximate),
  {},
) {}
/** Makes a `Gelu`. */
export class GeluBuilder extends builderOf(Gelu) {}
/** The hyperbolic tangent as a layer. */
export class Tanh extends unary<[]>()({}, () => new core.Tanh(), {}) {}
/** `hard_swish` as a layer. */
export class HardSwish extends unary<[]>()({}, () => new core.Hardswish(), {}) {}
/** `step` as a layer. */
export class Step extends unary<[]>()({ threshold: 0 }, (_, { threshold }) => new core.Step(threshold), {}) {}
/** Makes a `Step`. */
export class StepBuilder extends builderOf(Step) {}
/** `selu` as a layer. */
export class Selu extends unary<[]>()({}, () => new core.SELU(), {}) {}
