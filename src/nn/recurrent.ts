// Recurrent layers over sequences (batch, length, features) or (length, features).
import { add, multiply, subtract } from '../ops/arithmetic.js';
import { stack } from '../ops/join.js';
import { addmm, matmul } from '../ops/linear.js';
import { sigmoid, tanh } from '../ops/math.js';
import { split } from '../ops/rearrange.js';
import { squeeze, transpose } from '../ops/shape.js';
import { uniform } from '../random/index.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';

/** Uniform within `1 / sqrt(hidden)` of 0. */
const initial = (hidden: number, shape: readonly number[]): Tensor => {
  const bound = 1 / Math.sqrt(hidden);
  return uniform(-bound, bound, shape);
};
/** The slices along axis -2, by halves: each slice spreads its gradient over what it was cut from, so L of one tensor would cost L^2. */
function stepsOf(x: Tensor): Tensor[] {
  const length = x.shape[x.ndim - 2]!;
  if (length === 1) return [squeeze(x, -2)];
  return split(x, [Math.ceil(length / 2)], -2).flatMap(stepsOf);
}
/** The part of the input in every step: `x @ weight.T + bias`, one tensor for each. */
function inputs(name: string, x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor[] {
  const features = weight.shape[1]!;
  if (x.ndim < 2 || x.shape[x.ndim - 1] !== features || x.shape[x.ndim - 2] === 0)
    throw new ShapeError(
      `[${name}] x must have the axes (..., length, ${features}) with a length above 0, got ${showShape(x.shape)}`,
    );
  const turned = transpose(weight);
  return stepsOf(bias === undefined ? matmul(x, turned) : addmm(bias, x, turned));
}
const described = ({ shape: [, inputs] }: Tensor, hidden: number, bias?: Tensor): string =>
  `inputSize=${inputs}, hiddenSize=${hidden}, bias=${bias !== undefined}`;
function checkState(name: string, size: number, ...states: readonly (Tensor | null)[]): void {
  for (const s of states)
    if (s !== null && s.shape[s.ndim - 1] !== size)
      throw new ShapeError(`[${name}] a state must have the last axis ${size}, got ${showShape(s.shape)}`);
}

/**
 * Elman's recurrent layer: `h' = nonlinearity(Wxh x + Whh h + bias)` along (N, L, D) or (L, D). Gives the states of all steps,
 * (N, L, H) or (L, H).
 */
export class RNN extends Module {
  readonly hiddenSize: number;
  readonly nonlinearity: (x: Tensor) => Tensor;
  Wxh: Tensor;
  Whh: Tensor;
  bias?: Tensor;
  /** @throws ShapeError unless the sizes are positive integers, LanewiseError unless the nonlinearity is a function */
  constructor(inputSize: number, hiddenSize: number, bias = true, nonlinearity: (x: Tensor) => Tensor = tanh) {
    super();
    checkSizes('nn.RNN', { inputSize, hiddenSize });
    if (typeof nonlinearity !== 'function')
      throw new LanewiseError(`[nn.RNN] the nonlinearity must be a function, got ${showValue(nonlinearity)}`);
    this.hiddenSize = hiddenSize;
    this.nonlinearity = nonlinearity;
    this.Wxh = initial(hiddenSize, [hiddenSize, inputSize]);
    this.Whh = initial(hiddenSize, [hiddenSize, hiddenSize]);
    if (bias) this.bias = initial(hiddenSize, [hiddenSize]);
  }
  /** @throws ShapeError if the axes of `x` or of the first state do not fit */
  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    const steps = inputs('nn.RNN', x, this.Wxh, this.bias);
    checkState('nn.RNN', this.hiddenSize, hidden);
    const recurrent = transpose(this.Whh);
    let h = hidden;
    const states = steps.map((step) => (h = this.nonlinearity(h === null ? step : addmm(step, h, recurrent))));
    return stack(states, -2);
  }
  protected override describe(): string {
    return described(this.Wxh, this.hiddenSize, this.bias);
  }
}

/**
 * Gated recurrent unit (Cho et al., 2014), along (N, L, D) or (L, D). With sigmoids r and z of `Wx x + Wh h + b`, and
 * `n = tanh(Wxn x + bn + r (Whn h + bhn))`: `h' = (1 - z) n + z h`. The rows of the weights are those of r, z, n. Gives the states
 * of all steps, (N, L, H) or (L, H).
 */
