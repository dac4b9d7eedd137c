import { isFloat, types } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { TILES, u8 } from '../heap.js';
import { exportsOf, walk, walkAny, walkColumns, walkDense, walkRows } from './layout.js';
import { dense, temp, wasm, type Export } from './runtime.js';

const axesOf = (call: Call): readonly number[] => (call.attrs as { axes: readonly number[] }).axes;

/** Elements of a half type that are widened at a time. */
const CHUNK = 1 << 18;

/** Reduces float16 or bfloat16 as float32, a few megabytes at a time, and rounds once. */
function reduceHalf(f: Export, call: Call): void {
  const a = call.a!;
  const axes = axesOf(call);
  if (!walkDense(a, axes)) walkRows(a, axes);
  const { at, outer, n, inner } = walk;
  const line = n * inner;
  const lines = Math.max(1, Math.min(outer, Math.floor(CHUNK / Math.max(line, 1))));
  const wide = temp(lines * line * 4);
  const result = temp(call.shape.size * 4);
  const f32 = types.float32;
  for (let i = 0; i < outer; i += lines) {
    const m = Math.min(lines, outer - i);
    wasm['cast']!(m * line, a.type.index, f32.index, at + i * line * a.type.size, wide);
    f(m, line, n, inner, inner, wide, result + i * inner * 4, TILES);
  }
  wasm['cast']!(call.shape.size, f32.index, call.type.index, result, call.at);
}

/** A reduction with a kernel for every dtype but the half ones. */
function reduction(name: string): Kernel {
  const of = exportsOf(name);
  return (call) => {
    const a = call.a!;
    if (a.type.half) {
      reduceHalf(of(types.float32), call);
      return;
    }
    // which of several complex NaNs comes out depends on the order
    if (a.type !== types.complex64) walkAny(a, axesOf(call));
    else if (!walkDense(a, axesOf(call))) walkRows(a, axesOf(call));
    of(a.type)(walk.outer, walk.so, walk.n, walk.sr, walk.inner, walk.at, call.at, TILES);
  };
}

/** Every (or any) element is true: the smallest (or largest) byte of the elements as bool. */
function predicate(name: string, ofNone: number): Kernel {
  const of = exportsOf(name);
  return (call) => {
    const a = call.a!;
    const n = a.shape.size;
    if (n === 0) {
      u8.fill(ofNone, call.at, call.at + call.shape.size);
      return;
    }
    let bools: View = a;
    if (a.type !== types.bool) {
      const from = dense(a);
      const at = temp(n);
      wasm['cast']!(n, a.type.index, types.bool.index, from, at);
      bools = { at, shape: a.shape, strides: null, type: types.bool };
    }
    walkAny(bools, axesOf(call));
    of(types.bool)(walk.outer, walk.so, walk.n, walk.sr, walk.inner, walk.at, call.at, TILES);
  };
}

/** A kernel of whole rows over `axesOf(call)`. */
function rowReduction(name: string, axes: (call: Call) => readonly number[]): Kernel {
  const of = exportsOf(name);
  return (call) => {
    if (call.shape.size === 0) return;
    walkRows(call.a!, axes(call));
    of(call.a!.type)(walk.outer, walk.n, walk.at, call.at);
  };
}
/** Rows, or columns where the axes are neighbours before the last one and there is a kernel for the dtype. */
function lineReduction(name: string, axes: (call: Call) => readonly number[]): Kernel {
  const rows = rowReduction(name, axes);
  const of = exportsOf(`${name}_columns`);
  return (call) => {
    const a = call.a!;
    if (call.shape.size === 0 || !isFloat(a.type) || !walkColumns(a, axes(call))) rows(call);
    else of(a.type)(walk.outer, walk.n, walk.inner, walk.inner, walk.at, call.at, TILES);
  };
}
const axisOf = (call: Call): readonly number[] => [(call.attrs as { axis: number }).axis];

/** attrs { axes } or { axis } */
export const reductions: Record<string, Kernel> = {
  reduce_sum: reduction('reduce_sum'),
  reduce_prod: reduction('reduce_prod'),
  reduce_max: reduction('reduce_max'),
  reduce_min: reduction('reduce_min'),
  reduce_all: predicate('reduce_min', 1),
  reduce_any: predicate('reduce_max', 0),
  logsumexp: lineReduction('logsumexp', axesOf),
  argreduce_max: lineReduction('argreduce_max', axisOf),
  argreduce_min: lineReduction('argreduce_min', axisOf),
};
