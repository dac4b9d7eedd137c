// Ops against MLX on the device `metal`, through the addon: kernels under the checker, in three orders of lanes. What a kernel does not
// take runs on WebAssembly, and is counted.
import { afterAll, expect, it } from 'vitest';
import { fallbacksOf } from '../../src/backends/fallbacks.js';
import { metalBackend } from '../../src/backends/metal/backend.js';
import type { Case } from '../support/golden.js';
import { suite } from '../support/golden-suite.js';
import { metal, rig } from './library.js';
import { ORDERS } from './rig.js';

/**
 * Declares the op suite for families of it.
 * @param left the kernels that WebAssembly runs in the cases without float64 and complex64
 */
export function conformance(families: readonly string[], left: readonly string[]): void {
  it('metal › opens the device, which works on the heap itself', () => {
    expect(metal().reason).toMatch(/shared heap$/);
  });

  const seen = new Set<string>();
  let earlier: Readonly<Record<string, number>> = {};
  function look(c: Case): void {
    const now = fallbacksOf(metalBackend);
    const types = [...c.inputs, ...c.outputs].map((x) => x.dtype);
    if (!types.includes('float64') && !types.includes('complex64'))
      for (const key of Object.keys(now)) if (now[key] !== earlier[key]) seen.add(key);
    earlier = now;
  }
  suite(
    Object.entries(ORDERS).map(([name, order]) => ({
      name: `metal, lanes ${name}`,
      device: 'metal',
      prepare: () => rig.set('order', order),
      check: () => expect(rig.reports()).toEqual([]),
      after: look,
    })),
    families,
  );

  it('metal › leaves to WebAssembly what docs/metal.md says', () => {
    expect([...seen].sort()).toEqual([...left].sort());
  });
  afterAll(() => {
    const lines = Object.entries(metal().fallbacks)
      .sort(([, a], [, b]) => b - a)
      .map(([key, n]) => `  ${key}: ${n}`);
    console.log(`on WebAssembly in place of Metal:\n${lines.join('\n')}`);
  });
}
