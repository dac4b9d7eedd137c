import * as lw from 'lanewise';
import type { DType, Tensor } from 'lanewise';
import * as nn from 'lanewise/nn';
import { KVCache } from './cache.js';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';
import { blockModes } from './quantization.js';
import { Rope } from './rope.js';
import type { Positions } from './rope.js';
import { expectedShapes } from './weights.js';
import type { Weights } from './weights.js';

/** Which positions a forward pass computes logits for; `none` only fills the cache. */
export type Positioned = 'all' | 'last' | 'none';

/** Options of a forward pass. */
export interface ForwardOptions {
  /** `'all'` by default */
  readonly logits?: Positioned;
  /**
   * The full length of each row's prompt, when it is fed in chunks: dynamic rope scaling then gives every chunk the angles
   * that one pass over the whole prompt would.
   */
  readonly rowLengths?: readonly number[];
}

/** What one forward pass shares between the blocks. */
interface Pass {
  readonly at: Positions;
  readonly mask: Tensor | 'causal' | null;
  /** earlier keys and values; null where a whole sequence is seen at once */
  readonly cache: KVCache | null;
}

class Attention extends nn.Module {
  readonly q_proj: nn.Linear;
  readonly k_proj: nn.Linear;
  readonly v_proj: nn.Linear;
  readonly o_proj: nn.Linear;
  readonly #config: LlamaConfig;
  readonly #rope: Rope;
  readonly #index: number;

  constructor(config: LlamaConfig, rope: Rope, index: number) {
    super();
    const { hiddenSize, heads, kvHeads, headDim, attentionBias } = config;
    this.q_proj = new nn.Linear(hiddenSize, heads * headDim, attentionBias);
    this.k_proj = new nn.Linear(hiddenSize, kvHeads * headDim, attentionBias);
    this.v_proj = new nn.Linear(hiddenSize, kvHeads * headDim, attentionBias);
    this.o_proj = new nn.Linear(heads * headDim, hiddenSize, attentionBias);
    this.#config = config;
    this.#rope = rope;
    this.#index = index;
  }
  forward(x: Tensor, { at, mask, cache }: Pass): Tensor {
    const { heads, kvHeads, headDim } = this.#config;
    const [rows, columns] = [x.shape[0]!, x.shape[1]!];
    const single = columns === 1; // then `[B, 1, H, D]` and `[B, H, 1, D]` are the same bytes
    const split = (y: Tensor, count: number): Tensor =>
      single
        ? y.reshape([rows, count, 1, headDim])
        : y.reshape([rows, columns, count, headDim]).transpose([0, 2, 1, 3]);
    const queries = this.#rope.apply(split(this.q_proj.forward(x), heads), at);
    const keys = this.#rope.apply(split(this.k_proj.forward(x), kvHeads), at);
    const values = split(this.v_proj.forward(x), kvHeads);
    const seen = cache === null ? { keys, values } : cache.update(this.#index, keys, values);
    const mixed = lw.fast.scaledDotProductAttention(queries, seen.keys, seen.values, headDim ** -0.5, mask);
    const joined = single ? mixed : mixed.transpose([0, 2, 1, 3]);
    return this.o_proj.forward(joined.reshape([rows, columns, heads * headDim]));
  }
}

/** SwiGLU: `down(silu(gate(x)) * up(x))`. */
class MLP extends nn.Module {
  readonly gate_proj: nn.Linear;
  readonly up_proj: nn.Linear;
  readonly down_proj: nn.Linear;

  constructor({ hiddenSize, intermediateSize, mlpBias }: LlamaConfig) {
    super();
    this.gate_proj = new nn.Linear(hiddenSize, intermediateSize, mlpBias);
    this.up_proj = new nn.Linear(hiddenSize, intermediateSize, mlpBias);
    this.down_proj = new nn.Linear(intermediateSize, hiddenSize, mlpBias);
  }
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(nn.silu(this.gate_proj.forward(x)).mul(this.up_proj.forward(x)));
  }
}

