// Options as the constructors take them.
import { LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';

const refuse = (name: string, option: string, rule: string, got: unknown): never => {
  throw new LanewiseError(`[optimizers.${name}] ${option} must be ${rule}, got ${showValue(got)}`);
};
/** A finite number. */
export const number = (name: string, option: string, x: number): number =>
  typeof x === 'number' && Number.isFinite(x) ? x : refuse(name, option, 'a finite number', x);
/** At least 0. */
export const atLeastZero = (name: string, option: string, x: number): number =>
  typeof x === 'number' && Number.isFinite(x) && x >= 0 ? x : refuse(name, option, 'at least 0', x);
/** Above 0. */
export const aboveZero = (name: string, option: string, x: number): number =>
  typeof x === 'number' && Number.isFinite(x) && x > 0 ? x : refuse(name, option, 'above 0', x);
/** A whole number of at least `least`. */
export const whole = (name: string, option: string, x: number, least: number): number =>
  Number.isSafeInteger(x) && x >= least ? x : refuse(name, option, `a whole number of at least ${least}`, x);
/** Two decay rates in [0, 1). */
export function betas(name: string, x: readonly [number, number]): readonly [number, number] {
  const valid = Array.isArray(x) && x.length === 2 && x.every((b) => typeof b === 'number' && b >= 0 && b < 1);
  if (!valid) refuse(name, 'betas', 'two numbers in [0, 1)', Array.isArray(x) ? `[${x.join(', ')}]` : x);
  return [x[0], x[1]];
}
