import type * as Lanewise from 'lanewise';
import type { Input, Values } from './data.js';

/** A module or a value of a peer; peers are optional packages, so that their types may be absent. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type Foreign = any;

/** Work that keeps something between its runs, or prepares its inputs: `setup` once, then what it returned, timed. */
export interface Prepared<Api, T, R> {
  readonly setup: (api: Api, inputs: Readonly<Record<string, T>>, file: string | null) => (() => R) | Promise<() => R>;
}
/** The same work in one library: inputs to result. */
export type Program<Api, T, R> = ((api: Api, inputs: Readonly<Record<string, T>>) => R) | Prepared<Api, T, R>;

/** Peers' programs by family; `onnx` runs in onnxruntime-web and onnxruntime-node, `javascript` gets the plain arrays. */
export interface PeerPrograms {
  readonly tfjs?: Program<Foreign, Foreign, Foreign>;
  /** records a graph with the functions of `peers/onnx-model.ts` */
  readonly onnx?: (graph: Foreign, inputs: Readonly<Record<string, Foreign>>) => Foreign;
  readonly jax?: Program<Foreign, Foreign, Foreign>;
  readonly numpy?: Program<Foreign, Foreign, Foreign>;
  readonly javascript?: Program<null, Values, ArrayLike<number>>;
  readonly llama?: Prepared<Foreign, Values, Foreign>;
}

/** What the result must be: all of it, or the elements at some places. */
export interface Expected {
  readonly at?: Int32Array;
  readonly values: Float64Array;
}

/** One thing that is measured. */
export interface Workload {
  readonly name: string;
  readonly group: string;
  readonly inputs: Readonly<Record<string, Input>>;
  /** the work in Lanewise, through its public API */
  readonly ours: Program<typeof Lanewise, Lanewise.Tensor, Lanewise.Tensor>;
  readonly peers: PeerPrograms;
  /** floating-point operations of one run: a rate and its share of the FMA ceiling are reported */
  readonly flops?: number;
  /** bytes that one run must read and write: a rate and its share of the read bandwidth are reported */
  readonly bytes?: number;
  /** makes a file that programs read, before anything else, in the process that drives; its path goes to `setup` */
  readonly file?: () => Promise<string>;
  /** how many times the work is done in one run; times are given for one of them */
  readonly repeats?: number;
  /** the result in float64 */
  readonly expected: (inputs: Readonly<Record<string, Values>>) => Expected;
  /** the largest difference to `expected` that passes, relative to the largest expected magnitude */
  readonly tolerance: number;
  /** leaves our results to the garbage collector, instead of giving them back at once as every peer does */
  readonly collected?: boolean;
  /** too long for `--quick` */
  readonly long?: boolean;
}

export const isPrepared = <A, T, R>(program: Program<A, T, R>): program is Prepared<A, T, R> =>
  typeof program === 'object';

/** The inputs of a workload, made. */
export const valuesOf = (workload: Workload): Record<string, Values> =>
  Object.fromEntries(Object.entries(workload.inputs).map(([name, input]) => [name, input.make()]));

/**
 * The largest difference of a result to what was expected, relative to the largest expected magnitude; infinite where a length is
 * wrong or a number is missing.
 */
export function deviation(got: ArrayLike<number>, { at, values }: Expected): number {
  if (at === undefined && got.length !== values.length) return Infinity;
  let worst = 0;
  let largest = Number.MIN_VALUE;
  for (let i = 0; i < values.length; i++) {
    const x = got[at === undefined ? i : at[i]!];
    const difference = Math.abs(Number(x) - values[i]!);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
    largest = Math.max(largest, Math.abs(values[i]!));
  }
  return worst / largest;
}