class Block extends nn.Module {
  readonly self_attn: Attention;
  readonly mlp: MLP;
  readonly input_layernorm: nn.RMSNorm;
  readonly post_attention_layernorm: nn.RMSNorm;

  constructor(config: LlamaConfig, rope: Rope, index: number) {
    super();
    this.self_attn = new Attention(config, rope, index);
    this.mlp = new MLP(config);
    this.input_layernorm = new nn.RMSNorm(config.hiddenSize, config.normEps);
    this.post_attention_layernorm = new nn.RMSNorm(config.hiddenSize, config.normEps);
  }
  forward(x: Tensor, pass: Pass): Tensor {
    const hidden = x.add(this.self_attn.forward(this.input_layernorm.forward(x), pass));
    return hidden.add(this.mlp.forward(this.post_attention_layernorm.forward(hidden)));
  }
}

/** Everything but the head. */
class Body extends nn.Module {
  readonly embed_tokens: nn.Embedding;
  readonly layers: Block[];
  readonly norm: nn.RMSNorm;

  constructor(config: LlamaConfig) {
    super();
    const rope = new Rope(config.rope, config.headDim);
    this.embed_tokens = new nn.Embedding(config.vocabSize, config.hiddenSize);
    this.layers = Array.from({ length: config.layers }, (_, i) => new Block(config, rope, i));
    this.norm = new nn.RMSNorm(config.hiddenSize, config.normEps);
  }
}

/**
 * Llama 2 and 3 as mlx-lm and transformers compute it: RMS norms, rotary positions, grouped-query attention and a SwiGLU
 * MLP, in the dtype of the weights. Parameters have the names of Hugging Face files.
 */
export class LlamaModel extends nn.Module {
  readonly model: Body;
  readonly lm_head?: nn.Linear;
  readonly #config: LlamaConfig;

  /**
   * @param weights the model takes them over; without them it has the random weights that training starts from
   * @throws ModelError if `weights` lacks a tensor that the config asks for; `loadWeights` reports all of them at once
   */
  constructor(config: LlamaConfig, weights?: Weights) {
    super();
    this.#config = config;
    this.model = new Body(config);
    if (!config.tiedEmbeddings) this.lm_head = new nn.Linear(config.hiddenSize, config.vocabSize, false);
    if (weights === undefined) return;
    const { tensors, packed } = weights;
    for (const name of expectedShapes(config).keys())
      if (!tensors.has(name)) throw new ModelError(`[model] every tensor of the config must be given, got no ${name}`);
    if (packed !== undefined) nn.quantize(this, { classPredicate: (path) => packed.get(path) ?? false });
    // given tensors are computed first: a layer then takes over their bytes at once
    lw.eval(...tensors.values());
    const blocks = new Set(this.takeBlocks(tensors));
    const entries = [...tensors].filter(([name]) => !blocks.has(name));
    this.loadWeights(entries, blocks.size === 0);
    for (const [, tensor] of entries) tensor.dispose();
  }

  /** Gives layers of blocks their matrices, one after another: each is packed anew and freed. Returns the names that are done. */
  private takeBlocks(tensors: Weights['tensors']): string[] {
    return [...this.namedModules()].flatMap(([path, layer]) => {
      const isPacked = layer instanceof nn.QuantizedLinear || layer instanceof nn.QuantizedEmbedding;
      if (!isPacked || !(blockModes as readonly string[]).includes(layer.mode)) return [];
      const name = `${path}.weight`;
      layer.weight = tensors.get(name)!;
      tensors.get(name)!.dispose();
      return [name];
    });
  }

  get config(): LlamaConfig {
    return this.#config;
  }
  /** What it computes in. */
  get dtype(): DType {
    return this.model.norm.weight!.dtype;
  }
  /** An empty cache; `padding` gives the left padding of each row. */
  newCache(padding: readonly number[] = [0]): KVCache {
    return new KVCache(this.config, this.dtype, padding);
  }

