import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const f64 = (...values: number[]): lw.Tensor => lw.array(values, 'float64');
const one = (x: lw.Tensor): number => x.item() as number;

/** e as the op has it: within a unit in the last place of Math.E, which tests/kernels/elementwise-f64.test.ts shows. */
const e1 = (): number => lw.exp(lw.array(1, 'float64')).item() as number;

describe.each(['reference', 'wasm'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  // MLX's own test of custom functions, with its numbers
  test('customFunction › each rule replaces one derivative', () => {
    const e = lw.customFunction((x: lw.Tensor) => x.exp());
    const x = lw.array(1, 'float64');
    const pushed = (): number => one(lw.jvp(e, [x], [x])[1][0]!);
    expect([one(lw.grad(e)(x)), pushed()]).toEqual([e1(), e1()]);
    expect(e.vjp((y, _g, _out) => lw.onesLike(y).mul(42))).toBe(e);
    expect([one(lw.grad(e)(x)), pushed()]).toEqual([42, e1()]);
    e.jvp((y, t) => lw.onesLike(y).mul(7).mul(t));
    expect([one(lw.grad(e)(x)), pushed()]).toEqual([42, 7]);
    expect(one(e(x))).toBe(e1());
    const options = lw.customFunction((y: lw.Tensor) => y.exp(), {
      vjp: (_y, g) => g.mul(3),
      jvp: (_y, t) => t.mul(5),
    });
    expect([one(lw.grad(options)(x)), one(lw.jvp(options, [x], [x])[1][0]!)]).toEqual([3, 5]);
    const only = lw.customFunction((y: lw.Tensor) => y.exp(), { jvp: (_y, t) => t.mul(5) });
    expect(one(lw.grad(only)(x))).toBe(e1());
  });

  test('customFunction › trees', () => {
    const double = lw.customFunction((p: { x: lw.Tensor; y: lw.Tensor }) => ({ out: p.x.mul(p.y).mul(2) }));
    const loss = (p: { x: lw.Tensor; y: lw.Tensor }): lw.Tensor => double(p).out.sum();
    const p = { x: f64(1, 1), y: f64(1, 1) };
    const tolist = (g: typeof p): unknown => [g.x.tolist(), g.y.tolist()];
    expect(tolist(lw.grad(loss)(p))).toEqual([
      [2, 2],
      [2, 2],
    ]);
    double.vjp((q, g, out) => {
      expect([g.out.tolist(), out.out.tolist()]).toEqual([
        [1, 1],
        [2, 2],
      ]);
      return { x: null, y: lw.onesLike(q.y) };
    });
    expect(tolist(lw.grad(loss)(p))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const outer = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => double({ x: a, y: b }).out;
    const [a, b, da, db] = [f64(2, 3), f64(5, 7), f64(1, 0), f64(0, 1)];
    // 2 (a db + b da)
    expect(lw.jvp(outer, [a, b], [da, db])[1][0]!.tolist()).toEqual([10, 6]);
    double.jvp((q, t) => ({ out: q.x.mul(t.y).add(q.y.mul(t.x)).mul(2).add(t.x.mul(100)) }));
    expect(lw.jvp(outer, [a, b], [da, db])[1][0]!.tolist()).toEqual([110, 6]);
  });

  test('customFunction › several arguments and results: the rule is called once, with all cotangents', () => {
    let calls = 0;
    const f = lw.customFunction((a: lw.Tensor, k: number, b: [lw.Tensor, lw.Tensor]) => [a.mul(k), b[0].mul(b[1]), a]);
    f.vjp(([a, k, b], gs, outs) => {
      calls++;
      expect([k, gs.length, outs.length]).toEqual([3, 3, 3]);
      return [gs[0]!.mul(1000).add(gs[2]!.mul(a)), k, [gs[1]!.mul(b[1]), null]];
    });
    const g = lw.grad(
      (a: lw.Tensor, b: [lw.Tensor, lw.Tensor]) => {
        const [p, q, r] = f(a, 3, b) as [lw.Tensor, lw.Tensor, lw.Tensor];
        return p.add(q.mul(2)).add(r.mul(p)).sum();
      },
      [0, 1] as const,
    );
    const [ga, [g0, g1]] = g(f64(5), [f64(7), f64(11)]);
    // p = 15, r = 5: the cotangents are 1 + r, 2 and p
    expect([ga.item(), g0.item(), g1.item()]).toEqual([6000 + 75, 22, 0]);
    expect(calls).toBe(1);
    // a result that nothing uses has a cotangent of zeros
    const h = lw.grad((a: lw.Tensor) => (f(a, 3, [a, a]) as lw.Tensor[])[2]!.sum());
    expect(h(f64(5)).item()).toBe(5);
  });

  test('customFunction › rules are differentiated again, and followed inside of other transforms', () => {
    // d/dx is x^2 by the rule, so the second derivative is 2 x and the third 2
    const f = lw.customFunction((x: lw.Tensor) => x.exp()).vjp((x, g) => g.mul(x.square()));
    const x = lw.array(3, 'float64');
    const d = lw.grad(f);
    const want = [9, 6, 2];
    expect([d(x), lw.grad(d)(x), lw.grad(lw.grad(d))(x)].map(one)).toEqual(want);
    const c = lw.compile(f);
    const e = lw.grad(c);
    for (let i = 0; i < 2; i++) {
      expect([e(x), lw.grad(e)(x), lw.grad(lw.grad(e))(x)].map(one)).toEqual(want);
      expect(one(lw.compile(lw.grad(lw.compile(d)))(x))).toBe(6);
    }
    expect(one(lw.grad(lw.checkpoint(f))(x))).toBe(9);
    expect(one(lw.grad(lw.checkpoint(lw.compile((y: lw.Tensor) => f(y.mul(2)))))(x))).toBe(72);
    // the outputs that a rule gets are those of the function, so its derivative holds for them too: y' = y, y'' = y
    const y = lw.customFunction((t: lw.Tensor) => t.exp()).vjp((_t, g, out) => g.mul(out));
    expect(one(lw.grad(lw.grad(lw.grad(y)))(lw.array(0, 'float64')))).toBe(1);
    // a result that the rule needs and nothing else, through compile
    const two = lw.customFunction((t: lw.Tensor) => [t.mul(2), t.mul(5)]).vjp((_t, [g], [, b]) => g!.mul(b!));
    const first = lw.compile((t: lw.Tensor) => two(t)[0]!);
    expect(one(lw.grad(first)(x))).toBe(15);
    expect(one(lw.grad(lw.grad(first))(x))).toBe(0); // no gradient by the second result but the rule's, whose g for it is none
  });

  test("customFunction › a rule for vmap, as in MLX's test, and rules inside of vmap", () => {
    const e = lw.customFunction((x: lw.Tensor) => x.exp(), { vjp: (x, _g) => lw.onesLike(x).mul(42) });
    const xs = lw.ones([10], 'float64');
    expect(lw.vmap(e)(xs).tolist()).toEqual(Array.from({ length: 10 }, () => e1()));
    expect(lw.vmap(lw.grad(e))(xs).tolist()).toEqual(Array.from({ length: 10 }, () => 42));
    e.vmap((x, axis) => [lw.onesLike(x).mul(3), axis]);
    expect(lw.vmap(e)(xs).tolist()).toEqual(Array.from({ length: 10 }, () => 3));
    let calls = 0;
    const two = lw.customFunction((a: lw.Tensor, b: lw.Tensor) => ({ s: a.add(b), p: a.mul(b) }));
    two.vmap(([a, b], axes) => {
      calls++;
      expect(axes).toEqual([0, null]);
      return [
        { s: a.add(b).T, p: b },
        { s: 1, p: null },
      ];
    });
    const rows = lw.array([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const out = lw.compile(lw.vmap(two, [0, null]))(rows, lw.array([10, 20]));
    expect(out.s.tolist()).toEqual([
      [11, 22],
      [13, 24],
      [15, 26],
    ]);
    expect(out.p.tolist()).toEqual([
      [10, 20],
      [10, 20],
      [10, 20],
    ]);
    expect(calls).toBe(1);
    two.vmap(([a]) => [a as never, 0]);
    expect(() => lw.vmap(two, [0, null])(rows, lw.array([10, 20]))).toThrow(
      '[customFunction] vmap must return as many tensors as the function, 2, got 1',
    );
  });

  test('customFunction › straight through, with an argument that has no gradient', () => {
    const round = lw
      .customFunction((x: lw.Tensor, bits: lw.Tensor) => x.mul(bits).round().div(bits))
      .vjp((_p, g) => [g]);
    const g = lw.grad((x: lw.Tensor) => round(x, lw.array(4, 'int32')).mul(f64(2, 3)).sum());
    expect(g(f64(0.3, 0.9)).tolist()).toEqual([2, 3]);
  });

  test('customFunction › with a rule, what it uses besides its arguments gets no gradient', () => {
    const w = lw.array(2, 'float64');
    const g = lw.grad((v: lw.Tensor) => lw.customFunction((x: lw.Tensor) => x.mul(v)).vjp((_x, c) => c)(w));
    expect(one(g(lw.array(5, 'float64')))).toBe(0);
  });

  test('customFunction › a tree or a shape that does not fit is refused', () => {
    const f = (rule: unknown) =>
      lw.grad((a: lw.Tensor) =>
        lw.customFunction((x: lw.Tensor, y: lw.Tensor) => x.mul(y).sum()).vjp(rule as never)(a, a),
      );
    const x = f64(1, 2);
    const like = '[customFunction] vjp must return a tree like the arguments, ';
    expect(() => f((_p: unknown, g: lw.Tensor) => g)(x)).toThrow(`${like}got a tensor for a tree`);
    expect(() => f(() => 3)(x)).toThrow(`${like}got number for a tree`);
    expect(() => f(() => [x, 3])(x)).toThrow(`${like}got number for a tensor`);
    expect(() => f(() => [x, [x]])(x)).toThrow(`${like}got a list for a tensor`);
    expect(() => f(() => [x, x, x])(x)).toThrow(`${like}got one too many, '2'`);
    expect(() => f(() => [x, lw.array(1)])(x)).toThrow(`${like}with their shapes, got () for (2)`);
    expect(() => f(() => [x, lw.array(1)])(x)).toThrow(lw.ShapeError);
    const j = lw.customFunction((t: lw.Tensor) => [t, t]).jvp((_t, d) => d as never);
    expect(() => lw.jvp(j, [x], [x])).toThrow(
      '[customFunction] jvp must return a tree like the results, got a tensor for a tree',
    );
  });
});
