// Whether a device computes what it should: known values through the public surface, family by family.
import { tidy, withDevice, type SelfCheck } from '../../slim.js';
import type { Case } from './cases.js';
import { families } from './known-values.js';

/** float32 sums of up to 1,500 terms in any order, and functions to a few units in the last place */
export const LIMIT = 2e-5;

/** Largest difference to what is wanted, relative to the largest wanted value; infinite where a value is missing or NaN. */
export function errorOf(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Infinity;
  const scale = Math.max(...Array.from(want, Math.abs));
  const errors = Array.from(want, (w, i) => Math.abs(got[i]! - w) / scale);
  return errors.some(Number.isNaN) ? Infinity : Math.max(...errors);
}
function check(family: string, cases: readonly Case[]): SelfCheck {
  let [error, milliseconds] = [0, 0];
  let reason: string | null = null;
  for (const { what, got, want } of cases) {
    const start = performance.now();
    let values: ArrayLike<number> = [];
    try {
      values = tidy(got).toTypedArray() as Float32Array;
    } catch (e) {
      reason ??= `${what}: ${(e as Error).message}`;
    }
    milliseconds += performance.now() - start;
    const e = errorOf(values, want);
    error = Math.max(error, e);
    if (!(e <= LIMIT)) reason ??= `${what} is wrong by ${e.toExponential(1)}, ${LIMIT} is allowed`;
  }
  return { family, error, milliseconds, reason };
}
/**
 * Runs every family on known values on the device of that name. The time is that of the calls alone, first uses included.
 * @throws BackendError if there is no such device, or it is not usable
 */
export const selfCheck = (device: string): SelfCheck[] =>
  withDevice(device, () => Object.entries(families).map(([family, cases]) => check(family, cases())));
