import { readFileSync } from 'node:fs';
import * as lw from 'lanewise';
import { expect, it } from 'vitest';
import { parseConfig } from '../src/config.js';
import { batchOf, IGNORED, sampleOf, type TokenBatch } from '../src/data/tokens.js';
import type { TrainEvent } from '../src/events.js';
import { Trainer } from '../src/loop.js';
import { learningRates } from '../src/schedule.js';
import { attentionMask, languageModelTask, type LanguageModelOptions } from '../src/task.js';
import { ofType, records, stream, TinyModel } from './support.js';

interface Golden {
  loss: { labels: number[][]; loss: number; gradient: number[][][] };
  schedules: {
    config: { steps: number; warmup: number; start: number; rate: number; end: number };
    cosine: number[];
    linear: number[];
  };
  run: {
    config: { steps: number; warmup: number; rate: number; clip: number };
    curve: { loss: number; tokens: number; gradNorm: number; learningRate: number }[];
  };
}
const golden = JSON.parse(readFileSync(new URL('goldens/training.json', import.meta.url), 'utf8')) as Golden;

/** A model whose parameter is its logits. */
class Logits extends lw.nn.Module {
  constructor(public logits: lw.Tensor) {
    super();
  }
  forward(_tokens: lw.Tensor): lw.Tensor {
    return this.logits;
  }
}
const labelled = (
  labels: number[][],
  segments = labels.map((row, r) => row.map(() => r + 1)),
): TokenBatch<Record<string, unknown>> => {
  const shape = [labels.length, labels[0]!.length] as const;
  const flat = Int32Array.from(labels.flat());
  return {
    shape,
    tokens: new Int32Array(flat.length),
    labels: flat,
    segments: Int32Array.from(segments.flat()),
    positions: new Int32Array(flat.length),
    records: [],
    count: flat.filter((x) => x !== IGNORED).length,
  };
};
const lossOf = (
  logits: lw.Tensor,
  batch: TokenBatch<Record<string, unknown>>,
  options: LanguageModelOptions<Logits, Record<string, unknown>> = {},
) => {
  const model = new Logits(logits);
  const task = languageModelTask<Logits>(model, options);
  const [loss, gradients] = lw.nn.valueAndGrad(model, () => task.loss(model, batch)[0])();
  return [loss, gradients['logits'] as lw.Tensor] as const;
};

