// Every op against MLX on the device `metal`, through the addon: kernels under the checker, in three orders of lanes. What a kernel does
// not take runs on WebAssembly, and is counted.
import { afterAll, expect, it } from 'vitest';
import { fallbacksOf } from '../../src/backends/fallbacks.js';
import { metalBackend } from '../../src/backends/metal/backend.js';
import type { Case } from '../support/golden.js';
import { suite } from '../support/golden-suite.js';
import { metal, rig } from './library.js';
import { ORDERS } from './rig.js';

it('metal › opens the device, which works on the heap itself', () => {
  expect(metal().reason).toMatch(/shared heap$/);
});
/** Kernels that WebAssembly runs in the cases without float64 and complex64. */
const LEFT = [
  // in float64 or complex64 inside of an op: windows, transforms
  ...['abs', 'astype', 'cos', 'divide', 'multiply', 'subtract'],
  // of modes and widths that Metal does not have
  ...['dequantize', 'quantized_matmul'],
  ...[
    'convolution',
    'eigh',
    'fft',
    'from_fp8',
    'gather_matmul',
    'hadamard',
    'linalg_cholesky',
    'linalg_det',
    'linalg_indices',
    'linalg_inv',
    'linalg_lu',
    'linalg_qr',
    'linalg_slogdet',
    'linalg_solve',
    'linalg_solve_triangular',
    'linalg_tri_inv',
    'masked_scatter',
    'quantize_codes',
    'quantize_scales',
    'searchsorted',
    'segment_matmul',
    'svd',
    'to_fp8',
    'unique',
  ],
];
const left = new Set<string>();
let earlier: Readonly<Record<string, number>> = {};
function look(c: Case): void {
  const now = fallbacksOf(metalBackend);
  const types = [...c.inputs, ...c.outputs].map((x) => x.dtype);
  if (!types.includes('float64') && !types.includes('complex64'))
    for (const key of Object.keys(now)) if (now[key] !== earlier[key]) left.add(key);
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
);

it('metal › leaves to WebAssembly what docs/metal.md says', () => {
  expect([...left].sort()).toEqual(LEFT.sort());
});
afterAll(() => {
  const { fallbacks } = metal();
  const lines = Object.entries(fallbacks)
    .sort(([, a], [, b]) => b - a)
    .map(([key, n]) => `  ${key}: ${n}`);
  console.log(`on WebAssembly in place of Metal:\n${lines.join('\n')}`);
});
