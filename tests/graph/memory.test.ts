import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Kernel } from '../../src/backends/backend.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const MIB = 2 ** 20;
const big = (): lw.Tensor =>
  lw
    .zeros([MIB / 4])
    .add(1)
    .eval();
let limit = 0;
beforeEach(() => {
  limit = lw.memory.limit();
  big().at(0).add(1).mul(2).item(); // the library keeps small constants
  lw.memory.clear();
});
afterEach(() => void lw.memory.setLimit(limit));

test('dispose › gives the memory back at once, once', () => {
  const before = lw.memory.active();
  const x = big();
  expect(lw.memory.active() - before).toBe(MIB);
  x.dispose();
  x.dispose();
  expect(lw.memory.active()).toBe(before);
  expect(x.alive).toBe(false);
  expect(String(x)).toBe('array(disposed)');
  expect(x.shape).toEqual([MIB / 4]);
});

test('dispose › a view keeps the block it looks at', () => {
  const before = lw.memory.active();
  const x = big();
  const v = x.at('1:3').eval();
  x.dispose();
  expect(v.tolist()).toEqual([1, 1]);
  v.dispose();
  expect(lw.memory.active()).toBe(before);
});

test('dispose › constants of the library cannot be disposed through a result', () => {
  lw.arrayEqual(lw.zeros([2]), lw.zeros([3])).dispose();
  expect(lw.arrayEqual(lw.zeros([2]), lw.zeros([3])).item()).toBe(false);
  lw.zeros([2]).dispose();
  lw.full([], 7).dispose();
  lw.flatten(7).dispose();
  expect(lw.full([2], 7).add(0).tolist()).toEqual([7, 7]);
});

test('dispose › every use afterwards throws where it is written, with the name of the op', () => {
  const x = lw.array([1, 2]);
  const other = lw.array([1, 2]);
  const pending = x.add(1);
  x.dispose();
  const uses: Record<string, () => unknown> = {
    add: () => other.add(x),
    multiply: () => lw.multiply(x, 2),
    exp: () => x.exp(),
    sum: () => x.sum(),
    reshape: () => x.reshape([2, 1]),
    at: () => x.at(0),
    set: () => x.set(0, 1),
    where: () => lw.where(x, 1, 2),
    concatenate: () => lw.concatenate([other, x]),
    take: () => other.take(x),
    full: () => lw.full([2], x),
    array: () => lw.array([other, x]),
    matmul: () => other.matmul(x),
    item: () => x.item(),
    tolist: () => x.tolist(),
    toTypedArray: () => x.toTypedArray(),
    eval: () => lw.eval([other, x]),
    'fast.rmsNorm': () => lw.fast.rmsNorm(other, x, 1e-5),
  };
  for (const [name, f] of Object.entries(uses)) {
    const e = thrown(f);
    expect(e, name).toBeInstanceOf(lw.DisposedError);
    expect(e.message).toBe(`[${name}] the tensor was disposed`);
  }
  expect(thrown(() => other.set(0, x))).toBeInstanceOf(lw.DisposedError);
  expect(thrown(() => other.at(x))).toBeInstanceOf(lw.DisposedError);
  expect(thrown(() => pending.eval()).message).toBe('[eval] the tensor was disposed');
  expect(other.tolist()).toEqual([1, 2]);
});

test('using › disposes at the end of the block', () => {
  const before = lw.memory.active();
  {
    using x = big();
    using y = x.add(1).eval();
    using z = y.at(0);
    expect(z.item()).toBe(2);
  }
  expect(lw.memory.active()).toBe(before);
});

test('tidy › disposes what is not returned, evaluates what is', () => {
  const x = big();
  lw.memory.clear();
  const before = lw.memory.active();
  let leaked: lw.Tensor | null = null;
  const out = lw.tidy(() => {
    const y = x.add(1);
    leaked = y.mul(3).eval();
    return { list: [y.at(':2'), null, 'text'], sum: y.sum(), same: x };
  });
  expect(out.same).toBe(x);
  expect(out.sum.node.stored).toBe(true);
  expect(leaked!.alive).toBe(false);
  expect((out.list[0] as lw.Tensor).tolist()).toEqual([2, 2]);
  expect(x.at(0).item()).toBe(1);
  (out.list[0] as lw.Tensor).dispose();
  out.sum.dispose();
  expect(lw.memory.active() - before).toBeLessThan(8192);
});

