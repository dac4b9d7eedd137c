// What can be set, with its default and the rule it has to keep. Every problem is reported at once.
import * as v from 'valibot';
import { ConfigError, type ConfigIssue } from './errors.js';
import { OPTIMIZERS, OPTIMIZER_SETTINGS } from './optimizer.js';
import { parseBytes } from './units.js';

const number = (rule: string, test: (x: number) => boolean) => {
  const text = `must be ${rule}`;
  return v.pipe(
    v.number(text),
    v.check((x) => Number.isFinite(x) && test(x), text),
  );
};
const integer = (rule: string, test: (x: number) => boolean) => number(rule, (x) => Number.isSafeInteger(x) && test(x));
const positive = number('a number above 0', (x) => x > 0);
const notNegative = number('a number of at least 0', (x) => x >= 0);
const isFraction = (x: unknown): boolean => typeof x === 'number' && x >= 0 && x < 1;
const count = integer('an integer of at least 1', (x) => x >= 1);
const countOrNone = integer('an integer of at least 0', (x) => x >= 0);
const BUDGET = "must be a number of bytes, text such as '512 MiB' or '2 GiB', or null";
const bytesOf = (x: number | string): number | null =>
  typeof x === 'string' ? parseBytes(x) : x > 0 && Number.isFinite(x) ? Math.floor(x) : null;
const flag = v.boolean('must be true or false');
const oneOf = <const T extends readonly string[]>(...names: T) =>
  v.picklist(
    names,
    `must be ${names
      .map((n) => `'${n}'`)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')}`,
  );
const section = <T extends v.ObjectEntries>(entries: T) => v.strictObject(entries, 'must be an object of settings');

const optimizer = section({
  /** which optimizer of `lanewise/optimizers` */
  name: v.optional(oneOf(...OPTIMIZERS), 'adamw'),
  /** the largest learning rate of the schedule */
  learningRate: v.optional(positive, 5e-5),
  // of the rest each optimizer takes some; its own default stands where they are null
  betas: v.optional(
    v.custom<[number, number] | null>(
      (x) => x === null || (Array.isArray(x) && x.length === 2 && x.every(isFraction)),
      'must be two numbers from 0 up to, but not, 1, or null',
    ),
    null,
  ),
  eps: v.optional(v.nullable(number('a number above 0 or null', (x) => x > 0)), null),
  weightDecay: v.optional(v.nullable(number('a number of at least 0 or null', (x) => x >= 0)), null),
  momentum: v.optional(v.nullable(number('a number from 0 up to, but not, 1 or null', isFraction)), null),
  biasCorrection: v.optional(v.nullable(v.boolean('must be true, false or null')), null),
});
const schedule = section({
  /** how the rate goes down after the warm-up */
  name: v.optional(oneOf('cosine', 'linear', 'constant'), 'cosine'),
  /** steps of the optimizer over which the rate rises from `start` to `optimizer.learningRate`; null: a tenth of all, at most 100 */
  warmup: v.optional(v.nullable(integer('an integer of at least 0 or null', (x) => x >= 0)), null),
  /** the rate of step 0 of a warm-up */
  start: v.optional(notNegative, 1e-7),
  /** the rate at the last step */
  end: v.optional(notNegative, 0),
});
const data = section({
  /** most positions that the model sees of one sequence; a sequence is cut to one token more, its last label */
  maxLength: v.optional(count, 1024),
  /** 'pad' takes records as they come, 'bucket' groups records of like length, 'pack' puts several records into a row */
  batching: v.optional(oneOf('pad', 'bucket', 'pack'), 'bucket'),
  /** batches whose records are sorted by length together, for 'bucket' */
  bucketBatches: v.optional(count, 16),
  /** rows are as long as the longest of the batch, rounded up to a multiple of this, and at most `maxLength` */
  padMultiple: v.optional(count, 32),
  /** the token that fills rows; its labels are ignored */
  padToken: v.optional(countOrNone, 0),
  /** records among which the next one is drawn; 0 keeps the order of the files */
  shuffleBuffer: v.optional(countOrNone, 1000),
  /** begin again after the last record */
  cycle: v.optional(flag, true),
});
const evaluation = section({
  /** steps between evaluations */
  every: v.optional(count, 250),
  /** batches of one evaluation; null takes all */
  batches: v.optional(v.nullable(integer('an integer of at least 1 or null', (x) => x >= 1)), null),
  /** evaluations without improvement after which the run ends; null never ends it */
  patience: v.optional(v.nullable(integer('an integer of at least 1 or null', (x) => x >= 1)), null),
  /** by how much a loss must be lower than the best one to count as an improvement */
  minDelta: v.optional(notNegative, 0),
});
const checkpoints = section({
  /** steps between checkpoints */
  every: v.optional(count, 500),
  /** checkpoints that are kept, the newest ones */
  keep: v.optional(count, 3),
  /** keep the one with the lowest loss of an evaluation as well */
  best: v.optional(flag, true),
  /** write parameters that are not trained as well; without them a checkpoint of adapters is small */
  frozen: v.optional(flag, true),
});
const lossScale = section({
  /** what the loss is multiplied by at first; float16 alone uses it */
  initial: v.optional(positive, 65536),
  /** steps without overflow after which it doubles */
  growthInterval: v.optional(count, 2000),
});

