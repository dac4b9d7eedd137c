// What is thrown when layers, losses and optimizers are made of values that do not do.
import { LanewiseError } from '../slim.js';

/** A label smoothing outside [0, 1). */
export class CrossEntropyBuildError extends LanewiseError {
  override name = 'CrossEntropyBuildError';
}
/** A negative alpha or epsilon. */
export class RmsPropBuildError extends LanewiseError {
  override name = 'RmsPropBuildError';
}
/** A negative rho or epsilon. */
export class AdaDeltaBuildError extends LanewiseError {
  override name = 'AdaDeltaBuildError';
}
/** No learning rate without relative steps. */
export class AdafactorBuildError extends LanewiseError {
  override name = 'AdafactorBuildError';
}
/** A probability outside [0, 1). */
export class DropoutBuildError extends LanewiseError {
  override name = 'DropoutBuildError';
}
/** Heads that do not divide the features. */
export class MultiHeadAttentionBuildError extends LanewiseError {
  override name = 'MultiHeadAttentionBuildError';
}
/** Heads that do not divide the features, or a probability outside [0, 1). The name is mlx-rs's. */
export class TransformerBulidError extends LanewiseError {
  override name = 'TransformerBulidError';
}
/** Names of an optimizer's state that fit no state. */
export class UnflattenError extends LanewiseError {
  override name = 'UnflattenError';
}
/** A file that holds no state of the optimizer. */
export class OptimizerStateLoadError extends LanewiseError {
  override name = 'OptimizerStateLoadError';
}

/** What `make` gives; what it throws, as an error of the given class with the same message. */
export function rethrown<T>(as: new (message: string, options?: ErrorOptions) => LanewiseError, make: () => T): T {
  try {
    return make();
  } catch (e) {
    if (e instanceof LanewiseError) throw new as(e.message, { cause: e });
    throw e;
  }
}
