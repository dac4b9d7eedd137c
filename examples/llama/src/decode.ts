import * as lw from 'lanewise';
import type { KVCache } from './cache.js';
import { ModelError } from './errors.js';
import type { ForwardOptions, LlamaModel } from './model.js';
import { checkSampling, Sampler } from './sampling.js';
import type { SamplingOptions } from './sampling.js';

/** Why a generation ended: a stop token or string, the token limit, the context was full, or the signal. */
export type EndReason = 'stop' | 'length' | 'context' | 'aborted';

/** Options of generation from token ids. */
export interface DecodeOptions extends SamplingOptions {
  /** most tokens to generate per row; 256 by default */
  readonly maxTokens?: number | undefined;
  /** tokens that end a row; the model's end tokens by default */
  readonly stopTokens?: readonly number[] | undefined;
  /** most tokens of prompt and continuation together; the model's context by default */
  readonly contextLength?: number | undefined;
  /** prompt tokens per forward pass; 512 by default */
  readonly prefillChunk?: number | undefined;
  /** ends the generation before the next forward pass */
  readonly signal?: AbortSignal | undefined;
}

/** Figures of a generation. Seconds count the forward passes and the sampling. */
export interface Stats {
  readonly promptTokens: number;
  readonly promptSeconds: number;
  /** prompt tokens per second, 0 when none were fed */
  readonly promptRate: number;
  readonly tokens: number;
  readonly decodeSeconds: number;
  /** tokens per second after the first of each row, which belong to the prompt's time */
  readonly decodeRate: number;
  /** bytes held by tensors now, and at most */
  readonly memory: { readonly active: number; readonly peak: number };
}

/** One row of a batch. */
interface Row {
  readonly prompt: readonly number[];
  readonly history: number[];
  readonly sampler: Sampler;
  end: EndReason | undefined;
}

/** What a row got in one step: a token, or the reason of its end. A stop token ends the row and is not given. */
export type Step = { readonly row: number; readonly token: number } | { readonly row: number; readonly end: EndReason };

/** Lets the event loop turn, so that signals, timers and output get through between two tokens. */
const turn = (): Promise<void> =>
  new Promise((resolve) => (typeof setImmediate === 'function' ? setImmediate(resolve) : setTimeout(resolve, 0)));

function checkCount(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ModelError(`[generate] ${name} must be an integer from ${least}, got ${value}`);
}

/**
 * Generates for one or more prompts at once. Rows are padded on the left to the longest prompt and masked, so that each
 * gets what it would get alone; row `r` draws with `seed + r`.
 */
export class Decoding {
  private readonly rows: Row[];
  private readonly cache: KVCache;
  private readonly maxTokens: number;
  private readonly contextLength: number;
  private readonly chunk: number;
  private readonly stopTokens: ReadonlySet<number>;
  private readonly signal: AbortSignal | undefined;
  private readonly longest: number;
  private promptMilliseconds = 0;
  private decodeMilliseconds = 0;
  private fed = false;

