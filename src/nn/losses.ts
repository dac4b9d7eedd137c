// Losses. `reduction` is 'none', 'mean' or 'sum'; which is the default is MLX's choice for each.
import { abs, exp, log, negative, sqrt, square } from '../ops/math.js';
import { add, divide, equal, less, logaddexp, maximum, minimum, multiply, power, subtract } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/bits.js';
import { composite, nodeOf } from '../ops/define.js';
import { takeAlongAxis } from '../ops/indexing.js';
import { crossEntropyOf } from '../ops/likelihood.js';
import { logsumexp, max, mean, sum } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { expandDims, moveaxis, squeeze } from '../ops/shape.js';
import { isInteger } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkAxis, showShape, showShapes, showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/** One loss for each position, their mean, or their sum. */
export type Reduction = 'none' | 'mean' | 'sum';

function reduced(name: string, loss: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return loss;
  if (reduction === 'mean') return mean(loss);
  if (reduction === 'sum') return sum(loss);
  throw new LanewiseError(`[${name}] the reduction must be one of none, mean, sum, got ${showValue(reduction)}`);
}
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
function sameShapes(name: string, ...tensors: readonly Tensor[]): void {
  const shapes = tensors.map((t) => nodeOf(name, t).shape.dims);
  if (!shapes.every((s) => same(s, shapes[0]!)))
    throw new ShapeError(`[${name}] the operands must have one shape, got ${showShapes(shapes)}`);
}
function weighted(name: string, loss: Tensor, weights: Tensor | null | undefined): Tensor {
  if (weights === null || weights === undefined) return loss;
  if (!same(weights.shape, loss.shape))
    throw new ShapeError(
      `[${name}] the weights must have the shape of the loss, got ${showShapes([weights.shape, loss.shape])}`,
    );
  return multiply(loss, weights);
}
/** @throws ShapeError or DTypeError unless `targets` are indices along the axis */
function checkClasses(name: string, x: Tensor, targets: Tensor, axis: number): void {
  if (
    !same(
      targets.shape,
      x.shape.filter((_, i) => i !== axis),
    )
  )
    throw new ShapeError(
      `[${name}] class indices must have the shape of the scores without the axis, got ${showShape(targets.shape)} for ${showShape(x.shape)}`,
    );
  if (!isInteger(targets.node.type))
    throw new DTypeError(`[${name}] class indices must have an integer dtype, got ${targets.dtype}`);
}
/** The elements of `x` at class indices along an axis. */
function picked(name: string, x: Tensor, targets: Tensor, axis: number): Tensor {
  const a = checkAxis(name, axis, x.ndim);
  checkClasses(name, x, targets, a);
  return squeeze(takeAlongAxis(x, expandDims(targets, a), a), a);
}

/** How `crossEntropy` works. */
export interface CrossEntropyOptions {
  /** factors of the losses, in their shape */
  readonly weights?: Tensor | null;
  /** the axis of the classes; the last by default */
  readonly axis?: number;
  /** share of the probability that is spread over all classes, in [0, 1); 0 by default */
  readonly labelSmoothing?: number;
  /** 'none' by default */
  readonly reduction?: Reduction;
}
function ofClasses(name: string, logits: Tensor, classes: Tensor, axis: number, smoothing: number): Tensor {
  checkClasses(name, logits, classes, axis);
  return crossEntropyOf(axis === logits.ndim - 1 ? logits : moveaxis(logits, axis, -1), classes, smoothing);
}
/** The score of a distribution is the mean of its logits, so that smoothing mixes in the mean of them all. */
function ofProbabilities(name: string, logits: Tensor, p: Tensor, axis: number, smoothing: number): Tensor {
  sameShapes(name, logits, p);
  const x = subtract(logits, stopGradient(max(logits, axis, true)));
  const loss = subtract(logsumexp(x, axis), multiply(sum(multiply(x, p), axis), 1 - smoothing));
  return smoothing === 0 ? loss : subtract(loss, multiply(mean(x, axis), smoothing));
}
/**
 * `logsumexp(logits) - logits[target]` along an axis. Targets are class indices, without that axis, or probabilities in the shape of the
 * logits. The mean is over all positions: to leave out padding, sum with weights and divide by their sum.
 * @throws ShapeError unless the targets have either shape, DTypeError unless indices are integers, LanewiseError for other options
 */
