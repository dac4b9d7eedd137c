import * as lw from 'lanewise';
import type { DType, Tensor } from 'lanewise';
import { KVCache } from './cache.js';
import type { LlamaConfig } from './config.js';
import { Rope } from './rope.js';
import type { Positions } from './rope.js';
import { expectedShapes } from './weights.js';
import type { Weights } from './weights.js';
import { ModelError } from './errors.js';

interface Linear {
  /** `[inputs, outputs]`: a view of the stored weight, made once */
  readonly transposed: Tensor;
  readonly bias: Tensor | undefined;
}

interface Block {
  readonly attentionNorm: Tensor;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly mlpNorm: Tensor;
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
}

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

/** `x W^T + b`. */
function linear(x: Tensor, layer: Linear): Tensor {
  return layer.bias === undefined ? x.matmul(layer.transposed) : lw.addmm(layer.bias, x, layer.transposed);
}

/**
 * Llama 2 and 3 as mlx-lm and transformers compute it: RMS norms, rotary positions, grouped-query attention and a SwiGLU
 * MLP, in the dtype of the weights.
 */
export class LlamaModel {
  readonly dtype: DType;
  private readonly embeddings: Tensor;
  private readonly blocks: readonly Block[];
  private readonly norm: Tensor;
  private readonly head: Tensor;
  private readonly rope: Rope;
  private readonly tensors: readonly Tensor[];

  /** @throws ModelError if `weights` lacks a tensor that the config asks for; `loadWeights` reports all of them at once */
  constructor(
    readonly config: LlamaConfig,
    weights: Weights,
  ) {
    const take = (name: string): Tensor => {
      const tensor = weights.tensors.get(name);
      if (tensor === undefined)
        throw new ModelError(`[model] every tensor of the config must be given, got no ${name}`);
      return tensor;
    };
    const views: Tensor[] = [];
    const transposed = (tensor: Tensor): Tensor => {
      const view = tensor.T.eval();
      views.push(view);
      return view;
    };
    const layer = (name: string, bias: boolean): Linear => ({
      transposed: transposed(take(`${name}.weight`)),
      bias: bias ? take(`${name}.bias`) : undefined,
    });
    const { attentionBias, mlpBias } = config;
    this.dtype = weights.dtype;
    this.embeddings = take('model.embed_tokens.weight');
    this.blocks = Array.from({ length: config.layers }, (_, i) => ({
      attentionNorm: take(`model.layers.${i}.input_layernorm.weight`),
      query: layer(`model.layers.${i}.self_attn.q_proj`, attentionBias),
      key: layer(`model.layers.${i}.self_attn.k_proj`, attentionBias),
      value: layer(`model.layers.${i}.self_attn.v_proj`, attentionBias),
      output: layer(`model.layers.${i}.self_attn.o_proj`, attentionBias),
      mlpNorm: take(`model.layers.${i}.post_attention_layernorm.weight`),
      gate: layer(`model.layers.${i}.mlp.gate_proj`, mlpBias),
      up: layer(`model.layers.${i}.mlp.up_proj`, mlpBias),
      down: layer(`model.layers.${i}.mlp.down_proj`, mlpBias),
    }));
    this.norm = take('model.norm.weight');
    this.head = transposed(config.tiedEmbeddings ? this.embeddings : take('lm_head.weight'));
    this.rope = new Rope(config.rope, config.headDim);
    this.tensors = [...views, ...[...expectedShapes(config).keys()].map(take)];
  }

  /** An empty cache; `padding` gives the left padding of each row. */
  newCache(padding: readonly number[] = [0]): KVCache {
    return new KVCache(this.config, this.dtype, padding);
  }

  /**
   * Logits for the next token, float32: `[B, L, vocab]` for all positions, `[B, 1, vocab]` for the last, `[B, 0, vocab]`
   * for none. Logits and cache are computed, everything between is freed.
   * @param tokens token ids, one array of the same length per row
   * @param cache earlier keys and values; the new ones are appended
   */
  forward(tokens: readonly (readonly number[])[], cache: KVCache, options: ForwardOptions = {}): Tensor {
    return lw.tidy(() => {
      const logits = this.record(tokens, cache, options);
      lw.eval(logits, ...cache.tensors());
      return [logits, ...cache.tensors()] as const;
    })[0];
  }

  /** Frees the weights. */
  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
  }

  private record(tokens: readonly (readonly number[])[], cache: KVCache, options: ForwardOptions): Tensor {
    const rows = tokens.length;
    const columns = this.checked(tokens, cache);
    cache.reserve(columns);
    const at = cache.positions(columns, options.rowLengths);
    const mask = cache.mask(columns);
    const ids = lw.array(Int32Array.from(tokens.flat())).reshape([rows, columns]);
    let hidden = lw.take(this.embeddings, ids, 0);
    for (const [index, block] of this.blocks.entries()) {
      const normed = lw.fast.rmsNorm(hidden, block.attentionNorm, this.config.normEps);
      hidden = hidden.add(this.attention(normed, block, index, cache, at, mask));
      hidden = hidden.add(this.mlp(lw.fast.rmsNorm(hidden, block.mlpNorm, this.config.normEps), block));
    }
    cache.advance(columns);
    const wanted = options.logits ?? 'all';
    if (wanted !== 'all') hidden = hidden.at(':', lw.slice(wanted === 'last' ? columns - 1 : columns, columns));
    return lw.fast.rmsNorm(hidden, this.norm, this.config.normEps).matmul(this.head).astype('float32');
  }

  private attention(
    x: Tensor,
    block: Block,
    index: number,
    cache: KVCache,
    at: Positions,
    mask: Tensor | 'causal' | null,
  ): Tensor {
    const { heads, kvHeads, headDim } = this.config;
    const [rows, columns] = [x.shape[0]!, x.shape[1]!];
    const single = columns === 1; // then `[B, 1, H, D]` and `[B, H, 1, D]` are the same bytes
    const split = (y: Tensor, count: number): Tensor =>
      single
        ? y.reshape([rows, count, 1, headDim])
        : y.reshape([rows, columns, count, headDim]).transpose([0, 2, 1, 3]);
    const queries = this.rope.apply(split(linear(x, block.query), heads), at);
    const keys = this.rope.apply(split(linear(x, block.key), kvHeads), at);
    const seen = cache.update(index, keys, split(linear(x, block.value), kvHeads));
    const mixed = lw.fast.scaledDotProductAttention(queries, seen.keys, seen.values, headDim ** -0.5, mask);
    return linear(
      (single ? mixed : mixed.transpose([0, 2, 1, 3])).reshape([rows, columns, heads * headDim]),
      block.output,
    );
  }

  /** SwiGLU: `down(silu(gate(x)) * up(x))`. */
  private mlp(x: Tensor, block: Block): Tensor {
    const gate = linear(x, block.gate);
    return linear(gate.mul(gate.sigmoid()).mul(linear(x, block.up)), block.down);
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
