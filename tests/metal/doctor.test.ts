// The doctor with a Metal device: what it finds when the device is opened, and through the public calls.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/backends/backend.js';
import { metalBackend } from '../../src/backends/metal/backend.js';
import { setDefaultDevice } from '../../src/index.js';
import { examine, show } from '../../src/node/doctor/report.js';
import '../../src/node/metal.js';

process.env['LANEWISE_METAL'] = fileURLToPath(new URL('../../native/metal/build/index.cjs', import.meta.url));
setDefaultDevice('metal');

describe('doctor › metal', () => {
  test('every family is right, in the kernels and through the calls', () => {
    const report = examine('1');
    expect([report.selected, report.passed, report.reason]).toEqual(['metal', true, null]);
    const metal = report.backends.find(({ name }) => name === 'metal')!;
    expect(metal.opened.map(({ family }) => family)).toEqual(expect.arrayContaining(['unary', 'reduce', 'matmul']));
    for (const { reason } of [...metal.opened, ...metal.checks]) expect(reason).toBeNull();
    expect(metal.workingSet).toBeGreaterThan(0);
    const text = show(report);
    expect(text).toContain('msl-emulated-cpu: a software device for tests, not a GPU');
    expect(text).toContain('\nmetal: kernels, when the device was opened\n');
    expect(text).toMatch(/\nmetal: every family is right$/);
  });
  test('a wrong kernel fails it', () => {
    const kernels = metalBackend.kernels as Record<string, Kernel>;
    const right = kernels['softmax']!;
    kernels['softmax'] = kernels['log_softmax']!;
    try {
      const report = examine('1');
      expect(report.passed).toBe(false);
      expect(report.reason).toMatch(/^softmax: softmax of 7 is wrong by /);
    } finally {
      kernels['softmax'] = right;
    }
  });
});
