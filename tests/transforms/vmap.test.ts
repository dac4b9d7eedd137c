import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';

const xs = lw.array([
  [1, 2, 3],
  [4, 5, 6],
]);
const w = lw.array([1, 0.5, 2]);
const dot = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => lw.sum(lw.multiply(a, b));

describe('vmap', () => {
  it('vmap › maps every argument over its first axis', () => {
    expect(lw.vmap(dot)(xs, xs).tolist()).toEqual([14, 77]);
  });
  it('vmap › null shares an argument, other axes are named one by one', () => {
    expect(lw.vmap(dot, [0, null])(xs, w).tolist()).toEqual([8, 18.5]);
    expect(lw.vmap(dot, [1, 0])(xs.T, xs).tolist()).toEqual([14, 77]);
    expect(lw.vmap(dot, [-1, 0])(xs.T, xs).tolist()).toEqual([14, 77]);
  });
  it('vmap › outAxes puts the batch elsewhere', () => {
    expect(lw.vmap((x: lw.Tensor) => lw.multiply(x, 2), 0, 1)(xs).shape).toEqual([3, 2]);
    expect(
      lw
        .vmap(
          (x: lw.Tensor) => lw.multiply(x, 2),
          0,
          -1,
        )(xs)
        .tolist(),
    ).toEqual([
      [2, 8],
      [4, 10],
      [6, 12],
    ]);
  });
  it('vmap › trees go in and come out', () => {
    const f = ({ a, b }: { a: lw.Tensor; b: lw.Tensor[] }): { s: lw.Tensor; n: number } => ({ s: dot(a, b[0]!), n: 7 });
    const { s, n } = lw.vmap(f, [{ a: 0, b: [null] }])({ a: xs, b: [w] });
    expect([s.tolist(), n]).toEqual([[8, 18.5], 7]);
  });
  it('vmap › a result that does not depend on the batch is repeated, or given once with outAxes null', () => {
    const same = (_: lw.Tensor): lw.Tensor => lw.array([1, 2]);
    expect(lw.vmap(same)(xs).tolist()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(lw.vmap(same, 0, null)(xs).tolist()).toEqual([1, 2]);
  });
  it('vmap › nested, the inner one sees examples of the outer one', () => {
    const outer = lw.vmap(
      lw.vmap((a: lw.Tensor, b: lw.Tensor) => lw.multiply(a, b), [null, 0]),
      [0, null],
    );
    expect(outer(lw.array([1, 2]), lw.array([10, 20, 30])).tolist()).toEqual([
      [10, 20, 30],
      [20, 40, 60],
    ]);
  });
  it('vmap › of a gradient gives one for each example, a gradient of vmap the sum of them', () => {
    const f = (x: lw.Tensor): lw.Tensor => lw.sum(lw.power(x, 3));
    expect(lw.vmap(lw.grad(f))(xs).tolist()).toEqual([
      [3, 12, 27],
      [48, 75, 108],
    ]);
    expect(
      lw
        .grad((x: lw.Tensor) => lw.sum(lw.vmap(f)(x)))(xs)
        .tolist(),
    ).toEqual([
      [3, 12, 27],
      [48, 75, 108],
    ]);
    const hessian = lw.vmap((v: lw.Tensor) => lw.jvp(lw.grad(f), [xs.at(0)], [v])[1][0]!);
    expect(hessian(lw.eye(3)).tolist()).toEqual([
      [6, 0, 0],
      [0, 12, 0],
      [0, 0, 18],
    ]);
  });
  it('vmap › the function runs once, whatever the size', () => {
    let calls = 0;
    const f = (x: lw.Tensor): lw.Tensor => {
      calls++;
      return lw.exp(x);
    };
    expect(
      lw
        .vmap(f)(lw.zeros([1000]))
        .sum()
        .item(),
    ).toBe(1000);
    expect(calls).toBe(1);
    expect(lw.vmap(f)(lw.zeros([0])).shape).toEqual([0]);
  });
  it('vmap › a tensor that is shared keeps its values when the function sets its own', () => {
    const x = lw.array([1, 2, 3]);
    const f = (a: lw.Tensor, v: lw.Tensor): lw.Tensor => a.set(0, v);
    expect(
      lw
        .vmap(f, [null, 0])(x, lw.array([7, 8]))
        .tolist(),
    ).toEqual([
      [7, 2, 3],
      [8, 2, 3],
    ]);
    expect(x.tolist()).toEqual([1, 2, 3]);
  });
});

describe('vmap › errors', () => {
  const id = (x: lw.Tensor): lw.Tensor => x;
  it.each([
    [lw.ShapeError, () => lw.vmap(dot)(xs, w), '[vmap] all batches must have one size, got 2 and 3'],
    [lw.AxisError, () => lw.vmap(id, 2)(xs), '[vmap] the axis must be an integer in [-2, 2), got 2'],
    [lw.AxisError, () => lw.vmap(id, 0, 3)(xs), '[vmap] the axis must be an integer in [-2, 2), got 3'],
    [lw.LanewiseError, () => lw.vmap(id, [null])(xs), '[vmap] at least one argument must have a batch axis, got none'],
    [
      lw.LanewiseError,
      () => lw.vmap(id, [0, 0])(xs),
      '[vmap] inAxes must be a number, null, or a tree of them like that of the tensors',
    ],
    [
      lw.LanewiseError,
      () => lw.vmap(id, 0, [0])(xs),
      '[vmap] outAxes must be a number, null, or a tree of them like that of the tensors',
    ],
    [
      lw.LanewiseError,
      () => lw.vmap(id, 0, null)(xs),
      '[vmap] a result that depends on the batch needs an axis for it, got null',
    ],
    [
      lw.LanewiseError,
      () => lw.vmap((x: lw.Tensor) => lw.array(x.tolist() as number[]))(xs),
      '[eval] a function that is being traced must not read values that depend on its arguments; return them, or compute outside of it',
    ],
  ])('%o %s', (type, run, message) => {
    let error: unknown;
    try {
      run();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(message);
  });
});
