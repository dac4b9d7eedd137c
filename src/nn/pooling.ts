// Pooling over windows of the spatial axes of (batch, ...spatial, channels).
import { add, multiply } from '../ops/arithmetic.js';
import { castTo } from '../ops/define.js';
import { iinfo } from '../ops/dtypes.js';
import { stack } from '../ops/join.js';
import { pad } from '../ops/rearrange.js';
import { max, mean } from '../ops/reduce.js';
import { asStrided, reshape, sliced } from '../ops/shape.js';
import { perAxis, type Spatial } from '../ops/spatial.js';
import { isInexact, isInteger, toInexact, types } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import { rowMajor, showShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** How many windows fit along each spatial axis, how large they are and how far apart. */
interface Windows {
  readonly counts: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
}
/** Up to this many elements per window, one view per element beats a view of all windows: 2 to 7 times for 2x2 and 3x3. */
const FEW = 32;
const product = (list: readonly number[]): number => list.reduce((p, v) => p * v, 1);

/** One view for each place in a window: that element of every window, (batch, ...counts, channels). */
function taps(x: Tensor, { counts, kernel, stride }: Windows): Tensor[] {
  const places = kernel.reduce<number[][]>(
    (list, k) => list.flatMap((place) => Array.from({ length: k }, (_, i) => [...place, i])),
    [[]],
  );
  const dims = [x.shape[0]!, ...counts, x.shape[x.ndim - 1]!];
  return places.map((place) => sliced(x.node, [0, ...place, 0], [1, ...stride, 1], dims));
}
/** All windows side by side, and the axes that lie within them. */
function windowsOf(x: Tensor, { counts, kernel, stride }: Windows): [Tensor, number[]] {
  const [batch, channels] = [x.shape[0]!, x.shape[x.ndim - 1]!];
  const n = kernel.length;
  if (kernel.every((k, i) => k === stride[i] && k * counts[i]! === x.shape[i + 1]))
    return [
      reshape(x, [batch, ...kernel.flatMap((k, i) => [counts[i]!, k]), channels]),
      kernel.map((_, i) => 2 * i + 2),
    ];
  const [outer, ...inner] = rowMajor(x.shape) as [number, ...number[]];
  const steps = [outer, ...stride.map((s, i) => s * inner[i]!), ...inner];
  return [asStrided(x, [batch, ...counts, ...kernel, channels], steps), kernel.map((_, i) => n + 1 + i)];
}

/** How windows become numbers, and what they are padded with. */
interface Pooling {
  readonly filler: (x: Tensor) => number | bigint | boolean;
  readonly reduce: (x: Tensor, windows: Windows) => Tensor;
}
const largest: Pooling = {
  filler: (x) => (isInexact(x.node.type) ? -Infinity : isInteger(x.node.type) ? iinfo(x.dtype).min : false),
  reduce: (x, w) => (product(w.kernel) > FEW ? max(...windowsOf(x, w)) : max(stack(taps(x, w)), 0)),
};
const average: Pooling = {
  filler: () => 0,
  reduce: (x, w) => {
    const count = product(w.kernel);
    if (count > FEW) return mean(...windowsOf(x, w));
    // as `mean`: half types are summed in float32 and rounded once
    const type = toInexact(x.node.type);
    const wide = new Tensor(castTo(x.node, type.half ? types.float32 : type));
    return new Tensor(castTo(multiply(taps(wide, w).reduce(add), 1 / count).node, type));
  },
};

/** What the six layers share. */
abstract class Pool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly #name: string;
  readonly #pooling: Pooling;
  constructor(name: string, pooling: Pooling, rank: number, kernelSize: Spatial, stride: Spatial, padding: Spatial) {
    super();
    this.#name = `nn.${name}`;
    this.#pooling = pooling;
    this.kernelSize = perAxis(this.#name, 'kernel size', kernelSize, rank, 1);
    this.stride = perAxis(this.#name, 'stride', stride, rank, 1);
    this.padding = perAxis(this.#name, 'padding', padding, rank, 0);
  }
  /**
   * (N, ...spatial, C) to (N, ...counts, C) with counts `floor((size + 2 padding - kernelSize) / stride) + 1`.
   * @throws ShapeError if the axes do not fit, or no window does
   */
  forward(x: Tensor): Tensor {
    const { kernelSize: kernel, stride, padding } = this;
    const rank = kernel.length;
    if (x.ndim !== rank + 2)
      throw new ShapeError(
        `[${this.#name}] x must have ${rank + 2} axes (batch, ${rank} spatial, channels), got ${showShape(x.shape)}`,
      );
    const sizes = padding.map((p, i) => x.shape[i + 1]! + 2 * p);
    const counts = kernel.map((k, i) => Math.floor((sizes[i]! - k) / stride[i]!) + 1);
    if (counts.some((c) => c < 1))
      throw new ShapeError(
        `[${this.#name}] a window must fit into the padded axes, got ${showShape(kernel)} over ${showShape(sizes)}`,
      );
    const { filler, reduce } = this.#pooling;
    const padded = sizes.every((d, i) => d === x.shape[i + 1]) ? x : pad(x, [0, ...padding, 0], 'constant', filler(x));
    return reduce(padded, { counts, kernel, stride });
  }
  protected override describe(): string {
    const { kernelSize, stride, padding } = this;
    return `kernelSize=${showShape(kernelSize)}, stride=${showShape(stride)}, padding=${showShape(padding)}`;
  }
}

/** The largest element of every window along a spatial axis: (N, L, C). The stride is the kernel size unless given; padding is what no element is below. */
export class MaxPool1d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('MaxPool1d', largest, 1, kernelSize, stride, padding);
  }
}
/** The largest element of every window along two spatial axes: (N, H, W, C). */
export class MaxPool2d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('MaxPool2d', largest, 2, kernelSize, stride, padding);
  }
}
/** The largest element of every window along three spatial axes: (N, D, H, W, C). */
export class MaxPool3d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('MaxPool3d', largest, 3, kernelSize, stride, padding);
  }
}
/** The mean of every window along a spatial axis: (N, L, C). The stride is the kernel size unless given; padding is zeros, which count. */
export class AvgPool1d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('AvgPool1d', average, 1, kernelSize, stride, padding);
  }
}
/** The mean of every window along two spatial axes: (N, H, W, C). */
export class AvgPool2d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('AvgPool2d', average, 2, kernelSize, stride, padding);
  }
}
/** The mean of every window along three spatial axes: (N, D, H, W, C). */
export class AvgPool3d extends Pool {
  constructor(kernelSize: Spatial, stride: Spatial = kernelSize, padding: Spatial = 0) {
    super('AvgPool3d', average, 3, kernelSize, stride, padding);
  }
}
