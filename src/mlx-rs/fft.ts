// mlx_rs::fft
import { fft as core } from '../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';
import type { Axes } from './ops/families.js';

type One = (a: Operand, n?: Opt<number>, axis?: Opt<number>) => Array;
type Many = (a: Operand, s?: Opt<Axes>, axes?: Opt<Axes>) => Array;
const one =
  (f: typeof core.fft): One =>
  (a, n, axis) =>
    wrap(f(tensorOf(a), n ?? null, axis ?? -1));
const two =
  (f: typeof core.fft2): Many =>
  (a, s, axes) =>
    wrap(f(tensorOf(a), s ?? null, axes ?? [-2, -1]));
// lengths without axes are those of the last ones
const many =
  (f: typeof core.fftn): Many =>
  (a, s, axes) =>
    wrap(f(tensorOf(a), s ?? null, axes ?? s?.map((_, i) => i - s.length) ?? null));
/** Discrete Fourier transform along an axis. */
export const fft: One = one(core.fft);
/** Its inverse. */
export const ifft: One = one(core.ifft);
/** Of real input; half the result. */
export const rfft: One = one(core.rfft);
/** The inverse of `rfft`. */
export const irfft: One = one(core.irfft);
/** Over two axes. */
export const fft2: Many = two(core.fft2);
/** The inverse of `fft2`. */
export const ifft2: Many = two(core.ifft2);
/** Of real input over two axes. */
export const rfft2: Many = two(core.rfft2);
/** The inverse of `rfft2`. */
export const irfft2: Many = two(core.irfft2);
/** Over several axes. */
export const fftn: Many = many(core.fftn);
/** The inverse of `fftn`. */
export const ifftn: Many = many(core.ifftn);
/** Of real input over several axes. */
export const rfftn: Many = many(core.rfftn);
/** The inverse of `rfftn`. */
export const irfftn: Many = many(core.irfftn);
/** Zero frequency in the middle, of the given axes. */
export const fftshift = (a: Operand, axes?: Opt<Axes>): Array => wrap(core.fftshift(tensorOf(a), axes ?? null));
/** The inverse of `fftshift`. */
export const ifftshift = (a: Operand, axes?: Opt<Axes>): Array => wrap(core.ifftshift(tensorOf(a), axes ?? null));
