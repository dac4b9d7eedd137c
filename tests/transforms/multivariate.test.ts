// Gradients of draws with respect to mean and covariance.
import { expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { Numbers, worstDifference } from '../support/differences.js';

/** float32, steps of 0.05 and fourth order. */
const BOUND = 2e-4;
const numbers = new Numbers(4);
const key = lw.random.key(3);
const draw = (mean: Tensor, cov: Tensor): Tensor => lw.random.multivariateNormal(mean, cov, [4, 2], 'float32', key);
const spread = (x: Tensor): Tensor => lw.add(lw.matmul(x, lw.matrixTranspose(x)), lw.eye(3));

it('random.multivariateNormal › the gradients of mean and covariance equal differences', () => {
  const [mean, x] = [numbers.tensor([3], 'float32'), numbers.tensor([2, 3, 3], 'float32')];
  expect(worstDifference((m, y) => draw(m!, spread(y!)), [mean, x], { step: 0.05 })).toBeLessThan(BOUND);
  expect(worstDifference((c) => draw(mean, c!), [spread(x)], { step: 0.05 })).toBeLessThan(BOUND);
});
it('random.multivariateNormal › equal variances have a gradient: half of the draw along each axis', () => {
  const mean = lw.zeros([3]);
  const z = draw(mean, lw.eye(3)).toTypedArray() as Float32Array;
  const grad = lw
    .grad((c: Tensor) => lw.sum(draw(mean, c)))(lw.eye(3))
    .toTypedArray() as Float32Array;
  for (let i = 0; i < 3; i++) {
    const total = z.reduce((p, v, k) => (k % 3 === i ? p + v : p), 0);
    expect(grad[4 * i]).toBeCloseTo(total / 2, 4);
  }
});
