import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Decoding } from '../../examples/llama/src/decode.js';
import { generate } from '../../examples/llama/src/generate.js';
import { load } from '../../examples/llama/src/load.js';
import type { LlamaModel } from '../../examples/llama/src/model.js';
import type { TextTokenizer } from '../../examples/llama/src/tokenizer.js';
import { embedded, golden, logitsOf, readGolden, worstRelative } from './support.js';

const file = readGolden(golden('embedded.safetensors'));
const texts = JSON.parse(file.metadata['texts']!) as string[];
const prompts = texts.map((_, i) => file.ints(`prompt${i}`));

test('embedded model › is the one the goldens were made with (tools/goldens/llama.py embedded)', () => {
  const digest = createHash('sha256')
    .update(readFileSync(`${embedded}/model.safetensors`))
    .digest('hex');
  expect(digest).toBe(file.metadata['model']);
});

describe('embedded model in float32', () => {
  let model: LlamaModel;
  let tokenizer: TextTokenizer;
  beforeAll(async () => {
    ({ model, tokenizer } = await load(embedded, 'float32'));
  });
  afterAll(() => model.dispose());

  test('tokenizer › encodes as the Rust tokenizers do', () => {
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(prompts);
  });

  test.each([0, 1])('logits › every position of prompt %d agrees with mlx-lm within 1e-4', (i) => {
    const got = logitsOf(model, prompts[i]!);
    expect(worstRelative(got, file.floats(`float32.logits${i}`), model.config.vocabSize)).toBeLessThan(1e-4);
  });

  test('generate › 200 greedy tokens of each prompt are those of mlx-lm, alone and as a batch', async () => {
    const wanted = prompts.map((_, i) => file.ints(`greedy${i}`));
    const run = async (rows: number[][]): Promise<number[][]> => {
      const decoding = new Decoding(model, rows, { maxTokens: 200, stopTokens: [] });
      while (!decoding.done) await decoding.step();
      const got = rows.map((_, row) => [...decoding.generated(row)]);
      decoding.dispose();
      return got;
    };
    for (const [i, prompt] of prompts.entries()) expect(await run([prompt])).toEqual([wanted[i]]);
    expect(await run(prompts)).toEqual(wanted);
  });
});

describe('embedded model in bfloat16, as stored', () => {
  let model: LlamaModel;
  let tokenizer: TextTokenizer;
  beforeAll(async () => {
    ({ model, tokenizer } = await load(embedded));
  });
  afterAll(() => model.dispose());

  // every implementation rounds other intermediates: ours may be as far from float32 as mlx-lm's own bfloat16 is
  test.each([0, 1])('logits › prompt %d is no farther from float32 than twice what mlx-lm is', (i) => {
    expect(model.dtype).toBe('bfloat16');
    const vocab = model.config.vocabSize;
    const exact = file.floats(`float32.logits${i}`);
    const theirs = worstRelative(file.floats(`bfloat16.logits${i}`), exact, vocab);
    expect(worstRelative(logitsOf(model, prompts[i]!), exact, vocab)).toBeLessThan(2 * theirs);
  });

  test('generate › a seed repeats the story, and it is made of whole words', async () => {
    const story = async (): Promise<string> => {
      let text = '';
      for await (const piece of generate(model, tokenizer, 'Once upon a time', {
        temperature: 0.8,
        seed: 3,
        maxTokens: 60,
      })) {
        text += piece.text;
      }
      return text;
    };
    const first = await story();
    expect(await story()).toBe(first);
    const words = `Once upon a time${first}`.split(/\s+/);
    expect(words.length).toBeGreaterThan(20);
    for (const word of words) expect(word).toMatch(/^"?[A-Za-z][A-Za-z'-]*[.,!?]*"?$/);
  });
});
