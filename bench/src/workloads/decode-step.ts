// A token's way through 22 layers so narrow that kernels take next to nothing: what recording and scheduling it costs.
import type * as Lanewise from 'lanewise';
import { floats, weight } from '../data.js';
import type { Input, Values } from '../data.js';
import { whole } from '../reference.js';
import type { Workload } from '../workload.js';

const layers = 22;
const [hidden, heads, kvHeads, headDim, inner, room] = [64, 8, 2, 8, 128, 64];
const matrix = (rows: number, columns: number, seed: number): Input =>
  weight(floats([rows, columns], seed, (x) => x / Math.sqrt(columns)));
/** All layers share these. */
const inputs = {
  x: floats([1, 1, hidden], 1),
  gain: weight(floats([hidden], 2, (x) => 1 + 0.1 * x)),
  q: matrix(heads * headDim, hidden, 3),
  k: matrix(kvHeads * headDim, hidden, 4),
  v: matrix(kvHeads * headDim, hidden, 5),
  o: matrix(hidden, heads * headDim, 6),
  gate: matrix(inner, hidden, 7),
  up: matrix(inner, hidden, 8),
  down: matrix(hidden, inner, 9),
};
type Tensors = Readonly<Record<string, Lanewise.Tensor>>;

/** One layer on the first position of its cache. */
function layer(lw: typeof Lanewise, w: Tensors, x: Lanewise.Tensor, keys: Lanewise.Tensor, values: Lanewise.Tensor) {
  const linear = (y: Lanewise.Tensor, name: string): Lanewise.Tensor => y.matmul(w[name]!.T);
  const split = (y: Lanewise.Tensor, count: number): Lanewise.Tensor => y.reshape([1, count, 1, headDim]);
  const turned = (y: Lanewise.Tensor): Lanewise.Tensor => lw.fast.rope(y, headDim, false, 10_000, 1, 0);
  const first = [':', ':', lw.slice(0, 1)] as const;
  const before = lw.fast.rmsNorm(x, w['gain']!, 1e-5);
  const q = turned(split(linear(before, 'q'), heads));
  keys.set([...first], turned(split(linear(before, 'k'), kvHeads)));
  values.set([...first], split(linear(before, 'v'), kvHeads));
  const seen = lw.fast.scaledDotProductAttention(q, keys.at(...first), values.at(...first), headDim ** -0.5, null);
  const mixed = x.add(linear(seen.reshape([1, 1, heads * headDim]), 'o'));
  const between = lw.fast.rmsNorm(mixed, w['gain']!, 1e-5);
  const gate = linear(between, 'gate');
  return mixed.add(linear(gate.mul(gate.sigmoid()).mul(linear(between, 'up')), 'down'));
}

/** The same in float64: the first position sees only itself, so that neither queries nor keys count. */
function expected(w: Readonly<Record<string, Values>>): Float64Array {
  const linear = (x: Float64Array, m: Values): Float64Array =>
    Float64Array.from({ length: m.length / x.length }, (_, i) =>
      x.reduce((s, v, j) => s + v * m[i * x.length + j]!, 0),
    );
  const norm = (x: Float64Array): Float64Array => {
    const factor = 1 / Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length + 1e-5);
    return x.map((v, i) => v * factor * w['gain']![i]!);
  };
  let x = Float64Array.from(w['x']!);
  for (let l = 0; l < layers; l++) {
    const values = linear(norm(x), w['v']!);
    const group = heads / kvHeads;
    const mixed = x.map((_, i) => values[Math.floor(i / headDim / group) * headDim + (i % headDim)]!);
    const y = linear(mixed, w['o']!).map((v, i) => v + x[i]!);
    const up = linear(norm(y), w['up']!);
    const open = linear(norm(y), w['gate']!).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
    x = linear(open, w['down']!).map((v, i) => v + y[i]!);
  }
  return x;
}

export const decodeStep: Workload = {
  group: 'overhead of small ops',
  name: `a token through ${layers} layers, ${hidden} wide`,
  inputs,
  tolerance: 1e-4,
  expected: (w) => whole(expected(w)),
  ours: {
    setup: (lw, w) => {
      const cache = (): Lanewise.Tensor => lw.zeros([1, kvHeads, room, headDim]).eval();
      const caches = Array.from({ length: layers }, () => [cache(), cache()] as const);
      const step = (): Lanewise.Tensor =>
        lw.tidy(() => {
          let x = w['x']!;
          for (const [keys, values] of caches) x = layer(lw, w, x, keys, values);
          lw.eval(x, caches);
          return x;
        });
      // so many functions take long to be compiled, which would be measured in place of them
      for (let i = 0; i < 100; i++) step().dispose();
      return step;
    },
  },
  peers: {},
};
