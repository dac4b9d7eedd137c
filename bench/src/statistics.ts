// Rounds of measurements to figures.

/** The middle of the numbers, the mean of the middle two of an even count. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) return NaN;
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The rounds within `spread` of the fastest one: the fast mode of something that has two speeds. */
export function fastMode(times: readonly number[], spread = 1.25): number[] {
  const most = Math.min(...times) * spread;
  return times.filter((t) => t <= most);
}

/** How often `ours` goes into `theirs`. */
export interface Ratio {
  /** the median over the rounds of theirs / ours: above 1 ours is faster */
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * theirs / ours by pairs of one round, so that a clock that drifts drops out.
 * @param bimodal whether only the rounds of their fast mode count
 */
export function ratio(ours: readonly number[], theirs: readonly number[], bimodal = false): Ratio {
  const limit = bimodal ? Math.max(...fastMode(theirs)) : Infinity;
  const pairs = ours.map((t, i) => [t, theirs[i] ?? NaN] as const).filter(([, t]) => t <= limit);
  const ratios = pairs.map(([a, b]) => b / a);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** The mean for ratios. */
export const geometricMean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, x) => sum + Math.log(x), 0) / numbers.length);
