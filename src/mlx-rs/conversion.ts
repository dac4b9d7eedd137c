// Methods of Array without a free function in mlx_rs::ops.
import * as lw from '../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';
import type { Dtype } from './dtype.js';

/** Converted: `as_type::<i32>()` is `as_type(Dtype.Int32)`. */
export const as_type = (a: Operand, dtype: Dtype): Array => wrap(tensorOf(a).astype(dtype.core));
/** Converted. */
export const as_dtype = (a: Operand, dtype: Dtype): Array => as_type(a, dtype);
/** The same bytes read as another dtype: `view::<i32>()` is `view(Dtype.Int32)`. */
export const view = (a: Operand, dtype: Dtype): Array => wrap(lw.view(tensorOf(a), dtype.core));
/** The same bytes read as another dtype. */
export const view_dtype = (a: Operand, dtype: Dtype): Array => view(a, dtype);
/** Elementwise: is it neither NaN nor infinite. */
export const is_finite = (a: Operand): Array => wrap(lw.isfinite(tensorOf(a)));
/** NaN and infinities replaced; by default with 0 and the largest finite values. */
export const nan_to_num = (a: Operand, nan?: Opt<number>, pos_inf?: Opt<number>, neg_inf?: Opt<number>): Array =>
  wrap(lw.nanToNum(tensorOf(a), nan ?? 0, pos_inf ?? null, neg_inf ?? null));
/** The Walsh-Hadamard transform of the last axis, times `scale`, by default 1 / sqrt(n). */
export const hadamard_transform = (a: Operand, scale?: Opt<number>): Array =>
  wrap(lw.hadamardTransform(tensorOf(a), scale ?? null));
/** Split at the given places. */
export const split_axis = (a: Operand, indices: readonly number[], axis?: Opt<number>): Array[] =>
  lw.split(tensorOf(a), indices, axis ?? 0).map(wrap);

/** `a - b` */
export const sub = (a: Operand, b: Operand): Array => wrap(lw.subtract(tensorOf(a), tensorOf(b)));
/** `a * b` */
export const mul = (a: Operand, b: Operand): Array => wrap(lw.multiply(tensorOf(a), tensorOf(b)));
/** `a / b` */
export const div = (a: Operand, b: Operand): Array => wrap(lw.divide(tensorOf(a), tensorOf(b)));
/** `a % b` */
export const rem = (a: Operand, b: Operand): Array => wrap(lw.remainder(tensorOf(a), tensorOf(b)));
/** `a.pow(b)` */
export const pow = (a: Operand, b: Operand): Array => wrap(lw.power(tensorOf(a), tensorOf(b)));
/** `-a` */
export const neg = (a: Operand): Array => wrap(lw.negative(tensorOf(a)));
/** `!a`, logical */
export const not = (a: Operand): Array => wrap(lw.logicalNot(tensorOf(a)));
