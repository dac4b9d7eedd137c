// What the report says, and how it reads.
import { afterEach, describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/backends/backend.js';
import { reference } from '../../src/backends/reference/index.js';
import { memory, setDefaultDevice } from '../../src/index.js';
import { examine, show, type Report } from '../../src/node/doctor/report.js';

const kernels = reference.kernels as Record<string, Kernel>;
const { softmax } = kernels;
afterEach(() => {
  kernels['softmax'] = softmax!;
  setDefaultDevice('wasm');
});

const right = { family: 'matmul', error: 1.26e-7, milliseconds: 12.34, reason: null };
const backend = { threads: 1, variant: null, fusion: null, fallbacks: {}, opened: [], checks: [] };
const made: Report = {
  ...{ lanewise: '1.2.3', node: 'v20.1.0', platform: 'darwin arm64', selected: 'metal', passed: false },
  reason: 'norm: rmsNorm of 7 is wrong by 1.0e-1, 0.00002 is allowed',
  memory: { limit: 4294967296, held: 1 << 20, peak: 3 << 19 },
  backends: [
    {
      ...backend,
      ...{ name: 'metal', available: true, selected: true, device: 'Apple M2', workingSet: 8 * 2 ** 30 },
      reason: 'Apple M2; shared heap',
      fallbacks: { sort: 2, take: 1 },
      opened: [right],
      checks: [
        right,
        { family: 'norm', error: 0.1, milliseconds: 1, reason: 'rmsNorm of 7 is wrong by 1.0e-1, 0.00002 is allowed' },
        { family: 'sort', error: Infinity, milliseconds: 0, reason: 'sort: lost' },
      ],
    },
    { ...backend, name: 'wasm', available: false, selected: false, reason: '[wasm] no WebAssembly', threads: 0 },
  ],
};

describe('doctor › report', () => {
  test('as text', () => {
    expect(show(made)).toBe(`Lanewise 1.2.3, Node v20.1.0, darwin arm64
memory: 4096.0 MiB may be held, 1.0 MiB are held, 1.5 MiB at most so far

backend  state     variant  threads  working set  what it is, or why not
metal    selected  -        1        8192.0 MiB   Apple M2; shared heap
wasm     no        -        0        -            [wasm] no WebAssembly

metal: kernels, when the device was opened
family  error   ms    result
matmul  1.3e-7  12.3  right

metal: calls, against float64
family  error     ms    result
matmul  1.3e-7    12.3  right
norm    1.0e-1    1.0   rmsNorm of 7 is wrong by 1.0e-1, 0.00002 is allowed
sort    Infinity  0.0   sort: lost

fallbacks since the start: metal sort: 2, metal take: 1
not well: norm: rmsNorm of 7 is wrong by 1.0e-1, 0.00002 is allowed`);
  });
  test('the selected backend passes: what is held, what there is', () => {
    setDefaultDevice('wasm');
    const report = examine('1.2.3');
    expect([report.selected, report.passed, report.reason]).toEqual(['wasm', true, null]);
    expect(report.memory.limit).toBe(memory.limit());
    expect(report.backends.map(({ name }) => name)).toEqual(expect.arrayContaining(['wasm', 'reference']));
    expect(report.backends.filter(({ selected }) => selected).map(({ name }) => name)).toEqual(['wasm']);
    for (const { available, checks } of report.backends) expect(checks.length > 0).toBe(available);
    expect(show(report)).toMatch(/\nfallbacks since the start: none\nwasm: every family is right$/);
  });
  test('a wrong kernel of another backend is shown, and the selected one passes', () => {
    kernels['softmax'] = () => {};
    setDefaultDevice('wasm');
    const report = examine('1');
    const checks = report.backends.find(({ name }) => name === 'reference')!.checks;
    expect(checks.filter(({ reason }) => reason !== null).map(({ family }) => family)).toEqual(['softmax']);
    expect(report.passed).toBe(true);
  });
  test('a wrong kernel of the selected backend fails it', () => {
    kernels['softmax'] = () => {};
    setDefaultDevice('reference');
    const report = examine('1');
    expect([report.selected, report.passed]).toEqual(['reference', false]);
    expect(report.reason).toMatch(/^softmax: softmax of 7 is wrong by /);
  });
});
