import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as lw from '../../src/index.js';

const bitsOf = (t: lw.Tensor): unknown[] => [t.dtype, t.shape, ...t.toTypedArray()];
const rows = (b: number, n = 3): lw.Tensor =>
  lw
    .arange(b * n)
    .reshape([b, n])
    .astype('float32')
    .mul(0.1);

describe.each(['reference', 'wasm'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  const w = lw.arange(12).reshape([3, 4]).astype('float32').sub(5);
  const functions: Record<string, (x: lw.Tensor) => lw.Tensor> = {
    elementwise: (x) =>
      x
        .mul(2)
        .add(lw.array([1, 2, 3]))
        .tanh(),
    reductions: (x) => x.sum(0).add(x.max(0)).sub(x.mean(0)).div(x.std(0).add(1)),
    'a mean over all': (x) => x.mean(),
    products: (x) => x.matmul(w).softmax(-1).matmul(w.T),
    views: (x) => x.T.reshape([-1]).reshape([3, -1]).T.at(lw.slice(1, null)),
    'a last row': (x) => x.at(-1),
    'reversed steps': (x) =>
      x
        .reshape([x.shape[0]!, 3, 1])
        .mul(x.reshape([x.shape[0]!, 1, 3]))
        .flatten(),
    'rows numbered': (x) => x.mul(lw.arange(x.shape[0]!).reshape([-1, 1])),
    'created by shape': (x) => x.sub(lw.full(x.shape, 0.5)).add(lw.random.uniform(0, 1, x.shape)),
    joined: (x) =>
      lw
        .concatenate([x, x.mul(2), lw.zeros([2, 3])])
        .cumsum(0)
        .sort(1),
    gathered: (x) => x.take(lw.array([1, 0], 'int32'), 0).add(lw.addAt(x, [0], 5).sum()),
    gradient: (x) => lw.grad((t: lw.Tensor) => t.matmul(w).square().mean())(x),
    checkpointed: (x) => lw.grad((t: lw.Tensor) => lw.checkpoint((u: lw.Tensor) => u.sin().matmul(w).mean())(t))(x),
    norms: (x) => lw.fast.rmsNorm(x, lw.ones([3]), 1e-5),
  };
  test.each(Object.entries(functions))('shapeless › %s: three traces for all sizes, bit for bit', (_name, fn) => {
    let runs = 0;
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const c = lw.compile(
      (x: lw.Tensor) => {
        runs++;
        return fn(x);
      },
      { shapeless: true },
    );
    for (const b of [5, 7, 2, 37, 5, 12, 64, 41]) {
      lw.random.seed(b);
      const want = bitsOf(fn(rows(b)));
      lw.random.seed(b);
      expect(bitsOf(c(rows(b)))).toEqual(want);
    }
    expect(runs).toBe(3);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('shapeless › several sizes, equal ones that part, state, and results that name a size', () => {
    let runs = 0;
    const total = { n: lw.array(0) };
    const c = lw.compile(
      (x: lw.Tensor, y: lw.Tensor) => {
        runs++;
        total.n = total.n.add(x.sum());
        return { z: x.matmul(y).reshape([-1]).mean(), rows: x.shape[0]!, both: x.shape[0]! * y.shape[1]! };
      },
      { inputs: total, shapeless: true },
    );
    let sum = 0;
    const call = (a: number, b: number, k: number): void => {
      const [x, y] = [lw.ones([a, k]), lw.ones([k, b])];
      const r = c(x, y);
      sum += a * k;
      expect([r.z.item(), r.rows, r.both, total.n.item()]).toEqual([k, a, a * b, sum]);
    };
    call(4, 4, 6);
    expect(runs).toBe(1);
    call(5, 5, 6); // both sizes change alike
    call(9, 9, 6);
    expect(runs).toBe(3);
    call(8, 3, 6); // and now they do not
    call(2, 11, 6);
    expect(runs).toBe(5);
    call(2, 11, 7);
    call(13, 5, 2);
    expect(runs).toBe(7);
    call(1, 5, 2); // size 1 may broadcast: on its own
    expect(runs).toBe(8);
  });

  test('shapeless › what depends on the sizes otherwise is refused', () => {
    const refused = (fn: (x: lw.Tensor) => unknown): (() => unknown) => {
      const c = lw.compile(fn, { shapeless: true });
      c(rows(4));
      return () => c(rows(6));
    };
    expect(refused((x) => x.mul(Math.log(x.shape[0]!)))).toThrow(
      /^\[compile\] with shapeless '.*' must take no number from the shapes but sizes, their products and multiples, got one that is 1\.38.* here and 3\.6.* there$/,
    );
    expect(refused((x) => (x.shape[0]! > 5 ? x.exp() : x.sin()))).toThrow(
      /^\[compile\] with shapeless the function must record the same ops for all shapes/,
    );
    expect(refused((x) => x.mul(x.shape[0]! ** 2 - 1))).toThrow(lw.LanewiseError);
    expect(refused((x) => (x.shape[0]! === 6 ? x.exp() : x.sin()))).toThrow(lw.LanewiseError);
    expect(refused((x) => (x.shape[0]! > 5 ? [x.exp()] : x.exp()))).toThrow(lw.LanewiseError);
  });
});
