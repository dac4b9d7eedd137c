import { expect, it } from 'vitest';
import { ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [w, x, t] = [input('weights'), input('packed_x'), input('packed_t')];
const four = (): ReturnType<typeof ops.quantize> => ops.quantize(w);
const eight = (): ReturnType<typeof ops.quantize> => ops.quantize(w, 32, 8);

table({
  'ops::quantize': () => [...ops.quantize(w), ...ops.quantize(w, 32, 8)],
  'ops::dequantize': () => [ops.dequantize(...four()), ops.dequantize(...eight(), 32, 8)],
  'ops::quantized_matmul': () => [
    ops.quantized_matmul(t, ...four()),
    ops.quantized_matmul(x, ...four(), true),
    ops.quantized_matmul(x, ...eight(), true, 32, 8),
  ],
});
it('ops::quantized_matmul › does not transpose unless told to', () => {
  expect(ops.quantized_matmul(t, ...four()).shape()).toEqual([3, 128]);
  expect(ops.quantized_matmul(x, ...four(), true).shape()).toEqual([3, 4]);
});
