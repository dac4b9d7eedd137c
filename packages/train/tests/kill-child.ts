// A run in a process of its own, which kill.test.ts ends at random moments: `node <bundle> <folder>`.
import { join } from 'node:path';
import { TokenBatches } from '../src/data/batches.js';
import { Trainer } from '../src/loop.js';
import { folderStore } from '../src/node/folder-store.js';
import { stopOnSignals } from '../src/node/signals.js';
import { languageModelTask } from '../src/task.js';
import { TinyModel } from './support.js';

const folder = process.argv[2]!;
const open = (train: boolean): Promise<TokenBatches<{ t: number[] }>> =>
  TokenBatches.open<{ t: number[] }>(join(folder, train ? 'train.jsonl' : 'held-out.jsonl'), {
    encode: (r) => r.t,
    batchSize: 4,
    padMultiple: 4,
    maxLength: 12,
    batching: train ? 'bucket' : 'pad',
    bucketBatches: 3,
    shuffleBuffer: train ? 20 : 0,
    cycle: train,
    seed: 9,
  });
const trainer = new Trainer({
  task: languageModelTask(new TinyModel(16, 64, 0.2)),
  data: await open(true),
  evaluation: await open(false),
  checkpoints: folderStore(join(folder, 'checkpoints')),
  resume: true,
  listeners: [
    async (e) => {
      process.stdout.write(`${e.type} ${'step' in e ? e.step : ''}\n`);
      // slow enough to be hit in the middle of anything
      await new Promise((resolve) => setTimeout(resolve, 2));
    },
  ],
  config: {
    seed: 3,
    steps: 60,
    accumulation: 2,
    precision: 'float16',
    lossScale: { initial: 2 ** 22, growthInterval: 7 },
    optimizer: { learningRate: 0.01 },
    evaluation: { every: 4 },
    checkpoints: { every: 3, keep: 2 },
  },
});
stopOnSignals(trainer);
await trainer.run();
