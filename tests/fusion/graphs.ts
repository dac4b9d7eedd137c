// Random fused groups: what they are made of, and the ways to run one.
import fc from 'fast-check';
import { counts, generation } from '../../src/backends/wasm/fusion/cache.js';
import * as lw from '../../src/index.js';

interface Leaf {
  readonly dtype: lw.DType;
  /** which axes of the domain it has in full; the others are broadcast */
  readonly full: readonly boolean[];
  /** as it lies in memory; `made`: by the evaluation itself, so that the group may write over it */
  readonly layout: 'rows' | 'columns' | 'every second' | 'made';
  readonly values: readonly number[];
}
interface Instruction {
  readonly op: number;
  readonly operands: readonly number[];
}
export interface Graph {
  readonly dims: readonly number[];
  readonly leaves: readonly Leaf[];
  readonly steps: readonly Instruction[];
  /** how many trailing axes are reduced at the end, and by what */
  readonly closing: { readonly op: number; readonly axes: number; readonly keepDims: boolean } | null;
}

type Step = (x: lw.Tensor, y: lw.Tensor, z: lw.Tensor) => lw.Tensor;
const float = (x: lw.Tensor): lw.Tensor => (x.dtype === 'bool' || x.dtype.includes('int') ? x.astype('float32') : x);
/** Ops whose result no rounding in between can change: any backend gives the same bits. */
export const exactSteps: readonly Step[] = [
  (x, y) => lw.add(x, y),
  (x, y) => lw.subtract(float(x), y),
  (x, y) => lw.multiply(x, y),
  (x, y) => lw.divide(float(x), y),
  (x, y) => lw.maximum(x, y),
  (x, y) => lw.minimum(y, x),
  (x) => lw.maximum(0.5, float(x)),
  (x, y) => lw.where(lw.less(x, y), x, y),
  (x, y, z) => lw.where(x, y, z),
  (x) => float(x).negative(),
  (x) => x.abs(),
  (x) => float(x).square(),
  (x) => float(x).abs().sqrt(),
  (x) => float(x).floor(),
  (x) => float(x).round(),
  (x) => float(x).sign(),
  (x) => x.astype('float32'),
  (x) => x.astype('float16'),
  (x) => x.astype('bfloat16'),
  (x) => x.astype('int32'),
  (x) => x.astype('uint32'),
  (x) => x.astype('bool'),
  (x) => x.logicalNot(),
  (x) => float(x).isnan(),
  (x, y) => lw.greaterEqual(x, y),
  (x, y) => lw.notEqual(x, y),
  (x) => x.add(1),
  (x) => float(x).mul(0.75),
];
/** A product that has the shape of its operands, made between groups: of matrices alone, or of a batch of them. */
function product(...operands: [lw.Tensor, lw.Tensor, lw.Tensor]): lw.Tensor {
  const [x, y, z] = lw.broadcastArrays(operands).map(float) as [lw.Tensor, lw.Tensor, lw.Tensor];
  return x.ndim < 2 ? x : lw.matmul(lw.matmul(x, y.swapaxes(-1, -2)), z);
}
export const allSteps: readonly Step[] = [
  ...exactSteps,
  (x) => float(x).exp(),
  (x) => float(x).tanh(),
  (x) => float(x).sigmoid(),
  (x) => float(x).abs().log1p(),
  (x) => float(x).sin(),
  (x) => float(x).rsqrt(),
  (x, y, z) => product(x, y, z),
  (x, y) => lw.logaddexp(float(x), float(y)),
  (x, y) => lw.remainder(float(x), float(y)),
  (x) => lw.power(float(x).abs(), 1.5),
];
const closings = ['sum', 'mean', 'max', 'min', 'prod', 'all', 'any', 'none'] as const;

const dims = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 3, 5, 7, 31, 64, 257, 2047, 2049, 5003, 17001)),
  fc.tuple(fc.constantFrom(1, 2, 3, 9, 33), fc.constantFrom(1, 3, 5, 17, 130, 513)),
  fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 4, 7), fc.constantFrom(1, 2, 15, 129)),
  fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(2051, 4096)),
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -8, max: 8, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e-40, 3e38, 65504, 1e-7, 2 ** 31) },
);
const leaf = (rank: number): fc.Arbitrary<Leaf> =>
  fc.record({
    dtype: fc.constantFrom<lw.DType>('float32', 'float32', 'float32', 'float16', 'bfloat16', 'int32', 'uint32', 'bool'),
    full: fc.oneof(
      { weight: 3, arbitrary: fc.constant(new Array<boolean>(rank).fill(true)) },
      { weight: 2, arbitrary: fc.array(fc.boolean(), { minLength: rank, maxLength: rank }) },
    ),
    layout: fc.constantFrom('rows', 'rows', 'rows', 'columns', 'every second', 'made'),
    values: fc.array(value, { minLength: 1, maxLength: 23 }),
  });
