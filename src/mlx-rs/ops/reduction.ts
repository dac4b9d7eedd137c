// mlx_rs::ops: reductions and scans. `X` reduces all axes, `X_axis` one, `X_axes` several; `X(array, axes, keep_dims)` is the form of 0.21.
import * as lw from '../../slim.js';
import type { Array, Operand, Opt } from '../array.js';
import { moment, reduction, scan, type Axes, type MomentArgs, type ReduceArgs } from './families.js';

type All = (array: Operand, ...args: ReduceArgs) => Array;
type Axis = (array: Operand, axis: number, keep_dims?: Opt<boolean>) => Array;
type AxesFn = (array: Operand, axes: Axes, keep_dims?: Opt<boolean>) => Array;
const sums = reduction(lw.sum);
const prods = reduction(lw.prod);
const means = reduction(lw.mean);
const maxs = reduction(lw.max);
const mins = reduction(lw.min);
const logs = reduction(lw.logsumexp);

/** Sum of all elements. */
export const sum: All = sums.all;
/** Sum along an axis. */
export const sum_axis: Axis = sums.axis;
/** Sum along several axes. */
export const sum_axes: AxesFn = sums.axes;
/** Product of all elements. */
export const prod: All = prods.all;
/** Product along an axis. */
export const prod_axis: Axis = prods.axis;
/** Product along several axes. */
export const prod_axes: AxesFn = prods.axes;
/** Mean of all elements; integers give Float32. */
export const mean: All = means.all;
/** Mean along an axis. */
export const mean_axis: Axis = means.axis;
/** Mean along several axes. */
export const mean_axes: AxesFn = means.axes;
/** The largest element; NaN wins. */
export const max: All = maxs.all;
/** The largest element along an axis. */
export const max_axis: Axis = maxs.axis;
/** The largest element along several axes. */
export const max_axes: AxesFn = maxs.axes;
/** The smallest element; NaN wins. */
export const min: All = mins.all;
/** The smallest element along an axis. */
export const min_axis: Axis = mins.axis;
/** The smallest element along several axes. */
export const min_axes: AxesFn = mins.axes;
/** `log(sum(exp(a)))`. */
export const logsumexp: All = logs.all;
/** `log(sum(exp(a)))` along an axis. */
export const logsumexp_axis: Axis = logs.axis;
/** `log(sum(exp(a)))` along several axes. */
export const logsumexp_axes: AxesFn = logs.axes;
/** @deprecated the name in mlx-rs 0.21: write `logsumexp`, `logsumexp_axis` or `logsumexp_axes` */
export const log_sum_exp: All = logs.all;

type MomentAll = (array: Operand, ...args: MomentArgs) => Array;
type MomentAxis = (array: Operand, axis: number, keep_dims?: Opt<boolean>, ddof?: Opt<number>) => Array;
type MomentAxes = (array: Operand, axes: Axes, keep_dims?: Opt<boolean>, ddof?: Opt<number>) => Array;
const variances = moment(lw.variance);
const deviations = moment(lw.std);
const var_: MomentAll = variances.all;
export {
  /** Variance of all elements. */
  var_ as var,
};
/** Variance along an axis. */
export const var_axis: MomentAxis = variances.axis;
/** Variance along several axes. */
export const var_axes: MomentAxes = variances.axes;
/** @deprecated the name in mlx-rs 0.21: write `var`, `var_axis` or `var_axes` */
export const variance: MomentAll = variances.all;
/** Standard deviation of all elements. */
export const std: MomentAll = deviations.all;
/** Standard deviation along an axis. */
export const std_axis: MomentAxis = deviations.axis;
/** Standard deviation along several axes. */
export const std_axes: MomentAxes = deviations.axes;

type Scan = (a: Operand, axis?: Opt<number>, reverse?: Opt<boolean>, inclusive?: Opt<boolean>) => Array;
/** Running sum, of the flattened array without an axis. */
export const cumsum: Scan = scan(lw.cumsum);
/** Running product. */
export const cumprod: Scan = scan(lw.cumprod);
/** Running maximum. */
export const cummax: Scan = scan(lw.cummax);
/** Running minimum. */
export const cummin: Scan = scan(lw.cummin);
