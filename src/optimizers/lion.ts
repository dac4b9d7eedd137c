// Lion: steps of one size in the direction of a sign.
import { multiply, subtract } from '../ops/arithmetic.js';
import { sign } from '../ops/math.js';
import { zerosLike } from '../ops/select.js';
import type { Tensor } from '../tensor/tensor.js';
import { atLeastZero, betas as checkBetas } from './checks.js';
import type { StepKernel } from './fused.js';
import { inTypeOf, mixed, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `Lion`. */
export interface LionOptions {
  readonly learningRate: Scheduled;
  /** decay rates of the direction and of the momentum; `[0.9, 0.99]` by default */
  readonly betas?: readonly [number, number];
  /** 0 by default */
  readonly weightDecay?: number;
}

/**
 * Lion: `c = b1 m + (1 - b1) g`, `m = b2 m + (1 - b2) g`, `w = w - learningRate (sign(c) + weightDecay w)`. It wants a learning rate 3 to
 * 10 times smaller than AdamW's, and a weight decay as many times larger. Chen et al. 2023, arXiv:2302.06675.
 * @throws LanewiseError if an option is out of range
 */
export class Lion extends Optimizer {
  readonly betas: readonly [number, number];
  readonly weightDecay: number;

  constructor({ learningRate, betas = [0.9, 0.99], weightDecay = 0 }: LionOptions) {
    super();
    this.betas = checkBetas('Lion', betas);
    this.weightDecay = atLeastZero('Lion', 'weightDecay', weightDecay);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { m: zerosLike(parameter) };
  }
  /** @internal */
  protected override kernel(): StepKernel {
    const [b1, b2] = this.betas;
    const rate = Math.fround(this.learningRate.item() as number);
    const decay = 1 - Math.fround(rate * Math.fround(this.weightDecay));
    return { name: 'lion_step', slots: ['m'], scalars: [b1, 1 - b1, b2, 1 - b2, rate, decay] };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const [b1, b2] = this.betas;
    const rate = inTypeOf(gradient, this.learningRate);
    const m = slots['m']!;
    slots['m'] = mixed(b2, m, gradient);
    const kept =
      this.weightDecay === 0 ? parameter : multiply(parameter, subtract(1, multiply(rate, this.weightDecay)));
    return subtract(kept, multiply(rate, sign(mixed(b1, m, gradient))));
  }
}