  /**
   * Logits of every next token of whole sequences, `[B, L]` to `[B, L, vocab]`, recorded: what training differentiates.
   * @param mask which position sees which, `[B, 1, L, L]` of bool; by default itself and those before it
   */
  forward(tokens: Tensor, mask?: Tensor): Tensor;
  /**
   * Logits for the next token, float32: `[B, L, vocab]` for all positions, `[B, 1, vocab]` for the last, `[B, 0, vocab]`
   * for none. Logits and cache are computed, everything between is freed.
   * @param tokens token ids, one array of the same length per row
   * @param cache earlier keys and values; the new ones are appended
   */
  forward(tokens: readonly (readonly number[])[], cache: KVCache, options?: ForwardOptions): Tensor;
  forward(
    tokens: Tensor | readonly (readonly number[])[],
    cache?: KVCache | Tensor,
    options: ForwardOptions = {},
  ): Tensor {
    if (tokens instanceof lw.Tensor) {
      const mask = cache instanceof lw.Tensor ? cache : 'causal';
      const [rows, columns] = tokens.shape as [number, number];
      const at = { offset: 0, lengths: Array.from({ length: rows }, () => columns) };
      return this.logits(this.hidden(tokens, { at, mask, cache: null }));
    }
    if (!(cache instanceof KVCache)) throw new ModelError('[forward] rows of tokens need a cache, got none');
    return lw.tidy(() => {
      const logits = this.record(tokens, cache, options);
      lw.eval(logits, ...cache.tensors());
      return [logits, ...cache.tensors()] as const;
    })[0];
  }

  /** Frees the weights. */
  dispose(): void {
    for (const [, tensor] of lw.treeFlatten(this.parameters())) tensor.dispose();
    // what stands behind the weights that such layers give out
    for (const [, layer] of this.namedModules())
      if (layer instanceof nn.QuantizedLinear || layer instanceof nn.QuantizedEmbedding) layer.dispose();
  }

  private hidden(ids: Tensor, pass: Pass): Tensor {
    let hidden = this.model.embed_tokens.forward(ids);
    for (const block of this.model.layers) hidden = block.forward(hidden, pass);
    return hidden;
  }
  private logits(hidden: Tensor): Tensor {
    const normed = this.model.norm.forward(hidden);
    const head = this.lm_head?.forward(normed) ?? this.model.embed_tokens.asLinear(normed);
    return head.astype('float32');
  }
  private record(tokens: readonly (readonly number[])[], cache: KVCache, options: ForwardOptions): Tensor {
    const rows = tokens.length;
    const columns = this.checked(tokens, cache);
    cache.reserve(columns);
    const at = cache.positions(columns, options.rowLengths);
    const ids = lw.array(Int32Array.from(tokens.flat())).reshape([rows, columns]);
    let hidden = this.hidden(ids, { at, mask: cache.mask(columns), cache });
    cache.advance(columns);
    const wanted = options.logits ?? 'all';
    if (wanted !== 'all') hidden = hidden.at(':', lw.slice(wanted === 'last' ? columns - 1 : columns, columns));
    return this.logits(hidden);
  }

  private checked(tokens: readonly (readonly number[])[], cache: KVCache): number {
    const columns = tokens[0]?.length ?? 0;
    if (tokens.length !== cache.batch || columns === 0 || tokens.some((row) => row.length !== columns)) {
      const got = tokens.map((row) => row.length).join(', ');
      throw new ModelError(
        `[forward] ${cache.batch} rows of one length above 0 are needed, got lengths ${got || 'none'}`,
      );
    }
    for (const row of tokens) {
      for (const id of row) {
        if (!Number.isInteger(id) || id < 0 || id >= this.config.vocabSize) {
          throw new ModelError(`[forward] token ids must be from 0 to ${this.config.vocabSize - 1}, got ${id}`);
        }
      }
    }
    return columns;
  }
}
