import type { Tensor } from 'lanewise';
import { expect, it } from 'vitest';
import { parseConfig, type TrainConfigInput } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import { makeOptimizer } from '../src/optimizer.js';
import { formatBytes, formatSeconds, parseBytes } from '../src/units.js';

const wrong = (config: unknown): ConfigError => {
  try {
    parseConfig(config as TrainConfigInput);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no error');
};

it('config › defaults are those of the seeds', () => {
  const c = parseConfig();
  expect(c).toMatchObject({
    seed: 42,
    steps: 5000,
    batchSize: 1,
    accumulation: 8,
    maxGradNorm: 1,
    precision: 'float32',
    optimizer: { name: 'adamw', learningRate: 5e-5, weightDecay: null },
    schedule: { name: 'cosine', warmup: 100, start: 1e-7, end: 0 },
    data: { maxLength: 1024, shuffleBuffer: 1000 },
    evaluation: { every: 250 },
    checkpoints: { every: 500, keep: 3, best: true },
  });
});
it('config › the warm-up of a short run is a tenth of it', () => {
  expect(parseConfig({ steps: 50 }).schedule.warmup).toBe(5);
  expect(parseConfig({ steps: 50, schedule: { warmup: 0 } }).schedule.warmup).toBe(0);
});
it('config › a memory budget may be text', () => {
  expect(parseConfig({ memoryBudget: '2 GiB' }).memoryBudget).toBe(2 ** 31);
  expect(parseConfig({ memoryBudget: 4096 }).memoryBudget).toBe(4096);
});

// every setting with a value that it does not take, and the line that says so
const cases: [config: unknown, line: string][] = [
  [{ seed: -1 }, 'seed must be an integer from 0 to 2^32 - 1, got -1'],
  [{ seed: 2 ** 32 }, 'seed must be an integer from 0 to 2^32 - 1, got 4294967296'],
  [{ steps: 0 }, 'steps must be an integer of at least 1, got 0'],
  [{ batchSize: '4' }, "batchSize must be an integer of at least 1, got '4'"],
  [{ accumulation: 0 }, 'accumulation must be an integer of at least 1, got 0'],
  [{ optimizer: 'adam' }, "optimizer must be an object of settings, got 'adam'"],
  [
    { optimizer: { name: 'sophia' } },
    "optimizer.name must be 'adamw', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'adafactor', 'lion', 'muon' or 'sgd', got 'sophia'",
  ],
  [{ optimizer: { learningRate: 0 } }, 'optimizer.learningRate must be a number above 0, got 0'],
  [{ optimizer: { learningRate: NaN } }, 'optimizer.learningRate must be a number above 0, got NaN'],
  [{ optimizer: { betas: [0.9] } }, 'optimizer.betas must be two numbers from 0 up to, but not, 1, or null, got [0.9]'],
  [
    { optimizer: { betas: [0.9, 1] } },
    'optimizer.betas must be two numbers from 0 up to, but not, 1, or null, got [0.9, 1]',
  ],
  [{ optimizer: { eps: 0 } }, 'optimizer.eps must be a number above 0 or null, got 0'],
  [{ optimizer: { weightDecay: -0.1 } }, 'optimizer.weightDecay must be a number of at least 0 or null, got -0.1'],
  [{ optimizer: { momentum: 1 } }, 'optimizer.momentum must be a number from 0 up to, but not, 1 or null, got 1'],
  [{ optimizer: { biasCorrection: 1 } }, 'optimizer.biasCorrection must be true, false or null, got 1'],
  [
    { optimizer: { momentum: 0.9 } },
    'optimizer.momentum is not a setting of adamw; those are learningRate, betas, eps, weightDecay, biasCorrection',
  ],
  [{ schedule: { name: 'step' } }, "schedule.name must be 'cosine', 'linear' or 'constant', got 'step'"],
  [{ schedule: { warmup: -1 } }, 'schedule.warmup must be an integer of at least 0 or null, got -1'],
  [{ schedule: { start: -1 } }, 'schedule.start must be a number of at least 0, got -1'],
  [{ schedule: { end: Infinity } }, 'schedule.end must be a number of at least 0, got Infinity'],
  [{ maxGradNorm: 0 }, 'maxGradNorm must be a number above 0 or null, got 0'],
  [{ maxSkipped: -1 }, 'maxSkipped must be an integer of at least 0, got -1'],
  [{ precision: 'fp16' }, "precision must be 'float32', 'bfloat16' or 'float16', got 'fp16'"],
  [{ lossScale: { initial: 0 } }, 'lossScale.initial must be a number above 0, got 0'],
  [{ lossScale: { growthInterval: 0 } }, 'lossScale.growthInterval must be an integer of at least 1, got 0'],
  [{ gradientCheckpointing: 1 }, 'gradientCheckpointing must be true or false, got 1'],
  [{ data: { maxLength: 0 } }, 'data.maxLength must be an integer of at least 1, got 0'],
  [{ data: { batching: 'sort' } }, "data.batching must be 'pad', 'bucket' or 'pack', got 'sort'"],
  [{ data: { bucketBatches: 0 } }, 'data.bucketBatches must be an integer of at least 1, got 0'],
  [{ data: { padMultiple: 0 } }, 'data.padMultiple must be an integer of at least 1, got 0'],
  [{ data: { padToken: -1 } }, 'data.padToken must be an integer of at least 0, got -1'],
  [{ data: { shuffleBuffer: -1 } }, 'data.shuffleBuffer must be an integer of at least 0, got -1'],
  [{ data: { cycle: 'yes' } }, "data.cycle must be true or false, got 'yes'"],
  [{ evaluation: { every: 0 } }, 'evaluation.every must be an integer of at least 1, got 0'],
  [{ evaluation: { batches: 0 } }, 'evaluation.batches must be an integer of at least 1 or null, got 0'],
  [{ evaluation: { patience: 0 } }, 'evaluation.patience must be an integer of at least 1 or null, got 0'],
  [{ evaluation: { minDelta: -1 } }, 'evaluation.minDelta must be a number of at least 0, got -1'],
  [{ checkpoints: { every: 0 } }, 'checkpoints.every must be an integer of at least 1, got 0'],
  [{ checkpoints: { keep: 0 } }, 'checkpoints.keep must be an integer of at least 1, got 0'],
  [{ checkpoints: { best: 'loss' } }, "checkpoints.best must be true or false, got 'loss'"],
  [{ checkpoints: { frozen: null } }, 'checkpoints.frozen must be true or false, got null'],
  [{ logEvery: 0 }, 'logEvery must be an integer of at least 1, got 0'],
  [
    { memoryBudget: '2 gigs' },
    "memoryBudget must be a number of bytes, text such as '512 MiB' or '2 GiB', or null, got '2 gigs'",
  ],
  [{ memoryBudget: 0 }, "memoryBudget must be a number of bytes, text such as '512 MiB' or '2 GiB', or null, got 0"],
  [{ pause: -1 }, 'pause must be a number of at least 0, got -1'],
  [{ steps: 10, schedule: { warmup: 10 } }, 'schedule.warmup must be below steps, got 10 and 10'],
  [{ schedule: { end: 1 } }, 'schedule.end must be at most optimizer.learningRate, got 1 and 0.00005'],
  [{ schedule: { start: 1 } }, 'schedule.start must be at most optimizer.learningRate, got 1 and 0.00005'],
  [{ schedule: { wormup: 1 } }, 'schedule.wormup is not a setting; schedule are name, warmup, start, end'],
  [null, 'the settings must be an object of settings, got null'],
];
it.each(cases)('config › %j', (config, line) => {
  expect(wrong(config).message).toContain(`[config] a setting is wrong:\n  ${line}`);
});
it('config › every problem is listed, with the settings that exist', () => {
  const error = wrong({ epochs: 3, steps: -1, optimizer: { lr: 1, learningRate: 'high' } });
  expect(error.issues.map((i) => i.path).sort()).toEqual(['epochs', 'optimizer.learningRate', 'optimizer.lr', 'steps']);
  expect(error.message).toContain('[config] 4 settings are wrong:');
  expect(error.message).toMatch(/ {2}epochs is not a setting; the settings are seed, steps, batchSize, .*, pause$/m);
  expect(error.message).toContain(
    'optimizer are name, learningRate, betas, eps, weightDecay, momentum, biasCorrection',
  );
});

it.each([
  ['adamw', { betas: [0.8, 0.9], eps: 1e-5, weightDecay: 0.1, biasCorrection: true }],
  ['adam', { betas: [0.8, 0.9], eps: 1e-5, biasCorrection: true }],
  ['adamax', { betas: [0.8, 0.9], eps: 1e-5 }],
  ['adagrad', { eps: 1e-5 }],
  ['adadelta', { eps: 1e-5 }],
  ['rmsprop', { eps: 1e-5 }],
  ['adafactor', { weightDecay: 0.1 }],
  ['lion', { betas: [0.8, 0.9], weightDecay: 0.1 }],
  ['muon', { momentum: 0.8, weightDecay: 0.1 }],
  ['sgd', { momentum: 0.8, weightDecay: 0.1 }],
] as const)('optimizer › %s gets its settings, and its own defaults for the rest', (name, settings) => {
  const make = (more: object): object =>
    makeOptimizer(parseConfig({ optimizer: { name, learningRate: 0.25, ...more } }).optimizer);
  const optimizer = make(settings);
  expect(optimizer.constructor.name.toLowerCase()).toBe(name);
  expect((optimizer as { learningRate: Tensor }).learningRate.item()).toBe(0.25);
  expect(optimizer).toMatchObject(settings);
  const own = make({}) as Record<string, unknown>;
  for (const key of Object.keys(settings)) expect(own[key]).not.toEqual((settings as Record<string, unknown>)[key]);
});

it('units › bytes and times', () => {
  expect([0, 1, 1023, 1024, 1536, 2 ** 31].map(formatBytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.00 KiB',
    '1.50 KiB',
    '2.00 GiB',
  ]);
  expect(['1', '10B', '1.5 KiB', '500MB', '2 GiB', '0', '-1', '1 XB', ''].map(parseBytes)).toEqual([
    1,
    10,
    1536,
    5e8,
    2 ** 31,
    null,
    null,
    null,
    null,
  ]);
  expect([0, 65, 3725, 359999, Infinity].map(formatSeconds)).toEqual(['0:00', '1:05', '1:02:05', '99:59:59', '-']);
});
