import { describe, expect, it } from 'vitest';
import { ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [c, m] = [input('cube'), input('m')];
const { take, take_along_axis } = ops.indexing;
const parts = (sorted: typeof c, kth: number): (typeof c)[] => ops.split_sections(sorted, [kth], -1);
/** Both sides of a partition sorted: the sorted array, if the partition is one. */
const sides = (a: typeof c, kth: number): typeof c =>
  ops.concatenate_axis(
    parts(a, kth).map((p) => ops.sort_axis(p, -1)),
    -1,
  );
/** Positions on both sides, in the order of the values. */
const order = (a: typeof c, places: typeof c, kth: number): typeof c =>
  ops.concatenate_axis(
    parts(places, kth).map((p) => take_along_axis(p, ops.argsort_axis(take_along_axis(a, p, -1), -1), -1)),
    -1,
  );
const turned = c.swap_axes(0, 2);

describe('functions', () => {
  table({
    'ops::sort': () => ops.sort(c),
    'ops::sort_axis': () => [ops.sort_axis(c, 1), ops.sort_axis(c, -1), ops.sort_axis(m, 0)],
    'ops::argsort': () => ops.argsort(c),
    'ops::argsort_axis': () => [ops.argsort_axis(c, 1), ops.argsort_axis(m, 0)],
    'ops::partition': () => sides(ops.partition(c, 7), 7),
    'ops::partition_axis': () => [
      sides(ops.partition_axis(c, 1, 2), 1),
      sides(ops.partition_axis(c, 1, 0).swap_axes(0, 2), 1).swap_axes(0, 2),
    ],
    'ops::argpartition': () => order(c.flatten(), ops.argpartition(c, 7), 7),
    'ops::argpartition_axis': () => order(c, ops.argpartition_axis(c, 2, 2), 2),
    'ops::indexing::topk': () => ops.sort(ops.indexing.topk(c, 5)),
    'ops::indexing::topk_axis': () => ops.sort_axis(ops.indexing.topk_axis(c, 2, 2), 2),
  });
  it('ops::partition › has the element of rank kth at kth', () => {
    expect(ops.partition(c, 7).index(7).item()).toBe(ops.sort(c).index(7).item());
    expect(ops.partition_axis(turned, 2, 0).index(2).equals(ops.sort_axis(turned, 0).index(2))).toBe(true);
  });
  it('ops::argpartition › its places give the partition', () => {
    expect(take(c, ops.argpartition(c, 7)).index(7).item()).toBe(ops.sort(c).index(7).item());
  });
});
