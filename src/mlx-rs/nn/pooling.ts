// Pooling over windows of the spatial axes, and resampling of them.
import { asStrided, nn as core, ShapeError } from '../../slim.js';
import { wrap, type Array } from '../array.js';
import { unary } from '../layer.js';
import { Module } from '../module.js';

type Sizes = number | readonly number[];
type Windows = [kernel_size: Sizes, stride: Sizes];
/** Reduces windows along axes. */
export type Pooling = (x: Array, axes: readonly number[]) => Array;
/** Any reduction of windows: `op` gets (batch, ...counts, ...window, channels) and the axes within the windows. */
export class Pool extends Module {
  readonly #kernel: readonly number[];
  readonly #stride: readonly number[];
  readonly #op: Pooling;
  constructor(kernel_size: readonly number[], stride: readonly number[], op: Pooling) {
    super();
    this.#kernel = kernel_size;
    this.#stride = stride;
    this.#op = op;
  }
  static new(kernel_size: readonly number[], stride: readonly number[], op: Pooling): Pool {
    return new Pool(kernel_size, stride, op);
  }
  /** @throws ShapeError unless there is a spatial axis for each size of the window, and a window fits */
  override forward(x: Array): Array {
    const [kernel, stride, shape, strides] = [this.#kernel, this.#stride, x.shape(), x.strides()];
    const counts = kernel.map((k, i) => Math.floor((shape[i + 1]! - k) / stride[i]!) + 1);
    if (shape.length !== kernel.length + 2 || !counts.every((c) => c > 0))
      throw new ShapeError(
        `[nn.Pool] x must be (batch, ...spatial, channels) with room for a window, got (${shape.join(',')}) for (${kernel.join(',')})`,
      );
    const spatial = strides.slice(1, -1);
    const dims = [shape[0]!, ...counts, ...kernel, shape.at(-1)!];
    const steps = [strides[0]!, ...spatial.map((s, i) => s * stride[i]!), ...spatial, 1];
    const axes = kernel.map((_, i) => i - kernel.length - 1);
    return this.#op(wrap(asStrided(x.tensor, dims, steps)), axes);
  }
}
/** The largest element of every window of (N, L, C). */
export class MaxPool1d extends unary<Windows>()({}, (windows) => new core.MaxPool1d(...windows), {}) {}
/** The largest element of every window of (N, H, W, C). */
export class MaxPool2d extends unary<Windows>()({}, (windows) => new core.MaxPool2d(...windows), {}) {}
/** The mean of every window of (N, L, C). */
export class AvgPool1d extends unary<Windows>()({}, (windows) => new core.AvgPool1d(...windows), {}) {}
/** The mean of every window of (N, H, W, C). */
export class AvgPool2d extends unary<Windows>()({}, (windows) => new core.AvgPool2d(...windows), {}) {}

/** How values between elements are found. */
export interface UpsampleMode {
  readonly mode: core.UpsampleMode;
  readonly align_corners: boolean;
}
type Corners = { readonly align_corners: boolean };
export const UpsampleMode = {
  Nearest: { mode: 'nearest', align_corners: false } as UpsampleMode,
  Linear: ({ align_corners }: Corners): UpsampleMode => ({ mode: 'linear', align_corners }),
  Cubic: ({ align_corners }: Corners): UpsampleMode => ({ mode: 'cubic', align_corners }),
} as const;
/** Resamples the spatial axes of (batch, ...spatial, channels) by a factor, or one for each axis. */
export class Upsample extends unary<[scale_factor: Sizes, mode: UpsampleMode]>()(
  {},
  ([scale, { mode, align_corners }]) => new core.Upsample(scale, mode, align_corners),
  {},
) {
  get scale_factor(): Sizes {
    return this.core.scaleFactor;
  }
  get mode(): UpsampleMode {
    return { mode: this.core.mode, align_corners: this.core.alignCorners };
  }
}
