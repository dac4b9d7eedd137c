// Which frequency stands where in a spectrum.
import { types } from '../tensor/dtype.js';
import { AxisError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkAxis } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { multiply } from '../ops/arithmetic.js';
import { arange } from '../ops/creation.js';
import { composite, identity, nodeOf, type Axes } from '../ops/define.js';
import { concatenate } from '../ops/join.js';
import { roll } from '../ops/rearrange.js';

type Shift = (a: TensorLike, axes?: Axes | null) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function shift(name: string, sign: 1 | -1): Shift {
  return composite(name, (a, axes = null) => {
    const x = nodeOf(name, a);
    if (axes !== null && typeof axes !== 'number' && !Array.isArray(axes))
      throw new AxisError(`[${name}] axes must be an integer, an array of integers or null, got ${String(axes)}`);
    const given: readonly number[] =
      axes === null ? [...x.shape.dims.keys()] : typeof axes === 'number' ? [axes] : axes;
    const list = given.map((axis) => checkAxis(name, axis, x.shape.ndim));
    if (list.length === 0) return identity(x);
    return roll(
      new Tensor(x),
      list.map((axis) => sign * Math.floor(x.shape.dims[axis]! / 2)),
      list,
    );
  });
}
/** Rolls each of `axes`, all by default, by half its size, so that frequency 0 comes to the middle. Any dtype. */
export const fftshift: Shift = /* @__PURE__ */ shift('fft.fftshift', 1);
/** Undoes `fftshift`; for odd sizes the two differ. */
export const ifftshift: Shift = /* @__PURE__ */ shift('fft.ifftshift', -1);

/** 1 / (n d), rounded to float32 when it is multiplied with the positions. */
function spacing(name: string, n: number, d: number): number {
  if (!Number.isInteger(n) || n < 1) throw new ShapeError(`[${name}] n must be an integer of at least 1, got ${n}`);
  if (typeof d !== 'number' || d === 0) {
    throw new LanewiseError(`[${name}] d must be a number other than 0, got ${String(d)}`);
  }
  return 1 / (n * d);
}
const from = (start: number, stop: number): Tensor => arange(start, stop, 1, types.float32.name);

/**
 * The frequencies of `fft` of n samples that lie `d` apart, float32: `0, 1, ..., -2, -1` divided by `n d`.
 * @throws ShapeError if n is less than 1
 */
export const fftfreq: (n: number, d?: number) => Tensor = /* @__PURE__ */ composite('fft.fftfreq', (n, d = 1) => {
  const scale = spacing('fft.fftfreq', n, d);
  return multiply(concatenate([from(0, Math.ceil(n / 2)), from(-Math.floor(n / 2), 0)]), scale);
});
/**
 * The frequencies of `rfft` of n samples that lie `d` apart, float32: `0, 1, ..., floor(n / 2)` divided by `n d`.
 * @throws ShapeError if n is less than 1
 */
export const rfftfreq: (n: number, d?: number) => Tensor = /* @__PURE__ */ composite('fft.rfftfreq', (n, d = 1) =>
  multiply(from(0, Math.floor(n / 2) + 1), spacing('fft.rfftfreq', n, d)),
);
