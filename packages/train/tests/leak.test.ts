// Memory over 2,000 steps. Nothing in the model or the task disposes anything.
import * as lw from 'lanewise';
import { expect, it } from 'vitest';
import { MemoryStore } from '../src/checkpoint.js';
import { Trainer } from '../src/loop.js';
import { languageModelTask } from '../src/task.js';
import { records, stream, TinyModel } from './support.js';

it('trainer › 2,000 steps keep the bytes of tensors and of the process flat', async () => {
  const model = new TinyModel(16, 64);
  const active: number[] = [];
  const resident: number[] = [];
  const trainer = new Trainer({
    task: languageModelTask(model),
    data: await stream(records(200), { batchSize: 8, batching: 'pack', maxLength: 32, padMultiple: 32 }),
    evaluation: await stream(records(8), { cycle: false }),
    checkpoints: new MemoryStore(),
    listeners: [
      (e) => {
        if (e.type !== 'step') return;
        active.push(lw.memory.active());
        if (e.step % 10 === 0) resident.push(process.memoryUsage.rss());
      },
    ],
    config: {
      steps: 2000,
      accumulation: 2,
      precision: 'bfloat16',
      optimizer: { learningRate: 1e-3 },
      evaluation: { every: 100 },
      checkpoints: { every: 200 },
    },
  });
  const before = lw.memory.collected().count;
  await trainer.run();
  expect(active).toHaveLength(2000);
  // what a step makes is gone after it, without a collection; the bias that each of 20 evaluations read waits for one
  const settled = active.slice(20);
  expect(Math.max(...settled) - Math.min(...settled)).toBeLessThanOrEqual(20 * 256);
  expect(lw.memory.collected().count).toBe(before);
  // the lowest of each stretch, since the engine collects its own objects when it likes
  const low = (from: number, to: number): number => Math.min(...resident.slice(from / 10, to / 10));
  expect(low(1500, 2000) - low(500, 1000)).toBeLessThan(16 * 2 ** 20);
});
