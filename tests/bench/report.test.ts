import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../bench/src/options.js';
import { columns } from '../../bench/src/peers/index.js';
import { chart } from '../../bench/src/report/charts.js';
import type { ColumnInfo, Entry, Result } from '../../bench/src/report/result.js';
import { bestRival, digits, duration, groupTable, problems, report, speedup } from '../../bench/src/report/table.js';

const column = (id: string, more: Partial<ColumnInfo> = {}): ColumnInfo => ({
  ...{ id, title: id.toUpperCase(), version: '1.0', threads: 1, native: false, bimodal: false },
  ...more,
});
const all = [column('lanewise'), column('a'), column('b'), column('fast', { native: true, bimodal: true })];
const timed = (...rounds: number[]): Entry['outcomes'][string] => ({ state: 'timed', rounds, deviation: 1e-7 });
const matmul: Entry = {
  name: 'matmul 512',
  group: 'products',
  flops: 2e7,
  bytes: null,
  tolerance: 1e-5,
  ceiling: { plain: 20, relaxed: 40 },
  outcomes: {
    lanewise: timed(2, 2, 2),
    a: timed(6, 4, 5),
    b: timed(3, 3, 3),
    fast: timed(1, 9, 9),
  },
};
const broken: Entry = {
  ...matmul,
  name: 'matmul 64',
  flops: null,
  ceiling: null,
  outcomes: {
    lanewise: timed(0.02, 0.02, 0.02),
    a: { state: 'wrong', deviation: 0.5 },
    b: { state: 'failed', reason: 'no such kernel' },
  },
};
const result: Result = {
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'Some CPU', cores: 2, memory: 8, system: 'Linux 6', node: '24.1.0', v8: '13.6', flags: [] },
  columns: all,
  missing: { c: 'c is not installed' },
  entries: [matmul, broken],
  starts: { lanewise: [60, 50, 70], a: [200] },
  sizes: { lanewise: { script: 149.6, binary: 0 }, a: { script: 100, binary: 250.2 } },
};

describe('digits and durations', () => {
  test('digits › three of them that count, without an exponent', () => {
    expect([1234.5, 12.345, 0.012345, 1, 0].map(digits)).toEqual(['1235', '12.3', '0.0123', '1.00', '0']);
  });
  test('duration › in the unit that fits', () => {
    expect([2500, 12.34, 0.25, 0.0456, 0.000123].map(duration)).toEqual([
      '2.50 s',
      '12.3 ms',
      '0.250 ms',
      '45.6 us',
      '0.123 us',
    ]);
  });
});

describe('tables', () => {
  test('speedup › their time over ours, of two speeds the fast one', () => {
    expect(speedup(matmul, all[0]!, all[1]!)).toBe(2.5);
    expect(speedup(matmul, all[0]!, all[3]!)).toBe(0.5);
    expect(speedup(broken, all[0]!, all[1]!)).toBeNull();
  });
  test('bestRival › the fastest that is not native', () => {
    expect(bestRival(matmul, all)).toEqual({ title: 'B', speedup: 1.5 });
    expect(bestRival(broken, all)).toBeNull();
  });
  test('groupTable › time, rate, share of the higher ceiling, ratios; words where nothing was timed', () => {
    expect(groupTable([matmul, broken], all).split('\n')).toEqual([
      '|  | LANEWISE | rate | of ceiling | best JS/WASM | A | B | FAST |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| matmul 512 | 2.00 ms | 10.0 GF/s | 25 % | **1.50** | 2.50 | 1.50 | 0.500 |',
      '| matmul 64 | 20.0 us |  |  |  | wrong | failed |  |',
    ]);
  });
  test('groupTable › a column that has nothing in the group is left out', () => {
    const { fast: _, ...outcomes } = matmul.outcomes;
    expect(groupTable([{ ...matmul, outcomes }], all).split('\n')[0]).not.toContain('FAST');
  });
  test('problems › what did not start, was wrong or failed, one line a cause', () => {
    expect(problems({ ...result, entries: [matmul, broken, { ...broken, name: 'second' }] })).toEqual([
      'c did not start: c is not installed',
      'a: off by 5.0e-1, more than 0.00001: not timed (matmul 64)',
      'a: off by 5.0e-1, more than 0.00001: not timed (second)',
      'b: no such kernel (matmul 64; second)',
    ]);
  });
  test('report › names date, machine, Node and versions, and the mean over what was timed', () => {
    const text = report(result, { products: 'products.svg' });
    expect(text).toContain('2026-01-02, Some CPU, 2 cores, 8 GiB, Linux 6, Node 24.1.0 (V8 13.6). LANEWISE 1.0');
    expect(text).toContain('| A | 1.0 | 1 | 2.50 | 1 of 1 |');
    expect(text).toContain('| FAST | 1.0 | 1 | 0.500 | 0 of 1 |');
    expect(text).toContain('![products](products.svg)');
    expect(text).toContain('## Products');
    expect(text).toContain('| LANEWISE | 60.0 ms | 150 KB |  | 150 KB |');
    expect(text).toContain('| A | 200 ms | 100 KB | 250 KB | 350 KB |');
  });
});

describe('chart', () => {
  test('chart › an SVG with every workload and peer that was timed', () => {
    const svg = chart('products', [matmul, broken], all)!;
    expect(svg).toMatch(/^<svg /);
    for (const text of ['matmul 512', 'A', 'B', 'FAST']) expect(svg).toContain(`>${text}<`);
    expect(svg).not.toContain('matmul 64');
  });
  test('chart › nothing where no peer was timed', () => {
    expect(chart('products', [broken], all)).toBeNull();
  });
});

describe('options', () => {
  test('parseOptions › values after a space or an equals sign, defaults otherwise', () => {
    const options = parseOptions([
      '--quick',
      '--only',
      'soft',
      '--peers=tfjs,ort-node:2',
      '--threads',
      '2',
      '--node24',
    ]);
    expect(options).toMatchObject({ quick: true, threads: 2, node: '24', peers: ['tfjs', 'ort-node:2'], out: null });
    expect(options.only!.test('Softmax')).toBe(true);
    expect(parseOptions([]).peers).toContain('jax');
    expect(parseOptions(['--peers', 'none']).peers).toEqual([]);
    expect(parseOptions(['--flags', '--a --b=1']).flags).toEqual(['--a', '--b=1']);
  });
  test('parseOptions › names what it does not know', () => {
    expect(() => parseOptions(['--fast'])).toThrow('[bench] the option must be one of those below, got --fast');
    expect(() => parseOptions(['--threads', '0'])).toThrow('[bench] --threads must be a whole number above 0, got 0');
    expect(() => parseOptions(['--only'])).toThrow('[bench] --only must be followed by a value');
  });
  test('columns › a number of threads of their own, one for those that cannot be told', () => {
    expect(columns(['lanewise', 'tfjs', 'ort-node:4'], 2).map(({ id, threads }) => [id, threads])).toEqual([
      ['lanewise', 2],
      ['tfjs', 1],
      ['ort-node:4', 4],
    ]);
    expect(() => columns(['tfjx'], 1)).toThrow('[peers] a peer must be one of lanewise, tfjs');
    expect(() => columns(['ort-node:x'], 1)).toThrow('[peers] the threads of a peer must be a whole number above 0');
  });
});
