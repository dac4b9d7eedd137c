import { describe, expect, it } from 'vitest';
import '../../src/index.js';
import { reference } from '../../src/backends/reference/index.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';
import { start } from '../../src/backends/wasm/instance.js';
import { types } from '../../src/tensor/dtype.js';
import { strays, table } from '../support/table.js';

start();
const families = [...new Set(table.map(({ row }) => row.family))].sort();

it('table › every public function that gives tensors has a row', () => {
  expect(strays).toEqual([]);
});

describe.each(families)('%s', (family) => {
  const own = table.filter(({ row }) => row.family === family);
  it.each(own)('$name › has a row of its name, and kernels on both backends', ({ name, row, fn }) => {
    expect(row.name).toBe(name);
    expect(fn.name).toBe(name);
    const p = row.primitive;
    if (p === null || p.view) return; // written in other ops, or no kernel to run
    for (const backend of [wasmBackend, reference]) {
      const has =
        p.elementwise > 0
          ? Object.values(types).some((t) => backend.hasElementwise(p, t))
          : backend.kernels[p.name] !== undefined;
      expect(`${backend.name}: ${has}`).toBe(`${backend.name}: true`);
    }
  });
});
