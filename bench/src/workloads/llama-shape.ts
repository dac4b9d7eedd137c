// A Llama of the shape of the model that comes with the project, with random weights: what the programs of all libraries share.
import { floats, integers, weight } from '../data.js';
import type { Input, Values } from '../data.js';
import type { Foreign } from '../workload.js';

export const shape = {
  ...{ vocabulary: 1536, hidden: 192, layers: 4, inner: 512, heads: 6, kvHeads: 2, headDim: 32 },
  ...{ base: 10_000, eps: 1e-5, batch: 4, length: 128 },
} as const;
const { vocabulary, hidden, layers, inner, heads, kvHeads, headDim, base, eps, batch, length } = shape;
const half = headDim / 2;

/** Weights by name, matrices as (outputs, inputs); the embedding is the head as well. */
export const weights: Readonly<Record<string, Input>> = (() => {
  let seed = 10;
  const matrix = (rows: number, columns: number): Input =>
    weight(floats([rows, columns], seed++, (x) => (1.7 * x) / Math.sqrt(columns)));
  const gain = (): Input => weight(floats([hidden], seed++, (x) => 1 + 0.1 * x));
  const made: Record<string, Input> = { embed: matrix(vocabulary, hidden), norm: gain() };
  for (let i = 0; i < layers; i++) {
    Object.assign(made, {
      [`${i}.before`]: gain(),
      [`${i}.q`]: matrix(heads * headDim, hidden),
      [`${i}.k`]: matrix(kvHeads * headDim, hidden),
      [`${i}.v`]: matrix(kvHeads * headDim, hidden),
      [`${i}.o`]: matrix(hidden, heads * headDim),
      [`${i}.between`]: gain(),
      [`${i}.gate`]: matrix(inner, hidden),
      [`${i}.up`]: matrix(inner, hidden),
      [`${i}.down`]: matrix(hidden, inner),
    });
  }
  return made;
})();
export const tokens = integers([batch, length], 1, vocabulary);
export const targets = integers([batch, length], 2, vocabulary);
/** Multiply-adds of a forward pass, twice: each weight but the norms once a token (the embedding as head), and attention. */
export const forwardFlops =
  2 *
    batch *
    length *
    (vocabulary * hidden + layers * (hidden * (2 * heads + 2 * kvHeads) * headDim + 3 * hidden * inner)) +
  layers * 4 * batch * heads * length * length * headDim * 0.5;

/** Angles of positions, (length, head dim): both halves of a head turn alike. */
function angles(f: (x: number) => number): Float32Array {
  return Float32Array.from({ length: length * headDim }, (_, at) =>
    f(Math.floor(at / headDim) / base ** ((2 * (at % half)) / headDim)),
  );
}
export const cosines = angles(Math.cos);
export const sines = angles(Math.sin);
/** 0 where a position is seen, (length, length). */
export const causal = Float32Array.from({ length: length * length }, (_, at) =>
  at % length <= Math.floor(at / length) ? 0 : -1e9,
);

