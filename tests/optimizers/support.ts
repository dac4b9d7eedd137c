// Reads what MLX computed for the optimizers, with a reader of its own.
import { readFileSync } from 'node:fs';
import type * as optimizers from '../../src/optimizers/index.js';
import * as lw from '../../src/index.js';
import { decode } from '../support/golden.js';

/** An array of a golden file: half types as float32. */
export interface Golden {
  readonly dtype: lw.DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
const tags: Readonly<Record<string, lw.DType>> = { F16: 'float16', BF16: 'bfloat16', F32: 'float32', U64: 'uint64' };
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The arrays of a file by key, and the calls that gave them. */
export function goldens<C>(name: string): { readonly cases: C; readonly at: ReadonlyMap<string, Golden> } {
  const file = readFileSync(new URL(`../goldens/optimizers/${name}.safetensors`, import.meta.url));
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, Entry> & {
    readonly __metadata__: { readonly cases: string };
  };
  const at = Object.entries(entries as Record<string, Entry>).map(([key, e]): [string, Golden] => {
    const bytes = file.subarray(8 + length + e.data_offsets[0], 8 + length + e.data_offsets[1]);
    const dtype = tags[e.dtype]!;
    return [key, { dtype, shape: e.shape, values: Array.from(decode(dtype, bytes) as ArrayLike<number>, Number) }];
  });
  return { cases: JSON.parse(__metadata__.cases) as C, at: new Map(at) };
}
/** Row `i` of an array, or all of it, as a tensor. */
export function tensor(g: Golden, i?: number, dtype: lw.DType = g.dtype): lw.Tensor {
  const shape = i === undefined ? g.shape : g.shape.slice(1);
  const size = shape.reduce((p, d) => p * d, 1);
  const values = i === undefined ? g.values : g.values.slice(i * size, (i + 1) * size);
  return lw
    .array(Float32Array.from(values))
    .astype(dtype)
    .reshape([...shape]);
}

const units: Partial<Record<lw.DType, number>> = { float16: 2 ** -10, bfloat16: 2 ** -7, float32: 2 ** -23 };
/** The largest distance of a tensor to what MLX has, in rounding units of the largest magnitude there. */
export function distance(x: lw.Tensor, want: Golden, i?: number): number {
  const got = Array.from(x.toTypedArray() as ArrayLike<number>, Number);
  const from = i === undefined ? 0 : i * got.length;
  const wanted = want.values.slice(from, from + got.length);
  const unit = (units[want.dtype] ?? 1) * Math.max(...wanted.map(Math.abs)) || Number.MIN_VALUE;
  const distances = got.map((v, k) => (Object.is(v, wanted[k]) ? 0 : Math.abs(v - wanted[k]!) / unit));
  return distances.some(Number.isNaN) || got.length !== wanted.length ? Infinity : Math.max(...distances);
}

type Rate = number | { readonly schedule: string; readonly args: readonly unknown[] };
/** Options of an optimizer, as JSON. */
export type Options = Readonly<Record<string, unknown>>;
/** A schedule by name. The schedules of `joinSchedules` stand as `[name, args]`. */
export function schedule(name: string, args: readonly unknown[]): optimizers.Schedule {
  if (name === 'joinSchedules') {
    const [parts, boundaries] = args as [[string, unknown[]][], number[]];
    return lw.optimizers.joinSchedules(
      parts.map((p) => schedule(...p)),
      boundaries,
    );
  }
  return (lw.optimizers as unknown as Record<string, (...x: readonly unknown[]) => optimizers.Schedule>)[name]!(
    ...args,
  );
}
/** An optimizer by name. */
export function make(name: string, options: Options): optimizers.Optimizer {
  const rate = options['learningRate'] as Rate | undefined;
  const own = typeof rate === 'object' ? { ...options, learningRate: schedule(rate.schedule, rate.args) } : options;
  if (name === 'MultiOptimizer') {
    const parts = options['parts'] as [string, Options][];
    return new lw.optimizers.MultiOptimizer(
      parts.map((p) => make(...p)),
      [(path, x) => x.ndim === 2 && path !== 'tall', (path) => path === 'conv'],
    );
  }
  return new (lw.optimizers as unknown as Record<string, new (o: Options) => optimizers.Optimizer>)[name]!(own);
}
