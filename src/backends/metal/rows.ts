// What works on rows: the softmax family and norms. Rows that are not the last axes are copied first.
import { stridesOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { f32Bits, launch } from './launch.js';
import { copyTo, dense, permuted } from './movement.js';
import { temporary } from './temporary.js';
import { type Range } from './views.js';

/** All elements of a row-major view. */
export const rangeOf = (v: View): Range => ({ at: v.at, bytes: v.shape.size * v.type.size });
const count = (v: View, axes: readonly number[]): number => axes.reduce((n, i) => n * v.shape.dims[i]!, 1);

/** All axes, `axes` last. */
const lastOf = (v: View, axes: readonly number[]): number[] => [
  ...[...v.shape.dims.keys()].filter((i) => !axes.includes(i)),
  ...axes,
];
/** Whether axes in that order are the axes as they are, but for those of size 1. */
function isStraight(v: View, order: readonly number[]): boolean {
  const moving = order.filter((i) => v.shape.dims[i] !== 1);
  return moving.every((axis, i) => i === 0 || axis > moving[i - 1]!);
}
/** The view with `axes` last, row-major; null where the device cannot copy it. */
export function rowsOf(v: View, axes: readonly number[]): View | null {
  const order = lastOf(v, axes);
  return dense(isStraight(v, order) ? v : permuted(v, order, stridesOf(v)));
}

const axes = (call: Call): readonly number[] => (call.attrs as { axes: readonly number[] }).axes;

/** Has `use` fill a block from the rows along `axes` of `call.a`, whose results go to where their elements lie. */
export function alongRows(
  call: Call,
  axes: readonly number[],
  use: (rows: View, n: number, to: Range) => boolean,
): boolean {
  const a = call.a!;
  const n = count(a, axes);
  const rows = rowsOf(a, axes);
  if (rows === null) return false;
  const order = lastOf(a, axes);
  if (isStraight(a, order)) return use(rows, n, rangeOf(call));
  const out = { ...rows, at: temporary(call.shape.size * call.type.size), type: call.type };
  if (!use(rows, n, rangeOf(out))) return false;
  // back to where the axes were
  const back = order.map((_, i) => order.indexOf(i));
  return copyTo(permuted(out, back, stridesOf(out)), call.at);
}
/** attrs { axes }: the result lies as the operand does */
const softmax =
  (name: string) =>
  (call: Call): boolean =>
    alongRows(call, axes(call), (rows, n, to) =>
      launch(`${name}_${rows.type.code}`, [rangeOf(rows), to], [call.shape.size / n, n]),
    );

/** Bound where an operand is left out. */
export const NONE: Range = { at: 0, bytes: 16 };
const operand = (v: View | null): Range | null => {
  if (v === null) return NONE;
  const d = dense(v);
  return d === null ? null : rangeOf(d);
};
/** attrs { eps }; a = x, b = weight or null, c = bias or null */
function norm(name: string, biased: boolean): (call: Call) => boolean {
  return (call) => {
    const { a, b, c, type, shape } = call;
    if ([b, c].some((v) => v !== null && v.type !== type) || a!.type !== type) return false;
    const n = shape.dims[shape.ndim - 1]!;
    const parts = [operand(a), operand(b), ...(biased ? [operand(c)] : [])];
    if (parts.includes(null)) return false;
    const has = [b === null ? 0 : 1, ...(biased ? [c === null ? 0 : 1] : [])];
    const { eps } = call.attrs as { eps: number };
    return launch(
      `${name}_${type.code}`,
      [...(parts as Range[]), rangeOf(call)],
      [shape.size / n, n, f32Bits(eps), ...has],
    );
  };
}

export const rows = {
  softmax: softmax('softmax'),
  log_softmax: softmax('log_softmax'),
  rms_norm: norm('rms_norm', false),
  layer_norm: norm('layer_norm', true),
};
