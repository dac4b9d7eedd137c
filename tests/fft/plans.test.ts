// Plans on the heap: bounded, given back, whole after the memory has grown, and the first to go when it is short.
import { afterEach, beforeAll, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { memory } from '../../src/backends/heap.js';
import { planBytes, radices, trimPlans } from '../../src/backends/wasm/fft-plan.js';
import { thrown } from '../tensor/support.js';

const MIB = 2 ** 20;
const limit = lw.memory.limit();
beforeAll(() => void lw.setDefaultDevice('wasm'));
afterEach(() => {
  lw.memory.setLimit(limit);
  trimPlans(0);
});
const ramp = (n: number): lw.Tensor => lw.remainder(lw.arange(n, 'float32'), 17).eval();

test('plans › the radices of a length multiply to it, and a large prime has none', () => {
  for (let n = 1; n < 4000; n++) {
    const list = radices(n);
    let rest = n;
    for (let p = 2; p <= 61; p++) while (rest % p === 0) rest /= p;
    expect(list === null).toBe(rest > 1);
    if (list !== null) expect(list.reduce((p, r) => p * r, 1)).toBe(n);
  }
});
test('plans › many lengths leave at most 64 MiB of the heap, and all of it comes back', () => {
  ramp(1).dispose();
  const before = lw.memory.active();
  let most = 0;
  for (let k = 4; k < 20; k++) {
    const x = ramp(65536 * k);
    const y = lw.fft.rfft(x).eval();
    most = Math.max(most, planBytes());
    expect(planBytes()).toBeLessThanOrEqual(64 * MIB);
    x.dispose();
    y.dispose();
  }
  expect(most).toBeGreaterThan(32 * MIB);
  expect(lw.memory.active() - before).toBe(planBytes());
  trimPlans(0);
  expect(planBytes()).toBe(0);
  expect(lw.memory.active()).toBe(before);
});
test('plans › a kept plan is whole after the memory has grown', () => {
  const x = ramp(1009);
  const first = lw.fft.fft(x).toTypedArray();
  const pages = memory.buffer.byteLength;
  const large = lw
    .zeros([memory.buffer.byteLength / 4], 'float32')
    .add(1)
    .eval();
  expect(memory.buffer.byteLength).toBeGreaterThan(pages);
  expect(lw.fft.fft(x).toTypedArray()).toEqual(first);
  large.dispose();
});
test('plans › they go when memory is short, before a transform fails', () => {
  const x = ramp(60000);
  lw.fft
    .fft(ramp(1 << 18))
    .eval()
    .dispose();
  const kept = planBytes();
  expect(kept).toBeGreaterThan(2 * MIB);
  lw.memory.clear();
  lw.memory.setLimit(lw.memory.active() + 2 * MIB);
  const y = lw.fft.fft(x).eval();
  expect(planBytes()).toBeLessThan(kept);
  lw.memory.setLimit(limit);
  expect(y.toTypedArray()).toEqual(lw.fft.fft(x).toTypedArray());
});
test('plans › a transform that finds no memory says so, and the next one works', () => {
  const x = ramp(65536);
  lw.memory.clear();
  trimPlans(0);
  lw.memory.setLimit(lw.memory.active() + MIB);
  expect(thrown(() => lw.fft.fft(x).eval())).toBeInstanceOf(lw.OutOfMemoryError);
  lw.memory.setLimit(limit);
  expect(lw.fft.fft(x).abs().at(0).item()).toBe(lw.sum(x).item());
});
