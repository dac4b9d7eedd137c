// Encodings of positions: rotary, sinusoidal, and biases of attention scores.
import { rope } from '../fast/index.js';
import { add, divide, multiply, subtract } from '../ops/arithmetic.js';
import { arange, array } from '../ops/creation.js';
import { concatenate } from '../ops/join.js';
import { abs, astype, cos, exp, negative, sin } from '../ops/math.js';
import { expandDims, reshape } from '../ops/shape.js';
import type { DType } from '../tensor/dtype.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** Rotary positions (Su et al., 2021): `fast.rope` of the first `dims` features, the sequence along axis -2. */
export class RoPE extends Module {
  constructor(
    readonly dims: number,
    readonly traditional = false,
    readonly base = 10000,
    readonly scale = 1,
  ) {
    super();
  }
  /** Positions count from `offset`: a number, or an int32 tensor with one entry per batch row. */
  forward(x: Tensor, offset: number | Tensor = 0): Tensor {
    return rope(x, this.dims, this.traditional, this.base, this.scale, offset);
  }
  protected override describe(): string {
    return `dims=${this.dims}, traditional=${this.traditional}`;
  }
}

/** What `SinusoidalPositionalEncoding` takes. */
export interface SinusoidalOptions {
  /** the least frequency; 0.0001 by default */
  readonly minFreq?: number;
  /** the greatest frequency; 1 by default */
  readonly maxFreq?: number;
  /** factor of the result; `sqrt(2 / dims)` by default */
  readonly scale?: number | null;
  /** `[cos; sin]` instead of `[sin; cos]` */
  readonly cosFirst?: boolean;
  /** frequencies in turns instead of radians */
  readonly fullTurns?: boolean;
}
/**
 * Sines and cosines of positions (Vaswani et al., 2017): x of any shape gives (..., dims), `[sin(x f); cos(x f)] * scale` with `dims / 2`
 * frequencies f in equal ratios from `maxFreq` down to `minFreq`.
 */
export class SinusoidalPositionalEncoding extends Module {
  readonly scale: number;
  readonly cosFirst: boolean;
  readonly _sigmas: Tensor;
  /** @throws LanewiseError unless `dims` is even and positive */
  constructor(dims: number, options: SinusoidalOptions = {}) {
    super();
    if (!Number.isInteger(dims) || dims <= 0 || dims % 2 !== 0)
      throw new LanewiseError(
        `[nn.SinusoidalPositionalEncoding] dims must be an even number above 0, got ${String(dims)}`,
      );
    const { minFreq = 0.0001, maxFreq = 1, scale = null, cosFirst = false, fullTurns = false } = options;
    const half = dims / 2;
    const [low, high] = [Math.log(minFreq), Math.log(maxFreq)];
    const fromOneToZero = half === 1 ? array([1]) : subtract(1, divide(arange(half, 'float32'), half - 1));
    const sigmas = exp(add(multiply(fromOneToZero, high - low), low));
    this._sigmas = fullTurns ? multiply(sigmas, 2 * Math.PI) : sigmas;
    this.scale = scale ?? Math.sqrt(2 / dims);
    this.cosFirst = cosFirst;
  }
  forward(x: Tensor): Tensor {
    const angles = multiply(expandDims(x, -1), this._sigmas);
    const parts = [sin(angles), cos(angles)];
    const y = concatenate(this.cosFirst ? parts.reverse() : parts, -1);
    return this.scale === 1 ? y : multiply(y, this.scale);
  }
}

/** Slopes of ALiBi: `2^(-8 i / n)` for i = 1 .. n of a power of two; others take every second slope of the next one as well. */
function slopesOf(heads: number): number[] {
  const log = Math.log2(heads);
  if (Number.isInteger(log)) return Array.from({ length: heads }, (_, i) => 2 ** ((-8 * (i + 1)) / heads));
  const below = 2 ** Math.floor(log);
  const between = slopesOf(2 * below).filter((_, i) => i % 2 === 0);
  return [...slopesOf(below), ...between.slice(0, heads - below)];
}
/** Attention with linear biases (Press et al., 2022): scores fall by the distance of query and key, times a slope per head. */
export class ALiBi extends Module {
  /**
   * `-slope * |query - key|`, (1, heads, queries - offset, keys): the queries are those at `offset` .. `queries - 1`.
   * @throws LanewiseError unless `heads` is an integer above 0
   */
  static createAlibiMatrix(queries: number, keys: number, heads: number, offset = 0, dtype: DType = 'float32'): Tensor {
    const distance = abs(subtract(reshape(arange(offset, queries, 1, 'int32'), [-1, 1]), arange(keys, 'int32')));
    return astype(expandDims(multiply(negative(distance), ALiBi.createAlibiSlope(heads, dtype)), 0), dtype);
  }
  /** One slope per head, (heads, 1, 1). */
  static createAlibiSlope(heads: number, dtype: DType = 'float32'): Tensor {
    if (!Number.isInteger(heads) || heads < 1)
      throw new LanewiseError(`[nn.ALiBi] the heads must be an integer above 0, got ${String(heads)}`);
    return reshape(array(slopesOf(heads), dtype), [heads, 1, 1]);
  }
  /**
   * Scores (batch, heads, queries, keys), the first query at position `offset`, and the mask that is added, with the bias.
   * @throws ShapeError unless the scores have four axes
   */
  forward(scores: Tensor, offset = 0, mask: Tensor | null = null): Tensor {
    if (scores.ndim !== 4)
      throw new ShapeError(
        `[nn.ALiBi] the scores must have 4 axes (batch, heads, queries, keys), got ${showShape(scores.shape)}`,
      );
    const [, heads, queries, keys] = scores.shape as [number, number, number, number];
    const bias = ALiBi.createAlibiMatrix(queries + offset, keys, heads, offset, scores.dtype);
    return add(scores, mask === null ? bias : add(bias, mask));
  }
}
