// mlx_rs::ops: arithmetic. Each is the core's op of the same meaning; where integers divide, `lw.floorDivide` floors as MLX does now,
// while 0.25 truncated.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import { arrays, binary, unary, type Axes } from './families.js';

type Un = (a: Operand) => Array;
type Bin = (a: Operand, b: Operand) => Array;

/** Elementwise absolute value; float32 of complex numbers. */
export const abs: Un = unary(lw.abs);
/** Elementwise inverse cosine. */
export const acos: Un = unary(lw.arccos);
/** Elementwise inverse hyperbolic cosine. */
export const acosh: Un = unary(lw.arccosh);
/** Elementwise sum. */
export const add: Bin = binary(lw.add);
/** Elementwise inverse sine. */
export const asin: Un = unary(lw.arcsin);
/** Elementwise inverse hyperbolic sine. */
export const asinh: Un = unary(lw.arcsinh);
/** Elementwise inverse tangent. */
export const atan: Un = unary(lw.arctan);
/** Elementwise angle of (b, a). */
export const atan2: Bin = binary(lw.arctan2);
/** Elementwise inverse hyperbolic tangent. */
export const atanh: Un = unary(lw.arctanh);
/** Elementwise ceiling. */
export const ceil: Un = unary(lw.ceil);
/** Elementwise cosine. */
export const cos: Un = unary(lw.cos);
/** Elementwise hyperbolic cosine. */
export const cosh: Un = unary(lw.cosh);
/** Radians as degrees. */
export const degrees: Un = unary(lw.degrees);
/** Elementwise quotient; integers become Float32. */
export const divide: Bin = binary(lw.divide);
/** Elementwise error function. */
export const erf: Un = unary(lw.erf);
/** Elementwise inverse error function. */
export const erfinv: Un = unary(lw.erfinv);
/** Elementwise exponential. */
export const exp: Un = unary(lw.exp);
/** Elementwise `exp(a) - 1`. */
export const expm1: Un = unary(lw.expm1);
/** Elementwise floor. */
export const floor: Un = unary(lw.floor);
/** Elementwise floored quotient. */
export const floor_divide: Bin = binary(lw.floorDivide);
/** Elementwise natural logarithm. */
export const log: Un = unary(lw.log);
/** Elementwise base 10 logarithm. */
export const log10: Un = unary(lw.log10);
/** Elementwise `log(1 + a)`. */
export const log1p: Un = unary(lw.log1p);
/** Elementwise base 2 logarithm. */
export const log2: Un = unary(lw.log2);
/** Elementwise `log(exp(a) + exp(b))`. */
export const logaddexp: Bin = binary(lw.logaddexp);
/** @deprecated the name in mlx-rs 0.21: write `logaddexp` */
export const log_add_exp: Bin = logaddexp;
/** Matrix product. */
export const matmul: Bin = binary(lw.matmul);
/** Elementwise larger value; NaN wins. */
export const maximum: Bin = binary(lw.maximum);
/** Elementwise smaller value; NaN wins. */
export const minimum: Bin = binary(lw.minimum);
/** Elementwise product. */
export const multiply: Bin = binary(lw.multiply);
/** Elementwise negation. */
export const negative: Un = unary(lw.negative);
/** Elementwise power. */
export const power: Bin = binary(lw.power);
/** Degrees as radians. */
export const radians: Un = unary(lw.radians);
/** Elementwise `1 / a`. */
export const reciprocal: Un = unary(lw.reciprocal);
/** Elementwise remainder with the sign of the divisor. */
export const remainder: Bin = binary(lw.remainder);
/** Rounded to `decimals` places, halves to even. */
export const round = (a: Operand, decimals?: Opt<number>): Array => wrap(lw.round(tensorOf(a), decimals ?? 0));
/** Elementwise `1 / sqrt(a)`. */
export const rsqrt: Un = unary(lw.rsqrt);
/** Elementwise `1 / (1 + exp(-a))`. */
export const sigmoid: Un = unary(lw.sigmoid);
/** Elementwise sign. */
export const sign: Un = unary(lw.sign);
/** Elementwise sine. */
export const sin: Un = unary(lw.sin);
/** Elementwise hyperbolic sine. */
export const sinh: Un = unary(lw.sinh);
/** Elementwise square root. */
export const sqrt: Un = unary(lw.sqrt);
/** Elementwise square. */
export const square: Un = unary(lw.square);
/** Elementwise difference. */
export const subtract: Bin = binary(lw.subtract);
/** Elementwise tangent. */
export const tan: Un = unary(lw.tan);
/** Elementwise hyperbolic tangent. */
export const tanh: Un = unary(lw.tanh);
/** Real parts. */
export const real: Un = unary(lw.real);
/** Imaginary parts. */
export const imag: Un = unary(lw.imag);
/** Dot products along the last axes. */
export const inner: Bin = binary(lw.inner);
/** All products of two flattened arrays. */
export const outer: Bin = binary(lw.outer);
/** Kronecker product. */
export const kron: Bin = binary(lw.kron);

