// Attention with several heads, and the transformer of it.
import { nn as core } from '../../slim.js';
import { wrap, type Array, type Opt } from '../array.js';
import { MultiHeadAttentionBuildError, rethrown, TransformerBulidError } from '../build-errors.js';
import { builderOf, record } from '../builder.js';
import { Dtype } from '../dtype.js';
import { Layer, layer } from '../layer.js';
import { Module, type UnaryModule } from '../module.js';
import { MaybeQuantized } from '../quantization.js';
import { tupleOf } from './inputs.js';
import { Linear } from './linear.js';
import { LayerNorm } from './normalization.js';

/** The layer that `owner` has under a name, which may be packed. */
const linear = (owner: object, name: string): MaybeQuantized<Linear> => {
  const holder = owner as Record<string, core.Linear | core.QuantizedLinear>;
  return new MaybeQuantized<Linear>(
    Linear.around(holder[name] as core.Linear),
    false,
    (packed) => (holder[name] = packed.core),
  );
};

type Attended = [queries: Array, keys: Array, values: Array, mask?: Opt<Array>];
/** What `MultiHeadAttention` takes. The mask is added to the scores; of a Bool one true is seen. */
export class MultiHeadAttentionInput extends record<
  { queries: Array; keys: Array; values: Array },
  { mask: Array | null },
  [queries: Array, keys: Array, values: Array]
>(['queries', 'keys', 'values'], { mask: null }) {}
/** Makes a `MultiHeadAttentionInput`. */
export class MultiHeadAttentionInputBuilder extends builderOf(MultiHeadAttentionInput) {}

const own = null as number | null;
/** Attention of several heads: queries (B, L, D), keys and values (B, S, D) give (B, L, value_output_dims). */
export class MultiHeadAttention extends layer<[dims: number, num_heads: number]>()(
  {
    query_input_dims: own,
    key_input_dims: own,
    value_input_dims: own,
    value_dims: own,
    value_output_dims: own,
    bias: false,
  },
  ([dims, heads], o) =>
    rethrown(
      MultiHeadAttentionBuildError,
      () =>
        new core.MultiHeadAttention(dims, heads, {
          queryInputDims: o.query_input_dims,
          keyInputDims: o.key_input_dims,
          valueInputDims: o.value_input_dims ?? dims,
          valueDims: o.value_dims,
          valueOutputDims: o.value_output_dims,
          bias: o.bias,
        }),
    ),
  {},
) {
  readonly query_proj: MaybeQuantized<Linear> = linear(this.core, 'query_proj');
  readonly key_proj: MaybeQuantized<Linear> = linear(this.core, 'key_proj');
  readonly value_proj: MaybeQuantized<Linear> = linear(this.core, 'value_proj');
  readonly output_proj: MaybeQuantized<Linear> = linear(this.core, 'out_proj');
  get num_heads(): number {
    return this.core.numHeads;
  }
  /** (n, n): 0 where a query sees a key, the least finite number of the dtype for keys that come later. */
  static create_additive_causal_mask(n: number, dtype: Dtype = Dtype.Float32): Array {
    return wrap(core.MultiHeadAttention.createAdditiveCausalMask(n, dtype.core));
  }
  override forward(input: Readonly<Attended> | MultiHeadAttentionInput): Array {
    const [queries, keys, values, mask] = tupleOf<Attended>(input, ['queries', 'keys', 'values', 'mask']);
    return wrap(this.core.forward(queries.tensor, keys.tensor, values.tensor, mask?.tensor ?? null));
  }
}
/** Makes a `MultiHeadAttention`. @throws MultiHeadAttentionBuildError unless the heads divide `dims` */
export class MultiHeadAttentionBuilder extends builderOf(MultiHeadAttention) {}

/** The parameters of a stack of layers of the core, under the names of mlx-rs. */
function stack(of: core.Module): Module {
  const parts = Object.entries(of).flatMap(([name, part]: [string, unknown]): [string, unknown][] => {
    if (part instanceof core.Linear) return [[name, linear(of, name)]];
    if (part instanceof core.LayerNorm) return [[name, LayerNorm.around(part)]];
    if (part instanceof core.MultiHeadAttention) return [[name, MultiHeadAttention.around(part)]];
    if (globalThis.Array.isArray(part)) return [[name, part.map((p: core.Module) => stack(p))]];
    return [];
  });
  return Object.assign(new Layer(of), Object.fromEntries(parts));
}

/** What a transformer calls between its products: a layer of one array to one array. */
export type Activation = UnaryModule;
/** Source and target, and the masks of either and of the target's view of the source. */
export interface TransformerArrays {
  readonly source: Array;
  readonly target: Array;
  readonly source_mask?: Opt<Array>;
  readonly target_mask?: Opt<Array>;
  readonly memory_mask?: Opt<Array>;
}
/** What `Transformer` takes. */
export type TransformerInput = TransformerArrays;
type Translated = [
  source: Array,
  target: Array,
  source_mask?: Opt<Array>,
  target_mask?: Opt<Array>,
  memory_mask?: Opt<Array>,
];
const inputs = ['source', 'target', 'source_mask', 'target_mask', 'memory_mask'];
/** An encoder of the source and a decoder that attends to what it gives. All layers share one `activation`, and its parameters. */
export class Transformer extends layer<[]>()(
  {
    dimensions: 512,
    num_heads: 8,
    encoder_layer_count: 6,
    decoder_layer_count: 6,
    mlp_dimensions: null as number | null,
    dropout: 0,
    activation: null as Activation | null,
    norm_first: false,
  },
  (_, { activation, ...o }) =>
    rethrown(
      TransformerBulidError,
      () =>
        new core.Transformer({
          dims: o.dimensions,
          numHeads: o.num_heads,
          numEncoderLayers: o.encoder_layer_count,
          numDecoderLayers: o.decoder_layer_count,
          mlpDims: o.mlp_dimensions,
          dropout: o.dropout,
          ...(activation === null ? {} : { activation: (x) => activation.forward(wrap(x)).tensor }),
          normFirst: o.norm_first,
        }),
    ),
  {},
) {
  static readonly DEFAULT_ENCODER_LAYERS_COUNT = 6;
  static readonly DEFAULT_DECODER_LAYERS_COUNT = 6;
  /** @internal */
  readonly encoder: Module = stack(this.core.encoder);
  /** @internal */
  readonly decoder: Module = stack(this.core.decoder);
  override forward(input: Readonly<Translated> | TransformerInput): Array {
    const [source, target, ...masks] = tupleOf<Translated>(input, inputs);
    return wrap(this.core.forward(source.tensor, target.tensor, ...masks.map((m) => m?.tensor ?? null)));
  }
}
/** Makes a `Transformer`. @throws TransformerBulidError unless the heads divide the dimensions and 0 <= dropout < 1 */
export class TransformerBuilder extends builderOf(Transformer) {}
