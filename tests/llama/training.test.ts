// How the embedded model is made: the order of its texts, its first weights, its loss, and 50 steps against MLX.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeJsonl, languageModelTask, parseConfig, TokenBatches, Trainer } from '@lanewise/train';
import type { TokenBatch } from '@lanewise/train';
import * as lw from 'lanewise';
import { saveSafetensors } from 'lanewise/io';
import { initialize } from '../../examples/llama/src/initial.js';
import { loadConfig } from '../../examples/llama/src/load.js';
import { LlamaModel } from '../../examples/llama/src/model.js';
import { curriculum } from '../../examples/llama/src/stories/curriculum.js';
import { drill, story } from '../../examples/llama/src/stories/index.js';
import { recipe, storyLessons } from '../../examples/llama/src/stories/recipe.js';
import { rareTokens, repeats, storyTask } from '../../examples/llama/src/stories/repeats.js';
import { maskOf, stories } from '../../examples/llama/src/texts.js';
import type { TextRecord } from '../../examples/llama/src/texts.js';
import { TextTokenizer } from '../../examples/llama/src/tokenizer.js';
import { embedded, golden, tinyModel } from './support.js';

const tensors = (model: LlamaModel): Map<string, lw.Tensor> => new Map(lw.treeFlatten(model.parameters()));
const numbers = (t: lw.Tensor): Float32Array => t.toTypedArray() as Float32Array;

describe('curriculum', () => {
  const count = 2400;
  const texts = [...curriculum(7, count)];
  const drilled = texts.map((text, i) => text === drill(7, i));
  test('curriculum › every text is the drill or the story of its number', () => {
    expect(texts.length).toBe(count);
    texts.forEach((text, i) => expect(drilled[i] || text === story(7, i)).toBe(true));
  });
  test('curriculum › drills alone, then fewer and fewer, then none', () => {
    const shareOf = (from: number, to: number): number => drilled.slice(from, to).filter(Boolean).length / (to - from);
    expect(shareOf(0, 200)).toBe(1);
    expect(shareOf(300, 500)).toBeCloseTo(0.5, 2);
    expect(shareOf(400, 600)).toBeCloseTo(0.25, 2);
    expect(shareOf(600, count)).toBe(0);
  });
});

describe('repeats', () => {
  // 0 begins a text and 1 ends it; 2 is frequent
  const rare = [false, false, false, true, true, true];
  const batchOf = (texts: number[][], batching: 'pad' | 'pack'): Promise<TokenBatch<Record<string, unknown>> | null> =>
    TokenBatches.open(encodeJsonl(texts.map((tokens) => ({ tokens }))), {
      encode: (record) => record['tokens'] as number[],
      ...{ batchSize: 2, maxLength: 16, padMultiple: 16, batching },
    }).then((batches) => batches.next());
  test('repeats › are rare labels that their own text has used before', async () => {
    const batch = await batchOf(
      [
        [0, 3, 2, 3, 2, 4, 3, 1],
        [0, 3, 4, 5, 5, 1],
      ],
      'pack',
    );
    expect(batch!.shape).toEqual([1, 16]);
    const wanted = [...[0, 0, 1, 0, 0, 1, 0], ...[0, 0, 0, 1, 0], ...[0, 0, 0, 0]];
    expect([...repeats(batch!, rare)]).toEqual(wanted);
  });
  test('rareTokens › are fewer than one in 200', () => {
    const text = [...Array<number>(395).fill(0), 1, 2, 2];
    expect(rareTokens([text], 4)).toEqual([false, true, false, true]);
  });
  test('storyTask › counts repeats three times while the model trains, and is plain where it is judged', async () => {
    const model = tinyModel();
    const texts = [
      [0, 3, 2, 3, 2, 4, 3, 1],
      [0, 3, 4, 5, 5, 1],
    ];
    for (const batching of ['pad', 'pack'] as const) {
      const batch = (await batchOf(texts, batching))!;
      const task = storyTask<Record<string, unknown>>(model, rare);
      const forward = (m: LlamaModel, tokens: lw.Tensor): lw.Tensor => m.forward(tokens, maskOf(batch));
      const plain = languageModelTask(model, { forward }).loss(model, batch)[0].item() as number;
      model.train(true);
      const [loss, count, extra] = task.loss(model, batch);
      expect(count).toBe(12);
      expect(extra!['plain']!.item()).toBeCloseTo(plain, 5);
      expect(loss.item()).toBeCloseTo(plain + (2 * 3 * (extra!['repeats']!.item() as number)) / 12, 5);
      model.eval();
      const judged = task.loss(model, batch);
      expect(judged[0].item()).toBeCloseTo(plain, 5);
      expect(Object.keys(judged[2]!)).toEqual(['repeats']);
    }
  });
});

