// Random numbers with MLX's bits: Threefry-2x32 with 20 rounds, the same key gives the same numbers.
import { isFloat, isInteger, types, type DType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkAxis, checkShape, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, div, equal, less, lessEqual, maximum, minimum, multiply, sub } from '../ops/arithmetic.js';
import {
  castTo,
  checkType,
  checkValue,
  constant,
  differentiate,
  nodeOf,
  op,
  primitive,
  record,
} from '../ops/define.js';
import { take } from '../ops/indexing.js';
import { abs, erf, erfinv, exp, floor, isinf, log, log1p, negative, sign } from '../ops/math.js';
import { argmax, max, sum } from '../ops/reduce.js';
import { cumsum } from '../ops/scan.js';
import { where } from '../ops/select.js';
import { expandDims, reshape } from '../ops/shape.js';
import { argsort } from '../ops/sort.js';
import { keyLeaf, nextKey, wordsOf } from './state.js';

/** The key of a seed: uint32 `[high word, low word]`. */
export const key: (seed: number | bigint) => Tensor = /* @__PURE__ */ op('random.key', 'random', (seed) => {
  return new Tensor(keyLeaf(wordsOf(seed)));
});
function keyNode(name: string, k: Tensor | null | undefined): Tensor['node'] {
  if (k === null || k === undefined) return new Tensor(nextKey()).node;
  if (k.dtype !== 'uint32' || k.ndim !== 1 || k.size !== 2) {
    throw new ShapeError(`[${name}] a key must be a uint32 tensor of shape (2), got ${k.dtype} ${showShape(k.shape)}`);
  }
  return nodeOf(name, k);
}

const bitsPrimitive = differentiate(primitive({ name: 'random_bits', expensive: true }), 'none: random bits');
/** Uniform random bits: uint32, uint16 or uint8 for a width of 4, 2 or 1 bytes. */
export const bits: (shape?: readonly number[], width?: 1 | 2 | 4, key?: Tensor | null) => Tensor = /* @__PURE__ */ op(
  'random.bits',
  'random',
  (shape = [], width = 4, key) => {
    const type = { 1: types.uint8, 2: types.uint16, 4: types.uint32 }[width];
    if (type === undefined) throw new ShapeError(`[random.bits] the width must be 1, 2 or 4, got ${String(width)}`);
    return record(bitsPrimitive, [keyNode('random.bits', key)], { width }, checkShape('random.bits', shape), type);
  },
  bitsPrimitive,
);
/** `num` keys made of one, as rows. */
export const split: (key: Tensor, num?: number) => Tensor = /* @__PURE__ */ op(
  'random.split',
  'random',
  (key, num = 2) => {
    return bits([num, 2], 4, key);
  },
);

const floating = (name: string, dtype: DType): DType => {
  if (!isFloat(checkType(name, dtype))) throw new DTypeError(`[${name}] the dtype must be floating, got ${dtype}`);
  return dtype;
};
const cast = (x: Tensor, dtype: DType): Tensor => new Tensor(castTo(x.node, types[dtype]));
const operand = (name: string, x: TensorLike, dtype: DType): Tensor =>
  x instanceof Tensor ? cast(new Tensor(nodeOf(name, x)), dtype) : new Tensor(plainNode(name, x, dtype));
function plainNode(name: string, x: Exclude<TensorLike, Tensor>, dtype: DType): Tensor['node'] {
  checkValue(name, x);
  return constant(x, types[dtype]);
}
/** Uniform in [0, 1), drawn as float32. */
const unit = (shape: readonly number[], dtype: DType, key: Tensor | null | undefined): Tensor =>
  cast(minimum(div(cast(bits(shape, 4, key), 'float32'), 4294967296), belowOne[dtype] ?? 1 - 2 ** -24), dtype);
/** Largest numbers below 1, where float32's would be rounded up to it. */
const belowOne: Partial<Record<DType, number>> = { float16: 1 - 2 ** -11, bfloat16: 1 - 2 ** -8 };

