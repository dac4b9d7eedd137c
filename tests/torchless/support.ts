// Operands of every kind, and values in float64 to compare with.
import { fileURLToPath } from 'node:url';
import { array, type Tensor } from '../../src/index.js';
import { BackendPreference, type Array2, type Backend, type MetalTensor } from '../../src/torchless.js';

/** The backends that run everywhere, and Metal on its software device where `npm run test:metal` has built that. */
export const preferences: BackendPreference[] = [BackendPreference.Cpu, BackendPreference.Reference];
if (process.env['LANEWISE_METAL_RIG'] === '1') {
  process.env['LANEWISE_METAL'] = fileURLToPath(new URL('../../native/metal/build/index.cjs', import.meta.url));
  await import('../../src/node/metal.js');
  preferences.push(BackendPreference.Metal);
}
/** float32 sums of fewer than 100 terms, and functions to a few units in the last place */
export const CLOSE = 2e-6;

/** Numbers between -1 and 1 that repeat from run to run. */
export function numbers(n: number, seed = 1): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1);
}
/** Largest difference, relative to the largest expected value; NaN where NaN is expected is no difference. */
export function distance(got: ArrayLike<number>, want: readonly number[]): number {
  if (got.length !== want.length) return Infinity;
  const scale = Math.max(1e-30, ...want.map(Math.abs).filter(Number.isFinite));
  return want.reduce((e, w, i) => {
    const g = got[i]!;
    const d = Object.is(g, w) || g === w ? 0 : Math.abs(g - w) / scale;
    return Math.max(e, Number.isNaN(d) ? Infinity : d);
  }, 0);
}

/** The same vector as each kind of operand, and how its elements are read. */
export const kinds = {
  plain: {
    vector: (_: Backend, x: Float32Array): Float32Array => x,
    matrix: (_: Backend, data: Float32Array, rows: number, cols: number): Array2 => ({ data, shape: [rows, cols] }),
    read: (x: unknown): Float32Array => (x instanceof Float32Array ? x : (x as Array2).data),
  },
  tensor: {
    vector: (_: Backend, x: Float32Array): Tensor => array(x),
    matrix: (_: Backend, x: Float32Array, rows: number, cols: number): Tensor => array(x).reshape([rows, cols]),
    read: (x: unknown): Float32Array => (x as Tensor).toTypedArray() as Float32Array,
  },
  device: {
    vector: (b: Backend, x: Float32Array): MetalTensor => b.toDevice1d(x),
    matrix: (b: Backend, data: Float32Array, rows: number, cols: number): MetalTensor =>
      b.toDevice2d({ data, shape: [rows, cols] }),
    read: (x: unknown): Float32Array => (x as MetalTensor).toVec(),
  },
} as const;
