import * as lw from 'lanewise';
import { Decoding } from '../decode.js';
import { load } from '../load.js';
import type { LlamaModel } from '../model.js';
import { UsageError } from '../options.js';
import { argument, command, flag, number } from './command.js';

/** Figures of one run. */
interface Run {
  readonly prefill: number;
  readonly decode: number;
}

const MIB = 2 ** 20;

/** Feeds a prompt of random tokens and generates after it; the same tokens in every run. */
async function measure(
  model: LlamaModel,
  promptTokens: number,
  tokens: number,
  signal: AbortSignal,
): Promise<Run | null> {
  const { vocabSize } = model.config;
  let state = 1;
  const prompt = Array.from({ length: promptTokens }, () => (state = (state * 48271) % 2147483647) % vocabSize);
  const decoding = new Decoding(model, [prompt], { maxTokens: tokens, stopTokens: [], temperature: 0, signal });
  try {
    while (!decoding.done) await decoding.step();
    const { promptRate, decodeRate } = decoding.stats();
    return signal.aborted ? null : { prefill: promptRate, decode: decodeRate };
  } finally {
    decoding.dispose();
  }
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};
function count(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be an integer from ${least}, got ${value}`);
}

export const bench = command(
  'bench',
  'measures a model: tokens a second of prompt and of text, memory',
  'Loads a model, feeds it a prompt of random tokens and generates after it, one token at a time. Tells the median of the runs after a\n' +
    'first one that is not counted.',
  {
    model: argument('MODEL', 'Hugging Face folder or .gguf file'),
    prompt: number('N', 'tokens of the prompt (default: 128)'),
    tokens: number('N', 'tokens to generate (default: 64)'),
    runs: number('N', 'runs to take the median of (default: 3)'),
    json: flag('print JSON'),
  },
  async ({ model: path, ...given }, io) => {
    const promptTokens = count('prompt', given.prompt ?? 128, 1);
    const tokens = count('tokens', given.tokens ?? 64, 2);
    const runs = count('runs', given.runs ?? 3, 1);
    const start = performance.now();
    const { model } = await load(path);
    const loadSeconds = (performance.now() - start) / 1000;
    const { contextLength } = model.config;
    if (promptTokens + tokens > contextLength)
      throw new UsageError(
        `--prompt and --tokens must fit the context of ${contextLength}, got ${promptTokens + tokens}`,
      );
    const weights = lw.memory.active();
    lw.memory.resetPeak();
    const results: Run[] = [];
    for (let run = 0; run <= runs; run++) {
      const result = await measure(model, promptTokens, tokens, io.signal);
      if (result === null) return 130;
      if (run > 0) results.push(result);
    }
    const figures = {
      loadSeconds,
      prefillTokensPerSecond: median(results.map((r) => r.prefill)),
      decodeTokensPerSecond: median(results.map((r) => r.decode)),
      weightBytes: weights,
      peakBytes: lw.memory.peak(),
    };
    await io.write(
      given.json
        ? `${JSON.stringify({ model: path, promptTokens, tokens, runs, ...figures })}\n`
        : `load     ${loadSeconds.toFixed(2)} s\n` +
            `prefill  ${figures.prefillTokensPerSecond.toFixed(1)} tokens/s (${promptTokens} tokens)\n` +
            `decode   ${figures.decodeTokensPerSecond.toFixed(1)} tokens/s (${tokens} tokens)\n` +
            `weights  ${(weights / MIB).toFixed(1)} MiB\n` +
            `peak     ${(figures.peakBytes / MIB).toFixed(1)} MiB\n`,
    );
    return 0;
  },
);
