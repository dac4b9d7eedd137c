// Products whose activations are rounded to 16 bits: the bound that `quantizedMatmul` states, and what must not be rounded.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';

lw.random.seed(11);
const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
const widths = [1, 2, 3, 4, 5, 6, 8];
const schemes = widths.flatMap((bits) => [32, 64, 128].map((groupSize) => ({ bits, groupSize })));
interface Parts {
  readonly codes: lw.Tensor;
  readonly scales: lw.Tensor;
  readonly biases: lw.Tensor;
}
function packed(rows: number, K: number, o: { bits: number; groupSize: number }): Parts {
  const [codes, scales, biases] = lw.quantize(lw.random.normal([rows, K]), o) as [lw.Tensor, lw.Tensor, lw.Tensor];
  return { codes, scales, biases };
}
/** The matrix in double precision: codes are exact, products and sums of float32 numbers nearly so. */
function matrix({ codes, scales, biases }: Parts, o: { bits: number; groupSize: number }): number[][] {
  const [q, s, b] = [
    numbers(lw.dequantize(codes, lw.onesLike(scales), lw.zerosLike(biases), o)),
    numbers(scales),
    numbers(biases),
  ];
  const K = q.length / codes.shape[0]!;
  const w = q.map((v, i) => v * s[Math.floor(i / o.groupSize)]! + b[Math.floor(i / o.groupSize)]!);
  return Array.from({ length: codes.shape[0]! }, (_, i) => w.slice(i * K, (i + 1) * K));
}
const greatest = (x: readonly number[]): number => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const total = (n: number, term: (i: number) => number): number =>
  Array.from({ length: n }, (_, i) => term(i)).reduce((s, v) => s + v, 0);
/** What rounding may move a result by, and what sums in float32 may, of one row of x and one of the matrix. */
function bounds(x: readonly number[], w: readonly number[], group: number): [rounding: number, sums: number] {
  const of = (g: number): [number[], number[]] => [x.slice(g, g + group), w.slice(g, g + group)];
  const groups = x.length / group;
  const rounding = total(groups, (i) => {
    const [a, b] = of(i * group);
    return (greatest(a) / 65534) * total(group, (k) => Math.abs(b[k]!));
  });
  // scale * code and bias are up to twice the greatest weight of the group each; a few roundings of each of their sums
  const sums = total(groups, (i) => {
    const [a, b] = of(i * group);
    return 2 ** -22 * greatest(b) * total(group, (k) => Math.abs(a[k]!));
  });
  return [rounding, sums];
}
const int16 = { activations: 'int16' } as const;

