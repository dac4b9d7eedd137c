// Transforms of short, overlapping frames of a signal.
import type { Node } from '../graph/node.js';
import { types } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { rowMajor, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, divide, maximum, multiply } from '../ops/arithmetic.js';
import { arange, ones, zeros } from '../ops/creation.js';
import { castTo, composite, nodeOf } from '../ops/define.js';
import { addAt, at } from '../ops/indexing.js';
import { slice } from '../ops/indices.js';
import { concatenate } from '../ops/join.js';
import { real, square } from '../ops/math.js';
import { pad, type PadWidth } from '../ops/rearrange.js';
import { asStrided, contiguous, expandDims, swapaxes } from '../ops/shape.js';
import { checkNorm, fft, ifft, irfft, rfft, type Norm } from './transform.js';

/** How `stft` goes on beyond the ends of the signal. */
export type PadMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

interface FrameOptions {
  /** samples from frame to frame; `floor(nFft / 4)` by default */
  readonly hopLength?: number | null;
  /** size of the rectangular window that stands where `window` is left out; `nFft` by default */
  readonly winLength?: number | null;
  /** 1-D, at most nFft long; centred in the frame, zeros around it */
  readonly window?: TensorLike | null;
  /** true (default): frame t has sample `t * hopLength` in its middle, not at its start */
  readonly center?: boolean;
  /** see `fft` */
  readonly norm?: Norm;
}
export interface StftOptions extends FrameOptions {
  /** length of a frame; 2048 by default */
  readonly nFft?: number;
  /** beyond the ends, where `center`; 'reflect' by default */
  readonly padMode?: PadMode;
  /** only the frequencies from 0 up; by default for real signals */
  readonly onesided?: boolean | null;
}
export interface IstftOptions extends FrameOptions {
  /** length of a frame; by default `2 * (frequencies - 1)`, all the frequencies if not `onesided` */
  readonly nFft?: number | null;
  /** the frequencies are those from 0 up; true by default */
  readonly onesided?: boolean;
  /** samples of the result, cut or zeros at its end */
  readonly length?: number | null;
}

function positive(name: string, what: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ShapeError(`[${name}] ${what} must be an integer of at least 1, got ${value}`);
}
/** The window over a whole frame, or null where it is all ones. */
function windowOf(name: string, n: number, { window = null, winLength = null }: FrameOptions): Tensor | null {
  if (window === null && winLength === null) return null;
  let w: Node;
  if (window === null) w = ones([positive(name, 'winLength', winLength!)]).node;
  else {
    w = nodeOf(name, window);
    if (w.shape.ndim !== 1)
      throw new ShapeError(`[${name}] the window must have one axis, got ${showShape(w.shape.dims)}`);
  }
  const size = w.shape.size;
  if (size > n) throw new ShapeError(`[${name}] the window must not be longer than a frame, got ${size} for nFft ${n}`);
  const before = Math.floor((n - size) / 2);
  return size === n ? new Tensor(w) : pad(new Tensor(w), [[before, n - size - before]]);
}

/** `width` more elements at both ends of the last axis. */
function padEnds(x: Tensor, width: number, mode: PadMode): Tensor {
  const size = x.shape[x.ndim - 1]!;
  const ends = (before: number, after: number): PadWidth =>
    x.shape.map((_, i): readonly [number, number] => (i === x.ndim - 1 ? [before, after] : [0, 0]));
  if (size < 4 * width) return pad(x, ends(width, width), mode);
  // of a long signal only the ends take part
  const head = at(pad(at(x, '...', slice(0, width + 1)), ends(width, 0), mode), '...', slice(0, width));
  const tail = at(
    pad(at(x, '...', slice(size - width - 1, null)), ends(0, width), mode),
    '...',
    slice(width + 1, null),
  );
  return concatenate([head, x, tail], -1);
}

/**
 * The short-time Fourier transform: frames of `nFft` samples of the last axis, `hopLength` apart, times the window, transformed.
 * (..., samples) to complex64 (..., frequencies, frames).
 * @throws ShapeError if the signal is shorter than one frame, or the window longer
 */
