// mlx_rs::losses: structs of options whose `apply` is a loss of the core.
import { nn, type Tensor } from '../slim.js';
import { tensorOf, wrap, type Array, type Operand } from './array.js';
import { CrossEntropyBuildError } from './build-errors.js';
import { buildable, builderOf, type Defaults, type Made } from './builder.js';

const { losses } = nn;
type Reduction = 'none' | 'sum' | 'mean';
/** What becomes of the losses of all positions. */
export class LossReduction {
  static readonly None: LossReduction = new LossReduction('none');
  static readonly Sum: LossReduction = new LossReduction('sum');
  static readonly Mean: LossReduction = new LossReduction('mean');
  private constructor(
    /** the core's name of it */
    readonly core: Reduction,
  ) {}
  /** The losses, their sum or their mean. */
  reduce(loss: Array): Array {
    return this.core === 'none' ? loss : loss[this.core]();
  }
}

/** Both sides of a loss of the arrays `A`. */
export type LossClass<A extends readonly Operand[], O extends object> = Made<[], O> &
  Defaults<O> &
  (new (required: [], options: O) => { apply(...arrays: A): Array } & Readonly<O>);
/** The class of a loss that the core computes of its arrays and of options. */
const loss =
  <A extends readonly Operand[]>() =>
  <O extends object>(
    defaults: O,
    compute: (tensors: { [K in keyof A]: Tensor }, options: O) => Tensor,
    check: (options: O) => void = () => undefined,
  ): LossClass<A, O> => {
    class Of {
      readonly #options: O;
      constructor(_: [], options: O) {
        check(options);
        this.#options = options;
        Object.assign(this, options);
      }
      apply(...arrays: A): Array {
        return wrap(compute(arrays.map(tensorOf) as { [K in keyof A]: Tensor }, this.#options));
      }
    }
    return buildable<[], O, typeof Of>(Of, defaults) as unknown as LossClass<A, O>;
  };

type Weights = { weights: Array | null };
const unweighted: Weights = { weights: null };
const mean = { reduction: LossReduction.Mean };
const none = { reduction: LossReduction.None };
type Pair = [predictions: Operand, targets: Operand];
type Inputs = [inputs: Operand, targets: Operand];

/** The argument of `weights`. */
export type CrossEntropyBuilderWeights = Array;
/** `logsumexp(logits) - logits[target]` along an axis; targets are class indices, or probabilities in the shape of the logits. */
export class CrossEntropy extends loss<[logits: Operand, targets: Operand]>()(
  { ...unweighted, axis: -1, label_smoothing: 0, ...none },
  ([logits, targets], o) =>
    losses.crossEntropy(logits, targets, {
      weights: o.weights?.tensor ?? null,
      axis: o.axis,
      labelSmoothing: o.label_smoothing,
      reduction: o.reduction.core,
    }),
  ({ label_smoothing: s }) => {
    if (s >= 0 && s < 1) return;
    throw new CrossEntropyBuildError(
      `[losses.CrossEntropy] the label smoothing must be at least 0 and below 1, got ${String(s)}`,
    );
  },
) {}
/** Makes a `CrossEntropy`. @throws CrossEntropyBuildError unless the label smoothing is at least 0 and below 1 */
export class CrossEntropyBuilder extends builderOf(CrossEntropy) {}

/** `log(1 + exp(x)) - x * target` of logits, or `-target * log(x) - (1 - target) * log(1 - x)` of probabilities. */
export class BinaryCrossEntropy extends loss<[logits: Operand, targets: Operand]>()(
  { ...unweighted, inputs_are_logits: true, ...none },
  ([logits, targets], o) =>
    losses.binaryCrossEntropy(logits, targets, o.weights?.tensor ?? null, o.inputs_are_logits, o.reduction.core),
) {}
/** Makes a `BinaryCrossEntropy`. */
export class BinaryCrossEntropyBuilder extends builderOf(BinaryCrossEntropy) {}

/** `|prediction - target|` */
export class L1Loss extends loss<Pair>()(mean, ([x, y], o) => losses.l1Loss(x, y, o.reduction.core)) {}
/** Makes an `L1Loss`. */
export class L1LossBuilder extends builderOf(L1Loss) {}

/** `(prediction - target)^2` */
export class MseLoss extends loss<Pair>()(mean, ([x, y], o) => losses.mseLoss(x, y, o.reduction.core)) {}
/** Makes an `MseLoss`. */
export class MseLossBuilder extends builderOf(MseLoss) {}

/** `-x[target]` of log-probabilities along an axis. */
export class NllLoss extends loss<Inputs>()({ axis: -1, ...none }, ([x, y], o) =>
  losses.nllLoss(x, y, o.axis, o.reduction.core),
) {}
/** Makes an `NllLoss`. */
export class NllLossBuilder extends builderOf(NllLoss) {}

/** `(log(v) + (target - x)^2 / v) / 2` with `v = max(vars, eps)`; with `full` also `log(2 pi) / 2`. */
export class GaussianNllLoss extends loss<[inputs: Operand, targets: Operand, vars: Operand]>()(
  { full: false, eps: 1e-6, ...none },
  ([x, y, vars], o) => losses.gaussianNllLoss(x, y, vars, o.full, o.eps, o.reduction.core),
) {}
/** Makes a `GaussianNllLoss`. */
export class GaussianNllLossBuilder extends builderOf(GaussianNllLoss) {}

/** `sum(exp(target) * (target - x))` of log-probabilities along an axis. */
export class KlDivLoss extends loss<Inputs>()({ axis: -1, ...none }, ([x, y], o) =>
  losses.klDivLoss(x, y, o.axis, o.reduction.core),
) {}
/** Makes a `KlDivLoss`. */
export class KlDivLossBuilder extends builderOf(KlDivLoss) {}

/** With `d = |prediction - target|`: `d^2 / (2 beta)` below `beta`, `d - beta / 2` from there on. */
export class SmoothL1Loss extends loss<Pair>()({ beta: 1, ...mean }, ([x, y], o) =>
  losses.smoothL1Loss(x, y, o.beta, o.reduction.core),
) {}
/** Makes a `SmoothL1Loss`. */
export class SmoothL1LossBuilder extends builderOf(SmoothL1Loss) {}

/** `max(|anchor - positive|_p - |anchor - negative|_p + margin, 0)` */
export class TripletLoss extends loss<[anchors: Operand, positives: Operand, negatives: Operand]>()(
  { axis: -1, p: 2, margin: 1, eps: 1e-6, ...none },
  ([anchors, positives, negatives], o) =>
    losses.tripletLoss(anchors, positives, negatives, { ...o, reduction: o.reduction.core }),
) {}
/** Makes a `TripletLoss`. */
export class TripletLossBuilder extends builderOf(TripletLoss) {}

/** `max(1 - x * target, 0)` of targets -1 and 1. */
export class HingeLoss extends loss<Inputs>()(none, ([x, y], o) => losses.hingeLoss(x, y, o.reduction.core)) {}
/** Makes a `HingeLoss`. */
export class HingeLossBuilder extends builderOf(HingeLoss) {}

/** `d^2 / 2` of distances up to `delta`, `delta * (d - delta / 2)` beyond. */
export class HuberLoss extends loss<Inputs>()({ delta: 1, ...none }, ([x, y], o) =>
  losses.huberLoss(x, y, o.delta, o.reduction.core),
) {}
/** Makes a `HuberLoss`. */
export class HuberLossBuilder extends builderOf(HuberLoss) {}

/** `log(cosh(x - target))` */
export class LogCoshLoss extends loss<Inputs>()(none, ([x, y], o) => losses.logCoshLoss(x, y, o.reduction.core)) {}
/** Makes a `LogCoshLoss`. */
export class LogCoshLossBuilder extends builderOf(LogCoshLoss) {}

/** `sum(x1 * x2) / max(|x1| * |x2|, eps)` along an axis. */
export class CosineSimilarityLoss extends loss<[x1: Operand, x2: Operand]>()(
  { axis: -1, eps: 1e-8, ...none },
  ([x1, x2], o) => losses.cosineSimilarityLoss(x1, x2, o.axis, o.eps, o.reduction.core),
) {}
/** Makes a `CosineSimilarityLoss`. */
export class CosineSimilarityLossBuilder extends builderOf(CosineSimilarityLoss) {}

/** `max(-target * (x1 - x2) + margin, 0)` */
export class MarginRankingLoss extends loss<[inputs1: Operand, inputs2: Operand, targets: Operand]>()(
  { margin: 0, ...none },
  ([x1, x2, targets], o) => losses.marginRankingLoss(x1, x2, targets, o.margin, o.reduction.core),
) {}
/** Makes a `MarginRankingLoss`. */
export class MarginRankingLossBuilder extends builderOf(MarginRankingLoss) {}
