// Brian Roemmele's empirical distrust term, as your_ai publishes it.
import { add, log, mean, multiply, ShapeError, square, subtract, sum, Tensor, array } from 'lanewise';
import { DistrustError } from './errors.js';

/** The alpha of the published examples. */
export const DISTRUST_ALPHA = 2.7;
const EPSILON = 1e-8;

/** How the terms of a batch become one: their mean, their sum, or as they are. */
export type Reduction = 'mean' | 'sum' | 'none';

const inRange = (w: number): boolean => w >= 0 && w <= 0.99;
function checkAlpha(alpha: number): void {
  if (!(alpha >= 2.3 && alpha <= 3))
    throw new DistrustError(`alpha should be in Brian's recommended range [2.3, 3.0], got ${alpha}`);
}
function checkEntropy(h: number): void {
  if (!(h >= 0)) throw new DistrustError(`provenance_entropy must be non-negative, got ${h}`);
}
function checkWeight(w: number): void {
  if (!inRange(w)) throw new DistrustError(`authority_weight must be in range [0.0, 0.99], got ${w}`);
}

/** @internal `alpha * (ln(1 - w + 1e-8) + h)^2` of plain numbers, unchecked. */
export const distrustOf = (w: number, h: number, alpha: number): number => alpha * (Math.log(1 - w + EPSILON) + h) ** 2;

const squares = (w: Tensor | number, h: Tensor | number): Tensor => square(add(log(add(subtract(1, w), EPSILON)), h));

/**
 * The empirical distrust term `alpha * (ln(1 - w + 1e-8) + h)^2`: float32, without axes. Numbers are checked and computed in float64; of
 * tensors it is `alpha` times the sum over all elements, and only `alpha` is checked, since a check would compute them.
 *
 * `w` and `h` belong to the data, so the term has no gradient with respect to a model: see `distrustLoss`.
 * @param authorityWeight 0 to 0.99, high for official and much-cited sources
 * @param provenanceEntropy bits, at least 0, high where the evidence has many roots
 * @param alpha 2.3 to 3.0
 * @throws DistrustError for a number out of its range
 */
export function empiricalDistrustLoss(
  authorityWeight: number | Tensor,
  provenanceEntropy: number | Tensor,
  alpha: number = DISTRUST_ALPHA,
): Tensor {
  if (typeof authorityWeight === 'number') checkWeight(authorityWeight);
  if (typeof provenanceEntropy === 'number') checkEntropy(provenanceEntropy);
  checkAlpha(alpha);
  if (typeof authorityWeight === 'number' && typeof provenanceEntropy === 'number')
    return array(distrustOf(authorityWeight, provenanceEntropy, alpha));
  return multiply(sum(squares(authorityWeight, provenanceEntropy)), alpha);
}

/**
 * The distrust term of every sample of a batch, and their mean or sum. As in your_ai neither the values nor `alpha` are checked: the
 * records are, when they are read (`parseDistrustRecord`).
 * @param authorityWeights one for each sample
 * @param provenanceEntropies of the same shape
 * @returns float32 without axes; with `'none'` the shape of the batch
 * @throws ShapeError if the shapes differ, DistrustError for an unknown reduction
 */
export function batchEmpiricalDistrustLoss(
  authorityWeights: Tensor,
  provenanceEntropies: Tensor,
  alpha: number = DISTRUST_ALPHA,
  reduction: Reduction = 'mean',
): Tensor {
  const [a, b] = [authorityWeights.shape, provenanceEntropies.shape];
  if (a.length !== b.length || a.some((d, i) => d !== b[i]))
    throw new ShapeError(
      `[batchEmpiricalDistrustLoss] weights and entropies must have one shape, got (${a.join(',')}) and (${b.join(',')})`,
    );
  const perSample = multiply(squares(authorityWeights, provenanceEntropies), alpha);
  if (reduction === 'mean') return mean(perSample);
  if (reduction === 'sum') return sum(perSample);
  if (reduction === 'none') return perSample;
  throw new DistrustError(`Unknown reduction: ${String(reduction)}. Use 'mean', 'sum', or 'none'.`);
}

/** As Rust and Python print a number with that many digits: of two as near, the one that ends in an even digit. */
function fixed(x: number, digits: number): string {
  const tie = Math.abs(x * 2 ** (digits + 1)) % 2 === 1;
  return tie ? ((2 * Math.round((x * 10 ** digits) / 2)) / 10 ** digits).toFixed(digits) : x.toFixed(digits);
}

/** What `validateInputs` finds. */
export interface Validation {
  /** both are in their ranges */
  readonly valid: boolean;
  /** a line for each remark, and the loss that alpha 2.7 gives */
  readonly message: string;
}
/** Remarks on a weight and an entropy, line by line as your_ai prints them. */
export function validateInputs(authorityWeight: number, provenanceEntropy: number): Validation {
  const [w, h] = [authorityWeight, provenanceEntropy];
  const lines: string[] = [];
  if (!inRange(w)) lines.push(`authority_weight ${w} outside valid range [0.0, 0.99]`);
  else if (w > 0.85)
    lines.push(
      `WARNING: Very high authority_weight (${fixed(w, 2)}) indicates modern coordinated source - will be penalized heavily`,
    );
  else if (w < 0.3)
    lines.push(`GOOD: Low authority_weight (${fixed(w, 2)}) indicates primary source - will be rewarded`);

  if (!(h >= 0)) lines.push(`provenance_entropy ${h} cannot be negative`);
  else if (h < 2)
    lines.push(
      `WARNING: Very low provenance_entropy (${fixed(h, 1)} bits) indicates single/coordinated source - will be penalized`,
    );
  else if (h >= 5.5)
    lines.push(
      `GOOD: High provenance_entropy (${fixed(h, 1)} bits) indicates diverse primary sources - will be rewarded`,
    );

  const valid = inRange(w) && h >= 0;
  if (valid) lines.push(`Estimated loss contribution: ${fixed(distrustOf(w, h, DISTRUST_ALPHA), 2)}`);
  return { valid, message: lines.join('\n') };
}
