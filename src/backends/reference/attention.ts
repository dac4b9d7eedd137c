import type { Call, Kernel, View } from '../backend.js';
import { readNumbers, store } from './access.js';

type Values = ReturnType<typeof readNumbers>;

interface RopeAttrs {
  readonly dims: number;
  readonly traditional: boolean;
  readonly base: number;
  readonly scale: number;
  readonly offset: number;
}

/** One query's weights of keys, and where its row, its keys and values begin. */
interface Row {
  readonly row: number;
  readonly first: number;
  readonly weights: readonly number[];
}
/** Calls `f` for every query. A key that is masked out, or whose score is -inf, takes no part; a query without any key has weights 0. */
function eachQuery(call: Call, maskView: View | undefined, f: (r: Row) => void): void {
  const [batches, heads, queries, depth] = call.a!.shape.dims as readonly [number, number, number, number];
  const [, kvHeads, keys] = call.b!.shape.dims as readonly [number, number, number];
  const { scale, causal } = call.attrs as { scale: number; causal: boolean };
  const q = readNumbers(call.a!);
  const k = readNumbers(call.b!);
  const mask = maskView === undefined ? null : readNumbers(maskView);
  const isBool = maskView?.type.category === 'bool';
  const group = heads / kvHeads;

  const score = (row: number, key: number, i: number, j: number): number => {
    if (causal && j > i + keys - queries) return -Infinity;
    const m = mask === null ? 0 : mask[row * keys + j]!;
    if (mask !== null && isBool && m === 0) return -Infinity;
    let dot = 0;
    for (let d = 0; d < depth; d++) dot += q[row * depth + d]! * k[key * depth + d]!;
    return dot * scale + (isBool ? 0 : m);
  };
  for (let b = 0; b < batches; b++) {
    for (let h = 0; h < heads; h++) {
      const first = (b * kvHeads + Math.floor(h / group)) * keys;
      for (let i = 0; i < queries; i++) {
        const row = (b * heads + h) * queries + i;
        const scores = Array.from({ length: keys }, (_, j) => score(row, first + j, i, j));
        const most = scores.reduce((x, y) => Math.max(x, y), -Infinity);
        const powers = scores.map((s) => (s === -Infinity ? 0 : Math.exp(s - most)));
        const sum = powers.reduce((s, w) => s + w, 0);
        f({ row, first, weights: sum === 0 ? powers : powers.map((w) => w / sum) });
      }
    }
  }
}

/** Scaled dot product attention and rotary positions. */
export const attention: Readonly<Record<string, Kernel>> = {
  /** `softmax(scale q k^T + mask) v`; heads of k and v are shared by H / Hkv heads of q. */
  sdpa: (call) => {
    const width = call.c!.shape.dims[3]!;
    const v = readNumbers(call.c!);
    eachQuery(call, call.rest?.[0], ({ row, first, weights }) => {
      for (let d = 0; d < width; d++) {
        const value = weights.reduce((s, w, j) => (w === 0 ? s : s + w * v[(first + j) * width + d]!), 0);
        store(call.type, call.at, row * width + d, value);
      }
    });
  },
  /** The cotangents of q, k and v, one after the other, from those of the output; rest = those, and the mask if there is one. */
  sdpa_grad: (call) => {
    const { scale } = call.attrs as { scale: number };
    const [depth, width] = [call.a!.shape.dims[3]!, call.c!.shape.dims[3]!];
    const [q, k, v, g] = [call.a!, call.b!, call.c!, call.rest![0]!].map(readNumbers) as [
      Values,
      Values,
      Values,
      Values,
    ];
    const [dq, dk, dv] = [q, k, v].map((x) => new Float64Array(x.length)) as [Values, Values, Values];
    eachQuery(call, call.rest![1], ({ row, first, weights }) => {
      const [at, from] = [row * depth, row * width];
      const along = weights.map((_, j) => {
        let dot = 0;
        for (let d = 0; d < width; d++) dot += g[from + d]! * v[(first + j) * width + d]!;
        return dot;
      });
      const mean = weights.reduce((s, w, j) => (w === 0 ? s : s + w * along[j]!), 0);
      weights.forEach((w, j) => {
        if (w === 0) return;
        const key = (first + j) * depth;
        const t = scale * w * (along[j]! - mean);
        for (let d = 0; d < depth; d++) {
          dq[at + d]! += t * k[key + d]!;
          dk[key + d]! += t * q[at + d]!;
        }
        for (let d = 0; d < width; d++) dv[(first + j) * width + d]! += w * g[from + d]!;
      });
    });
    let i = 0;
    for (const part of [dq, dk, dv]) for (const x of part) store(call.type, call.at, i++, x);
  },
  /**
   * Turns pairs of the first `dims` features of `[..., T, D]` by `position * scale * base^(-2i/dims)`, or `position * scale /
   * freqs[i]`: (2i, 2i+1) in the traditional layout, else (i, i + dims/2). c = offset tensor: one for all, or one for each entry of
   * the first axis.
   */
  rope: (call) => {
    const { dims, traditional, base, scale, offset } = call.attrs as RopeAttrs;
    const shape = call.shape.dims;
    const [steps, depth] = shape.slice(-2) as [number, number];
    const x = readNumbers(call.a!);
    const freqs = call.b === null ? null : readNumbers(call.b);
    const starts = call.c === null ? Float64Array.of(offset) : readNumbers(call.c);
    const rows = depth === 0 ? 0 : call.shape.size / depth;
    const rowsPerStart = rows / starts.length;
    const half = dims / 2;
    for (let row = 0; row < rows; row++) {
      const position = starts[Math.floor(row / rowsPerStart)]! + (row % steps);
      for (let i = 0; i < half; i++) {
        const angle = freqs === null ? position * scale * base ** ((-2 * i) / dims) : (position * scale) / freqs[i]!;
        const p = row * depth + (traditional ? 2 * i : i);
        const r = row * depth + (traditional ? 2 * i + 1 : i + half);
        store(call.type, call.at, p, x[p]! * Math.cos(angle) - x[r]! * Math.sin(angle));
        store(call.type, call.at, r, x[p]! * Math.sin(angle) + x[r]! * Math.cos(angle));
      }
      for (let d = dims; d < depth; d++) store(call.type, call.at, row * depth + d, x[row * depth + d]!);
    }
  },
};