describe('quantizedMatmul', () => {
  it.each(schemes)('quantizedMatmul › int16 activations keep the stated bound, %o', (o) => {
    let worst = 0;
    for (const [rows, K] of [
      [1, 128],
      [7, 256],
      [30, 1152],
    ] as const) {
      const parts = packed(rows, K, o);
      const w = matrix(parts, o);
      for (const M of [1, 3, 8]) {
        const x = lw.random.normal([M, K]).mul(lw.exp(lw.random.normal([M, K])));
        const y = lw.quantizedMatmul(x, parts.codes, parts.scales, parts.biases, { ...o, ...int16 });
        const [result, rowsOfX] = [numbers(y), numbers(x)];
        for (let m = 0; m < M; m++) {
          const a = rowsOfX.slice(m * K, (m + 1) * K);
          for (let n = 0; n < rows; n++) {
            const [rounding, sums] = bounds(a, w[n]!, o.groupSize);
            const error = Math.abs(result[m * rows + n]! - total(K, (k) => a[k]! * w[n]![k]!));
            expect(error).toBeLessThan(rounding + sums);
            worst = Math.max(worst, error / rounding);
          }
        }
      }
    }
    // they are rounded indeed
    expect(worst).toBeGreaterThan(0.01);
  });
  it.each([3, 4, 8])('quantizedMatmul › the worst activations come near the bound of int16, %i bits', (bits) => {
    const o = { bits, groupSize: 64 };
    const parts = packed(1, 512, o);
    const w = matrix(parts, o)[0]!;
    // of each group the first is the greatest, the others lie half way between two numbers, all on the harmful side
    const x = w.map((v, i) => (i % 64 === 0 ? 1 : Math.fround((100.4999 * Math.sign(v)) / 32767)));
    const y = lw.quantizedMatmul(lw.array(x).reshape([1, 512]), parts.codes, parts.scales, parts.biases, {
      ...o,
      ...int16,
    });
    const error = Math.abs(numbers(y)[0]! - total(512, (k) => x[k]! * w[k]!));
    const [rounding, sums] = bounds(x, w, 64);
    expect(error / rounding).toBeGreaterThan(0.9);
    expect(error).toBeLessThan(rounding + sums);
  });
  it.each([
    ['NaN', NaN],
    ['an infinity', -Infinity],
    ['a huge number', 1e30],
    ['nothing but tiny numbers in a group', 1e-30],
    ['nothing but subnormal numbers in a group', 1e-41],
  ])('quantizedMatmul › int16 activations leave rows with %s to float32', (_, value) => {
    for (const bits of [3, 4]) {
      const { codes, scales, biases } = packed(9, 128, { bits, groupSize: 32 });
      const x = lw.random.normal([2, 128]).set([1, lw.slice(32, 64)], value);
      const [rounded, float] = (['int16', 'float32'] as const).map((activations) =>
        numbers(lw.quantizedMatmul(x, codes, scales, biases, { bits, groupSize: 32, activations })),
      );
      expect(rounded).toEqual(float);
    }
  });
  it('quantizedMatmul › groups of zeros are exact in int16 activations', () => {
    const { codes, scales, biases } = packed(5, 128, { bits: 4, groupSize: 64 });
    const zero = lw.quantizedMatmul(lw.zeros([1, 128]), codes, scales, biases, int16);
    expect(numbers(zero)).toEqual([0, 0, 0, 0, 0]);
    // a number that 16 bits hold, beside zeros
    const one = lw.zeros([1, 128]).set([0, 70], 3);
    const dense = numbers(lw.dequantize(codes, scales, biases));
    numbers(lw.quantizedMatmul(one, codes, scales, biases, int16)).forEach((v, n) => {
      expect(Math.abs(v - 3 * dense[n * 128 + 70]!)).toBeLessThan(3e-6);
    });
  });
  it.each([2, 3, 4, 8])('quantizedMatmul › rows in int16 have the same bits together and alone, %i bits', (bits) => {
    const o = { bits, groupSize: 64, ...int16 };
    const { codes, scales, biases } = packed(23, 192, o);
    const x = lw.random.normal([8, 192]);
    const together = numbers(lw.quantizedMatmul(x, codes, scales, biases, o));
    const alone = Array.from({ length: 8 }, (_, m) => m).flatMap((m) =>
      numbers(lw.quantizedMatmul(x.at(m), codes, scales, biases, o)),
    );
    expect(together).toEqual(alone);
    const picked = lw.gatherQmm(
      x.reshape([4, 2, 192]),
      codes.reshape([1, 23, -1]),
      scales.reshape([1, 23, -1]),
      biases.reshape([1, 23, -1]),
      {
        ...o,
        lhsIndices: lw.array([3, 0, 1, 2], 'int32'),
        rhsIndices: lw.array([0, 0, 0, 0], 'int32'),
      },
    );
    expect(numbers(picked.at(0))).toEqual(together.slice(6 * 23));
  });
  it('quantizedMatmul › results of half types take int16 activations, float32 ones do not', () => {
    const { codes, scales, biases } = packed(16, 256, { bits: 4, groupSize: 64 });
    const x = lw.random.normal([1, 256]).astype('bfloat16');
    const product = (x: lw.Tensor, type: lw.DType, activations?: 'int16' | 'float32'): number[] =>
      numbers(lw.quantizedMatmul(x, codes, scales.astype(type), biases.astype(type), { activations }));
    expect(product(x, 'bfloat16')).toEqual(product(x, 'bfloat16', 'int16'));
    const wide = lw.random.normal([1, 256]);
    expect(product(wide, 'float32')).toEqual(product(wide, 'float32', 'float32'));
    expect(product(wide, 'float32')).not.toEqual(product(wide, 'float32', 'int16'));
  });
});