it('language model › loss and gradient are those of MLX where labels are ignored', () => {
  const logits = lw.random.normal([2, 5, 7], 'float32', 0, 4, lw.random.key(5));
  const [loss, gradient] = lossOf(logits, labelled(golden.loss.labels));
  // a sum of 6 terms of float32 that differ in their last place
  expect(Math.abs((loss.item() as number) - golden.loss.loss)).toBeLessThan(2e-6);
  const worst = Math.max(...(gradient.sub(lw.array(golden.loss.gradient)).abs().toTypedArray() as Float32Array));
  expect(worst).toBeLessThan(1e-7);
});
it('language model › equal logits cost log of the vocabulary, whatever the labels', () => {
  const [loss] = lossOf(lw.zeros([1, 3, 11]), labelled([[4, IGNORED, 10]]));
  expect(loss.item()).toBeCloseTo(Math.log(11), 6);
});
it('language model › half logits are summed in float32; large ones do not overflow', () => {
  const [loss] = lossOf(lw.array([[[60000, 0, -60000]]], 'float16'), labelled([[1]]));
  expect([loss.dtype, loss.item()]).toEqual(['float32', 60000]);
});
it('language model › a batch without labels has the loss 0 and no gradient', () => {
  const [loss, gradient] = lossOf(lw.ones([1, 2, 3]), labelled([[IGNORED, IGNORED]]));
  expect([loss.item(), gradient.tolist()]).toEqual([
    0,
    [
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
  ]);
});
it('language model › weights multiply the terms of their sequence', () => {
  const logits = lw.random.normal([2, 2, 4], 'float32', 0, 1, lw.random.key(1));
  const batch = labelled(
    [
      [0, 1],
      [2, IGNORED],
    ],
    [
      [1, 2],
      [3, 0],
    ],
  );
  const each = [
    [[0, 0, 0], 1],
    [[0, 1, 1], 2],
    [[1, 0, 2], 3],
  ] as const;
  const rows = logits.logsumexp(-1).tolist() as number[][];
  const all = logits.tolist() as number[][][];
  const weights = [2, 0, 0.5];
  const wanted =
    each.reduce((sum, [[r, i, label], k]) => sum + weights[k - 1]! * (rows[r]![i]! - all[r]![i]![label]!), 0) / 3;
  expect(lossOf(logits, batch, { weights: () => weights })[0].item()).toBeCloseTo(wanted, 6);
});
it('language model › forward may be given the batch', () => {
  const logits = lw.zeros([1, 1, 2]);
  let seen: TokenBatch<Record<string, unknown>> | null = null;
  const batch = labelled([[1]]);
  lossOf(logits, batch, { forward: (m, tokens, b) => ((seen = b), m.forward(tokens)) });
  expect(seen).toBe(batch);
});
it('language model › activations are counted from the matrices: what they take and give, and as much between them', () => {
  const model = new TinyModel(); // (16, 8), (8, 8), (16, 8): 24 + 16 + 24 sides
  const task = languageModelTask(model);
  const batch = labelled([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(task.activationBytes!(model, batch, parseConfig())).toBe(2 * 6 * 64 * 4);
  expect(task.activationBytes!(model, batch, parseConfig({ precision: 'bfloat16' }))).toBe(2 * 6 * 64 * 2);
});

it('attention mask › looks back in the own sequence only, by hand', () => {
  const samples = [
    [1, 2, 3],
    [4, 5],
  ].map((t) => sampleOf(t, 9, null)!);
  const batch = batchOf([samples], { padToken: 0, multiple: 5, maxLength: 9 });
  expect([...batch.segments]).toEqual([1, 1, 2, 0, 0]);
  const mask = attentionMask(batch);
  expect(mask.shape).toEqual([1, 1, 5, 5]);
  expect((mask.astype('int32').tolist() as number[][][][])[0]![0]).toEqual([
    [1, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
    [0, 0, 1, 0, 0],
    [0, 0, 0, 1, 0],
    [0, 0, 0, 1, 1],
  ]);
});

it.each(['cosine', 'linear'] as const)('schedule › %s is that of MLX', (name) => {
  const { steps, warmup, start, rate, end } = golden.schedules.config;
  const at = learningRates(
    parseConfig({ steps, optimizer: { learningRate: rate }, schedule: { name, warmup, start, end } }),
  );
  // MLX computes in float32
  golden.schedules[name].forEach((wanted, step) => expect(Math.abs(at(step) - wanted)).toBeLessThan(3e-7 * rate));
});
it('schedule › constant stays after the warm-up', () => {
  const at = learningRates(
    parseConfig({ steps: 10, optimizer: { learningRate: 1 }, schedule: { name: 'constant', warmup: 2, start: 0 } }),
  );
  expect([0, 1, 2, 3, 9, 10].map(at)).toEqual([0, 0.5, 1, 1, 1, 1]);
});

it('trainer › 20 steps are those of MLX: loss, norm and rate', async () => {
  const { steps, warmup, rate, clip } = golden.run.config;
  const events: TrainEvent[] = [];
  await new Trainer({
    task: languageModelTask(new TinyModel(16, 8, 0)),
    data: await stream(records(40), { batching: 'pad', shuffleBuffer: 0, padMultiple: 1 }),
    listeners: [(e) => void events.push(e)],
    config: {
      steps,
      accumulation: 2,
      maxGradNorm: clip,
      optimizer: { name: 'sgd', learningRate: rate },
      schedule: { warmup },
    },
  }).run();
  const got = ofType(events, 'step');
  expect(got).toHaveLength(steps);
  golden.run.curve.forEach((wanted, i) => {
    const step = got[i]!;
    expect(step.tokens).toBe(wanted.tokens);
    // float32 through 20 steps
    expect(Math.abs(step.loss - wanted.loss), `loss of step ${i + 1}`).toBeLessThan(2e-6);
    expect(Math.abs(step.gradNorm - wanted.gradNorm), `norm of step ${i + 1}`).toBeLessThan(2e-6);
    expect(Math.abs(step.learningRate - wanted.learningRate)).toBeLessThan(3e-7 * rate);
  });
});
