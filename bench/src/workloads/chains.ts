import { floats } from '../data.js';
import { sampled } from '../reference.js';
import type { Workload } from '../workload.js';

const N = 1_000_000;
const group = 'chains of 10 elementwise ops, 1e6 float32';

// y = -sqrt(exp(0.5 relu(1.5 x + 0.25) - x) + 1) x
const element = (x: number): number => -Math.sqrt(Math.exp(Math.max(x * 1.5 + 0.25, 0) * 0.5 - x) + 1) * x;
const mixed: Workload = {
  name: 'mul add relu mul sub exp add sqrt neg mul',
  group,
  inputs: { x: floats([N], 1) },
  bytes: 8 * N,
  tolerance: 2e-6,
  expected: ({ x }) => sampled(N, (i) => element(x![i]!)),
  ours: (_, { x }) => x!.mul(1.5).add(0.25).maximum(0).mul(0.5).sub(x!).exp().add(1).sqrt().negative().mul(x!),
  peers: {
    tfjs: (tf, { x }) => {
      const y = tf.sub(tf.mul(tf.relu(tf.add(tf.mul(x, 1.5), 0.25)), 0.5), x);
      return tf.mul(tf.neg(tf.sqrt(tf.add(tf.exp(y), 1))), x);
    },
    onnx: (graph, { x }) => {
      const positive = graph.op('Relu', [
        graph.op('Add', [graph.op('Mul', [x, graph.scalar(1.5)]), graph.scalar(0.25)]),
      ]);
      const y = graph.op('Sub', [graph.op('Mul', [positive, graph.scalar(0.5)]), x]);
      const root = graph.op('Sqrt', [graph.op('Add', [graph.op('Exp', [y]), graph.scalar(1)])]);
      return graph.op('Mul', [graph.op('Neg', [root]), x]);
    },
    jax: (jax, { x }) => {
      const y = jax.numpy.maximum(x.ref.mul(1.5).add(0.25), 0).mul(0.5).sub(x.ref);
      return jax.numpy.sqrt(jax.numpy.exp(y).add(1)).mul(-1).mul(x);
    },
    numpy: (np, { x }) => {
      const y = np.subtract(np.multiply(np.maximum(np.add(np.multiply(x, 1.5), 0.25), 0), 0.5), x);
      return np.multiply(np.negative(np.sqrt(np.add(np.exp(y), 1))), x);
    },
    javascript: (_, { x }) => {
      const out = new Float32Array(N);
      for (let i = 0; i < N; i++) out[i] = element(x![i]!);
      return out;
    },
  },
};

// five times x -> 0.9 x + y: no transcendentals, so that memory is the limit
const polynomial: Workload = {
  name: '5 x (mul, add)',
  group,
  inputs: { x: floats([N], 1), y: floats([N], 2) },
  bytes: 12 * N,
  tolerance: 2e-6,
  expected: ({ x, y }) =>
    sampled(N, (i) => {
      let t = x![i]!;
      for (let k = 0; k < 5; k++) t = t * 0.9 + y![i]!;
      return t;
    }),
  ours: (_, { x, y }) => {
    let t = x!;
    for (let k = 0; k < 5; k++) t = t.mul(0.9).add(y!);
    return t;
  },
  peers: {
    tfjs: (tf, { x, y }) => {
      let t = x;
      for (let k = 0; k < 5; k++) t = tf.add(tf.mul(t, 0.9), y);
      return t;
    },
    onnx: (graph, { x, y }) => {
      let t = x;
      for (let k = 0; k < 5; k++) t = graph.op('Add', [graph.op('Mul', [t, graph.scalar(0.9)]), y]);
      return t;
    },
    jax: (_, { x, y }) => {
      let t = x;
      for (let k = 0; k < 5; k++) t = t.mul(0.9).add(k < 4 ? y.ref : y);
      return t;
    },
    numpy: (np, { x, y }) => {
      let t = x;
      for (let k = 0; k < 5; k++) t = np.add(np.multiply(t, 0.9), y);
      return t;
    },
    javascript: (_, { x, y }) => {
      const out = new Float32Array(N);
      for (let i = 0; i < N; i++) {
        let t = x![i]!;
        for (let k = 0; k < 5; k++) t = t * 0.9 + y![i]!;
        out[i] = t;
      }
      return out;
    },
  },
};

// a chain that ends in a sum
const summed: Workload = {
  name: 'sum of squared differences, 1000x1000 along rows',
  group,
  inputs: { a: floats([1000, 1000], 1), b: floats([1000, 1000], 2) },
  bytes: 8 * N,
  tolerance: 2e-6,
  expected: ({ a, b }) =>
    sampled(1000, (i) => {
      let s = 0;
      for (let j = 0; j < 1000; j++) s += (a![i * 1000 + j]! - b![i * 1000 + j]!) ** 2;
      return s;
    }),
  ours: (_, { a, b }) => a!.sub(b!).square().sum(-1),
  peers: {
    tfjs: (tf, { a, b }) => tf.sum(tf.square(tf.sub(a, b)), -1),
    onnx: (graph, { a, b }) => {
      const d = graph.op('Sub', [a, b]);
      return graph.op('ReduceSum', [graph.op('Mul', [d, d]), graph.longs(1)], { keepdims: 0 });
    },
    jax: (jax, { a, b }) => jax.numpy.sum(jax.numpy.square(a.sub(b)), -1),
    numpy: (np, { a, b }) => np.sum(np.square(np.subtract(a, b)), -1),
    javascript: (_, { a, b }) => {
      const out = new Float32Array(1000);
      for (let i = 0; i < 1000; i++) {
        let s = 0;
        for (let j = 0; j < 1000; j++) s += (a![i * 1000 + j]! - b![i * 1000 + j]!) ** 2;
        out[i] = s;
      }
      return out;
    },
  },
};
export const chains: readonly Workload[] = [mixed, polynomial, summed];
