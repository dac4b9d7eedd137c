import { describe, expect, it } from 'vitest';
import { Array, array, Dtype, ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const { indexing } = ops;
const { Ellipsis, NewAxis, range, range_from, range_full, range_inclusive, range_to, range_to_inclusive } = indexing;
const [x, c, rows, weights] = [input('x'), input('cube'), input('rows'), input('norm_w')];
const ints = (...of: number[]): Array => array(of, Dtype.Int32);
const twoByTwo = Array.from_slice([3, 0, 1, 2], [2, 2], Dtype.Int32);
const all = range_full();
const changed = (f: (a: Array) => void): Array => {
  const a = c.clone();
  f(a);
  return a;
};

describe('functions', () => {
  table({
    'ops::indexing::take': () => [indexing.take(c, ints(0, 7, 23)), indexing.take(x, rows)],
    'ops::indexing::take_axis': () => [indexing.take_axis(c, rows, 0), indexing.take_axis(c, twoByTwo, -1)],
    'ops::indexing::take_along_axis': () => [
      indexing.take_along_axis(c, ops.argsort_axis(c, 1), 1),
      indexing.take_along_axis(x, ints(5, 0)),
    ],
    'ops::indexing::put_along_axis': () => [
      indexing.put_along_axis(x, ints(2, 0).reshape([2, 1]), 7, 1),
      indexing.put_along_axis(x, ints(5, 0), array([9, 8])),
    ],
  });
});

describe('methods', () => {
  table({
    'Array::take': () => [c.take(ints(0, 7, 23)), x.take(rows)],
    'Array::take_axis': () => [c.take_axis(rows, 0), c.take_axis(twoByTwo, -1)],
    'Array::take_along_axis': () => [c.take_along_axis(ops.argsort_axis(c, 1), 1), x.take_along_axis(ints(5, 0))],
    'Array::put_along_axis': () => [
      x.put_along_axis(ints(2, 0).reshape([2, 1]), 7, 1),
      x.put_along_axis(ints(5, 0), array([9, 8])),
    ],
    'ops::indexing::IndexOp::index': () => [
      ...[c.index(1), c.index(-1), c.index([all, range_from(1)]), c.index([0, range_to(2), range(1, 3)])],
      ...[c.index([Ellipsis, 0]), c.index([NewAxis, 1]), c.index([all, all, all.stride_by(2)])],
      ...[c.index([all, 0, all.stride_by(-1)]), c.index(rows), c.index([rows, range_from(1), 0])],
      ...[c.index([0, rows]), c.index([all, range(2, 100)]), c.index([all, range_from(-2)]), c.index([1, Ellipsis])],
      ...[c.index([rows, ints(0, 2, 1), range_to(2)]), c.index([all, all, range(0, 0)])],
    ],
    'ops::indexing::IntoStrideBy::stride_by': () => [
      c.index([all, all, range(1, 4).stride_by(2)]),
      c.index([all, all.stride_by(-1)]),
      c.index([all, all, range(3, 0).stride_by(-2)]),
    ],
    'ops::indexing::RangeIndex': () => [
      ...[range(1, 3), range_from(1), range_to(3), range_inclusive(1, 3), range_to_inclusive(2)].map((r) =>
        c.index([0, all, r]),
      ),
      c.index([0, all, all]),
      c.index([0, all, range_to_inclusive(-1)]),
    ],
    'ops::indexing::IndexMutOp::index_mut': () => [
      changed((a) => a.index_mut([0, 1], array(100))),
      changed((a) => a.index_mut([1, all, range_from(2)], 0.5)),
      changed((a) => a.index_mut(rows, ops.zeros([3, 4]))),
      changed((a) => a.index_mut([Ellipsis, all.stride_by(2)], weights.index(range_to(2)))),
      c,
    ],
  });
});

describe('rules', () => {
  it('ops::indexing::IndexMutOp::index_mut › clones keep the old values', () => {
    const a = array([1, 2, 3]);
    const before = a.clone();
    a.index_mut(0, 9);
    const between = a.clone();
    a.index_mut(1, 8);
    expect([a, between, before].map((v) => [...v.as_slice()])).toEqual([
      [9, 8, 3],
      [9, 2, 3],
      [1, 2, 3],
    ]);
  });
  it('ops::indexing::IndexMutOp::index_mut › a view made before keeps the old values', () => {
    const a = ops.arange(null, 6).reshape([2, 3]);
    const [row, turned] = [a.index(0), a.t()];
    a.index_mut([0, 0], 7);
    expect([row.index(0).item(), turned.index([0, 0]).item(), a.index([0, 0]).item()]).toEqual([0, 0, 7]);
  });
  it('ops::indexing::RangeIndex › ..=-1 and 1..=-1 are empty', () => {
    expect(c.index([0, 0, range_to_inclusive(-1)]).shape()).toEqual([0]);
    expect(c.index([0, 0, range_inclusive(1, -1)]).shape()).toEqual([0]);
  });
  it('ops::indexing::StrideBy › keeps start, stop and stride', () => {
    const s = range(1, 7).stride_by(3);
    expect(s).toBeInstanceOf(indexing.StrideBy);
    expect([s.start, s.stop, s.stride]).toEqual([1, 7, 3]);
  });
  it('ops::indexing::NewAxis › adds an axis of size 1', () => {
    expect(x.index([all, NewAxis]).shape()).toEqual([2, 1, 3]);
    expect(String(NewAxis)).toBe('NewAxis');
  });
  it('ops::indexing::Ellipsis › stands for all axes that are left, also for none', () => {
    expect(c.index([0, Ellipsis, 1]).shape()).toEqual([3]);
    expect(c.index([0, Ellipsis, 1, 2]).shape()).toEqual([]);
    expect(c.index(Ellipsis).equals(c)).toBe(true);
    expect(String(Ellipsis)).toBe('Ellipsis');
  });
  it('ops::indexing::ArrayIndexOp › takes integers, ranges, NewAxis, Ellipsis and arrays, nothing else', () => {
    expect(() => c.index(null as never)).toThrow(
      '[index] an index must be an integer, a range, NewAxis, Ellipsis or an Array, got null',
    );
  });
});
