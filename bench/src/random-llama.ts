// A Llama of TinyLlama's shape with random weights in GGUF's blocks, written by our own writer for ourselves and llama.cpp alike.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lw from 'lanewise';

/** Block formats of the file. */
export type Blocks = 'q8_0' | 'q4_0';

export const tinyLlama = {
  ...{ hidden: 2048, layers: 22, heads: 32, kvHeads: 4, inner: 5632, vocabulary: 32_000, eps: 1e-5 },
} as const;
const { hidden, layers, heads, kvHeads, inner, vocabulary, eps } = tinyLlama;
const headDim = hidden / heads;
const BLOCK = 32;
/** Bytes of a block: a float16 scale and the codes. */
const blockBytes = { q8_0: 34, q4_0: 18 } as const;
/** Bits of the float16 scales by which codes of evenly spread bits get a deviation near 0.02. */
const scaleBits = { q8_0: 0x0c6c, q4_0: 0x1c74 } as const;
const halfValue = (bits: number): number => 2 ** ((bits >> 10) - 15) * (1 + (bits & 1023) / 1024);

interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}
const block = (layer: number): Matrix[] =>
  (
    [
      ['attn_q', hidden, hidden],
      ['attn_k', kvHeads * headDim, hidden],
      ['attn_v', kvHeads * headDim, hidden],
      ['attn_output', hidden, hidden],
      ['ffn_gate', inner, hidden],
      ['ffn_up', inner, hidden],
      ['ffn_down', hidden, inner],
    ] as const
  ).map(([name, rows, columns]) => ({ name: `blk.${layer}.${name}.weight`, rows, columns }));
const embedding: Matrix = { name: 'token_embd.weight', rows: vocabulary, columns: hidden };
const head: Matrix = { name: 'output.weight', rows: vocabulary, columns: hidden };
const matrices = [embedding, head, ...Array.from({ length: layers }, (_, i) => block(i)).flat()];
/** What a forward pass of one token multiplies with. */
export const weightCount = matrices.slice(1).reduce((n, m) => n + m.rows * m.columns, 0);
export const weightBytes = (kind: Blocks): number => (weightCount / BLOCK) * blockBytes[kind];

/** Bytes of a matrix, the same at every call. */
function bytesOf({ name, rows, columns }: Matrix, kind: Blocks): Uint8Array {
  const size = blockBytes[kind];
  const out = new Uint8Array(((rows * columns) / BLOCK) * size);
  const words = new Uint32Array(out.buffer, 0, out.length >> 2);
  let state = [...name].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, 7);
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13; // xorshift32
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  for (let at = 0; at < out.length; at += size) {
    out[at] = scaleBits[kind] & 255;
    out[at + 1] = scaleBits[kind] >> 8;
  }
  return out;
}
/** Element `k` of the row that starts at byte `from`. */
function element(bytes: Uint8Array, from: number, k: number, kind: Blocks): number {
  const at = from + Math.floor(k / BLOCK) * blockBytes[kind] + 2;
  const i = k % BLOCK;
  if (kind === 'q8_0') return (bytes[at + i]! << 24) >> 24;
  return ((bytes[at + (i & 15)]! >> (i < 16 ? 0 : 4)) & 15) - 8;
}
function times(matrix: Matrix, kind: Blocks, x: Float64Array): Float64Array {
  const bytes = bytesOf(matrix, kind);
  const row = (matrix.columns / BLOCK) * blockBytes[kind];
  const scale = halfValue(scaleBits[kind]);
  return Float64Array.from({ length: matrix.rows }, (_, i) => {
    let s = 0;
    for (let k = 0; k < x.length; k++) s += x[k]! * element(bytes, i * row, k, kind);
    return s * scale;
  });
}
const norm = (x: Float64Array): Float64Array => {
  const factor = 1 / Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length + eps);
  return x.map((v) => v * factor);
};

/**
 * Logits after the first token of a sequence, in float64. It sees only itself: attention gives its values, and no position turns
 * it, so that neither queries nor keys count.
 */
