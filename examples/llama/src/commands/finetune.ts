import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  distrustWeights,
  languageModelTask,
  linearToLoraLayers,
  meanDistrust,
  parseDistrustRecord,
  saveAdapter,
} from '@lanewise/train/node';
import type { DistrustRecord, LanguageModelOptions, LoraOptions, TrainConfigInput } from '@lanewise/train/node';
import { array, nn, random } from 'lanewise';
import { load } from '../load.js';
import type { LlamaModel } from '../model.js';
import { UsageError } from '../options.js';
import { batchesOf, withoutMark } from '../texts.js';
import type { TextRecord } from '../texts.js';
import { command, flag, number, text } from './command.js';
import type { Values } from './command.js';
import { runDemo } from './distrust-demo.js';
import { embedded } from '../embedded.js';
import { runTraining, settingsOf, trainingOptions } from './training.js';

const options = {
  ...trainingOptions,
  model: text('DIR', 'Hugging Face folder of the model (default: the embedded story model)'),
  data: text(
    'FILE',
    'JSONL with a "text" in each line, and with --distrust "auth_weight" and "prov_entropy" (see score)',
  ),
  'eval-data': text('FILE', 'JSONL to evaluate on'),
  rank: number('N', 'rank of the adapter (default: 8)'),
  alpha: number('X', 'its scale times the rank (default: twice the rank)'),
  dropout: number('P', 'of what goes into it (default: 0)'),
  targets: text('NAMES', 'layers to adapt, such as q_proj,v_proj (default: all linear layers of the blocks)'),
  'last-layers': number('N', 'adapt the last N blocks alone'),
  dora: flag('DoRA: learn the lengths of the rows as well'),
  quantize: number('BITS', 'QLoRA: keep the frozen weights in so many bits'),
  format: text('NAME', 'of the adapter: peft or mlx-lm (default: peft)'),
  distrust: flag("weigh each record's loss by its normalised distrust: primary sources pull harder"),
  demo: text(
    'NAME',
    '"distrust": fine-tune on records that contradict each other, with and without the weighting, and compare',
  ),
  runs: number('N', 'seeds of the demo (default: 5)'),
} as const;

const usual: TrainConfigInput = {
  steps: 200,
  batchSize: 4,
  accumulation: 1,
  optimizer: { learningRate: 1e-3, weightDecay: 0, biasCorrection: true },
  data: { maxLength: 512, batching: 'bucket' },
  evaluation: { every: 50 },
  checkpoints: { every: 50, frozen: false },
};

export const finetune = command(
  'finetune',
  'adapts a model to your texts with LoRA, DoRA or QLoRA',
  'Trains an adapter on the "text" of JSONL lines. Writes checkpoints, metrics.jsonl and, at the end, the adapter into --out/adapter.',
  options,
  async (values, io) => {
    if (values.demo !== undefined) {
      if (values.demo !== 'distrust') throw new UsageError(`--demo must be distrust, got ${values.demo}`);
      return runDemo({ runs: values.runs ?? 5, steps: values.steps, rate: values.rate, rank: values.rank }, io);
    }
    if (values.data === undefined) throw new UsageError('--data must name the texts to learn, got none');
    const format = values.format ?? 'peft';
    if (format !== 'peft' && format !== 'mlx-lm')
      throw new UsageError(`--format must be peft or mlx-lm, got ${format}`);
    const out = values.out ?? 'llama-adapter';
    const config = await settingsOf(values, usual);
    random.seed(config.seed);
    const folder = values.model ?? embedded;
    const { model, tokenizer } = await load(folder, 'float32');
    if (values.quantize !== undefined) nn.quantize(model, { groupSize: 64, bits: values.quantize });
    const adapter = linearToLoraLayers(model, loraOptionsOf(values));
    const batches = await batchesOf<TextRecord>(values.data, tokenizer, config, { cycle: true, shuffle: true });
    const held = values['eval-data'];
    const judged =
      held === undefined
        ? undefined
        : await batchesOf<TextRecord>(held, tokenizer, config, { cycle: false, shuffle: false });
    const weighting = values.distrust ? await distrustOf(values.data) : {};
    const task = languageModelTask<LlamaModel, TextRecord>(model, weighting);
    const summary = await runTraining({ ...values, out }, config, task, batches, judged, io);
    const to = join(out, 'adapter');
    await saveAdapter(adapter, to, { format, baseModel: folder, overwrite: true });
    await io.write(`${JSON.stringify({ ...summary, adapter: to })}\n`);
    return summary.reason === 'stopped' ? 130 : 0;
  },
);

function loraOptionsOf(values: Values<typeof options>): LoraOptions {
  const { rank, alpha, dropout, targets, dora } = values;
  return {
    dora,
    ...(rank === undefined ? {} : { rank }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(dropout === undefined ? {} : { dropout }),
    ...(targets === undefined ? {} : { targetModules: targets.split(',') }),
    ...(values['last-layers'] === undefined ? {} : { lastNLayers: values['last-layers'] }),
  };
}
/** The weights of records by their distrust, relative to the mean of the file. */
async function distrustOf(file: string): Promise<LanguageModelOptions<LlamaModel, TextRecord>> {
  const lines = withoutMark(await readFile(file, 'utf8')).split('\n');
  const records = lines.flatMap((line, i) => (line.trim() === '' ? [] : [parseDistrustRecord(line, `line ${i + 1}`)]));
  return weighted(meanDistrust(records));
}
/** The part of a language model's task that multiplies each record's loss by its distrust over the mean. */
export const weighted = (mean: number): LanguageModelOptions<LlamaModel, TextRecord> => ({
  weights: ({ records }) => {
    const of = (name: 'auth_weight' | 'prov_entropy') =>
      array(records.map((r) => (r as unknown as DistrustRecord)[name]));
    return distrustWeights(of('auth_weight'), of('prov_entropy'), { mean }).toTypedArray() as Float32Array;
  },
});
