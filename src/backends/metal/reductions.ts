// Reductions. Of any axes that lie together in memory, as the middle of [outer, n, inner]; other views are copied first.
import { stridesOf } from '../../tensor/shape.js';
import { types, type ElementType } from '../../tensor/dtype.js';
import type { Call, View } from '../backend.js';
import { has, launch } from './launch.js';
import { NONE, rangeOf, rowsOf } from './rows.js';
import { temporary } from './temporary.js';

/** Elements that are worth a threadgroup, and threadgroups from which on there is enough to do. */
const PART = 4096;
const GROUPS = 256;
/** Columns that a threadgroup takes at most. */
const WIDTH = 32;

interface Layout {
  readonly data: View;
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}
const product = (v: View, axes: readonly number[]): number => axes.reduce((n, i) => n * v.shape.dims[i]!, 1);

/** A view without gaps, whose axes may lie in any order, as the layout it has; null where the axes do not lie together. */
function inPlace(v: View, axes: readonly number[]): Layout | null {
  const strides = stridesOf(v);
  const order = [...v.shape.dims.keys()].filter((i) => v.shape.dims[i] !== 1);
  order.sort((i, j) => strides[j]! - strides[i]! || i - j);
  let step = v.shape.size;
  for (const i of order) {
    step /= v.shape.dims[i]!;
    if (strides[i] !== step) return null;
  }
  const kept = order.filter((i) => !axes.includes(i));
  const run = order.length - kept.length;
  const first = Math.max(
    0,
    order.findIndex((i) => axes.includes(i)),
  );
  const together = order.slice(first, first + run).every((i) => axes.includes(i));
  // what is left has to come out in its own order
  if (!together || kept.some((axis, k) => k > 0 && axis < kept[k - 1]!)) return null;
  const [outer, inner] = [order.slice(0, first), order.slice(first + run)].map((part) => product(v, part));
  return { data: v, outer: outer!, n: product(v, axes), inner: inner! };
}
function layoutOf(v: View, axes: readonly number[]): Layout | null {
  const n = product(v, axes);
  if (v.shape.size === 0)
    return {
      data: v,
      outer: product(
        v,
        [...v.shape.dims.keys()].filter((i) => !axes.includes(i)),
      ),
      n,
      inner: 1,
    };
  const found = inPlace(v, axes);
  if (found !== null) return found;
  const data = rowsOf(v, axes);
  return data === null ? null : { data, outer: v.shape.size / n, n, inner: 1 };
}
/** Pieces that long rows or columns are cut into, so that there is work for all of the device. */
function partsOf({ outer, n, inner }: Layout): number {
  const groups = outer * Math.ceil(inner / WIDTH);
  return groups >= GROUPS
    ? 1
    : Math.max(1, Math.min(Math.ceil((n * Math.min(inner, WIDTH)) / PART), Math.ceil(GROUPS / groups)));
}

/** attrs { axes } or { axis }; `between` is the dtype of what two passes leave between them */
function reduction(
  name: string,
  axesOf: (call: Call) => readonly number[],
  between: (t: ElementType) => ElementType = (t) => (t.half ? types.float32 : t),
): (call: Call) => boolean {
  const places = name.startsWith('arg');
  return (call) => {
    const from = call.a!.type;
    const layout = layoutOf(call.a!, axesOf(call));
    if (layout === null) return false;
    const { data, outer, n, inner } = layout;
    const parts = partsOf(layout);
    const a = n === 0 ? NONE : { at: data.at, bytes: data.shape.size * from.size };
    const rows = `${name === 'logsumexp' ? '' : 'reduce_'}${name}_${from.code}`;
    if (inner === 1 && parts === 1 && has(rows)) return launch(rows, [a, rangeOf(call)], [outer, n]);
    if (parts === 1)
      return launch(`fold_${name}_${from.code}_${call.type.code}`, [a, rangeOf(call)], [outer, n, inner, 1]);
    const middle = between(from);
    const bytes = outer * parts * inner * middle.size;
    const folded = { at: temporary(bytes), bytes };
    if (!launch(`fold_${name}_${from.code}_${middle.code}`, [a, folded], [outer, n, inner, parts])) return false;
    return places
      ? launch(`fold_${name}Among_${from.code}_u32`, [a, folded, rangeOf(call)], [outer, n, inner, parts])
      : launch(`fold_${name}_${middle.code}_${call.type.code}`, [folded, rangeOf(call)], [outer, parts, inner, 1]);
  };
}
const axes = (call: Call): readonly number[] => (call.attrs as { axes: readonly number[] }).axes;
const axis = (call: Call): readonly number[] => [(call.attrs as { axis: number }).axis];

export const reductions = {
  reduce_sum: reduction('sum', axes),
  reduce_prod: reduction('prod', axes),
  reduce_max: reduction('max', axes),
  reduce_min: reduction('min', axes),
  reduce_all: reduction('all', axes, () => types.bool),
  reduce_any: reduction('any', axes, () => types.bool),
  logsumexp: reduction('logsumexp', axes),
  argreduce_max: reduction('argmax', axis, () => types.uint32),
  argreduce_min: reduction('argmin', axis, () => types.uint32),
};
