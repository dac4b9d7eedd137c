// mlx_rs::ops: convolutions, channels last.
import * as lw from '../../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from '../array.js';
import type { Axes } from './families.js';

type Size = Opt<number | Axes>;
type Conv = (
  array: Operand,
  weight: Operand,
  stride?: Size,
  padding?: Size,
  dilation?: Size,
  groups?: Opt<number>,
) => Array;
const conv =
  (f: typeof lw.conv1d | typeof lw.conv2d | typeof lw.conv3d): Conv =>
  (array, weight, stride, padding, dilation, groups) =>
    wrap(f(tensorOf(array), tensorOf(weight), stride ?? 1, padding ?? 0, dilation ?? 1, groups ?? 1));
/** Over (N, L, C) with weights (O, K, C / groups). */
export const conv1d: Conv = conv(lw.conv1d);
/** Over (N, H, W, C) with weights (O, KH, KW, C / groups). */
export const conv2d: Conv = conv(lw.conv2d);
/** Over (N, D, H, W, C) with weights (O, KD, KH, KW, C / groups). */
export const conv3d: Conv = conv(lw.conv3d);

type Transposed = (
  array: Operand,
  weight: Operand,
  stride?: Size,
  padding?: Size,
  dilation?: Size,
  ...rest: [groups?: Opt<number>] | [output_padding: Size, groups: Opt<number>]
) => Array;
const transposed =
  (f: typeof lw.convTranspose1d): Transposed =>
  (array, weight, stride, padding, dilation, ...rest) => {
    // 0.21 had no output_padding before groups
    const [extra, groups] = rest.length === 2 ? rest : [0, rest[0] as Opt<number>];
    return wrap(
      f(tensorOf(array), tensorOf(weight), stride ?? 1, padding ?? 0, dilation ?? 1, extra ?? 0, groups ?? 1),
    );
  };
/** The transpose of `conv1d`. */
export const conv_transpose1d: Transposed = transposed(lw.convTranspose1d);
/** The transpose of `conv2d`. */
export const conv_transpose2d: Transposed = transposed(lw.convTranspose2d);
/** The transpose of `conv3d`. */
export const conv_transpose3d: Transposed = transposed(lw.convTranspose3d);

/** Any number of axes, with padding for both ends, dilations of kernel and input, and an optional flip of the kernel. */
export const conv_general = (
  array: Operand,
  weight: Operand,
  strides?: Opt<Axes>,
  padding?: Opt<Axes>,
  kernel_dilation?: Opt<Axes>,
  input_dilation?: Opt<Axes>,
  groups?: Opt<number>,
  flip?: Opt<boolean>,
): Array =>
  wrap(
    lw.convGeneral(tensorOf(array), tensorOf(weight), {
      stride: spread(strides) ?? 1,
      padding: spread(padding) ?? 0,
      kernelDilation: spread(kernel_dilation) ?? 1,
      inputDilation: spread(input_dilation) ?? 1,
      groups: groups ?? 1,
      flip: flip ?? false,
    }),
  );
/** A list of one stands for all axes. */
const spread = (x: Opt<Axes>): number | Axes | null =>
  x === null || x === undefined ? null : x.length === 1 ? x[0]! : x;
