// Window functions of signal processing: float32 vectors, symmetric.
import { ShapeError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { array } from './creation.js';
import { composite } from './define.js';

/** Values `w(n, m - 1)` for n in [0, m), in double precision, rounded once. */
function points(name: string, m: number, w: (n: number, last: number) => number): Tensor {
  if (!Number.isInteger(m)) throw new ShapeError(`[${name}] the number of points must be an integer, got ${m}`);
  const count = Math.max(m, 0);
  return array(Float32Array.from({ length: count }, (_, n) => (count === 1 ? 1 : w(n, count - 1))));
}
type Window = (m: number) => Tensor;
const cosine = (n: number, last: number, k: number): number => Math.cos((2 * Math.PI * k * n) / last);

/** `1 - |2n / (m - 1) - 1|` at n = 0 .. m - 1; empty for m < 1. */
export const bartlett: Window = /* @__PURE__ */ composite('bartlett', (m) =>
  points('bartlett', m, (n, last) => 1 - Math.abs((2 * n) / last - 1)),
);
/** `0.42 - 0.5 cos(2 pi n / (m - 1)) + 0.08 cos(4 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const blackman: Window = /* @__PURE__ */ composite('blackman', (m) =>
  points('blackman', m, (n, last) => 0.42 - 0.5 * cosine(n, last, 1) + 0.08 * cosine(n, last, 2)),
);
/** `0.54 - 0.46 cos(2 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const hamming: Window = /* @__PURE__ */ composite('hamming', (m) =>
  points('hamming', m, (n, last) => 0.54 - 0.46 * cosine(n, last, 1)),
);
/** `0.5 - 0.5 cos(2 pi n / (m - 1))` at n = 0 .. m - 1; empty for m < 1. */
export const hanning: Window = /* @__PURE__ */ composite('hanning', (m) =>
  points('hanning', m, (n, last) => 0.5 - 0.5 * cosine(n, last, 1)),
);
