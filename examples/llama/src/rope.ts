import * as lw from 'lanewise';
import type { Tensor } from 'lanewise';
import type { RopeConfig } from './config.js';

/** Where the tokens of one forward pass stand. */
export interface Positions {
  /** position of the first token, one for all rows or one per row (int32, `[B]`) */
  readonly offset: number | Tensor;
  /** per row, how long the sequence is that the angles are made for; dynamic scaling alone reads it */
  readonly lengths: readonly number[];
}

/**
 * The wavelength factors of Llama 3: `theta^(2i/d)`, long waves stretched by `factor`, short ones kept, and a smooth step
 * between (the rule of mlx-lm's `Llama3RoPE`).
 */
export function llama3Frequencies(rope: RopeConfig & { kind: 'llama3' }, headDim: number): Float32Array {
  const { theta, factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = rope;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = theta ** ((2 * i) / headDim);
    const wavelength = 2 * Math.PI * frequency;
    if (wavelength > originalPositions / low) return frequency * factor;
    if (wavelength <= originalPositions / high) return frequency;
    const smooth = (originalPositions / wavelength - low) / (high - low);
    return frequency / ((1 - smooth) / factor + smooth);
  });
}

/** The wavelengths that are stretched one by one, null for kinds that `fast.rope` has a number for. */
function wavelengths(rope: RopeConfig, headDim: number): Float32Array | null {
  if (rope.kind === 'llama3') return llama3Frequencies(rope, headDim);
  if (rope.kind !== 'factors') return null;
  return Float32Array.from(rope.factors, (factor, i) => factor * rope.theta ** ((2 * i) / headDim));
}

/** The base of dynamic NTK scaling for a sequence of `length` tokens; `theta` up to the original length. */
export function dynamicBase(rope: RopeConfig & { kind: 'dynamic' }, headDim: number, length: number): number {
  const stretched =
    (rope.factor * Math.max(length, rope.originalPositions)) / rope.originalPositions - (rope.factor - 1);
  return rope.theta * stretched ** (headDim / (headDim - 2));
}

/** Rotary position embedding in the half-split layout of Hugging Face weights. */
export class Rope {
  private readonly frequencies: Tensor | null;

  constructor(
    private readonly config: RopeConfig,
    private readonly headDim: number,
  ) {
    const waves = wavelengths(config, headDim);
    this.frequencies = waves === null ? null : lw.array(waves);
  }

  /** Rotates queries or keys `[B, H, L, D]`. */
  apply(x: Tensor, at: Positions): Tensor {
    const { config, headDim } = this;
    switch (config.kind) {
      case 'default':
        return lw.fast.rope(x, headDim, false, config.theta, 1, at.offset);
      case 'linear':
        return lw.fast.rope(x, headDim, false, config.theta, 1 / config.factor, at.offset);
      case 'llama3':
      case 'factors':
        return lw.fast.rope(x, headDim, false, null, 1, at.offset, this.frequencies);
      case 'dynamic':
        return this.applyDynamic(x, at, config);
    }
  }

  private applyDynamic(x: Tensor, at: Positions, config: RopeConfig & { kind: 'dynamic' }): Tensor {
    const bases = at.lengths.map((length) => dynamicBase(config, this.headDim, length));
    if (bases.every((base) => base === bases[0])) {
      return lw.fast.rope(x, this.headDim, false, bases[0]!, 1, at.offset);
    }
    // rows of different lengths have different bases: one call each
    const offset = at.offset;
    const rows = bases.map((base, row) => {
      const one = lw.slice(row, row + 1);
      return lw.fast.rope(
        x.at(one),
        this.headDim,
        false,
        base,
        1,
        typeof offset === 'number' ? offset : offset.at(one),
      );
    });
    return lw.concatenate(rows, 0);
  }
}
