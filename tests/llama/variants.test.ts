import { describe, expect, test } from 'vitest';
import { Decoding } from '../../examples/llama/src/decode.js';
import { loadModel } from '../../examples/llama/src/load.js';
import type { LlamaModel } from '../../examples/llama/src/model.js';
import { golden, logitsOf, readGolden, worstRelative } from './support.js';

const VOCAB = 96;
const TOLERANCE = 1e-4;
const variants = [
  'gqa1-untied',
  'gqa2-tied',
  'gqa8-tied',
  'rope-linear',
  'rope-dynamic',
  'rope-llama3',
  'biases',
  'head-dim',
  'batch',
  'sharded',
];

/** The greedy continuations of all rows, run together. */
async function greedy(
  model: LlamaModel,
  prompts: number[][],
  counts: number[],
  prefillChunk = 512,
): Promise<number[][]> {
  const decoding = new Decoding(model, prompts, { maxTokens: Math.max(...counts), prefillChunk });
  while (!decoding.done) await decoding.step();
  const rows = prompts.map((_, row) => decoding.generated(row).slice(0, counts[row]));
  decoding.dispose();
  return rows;
}

describe.each(variants)('llama %s', (name) => {
  const file = readGolden(`${golden(name)}/golden.safetensors`);

  test('logits › every position agrees with mlx-lm within 1e-4', async () => {
    const model = await loadModel(golden(name));
    const got = logitsOf(model, file.ints('input'));
    expect(worstRelative(got, file.floats('logits'), VOCAB)).toBeLessThan(TOLERANCE);
    model.dispose();
  });

  test('logits › fed in chunks they agree as well', async () => {
    const model = await loadModel(golden(name));
    const ids = file.ints('input');
    const cache = model.newCache();
    const parts: Float32Array[] = [];
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 9],
      [9, ids.length],
    ] as const) {
      const logits = model.forward([ids.slice(from, to)], cache, { rowLengths: [ids.length] });
      parts.push(logits.toTypedArray() as Float32Array);
    }
    const got = Float32Array.from(parts.flatMap((part) => [...part]));
    expect(worstRelative(got, file.floats('logits'), VOCAB)).toBeLessThan(TOLERANCE);
    cache.dispose();
    model.dispose();
  });

  test('generate › 200 greedy tokens are those of mlx-lm', async () => {
    const model = await loadModel(golden(name));
    const wanted = file.ints('greedy');
    expect(wanted).toHaveLength(200);
    expect(await greedy(model, [file.ints('prompt')], [200])).toEqual([wanted]);
    expect(await greedy(model, [file.ints('prompt')], [200], 5)).toEqual([wanted]);
    model.dispose();
  });
});

describe.each(['batch', 'rope-dynamic'])('llama rows of %s', (name) => {
  const file = readGolden(`${golden(name)}/golden.safetensors`);
  const rows = [0, 1, 2].map((row) => ({
    prompt: file.ints(`row${row}.prompt`),
    logits: file.floats(`row${row}.logits`),
    greedy: file.ints(`row${row}.greedy`),
  }));

  test('logits › each left-padded row agrees with mlx-lm running it alone', async () => {
    const model = await loadModel(golden(name));
    const longest = Math.max(...rows.map((row) => row.prompt.length));
    const padding = rows.map((row) => longest - row.prompt.length);
    const cache = model.newCache(padding);
    const tokens = rows.map((row, r) => [...Array<number>(padding[r]!).fill(5), ...row.prompt]);
    const logits = model.forward(tokens, cache, { rowLengths: rows.map((row) => row.prompt.length) });
    const got = logits.toTypedArray() as Float32Array;
    for (const [r, row] of rows.entries()) {
      const mine = got.subarray((r * longest + padding[r]!) * VOCAB, (r + 1) * longest * VOCAB);
      expect(worstRelative(mine, row.logits, VOCAB)).toBeLessThan(TOLERANCE);
    }
    cache.dispose();
    model.dispose();
  });

  test('generate › each row continues as mlx-lm does alone, also with the prompts in chunks', async () => {
    const model = await loadModel(golden(name));
    const prompts = rows.map((row) => row.prompt);
    const wanted = rows.map((row) => row.greedy);
    const counts = wanted.map((row) => row.length);
    expect(await greedy(model, prompts, counts)).toEqual(wanted);
    expect(await greedy(model, prompts, counts, 4)).toEqual(wanted);
    model.dispose();
  });
});

test('forward › wrong rows and token ids are refused', async () => {
  const model = await loadModel(golden('gqa2-tied'));
  const cache = model.newCache([0, 0]);
  expect(() => model.forward([[1, 2]], cache)).toThrow(
    '[forward] 2 rows of one length above 0 are needed, got lengths 2',
  );
  expect(() => model.forward([[1, 2], [1]], cache)).toThrow('got lengths 2, 1');
  expect(() => model.forward([[], []], cache)).toThrow('got lengths 0, 0');
  expect(() => model.forward([[1], [96]], cache)).toThrow('[forward] token ids must be from 0 to 95, got 96');
  expect(() => model.forward([[1], [-1]], cache)).toThrow('[forward] token ids must be from 0 to 95, got -1');
  expect(() => model.forward([[1], [0.5]], cache)).toThrow('[forward] token ids must be from 0 to 95, got 0.5');
  model.dispose();
});
