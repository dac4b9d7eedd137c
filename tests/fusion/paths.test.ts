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
