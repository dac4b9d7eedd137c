// Gradients of the convolutions: both operands, every argument, float64 against differences.
import { expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { ConvGeneralOptions } from '../../src/index.js';
import { Numbers, strided, worstDifference, worstSecond } from '../support/differences.js';

/** A convolution is linear in each operand: differences are exact but for rounding, about 1e-13 here. */
const BOUND = 1e-11;
const numbers = new Numbers(3);

const cases: readonly [what: string, x: readonly number[], w: readonly number[], options: ConvGeneralOptions][] = [
  ['plain', [2, 7, 3], [4, 3, 3], {}],
  ['one point', [2, 5, 3], [4, 1, 3], {}],
  ['the whole input', [2, 5, 3], [4, 5, 3], {}],
  ['a stride that leaves elements over', [2, 9, 3], [4, 2, 3], { stride: 3 }],
  ['padding', [2, 5, 2], [3, 3, 2], { padding: 2 }],
  ['padding wider than the kernel', [1, 4, 2], [3, 2, 2], { padding: 3 }],
  ['padding of two widths', [2, 6, 2], [3, 3, 2], { padding: [[3], [1]], stride: 2 }],
  ['negative padding', [2, 8, 2], [3, 2, 2], { padding: [[-2], [-1]] }],
  ['dilated kernel', [2, 9, 2], [3, 3, 2], { kernelDilation: 3, stride: 2, padding: 1 }],
  ['dilated input', [2, 5, 2], [3, 3, 2], { inputDilation: 2, padding: 1 }],
  ['both dilated', [1, 6, 2], [3, 3, 2], { inputDilation: 3, kernelDilation: 2, stride: 2, padding: 4 }],
  ['flip', [2, 7, 3], [2, 4, 3], { flip: true, stride: 2, padding: 1 }],
  ['groups', [2, 6, 6], [9, 3, 2], { groups: 3, padding: 1 }],
  ['depthwise', [2, 6, 4], [8, 3, 1], { groups: 4, stride: 2 }],
  ['one channel', [2, 9, 1], [1, 4, 1], { padding: 1 }],
  ['two axes', [2, 5, 6, 3], [4, 3, 2, 3], { stride: [2, 1], padding: [1, 0], kernelDilation: [1, 2] }],
  [
    'two axes, groups, all at once',
    [2, 4, 5, 4],
    [6, 2, 3, 2],
    {
      stride: [2, 3],
      padding: [
        [2, 0],
        [1, 3],
      ],
      kernelDilation: [1, 2],
      inputDilation: [3, 2],
      groups: 2,
      flip: true,
    },
  ],
  ['three axes', [1, 4, 3, 5, 2], [3, 2, 3, 2, 2], { stride: [1, 2, 2], padding: 1 }],
  ['three axes, depthwise', [1, 3, 4, 3, 3], [3, 2, 2, 2, 1], { groups: 3, inputDilation: 2 }],
];

it.each(cases)('convGeneral › %s: both gradients equal differences', (_, x, w, options) => {
  const operands = [numbers.tensor(x), numbers.tensor(w)];
  const fn = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => lw.convGeneral(a, b, options);
  expect(worstDifference(fn, operands)).toBeLessThan(BOUND);
  if (x.length < 4) expect(worstDifference(fn, operands.map(strided))).toBeLessThan(BOUND);
  if (x[1]! < 7) expect(worstSecond(fn, operands)).toBeLessThan(BOUND);
});
it.each(cases)('convGeneral › %s: gradients agree on both backends', (_, x, w, options) => {
  const operands = [numbers.tensor(x), numbers.tensor(w)];
  const run = (backend: string): readonly (readonly number[])[] => {
    const before = lw.defaultDevice();
    lw.setDefaultDevice(backend);
    try {
      const fn = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => lw.sum(lw.sin(lw.convGeneral(a, b, options)));
      return lw
        .grad(fn, [0, 1] as const)(operands[0]!, operands[1]!)
        .map((t) => [...(t.toTypedArray() as Float64Array)]);
    } finally {
      lw.setDefaultDevice(before);
    }
  };
  const [wasm, reference] = [run('wasm').flat(), run('reference').flat()];
  wasm.forEach((v, i) => expect(v).toBeCloseTo(reference[i]!, 12));
});
it.each(['float16', 'bfloat16'] as const)('conv2d › gradients in %s are those of float32, rounded once', (dtype) => {
  const [x, w, g] = [
    [2, 6, 7, 8],
    [5, 3, 3, 8],
    [2, 4, 5, 5],
  ].map((shape) => numbers.tensor(shape, 'float32').astype(dtype)) as [lw.Tensor, lw.Tensor, lw.Tensor];
  const fn = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => lw.conv2d(a, b);
  const found = lw.vjp(fn as never, [x, w], [g])[1];
  const [a, b, c] = [x, w, g].map((t) => t.astype('float32')) as [lw.Tensor, lw.Tensor, lw.Tensor];
  const want = lw.vjp(fn as never, [a, b], [c])[1];
  expect(found.map((t) => t.dtype)).toEqual([dtype, dtype]);
  found.forEach((t, i) => {
    const off = lw.abs(lw.subtract(t.astype('float32'), want[i]!));
    const half = dtype === 'float16' ? 2 ** -11 : 2 ** -8;
    // half a step, and what float32 leaves where a sum cancels
    const bound = lw.add(lw.multiply(lw.abs(want[i]!), half * 1.001), 1e-5);
    expect(lw.all(lw.lessEqual(off, bound)).item()).toBe(true);
  });
});
it('conv1d › the gradients of empty batches and of a float16 weight beside float32', () => {
  const w = numbers.tensor([3, 2, 2], 'float16');
  const grad = lw.grad((a: lw.Tensor, b: lw.Tensor) => lw.sum(lw.conv1d(a, b)), [0, 1] as const);
  const [gx, gw] = grad(lw.zeros([0, 5, 2]), w);
  expect(gx.shape).toEqual([0, 5, 2]);
  expect([...(gw.astype('float32').toTypedArray() as Float32Array)]).toEqual(Array<number>(12).fill(0));
  expect(gw.dtype).toBe('float16');
});
