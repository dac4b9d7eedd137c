// Discrete Fourier transforms: one node per axis, of one primitive.
import type { Node } from '../graph/node.js';
import { types } from '../tensor/dtype.js';
import { AxisError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkAxis, checkShape, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import type { Primitive } from '../graph/primitive.js';
import { multiply } from '../ops/arithmetic.js';
import { array } from '../ops/creation.js';
import { castTo, composite, differentiate, identity, nodeOf, op, primitive, record } from '../ops/define.js';
import { placed } from '../ops/indexing.js';
import { reshape, sliced } from '../ops/shape.js';

/**
 * What divides by the length n: `'backward'` the inverse, `'forward'` the forward transform, `'ortho'` both, each by the root of n.
 */
export type Norm = 'backward' | 'ortho' | 'forward';

/** The attributes of the primitive `fft`. */
interface Attrs {
  readonly axis: number;
  /** length of the transform; the input goes on with zeros, or is cut, to the numbers it needs */
  readonly n: number;
  /** the sign of the exponent: + if inverse */
  readonly inverse: boolean;
  /** real numbers to the first half of their spectrum, or back if inverse */
  readonly real: boolean;
  /** factor of the result */
  readonly scale: number;
}
// the transform is symmetric in t and k, so its adjoint is the one with the other sign of the exponent
const fftPrimitive: Primitive = differentiate(
  primitive({ name: 'fft', expensive: true }),
  (g, { inputs: [x], attrs }) => {
    const a = attrs as Attrs;
    const { axis, n, inverse, real } = a;
    const back = (y: Tensor): Tensor => transformed('fft', y.node, { ...a, inverse: !inverse });
    const size = x!.shape[axis]!;
    if (!real) return [fitted(back(g), axis, size)];
    const length = Math.floor(n / 2) + 1;
    // numbers that stand for their conjugates too count twice on the way to real numbers
    const edge = (k: number): boolean => k === 0 || 2 * k === n;
    const twice = Float32Array.from({ length }, (_, k) => (edge(k) ? 1 : inverse ? 2 : 0.5));
    const weights = reshape(
      array(twice),
      x!.shape.map((_, i) => (i === axis ? length : 1)),
    );
    return [fitted(inverse ? multiply(back(g), weights) : back(multiply(g, weights)), axis, size)];
  },
);
/** An axis cut, or gone on with zeros, to a size. */
function fitted(x: Tensor, axis: number, size: number): Tensor {
  const dims = x.shape.map((d, i) => (i === axis ? size : d));
  const [start, steps] = [dims.map(() => 0), dims.map(() => 1)];
  return size <= x.shape[axis]! ? sliced(x.node, start, steps, dims) : placed(x, dims, start, steps);
}
/** Records the primitive for an input of its dtype. */
function transformed(name: string, x: Node, a: Attrs): Tensor {
  const { axis, n, inverse, real } = a;
  const size = real && !inverse ? Math.floor(n / 2) + 1 : n;
  const dims = x.shape.dims.map((d, i) => (i === axis ? size : d));
  return record(fftPrimitive, [x], a, checkShape(name, dims), real && inverse ? types.float32 : types.complex64);
}

/** @internal */
export function checkNorm(name: string, norm: Norm): Norm {
  if (norm !== 'backward' && norm !== 'ortho' && norm !== 'forward') {
    throw new LanewiseError(`[${name}] the norm must be 'backward', 'ortho' or 'forward', got '${String(norm)}'`);
  }
  return norm;
}
function scaleOf(norm: Norm, n: number, inverse: boolean): number {
  if (norm === 'ortho') return 1 / Math.sqrt(n);
  return (norm === 'backward') === inverse ? 1 / n : 1;
}
/** One axis. */
function along(name: string, x: Node, attrs: Omit<Attrs, 'scale'>, norm: Norm): Node {
  const { n, inverse, real } = attrs;
  const from = castTo(x, real && !inverse ? types.float32 : types.complex64);
  return transformed(name, from, { ...attrs, scale: scaleOf(norm, n, inverse) }).node;
}

interface Kind {
  readonly name: string;
  readonly inverse: boolean;
  readonly real: boolean;
}
function operand(name: string, x: TensorLike): Node {
  const n = nodeOf(name, x);
  if (n.shape.ndim === 0) throw new ShapeError(`[${name}] the operand must have at least one axis, got ()`);
  return n;
}
/** The length of the transform along an axis: as given, or as the input has it. */
function lengthOf({ name, inverse, real }: Kind, what: string, x: Node, axis: number, n: number | null): number {
  const size = x.shape.dims[axis]!;
  if (n === null) {
    n = inverse && real ? 2 * (size - 1) : size;
    if (n < 1) {
      throw new ShapeError(
        `[${name}] an axis of size ${size} needs its length said in ${what}, got axis ${axis} of ${showShape(x.shape.dims)}`,
      );
    }
  }
  if (!Number.isInteger(n) || n < 1) {
    throw new ShapeError(
      `[${name}] ${what} must be ${what === 'n' ? 'an integer' : 'integers'} of at least 1, got ${n}`,
    );
  }
  return n;
}

type Transform = (a: TensorLike, n?: number | null, axis?: number, norm?: Norm) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function transform(kind: Kind): Transform {
  const { name, inverse, real } = kind;
  const fn: Transform = (a, n = null, axis = -1, norm = 'backward') => {
    checkNorm(name, norm);
    const x = operand(name, a);
    const k = checkAxis(name, axis, x.shape.ndim);
    return new Tensor(along(name, x, { axis: k, n: lengthOf(kind, 'n', x, k, n), inverse, real }, norm));
  };
  return op(name, 'fft', fn, fftPrimitive);
}

function checkLengths(name: string, s: readonly number[] | null, axes: readonly number[] | null): void {
  if (s !== null && !Array.isArray(s)) {
    throw new ShapeError(`[${name}] s must be an array of integers or null, got ${String(s)}`);
  }
  if (axes !== null && !Array.isArray(axes)) {
    throw new AxisError(`[${name}] the axes must be an array of integers or null, got ${String(axes)}`);
  }
  if (s === null) return;
  if (axes === null) throw new ShapeError(`[${name}] s needs the axes it is for, got ${showShape(s)} without axes`);
  if (s.length !== axes.length) {
    throw new ShapeError(`[${name}] s must have one length per axis, got ${showShape(s)} for axes ${showShape(axes)}`);
  }
}
/** The axes in the order they were given: the last one is the real one. */
function orderedAxes(name: string, axes: readonly number[] | null, ndim: number): readonly number[] {
  if (axes === null) return Array.from({ length: ndim }, (_, i) => i);
  const list = axes.map((axis) => checkAxis(name, axis, ndim));
  if (new Set(list).size < list.length) throw new AxisError(`[${name}] axes must not repeat, got ${showShape(axes)}`);
  return list;
}

type TransformN = (a: TensorLike, s?: readonly number[] | null, axes?: readonly number[] | null, norm?: Norm) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function transformN(kind: Kind, usual: readonly number[] | null): TransformN {
  const { name, inverse, real } = kind;
  const fn: TransformN = (a, s = null, axes = usual, norm = 'backward') => {
    checkNorm(name, norm);
    const x = operand(name, a);
    checkLengths(name, s, axes);
    const list = orderedAxes(name, axes, x.shape.ndim);
    if (list.length === 0) return identity(x);
    const last = list.length - 1;
    const lengths = list.map((axis, i) =>
      lengthOf(i === last ? kind : { ...kind, real: false }, 's', x, axis, s === null ? null : s[i]!),
    );
    const step = (t: Node, i: number): Node =>
      along(name, t, { axis: list[i]!, n: lengths[i]!, inverse, real: real && i === last }, norm);
    // the real axis comes first on the way to the spectrum and last on the way back
    let out = inverse ? x : step(x, last);
    for (let i = last - 1; i >= 0; i--) out = step(out, i);
    return new Tensor(inverse ? step(out, last) : out);
  };
  return composite(name, fn);
}

/**
 * The discrete Fourier transform `sum_t a[t] exp(-2 pi i t k / n)` along an axis, complex64 whatever the dtype of `a`. The axis is cut
 * or goes on with zeros to `n`, its size by default.
 * @throws ShapeError if n is less than 1, or left out for an empty axis
 */
export const fft: Transform = /* @__PURE__ */ transform({ name: 'fft.fft', inverse: false, real: false });
/** The inverse of `fft`: `sum_k a[k] exp(2 pi i t k / n) / n` along an axis, complex64. Arguments as in `fft`. */
export const ifft: Transform = /* @__PURE__ */ transform({ name: 'fft.ifft', inverse: true, real: false });
/**
 * The first `floor(n / 2) + 1` elements of `fft` of the real part of `a`; the others are their conjugates. complex64.
 * @throws ShapeError if n is less than 1, or left out for an empty axis
 */
export const rfft: Transform = /* @__PURE__ */ transform({ name: 'fft.rfft', inverse: false, real: true });
/**
 * The inverse of `rfft`, float32: `n` real numbers, `2 * (size - 1)` by default, from the first `floor(n / 2) + 1` elements of their
 * spectrum. The imaginary parts of the first and, for an even n, of the middle one are taken as 0.
 * @throws ShapeError if n is less than 1, or left out for an axis of size 0 or 1
 */
export const irfft: Transform = /* @__PURE__ */ transform({ name: 'fft.irfft', inverse: true, real: true });

/** `fftn` over the last two axes by default. */
export const fft2: TransformN = /* @__PURE__ */ transformN({ name: 'fft.fft2', inverse: false, real: false }, [-2, -1]);
/** `ifftn` over the last two axes by default. */
export const ifft2: TransformN = /* @__PURE__ */ transformN(
  { name: 'fft.ifft2', inverse: true, real: false },
  [-2, -1],
);
/** `rfftn` over the last two axes by default. */
export const rfft2: TransformN = /* @__PURE__ */ transformN(
  { name: 'fft.rfft2', inverse: false, real: true },
  [-2, -1],
);
/** `irfftn` over the last two axes by default. */
export const irfft2: TransformN = /* @__PURE__ */ transformN(
  { name: 'fft.irfft2', inverse: true, real: true },
  [-2, -1],
);
/**
 * `fft` along each of `axes`, all by default; `s` gives the length of each. Without any axis it is `a` itself.
 * @throws AxisError if axes repeat
 * @throws ShapeError if `s` has not one length per axis, or comes without axes
 */
export const fftn: TransformN = /* @__PURE__ */ transformN({ name: 'fft.fftn', inverse: false, real: false }, null);
/** The inverse of `fftn`: `ifft` along each of `axes`. */
export const ifftn: TransformN = /* @__PURE__ */ transformN({ name: 'fft.ifftn', inverse: true, real: false }, null);
/** `rfft` along the last of `axes`, `fft` along the others; `s` as in `fftn`. */
export const rfftn: TransformN = /* @__PURE__ */ transformN({ name: 'fft.rfftn', inverse: false, real: true }, null);
/** The inverse of `rfftn`, float32: `ifft` along all `axes` but the last, `irfft` along that one. */
export const irfftn: TransformN = /* @__PURE__ */ transformN({ name: 'fft.irfftn', inverse: true, real: true }, null);
