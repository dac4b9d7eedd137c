// mlx_rs::ops::indexing: places. `X` flattens, `X_axis` takes an axis; more arguments are the form of 0.21.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
export * from '../ranges.js';

type Extreme = (
  a: Operand,
  ...args: [keep_dims?: Opt<boolean>] | [axis: Opt<number>, keep_dims: Opt<boolean>]
) => Array;
type ExtremeAxis = (a: Operand, axis: number, keep_dims?: Opt<boolean>) => Array;
type Core = (x: lw.Tensor, axis: number | null, keepDims: boolean) => lw.Tensor;
const extreme =
  (f: Core): Extreme =>
  (a, ...args) => {
    const [axis, keep] = args.length === 2 ? args : [null, args[0] as Opt<boolean>];
    return wrap(f(tensorOf(a), axis ?? null, keep ?? false));
  };
/** Place of the largest element of the flattened array, UInt32. */
export const argmax: Extreme = extreme(lw.argmax);
/** Place of the largest element along an axis. */
export const argmax_axis: ExtremeAxis = (a, axis, keep_dims) => wrap(lw.argmax(tensorOf(a), axis, keep_dims ?? false));
/** @deprecated the name in mlx-rs 0.21: write `argmax` */
export const argmax_all = (a: Operand, keep_dims?: Opt<boolean>): Array => argmax(a, keep_dims);
/** Place of the smallest element of the flattened array, UInt32. */
export const argmin: Extreme = extreme(lw.argmin);
/** Place of the smallest element along an axis. */
export const argmin_axis: ExtremeAxis = (a, axis, keep_dims) => wrap(lw.argmin(tensorOf(a), axis, keep_dims ?? false));
/** @deprecated the name in mlx-rs 0.21: write `argmin` */
export const argmin_all = (a: Operand, keep_dims?: Opt<boolean>): Array => argmin(a, keep_dims);
/** Slices at the given places of an axis. */
export const take_axis = (a: Operand, indices: Operand, axis: number): Array =>
  wrap(lw.take(tensorOf(a), tensorOf(indices), axis));
/** Elements of the flattened array; with an axis, as 0.21 wrote it, slices along that. */
export const take = (a: Operand, indices: Operand, axis?: Opt<number>): Array =>
  wrap(lw.take(tensorOf(a), tensorOf(indices), axis ?? null));
/** @deprecated the name in mlx-rs 0.21: write `take` */
export const take_all = (a: Operand, indices: Operand): Array => take(a, indices);
/** Elements at places along an axis, one list a line; of the flattened array without an axis. */
export const take_along_axis = (a: Operand, indices: Operand, axis?: Opt<number>): Array => {
  const t = tensorOf(a);
  return wrap(
    axis === null || axis === undefined
      ? lw.takeAlongAxis(t.flatten(), tensorOf(indices).flatten(), 0)
      : lw.takeAlongAxis(t, tensorOf(indices), axis),
  );
};
/** A copy with values put at places along an axis; by place of the flattened array without one. */
export const put_along_axis = (a: Operand, indices: Operand, values: Operand, axis?: Opt<number>): Array =>
  wrap(lw.putAlongAxis(tensorOf(a), tensorOf(indices), tensorOf(values), axis ?? null));
/** The `k` largest elements of the flattened array, in no promised order; with an axis, as 0.21 wrote it, along that. */
export const topk = (a: Operand, k: number, axis?: Opt<number>): Array => wrap(lw.topk(tensorOf(a), k, axis ?? null));
/** The `k` largest elements along an axis. */
export const topk_axis = (a: Operand, k: number, axis: number): Array => wrap(lw.topk(tensorOf(a), k, axis));
/** @deprecated the name in mlx-rs 0.21: write `topk` */
export const topk_all = (a: Operand, k: number): Array => topk(a, k);
