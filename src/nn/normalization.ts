// Layers that bring means to 0 and variances to 1.
import { layerNorm, rmsNorm } from '../fast/index.js';
import { add, multiply, subtract } from '../ops/arithmetic.js';
import { ones, zeros } from '../ops/creation.js';
import { rsqrt } from '../ops/math.js';
import { mean, variance } from '../ops/reduce.js';
import { moveaxis, reshape, swapaxes } from '../ops/shape.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import { rebind, type Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';

function checkEps(layer: string, eps: number): void {
  if (!(eps > 0)) throw new LanewiseError(`[${layer}] eps must be positive, got ${showValue(eps)}`);
}
const affinely = (x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor =>
  weight === undefined || bias === undefined ? x : add(multiply(weight, x), bias);

/** `weight * (x - mean) / sqrt(variance + eps) + bias` over the last axis. */
export class LayerNorm extends Module {
  /** (dims), unless `affine` is false */
  weight?: Tensor;
  /** (dims), if there is one */
  bias?: Tensor;

  /** @throws LanewiseError unless eps is positive, ShapeError unless dims is a positive integer */
  constructor(
    readonly dims: number,
    readonly eps: number = 1e-5,
    affine: boolean = true,
    bias: boolean = true,
  ) {
    super();
    checkSizes('nn.LayerNorm', { dims });
    checkEps('nn.LayerNorm', eps);
    if (affine) this.weight = ones([dims]);
    if (affine && bias) this.bias = zeros([dims]);
  }
  /** @throws ShapeError unless the last axis has `dims` elements */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight ?? null, this.bias ?? null, this.eps);
  }
  protected override describe(): string {
    return `${this.dims}, eps=${this.eps}, affine=${this.weight !== undefined}`;
  }
}

/** `weight * x / sqrt(mean(x^2) + eps)` over the last axis. */
export class RMSNorm extends Module {
  /** (dims) */
  weight: Tensor;

  /** @throws LanewiseError unless eps is positive, ShapeError unless dims is a positive integer */
  constructor(
    dims: number,
    readonly eps: number = 1e-5,
  ) {
    super();
    checkSizes('nn.RMSNorm', { dims });
    checkEps('nn.RMSNorm', eps);
    this.weight = ones([dims]);
  }
  /** @throws ShapeError unless the last axis has `dims` elements */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, this.eps);
  }
  protected override describe(): string {
    return `${this.weight.shape[0]}, eps=${this.eps}`;
  }
}

/** Normalises each channel of each sample of (N, ..., C) over the axes between. */
export class InstanceNorm extends Module {
  /** (dims), if `affine` */
  weight?: Tensor;
  /** (dims), if `affine` */
  bias?: Tensor;

  /** @throws LanewiseError unless eps is positive, ShapeError unless dims is a positive integer */
  constructor(
    readonly dims: number,
    readonly eps: number = 1e-5,
    affine: boolean = false,
  ) {
    super();
    checkSizes('nn.InstanceNorm', { dims });
    checkEps('nn.InstanceNorm', eps);
    if (affine) {
      this.weight = ones([dims]);
      this.bias = zeros([dims]);
    }
  }
  /** @throws ShapeError unless there are at least three axes */
  forward(x: Tensor): Tensor {
    if (x.ndim < 3)
      throw new ShapeError(
        `[nn.InstanceNorm] the input must have at least 3 axes (N, ..., C), got ${showShape(x.shape)}`,
      );
    const channelsFirst = moveaxis(x, -1, 1);
    const [n, c] = channelsFirst.shape as [number, number];
    const flat = layerNorm(reshape(channelsFirst, [n, c, -1]), null, null, this.eps);
    return affinely(moveaxis(reshape(flat, channelsFirst.shape), 1, -1), this.weight, this.bias);
  }
  protected override describe(): string {
    return `${this.dims}, eps=${this.eps}, affine=${this.weight !== undefined}`;
  }
}

/** How `GroupNorm` works. */
export interface GroupNormOptions {
  /** added to the variance; 1e-5 by default */
  readonly eps?: number;
  /** whether there are weight and bias; true by default */
  readonly affine?: boolean;
  /** neighbouring channels form a group, as in PyTorch; by default channels with equal remainders do */
  readonly pytorchCompatible?: boolean;
}
/** Normalises groups of channels of each sample of (N, ..., C) together with the axes between. */
export class GroupNorm extends Module {
  /** (dims), unless `affine` is false */
  weight?: Tensor;
  /** (dims), unless `affine` is false */
  bias?: Tensor;
  readonly eps: number;
  readonly pytorchCompatible: boolean;

