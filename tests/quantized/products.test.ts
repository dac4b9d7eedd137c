// What MLX's CPU backend does not run or gets wrong: sizes past one block, half products, general qqmm, batches beside one x.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { devices } from '../tensor/support.js';

lw.random.seed(7);
const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
/** Largest distance of two tensors, relative to `unit`. */
function distance(a: lw.Tensor, b: lw.Tensor, unit: number): number {
  expect(a.shape).toEqual(b.shape);
  const y = numbers(b);
  return numbers(a).reduce((m, v, i) => Math.max(m, Math.abs(v - y[i]!) / unit), 0);
}
const schemes = [
  ...[1, 2, 3, 4, 5, 6, 8].map((bits) => ({ mode: 'affine', bits, groupSize: 64 }) as const),
  { mode: 'mxfp4', bits: 4, groupSize: 32 },
  { mode: 'mxfp8', bits: 8, groupSize: 32 },
  { mode: 'nvfp4', bits: 4, groupSize: 16 },
] as const;
const packed = (w: lw.Tensor, s: (typeof schemes)[number]): lw.Tensor[] =>
  lw.quantize(w, s.groupSize, s.bits, s.mode, null);

describe('quantizedMatmul', () => {
  it.each(schemes)('quantizedMatmul › agrees with the product of the decoded matrix in double precision, %o', (s) => {
    const [w, scales, biases] = packed(lw.random.normal([301, 704]), s) as [lw.Tensor, lw.Tensor, lw.Tensor?];
    const dense = lw.dequantize(w, scales, biases, { ...s, dtype: 'float32' }).astype('float64');
    for (const transpose of [true, false]) {
      for (const M of [1, 2, 5, 8, 9, 70]) {
        const x = lw.random.normal([M, transpose ? 704 : 301]);
        const y = lw.quantizedMatmul(x, w, scales, biases, { ...s, transpose });
        const truth = lw.matmul(x.astype('float64'), transpose ? lw.transpose(dense) : dense);
        // half a unit of a sum of magnitudes of 704 products of about 2
        expect(distance(y, truth, 1)).toBeLessThan(3e-4);
      }
    }
  });
  it('quantizedMatmul › takes one x for a batch of matrices', () => {
    const [w, s, b] = lw.quantize(lw.random.normal([3, 5, 64]));
    const x = lw.random.normal([2, 64]);
    const y = lw.quantizedMatmul(x, w, s, b);
    expect(y.shape).toEqual([3, 2, 5]);
    for (let i = 0; i < 3; i++) {
      const one = lw.quantizedMatmul(x, w.at(i), s.at(i), b.at(i));
      expect(distance(y.at(i), one, 1)).toBe(0);
    }
  });
  it.each(devices)('quantizedMatmul › takes empty operands on %s', (device) => {
    lw.withDevice(device, () => {
      const [w, s, b] = lw.quantize(lw.ones([3, 64]));
      expect(lw.quantizedMatmul(lw.zeros([0, 64]), w, s, b).shape).toEqual([0, 3]);
      const [w0, s0, b0] = lw.quantize(lw.zeros([3, 0]));
      expect(numbers(lw.quantizedMatmul(lw.zeros([2, 0]), w0, s0, b0))).toEqual([0, 0, 0, 0, 0, 0]);
      const [w1, s1, b1] = lw.quantize(lw.zeros([0, 64]));
      expect(lw.quantizedMatmul(lw.zeros([2, 64]), w1, s1, b1).shape).toEqual([2, 0]);
      expect(numbers(lw.quantizedMatmul(lw.zeros([2, 0]), w1, s1, b1, false))).toEqual(new Array(128).fill(0));
    });
  });
  it('quantizedMatmul › takes options and MLX positions alike', () => {
    const [w, s, b] = lw.quantize(lw.random.normal([4, 64]), { groupSize: 32, bits: 3 });
    const x = lw.random.normal([2, 4]);
    const y = lw.quantizedMatmul(x, w, s, b, { transpose: false, groupSize: 32, bits: 3 });
    expect(numbers(y)).toEqual(numbers(lw.quantizedMatmul(x, w, s, b, false, 32, 3)));
    expect(numbers(w.dequantize(s, b, 32, 3))).toEqual(numbers(lw.dequantize(w, s, b, { groupSize: 32, bits: 3 })));
  });
  it('quantizedMatmul › lets NaN and infinities of x through', () => {
    const [w, s, b] = lw.quantize(lw.ones([4, 64]));
    const x = lw.ones([2, 64]).set([0, 3], NaN).set([1, 5], Infinity);
    const y = numbers(lw.quantizedMatmul(x, w, s, b));
    const [first, second] = [y.slice(0, 4), y.slice(4)];
    expect(first).toEqual([NaN, NaN, NaN, NaN]);
    expect(second.every((v) => !Number.isFinite(v))).toBe(true);
  });
});

