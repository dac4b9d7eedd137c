import { floats } from '../data.js';
import { sampledAt, sum } from '../reference.js';
import type { Workload } from '../workload.js';

const group = 'reductions';
const DIMS = [100, 100, 100] as const;

type Kind = 'sum' | 'max' | 'mean' | 'argmax';
const onnxNames = { sum: 'ReduceSum', max: 'ReduceMax', mean: 'ReduceMean', argmax: '' } as const;

/** One axis of 100x100x100, or all of it. */
function reduction(kind: Kind, axis: 0 | 1 | 2 | null): Workload {
  const [n, count] = axis === null ? [1, 1_000_000] : [10_000, 100];
  const inner = axis === 0 ? 10_000 : axis === 1 ? 100 : 1;
  /** flat place of element k behind result i */
  const place = (i: number, k: number): number =>
    axis === null ? k : Math.floor(i / inner) * inner * count + k * inner + (i % inner);
  const reduce = (x: ArrayLike<number>, i: number): number => {
    if (kind === 'sum' || kind === 'mean') {
      const total = sum(count, (k) => x[place(i, k)]!);
      return kind === 'sum' ? total : total / count;
    }
    let best = 0;
    for (let k = 1; k < count; k++) if (x[place(i, k)]! > x[place(i, best)]!) best = k;
    return kind === 'max' ? x[place(i, best)]! : best;
  };
  return {
    name: `${kind}, ${axis === null ? 'all of 1e6' : `axis ${axis} of 100x100x100`}`,
    group,
    inputs: { x: floats(DIMS, 1) },
    bytes: 4_000_000,
    tolerance: 1e-5, // a sum of 1e6 terms of both signs is near 500, its roundings depend on the order
    expected: ({ x }) => sampledAt([n], (i) => reduce(x!, i!)),
    ours: (_, { x }) => (axis === null ? x![kind]() : x![kind](axis)),
    peers: {
      tfjs: (tf, { x }) => (kind === 'argmax' ? tf.argMax(x, axis) : tf[kind](x, axis ?? undefined)),
      ...(kind === 'argmax'
        ? {}
        : {
            onnx: (graph, { x }) =>
              kind === 'sum'
                ? graph.op('ReduceSum', axis === null ? [x] : [x, graph.longs(axis)], { keepdims: 0 })
                : graph.op(onnxNames[kind], [x], { keepdims: 0, ...(axis === null ? {} : { axes: [axis] }) }),
          }),
      jax: (jax, { x }) => jax.numpy[kind](x, axis),
      numpy: (np, { x }) => (axis === null ? np[kind](x) : np[kind](x, axis)),
      javascript: (_, { x }) => {
        const out = new Float32Array(n!);
        for (let i = 0; i < n!; i++) out[i] = reduce(x!, i);
        return out;
      },
    },
  };
}

const running: Workload = {
  name: 'cumulative sum, 1000x1000 along rows',
  group,
  inputs: { x: floats([1000, 1000], 1) },
  bytes: 8_000_000,
  tolerance: 1e-5,
  expected: ({ x }) => sampledAt([1000, 1000], (i, j) => sum(j! + 1, (k) => x![i! * 1000 + k]!)),
  ours: (_, { x }) => x!.cumsum(1),
  peers: {
    tfjs: (tf, { x }) => tf.cumsum(x, 1),
    onnx: (graph, { x }) => graph.op('CumSum', [x, graph.constant([], BigInt64Array.of(1n), 'int64')]),
    jax: (jax, { x }) => jax.numpy.cumsum(x, 1),
    numpy: (np, { x }) => np.cumsum(x, 1),
    javascript: (_, { x }) => {
      const out = new Float32Array(1e6);
      for (let i = 0; i < 1000; i++) {
        let s = 0;
        for (let j = 0; j < 1000; j++) out[i * 1000 + j] = s += x![i * 1000 + j]!;
      }
      return out;
    },
  },
};

export const reductions: readonly Workload[] = [
  reduction('sum', null),
  reduction('sum', 0),
  reduction('sum', 1),
  reduction('sum', 2),
  reduction('max', null),
  reduction('max', 0),
  reduction('max', 2),
  reduction('mean', 2),
  reduction('argmax', 2),
  running,
];
