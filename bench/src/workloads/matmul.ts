import { floats, halves, weight } from '../data.js';
import type { Input, Values } from '../data.js';
import { sampledAt, sum } from '../reference.js';
import type { Workload } from '../workload.js';

interface Shape {
  readonly batch?: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}
const group = 'matrix products';
// float32 sums of k products of numbers below 1, rounded in any order: k/2 roundings of 6e-8, relative to values near sqrt(k)
const tolerance = 2e-5;

const shaped = ({ batch }: Shape, rows: number, columns: number): number[] =>
  batch === undefined ? [rows, columns] : [batch, rows, columns];

/** What all products share. `bT`: the right operand lies transposed, (n, k). */
function product(
  name: string,
  shape: Shape,
  right: (dims: number[]) => Input,
  bT = false,
): Omit<Workload, 'ours' | 'peers'> {
  const { batch = 1, m, k, n } = shape;
  return {
    name,
    group,
    inputs: { a: floats(shaped(shape, m, k), 1), b: right(bT ? shaped(shape, n, k) : shaped(shape, k, n)) },
    // a product with one row is bound by reading the matrix
    ...(m === 1 ? { bytes: 4 * (k * n + k + n) } : { flops: 2 * batch * m * k * n }),
    tolerance,
    long: m * k * n >= 2 ** 32,
    expected: ({ a, b }) =>
      sampledAt(
        [batch, m, n],
        (q, i, j) => {
          const at = bT ? (q! * n + j!) * k : q! * k * n + j!;
          return sum(k, (l) => a![(q! * m + i!) * k + l]! * b![at + (bT ? l : l * n)]!);
        },
        512,
      ),
  };
}

/** Rows times columns, the middle loop outside of the inner one so that all reads are in a row. */
function loops({ batch = 1, m, k, n }: Shape, a: ArrayLike<number>, b: ArrayLike<number>, bT: boolean): Float32Array {
  const out = new Float32Array(batch * m * n);
  for (let q = 0; q < batch; q++) {
    for (let i = 0; i < m; i++) {
      const to = (q * m + i) * n;
      if (bT) {
        for (let j = 0; j < n; j++) {
          let s = 0;
          for (let l = 0; l < k; l++) s += a[(q * m + i) * k + l]! * b[(q * n + j) * k + l]!;
          out[to + j] = s;
        }
        continue;
      }
      for (let l = 0; l < k; l++) {
        const x = a[(q * m + i) * k + l]!;
        const from = (q * k + l) * n;
        for (let j = 0; j < n; j++) out[to + j]! += x * b[from + j]!;
      }
    }
  }
  return out;
}

/** a @ b. */
function plain(name: string, shape: Shape, right = (dims: number[]): Input => floats(dims, 2)): Workload {
  return {
    ...product(name, shape, right),
    ours: (_, { a, b }) => a!.matmul(b!),
    peers: {
      tfjs: (tf, { a, b }) => tf.matMul(a, b),
      onnx: (graph, { a, b }) => graph.op('MatMul', [a, b]),
      jax: (jax, { a, b }) => jax.numpy.matmul(a, b),
      numpy: (np, { a, b }) => np.matmul(a, b),
      // beyond this one call takes seconds
      ...((shape.batch ?? 1) * shape.m * shape.k * shape.n > 2 ** 28
        ? {}
        : { javascript: (_: null, { a, b }: Readonly<Record<string, Values>>) => loops(shape, a!, b!, false) }),
    },
  };
}
/** a @ b^T, as linear layers store their weights. */
function transposed(name: string, shape: Shape): Workload {
  const perm = shape.batch === undefined ? [1, 0] : [0, 2, 1];
  return {
    ...product(name, shape, (dims) => weight(floats(dims, 2)), true),
    ours: (_, { a, b }) => a!.matmul(b!.mT),
    peers: {
      tfjs: (tf, { a, b }) => tf.matMul(a, b, false, true),
      onnx: (graph, { a, b }) => graph.op('MatMul', [a, graph.op('Transpose', [b], { perm })]),
      jax: (jax, { a, b }) => jax.numpy.matmul(a, jax.numpy.matrixTranspose(b)),
      numpy: (np, { a, b }) => np.matmul(a, np.swapaxes(b, -1, -2)),
      javascript: (_, { a, b }) => loops(shape, a!, b!, true),
    },
  };
}
/** a @ b with b in float16 and float32 sums. The others expand it: ONNX Runtime once, when it loads the model. */
function half(name: string, shape: Shape): Workload {
  return {
    ...product(name, shape, (dims) => weight(halves(dims, 2))),
    ...(shape.m === 1 ? { bytes: 2 * shape.k * shape.n } : {}),
    ours: (_, { a, b }) => a!.matmul(b!),
    peers: { onnx: (graph, { a, b }) => graph.op('MatMul', [a, graph.op('Cast', [b], { to: 1 })]) },
  };
}
const square = (n: number): Workload => plain(`matmul ${n}`, { m: n, k: n, n });

export const matmul: readonly Workload[] = [
  ...[64, 128, 256, 512, 1024, 2048].map(square),
  plain('matmul 1024, weights constant', { m: 1024, k: 1024, n: 1024 }, (dims) => weight(floats(dims, 2))),
  plain('matmul 8x2048x2048 (skinny)', { m: 8, k: 2048, n: 2048 }),
  plain('matmul 2048x2048x8 (narrow)', { m: 2048, k: 2048, n: 8 }),
  plain('matmul 2048x16x2048 (outer)', { m: 2048, k: 16, n: 2048 }),
  plain('matmul 100x300x77 (odd)', { m: 100, k: 300, n: 77 }),
  plain('matmul batched 8x128x64x128', { batch: 8, m: 128, k: 64, n: 128 }),
  plain('matmul batched 256x16x16x16', { batch: 256, m: 16, k: 16, n: 16 }),
  transposed('matmul 512, B transposed', { m: 512, k: 512, n: 512 }),
  transposed('matmul batched 8x128x64x128, B transposed', { batch: 8, m: 128, k: 64, n: 128 }),
  half('matmul 512, float16 weights', { m: 512, k: 512, n: 512 }),
  plain('matvec 1x2048x2048', { m: 1, k: 2048, n: 2048 }, (dims) => weight(floats(dims, 2))),
  plain('matvec 1x4096x4096', { m: 1, k: 4096, n: 4096 }, (dims) => weight(floats(dims, 2))),
  transposed('matvec 1x4096x4096, B transposed', { m: 1, k: 4096, n: 4096 }),
  half('matvec 1x4096x4096, float16 weights', { m: 1, k: 4096, n: 4096 }),
];
