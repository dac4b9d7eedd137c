// Shapes that many ops of mlx-rs share.
import type { Tensor } from '../../slim.js';
import { Array, tensorOf, wrap, type Operand, type Opt } from '../array.js';

export const unary =
  (f: (x: Tensor) => Tensor) =>
  (a: Operand): Array =>
    wrap(f(tensorOf(a)));
export const binary =
  (f: (a: Tensor, b: Tensor) => Tensor) =>
  (a: Operand, b: Operand): Array =>
    wrap(f(tensorOf(a), tensorOf(b)));
/** `None` as the default. */
export const or = <T>(x: Opt<T>, fallback: T): T => x ?? fallback;
export const arrays = (list: readonly Tensor[]): Array[] => list.map(wrap);

export type Axes = readonly number[];
/** The arguments of `sum` and its kin: those of 0.25, or those of 0.21, `(axes, keep_dims)`. */
export type ReduceArgs = [keep_dims?: Opt<boolean>] | [axes: Opt<Axes>, keep_dims: Opt<boolean>];
type Reduce = (x: Tensor, axis: readonly number[] | null, keepDims: boolean) => Tensor;

/** `X`, `X_axis` and `X_axes` of a reduction. */
export const reduction = (
  f: Reduce,
): {
  all: (array: Operand, ...args: ReduceArgs) => Array;
  axis: (array: Operand, axis: number, keep_dims?: Opt<boolean>) => Array;
  axes: (array: Operand, axes: Axes, keep_dims?: Opt<boolean>) => Array;
} => ({
  all: (array, ...args) => {
    const [axes, keep] = args.length === 2 ? args : [null, args[0] as Opt<boolean>];
    return wrap(f(tensorOf(array), axes ?? null, keep ?? false));
  },
  axis: (array, axis, keep_dims) => wrap(f(tensorOf(array), [axis], keep_dims ?? false)),
  axes: (array, axes, keep_dims) => wrap(f(tensorOf(array), axes, keep_dims ?? false)),
});

/** The arguments of `var` and `std`: those of 0.25, or those of 0.21. */
export type MomentArgs =
  [keep_dims?: Opt<boolean>, ddof?: Opt<number>] | [axes: Opt<Axes>, keep_dims: Opt<boolean>, ddof: Opt<number>];
type Moment = (x: Tensor, axis: readonly number[] | null, keepDims: boolean, ddof: number) => Tensor;
export const moment = (
  f: Moment,
): {
  all: (array: Operand, ...args: MomentArgs) => Array;
  axis: (array: Operand, axis: number, keep_dims?: Opt<boolean>, ddof?: Opt<number>) => Array;
  axes: (array: Operand, axes: Axes, keep_dims?: Opt<boolean>, ddof?: Opt<number>) => Array;
} => ({
  all: (array, ...args) => {
    const [axes, keep, ddof] = args.length === 3 ? args : [null, args[0] as Opt<boolean>, args[1]];
    return wrap(f(tensorOf(array), axes ?? null, keep ?? false, ddof ?? 0));
  },
  axis: (array, axis, keep_dims, ddof) => wrap(f(tensorOf(array), [axis], keep_dims ?? false, ddof ?? 0)),
  axes: (array, axes, keep_dims, ddof) => wrap(f(tensorOf(array), axes, keep_dims ?? false, ddof ?? 0)),
});
type Scan = (x: Tensor, axis: number | null, reverse: boolean, inclusive: boolean) => Tensor;
export const scan =
  (f: Scan) =>
  (a: Operand, axis?: Opt<number>, reverse?: Opt<boolean>, inclusive?: Opt<boolean>): Array =>
    wrap(f(tensorOf(a), axis ?? null, reverse ?? false, inclusive ?? true));
