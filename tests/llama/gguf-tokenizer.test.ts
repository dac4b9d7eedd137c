// Tokenizers built from GGUF metadata, against llama.cpp on the same files (tools/goldens/llama_cpp_tokens.mjs).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openGguf, type GgufMetadata } from 'lanewise/io';
import { parseConfig } from '../../examples/llama/src/config.js';
import { pairsOfTokenizer } from '../../examples/llama/src/gguf/from-tokenizer.js';
import { fieldsOf } from '../../examples/llama/src/gguf/metadata.js';
import { papersOfGguf } from '../../examples/llama/src/gguf/tokenizer.js';
import { TextTokenizer } from '../../examples/llama/src/tokenizer.js';
import { golden, tinyConfig } from './support.js';

interface Told {
  readonly ids: readonly (readonly number[])[];
  readonly texts: readonly string[];
  readonly bos: number;
  readonly eos: number;
  readonly begins: boolean;
  readonly ends: boolean;
}
const { texts, files } = JSON.parse(readFileSync(golden('tokens.json'), 'utf8')) as {
  texts: readonly string[];
  files: Readonly<Record<string, Told>>;
};
const metadataOf = async (name: string): Promise<GgufMetadata> => {
  await using file = await openGguf(golden(`tokenizers/${name}`));
  return file.metadata;
};
function tokenizerOf(metadata: GgufMetadata): TextTokenizer {
  const { tokenizer, config, template, ranks } = papersOfGguf(fieldsOf(metadata, 'the file'));
  return new TextTokenizer(tokenizer, config, template, ranks);
}
const changed = async (name: string, changes: Record<string, unknown>): Promise<GgufMetadata> => {
  const pairs = Object.entries({ ...(await metadataOf(name)), ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as GgufMetadata;
};

describe.each(Object.entries(files))('tokenizer of %s', (name, told) => {
  const made = metadataOf(name).then(tokenizerOf);
  test.each(texts.map((text, i) => [text, i] as const))('encodes %j as llama.cpp does', async (text, i) => {
    expect((await made).encode(text, false)).toEqual(told.ids[i]);
  });
  test('decodes to the same text', async () => {
    const tokenizer = await made;
    for (const [i, ids] of told.ids.entries()) {
      // the library drops a byte order mark that bytes spell, and the first space behind a special token too
      if (texts[i]!.includes('\ufeff') || texts[i]!.startsWith('<s>')) continue;
      expect(tokenizer.decode(ids)).toBe(told.texts[i]);
    }
  });
  test('puts the same tokens around a text', async () => {
    const [first, last] = [told.begins ? [told.bos] : [], told.ends ? [told.eos] : []];
    expect((await made).encode(texts[0]!)).toEqual([...first, ...told.ids[0]!, ...last]);
  });
  // tokenizer.json has an order for merges of one score, which SentencePiece has not
  if (name === 'spm-ties.gguf') return;
  test('is the same after a way through tokenizer.json and back', async () => {
    const metadata = await metadataOf(name);
    const papers = papersOfGguf(fieldsOf(metadata, name));
    const tokens = (metadata['tokenizer.ggml.tokens']!.value as string[]).length;
    const config = parseConfig(tinyConfig({ vocab_size: tokens }));
    const pairs = pairsOfTokenizer(JSON.parse(JSON.stringify(papers)) as typeof papers, config);
    const tagged = Object.entries(pairs).map(([key, value]) => {
      const isTagged = typeof value === 'object' && 'type' in value;
      return [key, isTagged ? value : { type: 'string', value }];
    });
    const again = tokenizerOf(Object.fromEntries(tagged) as GgufMetadata);
    for (const [i, text] of texts.entries()) expect(again.encode(text, false)).toEqual(told.ids[i]);
    expect(again.chat([{ role: 'user', content: 'x' }])).toEqual((await made).chat([{ role: 'user', content: 'x' }]));
  });
});

describe('papersOfGguf › what cannot be used is refused by its key', () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'a model',
      'spm.gguf',
      { 'tokenizer.ggml.model': { type: 'string', value: 'bert' } },
      'tokenizer.ggml.model must be llama or gpt2, got "bert"',
    ],
    [
      'no model',
      'spm.gguf',
      { 'tokenizer.ggml.model': undefined },
      'tokenizer.ggml.model must be llama or gpt2, got nothing',
    ],
    [
      'no tokens',
      'spm.gguf',
      { 'tokenizer.ggml.tokens': undefined },
      'tokenizer.ggml.tokens must be a list of strings, got nothing',
    ],
    [
      'no scores',
      'spm.gguf',
      { 'tokenizer.ggml.scores': undefined },
      'tokenizer.ggml.scores must be 700 numbers, one for each token',
    ],
    [
      'no merges',
      'gpt-2.gguf',
      { 'tokenizer.ggml.merges': undefined },
      'tokenizer.ggml.merges must be a list of strings, got nothing',
    ],
    [
      'an unknown cut',
      'gpt-2.gguf',
      { 'tokenizer.ggml.pre': { type: 'string', value: 'tekken' } },
      'tokenizer.ggml.pre must be one of gpt-2,',
    ],
    [
      'types of other tokens',
      'spm.gguf',
      { 'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: Int32Array.of(1) } },
      'must have one number for each of 700 tokens, got 1',
    ],
    [
      'a token beyond',
      'spm.gguf',
      { 'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 700 } },
      'tokenizer.ggml.bos_token_id must be a token id below',
    ],
    [
      'tokens that are numbers',
      'spm.gguf',
      { 'tokenizer.ggml.tokens': { type: 'array', of: 'int32', value: Int32Array.of(1) } },
      'tokenizer.ggml.tokens must be a list of strings',
    ],
  ])('%s', async (_, name, changes, message) => {
    const metadata = await changed(name, changes);
    expect(() => tokenizerOf(metadata)).toThrow(message);
  });
});
