// Encodings of positions.
import { nn as core } from '../../slim.js';
import { wrap, type Array, type Opt } from '../array.js';
import { builderOf, record } from '../builder.js';
import { layer, unary } from '../layer.js';
import type { Param } from '../module.js';
import { tupleOf } from './inputs.js';

/** What `RotaryPositionalEncoding` takes: an array, and the position of its first element. */
export class RopeInput extends record<{ x: Array }, { offset: number }, [x: Array]>(['x'], { offset: 0 }) {}
/** Makes a `RopeInput`. */
export class RopeInputBuilder extends builderOf(RopeInput) {}
/** Rotary positions of the first `dimensions` features, the sequence along axis -2. */
export class RotaryPositionalEncoding extends layer<[dimensions: number]>()(
  { traditional: false, base: 10_000, scale: 1 },
  ([dimensions], o) => new core.RoPE(dimensions, o.traditional, o.base, o.scale),
  {},
) {
  get dimensions(): number {
    return this.core.dims;
  }
  override forward(input: Array | readonly [x: Array, offset?: number] | RopeInput): Array {
    const [x, offset] = tupleOf<[x: Array, offset?: number]>(input, ['x', 'offset']);
    return wrap(this.core.forward(x.tensor, offset ?? 0));
  }
}
/** Makes a `RotaryPositionalEncoding`. */
export class RotaryPositionalEncodingBuilder extends builderOf(RotaryPositionalEncoding) {}
export { RotaryPositionalEncoding as Rope, RotaryPositionalEncodingBuilder as RopeBuilder };

/** Sines and cosines of positions: x of any shape gives (..., dimensions). Its frequencies are a parameter, as in mlx-rs. */
export class SinusoidalPositionalEncoding extends unary<[dimensions: number], { sigmas: Param }>()(
  {
    min_frequency: 0.0001,
    max_frequency: 1,
    scale: null as number | null,
    cosine_first: false,
    full_turns: false,
  },
  ([dimensions], o) =>
    new core.SinusoidalPositionalEncoding(dimensions, {
      minFreq: o.min_frequency,
      maxFreq: o.max_frequency,
      scale: o.scale,
      cosFirst: o.cosine_first,
      fullTurns: o.full_turns,
    }),
  { sigmas: '_sigmas' },
) {}
/** Makes a `SinusoidalPositionalEncoding`. */
export class SinusoidalPositionalEncodingBuilder extends builderOf(SinusoidalPositionalEncoding) {}
export { SinusoidalPositionalEncoding as Sinpe, SinusoidalPositionalEncodingBuilder as SinpeBuilder };

type Alibis = [attention_scores: Array, offset?: number, mask?: Opt<Array>];
/** What `Alibi` takes: scores, the position of the first query, and a mask to add. */
export class AlibiInput extends record<
  { attention_scores: Array },
  { offset: number; mask: Array | null },
  [attention_scores: Array]
>(['attention_scores'], { offset: 0, mask: null }) {}
/** Makes an `AlibiInput`. */
export class AlibiInputBuilder extends builderOf(AlibiInput) {}
/** Scores (batch, heads, queries, keys) that fall by the distance of query and key, times a slope per head. */
export class Alibi extends layer<[]>()({}, () => new core.ALiBi(), {}) {
  override forward(input: Array | Readonly<Alibis> | AlibiInput): Array {
    const [scores, offset, mask] = tupleOf<Alibis>(input, ['attention_scores', 'offset', 'mask']);
    return wrap(this.core.forward(scores.tensor, offset ?? 0, mask?.tensor ?? null));
  }
}
