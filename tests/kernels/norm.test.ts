import { afterEach, describe, expect, it } from 'vitest';
import { normalization } from '../../src/backends/wasm/normalization.js';
import type { DType } from '../../src/tensor/dtype.js';
import { layouts, noise, reset, rounded, run, size, view } from './arrays.js';
import { mapLines, worst } from './lines.js';

afterEach(reset);
const rms = normalization['rms_norm']!;
const layer = normalization['layer_norm']!;
const floats: DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
const epsilon: Partial<Record<DType, number>> = { float32: 5e-7, float64: 1e-14, float16: 2 ** -11, bfloat16: 2 ** -8 };
const eps = 1e-5;
const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;

describe('norms', () => {
  for (const layout of layouts) {
    it(`rms_norm, layer_norm › every float dtype, with and without weight and bias, of a ${layout.name} view`, () => {
      for (const dtype of floats) {
        for (const dims of [[1], [7], [3, 5], [2, 3, 64], [2, 257], [1, 1024]]) {
          const n = dims[dims.length - 1]!;
          const axes = [dims.length - 1];
          const f = (i: number): number => rounded(dtype, 4 * noise(8)(i) + 1);
          const g = (i: number): number => rounded(dtype, noise(9)(i) + 1);
          const h = (i: number): number => rounded(dtype, noise(10)(i));
          const a = view(dtype, dims, f, layout);
          const x = Array.from({ length: size(dims) }, (_, i) => f(i));
          for (const [weighted, biased] of [
            [true, true],
            [true, false],
            [false, true],
            [false, false],
          ] as const) {
            const w = (i: number): number => (weighted ? g(i) : 1);
            const b = (i: number): number => (biased ? h(i) : 0);
            const inputs = {
              a,
              b: weighted ? view(dtype, [n], g, layout) : null,
              c: biased ? view(dtype, [n], h) : null,
              attrs: { eps },
            };
            const label = `${dtype} ${dims} ${weighted} ${biased}`;
            const centred = mapLines(x, dims, axes, (l) => {
              const m = mean(l);
              const scale = 1 / Math.sqrt(mean(l.map((v) => (v - m) ** 2)) + eps);
              return l.map((v, i) => (v - m) * scale * w(i) + b(i));
            });
            expect(worst(run(layer, dtype, dims, inputs), centred, 1), label).toBeLessThanOrEqual(2 * epsilon[dtype]!);
            if (biased) continue;
            const scaled = mapLines(x, dims, axes, (l) => {
              const scale = 1 / Math.sqrt(mean(l.map((v) => v * v)) + eps);
              return l.map((v, i) => v * scale * w(i));
            });
            expect(worst(run(rms, dtype, dims, inputs), scaled), label).toBeLessThanOrEqual(epsilon[dtype]!);
          }
        }
        reset();
      }
    });
  }

  it('layer_norm › a mean far from zero costs no precision', () => {
    const f = (i: number): number => Math.fround(10000 + noise(11)(i));
    const x = Array.from({ length: 512 }, (_, i) => f(i));
    const m = mean(x);
    const scale = 1 / Math.sqrt(mean(x.map((v) => (v - m) ** 2)) + eps);
    const got = run(layer, 'float32', [1, 512], { a: view('float32', [1, 512], f), attrs: { eps } });
    expect(
      worst(
        got,
        x.map((v) => (v - m) * scale),
        1,
      ),
    ).toBeLessThan(1e-6);
  });

  it('rms_norm, layer_norm › a constant row, NaN, size 0', () => {
    const a = view('float32', [2, 4], (i) => (i < 4 ? 5 : i === 6 ? NaN : 1));
    const rows = run(layer, 'float32', [2, 4], { a, attrs: { eps } });
    expect(rows.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(rows.slice(4).every(Number.isNaN)).toBe(true);
    const scaled = run(rms, 'float32', [2, 4], { a, attrs: { eps: 0 } });
    expect(scaled.slice(0, 4)).toEqual([1, 1, 1, 1]);
    expect(scaled.slice(4).every(Number.isNaN)).toBe(true);
    for (const kernel of [rms, layer]) {
      expect(run(kernel, 'bfloat16', [0, 4], { a: view('bfloat16', [0, 4], () => 0), attrs: { eps } })).toEqual([]);
      expect(run(kernel, 'float32', [3, 0], { a: view('float32', [3, 0], () => 0), attrs: { eps } })).toEqual([]);
    }
  });

  it('layer_norm › the first elements say nothing about the mean of the rest', () => {
    const n = 1000;
    for (const [what, f] of [
      ['a step', (i: number) => (i < 70 ? 1e4 : noise(1)(i))],
      ['a far start', (i: number) => (i < 64 ? 1e6 + noise(1)(i) : noise(1)(i))],
      ['far from 0', (i: number) => 3000 + noise(1)(i)],
    ] as const) {
      const x = Array.from({ length: n }, (_, i) => Math.fround(f(i)));
      const m = mean(x);
      const scale = 1 / Math.sqrt(mean(x.map((v) => (v - m) ** 2)) + eps);
      const inputs = { a: view('float32', [n], (i) => x[i]!), b: null, c: null, attrs: { eps } };
      const got = run(layer, 'float32', [n], inputs);
      expect(
        worst(
          got,
          x.map((v) => (v - m) * scale),
          1,
        ),
        what,
      ).toBeLessThanOrEqual(2 * epsilon.float32!);
    }
  });
});
