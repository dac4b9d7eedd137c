// Copies: of views, side by side, and into a region.
import { types, type ElementType } from '../../tensor/dtype.js';
import { rowMajor, shapeOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { launchOver } from './elementwise.js';
import { has, launch } from './launch.js';
import { temporary } from './temporary.js';
import { extentOf, walksOf, walkWords } from './views.js';

const BY_SIZE: Readonly<Record<number, ElementType>> = {
  1: types.uint8,
  2: types.uint16,
  4: types.uint32,
  8: types.uint64,
};
/** The same bytes as numbers of that size: what moves them asks no more. */
const asBits = (v: View): View => ({ at: v.at, shape: v.shape, strides: v.strides, type: BY_SIZE[v.type.size]! });
const codeOf = (v: View): string => BY_SIZE[v.type.size]!.code;

/** Row-major elements of `v`, written to `at`. */
export function copyTo(v: View, at: number): boolean {
  const code = codeOf(v);
  return launchOver(`copy_${code}_${code}`, [asBits(v)], { ...asBits(v), at, strides: null });
}
/** The view itself if it is row-major, else a temporary row-major copy; null where the device cannot make one. */
export function dense(v: View): View | null {
  if (v.strides === null) return v;
  const at = temporary(v.shape.size * v.type.size);
  return copyTo(v, at) ? { at, shape: v.shape, strides: null, type: v.type } : null;
}
/** A row-major view in `type`, float32 of half types too; null where the device cannot make one. */
export function denseAs(type: ElementType, v: View): View | null {
  if (v.type === type) return dense(v);
  if (type !== types.float32 || !v.type.half) return null;
  const wide = { at: temporary(v.shape.size * type.size), shape: v.shape, strides: null, type };
  return launchOver(`copy_${v.type.code}_${type.code}`, [v], wide) ? wide : null;
}
/** Elements of `v`, written to those of `to`, which has its shape and lies in the block `within`. */
function place(v: View, to: View, within: View): boolean {
  if (v.shape.size === 0) return true;
  const walks = walksOf(v.shape, [v, to]);
  if (walks === null) return false;
  const from = extentOf(asBits(v));
  const { size } = v.type;
  const whole = { at: within.at, bytes: within.shape.size * size };
  const start = (to.at - within.at) / size;
  return launch(`place_${codeOf(v)}`, [from.range, whole], walkWords(v.shape.size, walks, [from.start, start]));
}

/** Inputs side by side along `axis`. */
function concatenate(call: Call): boolean {
  const { axis } = call.attrs as { axis: number };
  const strides = rowMajor(call.shape.dims);
  let at = call.at;
  for (const v of call.rest!) {
    if (!place(v, { at, shape: v.shape, strides, type: v.type }, call)) return false;
    at += v.shape.dims[axis]! * strides[axis]! * call.type.size;
  }
  return true;
}
/** What modes do to two elements. */
const COMBINED: Readonly<Record<string, string>> = { add: 'add', prod: 'multiply', max: 'maximum', min: 'minimum' };
/** a with the region start + k * strides overwritten by, or combined with, b */
function sliceUpdate(call: Call): boolean {
  const { start, strides, mode } = call.attrs as {
    readonly start: readonly number[];
    readonly strides: readonly number[];
    readonly mode: string;
  };
  const [a, b] = [call.a!, call.b!];
  const whole = rowMajor(call.shape.dims);
  const at = call.at + whole.reduce((sum, s, i) => sum + s * start[i]!, 0) * call.type.size;
  const region: View = { at, shape: b.shape, strides: whole.map((s, i) => s * strides[i]!), type: b.type };
  const kernel = `binary_${COMBINED[mode]}_${b.type.code}`;
  if (mode !== 'none' && !has(kernel)) return false;
  if (a.at !== call.at && !copyTo(a, call.at)) return false;
  if (mode === 'none' || b.shape.size === 0) return place(b, region, call);
  const made: View = { at: temporary(b.shape.size * b.type.size), shape: b.shape, strides: null, type: b.type };
  return launchOver(kernel, [region, b], made) && place(made, region, call);
}

/** A view of the same elements with its axes in another order, from which nothing is copied. */
export function permuted(v: View, order: readonly number[], strides: readonly number[]): View {
  return {
    at: v.at,
    type: v.type,
    shape: shapeOf(order.map((i) => v.shape.dims[i]!)),
    strides: order.map((i) => strides[i]!),
  };
}

export const movement = {
  copy: (call: Call): boolean => copyTo(call.a!, call.at),
  concatenate,
  slice_update: sliceUpdate,
};
