// What is computed without a schedule: one op, a view or a compiled function's call on data.
import * as lw from 'lanewise';
import { describe, expect, test } from 'vitest';

describe('direct evaluation', () => {
  test('views › take no memory of their own, and outlive what they look into', () => {
    const x = lw.array([1, 2, 3, 4, 5, 6]).reshape([2, 3]).eval();
    const before = lw.memory.active();
    const view = x.T.at('1:').reshape([2, 2]).T.eval();
    expect(lw.memory.active()).toBe(before);
    x.dispose();
    expect(view.tolist()).toEqual([
      [2, 3],
      [5, 6],
    ]);
  });
  test('views › of what was disposed are refused', () => {
    const x = lw.array([1, 2, 3]);
    const view = x.at('1:');
    x.dispose();
    expect(() => view.eval()).toThrow(lw.DisposedError);
  });
  test('kernels › one that fails leaves its node as it was, and holds nothing', () => {
    const x = lw.array([1, 2, 3]);
    const index = lw.array([7], 'int32');
    const before = lw.memory.active();
    const picked = lw.take(x, index, 0);
    expect(() => picked.eval()).toThrow(lw.AxisError);
    expect(() => picked.eval()).toThrow(lw.AxisError);
    expect(lw.memory.active()).toBe(before);
  });
  test('calls › of several results one may be disposed before they are computed', () => {
    const both = lw.compile((x: lw.Tensor) => [x.add(1), x.mul(2)] as const);
    const x = lw.array([1, 2]);
    both(x)[0].eval();
    const before = lw.memory.active();
    const [more, twice] = both(x);
    more.dispose();
    expect(twice.tolist()).toEqual([2, 4]);
    expect(more.alive).toBe(false);
    twice.dispose();
    expect(lw.memory.active()).toBe(before);
  });
  test('calls › the only result of one may be disposed, read again, and be an argument of the next', () => {
    const next = lw.compile((x: lw.Tensor) => x.mul(2).add(1));
    next(lw.array([0, 0])).dispose();
    const a = next(lw.array([1, 2]));
    const b = next(a); // not computed yet: the call waits for another
    expect(b.tolist()).toEqual([7, 11]);
    expect(a.tolist()).toEqual([3, 5]);
    expect(b.tolist()).toEqual([7, 11]);
  });
  test('calls › know other shapes, dtypes, layouts and trees for other ones', () => {
    let traces = 0;
    const f = lw.compile((...all: readonly (lw.Tensor | number)[]) => {
      traces++;
      return all.reduce<lw.Tensor>((sum, x) => sum.add(x), lw.zeros([1]));
    });
    const x = lw.array([
      [1, 2],
      [3, 4],
    ]);
    const calls: readonly (readonly (lw.Tensor | number)[])[] = [
      [x],
      [x, x],
      [x.T],
      [x.at(0)],
      [x.astype('int32')],
      [x, 1],
      [x, 2],
      [],
    ];
    for (const args of calls) f(...args).eval();
    expect(traces).toBe(calls.length);
    for (const args of [...calls, ...[...calls].reverse()]) {
      const plain = args.reduce<lw.Tensor>((sum, y) => sum.add(y), lw.zeros([1]));
      expect(f(...args).tolist()).toEqual(plain.tolist());
    }
    expect(traces).toBe(calls.length);
  });
});
