import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { allSteps, bits, by, exactSteps, graphs, leavesOf, ran, record } from './graphs.js';

const numRuns = Number(process.env['LANEWISE_PROPERTY_RUNS'] ?? 300);
beforeEach(() => lw.setDefaultDevice('wasm'));

test('fusion › op by op, tiles, generated code and compiled functions give the same bits', () => {
  const before = ran();
  fc.assert(
    fc.property(graphs(allSteps), (graph) => {
      const leaves = leavesOf(graph);
      const alone = bits(record(graph, leaves, allSteps, (x) => x.eval()));
      expect(by('tiles', () => bits(record(graph, leaves, allSteps)))).toBe(alone);
      expect(by('generated', () => bits(record(graph, leaves, allSteps)))).toBe(alone);
      const f = lw.compile((...xs: lw.Tensor[]) => record(graph, xs, allSteps));
      expect(by('tiles', () => bits(f(...leaves)))).toBe(alone);
      expect(by('generated', () => bits(f(...leaves)))).toBe(alone);
      expect(by('generated', () => bits(f(...leaves)))).toBe(alone);
    }),
    { numRuns },
  );
  const after = ran();
  // the comparison means nothing if one of the ways was not gone
  expect(after.tiles - before.tiles).toBeGreaterThan(numRuns);
  expect(after.generated - before.generated).toBeGreaterThan(numRuns);
  expect(after.closed - before.closed).toBeGreaterThan(numRuns / 4);
});

test('fusion › what rounds once per op gives what the reference gives', () => {
  fc.assert(
    fc.property(graphs(exactSteps), (graph) => {
      // sums in other orders round differently, and which of two zeros is the larger is left open
      const closing = graph.closing !== null && graph.closing.op < 2 ? { ...graph.closing, op: 2 } : graph.closing;
      const same = { ...graph, closing };
      const values = (device: string): number[] =>
        lw.withDevice(device, () =>
          Array.from(record(same, leavesOf(same), exactSteps).toTypedArray() as Float32Array),
        );
      const want = values('reference');
      for (const way of ['tiles', 'generated'] as const) {
        const got = by(way, () => values('wasm'));
        expect(got.length).toBe(want.length);
        const wrong = got.findIndex((x, i) => x !== want[i] && !(Number.isNaN(x) && Number.isNaN(want[i]!)));
        expect(wrong < 0 ? '' : `${way} [${wrong}]: ${got[wrong]}, not ${want[wrong]}`).toBe('');
      }
    }),
    { numRuns: Math.ceil(numRuns / 2) },
  );
});

test('fusion › a row that repeats is gathered once for all tiles, and no other step writes over it', () => {
  for (const dtype of ['bfloat16', 'float32'] as const) {
    const x = lw.random.normal([160, 64], 'float32', 0, 1, lw.random.key(1)).astype(dtype).eval();
    const [row, other] = [2, 3].map((k) =>
      lw.random.normal([64], 'float32', 0, 1, lw.random.key(k)).astype(dtype).eval(),
    );
    const each = (step: (y: lw.Tensor) => lw.Tensor): ArrayLike<number | bigint> => {
      let y = step(x.square());
      y = step(step(y.add(1)).tanh());
      y = step(y.multiply(row!));
      return step(y.subtract(other!).abs()).astype('float32').toTypedArray() as Float32Array;
    };
    const alone = each((y) => y.eval());
    expect(by('tiles', () => each((y) => y))).toEqual(alone);
    expect(by('generated', () => each((y) => y))).toEqual(alone);
  }
});
