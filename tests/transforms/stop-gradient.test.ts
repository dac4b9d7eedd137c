import { expect, it } from 'vitest';
import { array, grad, multiply, stopGradient, sum, type Tensor } from '../../src/index.js';

it('stopGradient › what it holds is a constant to derivatives', () => {
  const x = array([1, 2, 3]);
  expect(grad((t: Tensor) => sum(multiply(t, stopGradient(t))))(x).tolist()).toEqual([1, 2, 3]);
  expect(grad((t: Tensor) => sum(stopGradient(t)))(x).tolist()).toEqual([0, 0, 0]);
});
