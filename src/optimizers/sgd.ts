// Stochastic gradient descent.
import { add, multiply, subtract } from '../ops/arithmetic.js';
import { zerosLike } from '../ops/select.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { atLeastZero, number } from './checks.js';
import type { StepKernel } from './fused.js';
import { inTypeOf, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `SGD`. */
export interface SGDOptions {
  readonly learningRate: Scheduled;
  /** 0 by default */
  readonly momentum?: number;
  /** L2 penalty; 0 by default */
  readonly weightDecay?: number;
  /** 0 by default */
  readonly dampening?: number;
  /** look ahead along the momentum; false by default */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: with `g' = g + weightDecay w` the momentum is `v = momentum v + (1 - dampening) g'`, and
 * `w = w - learningRate v`, or with `nesterov` `w = w - learningRate (g' + momentum v)`.
 * @throws LanewiseError if an option is out of range, or `nesterov` comes without momentum or with dampening
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly dampening: number;
  readonly nesterov: boolean;

  constructor({ learningRate, momentum = 0, weightDecay = 0, dampening = 0, nesterov = false }: SGDOptions) {
    super();
    this.momentum = atLeastZero('SGD', 'momentum', momentum);
    this.weightDecay = number('SGD', 'weightDecay', weightDecay);
    this.dampening = number('SGD', 'dampening', dampening);
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new LanewiseError(
        `[optimizers.SGD] nesterov needs momentum and no dampening, got momentum ${momentum} and dampening ${dampening}`,
      );
    this.nesterov = nesterov;
    this.schedule('learning_rate', 'learningRate', learningRate);
  }

  protected override initSingle(parameter: Tensor): Slots {
    return { v: zerosLike(parameter) };
  }
  /** @internal */
  protected override kernel(): StepKernel | null {
    const { momentum, weightDecay, dampening, nesterov } = this;
    if (momentum === 0) return null;
    const rate = this.learningRate.item() as number;
    const keep = dampening > 0 ? 1 - dampening : 1;
    return { name: 'sgd_step', slots: ['v'], scalars: [momentum, keep, rate, weightDecay, nesterov ? momentum : 0] };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const { momentum, weightDecay, dampening } = this;
    const rate = inTypeOf(gradient, this.learningRate);
    const g = weightDecay === 0 ? gradient : add(gradient, multiply(parameter, weightDecay));
    if (momentum === 0) return subtract(parameter, multiply(rate, g));
    const v = add(multiply(slots['v']!, momentum), dampening > 0 ? multiply(g, 1 - dampening) : g);
    slots['v'] = v;
    return subtract(parameter, multiply(rate, this.nesterov ? add(g, multiply(v, momentum)) : v));
  }
}
