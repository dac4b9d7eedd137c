// What `train` and `finetune` share: settings from options, data, the run, and what is shown of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderStore, jsonlMetrics, parseConfig, tensorboardMetrics, terminal, Trainer } from '@lanewise/train/node';
import type { Summary, Task, TokenBatch, TokenBatches, TrainConfig, TrainConfigInput } from '@lanewise/train/node';
import type { nn } from 'lanewise';
import { UsageError } from '../options.js';
import type { TextRecord } from '../texts.js';
import { flag, number, text } from './command.js';
import type { Io, Values } from './command.js';

export const trainingOptions = {
  out: text('DIR', 'folder of the run: checkpoints, metrics and the model'),
  resume: flag('go on from the newest whole checkpoint in --out, bit for bit'),
  steps: number('N', 'steps of the optimizer'),
  batch: number('N', 'rows of a batch'),
  accumulation: number('N', 'batches of one step'),
  length: number('N', 'most tokens of a row'),
  rate: number('X', 'the largest learning rate'),
  warmup: number('N', 'steps over which the rate rises'),
  'weight-decay': number('X', 'decay of the weights'),
  precision: text('NAME', 'of the forward and backward pass: float32, bfloat16 or float16'),
  'gradient-checkpointing': flag('compute each block again in the backward pass instead of keeping it'),
  'eval-every': number('N', 'steps between evaluations'),
  'eval-batches': number('N', 'batches of one evaluation'),
  patience: number('N', 'evaluations without improvement that end the run'),
  'checkpoint-every': number('N', 'steps between checkpoints'),
  memory: text('SIZE', "most bytes of tensors, such as '512 MiB'"),
  seed: number('N', 'of the weights, the order of the data and dropout (default: 42)'),
  settings: text('FILE', 'settings of @lanewise/train as JSON; options given beside it win'),
  tensorboard: flag('write event files for TensorBoard into --out'),
} as const;
type Given = Values<typeof trainingOptions>;

/** `given` over `under`, section by section; what is undefined is not there. */
function over(under: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const result = { ...under };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const inner = result[name];
    const both = [inner, value].every((x) => typeof x === 'object' && x !== null && !Array.isArray(x));
    result[name] = both ? over(inner as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return result;
}
/** Settings: those of the command, over them those of the file, over them the options. */
export async function settingsOf(values: Given, defaults: TrainConfigInput): Promise<TrainConfig> {
  let file: Record<string, unknown> = {};
  if (values.settings !== undefined) {
    try {
      file = JSON.parse(await readFile(values.settings, 'utf8')) as Record<string, unknown>;
    } catch (error) {
      throw new UsageError(`--settings must name a file of JSON, got ${values.settings}: ${(error as Error).message}`);
    }
  }
  return parseConfig(
    over(over(defaults, file), {
      seed: values.seed,
      steps: values.steps,
      batchSize: values.batch,
      accumulation: values.accumulation,
      precision: values.precision,
      gradientCheckpointing: values['gradient-checkpointing'] || undefined,
      memoryBudget: values.memory,
      optimizer: { learningRate: values.rate, weightDecay: values['weight-decay'] },
      schedule: { warmup: values.warmup },
      data: { maxLength: values.length },
      evaluation: { every: values['eval-every'], batches: values['eval-batches'], patience: values.patience },
      checkpoints: { every: values['checkpoint-every'] },
    }),
  );
}

/** One run with everything around it. Ctrl-C stops it after the step that is being made, with a checkpoint. */
export async function runTraining<M extends nn.Module, R extends TextRecord>(
  values: Given & { readonly out: string },
  config: TrainConfig,
  task: Task<M, TokenBatch<R>>,
  data: TokenBatches<R>,
  evaluation: TokenBatches<R> | undefined,
  { signal }: Io,
): Promise<Summary> {
  const trainer = new Trainer({
    task,
    data,
    config,
    checkpoints: folderStore(join(values.out, 'checkpoints')),
    resume: values.resume,
    listeners: [
      terminal(),
      jsonlMetrics(join(values.out, 'metrics.jsonl')),
      ...(values.tensorboard ? [tensorboardMetrics(join(values.out, 'tensorboard'))] : []),
    ],
    ...(evaluation === undefined ? {} : { evaluation }),
  });
  const stop = (): void => trainer.stop();
  signal.addEventListener('abort', stop);
  try {
    return await trainer.run();
  } finally {
    signal.removeEventListener('abort', stop);
    await data.close();
    await evaluation?.close();
  }
}