  /** @throws ShapeError unless the sizes are positive integers and the groups divide `dims`, LanewiseError unless eps is positive */
  constructor(
    readonly numGroups: number,
    readonly dims: number,
    { eps = 1e-5, affine = true, pytorchCompatible = false }: GroupNormOptions = {},
  ) {
    super();
    checkSizes('nn.GroupNorm', { numGroups, dims });
    checkEps('nn.GroupNorm', eps);
    if (dims % numGroups !== 0)
      throw new ShapeError(`[nn.GroupNorm] the number of groups must divide dims, got ${numGroups} for ${dims}`);
    this.eps = eps;
    this.pytorchCompatible = pytorchCompatible;
    if (affine) {
      this.weight = ones([dims]);
      this.bias = zeros([dims]);
    }
  }
  /** @throws ShapeError unless the last of at least two axes has `dims` elements */
  forward(x: Tensor): Tensor {
    if (x.ndim < 2 || x.shape[x.ndim - 1] !== this.dims)
      throw new ShapeError(
        `[nn.GroupNorm] the input must be (N, ..., C) with ${this.dims} channels, got ${showShape(x.shape)}`,
      );
    const n = x.shape[0]!;
    const groups = this.numGroups;
    const size = this.dims / groups;
    const grouped = this.pytorchCompatible
      ? swapaxes(reshape(x, [n, -1, groups, size]), 1, 2)
      : moveaxis(reshape(x, [n, -1, size, groups]), -1, 1);
    const flat = layerNorm(reshape(grouped, [n, groups, -1]), null, null, this.eps);
    const spread = reshape(flat, grouped.shape);
    const back = this.pytorchCompatible ? swapaxes(spread, 1, 2) : moveaxis(spread, 1, -1);
    return affinely(reshape(back, x.shape), this.weight, this.bias);
  }
  protected override describe(): string {
    const { numGroups, dims, eps, pytorchCompatible, weight } = this;
    return `${numGroups}, ${dims}, eps=${eps}, affine=${weight !== undefined}, pytorchCompatible=${pytorchCompatible}`;
  }
}

/** How `BatchNorm` works. */
export interface BatchNormOptions {
  /** added to the variance; 1e-5 by default */
  readonly eps?: number;
  /** weight of the new batch in the running statistics; 0.1 by default */
  readonly momentum?: number;
  /** whether there are weight and bias; true by default */
  readonly affine?: boolean;
  /** whether running statistics are kept, and used in `eval()`; true by default */
  readonly trackRunningStats?: boolean;
}
/**
 * Normalises each channel of (N, C), (N, L, C) or (N, H, W, C) over the other axes. Training takes the statistics of the batch and
 * moves the running ones towards them, the variance unbiased; `eval()` takes the running ones. These are frozen, whatever `unfreeze`
 * says.
 */
export class BatchNorm extends Module {
  /** (numFeatures), unless `affine` is false */
  weight?: Tensor;
  /** (numFeatures), unless `affine` is false */
  bias?: Tensor;
  /** (numFeatures), unless `trackRunningStats` is false; the tensor stays, its value changes */
  running_mean?: Tensor;
  /** (numFeatures), unless `trackRunningStats` is false; the tensor stays, its value changes */
  running_var?: Tensor;
  readonly eps: number;
  readonly momentum: number;
  readonly trackRunningStats: boolean;

  /** @throws LanewiseError unless eps is positive, ShapeError unless the number of features is a positive integer */
  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormOptions = {},
  ) {
    super();
    checkSizes('nn.BatchNorm', { numFeatures });
    checkEps('nn.BatchNorm', eps);
    this.eps = eps;
    this.momentum = momentum;
    this.trackRunningStats = trackRunningStats;
    if (affine) {
      this.weight = ones([numFeatures]);
      this.bias = zeros([numFeatures]);
    }
    if (trackRunningStats) {
      this.running_mean = zeros([numFeatures]);
      this.running_var = ones([numFeatures]);
      this.freeze({ keys: this.neverTrained(), recurse: false });
    }
  }
  protected override neverTrained(): readonly string[] {
    return ['running_mean', 'running_var'];
  }
  /** @throws ShapeError unless there are 2 to 4 axes, the last of `numFeatures`, and in training more than one value per channel */
  forward(x: Tensor): Tensor {
    const rows = x.size / this.numFeatures;
    if (x.ndim < 2 || x.ndim > 4 || x.shape[x.ndim - 1] !== this.numFeatures)
      throw new ShapeError(
        `[nn.BatchNorm] the input must have 2 to 4 axes, the last of ${this.numFeatures} channels, got ${showShape(x.shape)}`,
      );
    if (this.training && rows < 2)
      throw new ShapeError(
        `[nn.BatchNorm] training needs more than one value per channel, got an input of ${showShape(x.shape)}`,
      );
    const [middle, spread] = this.statistics(x);
    return affinely(multiply(subtract(x, middle), rsqrt(add(spread, this.eps))), this.weight, this.bias);
  }
  /** Mean and variance to normalise with. */
  private statistics(x: Tensor): [Tensor, Tensor] {
    const { running_mean, running_var, momentum } = this;
    const tracked = running_mean !== undefined && running_var !== undefined;
    if (tracked && !this.training) return [running_mean, running_var];
    const axes = x.shape.map((_, i) => i).slice(0, -1);
    const middle = mean(x, axes);
    if (tracked) {
      // into the same tensors, so that a scope that ends with this step leaves them alive
      const towards = (old: Tensor, now: Tensor): void =>
        rebind(old, add(multiply(old, 1 - momentum), multiply(now, momentum)).node);
      towards(running_mean, middle);
      towards(running_var, variance(x, axes, false, 1));
    }
    return [middle, variance(x, axes)];
  }
  protected override describe(): string {
    const { numFeatures, eps, momentum, trackRunningStats, weight } = this;
    return `${numFeatures}, eps=${eps}, momentum=${momentum}, affine=${weight !== undefined}, trackRunningStats=${trackRunningStats}`;
  }
}