export class GRU extends Module {
  readonly hiddenSize: number;
  Wx: Tensor;
  Wh: Tensor;
  b?: Tensor;
  bhn?: Tensor;
  /** @throws ShapeError unless the sizes are positive integers */
  constructor(inputSize: number, hiddenSize: number, bias = true) {
    super();
    checkSizes('nn.GRU', { inputSize, hiddenSize });
    this.hiddenSize = hiddenSize;
    this.Wx = initial(hiddenSize, [3 * hiddenSize, inputSize]);
    this.Wh = initial(hiddenSize, [3 * hiddenSize, hiddenSize]);
    if (!bias) return;
    this.b = initial(hiddenSize, [3 * hiddenSize]);
    this.bhn = initial(hiddenSize, [hiddenSize]);
  }
  /** @throws ShapeError if the axes of `x` or of the first state do not fit */
  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    const steps = inputs('nn.GRU', x, this.Wx, this.b);
    checkState('nn.GRU', this.hiddenSize, hidden);
    const recurrent = transpose(this.Wh);
    const gates = [this.hiddenSize, 2 * this.hiddenSize];
    let h = hidden;
    const states = steps.map((step) => {
      const [xr, xz, xn] = split(step, gates, -1) as [Tensor, Tensor, Tensor];
      if (h === null) {
        const n = tanh(this.bhn === undefined ? xn : add(xn, multiply(sigmoid(xr), this.bhn)));
        return (h = multiply(subtract(1, sigmoid(xz)), n));
      }
      const [hr, hz, hn] = split(matmul(h, recurrent), gates, -1) as [Tensor, Tensor, Tensor];
      const r = sigmoid(add(xr, hr));
      const z = sigmoid(add(xz, hz));
      const n = tanh(add(xn, multiply(r, this.bhn === undefined ? hn : add(hn, this.bhn))));
      return (h = add(multiply(subtract(1, z), n), multiply(z, h)));
    });
    return stack(states, -2);
  }
  protected override describe(): string {
    return described(this.Wx, this.hiddenSize, this.b);
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997), along (N, L, D) or (L, D). With sigmoids i, f, o and a tanh g of
 * `Wx x + Wh h + bias`: `c' = f c + i g` and `h' = o tanh(c')`. The rows of the weights are those of i, f, g, o. Gives the states h and
 * the cells c of all steps, (N, L, H) or (L, H) each.
 */
export class LSTM extends Module {
  readonly hiddenSize: number;
  Wx: Tensor;
  Wh: Tensor;
  bias?: Tensor;
  /** @throws ShapeError unless the sizes are positive integers */
  constructor(inputSize: number, hiddenSize: number, bias = true) {
    super();
    checkSizes('nn.LSTM', { inputSize, hiddenSize });
    this.hiddenSize = hiddenSize;
    this.Wx = initial(hiddenSize, [4 * hiddenSize, inputSize]);
    this.Wh = initial(hiddenSize, [4 * hiddenSize, hiddenSize]);
    if (bias) this.bias = initial(hiddenSize, [4 * hiddenSize]);
  }
  /** @throws ShapeError if the axes of `x` or of the first state and cell do not fit */
  forward(x: Tensor, hidden: Tensor | null = null, cell: Tensor | null = null): [states: Tensor, cells: Tensor] {
    const steps = inputs('nn.LSTM', x, this.Wx, this.bias);
    checkState('nn.LSTM', this.hiddenSize, hidden, cell);
    const recurrent = transpose(this.Wh);
    const states: Tensor[] = [];
    const cells: Tensor[] = [];
    let h = hidden;
    let c = cell;
    for (const step of steps) {
      const [i, f, g, o] = split(h === null ? step : addmm(step, h, recurrent), 4, -1) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const written = multiply(sigmoid(i), tanh(g));
      c = c === null ? written : add(multiply(sigmoid(f), c), written);
      h = multiply(sigmoid(o), tanh(c));
      states.push(h);
      cells.push(c);
    }
    return [stack(states, -2), stack(cells, -2)];
  }
  protected override describe(): string {
    return described(this.Wx, this.hiddenSize, this.bias);
  }
}