  /**
   * @param prompts token ids per row
   * @throws ModelError for an option out of range, an empty prompt or one beyond the context
   */
  constructor(
    private readonly model: LlamaModel,
    prompts: readonly (readonly number[])[],
    options: DecodeOptions = {},
  ) {
    const sampling = checkSampling(options);
    this.maxTokens = checkCount('maxTokens', options.maxTokens ?? 256, 0);
    this.contextLength = checkCount('contextLength', options.contextLength ?? model.config.contextLength, 1);
    this.chunk = checkCount('prefillChunk', options.prefillChunk ?? 512, 1);
    this.stopTokens = new Set(options.stopTokens ?? model.config.eosTokenIds);
    this.signal = options.signal;
    if (prompts.length === 0) throw new ModelError('[generate] at least one prompt is needed, got none');
    for (const prompt of prompts) {
      if (prompt.length === 0) throw new ModelError('[generate] a prompt must have at least one token, got none');
      if (prompt.length > this.contextLength) {
        throw new ModelError(
          `[generate] a prompt must fit the context of ${this.contextLength} tokens, got ${prompt.length}`,
        );
      }
      const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= model.config.vocabSize);
      if (wrong !== undefined) {
        throw new ModelError(`[generate] token ids must be from 0 to ${model.config.vocabSize - 1}, got ${wrong}`);
      }
    }
    this.rows = prompts.map((prompt, r) => ({
      prompt,
      history: [...prompt],
      sampler: new Sampler({ ...sampling, seed: (sampling.seed + r) % Number.MAX_SAFE_INTEGER }),
      end: undefined,
    }));
    this.longest = Math.max(...prompts.map((prompt) => prompt.length));
    this.cache = model.newCache(prompts.map((prompt) => this.longest - prompt.length));
  }

  /** The seed of row 0. */
  get seed(): number {
    return this.rows[0]!.sampler.options.seed;
  }

  /** Whether every row has ended. */
  get done(): boolean {
    return this.rows.every((row) => row.end !== undefined);
  }

  /** Ends a row from outside, for instance at a stop string. */
  end(row: number, reason: EndReason): void {
    this.rows[row]!.end ??= reason;
  }

  /** One token for every row that has not ended. */
  async step(): Promise<Step[]> {
    const steps = this.endFullRows();
    if (this.done) return steps;
    const start = performance.now();
    const logits = await this.logits();
    if (logits === undefined) {
      for (const [r, row] of this.rows.entries()) if (row.end === undefined) steps.push(this.ended(r, 'aborted'));
      return steps;
    }
    for (const [r, row] of this.rows.entries()) {
      if (row.end !== undefined) continue;
      const vocab = this.model.config.vocabSize;
      const token = row.sampler.next(logits.subarray(r * vocab, (r + 1) * vocab), row.history);
      if (this.stopTokens.has(token)) steps.push(this.ended(r, 'stop'));
      else {
        row.history.push(token);
        steps.push({ row: r, token });
      }
    }
    if (this.fed) this.decodeMilliseconds += performance.now() - start;
    else this.promptMilliseconds = performance.now() - start;
    this.fed = true;
    return steps;
  }

  /** Tokens of a row that were generated so far. */
  generated(row: number): readonly number[] {
    return this.rows[row]!.history.slice(this.rows[row]!.prompt.length);
  }

  stats(): Stats {
    const promptTokens = this.fed ? this.rows.reduce((sum, row) => sum + row.prompt.length, 0) : 0;
    const tokens = this.rows.reduce((sum, row) => sum + row.history.length - row.prompt.length, 0);
    const later = this.rows.reduce((sum, row) => sum + Math.max(0, row.history.length - row.prompt.length - 1), 0);
    const rate = (count: number, milliseconds: number): number =>
      milliseconds > 0 ? (count * 1000) / milliseconds : 0;
    return {
      promptTokens,
      promptSeconds: this.promptMilliseconds / 1000,
      promptRate: rate(promptTokens, this.promptMilliseconds),
      tokens,
      decodeSeconds: this.decodeMilliseconds / 1000,
      decodeRate: rate(later, this.decodeMilliseconds),
      memory: { active: lw.memory.active(), peak: lw.memory.peak() },
    };
  }

  /** Frees the cache. */
  dispose(): void {
    this.cache.dispose();
    for (const row of this.rows) row.sampler.dispose();
  }

  private endFullRows(): Step[] {
    const steps: Step[] = [];
    for (const [r, row] of this.rows.entries()) {
      if (row.end !== undefined) continue;
      if (this.signal?.aborted) steps.push(this.ended(r, 'aborted'));
      else if (row.history.length - row.prompt.length >= this.maxTokens) steps.push(this.ended(r, 'length'));
      else if (row.history.length >= this.contextLength) steps.push(this.ended(r, 'context'));
    }
    return steps;
  }

  private ended(row: number, reason: EndReason): Step {
    this.rows[row]!.end = reason;
    return { row, end: reason };
  }

  /** Logits of the last position of every row, `[B * vocab]`; undefined when aborted meanwhile. */
  private async logits(): Promise<Float32Array | undefined> {
    if (this.fed) {
      await turn();
      if (this.signal?.aborted) return undefined;
      // a row that has ended goes on with its last token, unread, until the others end too
      return this.run(
        this.rows.map((row) => [row.history.at(-1)!]),
        { logits: 'last' },
      );
    }
    const padded = this.rows.map(({ prompt }) => [...Array<number>(this.longest - prompt.length).fill(0), ...prompt]);
    const rowLengths = this.rows.map((row) => row.prompt.length);
    for (let at = 0; ; at += this.chunk) {
      await turn();
      if (this.signal?.aborted) return undefined;
      const part = padded.map((row) => row.slice(at, at + this.chunk));
      if (at + this.chunk >= this.longest) return this.run(part, { logits: 'last', rowLengths });
      this.model.forward(part, this.cache, { logits: 'none', rowLengths }).dispose();
    }
  }

  private async run(tokens: number[][], options: ForwardOptions): Promise<Float32Array> {
    const logits = this.model.forward(tokens, this.cache, options);
    try {
      return (await logits.data()) as Float32Array;
    } finally {
      logits.dispose();
    }
  }
}
