// Rows of tokens with their labels: padded, or several sequences in a row.

/** Label of positions that carry no loss. */
export const IGNORED = -100;

/**
 * The tokens of a record. `mask` says for each token whether it is a label; without it all are. A prompt that is only read has zeros.
 */
export type Sequence =
  ArrayLike<number> | { readonly tokens: ArrayLike<number>; readonly mask?: ArrayLike<number | boolean> };

/** A sequence that goes into rows: of `n + 1` tokens the first n are seen and the last n are labels. */
export interface Sample<R = unknown> {
  readonly tokens: Int32Array;
  readonly labels: Int32Array;
  readonly record: R;
}
/** Rows of equal length, row-major; plain typed arrays, which a worker may send. */
export interface TokenBatch<R = unknown> {
  readonly shape: readonly [rows: number, length: number];
  /** what the model sees */
  readonly tokens: Int32Array;
  /** the token that follows each one in its sequence, or `IGNORED` */
  readonly labels: Int32Array;
  /** number of the sequence that a position belongs to, from 1; 0 where the row is filled up */
  readonly segments: Int32Array;
  /** position in its sequence, from 0 */
  readonly positions: Int32Array;
  /** records of sequences 1, 2, ... */
  readonly records: readonly R[];
  /** labels that are not ignored */
  readonly count: number;
}

/** A sequence of at most `maxLength` positions; null if it has no label. `tokens` must be whole numbers of at least 0. */
export function sampleOf<R>(sequence: Sequence, maxLength: number, record: R): Sample<R> | null {
  const { tokens, mask } = 'tokens' in sequence ? sequence : { tokens: sequence, mask: undefined };
  const n = Math.min(tokens.length - 1, maxLength);
  if (n < 1) return null;
  const all = Int32Array.from({ length: n + 1 }, (_, i) => tokens[i]!);
  const labels = all.slice(1);
  if (mask !== undefined) labels.forEach((_, i) => void (mask[i + 1] || (labels[i] = IGNORED)));
  return labels.every((x) => x === IGNORED) ? null : { tokens: all.slice(0, n), labels, record };
}

/** How rows are filled up. */
export interface PadOptions {
  readonly padToken: number;
  /** rows are rounded up to a multiple of this */
  readonly multiple: number;
  readonly maxLength: number;
}
/** Rows of one or more samples each. */
export function batchOf<R>(rows: readonly (readonly Sample<R>[])[], options: PadOptions): TokenBatch<R> {
  const used = rows.map((row) => row.reduce((sum, s) => sum + s.tokens.length, 0));
  const length = Math.min(options.maxLength, Math.ceil(Math.max(...used) / options.multiple) * options.multiple);
  const size = rows.length * length;
  const tokens = new Int32Array(size).fill(options.padToken);
  const labels = new Int32Array(size).fill(IGNORED);
  const segments = new Int32Array(size);
  const positions = new Int32Array(size);
  const records: R[] = [];
  let count = 0;
  rows.forEach((row, r) => {
    let at = r * length;
    for (const sample of row) {
      records.push(sample.record);
      tokens.set(sample.tokens, at);
      labels.set(sample.labels, at);
      for (let i = 0; i < sample.tokens.length; i++, at++) {
        segments[at] = records.length;
        positions[at] = i;
        if (sample.labels[i] !== IGNORED) count++;
      }
    }
  });
  return { shape: [rows.length, length], tokens, labels, segments, positions, records, count };
}
