// Optimizers that scale each element's step by the squares of its past gradients.
import { add, divide, multiply, subtract } from '../ops/arithmetic.js';
import { sqrt, square } from '../ops/math.js';
import { zerosLike } from '../ops/select.js';
import type { Tensor } from '../tensor/tensor.js';
import { aboveZero, atLeastZero } from './checks.js';
import { inTypeOf, mixed, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `Adagrad`. */
export interface AdagradOptions {
  readonly learningRate: Scheduled;
  /** added to the denominator; 1e-8 by default, 1e-6 for `AdaDelta` */
  readonly eps?: number;
}
/** Options of `RMSprop`. */
export interface RMSpropOptions extends AdagradOptions {
  /** decay rate of the mean of squares; 0.99 by default */
  readonly alpha?: number;
}
/** Options of `AdaDelta`. */
export interface AdaDeltaOptions extends AdagradOptions {
  /** decay rate of the means of squares; 0.9 by default */
  readonly rho?: number;
}

/**
 * RMSprop: `v = alpha v + (1 - alpha) g ** 2`, `w = w - learningRate g / (sqrt(v) + eps)`. Tieleman and Hinton 2012, lecture 6.5.
 * @throws LanewiseError if an option is out of range
 */
export class RMSprop extends Optimizer {
  readonly alpha: number;
  readonly eps: number;

  constructor({ learningRate, alpha = 0.99, eps = 1e-8 }: RMSpropOptions) {
    super();
    this.alpha = atLeastZero('RMSprop', 'alpha', alpha);
    this.eps = aboveZero('RMSprop', 'eps', eps);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { v: zerosLike(parameter) };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const v = (slots['v'] = mixed(this.alpha, slots['v']!, square(gradient)));
    const rate = inTypeOf(gradient, this.learningRate);
    return subtract(parameter, divide(multiply(rate, gradient), add(sqrt(v), this.eps)));
  }
}

/**
 * Adagrad: `v = v + g ** 2`, `w = w - learningRate g / (sqrt(v) + eps)`. Duchi, Hazan and Singer 2011.
 * @throws LanewiseError if an option is out of range
 */
export class Adagrad extends Optimizer {
  readonly eps: number;

  constructor({ learningRate, eps = 1e-8 }: AdagradOptions) {
    super();
    this.eps = aboveZero('Adagrad', 'eps', eps);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { v: zerosLike(parameter) };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const v = (slots['v'] = add(slots['v']!, square(gradient)));
    const rate = inTypeOf(gradient, this.learningRate);
    return subtract(parameter, divide(multiply(rate, gradient), add(sqrt(v), this.eps)));
  }
}

/**
 * AdaDelta: `v = rho v + (1 - rho) g ** 2`, `d = sqrt(u + eps) / sqrt(v + eps) g`, `u = rho u + (1 - rho) d ** 2`,
 * `w = w - learningRate d`. Zeiler 2012, arXiv:1212.5701.
 * @throws LanewiseError if an option is out of range
 */
export class AdaDelta extends Optimizer {
  readonly rho: number;
  readonly eps: number;

  constructor({ learningRate, rho = 0.9, eps = 1e-6 }: AdaDeltaOptions) {
    super();
    this.rho = atLeastZero('AdaDelta', 'rho', rho);
    this.eps = aboveZero('AdaDelta', 'eps', eps);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { v: zerosLike(parameter), u: zerosLike(parameter) };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const u = slots['u']!;
    const v = (slots['v'] = mixed(this.rho, slots['v']!, square(gradient)));
    const d = multiply(divide(sqrt(add(u, this.eps)), sqrt(add(v, this.eps))), gradient);
    slots['u'] = mixed(this.rho, u, square(d));
    return subtract(parameter, multiply(inTypeOf(gradient, this.learningRate), d));
  }
}
