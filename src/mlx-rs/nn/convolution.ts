// Convolutions with learned kernels, channels last.
import { nn as core } from '../../slim.js';
import { builderOf } from '../builder.js';
import { unary } from '../layer.js';
import type { Param } from '../module.js';

/** `SingleOrPair`, `SingleOrTriple`: one number for all spatial axes, or one for each. */
type Sizes = number | readonly number[];
type Conv = [input_channels: number, output_channels: number, kernel_size: Sizes];
type Kernel = { weight: Param; bias: Param | null };
const kernel = { weight: 'weight', bias: 'bias' };
const each = (rank: number, n: number): Sizes => (rank === 1 ? n : globalThis.Array<number>(rank).fill(n));
/** The options of a convolution over `rank` axes. */
const forward = (rank: number) => ({
  bias: true,
  stride: each(rank, 1),
  padding: each(rank, 0),
  dilation: each(rank, 1),
  groups: 1,
});
/** The options of a transposed convolution over `rank` axes. */
const backward = (rank: number) => ({
  bias: true,
  padding: each(rank, 0),
  output_padding: each(rank, 0),
  stride: each(rank, 1),
});
type Transposed = ReturnType<typeof backward>;
const named = ({ output_padding, ...rest }: Transposed) => ({ ...rest, outputPadding: output_padding });

/** `ops::conv1d` with a kernel of its own: (N, L, C). */
export class Conv1d extends unary<Conv, Kernel>()(forward(1), (r, o) => new core.Conv1d(...r, o), kernel) {}
/** Makes a `Conv1d`. */
export class Conv1dBuilder extends builderOf(Conv1d) {}
/** `ops::conv2d` with a kernel of its own: (N, H, W, C). */
export class Conv2d extends unary<Conv, Kernel>()(forward(2), (r, o) => new core.Conv2d(...r, o), kernel) {}
/** Makes a `Conv2d`. */
export class Conv2dBuilder extends builderOf(Conv2d) {}
/** `ops::conv3d` with a kernel of its own: (N, D, H, W, C). */
export class Conv3d extends unary<Conv, Kernel>()(forward(3), (r, o) => new core.Conv3d(...r, o), kernel) {}
/** Makes a `Conv3d`. */
export class Conv3dBuilder extends builderOf(Conv3d) {}
/** `ops::conv_transpose1d` with a kernel of its own: (N, L, C). */
export class ConvTranspose1d extends unary<Conv, Kernel>()(
  backward(1),
  (r, o) => new core.ConvTranspose1d(...r, named(o)),
  kernel,
) {}
/** Makes a `ConvTranspose1d`. */
export class ConvTranspose1dBuilder extends builderOf(ConvTranspose1d) {}
/** `ops::conv_transpose2d` with a kernel of its own: (N, H, W, C). */
export class ConvTranspose2d extends unary<Conv, Kernel>()(
  backward(2),
  (r, o) => new core.ConvTranspose2d(...r, named(o)),
  kernel,
) {}
/** Makes a `ConvTranspose2d`. */
export class ConvTranspose2dBuilder extends builderOf(ConvTranspose2d) {}
/** `ops::conv_transpose3d` with a kernel of its own: (N, D, H, W, C). */
export class ConvTranspose3d extends unary<Conv, Kernel>()(
  backward(3),
  (r, o) => new core.ConvTranspose3d(...r, named(o)),
  kernel,
) {}
/** Makes a `ConvTranspose3d`. */
export class ConvTranspose3dBuilder extends builderOf(ConvTranspose3d) {}
