import * as lw from 'lanewise';
import type { Tensor } from 'lanewise';
import { ModelError } from './errors.js';
import { keepTopK, topPThreshold } from './filters.js';

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0 (default) takes the likeliest token; above, logits are divided by it before drawing */
  readonly temperature?: number | undefined;
  /** only the k likeliest tokens; 0 (default) is off */
  readonly topK?: number | undefined;
  /** the likeliest tokens until their probabilities reach p; 1 (default) is off */
  readonly topP?: number | undefined;
  /** only tokens with at least this share of the likeliest one's probability; 0 (default) is off */
  readonly minP?: number | undefined;
  /** logits of recent tokens are divided (multiplied when negative) by it; 1 (default) is off */
  readonly repetitionPenalty?: number | undefined;
  /** how many recent tokens, prompt included, are penalised; 20 by default, as in mlx-lm */
  readonly repetitionContext?: number | undefined;
  /** the same seed gives the same tokens; random by default */
  readonly seed?: number | undefined;
}

/** Sampling options with every default filled in. */
export type Sampling = { readonly [K in keyof SamplingOptions]-?: number };

interface Rule {
  readonly fallback: number;
  readonly rule: string;
  readonly holds: (value: number) => boolean;
}

const rules: { readonly [K in keyof Sampling]: Rule } = {
  temperature: { fallback: 0, rule: 'a number from 0', holds: (x) => x >= 0 && x < Infinity },
  topK: { fallback: 0, rule: 'an integer from 0', holds: (x) => Number.isSafeInteger(x) && x >= 0 },
  topP: { fallback: 1, rule: 'a number above 0 and at most 1', holds: (x) => x > 0 && x <= 1 },
  minP: { fallback: 0, rule: 'a number from 0 to 1', holds: (x) => x >= 0 && x <= 1 },
  repetitionPenalty: { fallback: 1, rule: 'a number above 0', holds: (x) => x > 0 && x < Infinity },
  repetitionContext: { fallback: 20, rule: 'an integer from 0', holds: (x) => Number.isSafeInteger(x) && x >= 0 },
  seed: { fallback: NaN, rule: 'an integer from 0 to 2^53 - 1', holds: (x) => Number.isSafeInteger(x) && x >= 0 },
};

/**
 * Checks the options and fills in the defaults, a random seed among them.
 * @throws ModelError that names the option and its range
 */
export function checkSampling(options: SamplingOptions): Sampling {
  const result = {} as { -readonly [K in keyof Sampling]: number };
  for (const name of Object.keys(rules) as (keyof Sampling)[]) {
    const { fallback, rule, holds } = rules[name];
    const value = options[name] ?? (name === 'seed' ? Math.floor(Math.random() * 2 ** 32) : fallback);
    if (typeof value !== 'number' || !holds(value)) {
      throw new ModelError(`[sampling] ${name} must be ${rule}, got ${String(value)}`);
    }
    result[name] = value;
  }
  return result;
}

/**
 * Divides the logits of the last `repetitionContext` tokens by the penalty, or multiplies the negative ones; in place,
 * each token once.
 */
export function penalise(logits: Float32Array, history: readonly number[], options: Sampling): void {
  const { repetitionPenalty: penalty, repetitionContext: context } = options;
  if (penalty === 1 || context === 0) return;
  for (const id of new Set(history.slice(-context))) {
    const logit = logits[id]!;
    logits[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
}

/** Index of the largest logit, the first of equal ones. @throws ModelError if it is not finite or there are NaNs */
function argmax(logits: Float32Array): number {
  let best = 0;
  let sum = 0; // NaN as soon as one logit is
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit > logits[best]!) best = i;
    sum += logit === -Infinity ? 0 : logit;
  }
  if (Number.isNaN(sum)) {
    throw new ModelError('[sampling] logits must be numbers, got NaN: the weights or the dtype do not fit');
  }
  if (!Number.isFinite(logits[best])) {
    throw new ModelError(`[sampling] the largest logit must be finite, got ${logits[best]}`);
  }
  return best;
}

/**
 * Unnormalised weights of the tokens that may be drawn, after mlx-lm's order: repetition penalty on the logits; then on
 * the probabilities at temperature 1 top-p, min-p, top-k; then the temperature. Changes `logits`.
 */
export function weights(logits: Float32Array, history: readonly number[], options: Sampling): Float64Array {
  penalise(logits, history, options);
  const max = logits[argmax(logits)]!;
  let threshold = -Infinity;
  if (options.topP < 1) threshold = topPThreshold(logits, max, options.topP);
  if (options.minP > 0) threshold = Math.max(threshold, max + Math.log(options.minP));
  if (threshold > -Infinity) {
    for (let i = 0; i < logits.length; i++) if (logits[i]! < threshold) logits[i] = -Infinity;
  }
  if (options.topK > 0) keepTopK(logits, max, options.topK);
  const result = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    // most are -Infinity after filtering, and the result is zero already
    if (logits[i]! > -Infinity) result[i] = Math.exp((logits[i]! - max) / options.temperature);
  }
  return result;
}

/**
 * Draws tokens from logits. One threefry key per draw, split off as MLX's global state does it, and the inverse of the
 * cumulative distribution: the same seed and logits give mlx-lm's tokens.
 */
export class Sampler {
  readonly options: Sampling;
  private key: Tensor | undefined;

  /** @throws ModelError for an option out of range */
  constructor(options: SamplingOptions = {}) {
    this.options = checkSampling(options);
  }

  /**
   * The next token.
   * @param logits one row of logits; it is changed
   * @param history the tokens so far, prompt included
   * @throws ModelError when the logits hold NaN or no finite maximum
   */
  next(logits: Float32Array, history: readonly number[]): number {
    if (this.options.temperature === 0) {
      penalise(logits, history, this.options);
      return argmax(logits);
    }
    const shares = weights(logits, history, this.options);
    let total = 0;
    for (let i = 0; i < shares.length; i++) total += shares[i]!;
    const target = this.uniform() * total;
    let sum = 0;
    let last = 0;
    for (let i = 0; i < shares.length; i++) {
      if (shares[i] === 0) continue;
      sum += shares[i]!;
      last = i;
      if (sum >= target) break;
    }
    return last;
  }

  /** Frees the key. */
  dispose(): void {
    this.key?.dispose();
    this.key = undefined;
  }

  private uniform(): number {
    const key = (this.key ??= lw.random.key(this.options.seed));
    // one number for the host: not worth a launch
    const [next, draw] = lw.withDevice('wasm', () =>
      lw.tidy(() => {
        const [rest, mine] = lw.random.split(key);
        return [rest!, lw.random.uniform(0, 1, [1], 'float32', mine)] as const;
      }),
    );
    const value = Number(draw.item());
    key.dispose();
    draw.dispose();
    this.key = next;
    return value;
  }
}