export const crossEntropy: (logits: Tensor, targets: Tensor, options?: CrossEntropyOptions) => Tensor =
  /* @__PURE__ */ composite(
    'nn.losses.crossEntropy',
    (logits, targets, { weights = null, axis = -1, labelSmoothing = 0, reduction = 'none' } = {}) => {
      const name = 'nn.losses.crossEntropy';
      if (!(labelSmoothing >= 0 && labelSmoothing < 1))
        throw new LanewiseError(
          `[${name}] the label smoothing must be at least 0 and below 1, got ${showValue(labelSmoothing)}`,
        );
      const a = checkAxis(name, axis, logits.ndim);
      const loss =
        targets.ndim === logits.ndim
          ? ofProbabilities(name, logits, targets, a, labelSmoothing)
          : ofClasses(name, logits, targets, a, labelSmoothing);
      return reduced(name, weighted(name, loss, weights), reduction);
    },
  );

/** `max(log(x), -100)`, with no gradient at 0 where the logarithm has none. */
function boundedLog(x: Tensor): Tensor {
  const zero = equal(x, 0);
  return where(zero, -100, maximum(log(where(zero, 1, x)), -100));
}
/**
 * `log(1 + exp(x)) - x * target` of logits, or `-target * log(x) - (1 - target) * log(1 - x)` of probabilities, logarithms not below -100.
 * @throws ShapeError unless inputs, targets and weights have one shape
 */
export const binaryCrossEntropy: (
  inputs: Tensor,
  targets: Tensor,
  weights?: Tensor | null,
  withLogits?: boolean,
  reduction?: Reduction,
) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.binaryCrossEntropy',
  (inputs, targets, weights = null, withLogits = true, reduction = 'mean') => {
    const name = 'nn.losses.binaryCrossEntropy';
    sameShapes(name, inputs, targets);
    const loss = withLogits
      ? subtract(logaddexp(inputs, 0), multiply(inputs, targets))
      : negative(
          add(multiply(targets, boundedLog(inputs)), multiply(subtract(1, targets), boundedLog(subtract(1, inputs)))),
        );
    return reduced(name, weighted(name, loss, weights), reduction);
  },
);

/** `|prediction - target|`. @throws ShapeError unless both have one shape */
export const l1Loss: (predictions: Tensor, targets: Tensor, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.l1Loss', (predictions, targets, reduction = 'mean') => {
    sameShapes('nn.losses.l1Loss', predictions, targets);
    return reduced('nn.losses.l1Loss', abs(subtract(predictions, targets)), reduction);
  });
/** `(prediction - target) ** 2`. @throws ShapeError unless both have one shape */
export const mseLoss: (predictions: Tensor, targets: Tensor, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.mseLoss', (predictions, targets, reduction = 'mean') => {
    sameShapes('nn.losses.mseLoss', predictions, targets);
    return reduced('nn.losses.mseLoss', square(subtract(predictions, targets)), reduction);
  });
/** `-x[target]` of log-probabilities along an axis. @throws ShapeError unless the indices fit, DTypeError unless they are integers */
export const nllLoss: (inputs: Tensor, targets: Tensor, axis?: number, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.nllLoss', (inputs, targets, axis = -1, reduction = 'none') =>
    reduced('nn.losses.nllLoss', negative(picked('nn.losses.nllLoss', inputs, targets, axis)), reduction),
  );
/**
 * `(log(v) + (target - x) ** 2 / v) / 2` with `v = max(vars, eps)`; with `full` also `log(2 pi) / 2`.
 * @throws ShapeError unless all have one shape
 */
export const gaussianNllLoss: (
  inputs: Tensor,
  targets: Tensor,
  vars: Tensor,
  full?: boolean,
  eps?: number,
  reduction?: Reduction,
) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.gaussianNllLoss',
  (inputs, targets, vars, full = false, eps = 1e-6, reduction = 'mean') => {
    sameShapes('nn.losses.gaussianNllLoss', inputs, targets, vars);
    const v = maximum(vars, eps);
    const half = multiply(add(log(v), divide(square(subtract(targets, inputs)), v)), 0.5);
    return reduced('nn.losses.gaussianNllLoss', full ? add(half, 0.5 * Math.log(2 * Math.PI)) : half, reduction);
  },
);
/** `sum(exp(target) * (target - x))` of log-probabilities along an axis. */
export const klDivLoss: (inputs: Tensor, targets: Tensor, axis?: number, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.klDivLoss', (inputs, targets, axis = -1, reduction = 'none') =>
    reduced('nn.losses.klDivLoss', sum(multiply(exp(targets), subtract(targets, inputs)), axis), reduction),
  );
/**
 * With `d = |prediction - target|`: `d ** 2 / (2 * beta)` below `beta`, `d - beta / 2` from there on.
 * @throws ShapeError unless both have one shape, LanewiseError unless beta is positive
 */
