import { describe, expect, test } from 'vitest';
import { fastMode, geometricMean, median, ratio } from '../../bench/src/statistics.js';
import { deviation } from '../../bench/src/workload.js';
import { ceiling } from '../../bench/src/ceilings.js';

describe('median', () => {
  test('median › the middle of an odd count, the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });
  test('median › leaves its input in order', () => {
    const numbers = [3, 1, 2];
    median(numbers);
    expect(numbers).toEqual([3, 1, 2]);
  });
});

describe('ratio', () => {
  test('ratio › goes by pairs, so that a clock that slows down drops out', () => {
    // the machine slows down threefold; each round they take twice our time
    expect(ratio([1, 2, 3], [2, 4, 6])).toEqual({ median: 2, least: 2, most: 2 });
  });
  test('ratio › one disturbed round does not move the median', () => {
    expect(ratio([1, 1, 1, 1, 1], [3, 3, 90, 3, 3])).toEqual({ median: 3, least: 3, most: 90 });
  });
  test('ratio › rounds that the slow side skipped do not count', () => {
    expect(ratio([1, 2, 4], [10])).toEqual({ median: 10, least: 10, most: 10 });
  });
  test('ratio › of something with two speeds the fast rounds count', () => {
    expect(ratio([1, 1, 1, 1, 1], [4, 1.1, 4, 1, 4], true).median).toBeCloseTo(1.05, 12);
    expect(ratio([1, 1, 1, 1, 1], [4, 1.1, 4, 1, 4]).median).toBe(4);
  });
});
test('fastMode › keeps the rounds within a quarter of the fastest', () => {
  expect(fastMode([10, 12, 12.5, 12.6, 30])).toEqual([10, 12, 12.5]);
});
test('geometricMean › of a ratio and its inverse is 1', () => {
  expect(geometricMean([4, 0.25])).toBeCloseTo(1, 12);
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
});

describe('deviation', () => {
  test('deviation › is relative to the largest expected magnitude', () => {
    expect(deviation([1, -10], { values: Float64Array.of(1.5, -10) })).toBeCloseTo(0.05, 12);
  });
  test('deviation › looks only at the places named', () => {
    expect(deviation([0, 7, 0, 9], { at: Int32Array.of(1, 3), values: Float64Array.of(7, 9) })).toBe(0);
  });
  test('deviation › a wrong length, a missing element and NaN are infinitely far', () => {
    expect(deviation([1, 2], { values: Float64Array.of(1) })).toBe(Infinity);
    expect(deviation([1], { at: Int32Array.of(3), values: Float64Array.of(1) })).toBe(Infinity);
    expect(deviation([NaN, 2], { values: Float64Array.of(1, 2) })).toBe(Infinity);
    expect(deviation([1, NaN], { values: Float64Array.of(5, 2) })).toBe(Infinity);
  });
});

test('ceiling › the loops are valid and count what they do', () => {
  // far outside of any machine: a loop that was skipped, or one that ran interpreted
  for (const of of ['flops', 'bytes'] as const) {
    const { plain } = ceiling(of, 5);
    expect(plain).toBeGreaterThan(0.01);
    expect(plain).toBeLessThan(10_000);
  }
});
