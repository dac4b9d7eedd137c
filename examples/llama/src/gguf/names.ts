// Names and layouts of a Llama's tensors: in GGUF files and in those of Hugging Face.
import type { Tensor } from 'lanewise';
import type { LlamaConfig } from '../config.js';

/** Names outside of the blocks and inside of one, GGUF's first. */
const outer: readonly (readonly [string, string])[] = [
  ['token_embd', 'model.embed_tokens'],
  ['output_norm', 'model.norm'],
  ['output', 'lm_head'],
];
const inner: readonly (readonly [string, string])[] = [
  ['attn_norm', 'input_layernorm'],
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
];
const reversed = (pairs: typeof outer): Map<string, string> => new Map(pairs.map(([a, b]) => [b, a]));
const toHf = { outer: new Map(outer), inner: new Map(inner) };
const toGguf = { outer: reversed(outer), inner: reversed(inner) };

/** Factors of the wavelengths of rotary positions, which Hugging Face keeps in `config.json`. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/** `blk.0.attn_q.weight` as `model.layers.0.self_attn.q_proj.weight`; undefined for a name that no Llama has. */
export function hfName(name: string): string | undefined {
  const [, block, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  const known = block === undefined ? toHf.outer.get(part) : toHf.inner.get(part);
  if (known === undefined) return undefined;
  return block === undefined ? `${known}.${kind}` : `model.layers.${block}.${known}.${kind}`;
}

/** `model.layers.0.self_attn.q_proj.weight` as `blk.0.attn_q.weight`; undefined for a name that no Llama has. */
export function ggufName(name: string): string | undefined {
  const [, layer, part, kind] = /^(?:model\.layers\.(\d+)\.)?([\w.]+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  const known = layer === undefined ? toGguf.outer.get(part) : toGguf.inner.get(part);
  if (known === undefined) return undefined;
  return layer === undefined ? `${known}.${kind}` : `blk.${layer}.${known}.${kind}`;
}

/**
 * How many heads the rows of a tensor are made of, where the two layouts differ: Hugging Face stores the two halves of a rotated head
 * one after the other, GGUF the pairs that are rotated together. Undefined where they agree.
 */
export function rotatedHeads(hfName: string, config: LlamaConfig): number | undefined {
  if (/\.self_attn\.q_proj\.\w+$/.test(hfName)) return config.heads;
  return /\.self_attn\.k_proj\.\w+$/.test(hfName) ? config.kvHeads : undefined;
}

function swapped(rows: Tensor, shape: readonly number[]): Tensor {
  const rest = rows.shape.slice(1);
  return rows
    .reshape([...shape, ...rest])
    .transpose([0, 2, 1, ...rest.map((_, i) => 3 + i)])
    .reshape(rows.shape);
}
/** Rows of rotated pairs as rows of halves: what Hugging Face stores. Rows may be elements or bytes of blocks. */
export const halvesOf = (rows: Tensor, heads: number): Tensor => swapped(rows, [heads, rows.shape[0]! / heads / 2, 2]);
/** Rows of halves as rows of rotated pairs: what GGUF stores. */
export const pairsOf = (rows: Tensor, heads: number): Tensor => swapped(rows, [heads, 2, rows.shape[0]! / heads / 2]);
