import { describe, expect, test } from 'vitest';
import { compare } from '../../bench/src/compare.js';
import type { Timer } from '../../bench/src/compare.js';
import type { Work } from '../../bench/src/sampler.js';
import { warmUp } from '../../bench/src/sampler.js';

/** A timer whose clock is a list: what each call of `sample` says, and in which order it was asked. */
function scripted(times: ReadonlyMap<Work, readonly number[]>, order: Work[] = []): Timer {
  const left = new Map([...times].map(([work, list]) => [work, [...list]]));
  return {
    warmUp: async (work) => ({ work, awaits: false, each: 1, calls: 1 }),
    sample: async ({ work }) => {
      order.push(work);
      const next = left.get(work)!.shift()!;
      return { median: next, least: next, count: 1 };
    },
  };
}
const ours: Work = () => 'a';
const theirs: Work = () => 'b';

describe('compare', () => {
  test('compare › rounds are interleaved and the ratio goes by rounds', async () => {
    const order: Work[] = [];
    const times = new Map([
      [ours, [1, 2, 4]],
      [theirs, [3, 6, 4]],
    ]);
    const result = await compare({ ours, theirs, rounds: 3, timer: scripted(times, order) });
    expect(order).toEqual([ours, theirs, ours, theirs, ours, theirs]);
    expect(result).toEqual({ ours: [1, 2, 4], theirs: [3, 6, 4], ratio: { median: 3, least: 1, most: 3 } });
  });
  test('compare › a check that refuses ends it before anything is timed', async () => {
    const order: Work[] = [];
    const timer = scripted(new Map(), order);
    await expect(compare({ ours, theirs, check: (a, b) => a === b, timer })).rejects.toThrow(
      '[compare] both sides must give the same result',
    );
    expect(order).toEqual([]);
  });
  test('compare › the check sees what promises bring', async () => {
    const times = new Map<Work, readonly number[]>();
    const a: Work = async () => 5;
    const b: Work = () => 5;
    times.set(a, [1]).set(b, [2]);
    const { ratio } = await compare({
      ours: a,
      theirs: b,
      check: (x, y) => x === y,
      rounds: 1,
      timer: scripted(times),
    });
    expect(ratio.median).toBe(2);
  });
  test('compare › refuses counts and times that are none', async () => {
    await expect(compare({ ours, theirs, rounds: 0 })).rejects.toThrow(
      '[compare] rounds must be a whole number above 0, got 0',
    );
    await expect(compare({ ours, theirs, stretch: -1 })).rejects.toThrow(
      '[compare] stretch must be above 0 milliseconds, got -1',
    );
  });
});

describe('warmUp', () => {
  test('warmUp › calls short work many times between two looks at the clock, long work once', async () => {
    const short = await warmUp(() => 1, 5);
    expect(short.calls).toBeGreaterThan(100);
    const long = await warmUp(() => {
      const end = performance.now() + 4;
      while (performance.now() < end);
    }, 5);
    expect(long.calls).toBe(1);
    expect(long.each).toBeGreaterThanOrEqual(4);
  });
  test('warmUp › repeats work of some length until its code has settled, and very long work only once', async () => {
    const lasting = (milliseconds: number): { runs: number; work: Work } => {
      const it = {
        runs: 0,
        work: (): void => {
          it.runs++;
          const end = performance.now() + milliseconds;
          while (performance.now() < end);
        },
      };
      return it;
    };
    const some = lasting(4);
    await warmUp(some.work, 10);
    expect(some.runs).toBeGreaterThanOrEqual(11);
    const long = lasting(50);
    await warmUp(long.work, 5);
    expect(long.runs).toBe(2);
  });
  test('warmUp › finds out whether work is asynchronous', async () => {
    expect((await warmUp(async () => 1, 1)).awaits).toBe(true);
    expect((await warmUp(() => 1, 1)).awaits).toBe(false);
  });
});
