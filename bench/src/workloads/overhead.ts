// What an op costs before its kernel does anything, built and evaluated; and what `compile` saves.
import type * as Lanewise from 'lanewise';
import { floats } from '../data.js';
import { whole } from '../reference.js';
import type { Expected, Workload } from '../workload.js';

const group = 'overhead of small ops';
const inputs = { x: floats([4], 1), y: floats([4], 2) };
const CHAIN = 100;
type Tensor = Lanewise.Tensor;

const added =
  (steps: number) =>
  (values: { readonly [name: string]: ArrayLike<number> }): Expected => {
    const { x, y } = values;
    return whole(
      Array.from(x!, (v, i) => {
        for (let k = 0; k < steps; k++) v = v * 0.5 + y![i]!;
        return v;
      }),
    );
  };
const chain = (x: Tensor, y: Tensor, ops: number): Tensor => {
  for (let i = 0; i < ops; i += 2) x = x.mul(0.5).add(y);
  return x;
};
const common = { group, inputs, tolerance: 1e-6, collected: true };

export const overhead: readonly Workload[] = [
  {
    ...common,
    name: 'add, 4 elements',
    expected: ({ x, y }) => whole(Array.from(x!, (v, i) => v + y![i]!)),
    ours: (_, { x, y }) => x!.add(y!),
    peers: {
      tfjs: (tf, { x, y }) => tf.add(x, y),
      onnx: (graph, { x, y }) => graph.op('Add', [x, y]),
      jax: (_, { x, y }) => x.add(y),
      numpy: (np, { x, y }) => np.add(x, y),
      javascript: (_, { x, y }) => {
        const out = new Float32Array(4);
        for (let i = 0; i < 4; i++) out[i] = x![i]! + y![i]!;
        return out;
      },
    },
  },
  {
    ...common,
    name: 'add, 4 elements, disposed at once',
    expected: ({ x, y }) => whole(Array.from(x!, (v, i) => v + y![i]!)),
    ours: {
      setup: (lw, { x, y }) => {
        let last: Tensor | null = null;
        return () => {
          last?.dispose();
          return (last = lw.add(x!, y!));
        };
      },
    },
    peers: {},
  },
  {
    ...common,
    name: 'add, 4 elements, in a compiled function',
    expected: ({ x, y }) => whole(Array.from(x!, (v, i) => v + y![i]!)),
    ours: {
      setup: (lw, { x, y }) => {
        const add = lw.compile((a: Tensor, b: Tensor) => a.add(b));
        return () => add(x!, y!);
      },
    },
    peers: {},
  },
  {
    ...common,
    name: `one op of a chain of ${CHAIN}`,
    repeats: CHAIN,
    expected: added(CHAIN / 2),
    ours: (_, { x, y }) => chain(x!, y!, CHAIN),
    peers: {
      tfjs: (tf, { x, y }) => {
        for (let i = 0; i < CHAIN; i += 2) x = tf.add(tf.mul(x, 0.5), y);
        return x;
      },
      onnx: (graph, { x, y }) => {
        const half = graph.scalar(0.5);
        for (let i = 0; i < CHAIN; i += 2) x = graph.op('Add', [graph.op('Mul', [x, half]), y]);
        return x;
      },
      numpy: (np, { x, y }) => {
        for (let i = 0; i < CHAIN; i += 2) x = np.add(np.multiply(x, 0.5), y);
        return x;
      },
    },
  },
  {
    ...common,
    name: 'one op of a compiled chain of 700',
    repeats: 700,
    expected: added(350),
    ours: {
      setup: (lw, { x, y }) => {
        const run = lw.compile((a: Tensor) => chain(a, y!, 700));
        return () => run(x!);
      },
    },
    peers: {},
  },
  {
    ...common,
    name: 'sum of 4 elements, item()',
    expected: ({ x }) => whole([Array.from(x!).reduce((a, b) => a + b, 0)]),
    ours: {
      setup:
        (_, { x }) =>
        () => {
          const sum = x!.sum();
          sum.item();
          return sum;
        },
    },
    peers: {},
  },
  {
    ...common,
    name: 'matmul 2x2',
    inputs: { a: floats([2, 2], 1), b: floats([2, 2], 2) },
    expected: ({ a, b }) =>
      whole([0, 1, 2, 3].map((i) => a![i & 2]! * b![i & 1]! + a![(i & 2) + 1]! * b![(i & 1) + 2]!)),
    ours: (_, { a, b }) => a!.matmul(b!),
    peers: {
      tfjs: (tf, { a, b }) => tf.matMul(a, b),
      onnx: (graph, { a, b }) => graph.op('MatMul', [a, b]),
      jax: (jax, { a, b }) => jax.numpy.matmul(a, b),
      numpy: (np, { a, b }) => np.matmul(a, b),
    },
  },
  {
    ...common,
    name: 'transpose, slice and reshape (views)',
    inputs: { a: floats([2, 2], 1) },
    expected: ({ a }) => whole([a![1]!, a![3]!]),
    ours: (_, { a }) => a!.T.at('1:').reshape([2]),
    peers: {
      tfjs: (tf, { a }) => tf.reshape(tf.slice(tf.transpose(a), [1, 0]), [2]),
      numpy: (np, { a }) => np.reshape(np.transpose(a).slice('1:'), [2]),
    },
  },
  {
    ...common,
    name: 'gradient of a 8-16-1 network, batch 16, compiled',
    inputs: { x: floats([16, 8], 1), w: floats([8, 16], 2), v: floats([16, 1], 3) },
    // d/dv of mean((tanh(x w) v)^2)
    expected: ({ x, w, v }) => {
      const g = new Float64Array(16);
      for (let n = 0; n < 16; n++) {
        const h = Array.from({ length: 16 }, (_, j) => {
          let s = 0;
          for (let k = 0; k < 8; k++) s += x![n * 8 + k]! * w![k * 16 + j]!;
          return Math.tanh(s);
        });
        const y = h.reduce((s, t, j) => s + t * v![j]!, 0);
        for (let j = 0; j < 16; j++) g[j]! += (2 * y * h[j]!) / 16;
      }
      return whole(g);
    },
    ours: {
      setup: (lw, { x, w, v }) => {
        const loss = (a: Tensor, b: Tensor): Tensor => x!.matmul(a).tanh().matmul(b).square().mean();
        const step = lw.compile((a: Tensor, b: Tensor) => lw.grad(loss, [0, 1])(a, b));
        return () => {
          const [dw, dv] = step(w!, v!);
          lw.eval(dw, dv);
          return dv;
        };
      },
    },
    peers: {
      tfjs: {
        setup: (tf, { x, w, v }) => {
          const gradients = tf.grads((a: unknown, b: unknown) =>
            tf.mean(tf.square(tf.matMul(tf.tanh(tf.matMul(x, a)), b))),
          );
          return () => {
            const [dw, dv] = gradients([w, v]);
            dw.dispose();
            return dv;
          };
        },
      },
    },
  },
];
