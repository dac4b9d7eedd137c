// Adam and its relatives.
import { add, divide, maximum, multiply, power, subtract } from '../ops/arithmetic.js';
import { full } from '../ops/creation.js';
import { abs, astype, rsqrt, sqrt, square } from '../ops/math.js';
import { zerosLike } from '../ops/select.js';
import { type Tensor, tidy } from '../tensor/tensor.js';
import { atLeastZero, betas as checkBetas, number } from './checks.js';
import type { StepKernel } from './fused.js';
import { inTypeOf, mixed, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `Adamax`. */
export interface AdamaxOptions {
  readonly learningRate: Scheduled;
  /** decay rates of the two moments; `[0.9, 0.999]` by default */
  readonly betas?: readonly [number, number];
  /** added to the denominator; 1e-8 by default */
  readonly eps?: number;
}
/** Options of `Adam`. */
export interface AdamOptions extends AdamaxOptions {
  /** divide the moments by `1 - beta ** step`; false by default */
  readonly biasCorrection?: boolean;
}
/** Options of `AdamW`. */
export interface AdamWOptions extends AdamOptions {
  /** 0.01 by default */
  readonly weightDecay?: number;
}

/** What Adam, AdamW and Adamax share: two moments. */
abstract class Moments extends Optimizer {
  readonly betas: readonly [number, number];
  readonly eps: number;

  constructor(name: string, { learningRate, betas = [0.9, 0.999], eps = 1e-8 }: AdamaxOptions) {
    super();
    this.betas = checkBetas(name, betas);
    this.eps = atLeastZero(name, 'eps', eps);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { m: zerosLike(parameter), v: zerosLike(parameter) };
  }
}

/**
 * Adam: `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g ** 2`, `w = w - learningRate m / (sqrt(v) + eps)`. With `biasCorrection` it
 * takes `m / (1 - b1 ** step)` and `v / (1 - b2 ** step)`. Kingma and Ba 2015, arXiv:1412.6980.
 * @throws LanewiseError if an option is out of range
 */
export class Adam extends Moments {
  readonly biasCorrection: boolean;

  constructor(options: AdamOptions) {
    super('Adam', options);
    this.biasCorrection = options.biasCorrection ?? false;
  }
  /** `learningRate / (1 - b1 ** step)` and `1 / sqrt(1 - b2 ** step)` */
  #corrections(): [rate: Tensor, scale: Tensor] {
    const step = astype(this.step, 'float32');
    const rest = (beta: number): Tensor => subtract(1, power(full([], beta), step));
    return [divide(this.learningRate, rest(this.betas[0])), rsqrt(rest(this.betas[1]))];
  }
  /** @internal */
  protected override kernel(): StepKernel {
    return this.kernelWith(0);
  }
  /** @internal The kernel for a weight decay. */
  protected kernelWith(weightDecay: number): StepKernel {
    const [b1, b2] = this.betas;
    const { fround } = Math;
    const learningRate = fround(this.learningRate.item() as number);
    const decay = 1 - fround(learningRate * fround(weightDecay));
    const [rate, scale] = this.biasCorrection
      ? tidy(() => this.#corrections()).map((x) => x.item() as number)
      : [learningRate, 1];
    return {
      name: 'adam_step',
      slots: ['m', 'v'],
      scalars: [b1, 1 - b1, b2, 1 - b2, rate!, scale!, this.eps, decay],
    };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const [b1, b2] = this.betas;
    const rate = inTypeOf(gradient, this.learningRate);
    const m = mixed(b1, slots['m']!, gradient);
    const v = mixed(b2, slots['v']!, square(gradient));
    slots['m'] = m;
    slots['v'] = v;
    if (!this.biasCorrection) return subtract(parameter, divide(multiply(rate, m), add(sqrt(v), this.eps)));
    const [c1, c2] = this.#corrections().map((x) => inTypeOf(gradient, x));
    return subtract(parameter, divide(multiply(c1!, m), add(multiply(sqrt(v), c2!), this.eps)));
  }
}

/**
 * Adam with weight decay apart from the gradient: `w` is multiplied by `1 - learningRate weightDecay` before the step of `Adam`.
 * Loshchilov and Hutter 2019, arXiv:1711.05101.
 * @throws LanewiseError if an option is out of range
 */
export class AdamW extends Adam {
  readonly weightDecay: number;

  constructor(options: AdamWOptions) {
    super(options);
    this.weightDecay = number('AdamW', 'weightDecay', options.weightDecay ?? 0.01);
  }
  /** @internal */
  protected override kernel(): StepKernel {
    return this.kernelWith(this.weightDecay);
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const rate = inTypeOf(gradient, this.learningRate);
    const decayed = multiply(parameter, subtract(1, multiply(rate, this.weightDecay)));
    return super.applySingle(gradient, decayed, slots);
  }
}

/**
 * Adam with the largest gradient in place of the second moment: `m = b1 m + (1 - b1) g`, `v = max(b2 v, |g|)`,
 * `w = w - learningRate m / (v + eps)`. Kingma and Ba 2015, section 7.
 * @throws LanewiseError if an option is out of range
 */
export class Adamax extends Moments {
  constructor(options: AdamaxOptions) {
    super('Adamax', options);
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const [b1, b2] = this.betas;
    const rate = inTypeOf(gradient, this.learningRate);
    const m = mixed(b1, slots['m']!, gradient);
    const v = maximum(multiply(slots['v']!, b2), abs(gradient));
    slots['m'] = m;
    slots['v'] = v;
    return subtract(parameter, divide(multiply(rate, m), add(v, this.eps)));
  }
}
