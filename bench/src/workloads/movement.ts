import { floats, integers } from '../data.js';
import { cached, rowOf, sampledAt } from '../reference.js';
import type { Workload } from '../workload.js';

const group = 'moving and sorting, 1024x1024';
const [R, C] = [1024, 1024];
const moved = { group, bytes: 8 * R * C, tolerance: 0 };
const PICKED = 4096;

export const movement: readonly Workload[] = [
  {
    ...moved,
    name: 'transpose',
    inputs: { x: floats([R, C], 1) },
    expected: ({ x }) => sampledAt([C, R], (i, j) => x![j! * C + i!]!),
    ours: (lw, { x }) => lw.contiguous(x!.T),
    peers: {
      tfjs: (tf, { x }) => tf.transpose(x),
      onnx: (graph, { x }) => graph.op('Transpose', [x], { perm: [1, 0] }),
      jax: (jax, { x }) => jax.numpy.transpose(x).add(0),
      numpy: (np, { x }) => np.ascontiguousarray(np.transpose(x)),
      javascript: (_, { x }) => {
        const out = new Float32Array(R * C);
        for (let i = 0; i < R; i++) for (let j = 0; j < C; j++) out[j * R + i] = x![i * C + j]!;
        return out;
      },
    },
  },
  {
    ...moved,
    name: 'transpose axes 0 2 1 3 of 4x16x128x128',
    inputs: { x: floats([4, 16, 128, 128], 1) },
    expected: ({ x }) => sampledAt([4, 128, 16, 128], (b, s, h, d) => x![((b! * 16 + h!) * 128 + s!) * 128 + d!]!),
    ours: (lw, { x }) => lw.contiguous(x!.transpose([0, 2, 1, 3])),
    peers: {
      tfjs: (tf, { x }) => tf.transpose(x, [0, 2, 1, 3]),
      onnx: (graph, { x }) => graph.op('Transpose', [x], { perm: [0, 2, 1, 3] }),
      jax: (jax, { x }) => jax.numpy.transpose(x, [0, 2, 1, 3]).add(0),
      numpy: (np, { x }) => np.ascontiguousarray(np.transpose(x, [0, 2, 1, 3])),
    },
  },
  {
    ...moved,
    name: 'concatenate two along the last axis',
    bytes: 16 * R * C,
    inputs: { a: floats([R, C], 1), b: floats([R, C], 2) },
    expected: ({ a, b }) => sampledAt([R, 2 * C], (i, j) => (j! < C ? a![i! * C + j!]! : b![i! * C + j! - C]!)),
    ours: (lw, { a, b }) => lw.concatenate([a!, b!], 1),
    peers: {
      tfjs: (tf, { a, b }) => tf.concat([a, b], 1),
      onnx: (graph, { a, b }) => graph.op('Concat', [a, b], { axis: 1 }),
      jax: (jax, { a, b }) => jax.numpy.concatenate([a, b], 1),
      numpy: (np, { a, b }) => np.concatenate([a, b], 1),
      javascript: (_, { a, b }) => {
        const out = new Float32Array(2 * R * C);
        for (let i = 0; i < R; i++) {
          out.set(a!.subarray(i * C, (i + 1) * C), 2 * i * C);
          out.set(b!.subarray(i * C, (i + 1) * C), (2 * i + 1) * C);
        }
        return out;
      },
    },
  },
  {
    ...moved,
    name: 'gather 4096 rows of 256',
    bytes: 8 * PICKED * 256,
    inputs: { x: floats([R, 256], 1), at: integers([PICKED], 2, R) },
    expected: ({ x, at }) => sampledAt([PICKED, 256], (i, j) => x![at![i!]! * 256 + j!]!),
    ours: (lw, { x, at }) => lw.take(x!, at!, 0),
    peers: {
      tfjs: (tf, { x, at }) => tf.gather(x, at),
      onnx: (graph, { x, at }) => graph.op('Gather', [x, at], { axis: 0 }),
      jax: (jax, { x, at }) => jax.numpy.take(x, at, 0),
      numpy: (np, { x, at }) => np.take(x, at, 0),
      javascript: (_, { x, at }) => {
        const out = new Float32Array(PICKED * 256);
        for (let i = 0; i < PICKED; i++)
          out.set(x!.subarray(at![i]! * 256, at![i]! * 256 + 256) as Float32Array, i * 256);
        return out;
      },
    },
  },
  {
    ...moved,
    name: 'sort rows',
    inputs: { x: floats([R, C], 1) },
    expected: ({ x }) => {
      const row = cached((i) => rowOf(x!, i, C).sort());
      return sampledAt([R, C], (i, j) => row(i!)[j!]!);
    },
    ours: (_, { x }) => x!.sort(-1),
    peers: {
      tfjs: (tf, { x }) => tf.neg(tf.topk(tf.neg(x), C, true).values),
      onnx: (graph, { x }) => graph.ops(2, 'TopK', [x, graph.longs(C)], { axis: -1, largest: 0, sorted: 1 })[0],
      jax: (jax, { x }) => jax.numpy.sort(x, -1),
      numpy: (np, { x }) => np.sort(x, -1),
      javascript: (_, { x }) => {
        const out = Float32Array.from(x!);
        for (let i = 0; i < R; i++) out.subarray(i * C, (i + 1) * C).sort();
        return out;
      },
    },
  },
  {
    ...moved,
    name: 'sort 1e6',
    bytes: 8e6,
    inputs: { x: floats([1_000_000], 1) },
    expected: ({ x }) => {
      const sorted = Float64Array.from(x!).sort();
      return sampledAt([1_000_000], (i) => sorted[i!]!);
    },
    ours: (_, { x }) => x!.sort(-1),
    peers: {
      onnx: (graph, { x }) => graph.ops(2, 'TopK', [x, graph.longs(1_000_000)], { axis: -1, largest: 0, sorted: 1 })[0],
      jax: (jax, { x }) => jax.numpy.sort(x, -1),
      numpy: (np, { x }) => np.sort(x),
      javascript: (_, { x }) => Float32Array.from(x!).sort(),
    },
  },
];
