// Workers inside one process: failures, memory that grows, generated code that comes and goes.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as lw from '../../src/index.js';
import { u8 } from '../../src/backends/heap.js';
import { counts, generation } from '../../src/backends/wasm/fusion/cache.js';
import { closed, deskOn, DESK_BYTES, COUNT, NEXT, takePart, ticket } from '../../src/backends/wasm/threads/desk.js';
import { jobs, MOST_CODE, running, tuning, workers, written } from '../../src/backends/wasm/threads/pool.js';
import { spreadCalls } from '../../src/backends/wasm/threads/spread.js';
import { wasm } from '../../src/backends/wasm/runtime.js';

const usual = { ...tuning };
async function warm(count: number): Promise<void> {
  lw.setThreads(count);
  const x = lw.ones([64, 64]);
  const end = performance.now() + 60_000;
  while (running() < count - 1 && performance.now() < end) {
    lw.matmul(x, x).eval();
    await new Promise((r) => setTimeout(r, 5));
  }
  expect(running()).toBe(count - 1);
}
beforeAll(() => lw.ones([1]).eval());
beforeEach(() => {
  // the smallest work is shared
  Object.assign(tuning, { share: 0.001, asleep: 0.001, earned: 0 });
});
afterEach(() => {
  Object.assign(tuning, usual);
});
afterAll(() => lw.terminate());

const product = (n: number): number =>
  lw
    .matmul(lw.ones([n, n]), lw.full([n, n], 2))
    .sum()
    .item() as number;

describe('desk', () => {
  test('desk › a thread that is late takes no part of a job that is being written down', () => {
    const desk = deskOn(new SharedArrayBuffer(DESK_BYTES));
    const { ints } = desk;
    ints[COUNT] = 2;
    ints[NEXT] = ticket(7);
    expect([takePart(desk, 7), takePart(desk, 6), takePart(desk, 7), takePart(desk, 7)]).toEqual([0, -1, 1, -1]);
    ints[NEXT] = closed(7);
    ints[COUNT] = 4095; // of the next job
    expect(takePart(desk, 7)).toBe(-1);
    ints[NEXT] = ticket(8);
    expect([takePart(desk, 7), takePart(desk, 8)]).toEqual([-1, 0]);
  });
  test('desk › the numbers of jobs go round', () => {
    const desk = deskOn(new SharedArrayBuffer(DESK_BYTES));
    desk.ints[COUNT] = 1;
    for (const job of [1, 2 ** 19 - 1, 2 ** 19, 2 ** 20 - 1]) {
      desk.ints[NEXT] = ticket(job);
      expect([takePart(desk, job), takePart(desk, job)]).toEqual([0, -1]);
      desk.ints[NEXT] = closed(job);
      expect(takePart(desk, job)).toBe(-1);
    }
  });
});

