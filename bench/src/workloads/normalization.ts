import { floats, weight } from '../data.js';
import { cached, rowOf, sampledAt, softmax, standardized } from '../reference.js';
import type { Expected, Workload } from '../workload.js';
import type { Values } from '../data.js';

const group = 'softmax and norms, 1024x1024';
const [R, C] = [1024, 1024];
const EPS = 1e-5;

const byRows = (x: Values, f: (row: Float64Array) => Float64Array): Expected => {
  const row = cached((i) => f(rowOf(x, i, C)));
  return sampledAt([R, C], (i, j) => row(i!)[j!]!);
};
/** Runs over rows of a copy. */
function rows(x: ArrayLike<number>, f: (out: Float32Array, from: number) => void): Float32Array {
  const out = Float32Array.from(x);
  for (let i = 0; i < R; i++) f(out, i * C);
  return out;
}
const common = { group, bytes: 8 * R * C, tolerance: 2e-6 };

export const normalization: readonly Workload[] = [
  {
    ...common,
    name: 'softmax',
    inputs: { x: floats([R, C], 1, (x) => 4 * x) },
    expected: ({ x }) => byRows(x!, softmax),
    ours: (_, { x }) => x!.softmax(-1),
    peers: {
      tfjs: (tf, { x }) => tf.softmax(x),
      onnx: (graph, { x }) => graph.op('Softmax', [x], { axis: -1 }),
      jax: (jax, { x }) => jax.nn.softmax(x, -1),
      numpy: (np, { x }) => {
        const e = np.exp(np.subtract(x, np.max(x, -1, true)));
        return np.divide(e, np.sum(e, -1, true));
      },
      javascript: (_, { x }) =>
        rows(x!, (out, from) => {
          let most = -Infinity;
          for (let j = 0; j < C; j++) most = Math.max(most, out[from + j]!);
          let total = 0;
          for (let j = 0; j < C; j++) total += out[from + j] = Math.exp(out[from + j]! - most);
          for (let j = 0; j < C; j++) out[from + j]! /= total;
        }),
    },
  },
  {
    ...common,
    name: 'log-sum-exp',
    bytes: 4 * R * C,
    inputs: { x: floats([R, C], 1, (x) => 4 * x) },
    expected: ({ x }) =>
      sampledAt([R], (i) => {
        const row = rowOf(x!, i!, C);
        return Math.log(row.reduce((a, b) => a + Math.exp(b), 0));
      }),
    ours: (_, { x }) => x!.logsumexp(-1),
    peers: {
      tfjs: (tf, { x }) => tf.logSumExp(x, -1),
      onnx: (graph, { x }) => graph.op('ReduceLogSumExp', [x], { axes: [1], keepdims: 0 }),
      jax: (jax, { x }) => jax.nn.logsumexp(x, -1),
    },
  },
  {
    ...common,
    name: 'layer norm',
    inputs: { x: floats([R, C], 1), w: weight(floats([C], 2)), b: weight(floats([C], 3)) },
    expected: ({ x, w, b }) => byRows(x!, (row) => standardized(row, EPS).map((v, j) => v * w![j]! + b![j]!)),
    ours: (lw, { x, w, b }) => lw.fast.layerNorm(x!, w!, b!, EPS),
    peers: {
      tfjs: (tf, { x, w, b }) => {
        const { mean, variance } = tf.moments(x, -1, true);
        return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPS))), w), b);
      },
      onnx: (graph, { x, w, b }) => graph.op('LayerNormalization', [x, w, b], { axis: -1, epsilon: { float: EPS } }),
      jax: (jax, { x, w, b }) => {
        const np = jax.numpy;
        const centered = x.ref.sub(np.mean(x, -1, { keepdims: true }));
        const variance = np.mean(np.square(centered.ref), -1, { keepdims: true });
        return centered
          .div(np.sqrt(variance.add(EPS)))
          .mul(w)
          .add(b);
      },
      numpy: (np, { x, w, b }) => {
        const centered = np.subtract(x, np.mean(x, -1, true));
        const variance = np.mean(np.square(centered), -1, true);
        return np.add(np.multiply(np.divide(centered, np.sqrt(np.add(variance, EPS))), w), b);
      },
      javascript: (_, { x, w, b }) =>
        rows(x!, (out, from) => {
          let mean = 0;
          for (let j = 0; j < C; j++) mean += out[from + j]! / C;
          let variance = 0;
          for (let j = 0; j < C; j++) variance += (out[from + j]! - mean) ** 2 / C;
          const factor = 1 / Math.sqrt(variance + EPS);
          for (let j = 0; j < C; j++) out[from + j] = (out[from + j]! - mean) * factor * w![j]! + b![j]!;
        }),
    },
  },
  {
    ...common,
    name: 'rms norm',
    inputs: { x: floats([R, C], 1), w: weight(floats([C], 2)) },
    expected: ({ x, w }) =>
      byRows(x!, (row) => {
        const factor = 1 / Math.sqrt(row.reduce((a, v) => a + v * v, 0) / C + EPS);
        return row.map((v, j) => v * factor * w![j]!);
      }),
    ours: (lw, { x, w }) => lw.fast.rmsNorm(x!, w!, EPS),
    peers: {
      tfjs: (tf, { x, w }) => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), EPS))), w),
      onnx: (graph, { x, w }) =>
        graph.op('SimplifiedLayerNormalization', [x, w], { axis: -1, epsilon: { float: EPS } }),
      jax: (jax, { x, w }) => {
        const np = jax.numpy;
        const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
        return x.div(np.sqrt(mean.add(EPS))).mul(w);
      },
      numpy: (np, { x, w }) => np.multiply(np.divide(x, np.sqrt(np.add(np.mean(np.square(x), -1, true), EPS))), w),
      javascript: (_, { x, w }) =>
        rows(x!, (out, from) => {
          let mean = 0;
          for (let j = 0; j < C; j++) mean += out[from + j]! ** 2 / C;
          const factor = 1 / Math.sqrt(mean + EPS);
          for (let j = 0; j < C; j++) out[from + j]! *= factor * w![j]!;
        }),
    },
  },
];
