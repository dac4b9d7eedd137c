// mlx_rs::ops: affine quantisation.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import { arrays } from './families.js';

/** `(packed, scales, biases)` of a matrix. */
export const quantize = (w: Operand, group_size?: Opt<number>, bits?: Opt<number>): [Array, Array, Array] =>
  arrays(lw.quantize(tensorOf(w), group_size ?? 64, bits ?? 4)) as [Array, Array, Array];
/** The matrix behind `(packed, scales, biases)`. */
export const dequantize = (
  w: Operand,
  scales: Operand,
  biases: Operand,
  group_size?: Opt<number>,
  bits?: Opt<number>,
): Array => wrap(lw.dequantize(tensorOf(w), tensorOf(scales), tensorOf(biases), group_size ?? 64, bits ?? 4));
/** `x @ w` with a quantised `w`; `transpose` is false by default, in MLX's Python it is true. */
export const quantized_matmul = (
  x: Operand,
  w: Operand,
  scales: Operand,
  biases: Operand,
  transpose?: Opt<boolean>,
  group_size?: Opt<number>,
  bits?: Opt<number>,
): Array =>
  wrap(
    lw.quantizedMatmul(
      tensorOf(x),
      tensorOf(w),
      tensorOf(scales),
      tensorOf(biases),
      transpose ?? false,
      group_size ?? 64,
      bits ?? 4,
    ),
  );
