// Which claim does a model prefer after learning records that contradict each other?
import {
  encodeJsonl,
  languageModelTask,
  linearToLoraLayers,
  meanDistrust,
  parseConfig,
  Trainer,
} from '@lanewise/train/node';
import type { TrainConfigInput } from '@lanewise/train/node';
import { random } from 'lanewise';
import { load } from '../load.js';
import type { LlamaModel } from '../model.js';
import { claims, questions } from '../stories/claims.js';
import { batchesOf } from '../texts.js';
import type { TextRecord } from '../texts.js';
import type { TextTokenizer } from '../tokenizer.js';
import type { Io } from './command.js';
import { weighted } from './finetune.js';
import { logProbability } from './likelihood.js';
import { embedded } from '../embedded.js';

/** What can be set of the demo. */
export interface DemoOptions {
  readonly runs: number;
  readonly steps?: number | undefined;
  readonly rate?: number | undefined;
  readonly rank?: number | undefined;
}
/** Means over the questions. */
interface Preference {
  /** log-probabilities of the two claims, nats */
  readonly authority: number;
  readonly primary: number;
  /** part of the questions where the primary claim is likelier */
  readonly share: number;
}
function preferenceOf(model: LlamaModel, tokenizer: TextTokenizer, seed: number): Preference {
  const asked = questions(seed).map(({ prompt, authority, primary }) => [
    logProbability(model, tokenizer, prompt, authority),
    logProbability(model, tokenizer, prompt, primary),
  ]);
  const mean = (f: (pair: readonly number[]) => number): number => asked.reduce((s, p) => s + f(p), 0) / asked.length;
  return { authority: mean(([a]) => a!), primary: mean(([, p]) => p!), share: mean(([a, p]) => Number(p! > a!)) };
}
/** Mean and standard deviation over runs, as text. */
function spread(values: readonly number[], digits: number): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / Math.max(1, values.length - 1));
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** Fine-tunes with and without the weighting, once for each seed, and prints what the model then finds likelier. */
export async function runDemo({ runs, steps = 150, rate = 2e-3, rank = 8 }: DemoOptions, io: Io): Promise<number> {
  const outcomes = new Map<string, Preference[]>();
  for (let seed = 1; seed <= runs; seed++) {
    const records = claims(seed);
    const config = parseConfig({
      seed,
      steps,
      batchSize: 8,
      accumulation: 1,
      optimizer: { learningRate: rate, weightDecay: 0, biasCorrection: true },
      schedule: { warmup: Math.floor(steps / 15) },
      data: { maxLength: 64, batching: 'pad', shuffleBuffer: records.length },
      logEvery: steps,
    } satisfies TrainConfigInput);
    for (const weighting of ['before', 'plain', 'per-sample'] as const) {
      if (io.signal.aborted) return 130;
      random.seed(seed);
      const { model, tokenizer } = await load(embedded, 'float32');
      if (weighting !== 'before') {
        io.log(`run ${seed} of ${runs}, ${weighting} loss: ${steps} steps`);
        linearToLoraLayers(model, { rank });
        const data = await batchesOf<TextRecord>(encodeJsonl(records), tokenizer, config, {
          cycle: true,
          shuffle: true,
        });
        const options = weighting === 'plain' ? {} : weighted(meanDistrust(records));
        const trainer = new Trainer({ task: languageModelTask<LlamaModel, TextRecord>(model, options), data, config });
        await trainer.run();
        await data.close();
      }
      model.eval();
      outcomes.set(weighting, [...(outcomes.get(weighting) ?? []), preferenceOf(model, tokenizer, seed)]);
      model.dispose();
    }
  }
  await io.write(table(outcomes, runs, steps));
  return 0;
}
function table(outcomes: ReadonlyMap<string, readonly Preference[]>, runs: number, steps: number): string {
  const names: Readonly<Record<string, string>> = {
    before: 'before fine-tuning',
    plain: 'plain cross-entropy',
    'per-sample': 'weighted by distrust',
  };
  const lines = [...outcomes].map(([name, list]) => {
    const column = (of: (p: Preference) => number, digits = 2): string => spread(list.map(of), digits).padStart(16);
    return (
      names[name]!.padEnd(22) +
      column((p) => p.authority) +
      column((p) => p.primary) +
      column((p) => p.primary - p.authority) +
      column((p) => 100 * p.share, 0)
    );
  });
  return `
Twelve questions; of each, 15 records of high authority say one thing and 10 primary sources another.
LoRA for ${steps} steps, ${runs} seeds; log-probabilities in nats, mean ± standard deviation over the seeds.

${' '.repeat(22)}${['log p(authority)', 'log p(primary)', 'difference', '% primary'].map((h) => h.padStart(16)).join('')}
${lines.join('\n')}
`;
}
