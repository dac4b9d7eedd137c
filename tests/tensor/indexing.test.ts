import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { counting, devices, fixture, indexOf, seen, type Expected, type Part } from './support.js';

interface Case {
  readonly shape: number[];
  readonly index: Part[];
  readonly at: Expected;
  readonly set: Expected;
}
const cases = fixture<Case>('indexing.json');

describe.each(devices)('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test.each([true, false])('at › gives what NumPy gives, index lists as plain arrays: %s', (plain) => {
    for (const c of cases) {
      const y = counting(c.shape).at(...c.index.map((p) => indexOf(p, plain)));
      expect(seen(y), JSON.stringify([c.shape, c.index])).toEqual(c.at);
    }
  });

  test('at › of a view gives what NumPy gives', () => {
    for (const c of cases) {
      const reversed = [...c.shape].reverse();
      const axes = c.shape.map((_, i) => c.shape.length - 1 - i);
      // the same elements behind transposed strides and an offset
      const padded = lw.concatenate([
        lw.zeros([1, ...reversed], 'int32'),
        counting(c.shape).transpose(axes).expandDims(0),
      ]);
      const x = padded.at(1).transpose(axes);
      const y = x.at(...c.index.map((p) => indexOf(p, false)));
      expect(seen(y), JSON.stringify([c.shape, c.index])).toEqual(c.at);
    }
  });

  test.each(['owned', 'shared', 'view'])('set › gives what NumPy gives, memory %s', (kind) => {
    for (const c of cases) {
      const base = counting(c.shape);
      const axes = c.shape.map((_, i) => c.shape.length - 1 - i);
      let x = base;
      if (kind === 'owned') x = base.add(0).eval();
      if (kind === 'view') x = base.transpose(axes).add(0).eval().transpose(axes);
      const before = kind === 'shared' ? x.reshape([-1]) : null;
      const value = counting(c.set.shape).add(1).neg();
      x.set(
        c.index.map((p) => indexOf(p, true)),
        value,
      );
      expect(seen(x), JSON.stringify([c.shape, c.index, c.set.shape])).toEqual({
        shape: c.shape,
        values: c.set.values,
      });
      if (before !== null) expect(seen(before).values).toEqual([...Array(before.size).keys()]);
    }
  });

  test('at › takes text', () => {
    const x = counting([4, 5]);
    const same = (text: string, ...list: lw.Index[]): void =>
      expect(x.at(text).tolist()).toEqual(x.at(...list).tolist());
    same('1', 1);
    same(' -1 , 2 ', -1, 2);
    same('1:', lw.slice(1, null));
    same(':2', lw.slice(2));
    same('..., 1::2', '...', lw.slice(1, null, 2));
    same('::-1, None, 0', lw.slice(null, null, -1), null, 0);
    same('newaxis, ...', null);
    same('null,-2:', null, lw.slice(-2, null));
    same(':,+1', ':', 1);
    expect(x.at('1:3', ':', null).shape).toEqual([2, 5, 1]);
    expect(x.at().shape).toEqual([4, 5]);
  });

  test('at › nested bool arrays select, also over several axes', () => {
    const x = counting([2, 3]);
    expect(x.at([true, false]).tolist()).toEqual([[0, 1, 2]]);
    expect(
      x
        .at([
          [true, false, true],
          [false, true, false],
        ] as never)
        .tolist(),
    ).toEqual([0, 2, 4]);
    expect(x.at([]).shape).toEqual([0, 3]);
    expect(x.at(lw.zeros([2], 'bool')).shape).toEqual([0, 3]);
  });

  test('at › unsigned and small integer tensors index', () => {
    const x = counting([300]);
    for (const dtype of ['uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64'] as const) {
      expect(x.at(lw.array([3, 100], dtype)).tolist()).toEqual([3, 100]);
    }
    expect(x.at(lw.array([-1, -300], 'int64')).tolist()).toEqual([299, 0]);
  });

  test('at › an index tensor out of bounds is found when the result is computed', () => {
    const x = counting([3, 4]);
    for (const bad of [3, -4, 100]) {
      const y = x.at(lw.array([0, bad], 'int32'));
      expect(() => y.eval()).toThrow(lw.AxisError);
      expect(() => y.eval()).toThrow(`index ${bad} is out of bounds for axis 0 with size 3`);
    }
    expect(x.at(lw.array([0], 'int32')).tolist()).toEqual([[0, 1, 2, 3]]);
  });

  test('set › values are cast to the dtype of the tensor', () => {
    const x = lw.zeros([4], 'uint8');
    x.set(0, 2.75);
    x.set(1, lw.array([-1], 'int32'));
    x.set(2, true);
    x.set(3, 7n);
    expect(x.dtype).toBe('uint8');
    expect(x.tolist()).toEqual([2, 255, 1, 7]);
    const f = lw.zeros([3], 'float16');
    f.set(':2', lw.array([1 / 3, 70000]));
    expect(f.tolist()).toEqual([0.333251953125, Infinity, 0]);
    const c = lw.zeros([2], 'complex64');
    c.set(0, 3);
    c.set(1, { re: 1, im: -2 });
    expect(c.tolist()).toEqual([
      { re: 3, im: 0 },
      { re: 1, im: -2 },
    ]);
    const b = lw.zeros([2], 'bool');
    b.set(1, 5);
    expect(b.tolist()).toEqual([false, true]);
    const i = lw.zeros([1], 'int32');
    i.set(0, { re: 4, im: 9 });
    expect(i.tolist()).toEqual([4]);
  });

  test('addAt and its kin › count every index, also repeated ones', () => {
    for (const c of cases) {
      const x = counting(c.shape);
      const index = c.index.map((p) => indexOf(p, true));
      // where each value lands: `at` of the positions themselves
      const places = seen(x.at(...index)).values;
      const want = (f: (old: number, k: number) => number): number[] => {
        const out = Array.from({ length: x.size }, (_, i) => i);
        places.forEach((at, k) => (out[at] = f(out[at]!, k)));
        return out;
      };
      const value = counting(c.at.shape);
      const check = (y: lw.Tensor, f: (old: number, k: number) => number): void =>
        expect(seen(y).values, JSON.stringify([c.shape, c.index])).toEqual(want(f));
      check(x.addAt(index, value), (old, k) => old + k);
      check(x.subtractAt(index, value), (old, k) => old - k);
      check(x.multiplyAt(index, 2), (old) => old * 2);
      check(x.maximumAt(index, value.mul(3)), (old, k) => Math.max(old, 3 * k));
      check(x.minimumAt(index, value), (old, k) => Math.min(old, k));
      expect(seen(x).values).toEqual(Array.from({ length: x.size }, (_, i) => i));
    }
  });

  test('set › the last of repeated indices wins', () => {
    const x = lw.zeros([3]);
    x.set([[0, 0, 2, 0]], lw.array([1, 2, 3, 4]));
    expect(x.tolist()).toEqual([4, 0, 3]);
  });

  test('set › does not change what was made from the tensor before', () => {
    const x = counting([6], 'float32');
    const view = x.at('1:4');
    const sum = x.add(0);
    const twice = x.mul(2);
    sum.eval();
    x.set(':', 9);
    x.set(2, -1);
    expect(view.tolist()).toEqual([1, 2, 3]);
    expect(sum.tolist()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(twice.tolist()).toEqual([0, 2, 4, 6, 8, 10]);
    expect(x.tolist()).toEqual([9, 9, -1, 9, 9, 9]);
  });

  test('set › a view that is set leaves its base', () => {
    const x = counting([2, 3], 'float32');
    const row = x.at(0);
    const copy = lw.array(x);
    row.set(1, 100);
    copy.set('...', 5);
    expect(row.tolist()).toEqual([0, 100, 2]);
    expect(x.tolist()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(copy.tolist()).toEqual([
      [5, 5, 5],
      [5, 5, 5],
    ]);
    const zeros = lw.zeros([3]);
    zeros.set(1, 1);
    expect(zeros.tolist()).toEqual([0, 1, 0]);
    expect(lw.zeros([3]).tolist()).toEqual([0, 0, 0]);
  });

  test('set › a value may be part of the tensor itself', () => {
    const x = counting([5], 'float32');
    x.set('1:', x.at(':-1'));
    expect(x.tolist()).toEqual([0, 0, 1, 2, 3]);
    x.set('::-1', x);
    expect(x.tolist()).toEqual([3, 2, 1, 0, 0]);
    x.set([[0, 1]], x.at([1, 0]));
    expect(x.tolist()).toEqual([2, 3, 1, 0, 0]);
  });

  test('set › an index out of bounds leaves the tensor as it can be read before', () => {
    const x = counting([4], 'float32').add(0).eval();
    const y = counting([4], 'float32').add(0).eval();
    y.set(lw.array([1, 9], 'int32'), 5);
    expect(() => y.eval()).toThrow(lw.AxisError);
    expect(() => y.tolist()).toThrow('index 9 is out of bounds for axis 0 with size 4');
    expect(x.tolist()).toEqual([0, 1, 2, 3]);
  });

  test('set › in a row keeps the memory; what else holds the old values makes it copy', () => {
    const address = (t: lw.Tensor): number => t.eval().node.at;
    const x = counting([1000], 'float32').add(0).eval();
    const first = address(x);
    for (let i = 0; i < 5; i++) {
      x.set(i, -1);
      expect(address(x)).toBe(first);
    }
    lw.tidy(() => {
      x.set('5:7', -1);
      x.set(lw.array([7, 8], 'int32'), -1);
    });
    expect(address(x)).toBe(first);
    const view = x.at('2:4');
    x.set(3, 4);
    expect(address(x)).not.toBe(first);
    expect(view.tolist()).toEqual([-1, -1]);
    expect(x.at(':10').tolist()).toEqual([-1, -1, -1, 4, -1, -1, -1, -1, -1, 9]);
  });
});
