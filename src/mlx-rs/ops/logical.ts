// mlx_rs::ops: comparison and logic. Results are Bool arrays; `Array.equals` is the comparison as a whole.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import { binary, reduction, unary, type Axes, type ReduceArgs } from './families.js';

type Un = (a: Operand) => Array;
type Bin = (a: Operand, b: Operand) => Array;

/** Elementwise `a == b`. */
export const eq: Bin = binary(lw.equal);
/** Elementwise `a != b`. */
export const ne: Bin = binary(lw.notEqual);
/** Elementwise `a <= b`. */
export const le: Bin = binary(lw.lessEqual);
/** Elementwise `a >= b`. */
export const ge: Bin = binary(lw.greaterEqual);
/** Elementwise `a < b`. */
export const lt: Bin = binary(lw.less);
/** Elementwise `a > b`. */
export const gt: Bin = binary(lw.greater);
/** Elementwise and. */
export const logical_and: Bin = binary(lw.logicalAnd);
/** Elementwise or. */
export const logical_or: Bin = binary(lw.logicalOr);
/** Elementwise not. */
export const logical_not: Un = unary(lw.logicalNot);
/** Elementwise: is it NaN. */
export const is_nan: Un = unary(lw.isnan);
/** Elementwise: is it infinite. */
export const is_inf: Un = unary(lw.isinf);
/** Elementwise: is it positive infinity. */
export const is_pos_inf: Un = unary(lw.isposinf);
/** Elementwise: is it negative infinity. */
export const is_neg_inf: Un = unary(lw.isneginf);

type Close = (a: Operand, b: Operand, rtol?: Opt<number>, atol?: Opt<number>, equal_nan?: Opt<boolean>) => Array;
/** Elementwise `|a - b| <= atol + rtol * |b|`. */
export const is_close: Close = (a, b, rtol, atol, equal_nan) =>
  wrap(lw.isclose(tensorOf(a), tensorOf(b), rtol ?? 1e-5, atol ?? 1e-8, equal_nan ?? false));
/** Whether all elements are close, without axes. */
export const all_close: Close = (a, b, rtol, atol, equal_nan) =>
  wrap(lw.allclose(tensorOf(a), tensorOf(b), rtol ?? 1e-5, atol ?? 1e-8, equal_nan ?? false));
/** Whether shape and elements are equal, without axes. */
export const array_eq = (a: Operand, b: Operand, equal_nan?: Opt<boolean>): Array =>
  wrap(lw.arrayEqual(tensorOf(a), tensorOf(b), equal_nan ?? false));

/** Elements of `a` where the condition holds, else of `b`. */
export const which = (condition: Operand, a: Operand, b: Operand): Array =>
  wrap(lw.where(tensorOf(condition), tensorOf(a), tensorOf(b)));
/** `r#where`, the same as `which`. */
export const where: typeof which = which;

type All = (array: Operand, ...args: ReduceArgs) => Array;
type Axis = (array: Operand, axis: number, keep_dims?: Opt<boolean>) => Array;
type AxesFn = (array: Operand, axes: Axes, keep_dims?: Opt<boolean>) => Array;
const alls = reduction(lw.all);
const anys = reduction(lw.any);
/** Whether every element is nonzero. */
export const all: All = alls.all;
/** Whether every element along an axis is nonzero. */
export const all_axis: Axis = alls.axis;
/** Whether every element along the axes is nonzero. */
export const all_axes: AxesFn = alls.axes;
/** Whether an element is nonzero. */
export const any: All = anys.all;
/** Whether an element along an axis is nonzero. */
export const any_axis: Axis = anys.axis;
/** Whether an element along the axes is nonzero. */
export const any_axes: AxesFn = anys.axes;