const schema = section({
  /** of the order of the data and of what the model draws */
  seed: v.optional(
    integer('an integer from 0 to 2^32 - 1', (x) => x >= 0 && x < 2 ** 32),
    42,
  ),
  /** steps of the optimizer */
  steps: v.optional(count, 5000),
  /** rows of one batch */
  batchSize: v.optional(count, 1),
  /** batches whose gradients make one step, weighted by their tokens */
  accumulation: v.optional(count, 8),
  optimizer: v.optional(optimizer, {}),
  schedule: v.optional(schedule, {}),
  /** the largest norm of all gradients together; null does not clip */
  maxGradNorm: v.optional(v.nullable(number('a number above 0 or null', (x) => x > 0)), 1),
  /** steps in a row whose loss or gradients may be infinite or NaN and are left out; one more ends the run */
  maxSkipped: v.optional(countOrNone, 10),
  /** dtype of the forward and backward pass; the weights that are updated are float32 */
  precision: v.optional(oneOf('float32', 'bfloat16', 'float16'), 'float32'),
  lossScale: v.optional(lossScale, {}),
  /** compute the inside of each layer again in the backward pass instead of keeping it */
  gradientCheckpointing: v.optional(flag, false),
  data: v.optional(data, {}),
  evaluation: v.optional(evaluation, {}),
  checkpoints: v.optional(checkpoints, {}),
  /** steps between the lines of metrics */
  logEvery: v.optional(count, 1),
  /** most bytes of tensors, as a number or as text such as '2 GiB'; null takes what the library's heap may hold */
  memoryBudget: v.optional(
    v.nullable(
      v.pipe(
        v.union([v.number(), v.string()], BUDGET),
        v.check((x) => bytesOf(x) !== null, BUDGET),
        v.transform((x) => bytesOf(x)!),
      ),
    ),
    null,
  ),
  /** milliseconds to wait after each step, for a cooler machine or a smoother page */
  pause: v.optional(notNegative, 0),
});

/** Settings of a run as one gives them: all have defaults. */
export type TrainConfigInput = v.InferInput<typeof schema>;
type Parsed = v.InferOutput<typeof schema>;
/** Settings of a run, all of them. */
export type TrainConfig = Omit<Parsed, 'schedule'> & {
  schedule: Omit<Parsed['schedule'], 'warmup'> & { warmup: number };
};
/** Settings of the batches of token sequences. */
export type DataConfig = TrainConfig['data'];

const show = (x: unknown): string => {
  if (typeof x === 'string') return `'${x}'`;
  if (typeof x === 'number' || typeof x === 'boolean' || x === null || x === undefined) return String(x);
  if (typeof x === 'bigint') return `${x}n`;
  return Array.isArray(x) ? `[${x.map(show).join(', ')}]` : typeof x === 'object' ? 'an object' : `a ${typeof x}`;
};
/** Names of the settings at a path. */
function namesAt(path: readonly string[]): readonly string[] {
  let entries: v.ObjectEntries = schema.entries;
  for (const key of path) {
    const inner = entries[key] as unknown as { wrapped: { entries: v.ObjectEntries } };
    entries = inner.wrapped.entries;
  }
  return Object.keys(entries);
}
function issueOf(issue: v.BaseIssue<unknown>): ConfigIssue {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const path = keys.join('.');
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never') {
    const parents = keys.slice(0, -1);
    const known = namesAt(parents).join(', ');
    return {
      path,
      rule: `is not a setting; ${parents.length === 0 ? 'the settings' : parents.join('.')} are ${known}`,
    };
  }
  return { path: path === '' ? 'the settings' : path, rule: issue.message, got: show(issue.input) };
}

/** Rules about several settings. */
function conflicts(c: TrainConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const { name, learningRate, ...rest } = c.optimizer;
  const taken: readonly string[] = OPTIMIZER_SETTINGS[name];
  for (const [key, value] of Object.entries(rest)) {
    if (value !== null && !taken.includes(key))
      issues.push({
        path: `optimizer.${key}`,
        rule: `is not a setting of ${name}; those are ${['learningRate', ...taken].join(', ')}`,
      });
  }
  if (c.schedule.warmup >= c.steps)
    issues.push({
      path: 'schedule.warmup',
      rule: 'must be below steps',
      got: `${c.schedule.warmup} and ${c.steps}`,
    });
  for (const end of ['start', 'end'] as const) {
    if (c.schedule[end] > learningRate)
      issues.push({
        path: `schedule.${end}`,
        rule: 'must be at most optimizer.learningRate',
        got: `${c.schedule[end]} and ${learningRate}`,
      });
  }
  return issues;
}

/**
 * The settings with defaults filled in.
 * @throws ConfigError with every setting that is wrong and what is allowed there
 */
export function parseConfig(config: TrainConfigInput | Record<string, unknown> = {}): TrainConfig {
  const parsed = v.safeParse(schema, config);
  if (!parsed.success) throw new ConfigError(parsed.issues.map(issueOf));
  const { schedule, ...rest } = parsed.output;
  const warmup = schedule.warmup ?? Math.min(100, Math.floor(rest.steps / 10));
  const settled = { ...rest, schedule: { ...schedule, warmup } };
  const issues = conflicts(settled);
  if (issues.length > 0) throw new ConfigError(issues);
  return settled;
}
