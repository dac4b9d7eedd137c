// Problems of attention for tests of its kernels: sizes, operands as views, and the weights in float64.
import { f32Bits } from './rig.js';
import { numbers, stored, type Type } from './values.js';

/** An operand as a view: values, where element 0 is, and strides of batch, head, row and column. */
export interface Operand {
  readonly data: readonly number[];
  readonly start: number;
  readonly strides: readonly [number, number, number, number];
}
export type At = (b: number, h: number, r: number, c: number) => number;
export const at = (x: Operand): At => {
  const [s0, s1, s2, s3] = x.strides;
  return (b, h, r, c) => x.data[x.start + b * s0 + h * s1 + r * s2 + c * s3]!;
};
export interface Mask extends Operand {
  readonly kind: 1 | 2;
}
export interface Problem {
  readonly batches: number;
  readonly heads: number;
  readonly group: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
  readonly causal?: boolean;
  readonly mask?: Mask;
}
export const SCALE = 0.7;

/** (batches, heads, rows, columns) row-major, or as a part of rows of all heads that lie in a longer buffer. */
export function operand(
  t: Type,
  dims: readonly [number, number, number, number],
  seed: number,
  apart: boolean,
): Operand {
  const [B, H, R, C] = dims;
  // (batch, row, head, column) with room behind the rows and a few elements before the first
  const line = apart ? (R + 5) * H * C : H * R * C;
  const start = apart ? 3 : 0;
  return {
    data: stored(t, numbers(start + Math.max(B * line, 1), seed)),
    start,
    strides: apart ? [line, C, H * C, 1] : [line, R * C, C, 1],
  };
}

/** The weights of the keys for query `l` of head `h`: zeros where it sees none. */
export function weightsOf(p: Problem, b: number, h: number, l: number, q: At, k: At, mask: At): number[] {
  const head = Math.floor(h / p.group);
  const scores = Array.from({ length: p.keys }, (_, s) => {
    let dot = 0;
    for (let d = 0; d < p.depth; d++) dot += q(b, h, l, d) * k(b, head, s, d);
    if (p.causal && s > l + p.keys - p.queries) return -Infinity;
    if (p.mask?.kind === 1 && mask(b, h, l, s) === 0) return -Infinity;
    return dot * SCALE + (p.mask?.kind === 2 ? mask(b, h, l, s) : 0);
  });
  const high = Math.max(...scores);
  const powers = scores.map((x) => (high === -Infinity ? 0 : Math.exp(x - high)));
  const sum = powers.reduce((x, y) => x + y, 0);
  return powers.map((x) => (sum === 0 ? 0 : x / sum));
}
export const words = (p: Problem, parts: number, operands: readonly Operand[]): number[] => [
  ...[p.batches, p.heads, p.group, p.queries, p.keys, p.depth, p.width, f32Bits(SCALE)],
  ...[p.causal ? 1 : 0, p.mask?.kind ?? 0, parts],
  ...operands.flatMap((x) => [x.start, ...x.strides]),
];
export const NO_MASK: Operand = { data: [0], start: 0, strides: [0, 0, 0, 0] };

/** The operands in memory, the fourth of which is the mask. */
export const packed = (
  t: Type,
  p: Problem,
  operands: readonly Operand[],
): (Float32Array | Uint16Array | Uint8Array)[] =>
  operands.map((x, i) => (i === 3 && p.mask?.kind === 1 ? Uint8Array.from(x.data) : t.pack(x.data)));
