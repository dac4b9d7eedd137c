import * as lw from 'lanewise';
import { expect, it } from 'vitest';
import { MemoryStore, checkpointNames } from '../src/checkpoint.js';
import type { TrainConfigInput } from '../src/config.js';
import type { BatchStream } from '../src/data/batches.js';
import type { TokenBatch } from '../src/data/tokens.js';
import type { TrainEvent } from '../src/events.js';
import { Trainer, type TrainerOptions } from '../src/loop.js';
import { languageModelTask, type Loss, type Task } from '../src/task.js';
import { bits, ofType, Single, records, stream, TinyModel } from './support.js';

type Batch = TokenBatch<{ t: number[] }>;
const CONFIG = {
  steps: 20,
  accumulation: 1,
  optimizer: { learningRate: 0.02 },
  schedule: { warmup: 3 },
  evaluation: { every: 5 },
  checkpoints: { every: 5 },
} satisfies TrainConfigInput;
async function make(
  config: TrainConfigInput = {},
  rest: Partial<TrainerOptions<TinyModel, Batch>> = {},
): Promise<{ trainer: Trainer<TinyModel, Batch>; model: TinyModel; events: TrainEvent[] }> {
  const model = new TinyModel();
  const events: TrainEvent[] = [];
  const trainer = new Trainer<TinyModel, Batch>({
    task: languageModelTask(model),
    data: await stream(),
    config: { ...CONFIG, ...config },
    listeners: [(e) => void events.push(e)],
    ...rest,
  });
  return { trainer, model, events };
}