/** The ops that a Llama needs, of a library without one of its own for rotary positions or attention. */
export interface Kit {
  readonly embed: (table: Foreign, tokens: Foreign) => Foreign;
  /** x w^T */
  readonly linear: (x: Foreign, w: Foreign) => Foreign;
  readonly matmul: (a: Foreign, b: Foreign) => Foreign;
  readonly add: (a: Foreign, b: Foreign) => Foreign;
  readonly mul: (a: Foreign, b: Foreign) => Foreign;
  readonly scaled: (x: Foreign, by: number) => Foreign;
  readonly norm: (x: Foreign, gain: Foreign) => Foreign;
  readonly silu: (x: Foreign) => Foreign;
  readonly softmax: (x: Foreign) => Foreign;
  readonly reshape: (x: Foreign, shape: number[]) => Foreign;
  readonly transpose: (x: Foreign, axes: number[]) => Foreign;
  /** (a, b) to (-b, a) along the last axis */
  readonly turned: (x: Foreign) => Foreign;
  /** every matrix of axis 1 so many times in a row */
  readonly repeated: (x: Foreign, times: number) => Foreign;
  readonly constant: (values: Float32Array, shape: number[]) => Foreign;
}
/** Logits (batch * length, vocabulary). */
export function forward(kit: Kit, w: Readonly<Record<string, Foreign>>, ids: Foreign): Foreign {
  const [cos, sin] = [kit.constant(cosines, [length, headDim]), kit.constant(sines, [length, headDim])];
  const mask = kit.constant(causal, [length, length]);
  const split = (x: Foreign, count: number): Foreign =>
    kit.transpose(kit.reshape(x, [batch, length, count, headDim]), [0, 2, 1, 3]);
  const rotated = (x: Foreign): Foreign => kit.add(kit.mul(x, cos), kit.mul(kit.turned(x), sin));
  let x = kit.reshape(kit.embed(w['embed'], ids), [batch * length, hidden]);
  for (let i = 0; i < layers; i++) {
    const of = (name: string): Foreign => w[`${i}.${name}`];
    const before = kit.norm(x, of('before'));
    const q = rotated(split(kit.linear(before, of('q')), heads));
    const k = rotated(split(kit.linear(before, of('k')), kvHeads));
    const v = split(kit.linear(before, of('v')), kvHeads);
    const scores = kit.matmul(q, kit.transpose(kit.repeated(k, heads / kvHeads), [0, 1, 3, 2]));
    const seen = kit.softmax(kit.add(kit.scaled(scores, headDim ** -0.5), mask));
    const mixed = kit.transpose(kit.matmul(seen, kit.repeated(v, heads / kvHeads)), [0, 2, 1, 3]);
    x = kit.add(x, kit.linear(kit.reshape(mixed, [batch * length, heads * headDim]), of('o')));
    const between = kit.norm(x, of('between'));
    const open = kit.mul(kit.silu(kit.linear(between, of('gate'))), kit.linear(between, of('up')));
    x = kit.add(x, kit.linear(open, of('down')));
  }
  return kit.linear(kit.norm(x, w['norm']), w['embed']);
}

/** The logits of one row of tokens in float64, by plain loops. */
export function logitsOf(w: Readonly<Record<string, Values>>, ids: ArrayLike<number>): Float64Array[] {
  const linear = (x: Float64Array, m: Values): Float64Array => {
    const out = new Float64Array(m.length / x.length);
    for (let i = 0; i < out.length; i++) {
      let s = 0;
      for (let j = 0; j < x.length; j++) s += x[j]! * m[i * x.length + j]!;
      out[i] = s;
    }
    return out;
  };
  const norm = (x: Float64Array, gain: Values): Float64Array => {
    const factor = 1 / Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length + eps);
    return x.map((v, i) => v * factor * gain[i]!);
  };
  const rotate = (x: Float64Array, position: number): Float64Array =>
    x.map((v, i) => {
      const d = i % headDim;
      const angle = position / base ** ((2 * (d % half)) / headDim);
      const other = d < half ? -x[i + half]! : x[i - half]!;
      return v * Math.cos(angle) + other * Math.sin(angle);
    });
  let xs = Array.from(ids, (id) => Float64Array.from(w['embed']!.subarray(id * hidden, (id + 1) * hidden)));
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string): Values => w[`${layer}.${name}`]!;
    const normed = xs.map((x) => norm(x, of('before')));
    const qs = normed.map((x, p) => rotate(linear(x, of('q')), p));
    const ks = normed.map((x, p) => rotate(linear(x, of('k')), p));
    const vs = normed.map((x) => linear(x, of('v')));
    xs = xs.map((x, p) => {
      const mixed = new Float64Array(heads * headDim);
      for (let h = 0; h < heads; h++) {
        const from = Math.floor(h / (heads / kvHeads)) * headDim;
        const scores = new Float64Array(p + 1);
        for (let j = 0; j <= p; j++)
          for (let d = 0; d < headDim; d++)
            scores[j]! += (qs[p]![h * headDim + d]! * ks[j]![from + d]!) / headDim ** 0.5;
        const most = Math.max(...scores);
        const e = scores.map((s) => Math.exp(s - most));
        const total = e.reduce((a, b) => a + b, 0);
        for (let j = 0; j <= p; j++)
          for (let d = 0; d < headDim; d++) mixed[h * headDim + d]! += (e[j]! / total) * vs[j]![from + d]!;
      }
      const y = linear(mixed, of('o')).map((v, i) => v + x[i]!);
      const z = norm(y, of('between'));
      const up = linear(z, of('up'));
      const open = linear(z, of('gate')).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
      return linear(open, of('down')).map((v, i) => v + y[i]!);
    });
  }
  return xs.map((x) => linear(norm(x, w['norm']!), w['embed']!));
}
