// The optimizers: what each takes, its defaults, and the core's optimizer that does its steps.
import { optimizers as core } from '../../slim.js';
import { AdaDeltaBuildError, AdafactorBuildError, RmsPropBuildError, rethrown } from '../build-errors.js';
import { builderOf } from '../builder.js';
import { optimizer } from './optimizer.js';
import { factored, pair, single } from './state.js';

/** Decay rates of two moments. */
export type Betas = readonly [number, number];
type Rate = [lr: number];
const betas: Betas = [0.9, 0.999];
const moments = pair('m', 'v');

/** Stochastic gradient descent, with momentum, weight decay, dampening and Nesterov's step. */
export class Sgd extends optimizer<Rate>()(
  single('v'),
  { momentum: 0, weight_decay: 0, dampening: 0, nesterov: false },
  ([learningRate], o) =>
    new core.SGD({
      learningRate,
      momentum: o.momentum,
      weightDecay: o.weight_decay,
      dampening: o.dampening,
      nesterov: o.nesterov,
    }),
) {}
/** Makes an `Sgd`. */
export class SgdBuilder extends builderOf(Sgd) {}

/** RMSprop. */
export class RmsProp extends optimizer<Rate>()(
  single('v'),
  { alpha: 0.99, epsilon: 1e-8 },
  ([learningRate], { alpha, epsilon }) =>
    rethrown(RmsPropBuildError, () => new core.RMSprop({ learningRate, alpha, eps: epsilon })),
) {}
/** Makes an `RmsProp`. @throws RmsPropBuildError unless alpha is at least 0 and epsilon positive */
export class RmsPropBuilder extends builderOf(RmsProp) {}

/** Adagrad. */
export class AdaGrad extends optimizer<Rate>()(
  single('v'),
  { eps: 1e-8 },
  ([learningRate], { eps }) => new core.Adagrad({ learningRate, eps }),
) {}
/** Makes an `AdaGrad`. */
export class AdaGradBuilder extends builderOf(AdaGrad) {}

/** AdaDelta. */
export class AdaDelta extends optimizer<Rate>()(
  pair('v', 'u'),
  { rho: 0.99, eps: 1e-6 },
  ([learningRate], { rho, eps }) => rethrown(AdaDeltaBuildError, () => new core.AdaDelta({ learningRate, rho, eps })),
) {}
/** Makes an `AdaDelta`. @throws AdaDeltaBuildError unless rho is at least 0 and eps positive */
export class AdaDeltaBuilder extends builderOf(AdaDelta) {}

/** Adam, without correction of its moments. */
export class Adam extends optimizer<Rate>()(
  moments,
  { betas, eps: 1e-8 },
  ([learningRate], o) => new core.Adam({ learningRate, ...o }),
) {}
/** Makes an `Adam`. */
export class AdamBuilder extends builderOf(Adam) {}

/** `Adam` with weight decay apart from the gradient. */
export class AdamW extends optimizer<Rate>()(
  moments,
  { betas, eps: 1e-8, weight_decay: 0.01 },
  ([learningRate], { weight_decay, ...o }) => new core.AdamW({ learningRate, weightDecay: weight_decay, ...o }),
) {}
/** Makes an `AdamW`. */
export class AdamWBuilder extends builderOf(AdamW) {}

/** `Adam` with the largest gradient in place of the second moment. */
export class Adamax extends optimizer<Rate>()(
  moments,
  { betas, eps: 1e-8 },
  ([learningRate], o) => new core.Adamax({ learningRate, ...o }),
) {}
/** Makes an `Adamax`. */
export class AdamaxBuilder extends builderOf(Adamax) {}

/** Lion: steps of one size in the direction of a sign. */
export class Lion extends optimizer<Rate>()(
  single('m'),
  { betas, weight_decay: 0 },
  ([learningRate], o) => new core.Lion({ learningRate, betas: o.betas, weightDecay: o.weight_decay }),
) {}
/** Makes a `Lion`. */
export class LionBuilder extends builderOf(Lion) {}

/** The terms `eps` of `Adafactor`: of squared gradients, and the least scale of a parameter. */
export type AdafactorEps = readonly [number, number];
/** The argument of `lr`. */
export type AdafactorBuilderLr = number | null;
/** The learning rate of an `Adafactor`. */
export type AdafactorLr = number | null;
/** The argument of `beta1`. */
export type AdafactorBuilderBeta1 = number | null;
/** The decay rate of an `Adafactor`'s first moment. */
export type AdafactorBeta1 = number | null;
const eps: AdafactorEps = [1e-30, 1e-3];
/** Adafactor: second moments of matrices by their rows and columns. */
export class Adafactor extends optimizer<[]>()(
  factored,
  {
    lr: null as AdafactorBuilderLr,
    eps,
    clip_threshold: 1,
    decay_rate: -0.8,
    beta1: null as AdafactorBuilderBeta1,
    weight_decay: 0,
    scale_parameter: true,
    relative_step: true,
    warmup_init: false,
  },
  (_, o) =>
    rethrown(
      AdafactorBuildError,
      () =>
        new core.Adafactor({
          learningRate: o.lr,
          eps: o.eps,
          clipThreshold: o.clip_threshold,
          decayRate: o.decay_rate,
          beta1: o.beta1,
          weightDecay: o.weight_decay,
          scaleParameter: o.scale_parameter,
          relativeStep: o.relative_step,
          warmupInit: o.warmup_init,
        }),
    ),
) {}
/** Makes an `Adafactor`. @throws AdafactorBuildError without a learning rate and relative steps */
export class AdafactorBuilder extends builderOf(Adafactor) {}