it('trainer › learns, and tells every step', async () => {
  const { trainer, events } = await make({ steps: 150 });
  const summary = await trainer.run();
  const steps = ofType(events, 'step');
  expect(steps.map((e) => e.step)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
  expect(steps[0]!.loss).toBeGreaterThan(2.5); // log 16 is 2.77
  expect(steps.at(-1)!.loss).toBeLessThan(0.7);
  expect(summary).toMatchObject({ reason: 'steps', step: 150, loss: steps.at(-1)!.loss, skipped: 0, best: null });
  expect(steps.at(-1)!.totalTokens).toBe(steps.reduce((n, e) => n + e.tokens, 0));
  for (const e of steps) {
    expect(e.gradNorm).toBeGreaterThan(0);
    expect(e.tokensPerSecond).toBeGreaterThan(0);
    expect(e.memory.peak).toBeGreaterThanOrEqual(e.memory.active);
  }
  expect(steps.at(-1)!.eta).toBe(0);
  expect(steps.at(-1)!.epoch).toBeGreaterThan(1);
  expect(events[0]).toMatchObject({
    type: 'start',
    step: 0,
    steps: 150,
    resumed: null,
    trainable: 328,
    parameters: 328,
  });
  expect(events.at(-1)!.type).toBe('end');
  // events are plain data, which a worker may post
  expect(structuredClone(events)).toEqual(events);
});
it('trainer › the same seed gives the same bits, another seed others', async () => {
  const weights = async (seed: number): Promise<unknown> => {
    const { trainer, model } = await make({ seed });
    lw.random.normal([3]); // what was drawn before does not matter
    await trainer.run();
    return bits(model.parameters());
  };
  const first = await weights(1);
  expect(await weights(1)).toEqual(first);
  expect(await weights(2)).not.toEqual(first);
});

/** Batches that are given, as they are. */
const fixed = <B>(batches: readonly B[], cycle = true): BatchStream<B> => {
  let at = 0;
  return {
    next: async () => (at < batches.length || cycle ? batches[at++ % batches.length]! : null),
    get state() {
      return at;
    },
    restore: async (state: number) => void (at = state),
    reset: () => void (at = 0),
  };
};
/** loss = mean over the batch of w . x, so that the gradient is the mean of the batch */
const linear = (model: Single, extra = false): Task<Single, number[][]> => ({
  model,
  loss: (m, batch): Loss => {
    const each = lw.array(batch).matmul(m.w);
    return [each.mean(), batch.length, ...(extra ? [{ squares: each.square().mean() }] : [])] as unknown as Loss;
  },
});
/** w - rate * gradient; keeps the gradients it was given. */
class Plain {
  state = {};
  learningRate = lw.array(0);
  readonly seen: unknown[] = [];
  readonly rates: number[] = [];
  init(): void {}
  update(model: Single, gradients: { w: lw.Tensor }): void {
    this.seen.push(gradients.w.tolist());
    this.rates.push(this.learningRate.item() as number);
    model.update({ w: model.w.sub(gradients.w.mul(this.learningRate)) });
  }
}
const PLAIN = {
  steps: 1,
  accumulation: 1,
  maxGradNorm: null,
  optimizer: { learningRate: 1 },
  schedule: { name: 'constant', warmup: 0, start: 0 },
} satisfies TrainConfigInput;
const run = async (
  batches: readonly number[][][],
  config: TrainConfigInput,
  w = [0, 0],
  extra = false,
): Promise<{ optimizer: Plain; events: TrainEvent[]; model: Single; error: unknown }> => {
  const model = new Single(lw.array(w));
  const optimizer = new Plain();
  const events: TrainEvent[] = [];
  const trainer = new Trainer({
    task: linear(model, extra),
    data: fixed(batches, false),
    optimizer,
    config: { ...PLAIN, ...config },
    listeners: [(e) => void events.push(e)],
  });
  const error: unknown = await trainer.run().then(
    () => null,
    (e: unknown) => e,
  );
  return { optimizer, events, model, error };
};

it('accumulation › equals one batch of all rows, by hand, also where the parts differ in size', async () => {
  const { optimizer, events } = await run(
    [
      [[1, 0]],
      [
        [3, 6],
        [5, 0],
      ],
    ],
    { accumulation: 2 },
    [1, 1],
    true,
  );
  expect(optimizer.seen).toEqual([[3, 2]]); // the mean of three rows, not of two means
  expect(ofType(events, 'step')[0]).toMatchObject({ loss: 5, tokens: 3, extra: { squares: (1 + 81 + 25) / 3 } });
});
it('accumulation › what is left at the end of the data makes a step', async () => {
  const { optimizer, events } = await run([[[2, 0]], [[4, 0]], [[9, 1]]], { accumulation: 2, steps: 9 });
  expect(optimizer.seen).toEqual([
    [3, 0],
    [9, 1],
  ]);
  expect(ofType(events, 'end')[0]).toMatchObject({ reason: 'data', step: 2 });
});
it('clipping › by the norm of all gradients; the norm that is told is the one before', async () => {
  const { optimizer, events } = await run([[[3, 4]]], { maxGradNorm: 1 });
  // MLX: g * min(1 / (norm + 1e-6), 1), in float32
  expect((optimizer.seen[0] as number[])[0]).toBeCloseTo(0.6, 6);
  expect((optimizer.seen[0] as number[])[1]).toBeCloseTo(0.8, 6);
  expect(ofType(events, 'step')[0]!.gradNorm).toBe(5);
  const small = await run([[[0.3, 0.4]]], { maxGradNorm: 1 });
  expect(small.optimizer.seen).toEqual([[Math.fround(0.3), Math.fround(0.4)]]);
});
it('schedule › goes by steps of the optimizer, not by batches', async () => {
  const { optimizer } = await run(
    Array.from({ length: 16 }, () => [[1, 0]]),
    {
      accumulation: 2,
      steps: 8,
      optimizer: { learningRate: 0.5 },
      schedule: { name: 'cosine', warmup: 2, start: 0.1, end: 0.1 },
    },
  );
  // 0.1 and 0.3 on the line, then 0.1 + 0.4 (1 + cos(pi k / 6)) / 2
  const cosine = [0, 1, 2, 3, 4, 5].map((k) => 0.1 + 0.2 * (1 + Math.cos((Math.PI * k) / 6)));
  optimizer.rates.forEach((rate, i) => expect(rate).toBe(Math.fround([0.1, 0.3, ...cosine][i]!)));
});
it('guard › a step that is not finite is left out and counted, and changes nothing', async () => {
  const { optimizer, events, model } = await run([[[1, 0]], [[NaN, 1]], [[Infinity, 1]], [[2, 0]]], { steps: 4 });
  expect(optimizer.seen).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect(model.w.tolist()).toEqual([-3, 0]);
  expect(ofType(events, 'skip')).toMatchObject([
    { step: 2, inRow: 1, skipped: 1, lossScale: 1 },
    { step: 2, inRow: 2, skipped: 2 },
  ]);
  expect(ofType(events, 'step').map((e) => [e.step, e.skipped])).toEqual([
    [1, 0],
    [2, 2],
  ]);
  expect(ofType(events, 'end')[0]).toMatchObject({ reason: 'data', step: 2, skipped: 2 });
});
it('guard › too many in a row end the run; a good one between them starts the count anew', async () => {
  const bad = [[NaN, 0]];
  const good = [[1, 0]];
  expect((await run([bad, bad, good, bad, bad, good], { steps: 2, maxSkipped: 2 })).error).toBeNull();
  const { error, model } = await run([good, bad, bad, bad], { steps: 9, maxSkipped: 2 });
  expect(String(error)).toContain(
    '[train] at most 2 steps in a row may have no finite loss and gradients, got 3 before step 2: loss NaN, gradient norm NaN',
  );
  expect(model.w.tolist()).toEqual([-1, 0]);
});

it('evaluation › weights batches by their labels, and leaves the training mode on', async () => {
  const model = new Single(lw.array([1, 2]));
  const modes: boolean[] = [];
  const task = linear(model);
  const trainer = new Trainer({
    task: { model, loss: (m, b) => (modes.push(m.training), task.loss(m, b)) },
    data: fixed([[[0, 0]]]),
    evaluation: fixed(
      [
        [[1, 0]],
        [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
      ],
      false,
    ),
    optimizer: new Plain(),
    config: { ...PLAIN, evaluation: { every: 1 } },
  });
  expect(await trainer.evaluate()).toEqual({ loss: (1 + 6) / 4, tokens: 4, extra: {} });
  expect(modes).toEqual([false, false]);
  expect(model.training).toBe(true);
  expect(await trainer.evaluate()).toMatchObject({ tokens: 4 });
});
it('evaluation › ends the run when the loss has not become better for long enough', async () => {
  const model = new Single(lw.array([0]));
  const store = new MemoryStore();
  const events: TrainEvent[] = [];
  // w goes 1, 2, 3, ...; the held-out loss (w - 3)^2 is lowest after step 3
  const trainer = new Trainer<Single, { held: boolean }>({
    task: {
      model,
      loss: (m, b) => [b.held ? m.w.sub(3).square().sum() : m.w.sum().negative(), 1],
    },
    data: fixed([{ held: false }]),
    evaluation: fixed([{ held: true }], false),
    optimizer: new Plain(),
    checkpoints: store,
    listeners: [(e) => void events.push(e)],
    config: { ...PLAIN, steps: 50, evaluation: { every: 1, patience: 4 }, checkpoints: { every: 100, keep: 1 } },
  });
  expect(await trainer.run()).toMatchObject({ reason: 'no improvement', step: 7, best: { step: 3, loss: 0 } });
  expect(ofType(events, 'evaluation').map((e) => [e.loss, e.since])).toEqual([
    [4, 0],
    [1, 0],
    [0, 0],
    [1, 1],
    [4, 2],
    [9, 3],
    [16, 4],
  ]);
  expect(await checkpointNames(store)).toEqual(['step-00000003', 'step-00000007']);
});

it('trainer › pauses, goes on and stops between steps', async () => {
  const store = new MemoryStore();
  const { trainer, events } = await make({ steps: 1000 }, { checkpoints: store });
  let paused = false;
  trainer.on(async (e) => {
    if (e.type === 'step' && e.step === 3) trainer.pause();
    if (e.type === 'pause') {
      paused = true;
      setTimeout(() => trainer.resume(), 20);
    }
    if (e.type === 'step' && e.step === 7) trainer.stop();
  });
  const summary = await trainer.run();
  expect(paused).toBe(true);
  expect(events.map((e) => e.type).filter((t) => t !== 'step' && t !== 'checkpoint')).toEqual([
    'start',
    'pause',
    'resume',
    'end',
  ]);
  expect(summary).toMatchObject({ reason: 'stopped', step: 7 });
  expect(await checkpointNames(store)).toEqual(['step-00000005', 'step-00000007']);
});
it('trainer › a paused run can be stopped; one that is over can be run again', async () => {
  const { trainer, model } = await make({ steps: 10 });
  trainer.pause();
  const over = trainer.run();
  await expect(trainer.run()).rejects.toThrow('[train] a run must have ended before it is started again');
  trainer.stop();
  expect(await over).toMatchObject({ reason: 'stopped', step: 0 });
  expect(await trainer.run()).toMatchObject({ reason: 'steps', step: 10 });
  const other = await make({ steps: 10 });
  await other.trainer.run();
  expect(bits(model.parameters())).toEqual(bits(other.model.parameters()));
});
it('trainer › lets the event loop turn between steps', async () => {
  const { trainer } = await make({ steps: 30 });
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await trainer.run();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

it('resume › at every step the weights are those of the run that was not interrupted, bit for bit', async () => {
  const config = { steps: 12, accumulation: 2, checkpoints: { every: 1, keep: 99 }, evaluation: { every: 3 } };
  const evaluation = (): ReturnType<typeof stream> =>
    stream(records(6), { shuffleBuffer: 0, cycle: false, batching: 'pad' });
  const store = new MemoryStore();
  const whole = await make(config, { checkpoints: store, evaluation: await evaluation() });
  const summary = await whole.trainer.run();
  const wanted = bits(whole.model.parameters());
  for (const step of [1, 2, 5, 11]) {
    const part = new MemoryStore();
    const name = `step-${String(step).padStart(8, '0')}`;
    part.folders.set(name, store.folders.get(name)!);
    const { trainer, model, events } = await make(config, {
      checkpoints: part,
      resume: true,
      evaluation: await evaluation(),
    });
    const end = await trainer.run();
    expect(events[0]).toMatchObject({ type: 'start', step, resumed: name });
    expect(bits(model.parameters())).toEqual(wanted);
    expect({ ...end, elapsed: 0 }).toEqual({ ...summary, elapsed: 0 });
  }
});
it('resume › starts anew where there is no checkpoint; does nothing where the run was over', async () => {
  const store = new MemoryStore();
  const first = await make({}, { checkpoints: store, resume: true });
  await first.trainer.run();
  const again = await make({}, { checkpoints: store, resume: true });
  expect(await again.trainer.run()).toMatchObject({ reason: 'steps', step: 20 });
  expect(ofType(again.events, 'step')).toEqual([]);
  expect(bits(again.model.parameters())).toEqual(bits(first.model.parameters()));
});
it('resume › a run that does not is refused beside checkpoints of later steps, which would outlive its own', async () => {
  const store = new MemoryStore();
  await (await make({}, { checkpoints: store })).trainer.run();
  const names = await store.names();
  const { trainer, events } = await make({}, { checkpoints: store });
  await expect(trainer.run()).rejects.toThrow(
    '[checkpoint] a run must begin where no later checkpoints are, got step-00000020: resume it, or begin in another place',
  );
  expect(events).toEqual([]);
  expect(await store.names()).toEqual(names);
});
it('resume › a damaged checkpoint is a warning, and the one before it is used', async () => {
  const store = new MemoryStore();
  await (await make({}, { checkpoints: store })).trainer.run();
  store.folders.get('step-00000020')!.get('model.safetensors')![200]! ^= 1;
  const { trainer, events } = await make({}, { checkpoints: store, resume: true });
  await trainer.run();
  expect(ofType(events, 'warning')[0]!.message).toMatch(/step-00000020 is damaged: model.safetensors/);
  expect(ofType(events, 'start')[0]).toMatchObject({ step: 15, resumed: 'step-00000015' });
});
it('resume › says which settings differ, but not for those without effect', async () => {
  const store = new MemoryStore();
  await (await make({ steps: 5 }, { checkpoints: store })).trainer.run();
  const { trainer, events } = await make({ steps: 8, logEvery: 2 }, { checkpoints: store, resume: true });
  await trainer.run();
  expect(ofType(events, 'warning').map((e) => e.message)).toEqual([
    'steps is 8, and was 5 when the checkpoint was written',
  ]);
});
it('resume › a checkpoint of another model is an error', async () => {
  const store = new MemoryStore();
  await (await make({}, { checkpoints: store })).trainer.run();
  const other = (model: TinyModel): Promise<unknown> =>
    make({}, { checkpoints: store, resume: true, task: languageModelTask(model) }).then(({ trainer }) => trainer.run());
  await expect(other(new TinyModel(16, 12))).rejects.toThrow(
    '[checkpoint] embedding.weight in step-00000020 must be float32 (16,12) as in the model, got float32 (16,8)',
  );
  const model = new TinyModel();
  Object.assign(model, { head: new lw.nn.Linear(1, 1), hidden: null });
  await expect(other(model)).rejects.toThrow(
    '[checkpoint] step-00000020 must have the parameters of the model, got 2 that it has not (head.weight, head.bias) and 2 that the model has not (hidden.bias, hidden.weight)',
  );
});
it('resume › a checkpoint of another optimizer is an error', async () => {
  const store = new MemoryStore();
  await (await make({}, { checkpoints: store })).trainer.run();
  const { trainer } = await make(
    { optimizer: { name: 'sgd', learningRate: 0.02 } },
    { checkpoints: store, resume: true },
  );
  await expect(trainer.run()).rejects.toThrow(
    '[checkpoint] step-00000020 must have the state of the optimizer, of 6 tensors, got 10; one of them alone has ',
  );
});
it('checkpoints › without frozen parameters they hold what is trained, and resume on top of the rest', async () => {
  const store = new MemoryStore();
  const config = { steps: 4, checkpoints: { every: 2, frozen: false } };
  const frozen = (): TinyModel => {
    const model = new TinyModel();
    model.embedding.freeze();
    return model;
  };
  const first = frozen();
  await (await make(config, { checkpoints: store, task: languageModelTask(first) })).trainer.run();
  const names = Object.keys(await lw.io.loadSafetensors(store.source('step-00000004', 'model.safetensors')));
  expect(names.sort()).toEqual(['hidden.bias', 'hidden.weight', 'output.weight']);
  expect(bits(first.embedding.parameters())).toEqual(bits(new TinyModel().embedding.parameters()));
  store.folders.delete('step-00000004');
  const second = frozen();
  await (await make(config, { checkpoints: store, resume: true, task: languageModelTask(second) })).trainer.run();
  expect(bits(second.parameters())).toEqual(bits(first.parameters()));
});

it('precision › bfloat16 computes with rounded weights and updates float32 masters', async () => {
  const { optimizer, model, error } = await run(
    [[[1, 0]], [[1, 0]]],
    { precision: 'bfloat16', steps: 2, optimizer: { learningRate: 2 ** -12 } },
    [1, 1],
  );
  expect(error).toBeNull();
  expect(optimizer.seen).toEqual([
    [1, 0],
    [1, 0],
  ]);
  // 1 - 2^-12 has no bfloat16: steps this small would be lost without masters
  expect(model.w.dtype).toBe('float32');
  expect(model.w.tolist()).toEqual([1 - 2 ** -11, 1]);
});
it('precision › half weights become float32 masters', async () => {
  const model = new Single(lw.array([1, 1], 'bfloat16'));
  await new Trainer({
    task: linear(model),
    data: fixed([[[1, 0]]]),
    optimizer: new Plain(),
    config: { ...PLAIN, precision: 'bfloat16', optimizer: { learningRate: 2 ** -12 } },
  }).run();
  expect([model.w.dtype, model.w.tolist()]).toEqual(['float32', [1 - 2 ** -12, 1]]);
});
it.each(['bfloat16', 'float16'] as const)('precision › %s follows float32', async (precision) => {
  const curve = async (p: TrainConfigInput['precision']): Promise<number[]> => {
    const { trainer, events } = await make({ steps: 60, precision: p! });
    await trainer.run();
    return ofType(events, 'step').map((e) => e.loss);
  };
  const [half, full] = [await curve(precision), await curve('float32')];
  // rounding of weights and activations at 2^-9 or 2^-12, through 60 steps
  half.forEach((loss, i) => expect(Math.abs(loss - full[i]!)).toBeLessThan(precision === 'bfloat16' ? 0.06 : 0.01));
  expect(half).not.toEqual(full);
});
it('precision › the loss scale of float16 halves on overflow and doubles after a quiet time', async () => {
  // a gradient of 1 in float16 overflows above 65504: 2^17 and 2^16 are too much
  const { events, optimizer } = await run(
    Array.from({ length: 9 }, () => [[1, 0]]),
    {
      precision: 'float16',
      steps: 6,
      lossScale: { initial: 2 ** 17, growthInterval: 4 },
    },
  );
  expect(ofType(events, 'skip').map((e) => e.lossScale)).toEqual([2 ** 16, 2 ** 15, 2 ** 15]);
  expect(ofType(events, 'step').map((e) => [e.step, e.skipped])).toEqual([
    [1, 2],
    [2, 2],
    [3, 2],
    [4, 2],
    [5, 3],
    [6, 3],
  ]);
  for (const g of optimizer.seen) expect(g).toEqual([1, 0]);
});

it('memory › what does not fit is refused before the first step, with its parts', async () => {
  const { trainer, events } = await make({ memoryBudget: 8192 });
  // 328 parameters: weights and gradients of 1312 bytes, moments of twice that and a step; activations: 4 rows, 8 or 12 positions, 96 sides
  await expect(trainer.run()).rejects.toThrow(
    /^\[memory\] the budget must hold what training needs, about [\d.]+ KiB \(weights 1\.28 KiB, gradients 1\.28 KiB, moments 2\.57 KiB, activations [\d.]+ KiB\), got 8\.00 KiB; lower batchSize or data\.maxLength, set gradientCheckpointing, or raise memoryBudget$/,
  );
  expect(events).toEqual([]);
  expect(lw.memory.limit()).toBeGreaterThan(2 ** 31);
});
it('memory › a step that outgrows the budget ends with the figures, and the limit comes back', async () => {
  const limit = lw.memory.limit();
  const model = new Single(lw.array([1, 1]));
  const trainer = new Trainer<Single, number>({
    task: {
      model,
      loss: (m, n) => [
        m.w
          .sum()
          .mul(lw.ones([n]).cumsum())
          .exp()
          .cumsum()
          .mean(),
        1,
      ],
    },
    data: fixed([1, 1, 2 ** 24]),
    optimizer: new Plain(),
    config: { ...PLAIN, steps: 3, memoryBudget: lw.memory.active() + 40 * 2 ** 20 },
  });
  await expect(trainer.run()).rejects.toThrow(
    /^\[memory\] step 3 must fit into the budget, got [\d.]+ MiB needed of [\d.]+ MiB; lower batchSize/,
  );
  expect(lw.memory.limit()).toBe(limit);
});
it('config › patience needs data to evaluate on', async () => {
  await expect(make({ evaluation: { patience: 2 } })).rejects.toThrow(
    'evaluation.patience needs data to evaluate on, got none',
  );
});
