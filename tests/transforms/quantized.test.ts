import { expect, it } from 'vitest';
import {
  dequantize,
  grad,
  matmul,
  multiply,
  quantize,
  quantizedMatmul,
  random,
  subtract,
  sum,
  type Tensor,
} from '../../src/index.js';

// the product with the unpacked matrix has the same gradients, float32 sums in another order
const apart = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return (subtract(a, b).abs().max().item() as number) / (b.abs().max().item() as number);
};
it.each([
  [[6, 64], [8, 64], true],
  [[2, 3, 64], [8, 64], true],
  [[5, 8], [8, 64], false],
  [[2, 3, 64], [2, 8, 64], true],
  [[2, 5, 8], [2, 8, 64], false],
  [[64], [8, 64], true],
])('quantizedMatmul › gradients of x %j, scales and biases of %j, transposed %s', (left, right, transpose) => {
  const [x, w] = [
    random.normal(left, 'float32', null, null, random.key(1)),
    random.normal(right, 'float32', null, null, random.key(2)),
  ];
  const [codes, scales, biases] = quantize(w, 32, 4);
  const shape = [...left.slice(0, -1), transpose ? 8 : 64];
  const g = random.normal(shape, 'float32', null, null, random.key(3));
  const packed = (a: Tensor, s: Tensor, b: Tensor): Tensor =>
    sum(multiply(quantizedMatmul(a, codes, s, b, transpose, 32, 4), g));
  const got = grad(packed, [0, 1, 2] as const)(x, scales, biases);
  const whole = dequantize(codes, scales, biases, 32, 4);
  const plain = (a: Tensor, m: Tensor): Tensor => sum(multiply(matmul(a, transpose ? m.mT : m), g));
  const [dx, dw] = grad(plain, [0, 1] as const)(x, whole);
  expect(apart(got[0], dx)).toBeLessThan(2e-6);
  const grouped = dw.reshape([...scales.shape, 32]);
  const integers = subtract(whole.reshape(grouped.shape), biases.expandDims(-1)).div(scales.expandDims(-1)).round();
  expect(apart(got[1], grouped.mul(integers).sum(-1))).toBeLessThan(5e-6);
  expect(apart(got[2], grouped.sum(-1))).toBeLessThan(5e-6);
});
