// Reductions that leave NaN out, under NumPy's names. MLX has none of them.
import type { Node } from '../graph/node.js';
import { isFloat, isInexact, toInexact, types } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { checkAxes, checkAxis } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, divide, equal, maximum, multiply, subtract } from './arithmetic.js';
import { castTo, composite, nodeOf } from './define.js';
import { takeAlongAxis } from './indexing.js';
import { rightShift } from './logic.js';
import { astype, isnan, logicalNot, sqrt, square } from './math.js';
import {
  all,
  argmax,
  argmin,
  max,
  mean,
  min,
  prod,
  sum,
  variance,
  type ReduceArgs,
  type Reduction,
  type Variance,
  type VarianceArgs,
} from './reduce.js';
import { where } from './select.js';
import { reshape, squeeze, transpose } from './shape.js';
import { median, sort } from './sort.js';

/** `x` with `value` where it is NaN. */
const filled = (x: Tensor, value: number): Tensor => where(isnan(x), value, x);

/** Sum of the elements that are not NaN, in the dtypes of `sum`; 0 where there are none. */
export const nansum: Reduction = /* @__PURE__ */ composite('nansum', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('nansum', x);
  return sum(isInexact(n.type) ? filled(new Tensor(n), 0) : x, ...args);
});
/** Product of the elements that are not NaN, in the dtypes of `prod`; 1 where there are none. */
export const nanprod: Reduction = /* @__PURE__ */ composite('nanprod', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('nanprod', x);
  return prod(isInexact(n.type) ? filled(new Tensor(n), 1) : x, ...args);
});

/* #__NO_SIDE_EFFECTS__ */
function extreme(name: string, plain: Reduction, least: number): Reduction {
  return composite(name, (x: TensorLike, ...args: ReduceArgs) => {
    const n = nodeOf(name, x);
    if (!isInexact(n.type)) return plain(x, ...args);
    if (!isFloat(n.type)) throw new DTypeError(`[${name}] the operand must have a real dtype, got ${n.type.name}`);
    const t = new Tensor(n);
    return where(all(isnan(t), ...args), NaN, plain(filled(t, least), ...args));
  });
}
/** Largest element that is not NaN; NaN where there is none. @throws ShapeError for an empty axis */
export const nanmax: Reduction = /* @__PURE__ */ extreme('nanmax', (x, ...args) => max(x, ...args), -Infinity);
/** Smallest element that is not NaN; NaN where there is none. @throws ShapeError for an empty axis */
export const nanmin: Reduction = /* @__PURE__ */ extreme('nanmin', (x, ...args) => min(x, ...args), Infinity);

/** How many elements are not NaN, in the dtype that the averages compute in. */
const counted = (t: Tensor, args: ReduceArgs): Tensor => {
  const type = t.node.type === types.complex64 ? types.float32 : t.node.type;
  return new Tensor(castTo(sum(astype(logicalNot(isnan(t)), 'int32'), ...args).node, type));
};
/** Half types as float32, integers as what they average to. */
const wide = (n: Node): Tensor => {
  const type = toInexact(n.type);
  return new Tensor(castTo(n, type.half ? types.float32 : type));
};
const back = (t: Tensor, n: Node): Tensor => new Tensor(castTo(t.node, toInexact(n.type)));

