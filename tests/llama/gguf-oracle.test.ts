// The embedded model in GGUF files of our own writing, against what llama.cpp says of the same files (tools/goldens/llama_cpp.mjs).
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { convert } from '../../examples/llama/src/commands/convert.js';
import { generate } from '../../examples/llama/src/generate.js';
import { load } from '../../examples/llama/src/load.js';
import { embedded, golden, logitsOf } from './support.js';

interface Text {
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly made: readonly number[];
  /** how much likelier each token is than the next one, nats */
  readonly margins: readonly number[];
}
interface File {
  readonly texts: readonly Text[];
  readonly scored: readonly number[];
  readonly likeliest: readonly (readonly (readonly [number, number])[])[];
}
const files = (JSON.parse(readFileSync(golden('llama-cpp.json'), 'utf8')) as { files: Record<string, File> }).files;

const folder = await mkdtemp(join(tmpdir(), 'lanewise-gguf-'));
afterAll(() => rm(folder, { recursive: true }));
const io = { write: async () => {}, log: () => {}, signal: new AbortController().signal };

/**
 * Options of `convert`; how close the two likeliest tokens must be (nats) where the texts part; how many of six texts must be the same to
 * their end (a count of this model's, so that texts that part early are seen); and the root mean square that log-probabilities of the 20 likeliest tokens may be off by. float32: the order of sums. float16:
 * llama.cpp rounds activations. Blocks: both round activations to int8, which alone moves ours by 0.046, 0.050 and 0.081.
 */
const cases: [name: string, options: string[], tie: number, same: number, off: number][] = [
  ['f32', ['--dtype', 'float32'], 2e-4, 5, 1e-4],
  ['f16', ['--dtype', 'float16'], 4e-3, 4, 4e-3],
  ['q8_0', ['--quantize', 'q8_0'], 0.04, 4, 0.05],
  ['q4_0', ['--quantize', 'q4_0'], 0.12, 1, 0.055],
  ['q4_k', ['--quantize', 'q4_k'], 0.12, 2, 0.09],
];

describe.each(cases)('llama.cpp and a %s file of ours', (name, options, tie, same, off) => {
  const file = files[name]!;
  const path = join(folder, `${name}.gguf`);
  const loaded = convert.run([embedded, path, ...options], io).then(() => load(path, 'float32'));

  test('200 greedy tokens are the same, but after a tie that rounding decides', async () => {
    const { model, tokenizer } = await loaded;
    let whole = 0;
    for (const { prompt, ids, made, margins } of file.texts) {
      expect(tokenizer.encode(prompt)).toEqual(ids);
      const tokens: number[] = [];
      for await (const piece of generate(model, tokenizer, prompt, { temperature: 0, maxTokens: 200, stopTokens: [] }))
        if (piece.token !== undefined) tokens.push(piece.token);
      expect(tokens).toHaveLength(200);
      const parting = tokens.findIndex((id, i) => id !== made[i]);
      if (parting < 0) whole++;
      else expect(margins[parting]).toBeLessThan(tie);
    }
    expect(whole).toBeGreaterThanOrEqual(same);
  }, 30_000);

  test('log-probabilities agree', async () => {
    const { model } = await loaded;
    const { vocabSize } = model.config;
    const logits = logitsOf(model, file.scored);
    let squares = 0;
    for (const [position, ranked] of file.likeliest.entries()) {
      const row = logits.subarray(position * vocabSize, (position + 1) * vocabSize);
      const top = row.reduce((a, b) => Math.max(a, b));
      const norm = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
      for (const [id, wanted] of ranked) squares += (row[id]! - norm - wanted) ** 2;
    }
    expect(Math.sqrt(squares / (20 * file.likeliest.length))).toBeLessThan(off);
  });
});