export const smoothL1Loss: (predictions: Tensor, targets: Tensor, beta?: number, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.smoothL1Loss', (predictions, targets, beta = 1, reduction = 'mean') => {
    const name = 'nn.losses.smoothL1Loss';
    sameShapes(name, predictions, targets);
    if (!(beta > 0)) throw new LanewiseError(`[${name}] beta must be positive, got ${showValue(beta)}`);
    const d = abs(subtract(predictions, targets));
    const loss = where(less(d, beta), divide(multiply(square(d), 0.5), beta), subtract(d, 0.5 * beta));
    return reduced(name, loss, reduction);
  });

/** How `tripletLoss` works. */
export interface TripletLossOptions {
  /** the axis of the vectors; the last by default */
  readonly axis?: number;
  /** degree of the norm; 2 by default */
  readonly p?: number;
  /** by how much negatives must be farther; 1 by default */
  readonly margin?: number;
  /** added to the sum under the root; 1e-6 by default */
  readonly eps?: number;
  /** 'none' by default */
  readonly reduction?: Reduction;
}
/** `max(|anchor - positive|_p - |anchor - negative|_p + margin, 0)`. */
export const tripletLoss: (
  anchors: Tensor,
  positives: Tensor,
  negatives: Tensor,
  options?: TripletLossOptions,
) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.tripletLoss',
  (anchors, positives, negatives, { axis = -1, p = 2, margin = 1, eps = 1e-6, reduction = 'none' } = {}) => {
    const distance = (x: Tensor): Tensor => power(add(sum(power(abs(subtract(anchors, x)), p), axis), eps), 1 / p);
    const loss = maximum(add(subtract(distance(positives), distance(negatives)), margin), 0);
    return reduced('nn.losses.tripletLoss', loss, reduction);
  },
);
/** `max(1 - x * target, 0)` of targets -1 and 1. */
export const hingeLoss: (inputs: Tensor, targets: Tensor, reduction?: Reduction) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.hingeLoss',
  (inputs, targets, reduction = 'none') =>
    reduced('nn.losses.hingeLoss', maximum(subtract(1, multiply(inputs, targets)), 0), reduction),
);
/** `d ** 2 / 2` of distances up to `delta`, `delta * (d - delta / 2)` beyond. */
export const huberLoss: (inputs: Tensor, targets: Tensor, delta?: number, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.huberLoss', (inputs, targets, delta = 1, reduction = 'none') => {
    const d = abs(subtract(inputs, targets));
    const near = minimum(d, delta);
    const loss = add(multiply(square(near), 0.5), multiply(subtract(d, near), delta));
    return reduced('nn.losses.huberLoss', loss, reduction);
  });
/** `log(cosh(x - target))` */
export const logCoshLoss: (inputs: Tensor, targets: Tensor, reduction?: Reduction) => Tensor =
  /* @__PURE__ */ composite('nn.losses.logCoshLoss', (inputs, targets, reduction = 'none') => {
    const d = subtract(inputs, targets);
    return reduced('nn.losses.logCoshLoss', subtract(logaddexp(d, negative(d)), Math.LN2), reduction);
  });

/** The Euclidean norm, with gradient 0 where it is 0. */
function norm(x: Tensor, axis: number): Tensor {
  const squares = sum(square(x), axis);
  const zero = equal(squares, 0);
  return where(zero, 0, sqrt(where(zero, 1, squares)));
}
/** `sum(x1 * x2) / max(|x1| * |x2|, eps)` along an axis. */
export const cosineSimilarityLoss: (
  x1: Tensor,
  x2: Tensor,
  axis?: number,
  eps?: number,
  reduction?: Reduction,
) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.cosineSimilarityLoss',
  (x1, x2, axis = 1, eps = 1e-8, reduction = 'none') => {
    const lengths = maximum(multiply(norm(x1, axis), norm(x2, axis)), eps);
    return reduced('nn.losses.cosineSimilarityLoss', divide(sum(multiply(x1, x2), axis), lengths), reduction);
  },
);
/** `max(-target * (x1 - x2) + margin, 0)`. @throws ShapeError unless all have one shape */
export const marginRankingLoss: (
  inputs1: Tensor,
  inputs2: Tensor,
  targets: Tensor,
  margin?: number,
  reduction?: Reduction,
) => Tensor = /* @__PURE__ */ composite(
  'nn.losses.marginRankingLoss',
  (inputs1, inputs2, targets, margin = 0, reduction = 'none') => {
    const name = 'nn.losses.marginRankingLoss';
    sameShapes(name, inputs1, inputs2, targets);
    const loss = maximum(add(multiply(negative(targets), subtract(inputs1, inputs2)), margin), 0);
    return reduced(name, loss, reduction);
  },
);
