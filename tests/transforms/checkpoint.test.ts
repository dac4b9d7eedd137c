import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { rebind } from '../../src/tensor/tensor.js';

const bitsOf = (t: lw.Tensor): unknown[] => [t.dtype, t.shape, ...t.toTypedArray()];
const f64 = (...values: number[]): lw.Tensor => lw.array(values, 'float64');

describe.each(['reference', 'wasm'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test('checkpoint › values and gradients of any order are those without, bit for bit', () => {
    const f = (x: lw.Tensor): lw.Tensor => x.sin().mul(x).exp().sum();
    const c = lw.checkpoint(f);
    const x = f64(0.3, -0.7, 1.2);
    expect(bitsOf(c(x))).toEqual(bitsOf(f(x)));
    const total = (g: (t: lw.Tensor) => lw.Tensor) => (t: lw.Tensor) => g(t).sum();
    const [d, e] = [lw.grad(f), lw.grad(c)];
    expect(bitsOf(e(x))).toEqual(bitsOf(d(x)));
    const [d2, e2] = [lw.grad(total(d)), lw.grad(total(e))];
    expect(bitsOf(e2(x))).toEqual(bitsOf(d2(x)));
    expect(bitsOf(lw.grad(total(e2))(x))).toEqual(bitsOf(lw.grad(total(d2))(x)));
    expect(bitsOf(lw.jvp(c, [x], [x])[1][0]!)).toEqual(bitsOf(lw.jvp(f, [x], [x])[1][0]!));
    expect(bitsOf(lw.compile(e)(x))).toEqual(bitsOf(d(x)));
    expect(bitsOf(lw.grad(lw.compile(c))(x))).toEqual(bitsOf(d(x)));
    expect(bitsOf(lw.grad(lw.checkpoint(lw.compile(c)))(x))).toEqual(bitsOf(d(x)));
    expect(bitsOf(lw.grad(lw.checkpoint((t: lw.Tensor) => c(t.mul(2)).add(c(t))))(x))).toEqual(
      bitsOf(lw.grad((t: lw.Tensor) => f(t.mul(2)).add(f(t)))(x)),
    );
    // d/dx of x exp(x), by hand
    expect(
      lw
        .grad(lw.checkpoint((t: lw.Tensor) => t.mul(t.exp()).sum()))(f64(0, 1))
        .tolist(),
    ).toEqual([1, 2 * (lw.exp(lw.array(1, 'float64')).item() as number)]);
  });

  test('checkpoint › trees, several results, integers, plain values, and arguments given back', () => {
    const f = lw.checkpoint((p: { w: lw.Tensor; list: lw.Tensor[] }, scale: number, i: lw.Tensor) => ({
      a: p.w.mul(scale),
      b: [p.list[0]!.take(i, 0), i.add(1)] as const,
      same: p.w,
      n: scale,
    }));
    const g = lw.grad((p: { w: lw.Tensor; list: lw.Tensor[] }) => {
      const r = f(p, 3, lw.array([1, 1], 'int32'));
      expect([r.n, r.b[1].dtype]).toEqual([3, 'int32']);
      return r.a.sum().add(r.b[0].sum()).add(r.same.square().sum());
    });
    const got = g({ w: f64(5, 7), list: [f64(1, 2, 3)] });
    expect([got.w.tolist(), got.list[0]!.tolist()]).toEqual([
      [13, 17],
      [0, 2, 0],
    ]);
  });

  test('checkpoint › gradients reach the parameters of a module whose method it is', () => {
    class Layer {
      weight = f64(2, 3);
      forward(x: lw.Tensor): lw.Tensor {
        return x.mul(this.weight).square();
      }
    }
    const layer = new Layer();
    const forward = lw.checkpoint(layer.forward.bind(layer));
    // as `nn.valueAndGrad` does: other tensors in the module while the function runs
    const g = lw.grad(
      (w: lw.Tensor, x: lw.Tensor) => {
        const held = layer.weight;
        layer.weight = w;
        try {
          return forward(x).sum();
        } finally {
          layer.weight = held;
        }
      },
      [0, 1] as const,
    );
    // sum (x w)^2: 2 x^2 w and 2 x w^2
    const [w, x] = g(layer.weight, f64(5, 1));
    expect([w.tolist(), x.tolist()]).toEqual([
      [100, 6],
      [40, 18],
    ]);
    const kept = layer.weight.node;
    expect(
      lw
        .grad((y: lw.Tensor) => forward(y).sum())(f64(5, 1))
        .tolist(),
    ).toEqual([40, 18]);
    expect(layer.weight.node).toBe(kept);
  });

  test('checkpoint › a tensor that it changes stays changed, once', () => {
    const mean = f64(0);
    const f = lw.checkpoint((x: lw.Tensor) => {
      rebind(mean, mean.mul(0.5).add(x.mean()).node);
      return x.sub(mean).square().sum();
    });
    // d/dx of (x - m / 2 - x)^2 is 0 by x, whatever m
    expect(lw.grad(f)(f64(4)).tolist()).toEqual([0]);
    expect(mean.tolist()).toEqual([4]);
    expect(f(f64(2)).item()).toBe(4);
    expect(mean.tolist()).toEqual([4]);
    expect(() =>
      lw.grad(
        lw.checkpoint((x: lw.Tensor) => {
          rebind(mean, x.node);
          throw new Error('mine');
        }),
      )(f64(1)),
    ).toThrow('mine');
    expect(mean.tolist()).toEqual([4]);
  });

  test('checkpoint › random numbers are the same both times, and the sequence goes on as without', () => {
    const f = (x: lw.Tensor): lw.Tensor =>
      x
        .mul(lw.random.bernoulli(0.5, [64]))
        .mul(lw.random.normal([64], 'float64'))
        .exp()
        .sum();
    const run = (g: typeof f): unknown[] => {
      lw.random.seed(5);
      return [...bitsOf(lw.grad(g)(lw.ones([64], 'float64'))), lw.random.uniform().item()];
    };
    expect(run(lw.checkpoint(f))).toEqual(run(f));
    expect(run(lw.compile(lw.checkpoint(f)))).toEqual(run(f));
    const c = lw.compile(lw.grad(lw.checkpoint(f)));
    const d = lw.grad(f);
    const both = (g: typeof d): unknown[] => {
      lw.random.seed(5);
      return [1, 2, 3].map((k) => bitsOf(g(lw.full([64], k, 'float64'))));
    };
    expect(both(c)).toEqual(both(d));
  });

  test('checkpoint › values may be read inside', () => {
    const f = lw.checkpoint((x: lw.Tensor) => (x.sum().item() === 3 ? x.mul(10).sum() : x.sum()));
    expect(lw.grad(f)(f64(1, 2)).tolist()).toEqual([10, 10]);
    expect(lw.grad(f)(f64(1, 1)).tolist()).toEqual([1, 1]);
  });

  test('checkpoint › keeps the ends of each part instead of all that lies between', () => {
    const n = 4096;
    const size = 4 * n;
    const part = (x: lw.Tensor): lw.Tensor => {
      let y = x;
      // each sine needs what it is taken of for its gradient, and the sums keep them from being fused
      for (let i = 0; i < 8; i++) y = y.reshape([64, 64]).cumsum(1).reshape([n]).sin();
      return y;
    };
    const whole = (f: typeof part) => (x: lw.Tensor) => {
      let y = x;
      for (let i = 0; i < 8; i++) y = f(y);
      return y.sum();
    };
    const peak = (f: typeof part, wrap = (g: (x: lw.Tensor) => lw.Tensor) => g): [number, unknown[]] => {
      const x = lw.ones([n]).mul(0.1).eval();
      const g = wrap((t) => lw.vjp(whole(f), [t], [lw.array(1)])[1][0]!);
      g(x).eval();
      lw.memory.clear();
      const before = lw.memory.active();
      lw.memory.resetPeak();
      const y = g(x).eval();
      const most = (lw.memory.peak() - before) / size;
      return [most, bitsOf(y.at(lw.slice(0, 100)))];
    };
    const [plain, a] = peak(part);
    const [less, b] = peak(lw.checkpoint(part));
    expect(b).toEqual(a);
    expect(plain).toBeGreaterThan(64); // 8 parts of 8 steps
    expect(less).toBeLessThan(32); // 8 ends, and 8 steps of one part
    const [compiled, c] = peak(lw.checkpoint(part), (g) => lw.compile(g));
    expect(c).toEqual(a);
    expect(compiled).toBeLessThan(32);
  });

  test('checkpoint › an async function is refused', () => {
    const f = lw.checkpoint(async (x: lw.Tensor) => Promise.resolve(x));
    expect(() => lw.grad(f)(f64(1))).toThrow('[checkpoint] the function must not be async, got a promise');
  });
});
