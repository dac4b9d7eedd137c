import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as lw from '../../src/index.js';
import { rebind } from '../../src/tensor/tensor.js';

const bitsOf = (t: lw.Tensor): unknown[] => [t.dtype, t.shape, ...t.toTypedArray()];
/** A function that counts how often it runs. */
const counted = <A extends unknown[], R>(fn: (...args: A) => R): ((...args: A) => R) & { runs: () => number } => {
  let runs = 0;
  return Object.assign(
    (...args: A): R => {
      runs++;
      return fn(...args);
    },
    { runs: () => runs },
  );
};
/** What an optimizer does to a parameter. */
const assign = (t: lw.Tensor, to: lw.Tensor): void => rebind(t, to.node);

describe.each(['reference', 'wasm'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test('compile › runs the function once for equal shapes', () => {
    const f = counted((x: lw.Tensor, y: lw.Tensor) => x.mul(y).add(1).sum(0));
    const c = lw.compile(f);
    for (let i = 0; i < 4; i++) {
      const x = lw.array([
        [i, 1],
        [2, 3],
      ]);
      expect(c(x, lw.array([2, 3])).tolist()).toEqual([2 * i + 6, 14]);
    }
    expect(f.runs()).toBe(1);
    expect(c.name).toBe(f.name);
  });

  test('compile › results are lazy, and may be used before they are computed', () => {
    const c = lw.compile((x: lw.Tensor) => [x.exp(), x.take(lw.array([7], 'int32'), 0)] as const);
    const x = lw.array([0, 1]);
    const [e, bad] = c(x);
    const y = e.add(1);
    expect(e.node.stored || y.node.stored).toBe(false);
    expect([e.shape, e.dtype, bad.shape]).toEqual([[2], 'float32', [1]]);
    for (let i = 0; i < 2; i++) expect(() => y.eval()).toThrow(lw.AxisError);
    const fine = lw.compile((t: lw.Tensor) => [t.add(1), t.mul(2)] as const);
    let a = x;
    for (let i = 0; i < 5; i++) a = fine(fine(a)[0])[1].add(x);
    expect(a.tolist()).toEqual([62, 62 + 63]);
  });

  test('compile › a failed replay leaves the plan usable', () => {
    const c = lw.compile((x: lw.Tensor, i: lw.Tensor) => x.mul(2).sort().take(i, 0).add(1));
    const x = lw.array([3, 1, 2]);
    const before = lw.memory.active();
    for (let i = 0; i < 3; i++) {
      const bad = c(x, lw.array([9], 'int32'));
      expect(() => bad.eval()).toThrow(lw.AxisError);
      expect(c(x, lw.array([2], 'int32')).tolist()).toEqual([7]);
    }
    lw.memory.clear();
    expect(lw.memory.active() - before).toBeLessThanOrEqual(1024);
  });

  test('signature › shape, dtype, strides, device and plain values are told apart', () => {
    const f = counted((x: lw.Tensor, o: { p: number; q?: unknown }) => x.mul(o.p).sum(-1));
    const c = lw.compile(f);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const x = lw.arange(6).reshape([2, 3]).astype('float32');
    const same = [x, x.add(1), x.T.add(0).T];
    const calls: [lw.Tensor, { p: number; q?: unknown }, number][] = [
      [x, { p: 2 }, 1],
      [x.add(1), { p: 2 }, 1],
      [x.at(':', lw.slice(0, 2)), { p: 2 }, 2],
      [x.astype('float16'), { p: 2 }, 3],
      [x.reshape([3, 2]).T, { p: 2 }, 4],
      [x, { p: 3 }, 5],
      [x, { p: NaN }, 6],
      [x, { p: NaN }, 6],
      [x, { p: 2, q: null }, 7],
      [x, { p: 2, q: [1, 'a'] }, 8],
      [x, { p: 2, q: [1, 'b'] }, 9],
      [x, { p: 2, q: [1, 'a'] }, 9],
      [same[2]!, { p: 2 }, 9], // the strides of the fifth
    ];
    for (const [t, o, runs] of calls) {
      expect(bitsOf(c(t, o))).toEqual(bitsOf(f(t, o)));
      expect(f.runs() - calls.slice(0, calls.findIndex((q) => q[0] === t && q[1] === o) + 1).length).toBe(runs);
    }
    const runs = f.runs();
    lw.withDevice(device === 'wasm' ? 'reference' : 'wasm', () => c(x, { p: 2 }).eval());
    expect(f.runs()).toBe(runs + 1);
    warn.mockRestore();
  });

  test('signature › tensors at other places of a tree, and functions, are told apart', () => {
    const f = counted((o: unknown[], g: (t: lw.Tensor) => lw.Tensor) =>
      g((o as (lw.Tensor | number)[]).reduce<lw.Tensor>((s, v) => s.add(v as lw.Tensor), lw.array(0))),
    );
    const c = lw.compile(f);
    const neg = (t: lw.Tensor): lw.Tensor => t.neg();
    const abs = (t: lw.Tensor): lw.Tensor => t.abs();
    const one = lw.array(1);
    expect(c([one, 5], neg).item()).toBe(-6);
    expect(c([5, one], neg).item()).toBe(-6);
    expect(c([5, one], abs).item()).toBe(6);
    expect(c([lw.array(-7), 5], neg).item()).toBe(2);
    expect(f.runs()).toBe(3);
  });

  test('arguments › views are read where they lie, and stay what they are', () => {
    const c = lw.compile((x: lw.Tensor) => ({ back: x, view: x.at(1), twice: x.add(x), flat: x.reshape([4]) }));
    const rows = lw.arange(12).reshape([3, 2, 2]).astype('float32').eval();
    for (let i = 0; i < 3; i++) {
      const row = rows.at(i);
      const r = c(row);
      expect(r.back).toBe(row);
      expect(r.twice.tolist()).toEqual([
        [8 * i, 8 * i + 2],
        [8 * i + 4, 8 * i + 6],
      ]);
      expect(r.view.tolist()).toEqual([4 * i + 2, 4 * i + 3]);
      expect(r.flat.tolist()).toEqual([4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]);
      r.view.dispose();
      r.flat.dispose();
      expect(row.tolist()[0 as never]).toEqual([4 * i, 4 * i + 1]);
    }
  });

  test('arguments › are never written over', () => {
    const c = lw.compile((x: lw.Tensor) => lw.addAt(x.reshape([4]), 0, 5));
    const x = lw.array([1, 2, 3, 4]);
    for (let i = 0; i < 3; i++) expect(c(x).tolist()).toEqual([6, 2, 3, 4]);
    expect(x.tolist()).toEqual([1, 2, 3, 4]);
    const make = lw.compile((y: lw.Tensor) => lw.addAt(lw.arange(4).astype('float32'), 0, y));
    for (let i = 0; i < 3; i++) expect(make(lw.array(1)).tolist()).toEqual([1, 1, 2, 3]);
  });

  test('results › trees, plain values, constants, one tensor twice', () => {
    const k = lw.array([5]);
    const c = lw.compile((x: lw.Tensor) => {
      const y = x.add(1);
      return { y: [y, y, y.astype('float32')], n: 3, s: 'a', none: null, nothing: undefined, k, made: lw.arange(2) };
    });
    for (let i = 0; i < 2; i++) {
      const r = c(lw.array([i]));
      expect(r.y.map((t) => t.tolist())).toEqual([[i + 1], [i + 1], [i + 1]]);
      expect(r.y[0]).toBe(r.y[1]);
      expect([r.n, r.s, r.none, r.nothing]).toEqual([3, 'a', null, undefined]);
      expect(r.k).toBe(k);
      expect(r.made.tolist()).toEqual([0, 1]);
      r.made.dispose();
      r.y[2]!.dispose();
      expect(r.y[0]!.tolist()).toEqual([i + 1]);
    }
  });

  test('captures › new contents of a tensor are seen, another tensor in a variable is not', () => {
    let w = lw.array([1, 2]);
    const f = counted((x: lw.Tensor) => x.mul(w));
    const c = lw.compile(f);
    const x = lw.array([10, 10]);
    expect(c(x).tolist()).toEqual([10, 20]);
    w.set(0, 7);
    expect(c(x).tolist()).toEqual([70, 20]);
    assign(w, lw.array([3, 3]));
    expect(c(x).tolist()).toEqual([30, 30]);
    expect(f.runs()).toBe(1);
    const old = w;
    w = lw.array([0, 0]);
    expect(c(x).tolist()).toEqual([30, 30]); // as in MLX
    old.dispose();
    expect(c(x).tolist()).toEqual([0, 0]);
    assign(w, lw.array([2]));
    expect(c(x).tolist()).toEqual([20, 20]);
    expect(f.runs()).toBe(3);
  });

  test('captures › a value that is read is checked at each call', () => {
    const flag = lw.array(1);
    const other = lw.array([2, 3]);
    const f = counted((x: lw.Tensor) => {
      const picked = other.add(0).node.stored ? other : x.mul(other);
      return flag.item() === 1 ? picked.add(other.tolist()[0 as never] as number) : picked;
    });
    const c = lw.compile(f);
    const x = lw.array([1, 1]);
    for (let i = 0; i < 2; i++) expect(c(x).tolist()).toEqual([4, 5]);
    expect(f.runs()).toBe(1);
    flag.set([], 0);
    for (let i = 0; i < 2; i++) expect(c(x).tolist()).toEqual([2, 3]);
    expect(f.runs()).toBe(2);
  });

  test('captures › what the function changes is changed at each call', () => {
    const total = lw.array([0, 0]);
    const f = counted((x: lw.Tensor) => {
      const before = total.mul(1);
      total.set(0, total.at(0).add(x));
      assign(total, total.add(1));
      return before;
    });
    const c = lw.compile(f);
    expect(c(lw.array(5)).tolist()).toEqual([0, 0]);
    expect(total.tolist()).toEqual([6, 1]);
    expect(c(lw.array(2)).tolist()).toEqual([6, 1]);
    expect(c(lw.array(2)).tolist()).toEqual([9, 2]);
    expect(total.tolist()).toEqual([12, 3]);
    expect(f.runs()).toBe(1);
  });

  // the examples of MLX's own tests of captured state
  test('state › inputs are looked through at each call', () => {
    const state: { y: lw.Tensor } = { y: lw.array(2) };
    const c = lw.compile((x: lw.Tensor) => x.add(state.y), { inputs: state });
    c(lw.array(1));
    expect(state.y.item()).toBe(2);
    state.y = lw.array(3);
    expect(c(lw.array(1)).item()).toBe(4);
    const nested = [[lw.array(2)]];
    const d = lw.compile((x: lw.Tensor) => x.add(nested[0]![0]!), { inputs: nested });
    expect(d(lw.array(1)).item()).toBe(3);
    nested[0]![0] = lw.array(3);
    expect(d(lw.array(1)).item()).toBe(4);
    let later = { w: lw.array(1) };
    const e = lw.compile((x: lw.Tensor) => x.add(later.w), { inputs: () => later });
    expect(e(lw.array(1)).item()).toBe(2);
    later = { w: lw.array(10) };
    expect(e(lw.array(1)).item()).toBe(11);
  });

  test('state › outputs get new tensors', () => {
    const state: { y?: lw.Tensor } = {};
    const c = lw.compile(
      (x: lw.Tensor) => {
        state.y = x.add(3);
        return x.abs();
      },
      { outputs: state },
    );
    c(lw.array(-1));
    expect(state.y!.item()).toBe(2);
    const first = state.y;
    c(lw.array(-2));
    expect(state.y!.item()).toBe(1);
    expect(first!.item()).toBe(2);
  });

  test('state › a structure that the function changes is traced again', () => {
    const state: { y?: lw.Tensor } = {};
    const f = counted((x: lw.Tensor) => {
      const y = state.y ?? lw.array(0);
      state.y = x.add(y);
      return x.add(y.mul(2));
    });
    const c = lw.compile(f, { inputs: state, outputs: state });
    for (let i = 1; i <= 4; i++) {
      c(lw.array(1));
      expect(state.y!.item()).toBe(i);
    }
    expect(f.runs()).toBe(2);
  });

  test('state › results and state that depend on the dtype', () => {
    const state = [lw.array(1)];
    const f = counted((y: lw.Tensor): lw.Tensor | lw.Tensor[] => {
      const x = state[0]!;
      state[0] = y.dtype === 'float32' ? y.mul(2) : x.mul(2);
      return y.dtype === 'float32' ? [x, y, x.add(y)] : x.add(y);
    });
    const c = lw.compile(f, { inputs: state, outputs: state });
    for (let i = 0; i < 10; i++) {
      c(lw.array(1));
      c(lw.array(1, 'int32'));
    }
    expect(state[0]!.item()).toBe(4);
    expect(f.runs()).toBe(2);
  });

  test('state › a module as argument or input: its tensors, its flags, tied ones', () => {
    class Layer {
      weight = lw.array([1, 2]);
      training = true;
      inner = { tied: this.weight, list: [lw.array([1, 1])] };
      parameters(): unknown {
        return { weight: this.weight };
      }
      forward(x: lw.Tensor): lw.Tensor {
        const y = x.mul(this.weight).add(this.inner.list[0]!).add(this.inner.tied);
        return this.training ? y : y.neg();
      }
    }
    const f = counted((m: Layer, x: lw.Tensor) => {
      const y = m.forward(x);
      assign(m.weight, m.weight.add(1));
      return y;
    });
    const c = lw.compile(f);
    const m = new Layer();
    const x = lw.array([10, 10]);
    expect(c(m, x).tolist()).toEqual([12, 23]);
    expect(c(m, x).tolist()).toEqual([23, 34]);
    expect(m.weight.tolist()).toEqual([3, 4]);
    expect(m.inner.tied).toBe(m.weight);
    m.training = false;
    expect(c(m, x).tolist()).toEqual([-34, -45]);
    m.inner.list[0] = lw.array([0, 0]);
    expect(c(m, x).tolist()).toEqual([-44, -55]);
    expect(f.runs()).toBe(2);
    const other = new Layer();
    expect(c(other, x).tolist()).toEqual([12, 23]);
    expect(m.weight.tolist()).toEqual([5, 6]);
    expect(f.runs()).toBe(3);
  });

  test('state › a training step is the same with and without compile, bit for bit', () => {
    const train = (compiled: boolean, listed: boolean): unknown[] => {
      lw.random.seed(3);
      const p = { w: lw.random.normal([4, 3]), b: lw.zeros([3]).add(0) };
      const m = { w: lw.zeros([4, 3]).add(0), b: lw.zeros([3]).add(0), step: lw.array(0, 'int32') };
      const loss = lw.valueAndGrad((q: typeof p, x: lw.Tensor, y: lw.Tensor) =>
        x
          .matmul(q.w)
          .add(q.b)
          .tanh()
          .mul(lw.random.bernoulli(0.9, [5, 3]))
          .sub(y)
          .square()
          .mean(),
      );
      const step = (x: lw.Tensor, y: lw.Tensor): lw.Tensor => {
        const [value, g] = loss(p, x, y);
        assign(m.step, m.step.add(1));
        const rate = lw.array(0.1).div(m.step.astype('float32').sqrt());
        for (const k of ['w', 'b'] as const) {
          assign(m[k], m[k].mul(0.9).add(g[k]));
          assign(p[k], p[k].sub(m[k].mul(rate)));
        }
        return value;
      };
      const run = compiled ? lw.compile(step, listed ? { inputs: [p, m], outputs: [p, m] } : {}) : step;
      const seen: unknown[] = [];
      for (let i = 0; i < 6; i++) seen.push(...bitsOf(run(lw.random.normal([5, 4]), lw.ones([5, 3]))));
      return [...seen, ...bitsOf(p.w), ...bitsOf(p.b), ...bitsOf(m.w), m.step.item(), lw.random.uniform().item()];
    };
    const plain = train(false, false);
    expect(train(true, false)).toEqual(plain);
    expect(train(true, true)).toEqual(plain);
  });

  test('random › draws continue the sequence that they would without compile', () => {
    const f = (x: lw.Tensor): lw.Tensor => {
      lw.random.normal([2]); // drawn and not used: the next ones come after it
      return lw.random
        .uniform(0, 1, [3])
        .add(x)
        .add(lw.random.uniform(0, 1, [3], 'float32', lw.random.key(5)));
    };
    const run = (g: typeof f): unknown[] => {
      lw.random.seed(11);
      const all = Array.from({ length: 4 }, (_, i) => bitsOf(g(lw.array(i))));
      return [...all, lw.random.uniform().item()];
    };
    expect(run(lw.compile(f))).toEqual(run(f));
    const inner = lw.compile(f);
    expect(run(lw.compile((x: lw.Tensor) => inner(inner(x).sum())))).toEqual(run((x) => f(f(x).sum())));
    const g = (h: typeof f) => (x: lw.Tensor) => lw.grad((t: lw.Tensor) => h(t).square().sum())(x);
    expect(run(g(inner))).toEqual(run(g(f)));
  });

  test('transforms › compose in any order', () => {
    const f = (x: lw.Tensor): lw.Tensor => x.mul(x).exp().mul(x.sin()).sum();
    const c = lw.compile(f);
    const x = lw.array([0.3, -0.7], 'float64');
    const d = lw.grad(f);
    const want = bitsOf(d(x));
    const total = (g: (t: lw.Tensor) => lw.Tensor) => (t: lw.Tensor) => g(t).sum();
    for (let i = 0; i < 2; i++) {
      expect(bitsOf(lw.grad(c)(x))).toEqual(want);
      expect(bitsOf(lw.compile(lw.grad(f))(x))).toEqual(want);
      expect(bitsOf(lw.compile(lw.grad(c))(x))).toEqual(want);
    }
    const second = bitsOf(lw.grad(total(d))(x));
    const dc = lw.grad(c);
    const cdc = lw.compile(dc);
    expect(bitsOf(lw.grad(total(dc))(x))).toEqual(second);
    expect(bitsOf(lw.grad(total(cdc))(x))).toEqual(second);
    expect(bitsOf(lw.compile(lw.grad(total(cdc)))(x))).toEqual(second);
    const t = lw.array([1, 0.5], 'float64');
    const pushed = lw.jvp(f, [x], [t])[1][0]!;
    expect(bitsOf(lw.jvp(c, [x], [t])[1][0]!)).toEqual(bitsOf(pushed));
    expect(bitsOf(lw.compile((a: lw.Tensor, b: lw.Tensor) => lw.jvp(c, [a], [b])[1][0]!)(x, t))).toEqual(
      bitsOf(pushed),
    );
    const two = lw.compile((a: lw.Tensor, b: lw.Tensor) => [a.mul(b), c(a)]);
    const [outs, gs] = lw.vjp(two, [x, t], [t, lw.array(2, 'float64')]);
    const [outs2, gs2] = lw.vjp((a, b) => [a.mul(b), f(a)], [x, t], [t, lw.array(2, 'float64')]);
    expect([...outs, ...gs].map(bitsOf)).toEqual([...outs2, ...gs2].map(bitsOf));
    // d/dx of exp(x) at 0 and 1, by hand
    expect(
      lw
        .compile(lw.grad((y: lw.Tensor) => y.exp().sum()))(lw.array([0, 1], 'float64'))
        .tolist(),
    ).toEqual([1, lw.exp(lw.array(1, 'float64')).item()]);
  });

  test('transforms › vmap, with checkpoint between', () => {
    const w = lw.array([1, -2, 3]);
    const f = (x: lw.Tensor): lw.Tensor => x.mul(w).sin().sum();
    const xs = lw.arange(12).reshape([4, 3]).astype('float32');
    const want = bitsOf(lw.vmap(f)(xs));
    const slopes = bitsOf(lw.vmap(lw.grad(f))(xs));
    const c = lw.compile(f);
    const v = lw.compile(lw.vmap(f));
    const d = lw.compile(lw.vmap(lw.grad(lw.checkpoint(c))));
    for (let i = 0; i < 2; i++) {
      expect(bitsOf(lw.vmap(c)(xs))).toEqual(want);
      expect(bitsOf(v(xs))).toEqual(want);
      expect(bitsOf(d(xs))).toEqual(slopes);
    }
    const all = lw.compile((x: lw.Tensor) => lw.vmap((y: lw.Tensor, k: lw.Tensor) => y.mul(k), [null, 0])(x, w));
    expect(all(lw.array([1, 1])).tolist()).toEqual([
      [1, 1],
      [-2, -2],
      [3, 3],
    ]);
    w.set(0, 7); // read where it stands, by vmap too
    expect(all(lw.array([1, 1])).tolist()[0 as never]).toEqual([7, 7]);
    expect(bitsOf(v(xs))).toEqual(bitsOf(lw.vmap(f)(xs)));
  });

  test('transforms › gradients reach captured tensors, also through views with an offset', () => {
    const all = lw.arange(8).astype('float32').eval();
    const w = all.at(lw.slice(2, 5));
    const c = lw.compile((x: lw.Tensor) => x.at(lw.slice(1, 4)).mul(w).sum());
    const loss = (v: lw.Tensor): lw.Tensor => {
      const before = w.node;
      assign(w, v);
      try {
        return c(all.at(lw.slice(1, 6)));
      } finally {
        rebind(w, before);
      }
    };
    for (let i = 0; i < 2; i++) {
      expect(c(all.at(lw.slice(1, 6))).item()).toBe(2 * 2 + 3 * 3 + 4 * 4);
      expect(
        lw
          .grad(loss)(lw.array([1, 1, 1]))
          .tolist(),
      ).toEqual([2, 3, 4]);
    }
  });

  test('memory › 2000 replays of a step hold nothing back', () => {
    lw.random.seed(1);
    const p = { w: lw.random.normal([32, 32]).eval() };
    const g = lw.grad((q: typeof p, x: lw.Tensor) => x.matmul(q.w).tanh().square().mean());
    const step = lw.compile((x: lw.Tensor) => {
      const grads = g(p, x);
      assign(p.w, p.w.sub(grads.w.mul(0.1)));
      return p.w.sum();
    });
    const x = lw.random.normal([2, 32]);
    const run = (n: number): void => {
      for (let i = 0; i < n; i++) step(x).item();
    };
    run(3);
    lw.memory.clear();
    const before = lw.memory.active();
    run(100);
    // nothing waits for the collector but the results that were read, of 4 bytes each
    expect(lw.memory.active() - before).toBeLessThanOrEqual(100 * 64 + 16384);
    lw.memory.clear();
    const heap = process.memoryUsage().heapUsed;
    run(2000);
    lw.memory.clear();
    expect(lw.memory.active() - before).toBeLessThanOrEqual(8192);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(1.5e6);
  });

  test('memory › a chain of calls that are read at the end', () => {
    const w = lw.zeros([4096]).add(0).eval();
    const step = lw.compile(() => assign(w, w.add(1)));
    step();
    w.eval();
    lw.memory.clear();
    lw.memory.resetPeak();
    const before = lw.memory.active();
    for (let i = 0; i < 300; i++) step();
    expect(lw.memory.active()).toBe(before);
    w.eval();
    expect(w.at(0).item()).toBe(301);
    expect(lw.memory.peak() - before).toBeLessThanOrEqual(3 * 16384);
  });

  test('memory › goes with the compiled function', async () => {
    lw.memory.clear();
    const before = lw.memory.active();
    (() => {
      const k = lw.arange(65536).astype('float32').eval();
      const c = lw.compile((x: lw.Tensor) => x.add(k).add(lw.arange(65536)).sum());
      c(lw.array(1)).item();
      expect(lw.memory.active() - before).toBeGreaterThan(2 ** 18);
    })();
    lw.array(1).add(1); // the last operands are remembered
    // the engine may still be compiling the function in the background, and holds it until then
    await vi.waitFor(() => {
      lw.memory.clear();
      expect(lw.memory.active() - before).toBeLessThan(4096);
    });
  });

  test('cache › 64 plans, the least recently used goes; a warning at the fourth set of shapes', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const f = counted((x: lw.Tensor) => x.sum());
    const c = lw.compile(f);
    const call = (n: number): unknown => c(lw.ones([n])).item();
    for (let n = 1; n <= 3; n++) call(n);
    c(lw.ones([3], 'int32')); // no new shape
    expect(warn).not.toHaveBeenCalled();
    for (let n = 4; n <= 63; n++) call(n);
    expect(warn.mock.calls.length).toBe(1);
    expect(warn.mock.calls[0]![0]).toMatch(/^\[compile\] .* is traced for the 4th set of shapes.*shapeless: true/);
    expect(f.runs()).toBe(64);
    call(1);
    expect(f.runs()).toBe(64);
    call(64); // the call with 2 goes
    call(1);
    call(3);
    expect(f.runs()).toBe(65);
    call(2);
    expect(f.runs()).toBe(66);
    warn.mockRestore();
  });
});
