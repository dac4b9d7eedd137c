// Texts as what a run takes its batches from.
import { attentionMask, encodeJsonl, TokenBatches } from '@lanewise/train';
import type { TokenBatch, TrainConfig } from '@lanewise/train';
import type { io, Tensor } from 'lanewise';
import { story } from './stories/index.js';
import type { TextTokenizer } from './tokenizer.js';

/** A record of the data: its text, and whatever else stands in the line. */
export interface TextRecord {
  readonly text: string;
}
/** The text of a file without the byte order mark that it may begin with. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '');
/** Texts as JSONL. */
export const recordsOf = (texts: Iterable<string>): Uint8Array => encodeJsonl(Array.from(texts, (text) => ({ text })));
/** The first `count` stories of corpus `seed` of the project's grammar. */
export const stories = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => story(seed, i));

/** Batches of tokens of the records' texts, each with the tokens that begin and end a text. */
export function batchesOf<R extends TextRecord>(
  source: io.Source | readonly io.Source[],
  tokenizer: TextTokenizer,
  config: TrainConfig,
  options: { readonly cycle: boolean; readonly shuffle: boolean },
): Promise<TokenBatches<R>> {
  const { seed, batchSize, data } = config;
  const end = tokenizer.eosToken === undefined ? undefined : tokenizer.idOf(tokenizer.eosToken);
  return TokenBatches.open<R>(source, {
    ...data,
    seed,
    batchSize,
    cycle: options.cycle && data.cycle,
    shuffleBuffer: options.shuffle ? data.shuffleBuffer : 0,
    encode: (record) => {
      if (typeof record.text !== 'string') return null;
      const tokens = tokenizer.encode(record.text);
      return end === undefined ? tokens : [...tokens, end];
    },
  });
}
/** What keeps texts apart that share a row; none where each has its own, since fillers come after it. */
export const maskOf = (batch: TokenBatch): Tensor | undefined =>
  batch.records.length > batch.shape[0] ? attentionMask(batch) : undefined;
