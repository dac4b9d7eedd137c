// Resampling of the spatial axes of (batch, ...spatial, channels), one axis after the other.
import { add, multiply } from '../ops/arithmetic.js';
import { array } from '../ops/creation.js';
import { take } from '../ops/indexing.js';
import { broadcastTo, reshape } from '../ops/shape.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** How values between elements are found. */
export type UpsampleMode = 'nearest' | 'linear' | 'cubic';
const modes: readonly UpsampleMode[] = ['nearest', 'linear', 'cubic'];

/** One axis: `size` elements become `count`. */
interface Axis {
  readonly size: number;
  readonly scale: number;
  readonly count: number;
}
/** For each output one of the elements it is made of, and with which weight. */
interface Tap {
  readonly index: Int32Array;
  readonly weight: Float32Array;
}
const clamp = (i: number, size: number): number => Math.min(Math.max(i, 0), size - 1);

const halfToEven = (x: number): number => {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
};
/** Computed in float32, as MLX does: between two elements the last bit decides. */
function nearest({ size, count }: Axis): Int32Array {
  const f = Math.fround;
  const step = f(size / count);
  const at = (i: number): number => (count > size ? halfToEven(f(f((i + 0.5) * step) - 0.5)) : Math.floor(f(i * step)));
  return Int32Array.from({ length: count }, (_, i) => clamp(at(i), size));
}

type Kernel = (distance: number) => number;
const triangle: Kernel = (x) => Math.max(1 - x, 0);
/** Cubic convolution of Keys (1981) with slope `a` at distance 1. */
const keys =
  (a: number): Kernel =>
  (x) => {
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  };
/** What `Upsample` was made with. */
interface Resampling {
  readonly mode: UpsampleMode;
  readonly alignCorners: boolean;
  readonly antialias: boolean;
}
/** The taps of linear and cubic interpolation. Beyond the edge lies the edge, or nothing where the filter is widened. */
function tapsOf({ size, scale, count }: Axis, { mode, alignCorners, antialias }: Resampling): Tap[] {
  const step = alignCorners ? (size - 1) / Math.max(count - 1, 1) : 1 / scale;
  const start = alignCorners ? 0 : ((count - 1) * step - size + 1) / 2;
  const kernel = mode === 'linear' ? triangle : keys(antialias ? -0.5 : -0.75);
  const width = antialias ? Math.max(1, 1 / scale) : 1;
  const reach = Math.ceil((mode === 'linear' ? 1 : 2) * width);
  const taps = Array.from({ length: 2 * reach }, () => ({
    index: new Int32Array(count),
    weight: new Float32Array(count),
  }));
  for (let o = 0; o < count; o++) {
    const position = o * step - start;
    const first = Math.floor(position) + 1 - reach;
    const weights = taps.map((_, k) => {
      const inside = first + k >= 0 && first + k < size;
      return antialias && !inside ? 0 : kernel(Math.abs(position - first - k) / width);
    });
    const total = antialias ? weights.reduce((p, w) => p + w, 0) : 1;
    taps.forEach(({ index, weight }, k) => {
      index[o] = clamp(first + k, size);
      weight[o] = weights[k]! / total;
    });
  }
  return taps;
}

/**
 * Spatial axes of (N, ...spatial, C) scaled: `floor(scale * size)` elements each. `nearest` repeats elements, `linear` interpolates
 * between 2 of them per axis, `cubic` between 4 (slope -0.75). With `alignCorners` the first and last elements keep their places, else
 * elements are cells with their value in the middle. With `antialias` a shrinking axis averages over wider windows, and the slope of
 * `cubic` is -0.5. Interpolation is in at least float32, and so is its result.
 */
export class Upsample extends Module {
  readonly scaleFactor: number | readonly number[];
  readonly mode: UpsampleMode;
  readonly alignCorners: boolean;
  readonly antialias: boolean;
  /** @throws LanewiseError for an unknown mode, a scale that is not positive, or `antialias` where it does not apply */
  constructor(
    scaleFactor: number | readonly number[],
    mode: UpsampleMode = 'nearest',
    alignCorners = false,
    antialias = false,
  ) {
    super();
    if (!modes.includes(mode))
      throw new LanewiseError(`[nn.Upsample] the mode must be nearest, linear or cubic, got ${showValue(mode)}`);
    const scales: readonly unknown[] = Array.isArray(scaleFactor) ? scaleFactor : [scaleFactor];
    if (!scales.every((s) => typeof s === 'number' && s > 0 && Number.isFinite(s)))
      throw new LanewiseError(
        `[nn.Upsample] the scale must be a positive number, or one for each spatial axis, got ${Array.isArray(scaleFactor) ? showShape(scaleFactor) : showValue(scaleFactor)}`,
      );
    if (antialias && (mode === 'nearest' || alignCorners))
      throw new LanewiseError(
        `[nn.Upsample] antialias needs the mode linear or cubic without alignCorners, got ${mode}${alignCorners ? ' with alignCorners' : ''}`,
      );
    this.scaleFactor = scaleFactor;
    this.mode = mode;
    this.alignCorners = alignCorners;
    this.antialias = antialias;
  }
  /** @throws ShapeError without a spatial axis, or if there is not one scale for each */
  forward(x: Tensor): Tensor {
    const rank = x.ndim - 2;
    if (rank < 1)
      throw new ShapeError(
        `[nn.Upsample] x must have at least 3 axes (batch, ...spatial, channels), got ${showShape(x.shape)}`,
      );
    const scales = typeof this.scaleFactor === 'number' ? Array<number>(rank).fill(this.scaleFactor) : this.scaleFactor;
    if (scales.length !== rank)
      throw new ShapeError(
        `[nn.Upsample] one scale is needed for each spatial axis, got ${scales.length} for ${showShape(x.shape)}`,
      );
    const [batch, channels] = [x.shape[0]!, x.shape[x.ndim - 1]!];
    const axes = scales.map((scale, i) => {
      const size = x.shape[i + 1]!;
      return { size, scale, count: Math.floor(scale * size) };
    });
    if (this.mode === 'nearest' && scales.every(Number.isInteger)) {
      const cells = reshape(x, [batch, ...axes.flatMap(({ size }) => [size, 1]), channels]);
      const repeated = broadcastTo(cells, [batch, ...axes.flatMap(({ size, scale }) => [size, scale]), channels]);
      return reshape(repeated, [batch, ...axes.map(({ count }) => count), channels]);
    }
    if (this.mode === 'nearest') return axes.reduce((t, axis, i) => take(t, array(nearest(axis)), i + 1), x);
    return axes.reduce((t, axis, i) => {
      const column = [axis.count, ...Array<number>(rank - i).fill(1)];
      return tapsOf(axis, this)
        .map(({ index, weight }) => multiply(take(t, array(index), i + 1), reshape(array(weight), column)))
        .reduce(add);
    }, x);
  }
  protected override describe(): string {
    const { scaleFactor, mode, alignCorners, antialias } = this;
    const scale = typeof scaleFactor === 'number' ? scaleFactor : showShape(scaleFactor);
    return `scaleFactor=${scale}, mode=${mode}, alignCorners=${alignCorners}, antialias=${antialias}`;
  }
}
