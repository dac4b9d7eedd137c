// Products whose activations are rounded to 16 bits: the bound that `quantizedMatmul` states, and what must not be rounded.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import * as nn from '../../src/nn.js';

lw.random.seed(11);
const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
const affine = [1, 2, 3, 4, 5, 6, 8].flatMap((bits) =>
  [32, 64, 128].map((groupSize) => ({ mode: 'affine', bits, groupSize }) as const),
);
const small = [
  { mode: 'mxfp4', bits: 4, groupSize: 32 },
  { mode: 'nvfp4', bits: 4, groupSize: 16 },
] as const;
type Scheme = (typeof affine)[number] | (typeof small)[number];
const affineOf = (bits: number, groupSize: number): Scheme => ({ mode: 'affine', bits, groupSize });

type Parts = readonly [codes: lw.Tensor, scales: lw.Tensor, biases?: lw.Tensor | undefined];
const packed = (rows: number, K: number, o: Scheme): Parts =>
  lw.quantize(lw.random.normal([rows, K]), o.groupSize, o.bits, o.mode, null) as unknown as Parts;
/** The matrix in double precision: codes and values of small floats are exact, products and sums of float32 numbers nearly so. */
function matrix([codes, scales, biases]: Parts, o: Scheme): number[][] {
  const rows = codes.shape[0]!;
  let w: number[];
  if (biases === undefined) w = numbers(lw.dequantize(codes, scales, null, { ...o, dtype: 'float32' }));
  else {
    const [s, b] = [numbers(scales), numbers(biases)];
    const q = numbers(lw.dequantize(codes, lw.onesLike(scales), lw.zerosLike(biases), o));
    w = q.map((v, i) => v * s[Math.floor(i / o.groupSize)]! + b[Math.floor(i / o.groupSize)]!);
  }
  return Array.from({ length: rows }, (_, i) => w.slice((i * w.length) / rows, ((i + 1) * w.length) / rows));
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
type Taken = 'int16' | 'float32' | undefined;
const times = (x: lw.Tensor, [codes, scales, biases]: Parts, o: Scheme, activations: Taken = 'int16'): lw.Tensor =>
  lw.quantizedMatmul(x, codes, scales, biases ?? null, { ...o, activations });

describe('quantizedMatmul', () => {
  it.each([...affine, ...small])('quantizedMatmul › int16 activations keep the stated bound, %o', (o) => {
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
        const y = times(x, parts, o);
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
    const o = affineOf(bits, 64);
    const parts = packed(1, 512, o);
    const w = matrix(parts, o)[0]!;
    // of each group the first is the greatest, the others lie half way between two numbers, all on the harmful side
    const x = w.map((v, i) => (i % 64 === 0 ? 1 : Math.fround((100.4999 * Math.sign(v)) / 32767)));
    const y = times(lw.array(x).reshape([1, 512]), parts, o);
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
    for (const o of [affineOf(3, 32), affineOf(4, 32), ...small]) {
      const parts = packed(9, 128, o);
      const x = lw.random.normal([2, 128]).set([1, lw.slice(32, 64)], value);
      expect(numbers(times(x, parts, o))).toEqual(numbers(times(x, parts, o, 'float32')));
    }
  });
  it.each([affineOf(4, 64), affineOf(6, 32), ...small])(
    'quantizedMatmul › groups of zeros are exact in int16 activations, %o',
    (o) => {
      const parts = packed(5, 128, o);
      expect(numbers(times(lw.zeros([1, 128]), parts, o))).toEqual([0, 0, 0, 0, 0]);
      // a number that 16 bits hold, beside zeros
      const one = numbers(times(lw.zeros([1, 128]).set([0, 70], 3), parts, o));
      matrix(parts, o).forEach((w, n) => {
        expect(Math.abs(one[n]! - 3 * w[70]!)).toBeLessThan(3e-6);
      });
    },
  );
  it.each([...[2, 3, 4, 8].map((bits) => affineOf(bits, 64)), ...small])(
    'quantizedMatmul › rows in int16 have the same bits together and alone, %o',
    (o) => {
      const [codes, scales, biases] = packed(23, 192, o);
      // as many as are rounded
      const M = o.mode === 'affine' ? 8 : 4;
      const x = lw.random.normal([M, 192]);
      const together = numbers(times(x, [codes, scales, biases], o));
      const alone = Array.from({ length: M }, (_, m) => m).flatMap((m) =>
        numbers(times(x.at(m), [codes, scales, biases], o)),
      );
      expect(together).toEqual(alone);
      const list = (t: lw.Tensor): lw.Tensor => t.reshape([1, 23, -1]);
      const picked = lw.gatherQmm(
        x.reshape([M / 2, 2, 192]),
        list(codes),
        list(scales),
        biases === undefined ? null : list(biases),
        {
          ...o,
          activations: 'int16',
          lhsIndices: lw.array([1, 0], 'int32'),
          rhsIndices: lw.array([0, 0], 'int32'),
        },
      );
      expect(numbers(picked.at(0))).toEqual(together.slice(2 * 23, 4 * 23));
    },
  );
  it('quantizedMatmul › results of half types take int16 activations, float32 ones do not', () => {
    const o = affineOf(4, 64);
    const parts = packed(16, 256, o);
    const x = lw.random.normal([1, 256]);
    const product = (type: lw.DType, activations?: Taken): number[] =>
      numbers(
        times(
          x.astype(type),
          parts.map((t, i) => (i === 0 ? t! : t!.astype(type))) as unknown as Parts,
          o,
          activations,
        ),
      );
    const byDefault = (type: lw.DType): number[] => {
      const [codes, scales, biases] = parts;
      return numbers(lw.quantizedMatmul(x.astype(type), codes, scales.astype(type), biases!.astype(type), o));
    };
    expect(byDefault('bfloat16')).toEqual(product('bfloat16', 'int16'));
    expect(byDefault('float32')).toEqual(product('float32', 'float32'));
    expect(byDefault('float32')).not.toEqual(product('float32', 'int16'));
  });
  it('quantizedMatmul › a width that is no multiple of 32 is multiplied in float32, nvfp4', () => {
    const o = small[1];
    const parts = packed(3, 48, o);
    const x = lw.random.normal([1, 48]);
    expect(numbers(times(x, parts, o))).toEqual(numbers(times(x, parts, o, 'float32')));
  });
});

it('nn.QuantizedLinear › takes activations as its field says', () => {
  const layer = new nn.QuantizedLinear(128, 5, false, { groupSize: 32 });
  const x = lw.random.normal([2, 128]);
  const parts = [layer.weight, layer.scales!, layer.biases] as const;
  const o = affineOf(4, 32);
  expect(numbers(layer.forward(x))).toEqual(numbers(times(x, parts, o, 'float32')));
  layer.activations = 'int16';
  expect(numbers(layer.forward(x))).toEqual(numbers(times(x, parts, o, 'int16')));
  layer.activations = 'int8';
  expect(() => layer.forward(x)).toThrow('the mode affine multiplies int16 or float32, got int8 activations');
});
