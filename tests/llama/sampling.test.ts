import { describe, expect, test } from 'vitest';
import { ModelError } from '../../examples/llama/src/errors.js';
import { keepTopK, topPThreshold } from '../../examples/llama/src/filters.js';
import { checkSampling, Sampler, weights } from '../../examples/llama/src/sampling.js';
import type { SamplingOptions } from '../../examples/llama/src/sampling.js';
import { golden, readGolden } from './support.js';

/** Probabilities of tokens whose shares at temperature 1 are given. */
function distribution(shares: number[], options: SamplingOptions, history: number[] = []): number[] {
  const logits = Float32Array.from(shares, (share) => Math.log(share) + 3);
  const result = weights(logits, history, checkSampling(options));
  const total = result.reduce((a, b) => a + b, 0);
  return [...result].map((weight) => weight / total);
}
function expectClose(got: number[], wanted: number[]): void {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 6);
}

const shares = [0.1, 0.4, 0.05, 0.3, 0.15];

test('temperature › raises the shares to 1/T', () => {
  expectClose(distribution(shares, { temperature: 1 }), shares);
  const squared = shares.map((p) => p * p);
  const total = squared.reduce((a, b) => a + b, 0);
  expectClose(
    distribution(shares, { temperature: 0.5 }),
    squared.map((p) => p / total),
  );
});

test('topK › keeps the k likeliest and renormalises; of equal ones the first', () => {
  expectClose(distribution(shares, { temperature: 1, topK: 2 }), [0, 4 / 7, 0, 3 / 7, 0]);
  expectClose(distribution(shares, { temperature: 1, topK: 5 }), shares);
  expectClose(distribution(shares, { temperature: 1, topK: 99 }), shares);
  expectClose(distribution([0.25, 0.25, 0.25, 0.25], { temperature: 1, topK: 2 }), [0.5, 0.5, 0, 0]);
});

test('topP › keeps tokens until their mass reaches p, the one that crosses it included', () => {
  expectClose(distribution(shares, { temperature: 1, topP: 0.3 }), [0, 1, 0, 0, 0]);
  expectClose(distribution(shares, { temperature: 1, topP: 0.5 }), [0, 4 / 7, 0, 3 / 7, 0]);
  expectClose(distribution(shares, { temperature: 1, topP: 0.75 }), [0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85]);
  expectClose(distribution(shares, { temperature: 1, topP: 1 }), shares);
});

test('topP › is applied before the temperature', () => {
  const kept = distribution(shares, { temperature: 100, topP: 0.5 });
  expect(kept.map((p) => p > 0)).toEqual([false, true, false, true, false]);
});

test('minP › drops tokens below a share of the best', () => {
  expectClose(distribution(shares, { temperature: 1, minP: 0.5 }), [0, 4 / 7, 0, 3 / 7, 0]);
  expectClose(distribution(shares, { temperature: 1, minP: 1 }), [0, 1, 0, 0, 0]);
});

test('filters › top-p, min-p and top-k combine', () => {
  expectClose(distribution(shares, { temperature: 1, topP: 0.9, minP: 0.3, topK: 2 }), [0, 4 / 7, 0, 3 / 7, 0]);
});

test('repetitionPenalty › divides positive logits and multiplies negative ones, once per token', () => {
  const logits = Float32Array.of(2, -2, 1, 0.5);
  const got = weights(
    logits,
    [0, 0, 1, 2],
    checkSampling({ temperature: 1, repetitionPenalty: 2, repetitionContext: 3 }),
  );
  const wanted = [1, -4, 0.5, 0.5].map((logit) => Math.exp(logit - 1));
  expectClose([...got], wanted);
  const greedy = new Sampler({ repetitionPenalty: 4 });
  expect(greedy.next(Float32Array.of(2, 1), [0])).toBe(1);
});

test('repetitionContext › only the last tokens are penalised', () => {
  const sampler = new Sampler({ repetitionPenalty: 4, repetitionContext: 1 });
  expect(sampler.next(Float32Array.of(2, 1), [0, 1])).toBe(0);
});

test('greedy › takes the first of the largest logits', () => {
  expect(new Sampler().next(Float32Array.of(1, 3, -Infinity, 3), [])).toBe(1);
});

