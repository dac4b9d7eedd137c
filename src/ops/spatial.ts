// Arguments that have one entry per spatial axis.
import { ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';

/** One integer for all spatial axes, or one for each. */
export type Spatial = number | readonly number[];
/** Most positions of an axis with its padding and dilation: kernels add two of them in signed 32 bits. */
export const MAX_SPAN = 2 ** 30;

/** One integer per spatial axis. `least`: the smallest allowed. */
export function perAxis(
  name: string,
  what: string,
  value: Spatial,
  rank: number,
  least: number,
  spread = false,
): number[] {
  const list = typeof value === 'number' ? Array.from({ length: rank }, () => value) : value;
  const full = Array.isArray(list) && spread && list.length === 1 ? Array<number>(rank).fill(list[0] as number) : list;
  const good = (v: unknown): boolean =>
    Number.isInteger(v) && (v as number) >= least && Math.abs(v as number) <= MAX_SPAN;
  if (!Array.isArray(full) || full.length !== rank || !full.every(good)) {
    const kind = least > -Infinity ? `an integer of ${least} to ${MAX_SPAN}` : `an integer of at most ${MAX_SPAN}`;
    const rule = rank === 1 ? kind : `${kind}, or one for each of ${rank} axes`;
    const got = Array.isArray(value) ? showShape(value) : String(value);
    throw new ShapeError(`[${name}] the ${what} must be ${rule}, got ${got}`);
  }
  return full as number[];
}
