import { join } from 'node:path';
import { languageModelTask } from '@lanewise/train/node';
import type { TokenBatch } from '@lanewise/train/node';
import { random } from 'lanewise';
import type { Tensor } from 'lanewise';
import { initialize } from '../initial.js';
import { loadConfig, loadModel } from '../load.js';
import { LlamaModel } from '../model.js';
import { UsageError } from '../options.js';
import { quickRecipe, recipe, storyLessons } from '../stories/recipe.js';
import { batchesOf, maskOf } from '../texts.js';
import type { TextRecord } from '../texts.js';
import { TextTokenizer } from '../tokenizer.js';
import { command, flag, text } from './command.js';
import { embedded } from '../embedded.js';
import { dtypeOf, saveModel } from './model-folder.js';
import { runTraining, settingsOf, trainingOptions } from './training.js';

export const train = command(
  'train',
  'trains a Llama from random weights, on stories or on your texts',
  'Trains a Llama of the embedded config from random weights, on the stories of the project\'s grammar or on the "text" of JSONL files. Writes\n' +
    'checkpoints, metrics.jsonl and, at the end, the model as a Hugging Face folder into --out/model.',
  {
    ...trainingOptions,
    quick: flag('a run of minutes: 150 steps, without drills'),
    data: text('FILE', 'JSONL with a "text" in each line (default: drills and stories of corpus 7, each once)'),
    'eval-data': text('FILE', 'JSONL to evaluate on (default: stories of corpus 1007; none with --data)'),
    model: text('DIR', 'go on from this model instead of random weights; gives config and tokenizer'),
    dtype: text('NAME', 'of the saved model (default: float32)'),
  },
  async (values, io) => {
    const out = values.out ?? 'llama-run';
    const config = await settingsOf(values, values.quick ? quickRecipe : recipe);
    const dtype = dtypeOf(values.dtype ?? 'float32');
    const folder = values.model ?? embedded;
    const tokenizer = await TextTokenizer.load(folder);
    const shape = await loadConfig(folder);
    if (shape.quantization !== undefined)
      throw new UsageError(
        `--model must have whole weights (convert unpacks them, finetune adapts them), got ${folder}`,
      );
    random.seed(config.seed);
    const model = values.model === undefined ? new LlamaModel(shape) : await loadModel(folder, 'float32');
    if (values.model === undefined) initialize(model, config.seed);
    const open = (source: string, learned: boolean): ReturnType<typeof batchesOf<TextRecord>> =>
      batchesOf(source, tokenizer, config, { cycle: learned, shuffle: learned });
    const heldOut = values['eval-data'] === undefined ? undefined : await open(values['eval-data'], false);
    const { task, data, evaluation } =
      values.data === undefined
        ? await storyLessons(model, tokenizer, config, !values.quick)
        : { task: languageModelTask(model, { forward }), data: await open(values.data, true), evaluation: undefined };
    const summary = await runTraining({ ...values, out }, config, task, data, heldOut ?? evaluation, io);
    await saveModel(model, folder, join(out, 'model'), dtype);
    await io.write(`${JSON.stringify({ ...summary, model: join(out, 'model') })}\n`);
    return summary.reason === 'stopped' ? 130 : 0;
  },
);

const forward = (m: LlamaModel, tokens: Tensor, batch: TokenBatch): Tensor => m.forward(tokens, maskOf(batch));