test('tidy › leaves arguments, constants and captured tensors alone', () => {
  const x = lw.array([
    [1, 2],
    [3, 4],
  ]);
  const pending = x.add(1);
  const fs: (() => lw.Tensor)[] = [
    () => x.mean(),
    () => x.variance(0),
    () => x.split(2)[0]!,
    () => x.tile([2, 1]),
    () => x.repeat(2),
    () => x.pad(1),
    () => x.pad(1, 'edge'),
    () => lw.zeros([2]).add(x),
    () => lw.concatenate([x, x], null),
    () => x.matmul(x.at(0)),
    () => x.logicalAnd(true),
    () => (x.leftShift === undefined ? x : x.astype('int32').leftShift(1)),
    () => lw.full([2], 3),
    () => x.topk(1),
    () => lw.arrayEqual(x, lw.zeros([1])),
    () => pending.mul(2),
    () => x.nanToNum(),
    () => x.kron(x),
    () => x.std(),
    () => x.softmax(-1),
    () => lw.random.categorical(x, -1, null, null, lw.random.key(1)),
    () => lw.random.uniform(0, 1, [2], 'float32', lw.random.key(1)),
    () => x.diag(),
    () => x.tril(),
    () => x.outer(x),
    () => x.tensordot(x),
    () => x.takeAlongAxis([[0, 0]], 0),
    () => x.putAlongAxis([[0, 0]], 5, 0),
    () => x.sliceUpdate(lw.ones([1, 1]), [0, 0]),
    () => x.roll(1),
    () => x.isclose(x.add(0.1)),
    () => x.round(1),
    () => lw.linspace(0, 1, 3),
    () => lw.eye(2),
  ];
  for (const f of fs) {
    const first = lw.tidy(() => f().tolist());
    const again = lw.tidy(f);
    expect(again.tolist(), String(f)).toEqual(first);
    expect(f().tolist(), String(f)).toEqual(first);
    expect(x.tolist()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  }
  expect(pending.tolist()).toEqual([
    [2, 3],
    [4, 5],
  ]);
  expect(lw.zeros([2]).tolist()).toEqual([0, 0]);
});

test('tidy › nested scopes hand results outward', () => {
  lw.memory.clear();
  const before = lw.memory.active();
  const out = lw.tidy(() => {
    const a = big();
    const inner = lw.tidy(() => {
      const b = a.add(1);
      return [b, b.mul(2)];
    });
    expect(a.alive).toBe(true);
    return lw.tidy(() => inner[1]!.add(inner[0]!).at(0));
  });
  expect(out.item()).toBe(6);
  out.dispose();
  expect(lw.memory.active() - before).toBeLessThan(1024);
});

test('tidy › a tensor from outside that is set lives on, one from inside does not', () => {
  const x = lw.zeros([4]).add(0);
  let inside: lw.Tensor | null = null;
  lw.tidy(() => {
    x.set(1, lw.array([2]).add(1));
    lw.tidy(() => void x.set('2:', lw.array([7, 8])));
    inside = lw.zeros([3]);
    inside.set(0, 1);
  });
  expect(x.tolist()).toEqual([0, 3, 7, 8]);
  expect(inside!.alive).toBe(false);
  lw.tidy(() => void x.set(':', lw.array([1, 2, 3, 4]).mul(2)));
  expect(x.tolist()).toEqual([2, 4, 6, 8]);
});

test('tidy › cleans up when the function throws, but keeps what was set', () => {
  const x = lw.zeros([2]).add(0).eval();
  lw.memory.clear();
  const before = lw.memory.active();
  const e = thrown(() =>
    lw.tidy(() => {
      const y = big();
      x.set(0, y.at(0).add(4));
      throw new RangeError('mine');
    }),
  );
  expect(e.message).toBe('mine');
  expect(lw.memory.active() - before).toBeLessThan(1024);
  expect(x.tolist()).toEqual([5, 0]);
  // a result that cannot be computed
  expect(thrown(() => lw.tidy(() => big().take(lw.array([-1, 2 ** 30], 'int32'), 0)))).toBeInstanceOf(lw.AxisError);
  expect(lw.memory.active() - before).toBeLessThan(1024);
  // scopes are closed: what is made now is nobody's
  expect(lw.zeros([2]).add(1).tolist()).toEqual([1, 1]);
});

test('tidy › refuses async functions', () => {
  const e = thrown(() => lw.tidy(async () => Promise.resolve(1)));
  expect(e).toBeInstanceOf(lw.LanewiseError);
  expect(e.message).toBe('[tidy] the function must not be async, got a promise');
});

test('limit › beyond it an error tells needed, held and limit', () => {
  const x = big();
  const held = lw.memory.active();
  lw.memory.setLimit(held + MIB);
  const e = thrown(() => lw.zeros([MIB]).add(1).eval()) as lw.OutOfMemoryError;
  expect(e).toBeInstanceOf(lw.OutOfMemoryError);
  expect([e.needed, e.held, e.limit]).toEqual([4 * MIB, e.held, held + MIB]);
  expect(e.message).toBe(
    `[memory] needed ${4 * MIB} bytes, ${e.held} are held of a limit of ${held + MIB}; dispose what is no longer used, or raise memory.setLimit`,
  );
  // what fits still works
  expect(x.sum().item()).toBe(MIB / 4);
  lw.memory.setLimit(limit);
  expect(lw.zeros([MIB]).add(1).at(0).item()).toBe(1);
  expect(thrown(() => lw.memory.setLimit(0)).message).toBe(
    `[memory.setLimit] the limit must be above 0 and at most ${limit} bytes, got 0`,
  );
});

test('limit › what can never fit is refused at once', () => {
  const e = thrown(() =>
    lw
      .zeros([2 ** 31 - 1], 'float64')
      .add(1)
      .eval(),
  ) as lw.OutOfMemoryError;
  expect(e).toBeInstanceOf(lw.OutOfMemoryError);
  expect(e.needed).toBeGreaterThanOrEqual(8 * (2 ** 31 - 1));
  expect(lw.memory.active()).toBeLessThan(MIB);
});

test('limit › a kept result in use is not evicted under the feet of an evaluation', () => {
  const x = lw.ones([512, 512]).add(0).eval();
  const s = x.cumsum(0);
  s.add(1).eval().dispose();
  s.add(2).eval().dispose();
  expect(s.node.stored).toBe(true);
  lw.memory.clear();
  // so little room that every allocation collects and evicts
  lw.memory.setLimit(lw.memory.active() + 1.2 * MIB);
  for (let i = 0; i < 3; i++) {
    const y = s.add(i).sum(0).add(s.at(511));
    expect(y.at(0).item()).toBe((512 * 513) / 2 + 512 * i + 512);
    const z = s.add(i);
    expect(z.at(511, 0).item()).toBe(512 + i);
    z.dispose();
    y.dispose();
  }
});

test('collection › 3000 steps of 1 MB without disposal stay below 300 MiB', () => {
  let x = big();
  lw.memory.resetPeak();
  for (let i = 0; i < 3000; i++) x = x.mul(0.5).add(1).eval();
  expect(x.at(0).item()).toBeCloseTo(2, 5);
  expect(lw.memory.peak()).toBeLessThan(300 * MIB);
  expect(lw.memory.collected().count).toBeGreaterThan(0);
});

test('collection › many small results are reclaimed too', () => {
  lw.memory.clear();
  const before = lw.memory.active();
  const x = lw.ones([8]).add(0).eval();
  for (let i = 0; i < 200000; i++) x.add(i % 7).eval();
  lw.memory.clear();
  expect(lw.memory.active() - before).toBeLessThan(256 * 1024);
  expect(x.tolist()).toEqual(Array<number>(8).fill(1));
});

test('collection › an unevaluated sum over a loop stays bounded', () => {
  lw.memory.setLimit(400 * MIB);
  let total = lw.array(0);
  for (let i = 0; i < 800; i++) total = total.add(big().at(0));
  expect(total.item()).toBe(800);
});

test('collection › while much is alive, a deep graph is still computed once', () => {
  lw.memory.setLimit(400 * MIB);
  const held = lw
    .zeros([30 * MIB])
    .add(1)
    .eval();
  lw.memory.clear();
  const w = lw.eye(16).eval();
  const products = vi.spyOn(wasmBackend.kernels as Record<'matmul', Kernel>, 'matmul');
  let h = w;
  for (let layer = 0; layer < 20; layer++) {
    const x = h.mul(0.5);
    let y = x.matmul(w);
    for (let i = 0; i < 20; i++) y = y.add(0.01);
    h = h.add(x.matmul(w).mul(y));
  }
  h.eval();
  expect(products).toHaveBeenCalledTimes(40);
  products.mockRestore();
  expect(held.size).toBe(30 * MIB);
});