describe('draws › are those of mlx-lm for the same seed and logits', () => {
  const file = readGolden(golden('sampling.safetensors'));
  const settings = JSON.parse(file.metadata['settings']!) as SamplingOptions[];
  test.each(settings.map((options, i) => [i, options] as const))('%i %j', (i, options) => {
    const sampler = new Sampler(options);
    const wanted = file.ints(`draws${i}`);
    const history = file.ints('history');
    const got = wanted.map(() => sampler.next(file.floats('logits'), history));
    expect(got).toEqual(wanted);
    sampler.dispose();
  });
});

test('seed › repeats the draws; without one they differ', () => {
  const logits = (): Float32Array => new Float32Array(1000);
  const draws = (seed?: number): number[] => {
    const sampler = new Sampler({ temperature: 1, seed });
    return Array.from({ length: 8 }, () => sampler.next(logits(), []));
  };
  expect(draws(5)).toEqual(draws(5));
  expect(draws(5)).not.toEqual(draws(6));
  expect(draws()).not.toEqual(draws());
});

test.each([
  [{ temperature: -0.1 }, 'temperature must be a number from 0, got -0.1'],
  [{ temperature: NaN }, 'temperature must be a number from 0, got NaN'],
  [{ temperature: Infinity }, 'temperature must be a number from 0, got Infinity'],
  [{ topK: -1 }, 'topK must be an integer from 0, got -1'],
  [{ topK: 1.5 }, 'topK must be an integer from 0, got 1.5'],
  [{ topP: 0 }, 'topP must be a number above 0 and at most 1, got 0'],
  [{ topP: 1.1 }, 'topP must be a number above 0 and at most 1, got 1.1'],
  [{ minP: -1 }, 'minP must be a number from 0 to 1, got -1'],
  [{ minP: 2 }, 'minP must be a number from 0 to 1, got 2'],
  [{ repetitionPenalty: 0 }, 'repetitionPenalty must be a number above 0, got 0'],
  [{ repetitionContext: -1 }, 'repetitionContext must be an integer from 0, got -1'],
  [{ seed: -1 }, 'seed must be an integer from 0 to 2^53 - 1, got -1'],
  [{ seed: 2 ** 53 }, 'seed must be an integer from 0 to 2^53 - 1, got 9007199254740992'],
])('sampling › refuses %j', (options, message) => {
  expect(() => new Sampler(options)).toThrow(new ModelError(`[sampling] ${message}`));
});

test.each([[0], [1]])('sampling › logits that are no numbers are an error, temperature %d', (temperature) => {
  const sampler = new Sampler({ temperature, seed: 1 });
  expect(() => sampler.next(Float32Array.of(1, NaN), [])).toThrow('[sampling] logits must be numbers, got NaN');
  expect(() => sampler.next(Float32Array.of(1, Infinity), [])).toThrow(
    '[sampling] the largest logit must be finite, got Infinity',
  );
  expect(() => sampler.next(Float32Array.of(-Infinity, -Infinity), [])).toThrow('got -Infinity');
});

describe('filters › the histogram finds what sorting finds', () => {
  // logits with many ties, far outliers and -Infinity
  const cases = Array.from({ length: 40 }, (_, seed) => {
    let state = seed * 7919 + 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    return Float32Array.from({ length: 1 + Math.floor(random() * 400) }, () => {
      const kind = random();
      if (kind < 0.05) return -Infinity;
      return kind < 0.3 ? Math.round(random() * 6) : random() * (seed % 2 === 0 ? 8 : 90) - 40;
    });
  }).filter((values) => values.some((value) => value > -Infinity));

  test('topK', () => {
    for (const [i, values] of cases.entries()) {
      const k = 1 + ((i * 13) % values.length);
      const ranked = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b || 0);
      const wanted = values.map((value, at) => (ranked.indexOf(at) < k ? value : -Infinity));
      const got = values.slice();
      keepTopK(got, Math.max(...values), k);
      expect([...got]).toEqual([...wanted]);
    }
  });

  test('topP', () => {
    for (const [i, values] of cases.entries()) {
      const p = 0.05 + ((i * 0.37) % 0.94);
      const max = Math.max(...values);
      const sorted = [...values].sort((a, b) => b - a);
      const total = sorted.reduce((sum, value) => sum + Math.exp(value - max), 0);
      let above = 0;
      let threshold = max;
      for (const value of sorted) {
        if (above >= p * total) break;
        threshold = value;
        above += Math.exp(value - max);
      }
      expect(topPThreshold(values, max, p)).toBe(threshold);
    }
  });
});
