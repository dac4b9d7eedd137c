// Muon: momentum whose matrices are made orthogonal.
import { add, divide, multiply, subtract } from '../ops/arithmetic.js';
import { addmm, matmul } from '../ops/linear.js';
import { zerosLike } from '../ops/select.js';
import { reshape, transpose } from '../ops/shape.js';
import { norm } from '../linalg/norm.js';
import type { Tensor } from '../tensor/tensor.js';
import { number, whole } from './checks.js';
import { inTypeOf, mixed, Optimizer, type Scheduled } from './optimizer.js';
import type { Slots } from './state.js';

/** Options of `Muon`. */
export interface MuonOptions {
  readonly learningRate: Scheduled;
  /** 0.95 by default */
  readonly momentum?: number;
  /** L2 penalty; 0.01 by default */
  readonly weightDecay?: number;
  /** look ahead along the momentum; true by default */
  readonly nesterov?: boolean;
  /** Newton-Schulz iterations; 5 by default */
  readonly nsSteps?: number;
}

/** Five-term polynomial `a x + b x^3 + c x^5` that drives singular values into the neighbourhood of 1. */
const A = 3.4445;
const B = -4.775;
const C = 2.0315;
/** The matrix with the singular vectors of `x`, and singular values near 1. */
function orthogonal(x: Tensor, steps: number): Tensor {
  const tall = x.shape[0]! > x.shape[1]!;
  const wide = tall ? transpose(x) : x;
  let y = divide(wide, add(norm(wide, null, null, true), 1e-7));
  for (let i = 0; i < steps; i++) {
    const square = matmul(y, transpose(y));
    y = addmm(multiply(y, A), addmm(multiply(square, B), square, square, C), y);
  }
  return tall ? transpose(y) : y;
}

/**
 * Muon: with `g' = g + weightDecay w` the momentum is `v = momentum v + (1 - momentum) g'`; the step is `v`, or with `nesterov`
 * `(1 - momentum) g' + momentum v`, and of matrices the orthogonal matrix nearest to it, scaled by
 * `sqrt(max(1, rows / columns))`. Axes behind the first two are taken as columns. Embeddings, the last layer and parameters with fewer than
 * two axes do better with `AdamW`: see `MultiOptimizer`. Jordan et al. 2024.
 * @throws LanewiseError if an option is out of range
 */
export class Muon extends Optimizer {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly nsSteps: number;

  constructor({ learningRate, momentum = 0.95, weightDecay = 0.01, nesterov = true, nsSteps = 5 }: MuonOptions) {
    super();
    this.momentum = number('Muon', 'momentum', momentum);
    this.weightDecay = number('Muon', 'weightDecay', weightDecay);
    this.nesterov = nesterov;
    this.nsSteps = whole('Muon', 'nsSteps', nsSteps, 0);
    this.schedule('learning_rate', 'learningRate', learningRate);
  }
  protected override initSingle(parameter: Tensor): Slots {
    return { v: zerosLike(parameter) };
  }
  protected override applySingle(gradient: Tensor, parameter: Tensor, slots: Slots): Tensor {
    const { momentum, weightDecay } = this;
    const g = weightDecay === 0 ? gradient : add(gradient, multiply(parameter, weightDecay));
    const v = (slots['v'] = mixed(momentum, slots['v']!, g));
    const update = this.nesterov ? mixed(momentum, v, g) : v;
    const rate = inTypeOf(gradient, this.learningRate);
    const { shape } = update;
    if (shape.length < 2) return subtract(parameter, multiply(rate, update));
    const matrix = reshape(update, [shape[0]!, update.size / shape[0]!]);
    const scale = Math.max(1, shape[shape.length - 2]! / shape[shape.length - 1]!) ** 0.5;
    const step = reshape(orthogonal(matrix, this.nsSteps), shape);
    return subtract(parameter, multiply(multiply(rate, scale), step));
  }
}
