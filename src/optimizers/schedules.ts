// Learning rates by step. All compute in float32, from whole steps as integer tensors.
import { add, floorDivide, less, minimum, multiply, power, subtract } from '../ops/arithmetic.js';
import { astype, cos } from '../ops/math.js';
import { full } from '../ops/creation.js';
import { where } from '../ops/select.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { number, whole } from './checks.js';
import type { Schedule } from './optimizer.js';

const single = (x: Tensor): Tensor => astype(x, 'float32');

/** `init * decayRate ** step` */
export function exponentialDecay(init: number, decayRate: number): Schedule {
  number('exponentialDecay', 'init', init);
  number('exponentialDecay', 'decayRate', decayRate);
  return (step) => multiply(power(full([], decayRate), single(step)), init);
}

/**
 * `init * decayRate ** floor(step / stepSize)`
 * @throws LanewiseError if `stepSize` is not a whole number of at least 1
 */
export function stepDecay(init: number, decayRate: number, stepSize: number): Schedule {
  number('stepDecay', 'init', init);
  number('stepDecay', 'decayRate', decayRate);
  whole('stepDecay', 'stepSize', stepSize, 1);
  return (step) => multiply(power(full([], decayRate), single(floorDivide(step, stepSize))), init);
}

/**
 * Half a cosine from `init` to `end` over `decaySteps` steps, then `end`.
 * @throws LanewiseError if `decaySteps` is not a whole number of at least 1
 */
export function cosineDecay(init: number, decaySteps: number, end = 0): Schedule {
  number('cosineDecay', 'init', init);
  whole('cosineDecay', 'decaySteps', decaySteps, 1);
  number('cosineDecay', 'end', end);
  return (step) => {
    const angle = multiply(single(minimum(step, decaySteps)), Math.PI / decaySteps);
    return add(multiply(multiply(add(cos(angle), 1), 0.5), init - end), end);
  };
}

/**
 * A line from `init` to `end` over `steps` steps, then `end`.
 * @throws LanewiseError if `steps` is not a whole number of at least 1
 */
export function linearSchedule(init: number, end: number, steps: number): Schedule {
  number('linearSchedule', 'init', init);
  number('linearSchedule', 'end', end);
  whole('linearSchedule', 'steps', steps, 1);
  return (step) => add(multiply(single(minimum(step, steps)), (end - init) / steps), init);
}

/**
 * One schedule after the other: `schedules[i + 1]` begins at step `boundaries[i]`, and counts from there.
 * @throws LanewiseError if there is not one boundary less than schedules, or a boundary is no whole number
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1)
    throw new LanewiseError(
      `[optimizers.joinSchedules] one boundary less than schedules is needed, got ${boundaries.length} for ${schedules.length}`,
    );
  for (const b of boundaries) whole('joinSchedules', 'a boundary', b, 0);
  return (step) =>
    boundaries.reduce(
      (before, b, i) => where(less(step, b), before, schedules[i + 1]!(subtract(step, b))),
      schedules[0]!(step),
    );
}
