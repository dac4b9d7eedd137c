import { describe, expect, it } from 'vitest';
import '../../src/index.js';
import { reference } from '../../src/backends/reference/index.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';
import { start } from '../../src/backends/wasm/instance.js';
import { rowOf } from '../../src/ops/define.js';
import * as ops from '../../src/ops/index.js';
import { types } from '../../src/tensor/dtype.js';

start();
const rows = Object.entries(ops).map(([name, fn]) => ({ name, row: rowOf(fn) }));
const families = [...new Set(rows.map(({ row }) => row?.family ?? 'none'))].sort();

describe.each(families)('%s', (family) => {
  const own = rows.filter(({ row }) => (row?.family ?? 'none') === family);
  it.each(own)('$name › has a row of its name, and kernels on both backends', ({ name, row }) => {
    expect(row?.name).toBe(name);
    const p = row!.primitive;
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
