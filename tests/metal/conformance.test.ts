// Every op against MLX on the device `metal`, through the addon: kernels under the checker, in three orders of lanes. What a kernel does
// not take runs on WebAssembly, and is counted.
import { afterAll, expect, it } from 'vitest';
import { suite } from '../support/golden-suite.js';
import { metal, rig } from './library.js';
import { ORDERS } from './rig.js';

it('metal › opens the device, which works on the heap itself', () => {
  expect(metal().reason).toMatch(/shared heap$/);
});
suite(
  Object.entries(ORDERS).map(([name, order]) => ({
    name: `metal, lanes ${name}`,
    device: 'metal',
    prepare: () => rig.set('order', order),
    check: () => expect(rig.reports()).toEqual([]),
  })),
);

afterAll(() => {
  const { fallbacks } = metal();
  const lines = Object.entries(fallbacks)
    .sort(([, a], [, b]) => b - a)
    .map(([key, n]) => `  ${key}: ${n}`);
  console.log(`on WebAssembly in place of Metal:\n${lines.join('\n')}`);
});
