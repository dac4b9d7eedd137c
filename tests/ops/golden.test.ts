// Every op against MLX on the backends of the core.
import { expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { cases, missing, suite } from '../support/golden-suite.js';
import { table } from '../support/table.js';

it('goldens › every op of the files exists in the library', () => {
  expect(missing.join(', ')).toBe('');
});

/** Rows without cases of their own, and the test that covers them. */
const elsewhere: Readonly<Record<string, string>> = {
  array: 'tests/tensor/array.test.ts',
  asarray: 'tests/numeric',
  einsumPath: 'tests/numeric',
  gatherQqmm: 'tests/quantized/products.test.ts',
};
it('goldens › every op of the table has cases', () => {
  const tested = new Set([...cases.values()].flat().map((c) => c.op.replace(/^at\.(\w+)$/, '$1At')));
  expect(table.map(({ name }) => name).filter((name) => !tested.has(name) && !(name in elsewhere))).toEqual([]);
  expect(Object.keys(elsewhere).filter((name) => tested.has(name) || !table.some((e) => e.name === name))).toEqual([]);
});

suite(['wasm', 'reference'].map((name) => ({ name, device: name })));

it('goldens › no op of the wasm backend ran on the reference', () => {
  lw.setDefaultDevice('wasm');
  expect(lw.backends().find((b) => b.name === 'wasm')!.fallbacks).toEqual({});
});
