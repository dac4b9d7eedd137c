// Small cases of every family of kernels, and what they give in float64, computed here by the definitions.
import * as lw from '../../slim.js';
import type { Tensor } from '../../slim.js';
import { fill, numbers, type Case } from './cases.js';
import { quantised } from './known-quantised.js';

const total = (n: number, at: (i: number) => number): number => fill(n, at).reduce((a, b) => a + b, 0);
const tensor = (x: ArrayLike<number>, ...shape: number[]): Tensor => lw.array(Float32Array.from(x)).reshape(shape);
/** `x` (rows, n) by rows. */
const byRow = (x: Float32Array, n: number, of: (row: Float32Array) => ArrayLike<number>): number[] =>
  fill(x.length / n, (r) => r).flatMap((r) => Array.from(of(x.subarray(r * n, (r + 1) * n))));
function softmax(row: ArrayLike<number>): number[] {
  const most = Math.max(...Array.from(row));
  const e = fill(row.length, (i) => Math.exp(row[i]! - most));
  const sum = total(e.length, (i) => e[i]!);
  return e.map((v) => v / sum);
}

const unary: readonly [string, (x: Tensor) => Tensor, (x: number) => number][] = [
  ['exp', lw.exp, Math.exp],
  ['tanh', lw.tanh, Math.tanh],
  ['sin', lw.sin, Math.sin],
  ['sigmoid', lw.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  ['abs', lw.abs, Math.abs],
  ['sqrt of abs', (x) => lw.sqrt(lw.abs(x)), (x) => Math.sqrt(Math.abs(x))],
];
function elementwise(): Case[] {
  const [x, y, row] = [numbers(301, 1), numbers(301, 2), numbers(7, 3)];
  return [
    ...unary.map(([what, f, want]) => ({ what, got: () => f(tensor(x, 301)), want: Array.from(x, want) })),
    { what: 'multiply', got: () => tensor(x, 301).multiply(tensor(y, 301)), want: Array.from(x, (v, i) => v * y[i]!) },
    {
      what: 'add over rows',
      got: () => tensor(x, 43, 7).add(tensor(row, 7)),
      want: Array.from(x, (v, i) => v + row[i % 7]!),
    },
    {
      what: 'a fused chain',
      got: () => tensor(x, 301).multiply(2).add(tensor(y, 301)).square().sub(0.5).maximum(0),
      want: Array.from(x, (v, i) => Math.max((2 * v + y[i]!) ** 2 - 0.5, 0)),
    },
    {
      what: 'a gate',
      got: () => lw.nn.silu(tensor(x, 301)).multiply(tensor(y, 301)),
      want: Array.from(x, (v, i) => (v / (1 + Math.exp(-v))) * y[i]!),
    },
    {
      what: 'select',
      got: () => lw.where(tensor(x, 301).greater(0), tensor(x, 301), tensor(y, 301)),
      want: Array.from(x, (v, i) => (v > 0 ? v : y[i]!)),
    },
    {
      what: 'int32',
      got: () => tensor(x, 301).multiply(1000).astype('int32').multiply(7).rightShift(2).astype('float32'),
      want: Array.from(x, (v) => (Math.trunc(Math.fround(v * 1000)) * 7) >> 2),
    },
  ];
}
function copy(): Case[] {
  const x = numbers(5 * 7 * 3, 4);
  const coarse = x.map((v) => Math.round(v * 127) / 128); // which half types hold
  const halves = (['float16', 'bfloat16'] as const).map((half) => ({
    what: `${half} and back`,
    got: () => tensor(coarse, 105).astype(half).negative().astype('float32'),
    want: coarse.map((v) => -v),
  }));
  return [
    ...halves,
    {
      what: 'transpose',
      got: () => tensor(x, 35, 3).T.contiguous(),
      want: fill(105, (i) => x[(i % 35) * 3 + Math.floor(i / 35)]!),
    },
    {
      what: 'concatenate',
      got: () => lw.concatenate([tensor(x, 35, 3), tensor(x, 35, 3)], 1),
      want: fill(210, (i) => x[Math.floor(i / 6) * 3 + (i % 3)]!),
    },
    {
      what: 'cast to int32',
      got: () => tensor(x, 105).multiply(100).astype('int32').astype('float32'),
      want: Array.from(x, (v) => Math.trunc(Math.fround(v * 100))),
    },
  ];
}
function reduce(): Case[] {
  return [7, 33, 1500].flatMap((n) => {
    const x = numbers(3 * n, n);
    const t = (): Tensor => tensor(x, 3, n);
    return [
      { what: `sum of ${n}`, got: () => t().sum(-1), want: byRow(x, n, (r) => [total(n, (i) => r[i]!)]) },
      { what: `max of ${n}`, got: () => t().max(-1), want: byRow(x, n, (r) => [Math.max(...r)]) },
      {
        what: `argmax of ${n}`,
        got: () => t().argmax(-1).astype('float32'),
        want: byRow(x, n, (r) => [r.indexOf(Math.max(...r))]),
      },
      {
        what: `mean of columns, ${n}`,
        got: () => t().mean(0),
        want: fill(n, (i) => (x[i]! + x[n + i]! + x[2 * n + i]!) / 3),
      },
    ];
  });
}
function scan(): Case[] {
  const x = numbers(3 * 41, 5);
  let sum = 0;
  return [
    {
      what: 'cumsum',
      got: () => tensor(x, 3, 41).cumsum(-1),
      want: Array.from(x, (v, i) => (sum = (i % 41 === 0 ? 0 : sum) + v)),
    },
  ];
}
const softmaxes = (): Case[] =>
  [7, 33, 1500].flatMap((n) => {
    const x = numbers(2 * n, n);
    const lse = (r: Float32Array): number[] => [Math.log(total(n, (i) => Math.exp(r[i]!)))];
    return [
      { what: `softmax of ${n}`, got: () => tensor(x, 2, n).softmax(-1), want: byRow(x, n, softmax) },
      { what: `logsumexp of ${n}`, got: () => tensor(x, 2, n).logsumexp(-1), want: byRow(x, n, lse) },
    ];
  });
const norms = (): Case[] =>
  [7, 33, 1500].flatMap((n) => {
    const [x, w, b] = [numbers(2 * n, n), numbers(n, 5), numbers(n, 6)];
    const rms = (r: Float32Array): number[] => {
      const scale = 1 / Math.sqrt(total(n, (i) => r[i]! ** 2) / n + 1e-5);
      return fill(n, (i) => r[i]! * scale * w[i]!);
    };
    const layer = (r: Float32Array): number[] => {
      const mean = total(n, (i) => r[i]!) / n;
      const scale = 1 / Math.sqrt(total(n, (i) => (r[i]! - mean) ** 2) / n + 1e-5);
      return fill(n, (i) => (r[i]! - mean) * scale * w[i]! + b[i]!);
    };
    const [t, weight, bias] = [() => tensor(x, 2, n), () => tensor(w, n), () => tensor(b, n)];
    return [
      { what: `rmsNorm of ${n}`, got: () => lw.fast.rmsNorm(t(), weight()), want: byRow(x, n, rms) },
      { what: `layerNorm of ${n}`, got: () => lw.fast.layerNorm(t(), weight(), bias()), want: byRow(x, n, layer) },
    ];
  });
function rope(): Case[] {
  const [length, d] = [5, 12];
  const x = numbers(2 * length * d, 7);
  return [true, false].map((traditional) => {
    const want = fill(x.length, (i) => {
      const [pos, j] = [Math.floor(i / d) % length, i % d];
      const pair = traditional ? Math.floor(j / 2) : j % (d / 2);
      const [a, b] = traditional ? [2 * pair, 2 * pair + 1] : [pair, pair + d / 2];
      const angle = (pos + 3) * 10000 ** ((-2 * pair) / d);
      const [u, v] = [x[i - j + a]!, x[i - j + b]!];
      return j === a ? u * Math.cos(angle) - v * Math.sin(angle) : u * Math.sin(angle) + v * Math.cos(angle);
    });
    const what = traditional ? 'rope, neighbouring pairs' : 'rope, halves';
    return { what, got: () => lw.fast.rope(tensor(x, 2, length, d), d, traditional, 10000, 1, 3), want };
  });
}
const matmuls = (): Case[] =>
  [1, 7, 9, 33].flatMap((m) => {
    const [n, k] = [35, 21];
    const [a, b] = [numbers(m * k, m), numbers(k * n, 7)];
    const at = (i: number, j: number): number => total(k, (d) => a[i * k + d]! * b[d * n + j]!);
    const want = fill(m * n, (i) => at(Math.floor(i / n), i % n));
    const turned = fill(k * n, (i) => b[(i % k) * n + Math.floor(i / k)]!);
    return [
      { what: `matmul of ${m} rows`, got: () => tensor(a, m, k).matmul(tensor(b, k, n)), want },
      { what: `matmul of ${m} rows, transposed`, got: () => tensor(a, m, k).matmul(tensor(turned, n, k).T), want },
    ];
  });
const attentions = (): Case[] =>
  [1, 6].map((queries) => {
    const [heads, groups, length, d] = [4, 2, 19, 16];
    const q = numbers(heads * queries * d, 8);
    const [k, v] = [numbers(groups * length * d, 9), numbers(groups * length * d, 10)];
    const scale = 1 / Math.sqrt(d);
    const want = Array.from({ length: heads * queries }, (_, row) => {
      const [h, i] = [Math.floor(row / queries), row % queries];
      const at = Math.floor((h * groups) / heads) * length;
      const seen = length - queries + i + 1;
      const p = softmax(fill(seen, (j) => scale * total(d, (c) => q[row * d + c]! * k[(at + j) * d + c]!)));
      return fill(d, (c) => total(seen, (j) => p[j]! * v[(at + j) * d + c]!));
    }).flat();
    const cache = (x: Float32Array): Tensor => tensor(x, 1, groups, length, d);
    return {
      what: queries === 1 ? 'attention of one query' : 'causal attention',
      got: () =>
        lw.fast.scaledDotProductAttention(
          tensor(q, 1, heads, queries, d),
          cache(k),
          cache(v),
          scale,
          queries === 1 ? null : 'causal',
        ),
      want,
    };
  });
function indexing(): Case[] {
  const [x, rows] = [numbers(9 * 5, 11), [3, 8, 0, 3]];
  const index = (): Tensor => lw.array(Int32Array.from(rows));
  const added = Array.from(x);
  for (const [r, row] of rows.entries()) for (let j = 0; j < 5; j++) added[row * 5 + j]! += x[r * 5 + j]!;
  return [
    {
      what: 'take rows',
      got: () => tensor(x, 9, 5).take(index(), 0),
      want: fill(20, (i) => x[rows[Math.floor(i / 5)]! * 5 + (i % 5)]!),
    },
    { what: 'add to rows', got: () => tensor(x, 9, 5).addAt(index(), tensor(x.subarray(0, 20), 4, 5)), want: added },
  ];
}
function sort(): Case[] {
  const x = numbers(2 * 77, 12);
  const order = (r: Float32Array): number[] => fill(77, (i) => i).sort((i, j) => r[i]! - r[j]!);
  return [
    { what: 'sort', got: () => tensor(x, 2, 77).sort(-1), want: byRow(x, 77, (r) => r.slice().sort()) },
    { what: 'argsort', got: () => tensor(x, 2, 77).argsort(-1).astype('float32'), want: byRow(x, 77, order) },
  ];
}
function convolution(): Case[] {
  const [height, width, channels, outputs] = [6, 7, 3, 4];
  const [x, w] = [numbers(height * width * channels, 13), numbers(outputs * 9 * channels, 14)];
  const at = (row: number, col: number, c: number): number =>
    row < 0 || col < 0 || row >= height || col >= width ? 0 : x[(row * width + col) * channels + c]!;
  const want = fill(height * width * outputs, (i) => {
    const [place, o] = [Math.floor(i / outputs), i % outputs];
    return total(9 * channels, (j) => {
      const [tap, c] = [Math.floor(j / channels), j % channels];
      const [row, col] = [Math.floor(place / width) + Math.floor(tap / 3) - 1, (place % width) + (tap % 3) - 1];
      return at(row, col, c) * w[o * 9 * channels + j]!;
    });
  });
  const got = (): Tensor => lw.conv2d(tensor(x, 1, height, width, channels), tensor(w, outputs, 3, 3, channels), 1, 1);
  return [{ what: 'conv2d', got, want }];
}
const fourier = (): Case[] =>
  [16, 21].map((n) => {
    const x = numbers(n, n);
    const part = (of: (angle: number) => number): number[] =>
      fill(n, (k) => total(n, (i) => x[i]! * of((-2 * Math.PI * i * k) / n)));
    const got = (): Tensor => {
      const y = lw.fft.fft(tensor(x, n));
      return lw.concatenate([lw.real(y), lw.imag(y)], 0);
    };
    return { what: `fft of ${n}`, got, want: [...part(Math.cos), ...part(Math.sin)] };
  });
function linalg(): Case[] {
  const n = 6;
  const a = numbers(n * n, 15).map((v, i) => (i % (n + 1) === 0 ? v + 4 : v));
  const x = numbers(n, 16);
  const b = fill(n, (i) => total(n, (j) => a[i * n + j]! * x[j]!));
  return [{ what: 'solve', got: () => lw.linalg.solve(tensor(a, n, n), tensor(b, n)), want: x }];
}
function optimizer(): Case[] {
  const [w, gradients] = [numbers(37, 17), [numbers(37, 18), numbers(37, 19)]];
  const [rate, b1, b2, eps, decay] = [0.1, 0.9, 0.999, 1e-8, 0.01];
  const want = Array.from(w, (start, i) => {
    let [p, m, v] = [start, 0, 0];
    for (const g of gradients.map((all) => all[i]!)) {
      [m, v] = [b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g];
      p = p * (1 - rate * decay) - (rate * m) / (Math.sqrt(v) + eps);
    }
    return p;
  });
  const got = (): Tensor => {
    const adamw = new lw.optimizers.AdamW({ learningRate: rate, betas: [b1, b2], eps, weightDecay: decay });
    return gradients.reduce((p, g) => adamw.applyGradients({ p: tensor(g, 37) }, { p }).p, tensor(w, 37));
  };
  return [{ what: 'two steps of AdamW', got, want }];
}

/** Threefry-2x32 with 20 rounds. */
function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const keys = [...key, 0x1bd11bda ^ key[0] ^ key[1]];
  let [a, b] = [counter[0] + key[0], counter[1] + key[1]].map((v) => v >>> 0) as [number, number];
  for (let round = 0; round < 20; round++) {
    const turn = [13, 15, 26, 6, 17, 29, 16, 24][round % 8]!;
    a = (a + b) >>> 0;
    b = (((b << turn) | (b >>> (32 - turn))) ^ a) >>> 0;
    if (round % 4 !== 3) continue;
    const step = (round + 1) / 4;
    a = (a + keys[step % 3]!) >>> 0;
    b = (b + keys[(step + 1) % 3]! + step) >>> 0;
  }
  return [a, b];
}
const random = (): Case[] => {
  const pairs = fill(5, (i) => i).map((i) => threefry([0, 7], [i, i + 5]));
  const words = [...pairs.map(([a]) => a), ...pairs.map(([, b]) => b)];
  // halves apart, so that float32 holds them
  return [16, 0].map((shift) => ({
    what: 'random bits',
    got: () => lw.random.bits([10], 4, lw.random.key(7)).rightShift(shift).bitwiseAnd(65535).astype('float32'),
    want: words.map((w) => (w >>> shift) & 65535),
  }));
};

/** The families that are checked. */
export const families: Readonly<Record<string, () => Case[]>> = {
  ...{ elementwise, copy, reduce, scan, softmax: softmaxes, norm: norms, rope, matmul: matmuls, attention: attentions },
  ...{ quantised, indexing, sort, random, convolution, fft: fourier, linalg, optimizer },
};
