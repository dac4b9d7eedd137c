// mlx_rs::ops: shapes, joining and splitting.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import { arrays, unary, type Axes } from './families.js';

type Un = (a: Operand) => Array;
type List = readonly Operand[];
const isList = (x: unknown): x is Axes => globalThis.Array.isArray(x);

/** New axes at the given places of the result. */
export const expand_dims_axes = (a: Operand, axes: Axes): Array => wrap(lw.expandDims(tensorOf(a), axes));
/** A new axis at `axis`; with a list, as 0.21 wrote it, several. */
export const expand_dims = (a: Operand, axis: number | Axes): Array => wrap(lw.expandDims(tensorOf(a), axis));
/** Axes `start_axis` to `end_axis` as one. */
export const flatten = (a: Operand, start_axis?: Opt<number>, end_axis?: Opt<number>): Array =>
  wrap(lw.flatten(tensorOf(a), start_axis ?? 0, end_axis ?? -1));
/** One axis as several. */
export const unflatten = (a: Operand, axis: number, shape: Axes): Array => wrap(lw.unflatten(tensorOf(a), axis, shape));
/** The same elements in another shape; one size may be -1. */
export const reshape = (a: Operand, shape: Axes): Array => wrap(lw.reshape(tensorOf(a), shape));
/** Without the given axes of size 1. */
export const squeeze_axes = (a: Operand, axes: Axes): Array => wrap(lw.squeeze(tensorOf(a), axes));
/** Without all axes of size 1; with a list, as 0.21 wrote it, without those. */
export const squeeze = (a: Operand, axes?: Opt<Axes>): Array => wrap(lw.squeeze(tensorOf(a), axes ?? null));
/** A view with any shape, strides and offset, in elements. */
export const as_strided = (a: Operand, shape?: Opt<Axes>, strides?: Opt<Axes>, offset?: Opt<number>): Array =>
  wrap(lw.asStrided(tensorOf(a), shape ?? null, strides ?? null, offset ?? 0));
/** At least one axis. */
export const at_least_1d: Un = unary(lw.atleast1d);
/** At least two axes. */
export const at_least_2d: Un = unary(lw.atleast2d);
/** At least three axes. */
export const at_least_3d: Un = unary(lw.atleast3d);
/** Axis `src` moved to `dst`. */
export const move_axis = (a: Operand, src: number, dst: number): Array => wrap(lw.moveaxis(tensorOf(a), src, dst));
/** Two axes exchanged. */
export const swap_axes = (a: Operand, axis1: number, axis2: number): Array =>
  wrap(lw.swapaxes(tensorOf(a), axis1, axis2));
/** Axes in the given order. */
export const transpose_axes = (a: Operand, axes: Axes): Array => wrap(lw.transpose(tensorOf(a), axes));
/** Axes reversed; with a list, as 0.21 wrote it, in that order. */
export const transpose = (a: Operand, axes?: Opt<Axes>): Array => wrap(lw.transpose(tensorOf(a), axes ?? null));
/** @deprecated the name in mlx-rs 0.21: write `transpose` */
export const transpose_all = (a: Operand): Array => transpose(a);
/** Repeated along new axes and axes of size 1. */
export const broadcast_to = (a: Operand, shape: Axes): Array => wrap(lw.broadcastTo(tensorOf(a), shape));
/** All in their common shape. */
export const broadcast_arrays = (list: List): Array[] => arrays(lw.broadcastArrays(list.map(tensorOf)));
/** Joined along an axis. */
export const concatenate_axis = (list: List, axis: number): Array => wrap(lw.concatenate(list.map(tensorOf), axis));
/** Every array flattened, then joined, as 0.25 does; with an axis, as 0.21 wrote it, joined along that (null: 0). */
export const concatenate = (list: List, ...args: [] | [axis: Opt<number>]): Array => {
  if (args.length === 1) return concatenate_axis(list, args[0] ?? 0);
  return wrap(
    lw.concatenate(
      list.map((x) => tensorOf(x).flatten()),
      0,
    ),
  );
};
/** Joined along a new axis. */
export const stack_axis = (list: List, axis: number): Array => wrap(lw.stack(list.map(tensorOf), axis));
/** Joined along a new first axis; with an axis, as 0.21 wrote it, along that. */
export const stack = (list: List, axis?: Opt<number>): Array => stack_axis(list, axis ?? 0);
/** @deprecated the name in mlx-rs 0.21: write `stack` */
export const stack_all = (list: List): Array => stack(list);
/** In `num_parts` equal parts; with a list, as 0.21 wrote it, at those places. */
export const split = (a: Operand, num_parts: number | Axes, axis?: Opt<number>): Array[] =>
  arrays(lw.split(tensorOf(a), num_parts, axis ?? 0));
/** Split at the given places. */
export const split_sections = (a: Operand, indices: Axes, axis?: Opt<number>): Array[] => split(a, indices, axis);
/** @deprecated the name in mlx-rs 0.21: write `split` */
export const split_equal = (a: Operand, num_parts: number, axis?: Opt<number>): Array[] => split(a, num_parts, axis);
/** Repeated as a whole. */
export const tile = (a: Operand, reps: Axes): Array => wrap(lw.tile(tensorOf(a), reps));

/** Widths before and after: one pair for all axes, or a pair for each. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];
/** `PadMode` */
export const PadMode = { Constant: 'constant', Edge: 'edge' } as const;
export type PadMode = (typeof PadMode)[keyof typeof PadMode];
/** `PadWidth::Same` and `PadWidth::Widths`, as plain values. */
export const PadWidth = {
  Same: (pair: readonly [number, number]): PadWidth => pair,
  Widths: (pairs: readonly (readonly [number, number])[]): PadWidth => pairs,
} as const;
/** Padded with a value, or with copies of the edge. */
export const pad = (a: Operand, width: PadWidth, value?: Opt<Operand>, mode?: Opt<PadMode>): Array => {
  const t = tensorOf(a);
  const pairs = typeof width === 'number' ? [width, width] : width;
  const each = isList(pairs[0]) ? pairs : t.shape.map(() => pairs);
  return wrap(
    lw.pad(
      t,
      each as [number, number][],
      mode ?? 'constant',
      value === null || value === undefined ? 0 : tensorOf(value),
    ),
  );
};
/** The diagonal of a matrix, or the matrix of a diagonal. */
export const diag = (a: Operand, k?: Opt<number>): Array => wrap(lw.diag(tensorOf(a), k ?? 0));
/** A diagonal of two axes, as a last axis. */
export const diagonal = (a: Operand, offset?: Opt<number>, axis1?: Opt<number>, axis2?: Opt<number>): Array =>
  wrap(lw.diagonal(tensorOf(a), offset ?? 0, axis1 ?? 0, axis2 ?? 1));
