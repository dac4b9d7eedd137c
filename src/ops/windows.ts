// Window functions of signal processing: float32 vectors, symmetric.
import { ShapeError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { divide, multiply, subtract } from './arithmetic.js';
import { arange, ones } from './creation.js';
import { composite } from './define.js';
import { abs, astype, cos } from './math.js';

/** `w` at n / (m - 1) for n in [0, m), in float64, rounded once. */
function points(name: string, m: number, w: (t: Tensor) => Tensor): Tensor {
  if (!Number.isInteger(m)) throw new ShapeError(`[${name}] the number of points must be an integer, got ${m}`);
  if (m === 1) return ones([1]);
  return astype(w(divide(arange(Math.max(m, 0), 'float64'), m - 1)), 'float32');
}
type Window = (m: number) => Tensor;
/** `a cos(2 pi k t)` */
const wave = (a: number, k: number, t: Tensor): Tensor => multiply(cos(multiply(t, 2 * Math.PI * k)), a);

/** `1 - |2n / (m - 1) - 1|` at n = 0 .. m - 1; empty for m < 1. */
export const bartlett: Window = /* @__PURE__ */ composite('bartlett', (m) =>
  points('bartlett', m, (t) => subtract(1, abs(subtract(multiply(t, 2), 1)))),
);
/** `0.42 - 0.5 cos(2 pi n / (m - 1)) + 0.08 cos(4 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const blackman: Window = /* @__PURE__ */ composite('blackman', (m) =>
  points('blackman', m, (t) => subtract(0.42, subtract(wave(0.5, 1, t), wave(0.08, 2, t)))),
);
/** `0.54 - 0.46 cos(2 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const hamming: Window = /* @__PURE__ */ composite('hamming', (m) =>
  points('hamming', m, (t) => subtract(0.54, wave(0.46, 1, t))),
);
/** `0.5 - 0.5 cos(2 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const hanning: Window = /* @__PURE__ */ composite('hanning', (m) =>
  points('hanning', m, (t) => subtract(0.5, wave(0.5, 1, t))),
);
