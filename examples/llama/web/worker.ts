// Trains a Llama from random weights on the stories of the grammar: `train --quick` in a worker, told what to do by messages.
import { MemoryStore, parseConfig, Trainer } from '@lanewise/train';
import type { TrainEvent } from '@lanewise/train';
import { random } from 'lanewise';
import { generate } from '../src/generate.js';
import { initialize } from '../src/initial.js';
import { loadConfig, loadSampling } from '../src/load.js';
import { LlamaModel } from '../src/model.js';
import { quickRecipe, storyLessons } from '../src/stories/recipe.js';
import { TextTokenizer } from '../src/tokenizer.js';
import type { Message, Order, Wishes } from './messages.js';

/** Steps between evaluations, each with a story: more often than in Node, since somebody is looking. */
const EVERY = 25;
const LONGEST = 80;

const checkpoints = new MemoryStore();
let wishes: Wishes | null = null;
let current: Pick<Trainer, 'pause' | 'resume' | 'stop'> | null = null;

const tell = (message: Message): void => postMessage(message);

async function train({ folder, steps, seed, prompt }: Wishes, resume: boolean): Promise<void> {
  const config = parseConfig({
    ...quickRecipe,
    steps,
    seed,
    evaluation: { ...quickRecipe.evaluation, every: EVERY },
    checkpoints: { ...quickRecipe.checkpoints, keep: 1, best: false },
    logEvery: 1,
  });
  const [shape, tokenizer, sampling] = await Promise.all([
    loadConfig(folder),
    TextTokenizer.load(folder),
    loadSampling(folder),
  ]);
  random.seed(config.seed);
  const model = new LlamaModel(shape);
  initialize(model, config.seed);
  const lessons = await storyLessons(model, tokenizer, config, false);
  const tellStory = async (event: TrainEvent): Promise<void> => {
    if (event.type !== 'start' && event.type !== 'evaluation') return;
    let text = prompt;
    for await (const piece of generate(model, tokenizer, prompt, { ...sampling, seed, maxTokens: LONGEST }))
      text += piece.text;
    tell({ type: 'story', step: event.step, text });
  };
  if (!resume) checkpoints.folders.clear();
  const trainer = new Trainer({ ...lessons, config, checkpoints, resume, listeners: [tell, tellStory] });
  current = trainer;
  try {
    await trainer.run();
  } finally {
    current = null;
    await lessons.data.close();
    await lessons.evaluation.close();
    model.dispose();
  }
}

onmessage = async ({ data: order }: MessageEvent<Order>) => {
  try {
    if (order.type === 'start') await train((wishes = order.wishes), false);
    else if (current !== null) current[order.type]();
    else if (order.type === 'resume' && wishes !== null) await train(wishes, true);
  } catch (error) {
    tell({ type: 'failure', message: (error as Error).message });
  }
};
