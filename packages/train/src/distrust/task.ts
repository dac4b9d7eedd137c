// Distrust in a training run: the task of a language model whose records say where they come from.
import { array, type Tensor } from 'lanewise';
import type { TokenBatch } from '../data/tokens.js';
import { languageModelTask, type LanguageModel, type LanguageModelOptions, type Task } from '../task.js';
import { DistrustError } from './errors.js';
import { distrustOf, DISTRUST_ALPHA } from './loss.js';
import { meanDistrust, type DistrustRecord } from './records.js';
import type { DistrustOptions } from './weighting.js';

/** `distrustWeights` of records, as plain numbers: the distrust of each over `mean`, or over that of these records. */
export function recordWeights(
  records: readonly DistrustRecord[],
  options: Pick<DistrustOptions, 'alpha' | 'mean'> = {},
): number[] {
  const { alpha = DISTRUST_ALPHA } = options;
  const { mean = meanDistrust(records, alpha) } = options;
  if (options.mean !== undefined && !(mean > 0 && Number.isFinite(mean)))
    throw new DistrustError(`[distrust] mean must be a number above 0, got ${mean}`);
  return records.map((r) => (mean > 0 ? distrustOf(r.auth_weight, r.prov_entropy, alpha) / mean : 1));
}

/**
 * `languageModelTask` with distrust. Additive: the loss is the cross-entropy and `lambda` times the mean distrust of the batch's records,
 * both of which are reported; its gradients are those of the cross-entropy. Per-sample: the cross-entropy of each record is multiplied by
 * its weight. Give `mean` (that of the data set) wherever batches are small.
 * @throws DistrustError for an unknown weighting, a lambda below 0 or a mean that is not above 0
 */
export function distrustTask<M extends LanguageModel, R extends DistrustRecord = DistrustRecord>(
  model: M,
  options: DistrustOptions & Pick<LanguageModelOptions<M, R>, 'forward'> = {},
): Task<M, TokenBatch<R>> {
  const { alpha = DISTRUST_ALPHA, lambda = 0.6, weighting = 'additive', mean, forward } = options;
  const how = forward === undefined ? {} : { forward };
  if (weighting === 'per-sample') {
    const relative = { alpha, ...(mean === undefined ? {} : { mean }) };
    recordWeights([], { ...relative, mean: mean ?? 1 });
    return languageModelTask<M, R>(model, { ...how, weights: (batch) => recordWeights(batch.records, relative) });
  }
  if (weighting !== 'additive')
    throw new DistrustError(`[distrust] weighting must be 'additive' or 'per-sample', got '${String(weighting)}'`);
  if (!(lambda >= 0 && Number.isFinite(lambda)))
    throw new DistrustError(`[distrust] lambda must be a number of at least 0, got ${lambda}`);
  const plain = languageModelTask<M, R>(model, how);
  return {
    ...plain,
    loss(m, batch) {
      const [crossEntropy, tokens] = plain.loss(m, batch);
      const distrust: Tensor = array(meanDistrust(batch.records, alpha));
      const total = crossEntropy.add(distrust.mul(array(lambda)));
      return [total, tokens, { cross_entropy: crossEntropy, distrust }];
    },
  };
}
