// mlx_rs::fft
import { core } from './pending.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';
import type { Axes } from './ops/families.js';

type One = (a: Operand, n?: Opt<number>, axis?: Opt<number>) => Array;
type Many = (a: Operand, s?: Opt<Axes>, axes?: Opt<Axes>) => Array;
const one =
  (name: string): One =>
  (a, n, axis) =>
    wrap(core['fft'][name](tensorOf(a), n ?? null, axis ?? -1));
const two =
  (name: string): Many =>
  (a, s, axes) =>
    wrap(core['fft'][name](tensorOf(a), s ?? null, axes ?? [-2, -1]));
const many =
  (name: string): Many =>
  (a, s, axes) =>
    wrap(core['fft'][name](tensorOf(a), s ?? null, axes ?? null));
/** Discrete Fourier transform along an axis. */
export const fft: One = one('fft');
/** Its inverse. */
export const ifft: One = one('ifft');
/** Of real input; half the result. */
export const rfft: One = one('rfft');
/** The inverse of `rfft`. */
export const irfft: One = one('irfft');
/** Over two axes. */
export const fft2: Many = two('fft2');
/** The inverse of `fft2`. */
export const ifft2: Many = two('ifft2');
/** Of real input over two axes. */
export const rfft2: Many = two('rfft2');
/** The inverse of `rfft2`. */
export const irfft2: Many = two('irfft2');
/** Over several axes. */
export const fftn: Many = many('fftn');
/** The inverse of `fftn`. */
export const ifftn: Many = many('ifftn');
/** Of real input over several axes. */
export const rfftn: Many = many('rfftn');
/** The inverse of `rfftn`. */
export const irfftn: Many = many('irfftn');
/** Zero frequency in the middle, of the given axes. */
export const fftshift = (a: Operand, axes?: Opt<Axes>): Array => wrap(core['fft'].fftshift(tensorOf(a), axes ?? null));
/** The inverse of `fftshift`. */
export const ifftshift = (a: Operand, axes?: Opt<Axes>): Array =>
  wrap(core['fft'].ifftshift(tensorOf(a), axes ?? null));
