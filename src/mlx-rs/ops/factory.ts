// mlx_rs::ops: creation. The element type that Rust infers or names, `zeros::<i32>`, is a last argument; Float32 without it.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import { Dtype } from '../dtype.js';
import type { Axes } from './families.js';

type D = Opt<Dtype>;
const core = (dtype: D): lw.DType => (dtype ?? Dtype.Float32).core;

/** Zeros. */
export const zeros = (shape: Axes, dtype?: D): Array => wrap(lw.zeros(shape, core(dtype)));
/** Zeros of a dtype. */
export const zeros_dtype = (shape: Axes, dtype: Dtype): Array => zeros(shape, dtype);
/** Zeros with the shape and dtype of another array. */
export const zeros_like = (input: Operand): Array => wrap(lw.zerosLike(tensorOf(input)));
/** Ones. */
export const ones = (shape: Axes, dtype?: D): Array => wrap(lw.ones(shape, core(dtype)));
/** Ones of a dtype. */
export const ones_dtype = (shape: Axes, dtype: Dtype): Array => ones(shape, dtype);
/** Ones with the shape and dtype of another array. */
export const ones_like = (input: Operand): Array => wrap(lw.onesLike(tensorOf(input)));
/** One value, or values that broadcast to the shape. */
export const full = (shape: Axes, values: Operand, dtype?: D): Array =>
  wrap(lw.full(shape, tensorOf(values), core(dtype)));
/** Ones on a diagonal. */
export const eye = (n: number, m?: Opt<number>, k?: Opt<number>, dtype?: D): Array =>
  wrap(lw.eye(n, m ?? n, k ?? 0, core(dtype)));
/** The identity matrix. */
export const identity = (n: number, dtype?: D): Array => wrap(lw.identity(n, core(dtype)));
/** `start`, `start + step`, ... below `stop`. */
export const arange = (start: Opt<number>, stop: number, step?: Opt<number>, dtype?: D): Array =>
  wrap(lw.arange(start ?? 0, stop, step ?? 1, core(dtype)));
/** `count` values from `start` to `stop`, both included. */
export const linspace = (start: number, stop: number, count?: Opt<number>, dtype?: D): Array =>
  wrap(lw.linspace(start, stop, count ?? 50, core(dtype)));
/** Ones on and below a diagonal. */
export const tri = (n: number, m?: Opt<number>, k?: Opt<number>, dtype?: D): Array =>
  wrap(lw.tri(n, m ?? n, k ?? 0, core(dtype)));
/** Zeros above a diagonal. */
export const tril = (a: Operand, k?: Opt<number>): Array => wrap(lw.tril(tensorOf(a), k ?? 0));
/** Zeros below a diagonal. */
export const triu = (a: Operand, k?: Opt<number>): Array => wrap(lw.triu(tensorOf(a), k ?? 0));
/** Every slice of an axis `count` times. */
export const repeat_axis = (array: Operand, count: number, axis: number): Array =>
  wrap(lw.repeat(tensorOf(array), count, axis));
/** Every element of the flattened array `count` times; with an axis, as 0.21 wrote it, every slice of that. */
export const repeat = (array: Operand, count: number, axis?: Opt<number>): Array =>
  wrap(lw.repeat(tensorOf(array), count, axis ?? null));
/** @deprecated the name in mlx-rs 0.21: write `repeat` */
export const repeat_all = (array: Operand, count: number): Array => repeat(array, count);
