import { languageModelTask, Trainer } from '@lanewise/train/node';
import { UsageError } from '../options.js';
import { HELD_OUT } from '../stories/recipe.js';
import { batchesOf, recordsOf, stories } from '../texts.js';
import type { TextRecord } from '../texts.js';
import { adaptedOptions, loadAdapted } from './adapting.js';
import { command, number, text } from './command.js';
import { settingsOf, trainingOptions } from './training.js';
import type { LlamaModel } from '../model.js';

export const evaluate = command(
  'eval',
  'tells how well a model predicts texts: loss and perplexity',
  'Computes the mean negative log-probability of each token (nats) of the "text" in JSONL lines, and the perplexity, its exponential.',
  {
    ...adaptedOptions,
    data: text('FILE', 'JSONL with a "text" in each line (default: 100 stories of corpus 1007)'),
    batch: number('N', 'rows of a batch (default: 8)'),
    length: trainingOptions.length,
  },
  async (values, io) => {
    const { model, tokenizer } = await loadAdapted(values, 'float32');
    const config = await settingsOf(
      { ...nothing, batch: values.batch, length: values.length },
      { batchSize: 8, data: { maxLength: model.config.contextLength } },
    );
    const source = values.data ?? recordsOf(stories(HELD_OUT, 100));
    const batches = await batchesOf<TextRecord>(source, tokenizer, config, { cycle: false, shuffle: false });
    const trainer = new Trainer({
      task: languageModelTask<LlamaModel, TextRecord>(model),
      data: batches,
      evaluation: batches,
    });
    const { loss, tokens } = await trainer.evaluate();
    await batches.close();
    if (tokens === 0)
      throw new UsageError(`--data must hold a "text" of two tokens or more, got none in ${values.data}`);
    await io.write(`${JSON.stringify({ loss, perplexity: Math.exp(loss), tokens })}\n`);
    return 0;
  },
);
const nothing = Object.fromEntries(
  Object.entries(trainingOptions).map(([name, o]) => [name, o.type === 'flag' ? false : undefined]),
) as Parameters<typeof settingsOf>[0];
