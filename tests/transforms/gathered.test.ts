// Gradients of products of picked, segmented, masked and packed matrices, and of the Hadamard transform. All are linear in each operand.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import { Numbers, strided, worstDifference, worstSecond, type Fn } from '../support/differences.js';

/** Rounding of float64, or of float32 in sums of 128 products. */
const bounds: Partial<Record<DType, number>> = { float64: 1e-11, float32: 2e-5 };
const numbers = new Numbers(6);
const any = (dtype: DType, ...shape: number[]): Tensor => numbers.tensor(shape, dtype);
const index = (...list: number[]): Tensor => lw.array(list, 'int32');

type Row = readonly [what: string, fn: Fn, inputs: readonly Tensor[]];
const rows: readonly Row[] = [
  [
    'gatherMm, both picked',
    (a, b) => lw.gatherMm(a!, b!, index(0, 2, 2, -1), index(1, 0, 1, 1)),
    [any('float64', 3, 2, 4), any('float64', 2, 4, 3)],
  ],
  [
    'gatherMm, left alone',
    (a, b) => lw.gatherMm(a!, b!, index(1, 1)),
    [any('float64', 2, 3, 4), any('float64', 2, 4, 1)],
  ],
  [
    'gatherMm, right alone, indices of two axes',
    (a, b) =>
      lw.gatherMm(
        a!,
        b!,
        null,
        lw.array(
          [
            [0, 3],
            [3, 9],
          ],
          'int32',
        ),
      ),
    [any('float64', 2, 2, 1, 4), any('float64', 2, 2, 4, 3)],
  ],
  [
    'gatherMm of a row and a matrix',
    (a, b) => lw.gatherMm(a!, b!, null, index(1, 0, 1)),
    [any('float64', 4), any('float64', 3, 4, 2)],
  ],
  [
    'segmentedMm',
    (a, b) =>
      lw.segmentedMm(
        a!,
        b!,
        lw.array(
          [
            [0, 3],
            [2, 7],
            [5, 5],
            [4, 2],
            [6, 99],
          ],
          'int32',
        ),
      ),
    [any('float64', 3, 7), any('float64', 7, 2)],
  ],
  [
    'segmentedMm, segments of two axes',
    (a, b) =>
      lw.segmentedMm(
        a!,
        b!,
        lw.array(
          [
            [
              [0, 1],
              [1, 5],
            ],
          ],
          'uint32',
        ),
      ),
    [any('float64', 2, 5), any('float64', 5, 3)],
  ],
  [
    'blockMaskedMm, bool masks',
    (a, b) =>
      lw.blockMaskedMm(
        a!,
        b!,
        32,
        lw.array([[true], [false]]),
        lw.array([
          [true, true],
          [false, true],
        ]),
        null,
      ),
    [any('float64', 33, 34), any('float64', 34, 2)],
  ],
  [
    'blockMaskedMm, masks that multiply',
    (a, b, m) => lw.blockMaskedMm(a!, b!, 32, m!, null, lw.multiply(m!, 2)),
    [any('float64', 3, 4), any('float64', 4, 2), any('float64', 1, 1)],
  ],
  ...[1, 8, 12, 24, 20, 40, 28].map((n): Row => [
    `hadamardTransform of ${n}`,
    (x) => lw.hadamardTransform(x!),
    [any('float32', 2, n)],
  ]),
  ['hadamardTransform with a scale', (x) => lw.hadamardTransform(x!, 0.5), [any('float32', 56)]],
];
it.each(rows)('%s › the gradient equals differences', (_, fn, inputs) => {
  const bound = bounds[inputs[0]!.dtype]!;
  expect(worstDifference(fn, inputs, { step: 1 })).toBeLessThan(bound);
  if (inputs[0]!.size < 100) {
    expect(worstDifference(fn, inputs.map(strided), { step: 1 })).toBeLessThan(bound);
    expect(worstSecond(fn, inputs, { step: 1 })).toBeLessThan(bound);
  }
});