/** Uniform in [low, high). `shape` defaults to that of `low` and `high` together. */
export const uniform: (
  low?: TensorLike,
  high?: TensorLike,
  shape?: readonly number[],
  dtype?: DType,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op('random.uniform', 'random', (low = 0, high = 1, shape, dtype = 'float32', key) => {
  floating('random.uniform', dtype);
  const lo = operand('random.uniform', low, dtype);
  const hi = operand('random.uniform', high, dtype);
  const dims = shape ?? broadcast('random.uniform', lo.node.shape, hi.node.shape).dims;
  const u = unit(dims, dtype, key);
  const out = add(multiply(sub(hi, lo), u), lo);
  if (out.ndim !== dims.length || out.shape.some((d, i) => d !== dims[i])) {
    throw new ShapeError(
      `[random.uniform] low and high must broadcast to the shape, got ${showShape(out.shape)} for ${showShape(dims)}`,
    );
  }
  return out;
});
/** Largest float32 above -1. */
const ABOVE_MINUS_ONE = -1 + 2 ** -24;
/** Normal with mean `loc` and standard deviation `scale`. */
export const normal: (
  shape?: readonly number[],
  dtype?: DType,
  loc?: TensorLike | null,
  scale?: TensorLike | null,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op(
  'random.normal',
  'random',
  (shape = [], dtype = 'float32', loc = null, scale = null, key) => {
    floating('random.normal', dtype);
    const u = uniform(ABOVE_MINUS_ONE, 1, shape, 'float32', key);
    // the factors meet first: the other order differs in the last bit
    const root = operand('random.normal', Math.SQRT2, dtype);
    const factor = scale === null ? root : multiply(root, operand('random.normal', scale, dtype));
    const x = multiply(factor, cast(erfinv(u), dtype));
    return loc === null ? x : add(operand('random.normal', loc, dtype), x);
  },
);
/** Integers in [low, high). */
export const randint: (
  low: TensorLike,
  high: TensorLike,
  shape?: readonly number[],
  dtype?: DType,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op('random.randint', 'random', (low, high, shape, dtype = 'int32', key) => {
  if (!isInteger(checkType('random.randint', dtype)))
    throw new DTypeError(`[random.randint] the dtype must be an integer one, got ${dtype}`);
  const lo = operand('random.randint', low, dtype);
  const hi = operand('random.randint', high, dtype);
  const u = uniform(cast(lo, 'float32'), cast(hi, 'float32'), shape, 'float32', key);
  return minimum(maximum(cast(floor(u), dtype), lo), sub(hi, 1));
});
/** True with probability `p`. */
export const bernoulli: (p?: TensorLike, shape?: readonly number[], key?: Tensor | null) => Tensor = /* @__PURE__ */ op(
  'random.bernoulli',
  'random',
  (p = 0.5, shape, key) => {
    const q =
      p instanceof Tensor ? new Tensor(nodeOf('random.bernoulli', p)) : operand('random.bernoulli', p, 'float32');
    if (!isFloat(q.node.type)) throw new DTypeError(`[random.bernoulli] p must have a floating dtype, got ${q.dtype}`);
    const dims = shape ?? q.shape;
    const out = less(cast(bits(dims, 4, key), 'float32'), multiply(cast(q, 'float32'), 4294967808));
    if (out.ndim !== dims.length || out.shape.some((d, i) => d !== dims[i])) {
      throw new ShapeError(
        `[random.bernoulli] p must broadcast to the shape, got ${showShape(q.shape)} for ${showShape(dims)}`,
      );
    }
    return out;
  },
);
/** Standard Gumbel: `-log(-log(u))`. */
export const gumbel: (shape?: readonly number[], dtype?: DType, key?: Tensor | null) => Tensor = /* @__PURE__ */ op(
  'random.gumbel',
  'random',
  (shape = [], dtype = 'float32', key) => {
    return negative(log(negative(log(uniform(0, 1, shape, floating('random.gumbel', dtype), key)))));
  },
);
/** Laplace with mean `loc` and scale `scale`. */
export const laplace: (
  shape?: readonly number[],
  dtype?: DType,
  loc?: TensorLike | null,
  scale?: TensorLike | null,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op(
  'random.laplace',
  'random',
  (shape = [], dtype = 'float32', loc = null, scale = null, key) => {
    floating('random.laplace', dtype);
    const u = uniform(ABOVE_MINUS_ONE, 1, shape, 'float32', key);
    let x = cast(multiply(sign(u), log1p(negative(abs(u)))), dtype);
    if (scale !== null) x = multiply(x, scale);
    if (loc !== null) x = add(x, loc);
    return x.dtype === dtype ? x : cast(x, dtype);
  },
);
/** Normal, cut to [lower, upper]. */
export const truncatedNormal: (
  lower: TensorLike,
  upper: TensorLike,
  shape?: readonly number[],
  dtype?: DType,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op('random.truncatedNormal', 'random', (lower, upper, shape, dtype = 'float32', key) => {
  floating('random.truncatedNormal', dtype);
  const root = Math.fround(Math.SQRT2);
  const lo = operand('random.truncatedNormal', lower, dtype);
  const hi = operand('random.truncatedNormal', upper, dtype);
  const dims = shape ?? broadcast('random.truncatedNormal', lo.node.shape, hi.node.shape).dims;
  const u = uniform(erf(div(lo, root)), erf(div(hi, root)), dims, dtype, key);
  return maximum(minimum(multiply(root, erfinv(u)), hi), lo);
});
/**
 * Class indices (uint32) drawn with probabilities `softmax(logits)` along `axis`: of shape `shape`, or `numSamples` along a new
 * last axis, or one per distribution.
 */
export const categorical: (
  logits: TensorLike,
  axis?: number,
  shape?: readonly number[] | null,
  numSamples?: number | null,
  key?: Tensor | null,
) => Tensor = /* @__PURE__ */ op('random.categorical', 'random', (logits, axis = -1, shape, numSamples, key) => {
  const n = nodeOf('random.categorical', logits);
  const a = checkAxis('random.categorical', axis, n.shape.ndim);
  const t = new Tensor(n);
  const whole = n.shape.size > 0 && n.shape.size === n.shape.dims[a];
  const rest = n.shape.dims.filter((_, i) => i !== a);
  const classes = n.shape.dims[a]!;
  if (numSamples !== null && numSamples !== undefined) {
    if (whole) return inverseCdf(t, [...rest, numSamples], key);
    const noise = gumbel([...n.shape.dims, numSamples], 'float32', key);
    return argmax(add(noise, expandDims(t, -1)), a);
  }
  const dims = shape ?? rest;
  const lead = dims.length - rest.length;
  if (lead < 0 || rest.some((d, i) => d !== 1 && d !== dims[lead + i])) {
    throw new ShapeError(
      `[random.categorical] the shape must end in that of the distributions, got ${showShape(dims)} for ${showShape(rest)}`,
    );
  }
  if (whole && dims.length > 0) return inverseCdf(t, dims, key);
  const place = lead + a;
  const noise = gumbel([...dims.slice(0, place), classes, ...dims.slice(place)], 'float32', key);
  return argmax(add(noise, t), place);
});
/** Draws from one distribution: how many running sums of the weights lie at or below a uniform number times their total. */
function inverseCdf(logits: Tensor, shape: readonly number[], key: Tensor | null | undefined): Tensor {
  const x = cast(reshape(logits, [-1]), logits.dtype === 'float64' ? 'float64' : 'float32');
  const top = max(x);
  // of infinite logits the largest share the probability
  const weights = where(isinf(top), cast(equal(x, top), x.dtype), exp(sub(x, top)));
  const ends = cumsum(weights, 0, false, false);
  const u = multiply(uniform(0, 1, shape, 'float32', key), sum(weights));
  const below = lessEqual(ends, expandDims(u, -1));
  return sub(cast(sum(below, -1), 'uint32'), 1);
}
/** The integers below `x`, or the slices of `x` along `axis`, in random order. */
export const permutation: (x: number | Tensor, axis?: number, key?: Tensor | null) => Tensor = /* @__PURE__ */ op(
  'random.permutation',
  'random',
  (x, axis = 0, key) => {
    if (typeof x === 'number') return argsort(bits([x], 4, key));
    const a = checkAxis('random.permutation', axis, x.ndim);
    return take(x, argsort(bits([x.shape[a]!], 4, key)), a);
  },
);
export { multivariateNormal } from './multivariate.js';
export { seed } from './state.js';
