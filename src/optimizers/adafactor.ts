// Adafactor: second moments of matrices by their rows and columns.
import { add, divide, maximum, minimum, multiply, power, subtract } from '../ops/arithmetic.js';
import { astype, rsqrt, sqrt, square } from '../ops/math.js';
import { mean } from '../ops/reduce.js';
import { zerosLike } from '../ops/select.js';
import { expandDims } from '../ops/shape.js';
import { full, zeros } from '../ops/creation.js';
import { LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { aboveZero, atLeastZero, number } from './checks.js';
import { mixed, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `Adafactor`. */
export interface AdafactorOptions {
  /** used without `relativeStep` only */
  readonly learningRate?: Scheduled | null;
  /** added to the squares of gradients, and the least scale of a parameter; `[1e-30, 1e-3]` by default */
  readonly eps?: readonly [number, number];
  /** largest root mean square of an update; 1 by default */
  readonly clipThreshold?: number;
  /** the decay rate of the mean of squares is `1 - step ** decayRate`; -0.8 by default */
  readonly decayRate?: number;
  /** decay rate of a first moment; null, the default, keeps none */
  readonly beta1?: number | null;
  /** 0 by default */
  readonly weightDecay?: number;
  /** multiply the learning rate by the root mean square of the parameter; true by default */
  readonly scaleParameter?: boolean;
  /** take `min(1e-2, 1 / sqrt(step))` as learning rate; true by default */
  readonly relativeStep?: boolean;
  /** with `relativeStep`: begin with `1e-6 step` in place of 1e-2; false by default */
  readonly warmupInit?: boolean;
}

const rms = (x: Tensor): Tensor => sqrt(mean(square(x)));

/**
 * Adafactor: Adam without a first moment, whose second moments of a matrix are the means over its rows and over its columns. Shazeer and
 * Stern 2018, arXiv:1804.04235.
 * @throws LanewiseError if an option is out of range, or there is no learning rate without `relativeStep`
 */
export class Adafactor extends Optimizer {
  readonly eps: readonly [number, number];
  readonly clipThreshold: number;
  readonly decayRate: number;
  readonly beta1: number | null;
  readonly weightDecay: number;
  readonly scaleParameter: boolean;
  readonly relativeStep: boolean;
  readonly warmupInit: boolean;

  constructor({
    learningRate = null,
    eps = [1e-30, 1e-3],
    clipThreshold = 1,
    decayRate = -0.8,
    beta1 = null,
    weightDecay = 0,
    scaleParameter = true,
    relativeStep = true,
    warmupInit = false,
  }: AdafactorOptions = {}) {
    super();
    this.eps = [atLeastZero('Adafactor', 'eps[0]', eps[0]), atLeastZero('Adafactor', 'eps[1]', eps[1])];
    this.clipThreshold = aboveZero('Adafactor', 'clipThreshold', clipThreshold);
    this.decayRate = number('Adafactor', 'decayRate', decayRate);
    this.beta1 = beta1 === null ? null : number('Adafactor', 'beta1', beta1);
    this.weightDecay = number('Adafactor', 'weightDecay', weightDecay);
    this.scaleParameter = scaleParameter;
    this.relativeStep = relativeStep;
    this.warmupInit = warmupInit;
    if (learningRate !== null) this.schedule('learning_rate', 'learningRate', learningRate);
    else if (!relativeStep)
      throw new LanewiseError(
        `[optimizers.Adafactor] learningRate must be given without relativeStep, got ${showValue(learningRate)}`,
      );
  }

  protected override initSingle(parameter: Tensor): Slots {
    const { shape, ndim, dtype } = parameter;
    const first: Slots = this.beta1 === null ? {} : { exp_avg: zerosLike(parameter) };
    if (ndim < 2) return { exp_avg_sq: zerosLike(parameter), ...first };
    const rows = shape.slice(0, -1);
    const columns = [...shape.slice(0, -2), shape[ndim - 1]!];
    return { exp_avg_sq_row: zeros(rows, dtype), exp_avg_sq_col: zeros(columns, dtype), ...first };
  }

  /** The size of a step for a parameter of root mean square `scale`. */
  #rate(step: Tensor, scale: Tensor): Tensor {
    const largest = this.warmupInit ? multiply(step, 1e-6) : full([], 1e-2);
    const size = this.relativeStep ? minimum(largest, rsqrt(step)) : this.learningRate;
    const rate = astype(size, scale.dtype);
    return this.scaleParameter ? multiply(maximum(scale, this.eps[1]), rate) : rate;
  }
  /** `1 / sqrt` of the second moments, approximated by the product of those of rows and columns. */
  #scaled(gradient: Tensor, squares: Tensor, beta2: Tensor, slots: Slots): Tensor {
    const rest = subtract(1, beta2);
    const follow = (name: string, x: Tensor): Tensor =>
      (slots[name] = add(multiply(beta2, slots[name]!), multiply(rest, x)));
    if (gradient.ndim < 2) return multiply(rsqrt(follow('exp_avg_sq', squares)), gradient);
    const rows = follow('exp_avg_sq_row', mean(squares, -1));
    const columns = follow('exp_avg_sq_col', mean(squares, -2));
    const r = rsqrt(divide(rows, mean(rows, -1, true)));
    return multiply(multiply(expandDims(r, -1), expandDims(rsqrt(columns), -2)), gradient);
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const step = astype(this.step, 'float32');
    const scale = rms(parameter);
    const rate = this.#rate(step, scale);
    const beta2 = subtract(1, astype(power(step, this.decayRate), scale.dtype));
    const whole = this.#scaled(gradient, add(square(gradient), this.eps[0]), beta2, slots);
    let update = multiply(rate, divide(whole, maximum(divide(rms(whole), this.clipThreshold), 1)));
    if (this.beta1 !== null) update = slots['exp_avg'] = mixed(this.beta1, slots['exp_avg']!, update);
    if (this.weightDecay === 0) return subtract(parameter, update);
    return subtract(add(parameter, multiply(parameter, multiply(rate, -this.weightDecay))), update);
  }
}
