// mlx_rs::ops: order. `X` flattens, `X_axis` takes an axis; an axis given to `X` is the form of 0.21.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';

type Whole = (a: Operand, axis?: Opt<number>) => Array;
type Axis = (a: Operand, axis: number) => Array;
type WholeKth = (a: Operand, kth: number, axis?: Opt<number>) => Array;
type AxisKth = (a: Operand, kth: number, axis: number) => Array;

/** Ascending, flattened. */
export const sort: Whole = (a, axis) => wrap(lw.sort(tensorOf(a), axis ?? null));
/** Ascending along an axis. */
export const sort_axis: Axis = (a, axis) => wrap(lw.sort(tensorOf(a), axis));
/** @deprecated the name in mlx-rs 0.21: write `sort` */
export const sort_all = (a: Operand): Array => sort(a);
/** Positions that sort the flattened array. */
export const argsort: Whole = (a, axis) => wrap(lw.argsort(tensorOf(a), axis ?? null));
/** Positions that sort along an axis. */
export const argsort_axis: Axis = (a, axis) => wrap(lw.argsort(tensorOf(a), axis));
/** @deprecated the name in mlx-rs 0.21: write `argsort` */
export const argsort_all = (a: Operand): Array => argsort(a);
/** Element `kth` of the flattened array in its place, smaller ones before it. */
export const partition: WholeKth = (a, kth, axis) => wrap(lw.partition(tensorOf(a), kth, axis ?? null));
/** Element `kth` in its place along an axis. */
export const partition_axis: AxisKth = (a, kth, axis) => wrap(lw.partition(tensorOf(a), kth, axis));
/** @deprecated the name in mlx-rs 0.21: write `partition` */
export const partition_all = (a: Operand, kth: number): Array => partition(a, kth);
/** Positions that `partition` would take. */
export const argpartition: WholeKth = (a, kth, axis) => wrap(lw.argpartition(tensorOf(a), kth, axis ?? null));
/** Positions that `partition_axis` would take. */
export const argpartition_axis: AxisKth = (a, kth, axis) => wrap(lw.argpartition(tensorOf(a), kth, axis));
/** @deprecated the name in mlx-rs 0.21: write `argpartition` */
export const argpartition_all = (a: Operand, kth: number): Array => argpartition(a, kth);
