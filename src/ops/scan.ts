// Running reductions along an axis.
import { isFloat, toInexact, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { checkAxis } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, div, equal, greaterEqual, less, multiply, sub } from './arithmetic.js';
import { arange } from './creation.js';
import { castTo, differentiate, nodeOf, op, primitive, record, type NoVjp, type Vjp } from './define.js';
import { addAlongAxis } from './indexing.js';
import { conjugate, exp, isfinite } from './math.js';
import { roll } from './rearrange.js';
import { flattened } from './reduce.js';
import { where, zerosLike } from './select.js';
import { broadcastTo, reshape } from './shape.js';

const same = (t: ElementType): ElementType => t;

type Cumulative = (x: TensorLike, axis?: number | null, reverse?: boolean, inclusive?: boolean) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function cumulative(
  name: string,
  kernel: string,
  compute: (t: ElementType) => ElementType,
  vjp: Vjp | NoVjp,
): Cumulative {
  const p = differentiate(primitive({ name: kernel, expensive: true }), vjp);
  const fn: Cumulative = (x, axis = null, reverse = false, inclusive = true) => {
    let n = nodeOf(name, x);
    if (axis === null && n.shape.ndim !== 1) n = flattened(n);
    const a = axis === null ? 0 : checkAxis(name, axis, n.shape.ndim);
    const type = compute(n.type);
    return record(p, [castTo(n, type)], { axis: a, reverse, inclusive }, n.shape, type);
  };
  return op(name, 'cumulative', fn, p);
}
interface Running {
  readonly axis: number;
  readonly reverse: boolean;
  readonly inclusive: boolean;
}
/** The sum over later products, each without one factor; the first zero has a product of its own. */
const ofProducts: Vjp = (g, { inputs: [x], output, attrs }) => {
  const { axis, reverse, inclusive } = attrs as Running;
  const later = (y: Tensor): Tensor => cumsum(multiply(g, conjugate(y)), axis, !reverse, inclusive);
  const zero = equal(x!, 0);
  const count = cumsum(new Tensor(castTo(zero.node, types.int32)), axis, reverse, true);
  const first = multiply(zero, equal(count, 1));
  const others = cumprod(where(first, 1, x!), axis, reverse, inclusive);
  return [where(first, later(others), where(zero, 0, div(later(output), conjugate(where(zero, 1, x!)))))];
};
/** Each cotangent goes to the element that held the record. */
const ofRecords: Vjp = (g, { inputs: [x], output, attrs }) => {
  const { axis, reverse, inclusive } = attrs as Running;
  const size = x!.shape[axis]!;
  const along = (from: Tensor): Tensor =>
    reshape(
      from,
      x!.shape.map((_, i) => (i === axis ? size : 1)),
    );
  const own = broadcastTo(along(arange(size, 'int32')), x!.shape);
  // an exclusive record is that of the neighbour
  const step = reverse ? -1 : 1;
  const shifted = (t: Tensor, by: number): Tensor => roll(t, by, axis);
  const y = inclusive ? output : shifted(output, -step);
  const last = equal(own, reverse ? 0 : size - 1);
  const flow = inclusive ? g : where(last, 0, shifted(g, -step));
  const known = inclusive ? y : where(last, x!, y);
  const hit = equal(x!, known);
  const holder = reverse ? cummin(where(hit, own, size - 1), axis, true) : cummax(where(hit, own, 0), axis);
  return [addAlongAxis(zerosLike(flow), holder, flow, axis)];
};
/**
 * `sum over later j of g_j * exp(x - y_j)` of the inclusive results y, which never fall: the sums are folded together in rounds of doubling
 * reach, each weighted with the fall from its own result to the one where it begins.
 */
const ofLogSums: Vjp = (g, { inputs: [x], output, attrs }) => {
  const { axis, reverse, inclusive } = attrs as Running;
  const size = x!.shape[axis]!;
  if (size === 0) return [g];
  const place = reshape(
    arange(size, 'int32'),
    x!.shape.map((_, i) => (i === axis ? -1 : 1)),
  );
  const later = (t: Tensor, by: number, rest: number): Tensor => {
    const inside = reverse ? greaterEqual(place, by) : less(place, size - by);
    return where(inside, roll(t, reverse ? by : -by, axis), rest);
  };
  const y = inclusive ? output : logcumsumexp(x!, axis, reverse);
  let sums = inclusive ? g : later(g, 1, 0);
  let fall = where(isfinite(y), exp(sub(y, later(y, 1, Infinity))), 0);
  for (let reach = 1; reach < size; reach *= 2) {
    sums = add(sums, multiply(fall, later(sums, reach, 0)));
    fall = multiply(fall, later(fall, reach, 0));
  }
  return [multiply(sums, exp(sub(x!, y)))];
};
const boolToInt = (t: ElementType): ElementType => (t === types.bool ? types.int32 : t);
/** Running sum along an axis (the flattened tensor without one); `inclusive` counts the element itself. */
export const cumsum: Cumulative = /* @__PURE__ */ cumulative('cumsum', 'cumulative_sum', boolToInt, (g, { attrs }) => {
  const { axis, reverse, inclusive } = attrs as Running;
  return [cumsum(g, axis, !reverse, inclusive)];
});
/** Running product. */
export const cumprod: Cumulative = /* @__PURE__ */ cumulative('cumprod', 'cumulative_prod', same, ofProducts);
/** Running maximum. */
export const cummax: Cumulative = /* @__PURE__ */ cumulative('cummax', 'cumulative_max', same, ofRecords);
/** Running minimum. */
export const cummin: Cumulative = /* @__PURE__ */ cumulative('cummin', 'cumulative_min', same, ofRecords);
/** Running `log(sum(exp(x)))`. */
export const logcumsumexp: Cumulative = /* @__PURE__ */ cumulative(
  'logcumsumexp',
  'cumulative_logaddexp',
  (t) => {
    const c = toInexact(t);
    if (!isFloat(c)) throw new DTypeError(`[logcumsumexp] the operand must have a real dtype, got ${t.name}`);
    return c;
  },
  ofLogSums,
);
