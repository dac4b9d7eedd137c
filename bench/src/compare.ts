import { ratio } from './statistics.js';
import type { Ratio } from './statistics.js';
import type { Sample, Timed, Work } from './sampler.js';

/** What to compare, and how thoroughly. */
export interface Comparison {
  /** the work on our side; a promise where it is asynchronous */
  readonly ours: Work;
  /** the same work elsewhere */
  readonly theirs: Work;
  /** whether both give the same: called with what each returned before anything is timed */
  readonly check?: (ours: unknown, theirs: unknown) => boolean;
  /** how often each is timed, 9 by default */
  readonly rounds?: number;
  /** milliseconds of each side in a round, 50 by default */
  readonly stretch?: number;
  /** milliseconds of warming each side up, 300 by default */
  readonly warmUp?: number;
  /** how a side is timed: tinybench by default */
  readonly timer?: Timer;
}
/** Times functions. */
export interface Timer {
  readonly warmUp: (work: Work, milliseconds: number) => Promise<Timed>;
  readonly sample: (timed: Timed, milliseconds: number) => Promise<Sample>;
}
/** What was found. */
export interface Compared {
  /** milliseconds of one call in each round */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** theirs / ours by rounds: above 1 ours is faster */
  readonly ratio: Ratio;
}

/**
 * Times two functions in interleaved rounds (A B A B) in this process, so that a clock that drifts or a busy machine meets both
 * alike. Both are called and checked once before, then warmed up.
 * @throws Error if `check` finds them different, or a number of rounds or milliseconds is none
 * @example
 * const { ratio } = await compare({ ours: () => a.matmul(b).eval(), theirs: () => tf.matMul(x, y).dispose() });
 */
export async function compare(comparison: Comparison): Promise<Compared> {
  const { ours, theirs, check, rounds = 9, stretch = 50, warmUp = 300 } = comparison;
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`[compare] rounds must be a whole number above 0, got ${rounds}`);
  }
  for (const [name, value] of Object.entries({ stretch, warmUp })) {
    if (!(value > 0)) throw new Error(`[compare] ${name} must be above 0 milliseconds, got ${value}`);
  }
  const timer = comparison.timer ?? (await import('./sampler.js'));
  if (check !== undefined && !check(await ours(), await theirs())) {
    throw new Error('[compare] both sides must give the same result, but check refused what they gave');
  }
  const sides = [
    { timed: await timer.warmUp(ours, warmUp), times: [] as number[] },
    { timed: await timer.warmUp(theirs, warmUp), times: [] as number[] },
  ] as const;
  for (let round = 0; round < rounds; round++) {
    for (const { timed, times } of sides) times.push((await timer.sample(timed, stretch)).median);
  }
  const [a, b] = sides;
  return { ours: a.times, theirs: b.times, ratio: ratio(a.times, b.times) };
}
