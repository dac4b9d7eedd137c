// Reductions: many elements to one along axes.
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { isFloat, toInexact, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { checkAxes, checkAxis, scalar, shapeOf, showShape, type Shape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { div, equal, multiply, sub } from './arithmetic.js';
import {
  castTo,
  composite,
  differentiate,
  identity,
  nodeOf,
  op,
  primitive,
  record,
  type Axes,
  type NoVjp,
  type Vjp,
} from './define.js';
import { conjugate, exp, square, sqrt } from './math.js';
import { cumprod } from './scan.js';
import { broadcastTo, expandDims, inversePermutation, reshape, transpose } from './shape.js';

/** `(keepDims?)` over all axes, or `(axis, keepDims?)`. */
export type ReduceArgs = [keepDims?: boolean] | [axis: Axes | null, keepDims?: boolean];
export type Reduction = (x: TensorLike, ...args: ReduceArgs) => Tensor;

interface Reduced {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
function parse(name: string, n: Node, args: ReduceArgs): Reduced {
  const [first, second] = args;
  if (typeof first === 'boolean') return { axes: checkAxes(name, null, n.shape.ndim), keepDims: first };
  return { axes: checkAxes(name, first ?? null, n.shape.ndim), keepDims: second ?? false };
}
function reducedShape(shape: Shape, { axes, keepDims }: Reduced): Shape {
  if (axes.length === shape.ndim && !keepDims) return scalar;
  const dims: number[] = [];
  for (let i = 0, k = 0; i < shape.ndim; i++) {
    if (axes[k] !== i) dims.push(shape.dims[i]!);
    else {
      k++;
      if (keepDims) dims.push(1);
    }
  }
  return shapeOf(dims);
}

interface ReductionRow {
  readonly name: string;
  readonly kernel: string;
  /** dtype that is reduced, or a reason why the dtype is refused */
  readonly compute: (t: ElementType) => ElementType;
  readonly result?: (t: ElementType) => ElementType;
  /** without an identity an empty reduction is an error */
  readonly identity: boolean;
  readonly vjp: Vjp | NoVjp;
}
/** MLX's sums: small integers and bool go to 32 bits. */
const widened = (t: ElementType): ElementType => {
  if (t.category === 'bool' || (t.category === 'int' && t.size < 4)) return types.int32;
  return t.category === 'uint' && t.size < 4 ? types.uint32 : t;
};
const same = (t: ElementType): ElementType => t;

/* #__NO_SIDE_EFFECTS__ */
function reduction(row: ReductionRow): Reduction {
  const p: Primitive = differentiate(primitive({ name: row.kernel, expensive: true }), row.vjp);
  const fn: Reduction = (x, ...args) => {
    const n = nodeOf(row.name, x);
    const r = parse(row.name, n, args);
    if (!row.identity && r.axes.some((a) => n.shape.dims[a] === 0)) {
      throw new ShapeError(`[${row.name}] an empty axis has no such element, got ${showShape(n.shape.dims)}`);
    }
    const type = row.compute(n.type);
    const out = row.result === undefined ? type : row.result(type);
    // over no axes nothing is summed: MLX keeps the dtype
    if (r.axes.length === 0 && n.shape.ndim > 0) return identity(castTo(n, row.compute === widened ? n.type : out));
    return record(p, [castTo(n, type)], r, reducedShape(n.shape, r), out);
  };
  return op(row.name, 'reduction', fn, p);
}

/** A reduced tensor spread over the shape that was reduced. */
function spread(g: Tensor, like: Tensor, { axes, keepDims }: Reduced): Tensor {
  return broadcastTo(keepDims || axes.length === 0 ? g : expandDims(g, axes), like.shape);
}
/** The elements that equal the extreme share its cotangent. */
const ofExtremes: Vjp = (g, { inputs: [x], output, attrs }) => {
  const r = attrs as Reduced;
  const hits = new Tensor(castTo(equal(x!, spread(output, x!, r)).node, x!.node.type));
  return [multiply(hits, spread(div(g, sum(hits, r.axes, r.keepDims)), x!, r))];
};
/** @internal `g` summed over the axes along which something of shape `dims` was repeated. */
export function sumTo(g: Tensor, dims: readonly number[]): Tensor {
  const lead = g.ndim - dims.length;
  const axes = g.shape.flatMap((d, i) => (i < lead || (dims[i - lead] === 1 && d !== 1) ? [i] : []));
  return axes.length === 0 ? g : reshape(sum(g, axes), dims);
}

/** Sum. int8, int16 and bool sum in int32, uint8 and uint16 in uint32; half types accumulate in float32. */
export const sum: Reduction = /* @__PURE__ */ reduction({
  name: 'sum',
  kernel: 'reduce_sum',
  compute: widened,
  identity: true,
  vjp: (g, { inputs: [x], attrs }) => [spread(g, x!, attrs as Reduced)],
});
/** Product, in the dtypes of `sum`. */
export const prod: Reduction = /* @__PURE__ */ reduction({
  name: 'prod',
  kernel: 'reduce_prod',
  compute: widened,
  identity: true,
  // the product of the others, from both sides, so that zeros do no harm
  vjp: (g, { inputs: [x], attrs }) => {
    const { axes } = attrs as Reduced;
    const others = [...x!.shape.keys()].filter((i) => !axes.includes(i));
    const order = [...others, ...axes];
    const turned = transpose(x!, order);
    const lines = reshape(turned, [...others.map((i) => x!.shape[i]!), axes.reduce((p, a) => p * x!.shape[a]!, 1)]);
    const rest = multiply(cumprod(lines, -1, false, false), cumprod(lines, -1, true, false));
    const each = multiply(conjugate(rest), reshape(g, [...others.map((i) => x!.shape[i]!), 1]));
    return [transpose(reshape(each, turned.shape), inversePermutation(order))];
  },
});
/** Largest element; NaN wins. @throws ShapeError for an empty axis */
export const max: Reduction = /* @__PURE__ */ reduction({
  name: 'max',
  kernel: 'reduce_max',
  compute: same,
  identity: false,
  vjp: ofExtremes,
});
/** Smallest element; NaN wins. @throws ShapeError for an empty axis */
export const min: Reduction = /* @__PURE__ */ reduction({
  name: 'min',
  kernel: 'reduce_min',
  compute: same,
  identity: false,
  vjp: ofExtremes,
});
/** Whether every element is nonzero, bool. */
export const all: Reduction = /* @__PURE__ */ reduction({
  name: 'all',
  kernel: 'reduce_all',
  compute: same,
  result: () => types.bool,
  identity: true,
  vjp: 'none: bool',
});
/** Whether an element is nonzero, bool. */
export const any: Reduction = /* @__PURE__ */ reduction({
  name: 'any',
  kernel: 'reduce_any',
  compute: same,
  result: () => types.bool,
  identity: true,
  vjp: 'none: bool',
});
/** `log(sum(exp(x)))`, without overflow; integers become float32. */
export const logsumexp: Reduction = /* @__PURE__ */ reduction({
  name: 'logsumexp',
  kernel: 'logsumexp',
  compute: (t) => {
    const c = toInexact(t);
    if (!isFloat(c)) throw new DTypeError(`[logsumexp] the operand must have a real dtype, got ${t.name}`);
    return c;
  },
  identity: true,
  vjp: (g, { inputs: [x], output, attrs }) => {
    const r = attrs as Reduced;
    return [multiply(spread(g, x!, r), exp(sub(x!, spread(output, x!, r))))];
  },
});

const count = (n: Node, axes: readonly number[]): number => axes.reduce((p, a) => p * n.shape.dims[a]!, 1);
/** Half types are summed, scaled and rounded once. */
function scaledSum(x: Tensor, r: Reduced, scale: number): Tensor {
  const type = toInexact(x.node.type);
  const wide = type.half ? new Tensor(castTo(x.node, types.float32)) : x;
  const s = multiply(new Tensor(castTo(sum(wide, r.axes, r.keepDims).node, type.half ? types.float32 : type)), scale);
  return type.half ? new Tensor(castTo(s.node, type)) : s;
}
/** Arithmetic mean; integers and bool become float32. NaN where nothing is averaged. */
export const mean: Reduction = /* @__PURE__ */ composite('mean', (x: TensorLike, ...args: ReduceArgs) => {
  const n = nodeOf('mean', x);
  const r = parse('mean', n, args);
  return scaledSum(new Tensor(n), r, 1 / count(n, r.axes));
});
/** `(keepDims?, ddof?)` over all axes, or `(axis, keepDims?, ddof?)`. */
export type VarianceArgs = [keepDims?: boolean] | [axis: Axes | null, keepDims?: boolean, ddof?: number];
export type Variance = (x: TensorLike, ...args: VarianceArgs) => Tensor;
const varianceOf = (name: string, x: TensorLike, args: VarianceArgs): Tensor => {
  const n = nodeOf(name, x);
  const r = parse(name, n, args.slice(0, 2) as ReduceArgs);
  const ddof = args[2] ?? 0;
  const type = toInexact(n.type);
  const wide = new Tensor(castTo(n, type.half ? types.float32 : type));
  const centred = sub(wide, mean(wide, r.axes, true));
  const v = scaledSum(square(centred), r, 1 / Math.max(count(n, r.axes) - ddof, 0));
  return type.half ? new Tensor(castTo(v.node, type)) : v;
};
/** Mean squared distance from the mean, over `n - ddof`. */
export const variance: Variance = /* @__PURE__ */ composite('variance', (x: TensorLike, ...args: VarianceArgs) =>
  varianceOf('variance', x, args),
);
/** Square root of the variance. */
export const std: Variance = /* @__PURE__ */ composite('std', (x: TensorLike, ...args: VarianceArgs) =>
  sqrt(varianceOf('std', x, args)),
);

type ArgReduction = (x: TensorLike, ...args: [axis?: number | null, keepDims?: boolean]) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
function argReduction(name: string, kernel: string): ArgReduction {
  const p = differentiate(primitive({ name: kernel, expensive: true }), 'none: positions');
  const fn: ArgReduction = (x, axis = null, keepDims = false) => {
    const n = nodeOf(name, x);
    if (n.type.category === 'complex')
      throw new DTypeError(`[${name}] the operand must have a real dtype, got ${n.type.name}`);
    const a = axis === null ? null : checkAxis(name, axis, n.shape.ndim);
    if (a === null ? n.shape.size === 0 : n.shape.dims[a] === 0) {
      throw new ShapeError(`[${name}] an empty axis has no such element, got ${showShape(n.shape.dims)}`);
    }
    const axes = a === null ? [...n.shape.dims.keys()] : [a];
    const from = a === null && n.shape.ndim !== 1 ? flattened(n) : n;
    return record(p, [from], { axis: a ?? 0, keepDims }, reducedShape(n.shape, { axes, keepDims }), types.uint32);
  };
  return op(name, 'argreduction', fn, p);
}
/** Index of the largest element, the first of equals, uint32; over the flattened tensor without an axis. */
export const argmax: ArgReduction = /* @__PURE__ */ argReduction('argmax', 'argreduce_max');
/** Index of the smallest element, the first of equals, uint32; over the flattened tensor without an axis. */
export const argmin: ArgReduction = /* @__PURE__ */ argReduction('argmin', 'argreduce_min');

const softmaxPrimitive = differentiate(primitive({ name: 'softmax', expensive: true }), (g, { output, attrs }) => {
  const { axes } = attrs as { axes: readonly number[] };
  const gy = multiply(g, output);
  return [sub(gy, multiply(output, sum(gy, axes, true)))];
});
/**
 * `exp(x) / sum(exp(x))` over the axes, all of them by default, without overflow. Half types compute in float32. A row of
 * nothing but -infinity gives zeros, so that a fully masked row attends to nothing.
 */
export const softmax: (x: TensorLike, axis?: Axes | null, precise?: boolean) => Tensor = /* @__PURE__ */ op(
  'softmax',
  'softmax',
  (x, axis = null, _precise = false) => {
    const n = nodeOf('softmax', x);
    const axes = checkAxes('softmax', axis, n.shape.ndim);
    const type = toInexact(n.type);
    if (!isFloat(type)) throw new DTypeError(`[softmax] the operand must have a real dtype, got ${n.type.name}`);
    return record(softmaxPrimitive, [castTo(n, type)], { axes }, n.shape, type);
  },
  softmaxPrimitive,
);
/** @internal One axis of all elements. */
export const flattened = (n: Node): Node => reshape(new Tensor(n), [n.shape.size]).node;
