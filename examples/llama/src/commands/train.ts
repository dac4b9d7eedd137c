import { join } from 'node:path';
import { attentionMask, languageModelTask } from '@lanewise/train/node';
import type { TrainConfigInput } from '@lanewise/train/node';
import { random } from 'lanewise';
import { loadConfig, loadModel } from '../load.js';
import { LlamaModel } from '../model.js';
import { TextTokenizer } from '../tokenizer.js';
import { command, flag, number, text } from './command.js';
import { dtypeOf, saveModel } from './model-folder.js';
import { embedded } from '../embedded.js';
import { batchesOf, runTraining, settingsOf, storyRecords, trainingOptions } from './training.js';
import type { TextRecord } from './training.js';

/** Corpora of the grammar: the one that is learned, and the one that it is judged on. */
const TRAINED = 7;
const HELD_OUT = 1007;

const usual: TrainConfigInput = {
  steps: 2400,
  batchSize: 6,
  accumulation: 1,
  optimizer: { learningRate: 3e-3, weightDecay: 0.1, betas: [0.9, 0.95], biasCorrection: true },
  schedule: { warmup: 80, end: 3e-5 },
  data: { maxLength: 256, batching: 'pack', shuffleBuffer: 0 },
  evaluation: { every: 100, batches: 8 },
  checkpoints: { every: 200 },
  logEvery: 10,
};
const quick: TrainConfigInput = {
  ...usual,
  steps: 150,
  schedule: { warmup: 20, end: 3e-5 },
  evaluation: { every: 50, batches: 8 },
  checkpoints: { every: 50 },
  logEvery: 5,
};

export const train = command(
  'train',
  'trains a Llama from random weights, on stories or on your texts',
  'Trains a Llama of the embedded config from random weights, on the stories of the project\'s grammar or on the "text" of JSONL files. Writes\n' +
    'checkpoints, metrics.jsonl and, at the end, the model as a Hugging Face folder into --out/model.',
  {
    ...trainingOptions,
    quick: flag('a run of minutes: 150 steps'),
    data: text('FILE', 'JSONL with a "text" in each line (default: stories of corpus 7, each once)'),
    'eval-data': text('FILE', 'JSONL to evaluate on (default: stories of corpus 1007; none with --data)'),
    model: text('DIR', 'go on from this model instead of random weights; gives config and tokenizer'),
    stories: number('N', 'stories to draw from (default: as many as the steps take)'),
    dtype: text('NAME', 'of the saved model (default: float32)'),
  },
  async (values, io) => {
    const out = values.out ?? 'llama-run';
    const config = await settingsOf(values, values.quick ? quick : usual);
    const dtype = dtypeOf(values.dtype ?? 'float32');
    const folder = values.model ?? embedded;
    const tokenizer = await TextTokenizer.load(folder);
    random.seed(config.seed);
    const model =
      values.model === undefined ? new LlamaModel(await loadConfig(folder)) : await loadModel(folder, 'float32');
    const { steps, batchSize, accumulation, data, evaluation } = config;
    // a story has 230 tokens at most, so that this many fill the rows
    const enough = Math.ceil((steps * batchSize * accumulation * data.maxLength) / 140);
    const source = values.data ?? storyRecords(TRAINED, values.stories ?? enough);
    const held =
      values['eval-data'] ??
      (values.data === undefined ? storyRecords(HELD_OUT, (evaluation.batches ?? 8) * batchSize * 2) : undefined);
    const batches = await batchesOf(source, tokenizer, config, { cycle: true, shuffle: true });
    const judged =
      held === undefined ? undefined : await batchesOf(held, tokenizer, config, { cycle: false, shuffle: false });
    const task = languageModelTask<LlamaModel, TextRecord>(model, {
      forward: (m, tokens, batch) => m.forward(tokens, attentionMask(batch)),
    });
    const summary = await runTraining({ ...values, out }, config, task, batches, judged, io);
    await saveModel(model, folder, join(out, 'model'), dtype);
    await io.write(`${JSON.stringify({ ...summary, model: join(out, 'model') })}\n`);
    return summary.reason === 'stopped' ? 130 : 0;
  },
);
