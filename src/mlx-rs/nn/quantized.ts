// Layers over packed matrices.
import { nn as core } from '../../slim.js';
import { wrap, type Array, type Opt } from '../array.js';
import { builderOf } from '../builder.js';
import { Layer, unary } from '../layer.js';
import type { Module, Param } from '../module.js';
import type { Embedding, Linear } from './linear.js';

/** A layer packed; of other modules, what stands in a `MaybeQuantized` in them. By default 4 bits in groups of 64. */
export const quantize = <M extends Module>(
  module: M,
  group_size?: Opt<number>,
  bits?: Opt<number>,
): ReturnType<M['try_into_quantized']> =>
  module.try_into_quantized(group_size ?? 64, bits ?? 4) as ReturnType<M['try_into_quantized']>;

const defaults = { group_size: 64, bits: 4 };
type Codes = { scales: Param; biases: Param };
const codes = { scales: 'scales', biases: 'biases' };
const named = (o: { group_size: number; bits: number }) => ({ groupSize: o.group_size, bits: o.bits });
const schemeOf = (group_size: Opt<number>, bits: Opt<number>) => ({
  group_size: group_size ?? defaults.group_size,
  bits: bits ?? defaults.bits,
});
/** What a packed layer has under `inner`; freezes all of it. */
function inner<P extends object>(layer: Layer, names: Readonly<Record<keyof P & string, string>>): Module & P {
  const made = new Layer(layer.core, names) as Layer & P;
  layer.freeze_parameters(true);
  made.freeze_parameters(true);
  return made;
}
type Weight = { weight: Param; bias: Param | null };
type Rows = { weight: Param };

/** `Linear` over a packed weight. Its parameters are frozen. */
export class QuantizedLinear extends unary<[input_dims: number, output_dims: number], Codes>()(
  { ...defaults, bias: true },
  ([inputs, outputs], o) => new core.QuantizedLinear(inputs, outputs, o.bias, named(o)),
  codes,
) {
  /** the packed weight, and the bias */
  readonly inner: Module & Weight = inner<Weight>(this, { weight: 'weight', bias: 'bias' });
  /** The packed form of a layer. @throws ShapeError unless the group size divides its inputs */
  static try_from_linear(linear: Linear, group_size?: Opt<number>, bits?: Opt<number>): QuantizedLinear {
    const scheme = schemeOf(group_size, bits);
    return QuantizedLinear.around(core.QuantizedLinear.fromLinear(linear.core, named(scheme)), scheme);
  }
}
/** Makes a `QuantizedLinear`. */
export class QuantizedLinearBuilder extends builderOf(QuantizedLinear) {
  /** The packed form of a layer, with the options set so far. */
  build_with_linear(other: Linear): QuantizedLinear {
    return QuantizedLinear.try_from_linear(other, this.options.group_size, this.options.bits);
  }
}
/** What the builder builds. */
export const build_quantized_linear = (builder: QuantizedLinearBuilder): QuantizedLinear => builder.build();

/** `Embedding` over packed rows. Its parameters are frozen. */
export class QuantizedEmbedding extends unary<[embedding_count: number, dimensions: number], Codes>()(
  defaults,
  ([count, dimensions], o) => new core.QuantizedEmbedding(count, dimensions, named(o)),
  codes,
) {
  /** the packed rows */
  readonly inner: Module & Rows = inner<Rows>(this, { weight: 'weight' });
  /** The packed form of a layer. @throws ShapeError unless the group size divides its dimensions */
  static try_from_embedding(embedding: Embedding, group_size?: Opt<number>, bits?: Opt<number>): QuantizedEmbedding {
    const scheme = schemeOf(group_size, bits);
    const packed = core.QuantizedEmbedding.fromEmbedding(embedding.core, named(scheme));
    return QuantizedEmbedding.around(packed, scheme);
  }
  /** `x @ matrix.T`: the output projection of a model that ties both. */
  as_linear(x: Array): Array {
    return wrap(this.core.asLinear(x.tensor));
  }
}
/** Makes a `QuantizedEmbedding`. */
export class QuantizedEmbeddingBuilder extends builderOf(QuantizedEmbedding) {
  /** The packed form of a layer, with the options set so far. */
  build_with_embedding(embedding: Embedding): QuantizedEmbedding {
    return QuantizedEmbedding.try_from_embedding(embedding, this.options.group_size, this.options.bits);
  }
  /** The packed form of rows, with the options set so far. */
  build_with_weight(weight: Array): QuantizedEmbedding {
    const rows = new core.Embedding(1, 1);
    rows.weight = weight.tensor;
    const packed = core.QuantizedEmbedding.fromEmbedding(rows, named(this.options));
    return QuantizedEmbedding.around(packed, this.options);
  }
}