export function firstLogits(kind: Blocks, token: number): Float64Array {
  const bytes = bytesOf(embedding, kind);
  const row = (hidden / BLOCK) * blockBytes[kind];
  const scale = halfValue(scaleBits[kind]);
  let x = Float64Array.from({ length: hidden }, (_, k) => scale * element(bytes, token * row, k, kind));
  for (let layer = 0; layer < layers; layer++) {
    const [, , v, o, gate, up, down] = block(layer) as [Matrix, Matrix, Matrix, Matrix, Matrix, Matrix, Matrix];
    const values = times(v, kind, norm(x));
    const mixed = Float64Array.from({ length: hidden }, (_, i) => {
      const shared = Math.floor(Math.floor(i / headDim) / (heads / kvHeads));
      return values[shared * headDim + (i % headDim)]!;
    });
    const attended = times(o, kind, mixed);
    x = x.map((value, i) => value + attended[i]!);
    const normed = norm(x);
    const raised = times(up, kind, normed);
    const open = times(gate, kind, normed).map((g, i) => (g / (1 + Math.exp(-g))) * raised[i]!);
    const fed = times(down, kind, open);
    x = x.map((value, i) => value + fed[i]!);
  }
  return times(head, kind, norm(x));
}

/** Writes the file. */
async function write(path: string, kind: Blocks): Promise<void> {
  const ones = lw.ones([hidden]);
  const tensors = new Map<string, lw.io.GgufTensor | lw.Tensor>();
  const put = (m: Matrix): void => {
    const data = (): lw.Tensor => lw.array(bytesOf(m, kind)).reshape([m.rows, (m.columns / BLOCK) * blockBytes[kind]]);
    tensors.set(m.name, { type: kind, elements: [m.rows, m.columns], data });
  };
  for (const m of matrices) put(m);
  tensors.set('output_norm.weight', ones);
  for (let i = 0; i < layers; i++) {
    tensors.set(`blk.${i}.attn_norm.weight`, ones);
    tensors.set(`blk.${i}.ffn_norm.weight`, ones);
  }
  const count = (value: number): { type: 'uint32'; value: number } => ({ type: 'uint32', value });
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const pieces = ['<unk>', '<s>', '</s>', ...bytes];
  for (let i = pieces.length; i < vocabulary; i++) pieces.push(`\u2581t${i}`);
  await lw.io.saveGguf(path, tensors, {
    'general.architecture': 'llama',
    'general.name': `random weights of TinyLlama's shape`,
    'llama.context_length': count(2048),
    'llama.embedding_length': count(hidden),
    'llama.block_count': count(layers),
    'llama.feed_forward_length': count(inner),
    'llama.attention.head_count': count(heads),
    'llama.attention.head_count_kv': count(kvHeads),
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: eps },
    'llama.rope.dimension_count': count(headDim),
    'llama.vocab_size': count(vocabulary),
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': pieces,
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: new Float32Array(vocabulary) },
    'tokenizer.ggml.token_type': {
      ...{ type: 'array', of: 'int32' },
      value: Int32Array.from(pieces, (_, i) => (i === 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1)),
    },
    'tokenizer.ggml.bos_token_id': count(1),
    'tokenizer.ggml.eos_token_id': count(2),
    'tokenizer.ggml.unknown_token_id': count(0),
  });
}

const made = new Map<Blocks, string>();
let folder: string | null = null;
/** The file's path; written at the first call, removed when this process ends. */
export async function randomLlama(kind: Blocks): Promise<string> {
  if (folder === null) {
    const own = (folder = mkdtempSync(join(tmpdir(), 'lanewise-bench-')));
    process.on('exit', () => rmSync(own, { recursive: true, force: true }));
  }
  let path = made.get(kind);
  if (path === undefined) {
    path = join(folder, `${kind}.gguf`);
    await write(path, kind);
    made.set(kind, path);
  }
  return path;
}