describe('pool', () => {
  test('pool › a part that fails is a typed error, and the work after it is right', async () => {
    await warm(4);
    for (let turn = 0; turn < 20; turn++) {
      const bad = turn % 8;
      const run = (): void =>
        spreadCalls(4, wasm['copy_rows']!, 6, 8, 1e6, (i, x) => {
          [1, 16, 4096, 0, i === bad ? 2 ** 32 - 8 : 4096, 0].forEach((v, k) => (x[k] = v));
        });
      expect(run).toThrow(lw.BackendError);
      expect(run).toThrow(/^\[wasm\] a kernel failed: .*out of bounds/);
      expect(product(100)).toBe(2e6);
    }
    expect(running()).toBe(3);
  });
  test('pool › a worker that does not come back is a typed error, then kernels run on one thread', async () => {
    // in a copy of the library: what is given up is given up for good
    vi.resetModules();
    const pool = await import('../../src/backends/wasm/threads/pool.js');
    const own = await import('../../src/index.js');
    const { spreadCalls: spread } = await import('../../src/backends/wasm/threads/spread.js');
    const runtime = await import('../../src/backends/wasm/runtime.js');
    const heap = await import('../../src/backends/heap.js');
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    own.setThreads(3);
    Object.assign(pool.tuning, { share: 0.001, asleep: 0.001, earned: 0, patience: 1 });
    const x = own.ones([64, 64]);
    while (pool.running() < 2) {
      own.matmul(x, x).eval();
      await new Promise((r) => setTimeout(r, 5));
    }
    // the first part, which this thread takes, is done long before the others
    const at = heap.alloc(256);
    const fill = (i: number, y: number[]): void =>
      [i === 0 ? 2 ** 23 : 2 ** 27, 128, at, 0, at + 128, 0].forEach((v, k) => (y[k] = v));
    let threw: unknown = null;
    for (let turn = 0; turn < 10 && threw === null; turn++) {
      try {
        spread(3, runtime.wasm['copy_rows']!, 6, 3, 0, fill);
      } catch (e) {
        threw = e;
      }
    }
    expect(threw).toBeInstanceOf(own.BackendError);
    expect((threw as Error).message).toBe(
      '[threads] a worker stopped in the middle of its work; kernels run on one thread from now on',
    );
    expect([own.threads(), pool.running(), own.matmul(x, x).sum().item()]).toEqual([1, 0, 64 ** 3]);
    expect(warned.mock.calls).toEqual([
      ['[threads] 3 threads were asked for, kernels run on one: a worker stopped in the middle of its work'],
    ]);
    warned.mockRestore();
  });
  test('pool › a worker that dies is replaced, and what it was to do is done', async () => {
    await warm(3);
    for (let turn = 0; turn < 4; turn++) {
      const [, one] = workers();
      await (one!.terminate() as Promise<unknown>);
      for (let i = 0; i < 10; i++) expect(product(90)).toBe(2 * 90 ** 3);
      await warm(3);
      expect(workers()[1]).not.toBe(one);
    }
  });
  test('pool › memory that grows while workers run is theirs too', async () => {
    await warm(4);
    const before = u8.length;
    const kept: lw.Tensor[] = [];
    for (let n = 1 << 18; u8.length < before + (200 << 20); n = Math.min(2 * n, 1 << 22)) {
      const x = lw.arange(n).remainder(1000).eval();
      const y = x.multiply(2).add(1).square().eval();
      kept.push(x, y);
      expect(x.sum().item()).toBe(lw.arange(n).remainder(1000).astype('float64').sum().item());
      expect(y.at(-1).item()).toBe((2 * ((n - 1) % 1000) + 1) ** 2);
      expect(product(128)).toBe(2 * 128 ** 3);
    }
    expect(kept.length).toBeGreaterThan(4);
    for (const t of kept) t.dispose();
  });
  test('pool › generated code that is dropped and made again takes no memory and stays right', async () => {
    await warm(4);
    const { most } = generation;
    generation.most = 8;
    const compiled = counts.compiled;
    try {
      const x = lw.arange(20_000).divide(20_000).eval();
      const chain = (k: number) => (t: lw.Tensor) => {
        let y = t;
        for (let bit = 1; bit < 64; bit *= 2) y = k & bit ? y.square().add(0.5) : y.multiply(0.5).add(t);
        return y;
      };
      const wanted = Array.from({ length: 40 }, (_, k) =>
        lw.withDevice('reference', () => chain(k)(x).sum().item() as number),
      );
      // compiled functions keep code that was dropped
      const kept = Array.from({ length: 40 }, (_, k) => lw.compile(chain(k)));
      const round = (): void => {
        for (let k = 0; k < 40; k++) {
          const f = k % 2 === 0 ? kept[k]! : chain(k);
          for (let i = 0; i < 4; i++) {
            const got = lw.tidy(() => f(x).eval().astype('float64').sum().item() as number);
            expect(Math.abs(got / wanted[k]! - 1)).toBeLessThan(1e-5);
          }
        }
      };
      round();
      const held = lw.memory.active();
      const before = jobs();
      for (let i = 0; i < 5; i++) round();
      expect(jobs() - before).toBeGreaterThan(500);
      expect(counts.compiled - compiled).toBeGreaterThan(100);
      expect(lw.memory.active()).toBeLessThanOrEqual(held);
    } finally {
      generation.most = most;
    }
  });
  test('pool › more code than the desk holds is copied to it again', async () => {
    await warm(3);
    const { most, from } = generation;
    Object.assign(generation, { most: 4096, from: 1 });
    const x = lw.arange(8192).divide(8192).eval();
    // every plan is another structure: its bits say what is done
    const plan = (k: number): number => {
      let y = x;
      for (let bit = 0; bit < 16; bit++) y = (k >> bit) & 1 ? y.multiply(y).add(x) : lw.maximum(y.multiply(x), x);
      return y.at(4096).item() as number;
    };
    const before = written();
    const plans = Array.from({ length: 500 }, (_, k) => (k * 131) % 65536);
    const first = plans.map(plan);
    expect(written() - before).toBeGreaterThan(1.5 * MOST_CODE);
    const again = written();
    plans.forEach((k, i) => expect(plan(k)).toBe(first[i]));
    expect(written() - again).toBeGreaterThan(MOST_CODE);
    Object.assign(generation, { most, from });
  });
  test('pool › results that are read later and blocks that are left give back what they hold', async () => {
    await warm(4);
    const x = lw.random.normal([300, 300], 'float32', 0, 1, lw.random.key(1)).eval();
    const once = async (): Promise<number> => {
      using y = lw.matmul(x, x);
      using z = lw.softmax(y, -1);
      const reads = await Promise.all([y.data(), z.data(), z.sum().data()]);
      return (reads[2] as Float32Array)[0]!;
    };
    await once();
    const held = lw.memory.active();
    const sums = await Promise.all(Array.from({ length: 30 }, once));
    for (const s of sums) expect(Math.abs(s - 300)).toBeLessThan(0.01);
    expect(lw.memory.active()).toBeLessThanOrEqual(held + 4096);
  });
});
