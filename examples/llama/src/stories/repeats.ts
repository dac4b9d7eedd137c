// A loss that asks for what a story has said before: its names, its colors, the thing wished for.
import { IGNORED, languageModelTask } from '@lanewise/train';
import type { Task, TokenBatch } from '@lanewise/train';
import { array } from 'lanewise';
import * as nn from 'lanewise/nn';
import type { LlamaModel } from '../model.js';
import { maskOf } from '../texts.js';

/** A token is rare where it is less than this part of all. */
const RARE = 0.005;
/** How often a rare token counts that its text has used before. */
const TIMES = 3;

/** Whether each token of a vocabulary is rare in the texts. */
export function rareTokens(texts: Iterable<ArrayLike<number>>, vocabSize: number): readonly boolean[] {
  const counts = new Float64Array(vocabSize);
  let total = 0;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) counts[text[i]!]!++;
    total += text.length;
  }
  return Array.from(counts, (count) => count < RARE * total);
}
/** 1 for each label that is a rare token which its text has used before, 0 for all others. */
export function repeats({ tokens, labels, segments }: TokenBatch, rare: readonly boolean[]): Float32Array {
  const seen = new Set<number>();
  return Float32Array.from(labels, (label, i) => {
    if (segments[i] !== segments[i - 1]) seen.clear();
    seen.add(tokens[i]!);
    return label !== IGNORED && rare[label] === true && seen.has(label) ? 1 : 0;
  });
}

/**
 * Next-token prediction in which repeats count `TIMES` times while the model trains; the divisor stays the number of labels. A run this
 * short does not learn names by itself: there are few of them among the many tokens that a fixed sentence foretells. Evaluation is plain,
 * and tells the loss of the repeats beside that of all tokens.
 */
export function storyTask<R>(model: LlamaModel, rare: readonly boolean[]): Task<LlamaModel, TokenBatch<R>> {
  return {
    ...languageModelTask<LlamaModel, R>(model),
    loss(m, batch) {
      const shape = [...batch.shape];
      const counted = Float32Array.from(batch.labels, (label) => (label === IGNORED ? 0 : 1));
      const repeated = repeats(batch, rare);
      const logits = m.forward(array(batch.tokens).reshape(shape), maskOf(batch));
      const labels = array(batch.labels).reshape(shape).maximum(0);
      const each = nn.losses.crossEntropy(logits, labels, { reduction: 'none' });
      const sum = (weights: Float32Array): typeof each => each.mul(array(weights).reshape(shape)).sum();
      const plain = sum(counted).div(Math.max(1, batch.count));
      const again = sum(repeated);
      const number = repeated.reduce((a, b) => a + b, 0);
      const extra = { plain, repeats: again.div(Math.max(1, number)) };
      if (!m.training) return [plain, batch.count, { repeats: extra.repeats }];
      return [plain.add(again.mul((TIMES - 1) / Math.max(1, batch.count))), batch.count, extra];
    },
  };
}
