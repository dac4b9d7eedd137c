// Initialisers: functions that make a tensor of the shape of the one given. `weight = nn.init.heUniform()(weight)`.
import { expandDims } from '../ops/shape.js';
import { eye, full } from '../ops/creation.js';
import { at, putAlongAxis } from '../ops/indexing.js';
import { multiply } from '../ops/arithmetic.js';
import { astype, sign } from '../ops/math.js';
import { diagonal } from '../ops/shape.js';
import { argsort } from '../ops/sort.js';
import { qr } from '../linalg/index.js';
import { normal as drawNormal, uniform as drawUniform } from '../random/index.js';
import { slice } from '../ops/indices.js';
import type { DType } from '../tensor/dtype.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/** Makes a tensor of the shape of `a`. */
export type Initializer = (a: Tensor) => Tensor;
/** An initialiser with a factor on the spread. */
export type GainInitializer = (a: Tensor, gain?: number) => Tensor;
/** Which side of a layer the spread is computed from. */
export type FanMode = 'fan_in' | 'fan_out';
/** An initialiser with the side and a factor on the spread. */
export type FanInitializer = (a: Tensor, mode?: FanMode, gain?: number) => Tensor;

/** `value` everywhere. */
export const constant =
  (value: number, dtype: DType = 'float32'): Initializer =>
  (a) =>
    full(a.shape, value, dtype);
/** Normal. */
export const normal =
  (mean = 0, std = 1, dtype: DType = 'float32'): Initializer =>
  (a) =>
    drawNormal(a.shape, dtype, mean, std);
/** Uniform in [low, high). */
export const uniform =
  (low = 0, high = 1, dtype: DType = 'float32'): Initializer =>
  (a) =>
    drawUniform(low, high, a.shape, dtype);
/** The identity matrix. @throws ShapeError unless the tensor is a square matrix */
export const identity =
  (dtype: DType = 'float32'): Initializer =>
  (a) => {
    if (a.ndim !== 2 || a.shape[0] !== a.shape[1])
      throw new ShapeError(`[nn.init.identity] the tensor must be a square matrix, got ${showShape(a.shape)}`);
    return eye(a.shape[0]!, null, 0, dtype);
  };

/** Inputs and outputs of one element of a weight (out, ..., in); the axes between count for both. */
function fans(name: string, { shape }: Tensor): [fanIn: number, fanOut: number] {
  if (shape.length < 2)
    throw new ShapeError(`[nn.init.${name}] the tensor must have at least 2 axes, got ${showShape(shape)}`);
  const field = shape.slice(1, -1).reduce((n, d) => n * d, 1);
  return [shape[shape.length - 1]! * field, shape[0]! * field];
}
function fanOf(name: string, a: Tensor, mode: FanMode): number {
  const [fanIn, fanOut] = fans(name, a);
  if (mode !== 'fan_in' && mode !== 'fan_out')
    throw new LanewiseError(`[nn.init.${name}] the mode must be one of fan_in, fan_out, got ${showValue(mode)}`);
  return mode === 'fan_in' ? fanIn : fanOut;
}
/** Normal with standard deviation `gain * sqrt(2 / (fanIn + fanOut))`. @throws ShapeError for fewer than 2 axes */
export const glorotNormal =
  (dtype: DType = 'float32'): GainInitializer =>
  (a, gain = 1) => {
    const [fanIn, fanOut] = fans('glorotNormal', a);
    return drawNormal(a.shape, dtype, null, gain * Math.sqrt(2 / (fanIn + fanOut)));
  };
/** Uniform in `±gain * sqrt(6 / (fanIn + fanOut))`. @throws ShapeError for fewer than 2 axes */
export const glorotUniform =
  (dtype: DType = 'float32'): GainInitializer =>
  (a, gain = 1) => {
    const [fanIn, fanOut] = fans('glorotUniform', a);
    const limit = gain * Math.sqrt(6 / (fanIn + fanOut));
    return drawUniform(-limit, limit, a.shape, dtype);
  };
/** Normal with standard deviation `gain / sqrt(fan)`. @throws ShapeError for fewer than 2 axes, LanewiseError for an unknown mode */
export const heNormal =
  (dtype: DType = 'float32'): FanInitializer =>
  (a, mode = 'fan_in', gain = 1) =>
    drawNormal(a.shape, dtype, null, gain / Math.sqrt(fanOf('heNormal', a, mode)));
/** Uniform in `±gain * sqrt(3 / fan)`. @throws ShapeError for fewer than 2 axes, LanewiseError for an unknown mode */
export const heUniform =
  (dtype: DType = 'float32'): FanInitializer =>
  (a, mode = 'fan_in', gain = 1) => {
    const limit = gain * Math.sqrt(3 / fanOf('heUniform', a, mode));
    return drawUniform(-limit, limit, a.shape, dtype);
  };

/**
 * Normal, with `ceil(sparsity * columns)` zeros at random places of each row.
 * @throws ShapeError unless the tensor is a matrix, LanewiseError unless 0 <= sparsity <= 1
 */
export const sparse = (sparsity: number, mean = 0, std = 1, dtype: DType = 'float32'): Initializer => {
  if (!(sparsity >= 0 && sparsity <= 1))
    throw new LanewiseError(`[nn.init.sparse] the sparsity must be in 0 to 1, got ${showValue(sparsity)}`);
  return (a) => {
    if (a.ndim !== 2) throw new ShapeError(`[nn.init.sparse] the tensor must be a matrix, got ${showShape(a.shape)}`);
    const zeros = Math.ceil(sparsity * a.shape[1]!);
    const order = argsort(drawUniform(0, 1, a.shape), 1);
    const values = drawNormal(a.shape, dtype, mean, std);
    return putAlongAxis(values, at(order, slice(null), slice(0, zeros)), 0, 1);
  };
};
/** A matrix with orthonormal rows or columns, whichever are fewer, times `gain`. @throws ShapeError unless the tensor is a matrix */
export const orthogonal =
  (gain = 1, dtype: DType = 'float32'): Initializer =>
  (a) => {
    if (a.ndim !== 2)
      throw new ShapeError(`[nn.init.orthogonal] the tensor must be a matrix, got ${showShape(a.shape)}`);
    const [rows, columns] = a.shape as [number, number];
    const n = Math.max(rows, columns);
    const [q, r] = qr(drawNormal([n, n]));
    const signed = multiply(q, expandDims(sign(diagonal(r)), 0));
    return astype(multiply(at(signed, slice(0, rows), slice(0, columns)), gain), dtype);
  };
