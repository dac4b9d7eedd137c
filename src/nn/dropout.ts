// Layers that zero at random while they train.
import { multiply } from '../ops/arithmetic.js';
import { bernoulli } from '../random/index.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

abstract class RandomZeros extends Module {
  /** the probability of a zero */
  readonly p: number;

  /** @throws LanewiseError unless 0 <= p < 1 */
  constructor(layer: string, p: number) {
    super();
    if (!(p >= 0 && p < 1)) throw new LanewiseError(`[${layer}] p must be at least 0 and below 1, got ${showValue(p)}`);
    this.p = p;
  }
  /** `x` with one draw for each element of `shape`, which broadcasts to that of `x`. */
  protected dropped(x: Tensor, shape: readonly number[]): Tensor {
    if (this.p === 0 || !this.training) return x;
    const kept = 1 - this.p;
    return multiply(multiply(bernoulli(kept, shape), x), 1 / kept);
  }
  protected override describe(): string {
    return `p=${this.p}`;
  }
}
/** The shape of one draw for each channel: (1, ..., C), or (N, 1, ..., C) with a batch axis. */
function channels(layer: string, x: Tensor, spatial: number): number[] {
  if (x.ndim !== spatial + 1 && x.ndim !== spatial + 2)
    throw new ShapeError(
      `[${layer}] the input must have ${spatial + 1} or ${spatial + 2} axes, got ${showShape(x.shape)}`,
    );
  return x.shape.map((d, i) => (i >= x.ndim - 1 - spatial && i < x.ndim - 1 ? 1 : d));
}

/** Zeroes each element with probability `p` and multiplies the others by `1 / (1 - p)`; in `eval()` it does nothing. */
export class Dropout extends RandomZeros {
  /** @throws LanewiseError unless 0 <= p < 1 */
  constructor(p: number = 0.5) {
    super('nn.Dropout', p);
  }
  forward(x: Tensor): Tensor {
    return this.dropped(x, x.shape);
  }
}
/** `Dropout` of whole channels of (N, H, W, C) or (H, W, C). */
export class Dropout2d extends RandomZeros {
  /** @throws LanewiseError unless 0 <= p < 1 */
  constructor(p: number = 0.5) {
    super('nn.Dropout2d', p);
  }
  /** @throws ShapeError unless there are 3 or 4 axes */
  forward(x: Tensor): Tensor {
    return this.dropped(x, channels('nn.Dropout2d', x, 2));
  }
}
/** `Dropout` of whole channels of (N, D, H, W, C) or (D, H, W, C). */
export class Dropout3d extends RandomZeros {
  /** @throws LanewiseError unless 0 <= p < 1 */
  constructor(p: number = 0.5) {
    super('nn.Dropout3d', p);
  }
  /** @throws ShapeError unless there are 4 or 5 axes */
  forward(x: Tensor): Tensor {
    return this.dropped(x, channels('nn.Dropout3d', x, 3));
  }
}
