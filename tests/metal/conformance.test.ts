// Every op against MLX on the device `metal`, through the addon: kernels under the checker, in three orders of lanes. What a kernel does
// not take runs on WebAssembly, and is counted.
import { afterAll, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { suite } from '../support/golden-suite.js';
import { load, ORDERS, type Rig } from './rig.js';

process.env['LANEWISE_METAL'] ??= new URL('../../native/metal/build/index.cjs', import.meta.url).pathname;
await import('../../src/node/metal.js');
const rig = load<Rig>('rig');

const metal = (): lw.BackendInfo => lw.backends().find((b) => b.name === 'metal')!;

it('metal › opens the software device', () => {
  expect(metal().reason).toMatch(/^msl-emulated-cpu.*shared heap$/);
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