export const stft: (x: TensorLike, options?: StftOptions) => Tensor = /* @__PURE__ */ composite(
  'fft.stft',
  (x, options = {}) => {
    const name = 'fft.stft';
    const { nFft = 2048, center = true, padMode = 'reflect', norm = 'backward' } = options;
    checkNorm(name, norm);
    const n = nodeOf(name, x);
    if (n.shape.ndim === 0) throw new ShapeError(`[${name}] the operand must have at least one axis, got ()`);
    const size = positive(name, 'nFft', nFft);
    const hop = positive(name, 'hopLength', options.hopLength ?? Math.floor(size / 4));
    const window = windowOf(name, size, options);
    if (!['constant', 'edge', 'reflect', 'symmetric'].includes(padMode)) {
      throw new LanewiseError(
        `[${name}] the padMode must be 'constant', 'edge', 'reflect' or 'symmetric', got '${String(padMode)}'`,
      );
    }
    const width = Math.floor(size / 2);
    const samples = n.shape.dims[n.shape.ndim - 1]!;
    if (center && samples === 0 && padMode !== 'constant')
      throw new ShapeError(`[${name}] an empty signal has no ends to go on from, got ${showShape(n.shape.dims)}`);
    if (!center && samples < size)
      throw new ShapeError(`[${name}] the signal must fill a frame, got ${samples} samples for nFft ${size}`);
    const signal = center && width > 0 ? padEnds(new Tensor(n), width, padMode) : contiguous(new Tensor(n));
    const batch = signal.shape.slice(0, -1);
    const frames = 1 + Math.floor((signal.shape[batch.length]! - size) / hop);
    const strides = rowMajor(signal.shape);
    const view = asStrided(signal, [...batch, frames, size], [...strides.slice(0, -1), hop, 1]);
    const onesided = options.onesided ?? n.type !== types.complex64;
    const spectra = (onesided ? rfft : fft)(window === null ? view : multiply(view, window), null, -1, norm);
    return swapaxes(spectra, -1, -2);
  },
);

/** Smallest sum of squared windows that a sample is divided by. */
const LEAST = 1e-8;
/**
 * The inverse of `stft`: each frame is transformed back and multiplied by the window, frames are added where they overlap, and each
 * sample is divided by the sum of the squares of the windows over it. (..., frequencies, frames) to (..., samples), float32 unless the
 * window is float64.
 * @throws ShapeError if there is no frame, or the window is longer than one
 */
export const istft: (stftMatrix: TensorLike, options?: IstftOptions) => Tensor = /* @__PURE__ */ composite(
  'fft.istft',
  (stftMatrix, options = {}) => {
    const name = 'fft.istft';
    const { onesided = true, center = true, length = null, norm = 'backward' } = options;
    checkNorm(name, norm);
    const n = nodeOf(name, stftMatrix);
    const { dims, ndim } = n.shape;
    if (ndim < 2) {
      throw new ShapeError(`[${name}] the operand must have axes of frequencies and frames, got ${showShape(dims)}`);
    }
    const bins = dims[ndim - 2]!;
    const size = positive(name, 'nFft', options.nFft ?? (onesided ? 2 * (bins - 1) : bins));
    const hop = positive(name, 'hopLength', options.hopLength ?? Math.floor(size / 4));
    const frames = dims[ndim - 1]!;
    if (frames === 0) throw new ShapeError(`[${name}] there must be at least one frame, got ${showShape(dims)}`);
    const given = windowOf(name, size, options);
    if (given?.dtype === 'complex64')
      throw new DTypeError(`[${name}] the window must have a real dtype, got complex64`);
    // squares and their sums are at least float32, so that nothing is divided by a rounded half
    const window = given === null || given.dtype === 'float64' ? given : new Tensor(castTo(given.node, types.float32));
    if (length !== null && (!Number.isInteger(length) || length < 0)) {
      throw new ShapeError(`[${name}] the length must be an integer of at least 0, got ${length}`);
    }
    const spectra = swapaxes(new Tensor(n), -1, -2);
    const parts = onesided ? irfft(spectra, size, -1, norm) : real(ifft(spectra, size, -1, norm));
    const weighed = window === null ? parts : multiply(parts, window);
    const total = (frames - 1) * hop + size;
    const where = add(expandDims(multiply(arange(frames), hop), 1), arange(size));
    const batch = dims.slice(0, -2);
    const sum = addAt(zeros([...batch, total], weighed.dtype), ['...', where], weighed);
    const weights = window === null ? ones([size]) : square(window);
    const weight = addAt(zeros([total], weights.dtype), where, weights);
    const whole = divide(sum, maximum(weight, LEAST));
    const skip = center ? Math.floor(size / 2) : 0;
    const end = length === null ? total - skip : Math.min(skip + length, total);
    const out = at(whole, '...', slice(skip, Math.max(skip, end)));
    const missing = length === null ? 0 : length - out.shape[out.ndim - 1]!;
    return missing > 0 ? pad(out, [...batch.map(() => [0, 0] as const), [0, missing]]) : out;
  },
);
