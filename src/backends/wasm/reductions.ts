import { isFloat, types, type ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { TILES, u8 } from '../heap.js';
import { BLOCK, closeBlocks, inBlocks, middleOf } from './blocked.js';
import { exportsOf, spreadColumns, walk, walkAny, walkColumns, walkDense, walkRows } from './layout.js';
import { dense, temp, wasm, type Export } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

const axesOf = (call: Call): readonly number[] => (call.attrs as { axes: readonly number[] }).axes;

/** Elements of a half type that are widened at a time. */
const CHUNK = 1 << 18;

/** Nanoseconds for one element. */
const COST = 0.1;

/** `f` over what `walk` says, to `to`, where the results are `size` bytes each; threads share rows, or columns. */
function overWalk(f: Export, from: ElementType, to: number, size: number): void {
  const { outer, so, n, sr, inner, at } = walk;
  const cost = outer * n * inner * COST;
  const lanes = lanesFor(cost);
  if (lanes === 1) {
    f(outer, so, n, sr, inner, at, to, TILES);
    return;
  }
  const args = [outer, so, n, sr, inner, at, to, TILES];
  const own = { scratch: 1 << 7 };
  if (outer > 1) {
    const steps = [0, 0, 0, 0, 0, so * from.size, inner * size, 0];
    spreadRange(lanes, f, outer, 0, args, steps, 1, cost, own);
  } else spreadRange(lanes, f, inner, 4, args, [0, 0, 0, 0, 0, from.size, size, 0], 64, cost, own);
}
/** Everything to one value, in blocks. */
function overBlocks(name: string, f: Export, type: ElementType, to: number): void {
  const { n, at } = walk;
  const whole = Math.floor(n / BLOCK);
  const rest = n - whole * BLOCK;
  const middle = middleOf(name, type);
  const parts = temp(Math.ceil(n / BLOCK) * middle.size);
  const cost = n * COST;
  const [size, step] = [BLOCK * type.size, middle.size];
  const [from, last] = [at + whole * size, parts + whole * step];
  if (middle !== type) {
    const part = wasm['sum_rows_wide']!;
    spreadRange(lanesFor(cost), part, whole, 0, [whole, BLOCK, at, parts], [0, 0, size, step], 1, cost);
    if (rest > 0) part(1, rest, from, last);
  } else {
    const args = [whole, BLOCK, BLOCK, 1, 1, at, parts, TILES];
    spreadRange(lanesFor(cost), f, whole, 0, args, [0, 0, 0, 0, 0, size, step, 0], 1, cost, { scratch: 1 << 7 });
    if (rest > 0) f(1, rest, rest, 1, 1, from, last, TILES);
  }
  closeBlocks(name, type, n, parts, to);
}
/** Products of float32 are kept in double precision within a kernel only, complex ones go by their order. */
const divides = (name: string, type: ElementType): boolean =>
  walk.inner === 1 &&
  walk.sr === 1 &&
  inBlocks(walk.outer, walk.n) &&
  type !== types.complex64 &&
  !(type === types.float32 && name === 'reduce_prod');
function over(name: string, f: Export, from: ElementType, to: number, size: number): void {
  if (divides(name, from)) overBlocks(name, f, from, to);
  else overWalk(f, from, to, size);
}

/** Reduces float16 or bfloat16 as float32, a few megabytes at a time, and rounds once. */
function reduceHalf(name: string, f: Export, call: Call): void {
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
    const args = [m * line, a.type.index, f32.index, at + i * line * a.type.size, wide];
    const cost = m * line * COST;
    spreadRange(lanesFor(cost), wasm['cast']!, m * line, 0, args, [0, 0, 0, a.type.size, 4], 4096, cost);
    Object.assign(walk, { at: wide, outer: m, so: line, n, sr: inner, inner });
    over(name, f, f32, result + i * inner * 4, 4);
  }
  wasm['cast']!(call.shape.size, f32.index, call.type.index, result, call.at);
}

/** A reduction with a kernel for every dtype but the half ones. */
function reduction(name: string): Kernel {
  const of = exportsOf(name);
  return (call) => {
    const a = call.a!;
    if (a.type.half) {
      reduceHalf(name, of(types.float32), call);
      return;
    }
    // which of several complex NaNs comes out depends on the order
    if (a.type !== types.complex64) walkAny(a, axesOf(call));
    else if (!walkDense(a, axesOf(call))) walkRows(a, axesOf(call));
    over(name, of(a.type), a.type, call.at, call.type.size);
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
    over(name, of(types.bool), types.bool, call.at, 1);
  };
}

/** A kernel of whole rows over `axesOf(call)`. */
function rowReduction(name: string, axes: (call: Call) => readonly number[]): Kernel {
  const of = exportsOf(name);
  return (call) => {
    if (call.shape.size === 0) return;
    walkRows(call.a!, axes(call));
    const { outer, n, at } = walk;
    const { type } = call.a!;
    const [args, cost] = [[outer, n, at, call.at], outer * n * 4 * COST];
    spreadRange(lanesFor(cost), of(type), outer, 0, args, [0, 0, n * type.size, call.type.size], 1, cost);
  };
}
/** Rows, or columns where the axes are neighbours before the last one and there is a kernel for the dtype. */
function lineReduction(name: string, axes: (call: Call) => readonly number[]): Kernel {
  const rows = rowReduction(name, axes);
  const of = exportsOf(`${name}_columns`);
  return (call) => {
    const a = call.a!;
    if (call.shape.size === 0 || !isFloat(a.type) || !walkColumns(a, axes(call))) rows(call);
    else spreadColumns(of(a.type), call.at, a.type.size, call.type.size, walk.inner, a.shape.size * 4 * COST);
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
