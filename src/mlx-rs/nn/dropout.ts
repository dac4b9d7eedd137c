// Layers that zero at random while they train.
import { nn as core } from '../../slim.js';
import { builderOf } from '../builder.js';
import { DropoutBuildError, rethrown } from '../build-errors.js';
import { unary } from '../layer.js';

/** Zeroes elements with probability `p` and scales the others by `1 / (1 - p)`; `training_mode(false)` turns it off. */
export class Dropout extends unary<[]>()(
  { p: 0.5 },
  (_, { p }) => rethrown(DropoutBuildError, () => new core.Dropout(p)),
  {},
) {
  static readonly DEFAULT_TRAINING = true;
}
/** Makes a `Dropout`. @throws DropoutBuildError unless 0 <= p < 1 */
export class DropoutBuilder extends builderOf(Dropout) {}
/** `Dropout` of whole channels of (N, H, W, C) or (H, W, C). */
export class Dropout2d extends unary<[]>()(
  { p: 0.5 },
  (_, { p }) => rethrown(DropoutBuildError, () => new core.Dropout2d(p)),
  {},
) {
  static readonly DEFAULT_TRAINING = true;
}
/** Makes a `Dropout2d`. @throws DropoutBuildError unless 0 <= p < 1 */
export class Dropout2dBuilder extends builderOf(Dropout2d) {}
/** `Dropout` of whole channels of (N, D, H, W, C) or (D, H, W, C). */
export class Dropout3d extends unary<[]>()(
  { p: 0.5 },
  (_, { p }) => rethrown(DropoutBuildError, () => new core.Dropout3d(p)),
  {},
) {
  static readonly DEFAULT_TRAINING = true;
}
/** Makes a `Dropout3d`. @throws DropoutBuildError unless 0 <= p < 1 */
export class Dropout3dBuilder extends builderOf(Dropout3d) {}