const W = numbers.tensor([3, 6, 64], 'float32');
describe.each([
  [2, 64],
  [4, 32],
  [8, 64],
  [5, 32],
] as const)('%i bits, groups of %i', (bits, groupSize) => {
  const [w, scales, biases] = lw.quantize(W, { bits, groupSize });
  const [w1, s1, b1] = [w.at(1), scales.at(1), biases.at(1)];
  const wide = { bits, groupSize, transpose: false };
  const cases: readonly Row[] = [
    ['dequantize', (s, b) => lw.dequantize(w, s!, b!, { bits, groupSize }), [scales, biases]],
    [
      'quantizedMatmul',
      (x, s, b) => lw.quantizedMatmul(x!, w1, s!, b!, { bits, groupSize }),
      [any('float32', 2, 2, 64), s1, b1],
    ],
    [
      'quantizedMatmul, not transposed',
      (x, s, b) => lw.quantizedMatmul(x!, w1, s!, b!, wide),
      [any('float32', 2, 6), s1, b1],
    ],
    [
      'quantizedMatmul of batches',
      (x, s, b) => lw.quantizedMatmul(x!, w, s!, b!, { bits, groupSize }),
      [any('float32', 3, 2, 64), scales, biases],
    ],
    [
      'quantizedMatmul of a row',
      (x, s, b) => lw.quantizedMatmul(x!, w, s!, b!, wide),
      [any('float32', 6), scales, biases],
    ],
    [
      'gatherQmm',
      (x, s, b) =>
        lw.gatherQmm(x!, w, s!, b!, { bits, groupSize, lhsIndices: index(0, 1, 1, -1), rhsIndices: index(2, 0, 2, 2) }),
      [any('float32', 2, 2, 64), scales, biases],
    ],
    [
      'gatherQmm, not transposed, right alone',
      (x, s, b) => lw.gatherQmm(x!, w, s!, b!, { ...wide, rhsIndices: index(1, 1) }),
      [any('float32', 2, 1, 6), scales, biases],
    ],
  ];
  it.each(cases)('%s › the gradients of all but the codes equal differences', (_, fn, inputs) => {
    // sums of up to 12 products with codes of up to 255
    expect(worstDifference(fn, inputs, { step: 1 })).toBeLessThan(1e-4);
  });
});
it.each(['mxfp4', 'mxfp8', 'nvfp4'] as const)(
  'quantizedMatmul › %s: the gradient of x is a product with the decoded matrix',
  (mode) => {
    const [w, scales] = lw.quantize(W.at(0), { mode });
    const x = any('float32', 2, 64);
    const found = lw.grad((y: Tensor) => lw.sum(lw.square(lw.quantizedMatmul(y, w, scales, null, { mode }))))(x);
    const plain = lw.dequantize(w, scales, null, { mode, dtype: 'float32' });
    const want = lw.grad((y: Tensor) => lw.sum(lw.square(lw.matmul(y, lw.transpose(plain)))))(x);
    expect(Number(lw.max(lw.abs(lw.subtract(found, want))).item())).toBeLessThan(1e-4);
  },
);
it('quantizedMatmul › half types: gradients keep the dtype of their operand', () => {
  const [w, scales, biases] = lw.quantize(W.at(0).astype('bfloat16'));
  const x = any('bfloat16', 2, 64);
  const loss = (y: Tensor, s: Tensor, b: Tensor): Tensor => lw.sum(lw.quantizedMatmul(y, w, s, b));
  const found = lw.grad(loss, [0, 1, 2] as const)(x, scales, biases);
  expect(found.map((t) => t.dtype)).toEqual(['bfloat16', 'bfloat16', 'bfloat16']);
  // a bias is in all elements of its group: the sum of x, rounded once
  const total = Number(lw.sum(x.astype('float32')).item());
  for (const v of found[2].astype('float32').toTypedArray() as Float32Array)
    expect(Math.abs(v - total)).toBeLessThan(2 ** -8 * Math.abs(total));
});
it('quantize, toFp8 › no gradient flows through codes or what is chosen for them', () => {
  const x = any('float32', 2, 64);
  const zeros = Array<number>(128).fill(0);
  const through = [
    (y: Tensor): Tensor => lw.sum(lw.quantize(y)[1]),
    (y: Tensor): Tensor => lw.sum(lw.fromFp8(lw.toFp8(y), 'float32')),
  ];
  for (const fn of through) expect([...(lw.grad(fn)(x).toTypedArray() as Float32Array)]).toEqual(zeros);
});

describe.each(['mxfp4', 'mxfp8', 'nvfp4'] as const)('%s', (mode) => {
  const round = (x: Tensor): Tensor => {
    const [codes, scales] = lw.quantize(x, { mode });
    return lw.dequantize(codes, scales, null, { mode, dtype: 'float32' });
  };
  const sines = (y: Tensor): Tensor => lw.sum(lw.sin(y));
  const furthest = (a: readonly Tensor[], b: readonly Tensor[]): number =>
    Math.max(...a.map((t, i) => Number(lw.max(lw.abs(lw.subtract(t, b[i]!))).item())));
  it('qqmm › the gradients are those of the product of the rounded matrices', () => {
    const [x, w] = [any('float32', 2, 3, 64), any('float32', 5, 64)];
    const found = lw.grad((a: Tensor, b: Tensor) => sines(lw.qqmm(a, b, null, { mode })), [0, 1] as const)(x, w);
    const plain = (a: Tensor, b: Tensor): Tensor => sines(lw.matmul(a, lw.matrixTranspose(b)));
    expect(furthest(found, lw.grad(plain, [0, 1] as const)(round(x), round(w)))).toBeLessThan(1e-4);
    const [codes, scales] = lw.quantize(w, { mode });
    const packed = lw.grad((a: Tensor) => sines(lw.qqmm(a, codes, scales, { mode })))(x);
    expect(furthest([packed], [found[0]])).toBe(0);
  });
  it('gatherQqmm › the same of picked matrices', () => {
    const [x, w] = [any('float32', 2, 3, 64), any('float32', 3, 5, 64)];
    const [lhsIndices, rhsIndices] = [index(0, 1, 1), index(2, 0, 2)];
    const fn = (a: Tensor, b: Tensor): Tensor => sines(lw.gatherQqmm(a, b, null, { mode, lhsIndices, rhsIndices }));
    const plain = (a: Tensor, b: Tensor): Tensor =>
      sines(lw.gatherMm(a, lw.matrixTranspose(b), lhsIndices, rhsIndices));
    const want = lw.grad(plain, [0, 1] as const)(round(x), round(w));
    expect(furthest(lw.grad(fn, [0, 1] as const)(x, w), want)).toBeLessThan(1e-4);
  });
});