/** Mean of the elements that are not NaN; integers and bool become float32. NaN where there are none. */
export const nanmean: Reduction = /* @__PURE__ */ composite('nanmean', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('nanmean', x);
  if (!isInexact(n.type)) return mean(x, ...args);
  const t = wide(n);
  return back(divide(sum(filled(t, 0), ...args), counted(t, args)), n);
});
const nanVariance = (name: string, x: TensorLike, args: VarianceArgs): Tensor => {
  const n = nodeOf(name, x);
  const [first, second, ddof = 0] = args;
  if (!isFloat(toInexact(n.type))) {
    throw new DTypeError(`[${name}] the operand must have a real dtype, got ${n.type.name}`);
  }
  if (!isInexact(n.type)) return variance(x, ...args);
  const axes = checkAxes(name, typeof first === 'boolean' ? null : first, n.shape.ndim);
  const keepDims = (typeof first === 'boolean' ? first : second) ?? false;
  const t = wide(n);
  const centre = divide(sum(filled(t, 0), axes, true), counted(t, [axes, true]));
  const squares = sum(square(subtract(where(isnan(t), centre, t), centre)), axes, keepDims);
  const freedom = maximum(subtract(counted(t, [axes, keepDims]), ddof), 0);
  // without an element to spare the quotient is 0 / 0, also where rounding left squares
  return back(where(equal(freedom, 0), NaN, divide(squares, freedom)), n);
};
/** Variance over `n - ddof` of the n elements that are not NaN; NaN where `n <= ddof`. Real dtypes. */
export const nanvar: Variance = /* @__PURE__ */ composite('nanvar', (x: TensorLike, ...args: VarianceArgs) =>
  nanVariance('nanvar', x, args),
);
/** Square root of `nanvar`. */
export const nanstd: Variance = /* @__PURE__ */ composite('nanstd', (x: TensorLike, ...args: VarianceArgs) =>
  sqrt(nanVariance('nanstd', x, args)),
);
/**
 * The middle element of those that are not NaN, the mean of the middle two for an even count; NaN where there are none.
 * Integers become float32. Real dtypes.
 */
export const nanmedian: Reduction = /* @__PURE__ */ composite('nanmedian', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('nanmedian', x);
  if (!isFloat(toInexact(n.type))) {
    throw new DTypeError(`[nanmedian] the operand must have a real dtype, got ${n.type.name}`);
  }
  const [first, second] = args;
  const axes = checkAxes('nanmedian', typeof first === 'boolean' ? null : first, n.shape.ndim);
  const size = axes.reduce((p, a) => p * n.shape.dims[a]!, 1);
  if (!isInexact(n.type) || size === 0) return median(x, ...args);
  const keepDims = (typeof first === 'boolean' ? first : second) ?? false;
  const others = [...n.shape.dims.keys()].filter((i) => !axes.includes(i));
  const kept = others.map((i) => n.shape.dims[i]!);
  const lines = reshape(transpose(new Tensor(n), [...others, ...axes]), [...kept, size]);
  // NaN sorts last, so the numbers come first; of none, place 0 holds NaN
  const sorted = sort(lines, -1);
  const count = sum(astype(logicalNot(isnan(lines)), 'int32'), -1, true);
  const place = (k: Tensor): Tensor => takeAlongAxis(sorted, k, -1);
  const low = place(maximum(rightShift(subtract(count, 1), 1), 0));
  const high = place(rightShift(count, 1));
  const odd = equal(low, high);
  const t = multiply(add(new Tensor(castTo(low.node, wide(n).node.type)), high), 0.5);
  const middle = squeeze(where(odd, low, new Tensor(castTo(t.node, n.type))), -1);
  return reshape(middle, keepDims ? n.shape.dims.map((d, i) => (axes.includes(i) ? 1 : d)) : kept);
});

type ArgReduction = (x: TensorLike, axis?: number | null, keepDims?: boolean) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function argExtreme(name: string, plain: ArgReduction, fold: Reduction, least: number): ArgReduction {
  return composite(name, (x: TensorLike, axis: number | null = null, keepDims = false) => {
    const n = nodeOf(name, x);
    if (!isFloat(n.type)) return plain(x, axis, keepDims);
    const a = axis === null ? null : checkAxis(name, axis, n.shape.ndim);
    const t = new Tensor(n);
    const masked = filled(t, least);
    // a NaN that stands in for the least number must not win over that number itself
    const found = plain(masked, a, keepDims);
    const number = argmax(astype(logicalNot(isnan(t)), 'uint8'), a, keepDims);
    return where(equal(fold(masked, a, keepDims), least), number, found);
  });
}
/** Index of the largest element that is not NaN, the first of equals, uint32; 0 where there is none. */
export const nanargmax: ArgReduction = /* @__PURE__ */ argExtreme(
  'nanargmax',
  (x, ...args) => argmax(x, ...args),
  (x, ...args) => max(x, ...args),
  -Infinity,
);
/** Index of the smallest element that is not NaN, the first of equals, uint32; 0 where there is none. */
export const nanargmin: ArgReduction = /* @__PURE__ */ argExtreme(
  'nanargmin',
  (x, ...args) => argmin(x, ...args),
  (x, ...args) => min(x, ...args),
  Infinity,
);
