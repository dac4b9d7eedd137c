// What a data set says as a whole: the balance of its sources, and the lambda that fits it.
import { DistrustError } from './errors.js';
import { DISTRUST_ALPHA } from './loss.js';
import { meanDistrust, type DistrustRecord } from './records.js';

/** What `estimateOptimalLambdaWeight` counts on. */
export interface LambdaOptions {
  /** records that are looked at, spread evenly over the data; 100 if absent */
  readonly samples?: number;
  /** distrust over cross-entropy in the reported loss; 1 if absent */
  readonly ratio?: number;
  /** of the training run; 2.7 if absent */
  readonly alpha?: number;
  /** the model's cross-entropy before training; 5 if absent, a guess for large vocabularies. Measure it: an even guess is `ln(vocabulary)` */
  readonly crossEntropy?: number;
}
/** What `estimateOptimalLambdaWeight` finds. */
export interface LambdaEstimate {
  /** 0.001 to 1 */
  readonly lambda: number;
  /** the same before it was brought into that range */
  readonly exact: number;
  /** mean distrust term of the records looked at */
  readonly meanDistrust: number;
  /** records looked at */
  readonly samples: number;
}
/**
 * The lambda with which the additive term is `ratio` times the cross-entropy in the reported loss: `ratio * crossEntropy / mean(distrust)`.
 * It scales what is reported and nothing else: the additive term has no gradient.
 * @throws DistrustError for no records, or options that are not above 0
 */
export function estimateOptimalLambdaWeight(
  records: readonly DistrustRecord[],
  options: LambdaOptions = {},
): LambdaEstimate {
  const { samples = 100, ratio = 1, alpha = DISTRUST_ALPHA, crossEntropy = 5 } = options;
  for (const [name, x] of Object.entries({ samples, ratio, alpha, crossEntropy })) {
    if (!(x > 0 && Number.isFinite(x)) || (name === 'samples' && !Number.isInteger(x)))
      throw new DistrustError(
        `[lambda] ${name} must be ${name === 'samples' ? 'an integer' : 'a number'} above 0, got ${x}`,
      );
  }
  const count = Math.min(samples, records.length);
  const chosen = Array.from({ length: count }, (_, i) => records[Math.floor((i * records.length) / count)]!);
  const average = meanDistrust(chosen, alpha);
  const exact = (ratio * crossEntropy) / average;
  return { lambda: Math.min(1, Math.max(0.001, exact)), exact, meanDistrust: average, samples: count };
}

/** Smallest, largest and mean of a field. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}
/** What `validateDatasetMetrics` finds. */
export interface DatasetMetrics {
  readonly totalExamples: number;
  readonly authWeight: Spread;
  readonly provEntropy: Spread;
  /** shares of sources at both ends, line by line */
  readonly info: readonly string[];
  /** what the data set lacks */
  readonly warnings: readonly string[];
}
/**
 * The balance of a data set. Warns where fewer than a fifth of the records have a low authority (below 0.3) or a high entropy (5.5 bits).
 * @throws DistrustError for no records
 */
export function validateDatasetMetrics(
  records: readonly Pick<DistrustRecord, 'auth_weight' | 'prov_entropy'>[],
): DatasetMetrics {
  const total = records.length;
  if (total === 0) throw new DistrustError('[distrust] records must hold at least one, got none');
  const spread = (of: (r: (typeof records)[number]) => number): Spread => {
    const start = { sum: 0, min: Infinity, max: -Infinity };
    const { sum, min, max } = records.reduce((s, r) => {
      const x = of(r);
      return { sum: s.sum + x, min: Math.min(s.min, x), max: Math.max(s.max, x) };
    }, start);
    return { mean: sum / total, min, max };
  };
  const share = (test: (r: (typeof records)[number]) => boolean): readonly [count: number, percent: string] => {
    const n = records.filter(test).length;
    return [n, ((100 * n) / total).toFixed(1)];
  };
  const [lowAuthority, lowAuthorityShare] = share((r) => r.auth_weight < 0.3);
  const [highAuthority, highAuthorityShare] = share((r) => r.auth_weight > 0.85);
  const [highEntropy, highEntropyShare] = share((r) => r.prov_entropy >= 5.5);
  const [lowEntropy, lowEntropyShare] = share((r) => r.prov_entropy < 2);
  const warnings: string[] = [];
  if (lowAuthority / total < 0.2)
    warnings.push(
      `Only ${lowAuthorityShare}% of the records are primary sources of low authority: add notebooks, patents, measurements.`,
    );
  if (highEntropy / total < 0.2)
    warnings.push(`Only ${highEntropyShare}% of the records have a high entropy: add sources of more kinds.`);
  return {
    totalExamples: total,
    authWeight: spread((r) => r.auth_weight),
    provEntropy: spread((r) => r.prov_entropy),
    info: [
      `Low authority (< 0.3): ${lowAuthority} (${lowAuthorityShare}%)`,
      `High authority (> 0.85): ${highAuthority} (${highAuthorityShare}%)`,
      `High entropy (>= 5.5 bits): ${highEntropy} (${highEntropyShare}%)`,
      `Low entropy (< 2.0 bits): ${lowEntropy} (${lowEntropyShare}%)`,
    ],
    warnings,
  };
}
