// Products of float32 with half types: the half operand is widened as it is read.
import { describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const half = ['float16', 'bfloat16'] as const;
const shapes: readonly (readonly [a: number[], b: number[]])[] = [
  [
    [1, 300],
    [300, 70],
  ],
  [
    [40, 300],
    [300, 70],
  ],
  [[300], [300, 70]],
  [[40, 300], [300]],
  [
    [3, 5, 20],
    [20, 9],
  ],
  [
    [2, 1, 5, 20],
    [3, 20, 9],
  ],
];
const normal = (shape: number[], seed: number): lw.Tensor =>
  lw.random.normal(shape, 'float32', 0, 1, lw.random.key(seed));
const numbers = (t: lw.Tensor): number[] => [...(t.toTypedArray() as Float32Array)];
function near(got: lw.Tensor, want: lw.Tensor, bound: number): void {
  expect(got.shape).toEqual(want.shape);
  const y = numbers(want);
  numbers(got).forEach((x, i) => expect(Math.abs(x - y[i]!)).toBeLessThanOrEqual(bound));
}

describe.each(['wasm', 'reference'])('matmul on %s', (device) => {
  test.each(half)('matmul › float32 by %s gives float32, as if it were widened first', (dtype) => {
    lw.withDevice(device, () => {
      for (const [a, b] of shapes) {
        const [x, y] = [normal(a, 1), normal(b, 2).astype(dtype)];
        const product = lw.matmul(x, y);
        expect(product.dtype).toBe('float32');
        // sums of 300 products of about one, in another order
        near(product, lw.matmul(x, y.astype('float32')), 3e-5);
        const [u, v] = [normal(a, 3).astype(dtype), normal(b, 4)];
        near(lw.matmul(u, v), lw.matmul(u.astype('float32'), v), 3e-5);
      }
    });
  });
});
describe('matmul', () => {
  test.each(half)('matmul › the gradient of a %s operand beside float32 has its dtype and is rounded once', (dtype) => {
    for (const [a, b] of shapes) {
      const [x, y] = [normal(a, 1), normal(b, 2).astype(dtype)];
      const loss = (p: lw.Tensor, q: lw.Tensor): lw.Tensor => lw.matmul(p, q).square().sum();
      const [gx, gy] = lw.grad(loss, [0, 1])(x, y);
      const [wx, wy] = lw.grad(loss, [0, 1])(x, y.astype('float32'));
      expect([gx!.dtype, gy!.dtype]).toEqual(['float32', dtype]);
      near(gx!, wx!, 2e-3);
      const step = dtype === 'float16' ? 2 ** -11 : 2 ** -8;
      const wide = numbers(wy!);
      numbers(gy!.astype('float32')).forEach((g, i) => {
        expect(Math.abs(g - wide[i]!)).toBeLessThanOrEqual(1.01 * step * Math.abs(wide[i]!) + 2e-3);
      });
    }
  });
  test.each(half)('matmul › float32 beside %s in vmap, jvp and compile', (dtype) => {
    const [x, y] = [normal([6, 4, 20], 1), normal([20, 9], 2).astype(dtype)];
    const wide = y.astype('float32');
    near(lw.vmap((p: lw.Tensor) => lw.matmul(p, y))(x), lw.matmul(x, wide), 1e-5);
    const tangent = normal([20, 9], 3).astype(dtype);
    const [, [moved]] = lw.jvp((q: lw.Tensor) => lw.matmul(x, q), [y], [tangent]) as [unknown, lw.Tensor[]];
    near(moved!, lw.matmul(x, tangent.astype('float32')), 1e-5);
    const compiled = lw.compile((p: lw.Tensor, q: lw.Tensor) => lw.matmul(p, q).add(1));
    for (let i = 0; i < 3; i++) near(compiled(x, y), lw.matmul(x, wide).add(1), 1e-5);
  });
  test.each(half)('matmul › a %s matrix beside float32 is not expanded', (dtype) => {
    const y = normal([1024, 1024], 2).astype(dtype).eval();
    for (const M of [1, 2, 64]) {
      const x = normal([M, 1024], 1).eval();
      lw.matmul(x, y).eval().dispose();
      const before = lw.memory.active();
      lw.memory.resetPeak();
      lw.matmul(x, y).eval().dispose();
      // panels and the result, where an expanded matrix takes 4 MiB
      expect(lw.memory.peak() - before).toBeLessThan(2.5 * 2 ** 20);
    }
  });
});