/** `(floor_divide, remainder)`. */
export const divmod = (a: Operand, b: Operand): [Array, Array] =>
  arrays(lw.divmod(tensorOf(a), tensorOf(b))) as [Array, Array];

type Bound = Operand | null;
/** Bounds of `clip`: Rust's `(min, max)`, `(min, ())` and `((), max)`; here a side is left open with null. */
export type ClipBound = readonly [min: Bound, max: Bound];
/** Elementwise between two bounds. */
export const clip = (a: Operand, bound: ClipBound): Array => {
  const side = (b: Bound): lw.Tensor | null => (b === null ? null : tensorOf(b));
  return wrap(lw.clip(tensorOf(a), side(bound[0]), side(bound[1])));
};

/** Softmax over all axes together; with `(a, axes, precise)`, as 0.21 wrote it, over `axes`. */
export const softmax = (
  a: Operand,
  ...args: [precise?: Opt<boolean>] | [axes: Opt<Axes>, precise: Opt<boolean>]
): Array => {
  const [axes, precise] = args.length === 2 ? args : [null, args[0] as Opt<boolean>];
  return wrap(lw.softmax(tensorOf(a), axes ?? null, precise ?? false));
};
/** Softmax over one axis. */
export const softmax_axis = (a: Operand, axis: number, precise?: Opt<boolean>): Array =>
  wrap(lw.softmax(tensorOf(a), axis, precise ?? false));
/** Softmax over several axes together. */
export const softmax_axes = (a: Operand, axes: Axes, precise?: Opt<boolean>): Array =>
  wrap(lw.softmax(tensorOf(a), axes, precise ?? false));
/** @deprecated the name in mlx-rs 0.21: write `softmax` */
export const softmax_all = (a: Operand, precise?: Opt<boolean>): Array => softmax(a, precise);

/** `beta * c + alpha * (a @ b)`. */
export const addmm = (c: Operand, a: Operand, b: Operand, alpha?: Opt<number>, beta?: Opt<number>): Array =>
  wrap(lw.addmm(tensorOf(c), tensorOf(a), tensorOf(b), alpha ?? 1, beta ?? 1));
/** Matrix product in blocks of which masks leave some out. */
export const block_masked_mm = (
  a: Operand,
  b: Operand,
  block_size?: Opt<number>,
  mask_out?: Opt<Array>,
  mask_lhs?: Opt<Array>,
  mask_rhs?: Opt<Array>,
): Array =>
  wrap(
    lw.blockMaskedMm(
      tensorOf(a),
      tensorOf(b),
      block_size ?? 32,
      mask_out?.tensor ?? null,
      mask_lhs?.tensor ?? null,
      mask_rhs?.tensor ?? null,
    ),
  );
/** Sum of products over the last `axis` axes of `a` and the first of `b`. */
export const tensordot_axis = (a: Operand, b: Operand, axis: number): Array =>
  wrap(lw.tensordot(tensorOf(a), tensorOf(b), axis));
/** Sum of products over paired axes. */
export const tensordot_axes = (a: Operand, b: Operand, axes_a: Axes, axes_b: Axes): Array =>
  wrap(lw.tensordot(tensorOf(a), tensorOf(b), [axes_a, axes_b]));
/** `TensorDotDims` of mlx-rs 0.21. */
export type TensorDotDims = number | readonly [a: Axes, b: Axes];
/** @deprecated gone since mlx-rs 0.25: write `tensordot_axis` or `tensordot_axes` */
export const tensordot = (a: Operand, b: Operand, dims: TensorDotDims): Array =>
  typeof dims === 'number' ? tensordot_axis(a, b, dims) : tensordot_axes(a, b, dims[0], dims[1]);
/** Sums of products by subscripts, `einsum("ij,jk->ik", [a, b])`. */
export const einsum = (subscripts: string, operands: Iterable<Operand>): Array =>
  wrap(lw.einsum(subscripts, ...[...operands].map(tensorOf)));
