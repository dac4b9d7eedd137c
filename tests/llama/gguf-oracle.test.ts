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

/** Options of `convert`, and how far log-probabilities may be off: by the order of float32 sums, and by rounding of activations. */
const cases: [name: string, options: string[], within: number][] = [
  ['f32', ['--dtype', 'float32'], 2e-4],
  ['f16', ['--dtype', 'float16'], 2e-2],
];

describe.each(cases)('llama.cpp and a %s file of ours', (name, options, within) => {
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
      const tie = margins.findIndex((margin) => margin < within);
      const compared = tie < 0 ? made.length : tie;
      expect(tokens.slice(0, compared)).toEqual(made.slice(0, compared));
      if (compared === 200) whole++;
    }
    expect(whole).toBeGreaterThanOrEqual(2);
  });

  test('log-probabilities agree', async () => {
    const { model } = await loaded;
    const { vocabSize } = model.config;
    const logits = logitsOf(model, file.scored);
    let worst = 0;
    for (const [position, ranked] of file.likeliest.entries()) {
      const row = logits.subarray(position * vocabSize, (position + 1) * vocabSize);
      const top = row.reduce((a, b) => Math.max(a, b));
      const norm = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
      for (const [id, wanted] of ranked) worst = Math.max(worst, Math.abs(row[id]! - norm - wanted));
    }
    expect(worst).toBeLessThan(within);
    expect(worst).toBeGreaterThan(0);
  });
});
