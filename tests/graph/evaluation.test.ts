import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const KIB = 1024;
const block = (): lw.Tensor =>
  lw
    .zeros([64 * KIB])
    .add(1)
    .eval();

describe.each(['reference', 'wasm'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test('laziness › nothing is computed until it is read', () => {
    const x = lw.ones([4]).add(0).eval();
    const before = lw.memory.active();
    const y = x.take(lw.array([9], 'int32'), 0).add(1);
    expect(y.shape).toEqual([1]);
    expect(y.node.stored).toBe(false);
    expect(lw.memory.active() - before).toBeLessThanOrEqual(64);
    expect(() => y.item()).toThrow(lw.AxisError);
  });

  test('memory › interiors are released at their last use', () => {
    const x = block();
    const run = (): lw.Tensor => {
      let y = x;
      for (let i = 0; i < 10; i++) y = y.add(1).sum(0, true).add(x).mul(0.5);
      return y.eval();
    };
    run().dispose();
    lw.memory.clear();
    const before = lw.memory.active();
    lw.memory.resetPeak();
    const y = run();
    expect(lw.memory.active() - before).toBe(256 * KIB);
    expect(lw.memory.peak() - before).toBeLessThanOrEqual(2 * 256 * KIB + KIB);
    y.dispose();
    expect(lw.memory.active()).toBe(before);
  });

  test('recomputation › a released interior gives the same values again', () => {
    const x = lw.arange(100).astype('float32');
    const a = x.mul(3);
    const b = a.sum();
    const c = a.add(b);
    expect(c.at(1).item()).toBe(3 + 3 * 4950);
    expect(a.node.stored).toBe(false);
    expect(b.node.stored).toBe(false);
    expect(b.item()).toBe(3 * 4950);
    expect(a.at(2).item()).toBe(6);
    expect(c.at(1).item()).toBe(3 + 3 * 4950);
  });

  test('recomputation › views of one expensive result compute it once, in any order', () => {
    const pair = lw.random.normal([8, 8]).sort(-1);
    const low = pair.at(lw.slice(0, 4)).reshape([32]);
    const high = pair.at(':', lw.slice(4, 8));
    low.eval();
    const before = lw.memory.active();
    high.eval();
    pair.eval();
    expect(pair.node.runs).toBe(1);
    expect(lw.memory.active()).toBe(before);
  });

  test('recomputation › something expensive is kept the second time', () => {
    const x = lw.arange(64).reshape([8, 8]).astype('float32');
    const s = x.sum(0);
    s.add(1).eval();
    expect(s.node.runs).toBe(1);
    expect(s.node.stored).toBe(false);
    s.add(2).eval();
    expect(s.node.runs).toBe(2);
    expect(s.node.stored).toBe(true);
    s.add(3).eval();
    s.mul(2).eval();
    expect(s.node.runs).toBe(2);
    expect(s.tolist()).toEqual(Array.from({ length: 8 }, (_, j) => 224 + 8 * j));
  });

  test('recomputation › a kept value survives its inputs once it was asked for', () => {
    const x = lw.ones([4, 4]).add(0).eval();
    const s = x.sum(0);
    s.add(1).eval();
    s.add(2).eval();
    s.eval();
    x.dispose();
    expect(s.node.evict()).toBe(true);
    expect(s.tolist()).toEqual([4, 4, 4, 4]);
    const y = lw.ones([4, 4]).add(0).eval();
    const kept = lw.tidy(() => {
      const inner = y.mul(2);
      const t = inner.sum(0);
      t.add(1).eval();
      t.add(2).eval();
      return t;
    });
    kept.node.evict();
    expect(kept.tolist()).toEqual([8, 8, 8, 8]);
  });

  test('graphs › diamonds and shared parts', () => {
    const x = lw.array([1, 2]);
    let y = x;
    for (let i = 0; i < 60; i++) y = y.add(y); // 2^60 paths
    expect(y.tolist()).toEqual([2 ** 60, 2 ** 61]);
    const s = x.sum();
    expect(lw.concatenate([x.mul(s), x.mul(s), x.sub(s.mul(s))]).tolist()).toEqual([3, 6, 3, 6, -8, -7]);
  });

  test('graphs › a chain of 100000 ops', () => {
    let x = lw.array([0, 1, 2, 3, 4]);
    for (let i = 0; i < 1e5; i++) x = x.add(1);
    expect(x.tolist()).toEqual([100000, 100001, 100002, 100003, 100004]);
    let y = lw.array([[0, 1]], 'int32');
    for (let i = 0; i < 20001; i++) y = y.T.add(1);
    expect(y.tolist()).toEqual([[20001], [20002]]);
  });

  test('graphs › 1000 inputs of one node', () => {
    const x = lw.arange(10).astype('float32');
    const y = lw.concatenate(Array.from({ length: 1000 }, (_, i) => (i % 2 ? x.add(i) : x.at(lw.slice(0, i % 7)))));
    const want = Array.from({ length: 1000 }, (_, i) =>
      i % 2 ? [...Array(10).keys()].map((v) => v + i) : [...Array(i % 7).keys()],
    ).flat();
    expect(Array.from(y.toTypedArray() as Float32Array)).toEqual(want);
    expect(
      lw
        .stack(Array.from({ length: 300 }, (_, i) => lw.array(i)))
        .sum()
        .item(),
    ).toBe((300 * 299) / 2);
  });

  test('eval › trees, several roots, and what is computed already', () => {
    const a = lw.array([1]).add(1);
    const b = a.mul(2);
    lw.eval({ a: [b, null, 3, 'x'], m: new Map([['k', a]]) }, undefined);
    expect(a.node.stored && b.node.stored).toBe(true);
    lw.eval(a, b, a);
    expect([a.item(), b.item()]).toEqual([2, 4]);
    expect(a.eval()).toBe(a);
  });

  test('errors › a failed evaluation leaves the graph usable and holds nothing', () => {
    const x = block();
    lw.memory.clear();
    const before = lw.memory.active();
    const fine = x.mul(2);
    const s = fine.sum(0, true);
    const bad = lw.concatenate([fine.add(s), x.take(lw.array([70000], 'int32'), 0).add(1)]);
    for (let i = 0; i < 3; i++) {
      expect(thrown(() => bad.eval())).toBeInstanceOf(lw.AxisError);
      expect(bad.node.stored || fine.node.stored).toBe(false);
    }
    const view = x.reshape([256, 256]).T;
    expect(thrown(() => lw.eval(view, view.take(lw.array([256], 'int32'), 0)))).toBeInstanceOf(lw.AxisError);
    lw.memory.clear();
    expect(lw.memory.active() - before).toBeLessThanOrEqual(2 * KIB + (s.node.stored ? 64 : 0));
    expect(fine.at(0).item()).toBe(2);
    expect(s.item()).toBe(2 * 65536);
    expect(view.at(0, 0).item()).toBe(1);
    x.set(0, 5);
    expect(x.at(0).item()).toBe(5);
  });

  test('errors › a set that failed does not touch what was there', () => {
    const x = lw.arange(6).astype('float32').eval();
    const node = x.node;
    x.set(0, 100);
    x.eval();
    x.set(lw.array([1, 77], 'int32'), 200);
    expect(thrown(() => x.eval())).toBeInstanceOf(lw.AxisError);
    expect(thrown(() => x.eval())).toBeInstanceOf(lw.AxisError);
    expect(x.node.stored).toBe(false);
    expect(node.stored).toBe(false);
  });

  test('errors › a set that was computed before the failure stays', () => {
    const x = lw.arange(6).astype('float32').eval();
    x.set(0, 100);
    const held = x.reshape([2, 3]);
    const bad = lw.concatenate([x, x.take(lw.array([6], 'int32'), 0)]);
    expect(thrown(() => bad.eval())).toBeInstanceOf(lw.AxisError);
    expect(x.tolist()).toEqual([100, 1, 2, 3, 4, 5]);
    expect(held.tolist()).toEqual([
      [100, 1, 2],
      [3, 4, 5],
    ]);
    x.set(1, 50);
    expect(x.tolist()).toEqual([100, 50, 2, 3, 4, 5]);
  });
});

test('devices › one graph may mix them', () => {
  const x = lw.withDevice('reference', () => lw.array([1, 2, 3]).add(1));
  const y = lw.withDevice('wasm', () => x.mul(2).add(1));
  const z = lw.withDevice('reference', () => y.sub(x).sum());
  expect(z.item()).toBe(2 + 3 + 4 + 3);
  expect(y.tolist()).toEqual([5, 7, 9]);
  expect(() => lw.setDefaultDevice('cuda')).toThrow(lw.BackendError);
});
