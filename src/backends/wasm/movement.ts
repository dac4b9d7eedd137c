import { rowMajor } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { collapse, dense, gatherTo, params, temp, wasm } from './runtime.js';

/** Row-major elements of `v`, written to `to`. */
export function copyTo(v: View, to: number): void {
  const n = v.shape.size;
  if (n === 0) return;
  if (v.strides === null) wasm['copy_rows']!(1, n * v.type.size, v.at, 0, to, 0);
  else gatherTo(v, 0, n, to);
}

/** Packed elements at `from`, written to every position of `v`. */
function scatterFrom(v: View, from: number): void {
  const { dims, strides } = collapse(v);
  wasm['scatter_strided']!(v.type.size, v.shape.size, 0, dims.length, params([...dims, ...strides]), from, v.at);
}

/** Starts the output as a copy of `a`, unless the scheduler gave `a`'s own memory. */
export function begin(call: Call, a: View): void {
  if (a.at !== call.at) copyTo(a, call.at);
}

/** How a write treats what is there. */
export type Mode = 'none' | 'add' | 'prod' | 'max' | 'min';
/** The kernels' code of a combining mode. */
export const modeCodes: Readonly<Record<Mode, number>> = { none: 0, add: 1, prod: 2, max: 3, min: 4 };

/** Element offsets of every position of a strided view, as i32. */
export function offsetTable(dims: readonly number[], strides: readonly number[]): { at: number; n: number } {
  const n = dims.reduce((p, d) => p * d, 1);
  const at = temp(n * 4);
  wasm['offsets']!(n, dims.length, params([...dims, ...strides]), at);
  return { at, n };
}

/** The trailing axes that are contiguous as one run, the axes before them as a table of offsets. */
export function runsOf(dims: readonly number[], strides: readonly number[]): { at: number; n: number; run: number } {
  let run = 1;
  let k = dims.length;
  while (k > 0 && (dims[k - 1] === 1 || strides[k - 1] === run)) run *= dims[--k]!;
  return { ...offsetTable(dims.slice(0, k), strides.slice(0, k)), run };
}

interface Region {
  readonly start: readonly number[];
  readonly strides: readonly number[];
  readonly mode: Mode;
}

/** a with the region start + k * strides overwritten by, or combined with, b. */
function sliceUpdate(call: Call): void {
  const a = call.a!;
  const b = call.b!;
  const { start, strides, mode } = call.attrs as Region;
  begin(call, a);
  if (b.shape.size === 0) return;
  const whole = rowMajor(call.shape.dims);
  const size = call.type.size;
  const at = call.at + whole.reduce((sum, s, i) => sum + s * start[i]!, 0) * size;
  const steps = whole.map((s, i) => s * strides[i]!);
  const from = dense(b);
  if (mode === 'none') {
    scatterFrom({ at, shape: b.shape, strides: steps, type: call.type }, from);
    return;
  }
  const runs = runsOf(b.shape.dims, steps);
  const origin = offsetTable([], []);
  const { type } = call;
  wasm['accumulate_runs']!(type.index, size, modeCodes[mode], 1, origin.at, runs.n, runs.at, runs.run, from, at);
}

/** Inputs side by side along `axis`. */
function concatenate(call: Call): void {
  const { axis } = call.attrs as { axis: number };
  const dims = call.shape.dims;
  const outer = dims.slice(0, axis).reduce((n, d) => n * d, 1);
  const after = dims.slice(axis + 1).reduce((n, d) => n * d, 1) * call.type.size;
  const pitch = dims[axis]! * after;
  let to = call.at;
  for (const v of call.rest!) {
    const bytes = v.shape.dims[axis]! * after;
    if (v.shape.size > 0) {
      if (outer === 1) copyTo(v, to);
      else wasm['copy_rows']!(outer, bytes, dense(v), bytes, to, pitch);
    }
    to += bytes;
  }
}

export const movement: Record<string, Kernel> = {
  copy: (call) => copyTo(call.a!, call.at),
  concatenate,
  slice_update: sliceUpdate,
};
