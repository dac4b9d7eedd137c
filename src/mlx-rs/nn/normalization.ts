// Layers that bring means to 0 and variances to 1.
import { nn as core } from '../../slim.js';
import { wrap, type Array } from '../array.js';
import { builderOf } from '../builder.js';
import { layer, unary } from '../layer.js';
import type { ModuleParamRef, Param } from '../module.js';

type Affine = { weight: Param | null; bias: Param | null };
const affine = { weight: 'weight', bias: 'bias' };

/** `weight * (x - mean) / sqrt(variance + eps) + bias` over the last axis. */
export class LayerNorm extends unary<[dimensions: number], Affine>()(
  { eps: 1e-5, affine: true },
  ([dimensions], o) => new core.LayerNorm(dimensions, o.eps, o.affine),
  affine,
) {}
/** Makes a `LayerNorm`. */
export class LayerNormBuilder extends builderOf(LayerNorm) {}

/** `weight * x / sqrt(mean(x^2) + eps)` over the last axis. */
export class RmsNorm extends unary<[dimensions: number], { weight: Param }>()(
  { eps: 1e-5 },
  ([dimensions], o) => new core.RMSNorm(dimensions, o.eps),
  { weight: 'weight' },
) {}
/** Makes an `RmsNorm`. */
export class RmsNormBuilder extends builderOf(RmsNorm) {}

/** Normalises each channel of each sample of (N, ..., C) over the axes between. */
export class InstanceNorm extends unary<[dimensions: number], Affine>()(
  { eps: 1e-5, affine: false },
  ([dimensions], o) => new core.InstanceNorm(dimensions, o.eps, o.affine),
  affine,
) {}
/** Makes an `InstanceNorm`. */
export class InstanceNormBuilder extends builderOf(InstanceNorm) {}

/** Normalises groups of channels of each sample of (N, ..., C) together with the axes between. */
export class GroupNorm extends unary<[group_count: number, dimensions: number], Affine>()(
  { eps: 1e-5, affine: true, pytorch_compatible: false },
  ([groups, dimensions], o) =>
    new core.GroupNorm(groups, dimensions, {
      eps: o.eps,
      affine: o.affine,
      pytorchCompatible: o.pytorch_compatible,
    }),
  affine,
) {}
/** Makes a `GroupNorm`. */
export class GroupNormBuilder extends builderOf(GroupNorm) {}

/**
 * Normalises each channel over the other axes: with the statistics of the batch while it trains, else with the running ones, whose
 * variance is unbiased as in MLX. These are parameters, and never trainable.
 */
export class BatchNorm extends layer<
  [feature_count: number],
  Affine & { running_mean: Param | null; running_var: Param | null }
>()(
  { eps: 1e-5, momentum: 0.1, affine: true, track_running_stats: true },
  ([features], o) =>
    new core.BatchNorm(features, {
      eps: o.eps,
      momentum: o.momentum,
      affine: o.affine,
      trackRunningStats: o.track_running_stats,
    }),
  { ...affine, running_mean: 'running_mean', running_var: 'running_var' },
) {
  static readonly DEFAULT_TRAINING = true;
  /** Without the running statistics, frozen or not. */
  override trainable_parameters(): ModuleParamRef {
    const found = super.trainable_parameters();
    for (const name of ['running_mean', 'running_var']) found.entries.delete(name);
    return found;
  }
  private running(): Param[] | null {
    return this.running_mean && this.running_var ? [this.running_mean, this.running_var] : null;
  }
  override forward(x: Array): Array {
    // the core moves them in place: clones keep what they have
    this.running()?.forEach((p) => p.unshared());
    return wrap(this.core.forward(x.tensor));
  }
}
/** Makes a `BatchNorm`. */
export class BatchNormBuilder extends builderOf(BatchNorm) {}