/** A graph whose steps come from `steps`; halves of them only where `dtypes` has them. */
export const graphs = (steps: readonly Step[]): fc.Arbitrary<Graph> =>
  dims.chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      leaves: fc.array(leaf(dims.length), { minLength: 1, maxLength: 4 }),
      steps: fc.array(
        fc.record({
          op: fc.nat(steps.length - 1),
          operands: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        }),
        { minLength: 2, maxLength: 14 },
      ),
      closing: fc.option(
        fc.record({
          op: fc.nat(closings.length - 1),
          axes: fc.integer({ min: 1, max: dims.length }),
          keepDims: fc.boolean(),
        }),
      ),
    }),
  );

/** The leaves of a graph, computed. */
export function leavesOf({ dims, leaves }: Graph): lw.Tensor[] {
  return leaves.map(({ dtype, full, layout, values }) => {
    const shape = dims.map((d, i) => (full[i] ? d : 1));
    const twice = layout === 'every second' ? 2 : 1;
    const own = shape.map((d, i) => (i === shape.length - 1 ? d * twice : d));
    const size = own.reduce((p, d) => p * d, 1);
    const whole = dtype === 'int32' || dtype === 'uint32';
    const data = Array.from({ length: size }, (_, i) => {
      const x = values[(i * 7 + (i >> 5)) % values.length]!;
      if (dtype === 'bool') return x > 0;
      return whole ? (Number.isFinite(x) ? Math.floor(Math.abs(x)) % 100 : 3) : x;
    });
    const flat = lw.array(data as number[], dtype);
    if (layout === 'columns') return flat.reshape([...own].reverse()).eval().T;
    const x = flat.reshape(own).eval();
    return twice === 2 ? x.at('...', '::2') : x;
  });
}
/** Records a graph on its leaves; `step` is given every tensor that is made. */
export function record(
  graph: Graph,
  leaves: readonly lw.Tensor[],
  steps: readonly Step[],
  step = (x: lw.Tensor): lw.Tensor => x,
): lw.Tensor {
  const pool = leaves.map((x, i) => {
    if (graph.leaves[i]!.layout !== 'made') return x;
    const half = Math.ceil(x.shape[0]! / 2);
    return step(lw.concatenate([x.at(`:${half}`), x.at(`${half}:`)]));
  });
  const first = leaves.length;
  for (const { op, operands } of graph.steps) {
    // mostly what was made last, so that chains grow
    const [x, y, z] = operands.map(
      (k) => pool[k % 3 === 0 ? k % pool.length : pool.length - 1 - (k % Math.min(2, pool.length))]!,
    );
    pool.push(step(steps[op]!(x!, y!, z!)));
  }
  // everything ends in one result, over the whole domain
  let out = lw.broadcastTo(lw.zeros([1]), graph.dims).add(pool[pool.length - 1]!.astype('float32'));
  for (const x of pool.slice(first, -1)) out = step(lw.maximum(out, step(x.astype('float32'))));
  if (graph.closing === null) return out;
  const { op, axes, keepDims } = graph.closing;
  const last = graph.dims.map((_, i) => i).slice(-axes);
  const [lastDtype] = pool.slice(-1).map((x) => x.dtype);
  if (lastDtype === 'float16' || lastDtype === 'bfloat16') out = step(out.astype(lastDtype));
  switch (closings[op]!) {
    case 'sum':
      return out.sum(last, keepDims);
    case 'mean':
      return out.mean(last, keepDims);
    case 'max':
      return out.max(last, keepDims);
    case 'min':
      return step(out.astype('int32')).min(last, keepDims);
    case 'prod':
      return step(out.astype('int32')).prod(last, keepDims);
    case 'all':
      return step(out.greater(0)).all(last, keepDims);
    case 'any':
      return step(out.greater(1)).any(last, keepDims);
    default:
      return step(out.astype('int32')).sum(last, keepDims);
  }
}

/** Shape, dtype and every bit of a tensor, NaN payloads left out. */
export function bits(t: lw.Tensor): string {
  const text = Array.from(t.toTypedArray() as Float32Array, (x) => (Object.is(x, -0) ? '-0' : String(x)));
  return `${t.dtype}(${t.shape.join()})${text.join()}`;
}

/** Runs `fn` with groups run as `way` says. */
export function by<T>(way: 'tiles' | 'generated', fn: () => T): T {
  const before = { ...generation };
  Object.assign(generation, { on: way === 'generated', from: 1 });
  try {
    return fn();
  } finally {
    Object.assign(generation, before);
  }
}
export const ran = (): { tiles: number; generated: number; closed: number; compiled: number } => ({ ...counts });