const equal = (a: lw.Tensor, b: lw.Tensor): boolean => a.arrayEqual(b).item() as boolean;
test('initialize › attention starts as a copier, and a seed decides all weights', async () => {
  const config = await loadConfig(embedded);
  const models = [1, 1, 2].map((seed) => {
    const model = new LlamaModel(config);
    initialize(model, seed);
    return tensors(model);
  });
  const [first, again, other] = models as [Map<string, lw.Tensor>, Map<string, lw.Tensor>, Map<string, lw.Tensor>];
  for (const [name, t] of first) {
    expect(equal(t, again.get(name)!)).toBe(true);
    expect(equal(t, other.get(name)!)).toBe(name.includes('norm'));
  }
  const deviation = (name: string): number => first.get(name)!.std().item() as number;
  expect(deviation('model.embed_tokens.weight')).toBeCloseTo(0.06, 3);
  expect(deviation('model.layers.2.self_attn.q_proj.weight')).toBeCloseTo(0.3 / Math.sqrt(192), 3);
  const { heads, kvHeads, headDim, hiddenSize } = config;
  const value = numbers(first.get('model.layers.1.self_attn.v_proj.weight')!);
  const output = numbers(first.get('model.layers.1.self_attn.o_proj.weight')!);
  for (const [row, head, i] of [
    [0, 0, 0],
    [17, 2, 5],
    [100, 3, 31],
    [191, 5, 7],
  ] as const) {
    const from = Math.floor(head / (heads / kvHeads)) * headDim + i;
    const wanted = Math.fround(Math.fround(0.3) * value[from * hiddenSize + row]!);
    expect(output[row * heads * headDim + head * headDim + i]).toBe(wanted);
  }
});

// STORY_DUMP=folder writes what tools/story-model/mlx_curve.py trains with
const folder = process.env['STORY_DUMP'];
test('train › the losses of 50 steps are those of MLX on the same weights and batches, within 1e-3', async () => {
  const tokenizer = await TextTokenizer.load(embedded);
  const config = parseConfig({
    ...recipe,
    ...{ steps: 50, batchSize: 2, logEvery: 1, schedule: { warmup: 10 } },
    data: { ...recipe.data, maxLength: 128 },
  });
  const model = new LlamaModel(await loadConfig(embedded));
  initialize(model, config.seed);
  const start = Object.fromEntries([...tensors(model)].map(([name, t]) => [name, t.add(0).eval()]));
  const { task, data } = await storyLessons(model, tokenizer, config);
  const rare = rareTokens(
    stories(7, 1000).map((text) => tokenizer.encode(text)),
    model.config.vocabSize,
  );
  const batches: TokenBatch<TextRecord>[] = [];
  const losses: number[] = [];
  const trainer = new Trainer({
    ...{ task, config },
    data: {
      next: async () => {
        const batch = await data.next();
        batches.push(batch!);
        return batch;
      },
      state: null,
      restore: (state: never) => data.restore(state),
      reset: () => data.reset(),
    },
    listeners: [(event) => void (event.type === 'step' && losses.push(event.loss))],
  });
  await trainer.run();
  const arrays = batches.map((batch) => {
    const again = repeats(batch, rare);
    const weights = Float32Array.from(batch.labels, (label, i) => (label < 0 ? 0 : 1 + 2 * again[i]!));
    return { shape: [...batch.shape], tokens: batch.tokens, labels: batch.labels, weights };
  });
  const digest = createHash('sha256');
  for (const { tokens, labels, weights } of arrays) for (const x of [tokens, labels, weights]) digest.update(x);
  for (const [, t] of Object.entries(start).sort()) digest.update(numbers(t));
  const sha256 = digest.digest('hex');
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    const named = arrays.flatMap(({ shape, ...all }, i) =>
      Object.entries(all).map(([name, x]) => [`${name}${i}`, lw.array(x).reshape(shape)] as const),
    );
    await saveSafetensors(`${folder}/batches.safetensors`, Object.fromEntries(named));
    await saveSafetensors(`${folder}/start.safetensors`, start);
    writeFileSync(`${folder}/run.json`, JSON.stringify({ data: sha256, config, losses }));
    return;
  }
  const wanted = JSON.parse(readFileSync(golden('story-curve.json'), 'utf8')) as { data: string; mlx: number[] };
  expect(sha256).toBe(wanted.data); // else STORY_DUMP and mlx_curve.py are to be run again
  expect(losses.length).toBe(50);
  losses.forEach((loss, i) => expect(Math.abs(loss - wanted.mlx[i]!), `step ${i + 1}`).toBeLessThan(1e-3));
});
