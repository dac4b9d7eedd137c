import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as lw from 'lanewise';
import { parseConfig } from '../../examples/llama/src/config.js';
import { LlamaModel } from '../../examples/llama/src/model.js';
import { TextTokenizer } from '../../examples/llama/src/tokenizer.js';
import { expectedShapes } from '../../examples/llama/src/weights.js';

/** Path of a file or folder below tests/goldens/llama. */
export const golden = (name: string): string => fileURLToPath(new URL(`../goldens/llama/${name}`, import.meta.url));
/** The embedded model. */
export const embedded = fileURLToPath(new URL('../../examples/llama/model', import.meta.url));

export interface Golden {
  readonly metadata: Readonly<Record<string, string>>;
  floats(name: string): Float32Array;
  ints(name: string): number[];
  has(name: string): boolean;
}

/** Reads a golden file by the format's definition, without the library under test. */
export function readGolden(path: string): Golden {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const part = (name: string): ArrayBuffer => {
    const [from, to] = header[name]!.data_offsets;
    return new Uint8Array(bytes.subarray(8 + length + from, 8 + length + to)).buffer;
  };
  return {
    metadata: header['__metadata__'] as unknown as Record<string, string>,
    floats: (name) => new Float32Array(part(name)),
    ints: (name) => [...new Int32Array(part(name))],
    has: (name) => Object.hasOwn(header, name),
  };
}

/** The largest error of any position, relative to the largest logit of that position. */
export function worstRelative(got: Float32Array, wanted: Float32Array, vocab: number): number {
  expect(got.length).toBe(wanted.length);
  let worst = 0;
  for (let at = 0; at < wanted.length; at += vocab) {
    let error = 0;
    let scale = 0;
    for (let i = at; i < at + vocab; i++) {
      const difference = Math.abs(got[i]! - wanted[i]!);
      error = difference <= error ? error : difference; // NaN stays
      scale = Math.max(scale, Math.abs(wanted[i]!));
    }
    worst = error / scale <= worst ? worst : error / scale;
  }
  return worst;
}

/** Logits of every position of one sequence. */
export function logitsOf(model: LlamaModel, ids: readonly number[]): Float32Array {
  const cache = model.newCache();
  const logits = model.forward([ids], cache);
  const values = logits.toTypedArray() as Float32Array;
  logits.dispose();
  cache.dispose();
  return values;
}

/** A config of a tiny model; `changes` overrides fields, undefined removes one. */
export function tinyConfig(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model_type: 'llama',
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 300,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    ...changes,
  };
}

/** A model with random weights from a seed. */
export function tinyModel(changes: Record<string, unknown> = {}, seed = 1): LlamaModel {
  const config = parseConfig(tinyConfig(changes));
  const tensors = new Map(
    [...expectedShapes(config)].map(([name, shape], i) => {
      const key = lw.random.key(seed * 1000 + i);
      return [name, lw.random.normal(shape, 'float32', 0, 0.7, key).eval()] as const;
    }),
  );
  return new LlamaModel(config, { dtype: 'float32', tensors });
}

/** GPT-2's table: the character that stands for each byte in a byte-level vocabulary. */
export function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

/** A byte-level BPE over all bytes with a few merges that cut characters in two, and an end token. */
export function byteLevelTokenizer(config: unknown = {}, template?: string): TextTokenizer {
  const characters = byteCharacters();
  const spell = (bytes: number[]): string => bytes.map((byte) => characters[byte]).join('');
  const vocab: Record<string, number> = Object.fromEntries(characters.map((c, id) => [c, id]));
  // the first two bytes of the euro sign, the last two of an emoji, a space with a letter
  const pairs: [number[], number[]][] = [
    [[0xe2], [0x82]],
    [[0x98], [0x80]],
    [[0x20], [0x74]],
    [[0x20, 0x74], [0x68]],
  ];
  for (const [a, b] of pairs) vocab[spell([...a, ...b])] = Object.keys(vocab).length;
  const added = ['<s>', '</s>'].map((content, i) => ({
    id: 260 + i,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  return new TextTokenizer(
    {
      version: '1.0',
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      model: { type: 'BPE', vocab, merges: pairs.map(([a, b]) => [spell(a), spell(b)]), ignore_merges: false },
    },
    config,
    template,
  );
}

/** Llama 2's kind: metaspaces, byte fallback, and a decoder that strips the first space. */
export function metaspaceTokenizer(): TextTokenizer {
  const pieces = ['<unk>', '<s>', '</s>'];
  for (let byte = 0; byte < 256; byte++) pieces.push(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  pieces.push('\u2581', ...'abcdefghijklmnopqrstuvwxyz.', '\u2581h', '\u2581hi');
  return new TextTokenizer({
    version: '1.0',
    added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '\u2581' },
        { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [
        ['\u2581', 'h'],
        ['\u2581h', 'i'],
      ],
      ignore_merges: false,
    },
  });
}
