// How the embedded model is made: which texts it reads in which order, what counts, and at which rate it learns.
import type { Task, TokenBatch, TokenBatches, TrainConfig, TrainConfigInput } from '@lanewise/train';
import type { LlamaModel } from '../model.js';
import { batchesOf, recordsOf, stories } from '../texts.js';
import type { TextRecord } from '../texts.js';
import type { TextTokenizer } from '../tokenizer.js';
import { curriculum } from './curriculum.js';
import { rareTokens, storyTask } from './repeats.js';

/** Corpora of the grammar: the one that is learned, and the one that it is judged on. */
const LEARNED = 7;
export const HELD_OUT = 1007;

/** The run that made the embedded model. */
export const recipe: TrainConfigInput = {
  steps: 3000,
  batchSize: 8,
  accumulation: 1,
  optimizer: { learningRate: 2e-3, weightDecay: 0.05, betas: [0.9, 0.98], biasCorrection: true },
  schedule: { warmup: 80 },
  data: { maxLength: 256, batching: 'bucket', bucketBatches: 4, padMultiple: 8 },
  evaluation: { every: 100, batches: 8 },
  checkpoints: { every: 100 },
  logEvery: 5,
};
/** A run of minutes, from 7.2 to a held-out loss of 3.4 nats a token: words and pieces of sentences, not yet who is who. */
export const quickRecipe: TrainConfigInput = {
  ...recipe,
  steps: 150,
  batchSize: 6,
  optimizer: { ...recipe.optimizer, learningRate: 4e-3 },
  schedule: { warmup: 20 },
  evaluation: { every: 50, batches: 8 },
  checkpoints: { every: 50 },
};

/** What a run is made of, beside its settings. */
export interface Lessons {
  readonly task: Task<LlamaModel, TokenBatch<TextRecord>>;
  readonly data: TokenBatches<TextRecord>;
  readonly evaluation: TokenBatches<TextRecord>;
}
/**
 * Drills and stories, one for each row of the run (where several share a row it begins again with the first), and stories of another corpus
 * to be judged on. What is rare is told by the first 1000 stories.
 * @param drills without them a short run has more of the stories themselves
 */
export async function storyLessons(
  model: LlamaModel,
  tokenizer: TextTokenizer,
  config: TrainConfig,
  drills = true,
): Promise<Lessons> {
  const { steps, batchSize, accumulation, evaluation } = config;
  const count = steps * batchSize * accumulation;
  const learned = recordsOf(drills ? curriculum(LEARNED, count) : stories(LEARNED, count));
  const heldOut = recordsOf(stories(HELD_OUT, (evaluation.batches ?? 8) * batchSize));
  const tokens = stories(LEARNED, 1000).map((text) => tokenizer.encode(text));
  return {
    task: storyTask(model, rareTokens(tokens, model.config.vocabSize)),
    data: await batchesOf(learned, tokenizer, config, { cycle: true, shuffle: false }),
    evaluation: await batchesOf(heldOut, tokenizer, config, { cycle: false, shuffle: false }),
  };
}
