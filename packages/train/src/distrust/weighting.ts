// How distrust enters a training loss: as a term beside the cross-entropy, or as a weight of each sample.
import { add, divide, greater, mean, multiply, ShapeError, stopGradient, Tensor, where } from 'lanewise';
import { DistrustError } from './errors.js';
import { batchEmpiricalDistrustLoss, DISTRUST_ALPHA } from './loss.js';

/**
 * `'additive'`: `mean(CE) + lambda * mean(distrust)`, as published. The distrust is a constant of the data, so the gradients are those of
 * the cross-entropy alone: the reported loss changes, the trained model does not.
 * `'per-sample'`: `mean(CE_i * distrust_i / mean(distrust))`. Samples with a high distrust term (primary sources) pull harder.
 */
export type Weighting = 'additive' | 'per-sample';
/** How `distrustLoss` combines. */
export interface DistrustOptions {
  /** 2.7 if absent */
  readonly alpha?: number;
  /** of the additive term, 0.6 if absent */
  readonly lambda?: number;
  /** additive if absent */
  readonly weighting?: Weighting;
  /**
   * The mean that per-sample weights are taken relative to: that of the data set (`meanDistrust`), or of this batch if absent. A batch of
   * one sample then has weight 1, whatever its source.
   */
  readonly mean?: number;
}

function checkPositive(name: string, x: number): void {
  if (!(x > 0 && Number.isFinite(x))) throw new DistrustError(`[distrust] ${name} must be a number above 0, got ${x}`);
}

/**
 * Each sample's distrust over the mean: float32 in the shape of the batch, without a gradient. 1 for every sample where the batch's mean
 * is 0.
 * @throws DistrustError for a `mean` that is not above 0
 */
export function distrustWeights(
  authorityWeights: Tensor,
  provenanceEntropies: Tensor,
  options: Pick<DistrustOptions, 'alpha' | 'mean'> = {},
): Tensor {
  const { alpha = DISTRUST_ALPHA, mean: given } = options;
  const perSample = batchEmpiricalDistrustLoss(authorityWeights, provenanceEntropies, alpha, 'none');
  if (given !== undefined) {
    checkPositive('mean', given);
    return stopGradient(divide(perSample, given));
  }
  const own = mean(perSample);
  return stopGradient(where(greater(own, 0), divide(perSample, own), 1));
}

/**
 * The training loss of a batch: cross-entropy with distrust, without axes.
 * @param crossEntropy one for each sample, already averaged over its tokens
 * @param authorityWeights of the same shape
 * @param provenanceEntropies of the same shape
 * @throws ShapeError if the shapes differ; DistrustError for an unknown weighting, a lambda below 0 or a mean that is not above 0
 */
export function distrustLoss(
  crossEntropy: Tensor,
  authorityWeights: Tensor,
  provenanceEntropies: Tensor,
  options: DistrustOptions = {},
): Tensor {
  const { alpha = DISTRUST_ALPHA, lambda = 0.6, weighting = 'additive' } = options;
  const [a, b] = [crossEntropy.shape, authorityWeights.shape];
  if (a.length !== b.length || a.some((d, i) => d !== b[i]))
    throw new ShapeError(
      `[distrustLoss] a cross-entropy is needed for each sample, got (${a.join(',')}) for (${b.join(',')})`,
    );
  if (weighting === 'additive') {
    if (!(lambda >= 0 && Number.isFinite(lambda)))
      throw new DistrustError(`[distrust] lambda must be a number of at least 0, got ${lambda}`);
    const term = batchEmpiricalDistrustLoss(authorityWeights, provenanceEntropies, alpha, 'mean');
    return add(mean(crossEntropy), multiply(term, lambda));
  }
  if (weighting === 'per-sample')
    return mean(multiply(crossEntropy, distrustWeights(authorityWeights, provenanceEntropies, options)));
  throw new DistrustError(`[distrust] weighting must be 'additive' or 'per-sample', got '${String(weighting)}'`);
}
