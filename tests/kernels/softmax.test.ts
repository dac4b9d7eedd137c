import { afterEach, describe, expect, it } from 'vitest';
import { normalization } from '../../src/backends/wasm/normalization.js';
import { reductions } from '../../src/backends/wasm/reductions.js';
import type { DType } from '../../src/tensor/dtype.js';
import { layouts, noise, reset, rounded, run, size, view } from './arrays.js';
import { mapLines, worst } from './lines.js';

afterEach(reset);
const softmax = normalization['softmax']!;
const floats: DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
/** The last place of x - max, which is up to 20 here, is worth 1e-6 of its exponential. */
const epsilon: Partial<Record<DType, number>> = {
  float32: 1.4e-6,
  float64: 2e-15,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

function exact(line: readonly number[]): number[] {
  const top = Math.max(...line);
  const powers = line.map((x) => Math.exp(x - top));
  const sum = powers.reduce((s, x) => s + x, 0);
  return powers.map((x) => x / sum);
}

describe('softmax', () => {
  for (const layout of layouts) {
    it(`softmax › every float dtype over any axes of a ${layout.name} view, relative error below 1.4e-6`, () => {
      for (const dtype of floats) {
        for (const [dims, axes] of [
          [[1], [0]],
          [[257], [0]],
          [[3, 5], [0]],
          [[3, 5], [1]],
          [
            [2, 3, 4],
            [0, 2],
          ],
          [
            [2, 3, 4],
            [0, 1, 2],
          ],
          [[5, 1], [1]],
          [[2, 33, 3], [1]],
          [[3, 600], [1]],
        ] as const) {
          const f = (i: number): number => rounded(dtype, 10 * noise(7)(i));
          const x = Array.from({ length: size(dims) }, (_, i) => f(i));
          const want = mapLines(x, dims, axes, exact);
          const got = run(softmax, dtype, dims, { a: view(dtype, dims, f, layout), attrs: { axes } });
          // what half types cannot hold as a normal number is close in absolute terms
          const floor = dtype === 'float16' ? 2 ** -14 : 1e-30;
          expect(worst(got, want, floor), `${dtype} ${dims} over ${axes}`).toBeLessThanOrEqual(epsilon[dtype]!);
        }
        reset();
      }
    });
  }

  it('softmax › every length up to 70 and around one and two blocks of 256, and no row touches another', () => {
    const around = (n: number): number[] => [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((d) => n + d);
    const lengths = [...Array.from({ length: 70 }, (_, i) => i + 1), ...around(256), ...around(512)];
    for (const dtype of floats) {
      for (const n of lengths) {
        const f = (i: number): number => rounded(dtype, noise(n)(i));
        const x = Array.from({ length: 2 * n }, (_, i) => f(i));
        const want = mapLines(x, [2, n], [1], exact);
        const got = run(softmax, dtype, [2, n], { a: view(dtype, [2, n], f), attrs: { axes: [1] } });
        expect(worst(got, want), `${dtype} ${n}`).toBeLessThanOrEqual(epsilon[dtype]!);
      }
      reset();
    }
  });

  it('softmax › a masked element is exactly 0, a masked row is zeros, NaN and +inf give NaN', () => {
    const inf = Infinity;
    const rows = [
      [-inf, -inf, -inf, -inf, -inf],
      [-inf, 0, 0, -inf, 0],
      [NaN, 1, 2, 3, 4],
      [1, 2, 3, 4, NaN],
      [-inf, -inf, -inf, -inf, NaN],
      [inf, 1, 2, 3, 4],
      [1, -inf, 2, inf, 3],
      [1000, 0, 1000, 0, -1000],
    ];
    const third = 1 / 3;
    for (const dtype of floats) {
      // as they are, and so often side by side that a row is longer than a block
      for (const times of [1, 60]) {
        const n = 5 * times;
        const a = view(dtype, [8, n], (i) => rows[Math.floor(i / n)]![i % 5]!);
        const got = run(softmax, dtype, [8, n], { a, attrs: { axes: [1] } });
        const row = (r: number): number[] => got.slice(r * n, (r + 1) * n);
        const repeated = (line: number[]): number[] => Array.from({ length: n }, (_, i) => line[i % 5]! / times);
        expect(row(0)).toEqual(repeated([0, 0, 0, 0, 0]));
        expect(worst(row(1), repeated([0, third, third, 0, third]))).toBeLessThanOrEqual(epsilon[dtype]!);
        expect(got.slice(2 * n, 7 * n).every(Number.isNaN)).toBe(true);
        expect(worst(row(7), repeated([0.5, 0, 0.5, 0, 0]))).toBeLessThanOrEqual(epsilon[dtype]!);
        const zeros = [
          ...row(1).filter((_, i) => i % 5 === 0 || i % 5 === 3),
          ...row(7).filter((_, i) => i % 5 === 1 || i % 5 > 2),
        ];
        expect(zeros.every((x) => x === 0)).toBe(true);
      }
    }
  });

  it('softmax › long rows: 100000 equal elements share 1', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const got = run(softmax, dtype, [100_000], { a: view(dtype, [100_000], () => 3), attrs: { axes: [0] } });
      expect(worst([got[0]!, got[99_999]!], [1e-5, 1e-5])).toBeLessThanOrEqual(epsilon[dtype]!);
    }
    // a row of powers longer than the scratch tiles
    const n = 300_000;
    const got = run(softmax, 'bfloat16', [n], { a: view('bfloat16', [n], () => 3), attrs: { axes: [0] } });
    expect(worst([got[0]!, got[n - 1]!], [1 / n, 1 / n])).toBeLessThanOrEqual(2 ** -8);
  });

  it('softmax, logSoftmax, logsumexp › columns: more of them than one panel, more rows than one block', () => {
    const dims = [2, 70, 1030];
    for (const dtype of floats) {
      const f = (i: number): number => rounded(dtype, 10 * noise(11)(i));
      const x = Array.from({ length: size(dims) }, (_, i) => f(i));
      const a = view(dtype, dims, f);
      const powers = mapLines(x, dims, [1], exact);
      const floor = dtype === 'float16' ? 2 ** -14 : 1e-30;
      expect(worst(run(softmax, dtype, dims, { a, attrs: { axes: [1] } }), powers, floor), dtype).toBeLessThanOrEqual(
        epsilon[dtype]!,
      );
      const logs = mapLines(x, dims, [1], (line) => exact(line).map(Math.log));
      const got = run(normalization['log_softmax']!, dtype, dims, { a, attrs: { axes: [1] } });
      expect(worst(got, logs, 1), `log ${dtype}`).toBeLessThanOrEqual(epsilon[dtype]!);
      const sums = run(reductions['logsumexp']!, dtype, [2, 1030], { a, attrs: { axes: [1] } });
      const total = (i: number): number => {
        const at = Math.floor(i / 1030) * 70 * 1030 + (i % 1030);
        return x[at]! - logs[at]!;
      };
      expect(
        worst(
          sums,
          sums.map((_, i) => total(i)),
          1,
        ),
        `sum ${dtype}`,
      ).toBeLessThanOrEqual(epsilon[dtype]!);
      reset();
    }
  });

  it('softmax, logsumexp › columns that are masked, NaN or infinite', () => {
    const inf = Infinity;
    // each line is a column
    const lines = [
      [-inf, -inf, -inf],
      [-inf, 0, 0],
      [NaN, 1, inf],
      [-inf, -inf, NaN],
      [inf, 1, 2],
    ];
    const a = view('float32', [3, 5], (i) => lines[i % 5]![Math.floor(i / 5)]!);
    const got = run(softmax, 'float32', [3, 5], { a, attrs: { axes: [0] } });
    const column = (k: number): number[] => [got[k]!, got[k + 5]!, got[k + 10]!];
    expect(column(0)).toEqual([0, 0, 0]);
    expect(column(1)).toEqual([0, 0.5, 0.5]);
    for (const k of [2, 3, 4]) expect(column(k).every(Number.isNaN)).toBe(true);
    const sums = run(reductions['logsumexp']!, 'float32', [5], { a, attrs: { axes: [0] } });
    expect(sums).toEqual([-inf, Math.fround(Math.log(2)), NaN, NaN, inf]);
  });

  it('softmax › size 0 writes nothing', () => {
    expect(run(softmax, 'float32', [3, 0], { a: view('float32', [3, 0], () => 0), attrs: { axes: [1] } })).toEqual([]);
    expect(run(softmax, 'float16', [0, 3], { a: view('float16', [0, 3], () => 0), attrs: { axes: [1] } })).toEqual([]);
  });
});