describe('gathered products', () => {
  it.each(devices)('gatherMm › counts positions from the end, clamps them, and joins runs, on %s', (device) => {
    lw.withDevice(device, () => {
      const a = lw.random.normal([6, 2, 19]);
      const b = lw.random.normal([3, 19, 5]);
      const l = [0, 1, 2, 3, 5, 3, 1, -1, 99];
      const r = [2, 2, 2, 2, 2, 2, 2, -3, -99];
      const y = lw.gatherMm(a, b, lw.array(l, 'int32'), lw.array(r, 'int32'));
      const clamp = (k: number, n: number): number => Math.min(Math.max(k < 0 ? k + n : k, 0), n - 1);
      l.forEach((k, i) => {
        expect(distance(y.at(i), lw.matmul(a.at(clamp(k, 6)), b.at(clamp(r[i]!, 3))), 1)).toBeLessThan(1e-5);
      });
    });
  });
  it.each(['float16', 'bfloat16', 'float64'] as const)('gatherMm, blockMaskedMm › take %s', (dtype) => {
    const a = lw.random.normal([2, 3, 40]).astype(dtype);
    const b = lw.random.normal([2, 40, 4]).astype(dtype);
    const y = lw.gatherMm(a, b, null, lw.array([1, 0], 'int32'));
    expect(y.dtype).toBe(dtype);
    const truth = lw.matmul(a.astype('float64'), b.at(lw.array([1, 0], 'int32')).astype('float64'));
    expect(distance(y, truth, 1)).toBeLessThan(dtype === 'float64' ? 1e-12 : 0.1);
    const z = lw.blockMaskedMm(a, b, 32, null, lw.array([[true, false]]));
    const half = lw.matmul(
      a.at('...', lw.slice(0, 32)).astype('float64'),
      b.at(':', lw.slice(0, 32)).astype('float64'),
    );
    expect(distance(z, half, 1)).toBeLessThan(dtype === 'float64' ? 1e-12 : 0.1);
  });
  it('gatherQmm › joins rows that follow each other with one matrix', () => {
    const [w, s, b] = lw.quantize(lw.random.normal([4, 6, 64]));
    const x = lw.random.normal([5, 1, 64]);
    const r = [1, 1, 1, 3, 0];
    const y = lw.gatherQmm(x, w, s, b, { rhsIndices: lw.array(r, 'int32'), sortedIndices: true });
    r.forEach((k, i) => {
      expect(distance(y.at(i), lw.quantizedMatmul(x.at(i), w.at(k), s.at(k), b.at(k)), 1)).toBeLessThan(1e-4);
    });
  });
  it.each(['mxfp4', 'mxfp8', 'nvfp4'] as const)('qqmm, gatherQqmm › round both sides, %s', (mode) => {
    const x = lw.random.normal([3, 64]);
    const w = lw.random.normal([5, 64]);
    const rounded = (t: lw.Tensor): lw.Tensor => {
      const [c, s] = lw.quantize(t, { mode });
      return lw.dequantize(c, s, null, { mode, dtype: 'float32' }).astype('float64');
    };
    const truth = lw.matmul(rounded(x), lw.transpose(rounded(w)));
    const [c, s] = lw.quantize(w, { mode });
    expect(distance(lw.qqmm(x, w, null, { mode }), truth, 1)).toBeLessThan(1e-4);
    expect(distance(lw.qqmm(x, c, s, null, null, mode), truth, 1)).toBeLessThan(1e-4);
    expect(distance(lw.qqmm(x.at(0), c, s, { mode }), truth.at(0), 1)).toBeLessThan(1e-4);
    const both = lw.gatherQqmm(lw.stack([x, x]), lw.stack([w, w]), null, {
      mode,
      rhsIndices: lw.array([1, 0], 'int32'),
    });
    expect(distance(both.at(1), truth, 1)).toBeLessThan(1e-4);
  });
  it('segmentedMm › clamps the ends of segments', () => {
    const y = lw.segmentedMm(
      lw.ones([1, 4]),
      lw.ones([4, 1]),
      lw.array(
        [
          [-3, 2],
          [2, 99],
          [3, 1],
        ],
        'int32',
      ),
    );
    expect(numbers(y)).toEqual([2, 2, 0]);
  });
});

describe('hadamardTransform', () => {
  it.each([4096, 28 * 256, 12, 40])('hadamardTransform › is its own inverse or keeps lengths, %i', (n) => {
    const x = lw.random.normal([2, n]);
    const y = lw.hadamardTransform(x);
    const length = (t: lw.Tensor): number => lw.sum(lw.square(t.astype('float64'))).item() as number;
    expect(Math.abs(length(y) / length(x) - 1)).toBeLessThan(1e-6);
    if (n === 4096) expect(distance(lw.hadamardTransform(y), x, 1)).toBeLessThan(1e-5);
  });
});

it('quantised ops › run without the reference', () => {
  const wasm = lw.backends().find((b) => b.name === 'wasm')!;
  expect(wasm.fallbacks).toEqual({});
});
