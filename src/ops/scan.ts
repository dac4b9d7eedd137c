// Running reductions along an axis.
import { isFloat, toInexact, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { checkAxis } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, equal, greaterEqual, less, multiply, sub } from './arithmetic.js';
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
/** Which elements of `t` have one `by` places later in the scan. */
function followed(t: Tensor, by: number, { axis, reverse }: Running): Tensor {
  const size = t.shape[axis]!;
  const place = reshape(
    arange(size, 'int32'),
    t.shape.map((_, i) => (i === axis ? -1 : 1)),
  );
  return reverse ? greaterEqual(place, by) : less(place, size - by);
}
/** `t` moved `by` places against the direction of the scan, `rest` coming in at its end. */
function later(t: Tensor, by: number, rest: number, to: Running): Tensor {
  return where(followed(t, by, to), roll(t, to.reverse ? by : -by, to.axis), rest);
}
/** `s_i = g_i + w_i * s_(i + 1)` along the scan, in rounds of doubling reach: no quotient, so zeros do no harm. */
function folded(g: Tensor, w: Tensor, to: Running): Tensor {
  let sums = g;
  let weights = w;
  for (let reach = 1; reach < g.shape[to.axis]!; reach *= 2) {
    sums = add(sums, multiply(weights, later(sums, reach, 0, to)));
    weights = multiply(weights, later(weights, reach, 0, to));
  }
  return sums;
}
/** The product of those before, times the sum over later results of cotangent and product of those between. */
const ofProducts: Vjp = (g, { inputs: [x], attrs }) => {
  const to = attrs as Running;
  // the last element is in no exclusive product, be it infinite or NaN
  const used = to.inclusive ? x! : where(followed(x!, 1, to), x!, 0);
  const sums = folded(to.inclusive ? g : later(g, 1, 0, to), conjugate(later(used, 1, 0, to)), to);
  return [multiply(sums, conjugate(cumprod(x!, to.axis, to.reverse, false)))];
};
/**
 * `sum over later j of g_j * exp(x - y_j)` of the inclusive results y: each step is weighted with `exp(y_i - y_(i + 1))`, at most 1.
 * Nothing flows where y is still -infinity.
 */
const ofLogSums: Vjp = (g, { inputs: [x], output, attrs }) => {
  const to = attrs as Running;
  const y = to.inclusive ? output : logcumsumexp(x!, to.axis, to.reverse);
  // chosen before `exp`, so that second derivatives meet no NaN either
  const fall = exp(where(isfinite(y), sub(y, later(y, 1, Infinity, to)), -Infinity));
  const share = exp(where(equal(y, -Infinity), -Infinity, sub(x!, y)));
  return [multiply(folded(to.inclusive ? g : later(g, 1, 0, to), fall, to), share)];
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
