// Other shapes over the same elements: views wherever strides allow.
import type { Node } from '../graph/node.js';
import { dense, reshapeStrides, stridesOf, viewOf } from '../graph/views.js';
import { AxisError, ShapeError } from '../tensor/errors.js';
import {
  allAxes,
  checkAxes,
  checkAxis,
  checkShape,
  rowMajor,
  shapeOf,
  showShape,
  type Shape,
} from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add } from './arithmetic.js';
import { arange, zeros } from './creation.js';
import { composite, differentiate, nodeOf, op, primitive, type Axes } from './define.js';
import { addAt, placed } from './indexing.js';
import { sumTo } from './reduce.js';

const reshapePrimitive = differentiate(primitive({ name: 'reshape', view: true }), (g, { inputs: [x] }) => [
  reshape(g, x!.shape),
]);
function reshaped(n: Node, shape: Shape): Node {
  let x = n;
  let strides = reshapeStrides(x, shape.dims);
  if (strides === undefined) {
    x = dense(x);
    strides = null;
  }
  return viewOf(reshapePrimitive, x, null, shape, strides);
}
/** The same elements in row-major order under another shape; one size may be -1. */
export const reshape: (x: TensorLike, shape: readonly number[]) => Tensor = /* @__PURE__ */ op(
  'reshape',
  'shape',
  (x, shape) => {
    const n = nodeOf('reshape', x);
    if (!Array.isArray(shape))
      throw new ShapeError(`[reshape] a shape must be an array of integers, got ${String(shape)}`);
    let holes = 0;
    for (const d of shape) if (d === -1) holes++;
    if (holes > 1) throw new ShapeError(`[reshape] at most one size may be -1, got ${showShape(shape)}`);
    let dims: readonly number[] = shape;
    if (holes === 1) {
      const known = shape.reduce((p, d) => (d === -1 ? p : p * d), 1);
      if (known === 0 || n.shape.size % known !== 0) {
        throw new ShapeError(
          `[reshape] ${n.shape.size} elements do not fill ${showShape(shape)}, got ${showShape(n.shape.dims)}`,
        );
      }
      dims = shape.map((d) => (d === -1 ? n.shape.size / known : d));
    }
    const s = checkShape('reshape', dims);
    if (s.size !== n.shape.size) {
      throw new ShapeError(
        `[reshape] the size must stay ${n.shape.size}, got ${showShape(n.shape.dims)} to ${showShape(dims)}`,
      );
    }
    return new Tensor(reshaped(n, s));
  },
  reshapePrimitive,
);
/** Axes `start..end` (both included) joined into one. A 0-d tensor becomes (1). */
export const flatten: (x: TensorLike, startAxis?: number, endAxis?: number) => Tensor = /* @__PURE__ */ composite(
  'flatten',
  (x, startAxis = 0, endAxis = -1) => {
    const n = nodeOf('flatten', x);
    const { dims, ndim } = n.shape;
    if (ndim === 0) return new Tensor(reshaped(n, shapeOf([1])));
    const a = checkAxis('flatten', startAxis, ndim);
    const b = checkAxis('flatten', endAxis, ndim);
    if (b < a)
      throw new AxisError(`[flatten] the start axis must not be after the end axis, got ${startAxis} and ${endAxis}`);
    const size = dims.slice(a, b + 1).reduce((p, d) => p * d, 1);
    return new Tensor(reshaped(n, shapeOf([...dims.slice(0, a), size, ...dims.slice(b + 1)])));
  },
);
/** Axis `axis` split into `shape`; one size may be -1. */
export const unflatten: (x: TensorLike, axis: number, shape: readonly number[]) => Tensor = /* @__PURE__ */ composite(
  'unflatten',
  (x, axis, shape) => {
    const n = nodeOf('unflatten', x);
    const a = checkAxis('unflatten', axis, n.shape.ndim);
    const known = shape.reduce((p, d) => (d === -1 ? p : p * d), 1);
    const split = shape.map((d) => (d === -1 ? n.shape.dims[a]! / known : d));
    if (
      shape.length === 0 ||
      split.reduce((p, d) => p * d, 1) !== n.shape.dims[a] ||
      split.some((d) => !Number.isInteger(d))
    ) {
      throw new ShapeError(`[unflatten] the sizes must multiply to ${n.shape.dims[a]}, got ${showShape(shape)}`);
    }
    const dims = [...n.shape.dims.slice(0, a), ...split, ...n.shape.dims.slice(a + 1)];
    return new Tensor(reshaped(n, checkShape('unflatten', dims)));
  },
);
/** Without the axes of size 1, or without those given, which must have size 1. */
export const squeeze: (x: TensorLike, axis?: Axes | null) => Tensor = /* @__PURE__ */ composite(
  'squeeze',
  (x, axis = null) => {
    const n = nodeOf('squeeze', x);
    const { dims, ndim } = n.shape;
    const out = axis === null ? dims.flatMap((d, i) => (d === 1 ? [i] : [])) : checkAxes('squeeze', axis, ndim);
    for (const a of out) {
      if (dims[a] !== 1)
        throw new ShapeError(`[squeeze] a squeezed axis must have size 1, got axis ${a} of ${showShape(dims)}`);
    }
    return withAxes(
      n,
      [...dims.keys()].filter((i) => !out.includes(i)),
    );
  },
);
/** The view with the listed source axes, -1 standing for a new axis of size 1. */
function withAxes(n: Node, axes: readonly number[]): Tensor {
  const s = stridesOf(n);
  const dims: number[] = [];
  const strides: number[] = [];
  for (let i = 0; i < axes.length; i++) {
    const a = axes[i]!;
    dims.push(a < 0 ? 1 : n.shape.dims[a]!);
    strides.push(a < 0 ? 0 : s[a]!);
  }
  return new Tensor(viewOf(reshapePrimitive, n, null, shapeOf(dims), n.strides === null ? null : strides));
}
/** New axes of size 1 at the given places of the result. */
export const expandDims: (x: TensorLike, axis: Axes) => Tensor = /* @__PURE__ */ composite('expandDims', (x, axis) => {
  const n = nodeOf('expandDims', x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const at = checkAxes('expandDims', axis, n.shape.ndim + count);
  let k = 0;
  return withAxes(
    n,
    Array.from({ length: n.shape.ndim + count }, (_, i) => (at.includes(i) ? -1 : k++)),
  );
});
const atLeast = (name: string, x: TensorLike, ndim: number, pad: (n: number) => readonly number[]): Tensor => {
  const n = nodeOf(name, x);
  return withAxes(n, n.shape.ndim >= ndim ? [...n.shape.dims.keys()] : pad(n.shape.ndim));
};
/** A 0-d tensor as (1); others stay. */
export const atleast1d: (x: TensorLike) => Tensor = /* @__PURE__ */ composite('atleast1d', (x) =>
  atLeast('atleast1d', x, 1, () => [-1]),
);
/** At least two axes: (n) becomes (1, n). */
export const atleast2d: (x: TensorLike) => Tensor = /* @__PURE__ */ composite('atleast2d', (x) =>
  atLeast('atleast2d', x, 2, (n) => (n === 0 ? [-1, -1] : [-1, 0])),
);
/** At least three axes: (n) becomes (1, n, 1), (m, n) becomes (m, n, 1). */
export const atleast3d: (x: TensorLike) => Tensor = /* @__PURE__ */ composite('atleast3d', (x) =>
  atLeast('atleast3d', x, 3, (n) => (n === 0 ? [-1, -1, -1] : n === 1 ? [-1, 0, -1] : [0, 1, -1])),
);

const transposePrimitive = differentiate(primitive({ name: 'transpose', view: true }), (g, { attrs }) => {
  const axes = attrs as readonly number[];
  return [transpose(g, inversePermutation(axes))];
});
/** The order that undoes `axes`. */
export const inversePermutation = (axes: readonly number[]): number[] =>
  axes.map((_, i) => i).sort((p, q) => axes[p]! - axes[q]!);
function permuted(n: Node, axes: readonly number[]): Tensor {
  const s = stridesOf(n);
  const dims: number[] = [];
  const strides: number[] = [];
  for (let i = 0; i < axes.length; i++) {
    dims.push(n.shape.dims[axes[i]!]!);
    strides.push(s[axes[i]!]!);
  }
  return new Tensor(viewOf(transposePrimitive, n, axes, shapeOf(dims), strides));
}
const reversals: (readonly number[])[] = [];
/** n-1 .. 1, 0. */
const reversed = (n: number): readonly number[] => (reversals[n] ??= Object.freeze([...allAxes(n)].reverse()));
/** Axis i of the result is axis `axes[i]` of `x`; by default the axes in reverse order. */
export const transpose: (x: TensorLike, axes?: readonly number[] | null) => Tensor = /* @__PURE__ */ op(
  'transpose',
  'shape',
  (x, axes = null) => {
    const n = nodeOf('transpose', x);
    const { ndim } = n.shape;
    if (axes === null) return permuted(n, reversed(ndim));
    if (!Array.isArray(axes))
      throw new AxisError(`[transpose] the axes must be an array of integers, got ${String(axes)}`);
    const list = axes.map((a: number) => checkAxis('transpose', a, ndim));
    let seen = 0;
    for (const a of list) seen |= 1 << a;
    if (list.length !== ndim || seen !== (ndim === 32 ? -1 : (1 << ndim) - 1)) {
      throw new AxisError(`[transpose] the axes must name each of ${ndim} axes once, got ${showShape(axes)}`);
    }
    return permuted(n, list);
  },
  transposePrimitive,
);
/** The axes in order, but for two that are exchanged. */
function exchanged(ndim: number, a: number, b: number): number[] {
  const axes = [...allAxes(ndim)];
  axes[a] = b;
  axes[b] = a;
  return axes;
}
/** Two axes exchanged. */
export const swapaxes: (x: TensorLike, axis1: number, axis2: number) => Tensor = /* @__PURE__ */ composite(
  'swapaxes',
  (x, axis1, axis2) => {
    const n = nodeOf('swapaxes', x);
    const a = checkAxis('swapaxes', axis1, n.shape.ndim);
    const b = checkAxis('swapaxes', axis2, n.shape.ndim);
    return permuted(n, exchanged(n.shape.ndim, a, b));
  },
);
/** The last two axes exchanged. @throws ShapeError for fewer than two axes */
export const matrixTranspose: (x: TensorLike) => Tensor = /* @__PURE__ */ composite('matrixTranspose', (x) => {
  const n = nodeOf('matrixTranspose', x);
  const { dims, ndim } = n.shape;
  if (ndim < 2) throw new ShapeError(`[matrixTranspose] at least two axes are needed, got ${showShape(dims)}`);
  return permuted(n, exchanged(ndim, ndim - 2, ndim - 1));
});
/** One axis moved to another place, the others keeping their order. */
export const moveaxis: (x: TensorLike, source: number, destination: number) => Tensor = /* @__PURE__ */ composite(
  'moveaxis',
  (x, source, destination) => {
    const n = nodeOf('moveaxis', x);
    const a = checkAxis('moveaxis', source, n.shape.ndim);
    const b = checkAxis('moveaxis', destination, n.shape.ndim);
    const axes = [...n.shape.dims.keys()].filter((i) => i !== a);
    axes.splice(b, 0, a);
    return permuted(n, axes);
  },
);

const broadcastPrimitive = differentiate(primitive({ name: 'broadcastTo', view: true }), (g, { inputs: [x] }) => [
  sumTo(g, x!.shape),
]);
/** `x` repeated along new axes and axes of size 1, without copying. */
export const broadcastTo: (x: TensorLike, shape: readonly number[]) => Tensor = /* @__PURE__ */ op(
  'broadcastTo',
  'shape',
  (x, shape) => {
    const n = nodeOf('broadcastTo', x);
    const to = checkShape('broadcastTo', shape);
    const lead = to.ndim - n.shape.ndim;
    const s = stridesOf(n);
    const strides = new Array<number>(to.ndim).fill(0);
    let fits = lead >= 0;
    for (let i = 0; fits && i < n.shape.ndim; i++) {
      const d = n.shape.dims[i]!;
      if (d !== 1) strides[lead + i] = s[i]!;
      fits = d === 1 || d === to.dims[lead + i];
    }
    if (!fits) {
      throw new ShapeError(
        `[broadcastTo] the shape must broadcast to the target, got ${showShape(n.shape.dims)} to ${showShape(shape)}`,
      );
    }
    return new Tensor(viewOf(broadcastPrimitive, n, null, to, strides));
  },
  broadcastPrimitive,
);

const stridedPrimitive = differentiate(primitive({ name: 'asStrided', view: true }), (g, { inputs: [x], attrs }) => {
  const { strides, offset } = attrs as { strides: readonly number[]; offset: number };
  const flatly = reshape(g, [g.size]);
  // neighbours in the view are neighbours in x, as in the parts of a packed result
  if (strides.every((k, i) => k === g.node.shape.strides[i])) {
    return [reshape(placed(flatly, [x!.size], [offset], [1]), x!.shape)];
  }
  const places = asStrided(arange(x!.size, 'int32'), g.shape, strides, offset);
  const flat = addAt(zeros([x!.size], g.dtype), [reshape(places, [-1])], flatly);
  return [reshape(flat, x!.shape)];
});
/**
 * A view of the row-major elements of `x` with any shape, strides and offset (in elements).
 * @throws ShapeError if an element would lie outside
 */
export const asStrided: (
  x: TensorLike,
  shape?: readonly number[] | null,
  strides?: readonly number[] | null,
  offset?: number,
) => Tensor = /* @__PURE__ */ op(
  'asStrided',
  'shape',
  (x, shape = null, strides = null, offset = 0) => {
    const n = dense(nodeOf('asStrided', x));
    const to = checkShape('asStrided', shape ?? n.shape.dims);
    const steps = strides ?? rowMajor(to.dims);
    if (steps.length !== to.ndim || !steps.every(Number.isInteger) || !Number.isInteger(offset)) {
      throw new ShapeError(
        `[asStrided] one integer stride is needed per axis, got ${showShape(steps)} for ${showShape(to.dims)}`,
      );
    }
    let lo = offset;
    let hi = offset;
    to.dims.forEach((d, i) => {
      const reach = (d - 1) * steps[i]!;
      if (reach < 0) lo += reach;
      else hi += reach;
    });
    if (to.size > 0 && (lo < 0 || hi >= n.shape.size)) {
      throw new ShapeError(
        `[asStrided] every element must lie in the ${n.shape.size} of x, got elements ${lo} to ${hi}`,
      );
    }
    return new Tensor(viewOf(stridedPrimitive, n, { strides: steps, offset }, to, steps, to.size === 0 ? 0 : offset));
  },
  stridedPrimitive,
);

const slicePrimitive = differentiate(primitive({ name: 'slice', view: true }), (g, { inputs: [x], attrs }) => {
  const { start, steps } = attrs as { start: readonly number[]; steps: readonly number[] };
  return [placed(g, x!.shape, start, steps)];
});
/** @internal A view that starts at `start` and steps by `steps` along each axis, with `dims` elements each. */
export function sliced(n: Node, start: readonly number[], steps: readonly number[], dims: readonly number[]): Tensor {
  const s = stridesOf(n);
  const shape = shapeOf(dims);
  const strides: number[] = [];
  let skip = 0;
  for (let i = 0; i < start.length; i++) {
    skip += start[i]! * s[i]!;
    strides.push(steps[i]! * s[i]!);
  }
  return new Tensor(viewOf(slicePrimitive, n, { start, steps }, shape, strides, shape.size === 0 ? 0 : skip));
}
/** The elements in reverse order along the axes, all by default. */
export const flip: (x: TensorLike, axis?: Axes | null) => Tensor = /* @__PURE__ */ composite(
  'flip',
  (x, axis = null) => {
    const n = nodeOf('flip', x);
    const axes = checkAxes('flip', axis, n.shape.ndim);
    const dims = n.shape.dims;
    return sliced(
      n,
      dims.map((d, i) => (axes.includes(i) ? d - 1 : 0)),
      dims.map((_, i) => (axes.includes(i) ? -1 : 1)),
      dims,
    );
  },
);
const diagonalPrimitive = differentiate(primitive({ name: 'diagonal', view: true }), (g, { inputs: [x], attrs }) => {
  const { offset, a, b } = attrs as { offset: number; a: number; b: number };
  const rows = arange(g.shape[g.ndim - 1]!, 'int32');
  const others = x!.shape.flatMap((_, i) => (i === a || i === b ? [] : [i]));
  const moved = zeros([x!.shape[a]!, x!.shape[b]!, ...others.map((i) => x!.shape[i]!)], g.dtype);
  const index = [add(rows, Math.max(-offset, 0)), add(rows, Math.max(offset, 0))];
  const filled = addAt(moved, index, moveaxis(g, -1, 0));
  return [transpose(filled, inversePermutation([a, b, ...others]))];
});
/** The diagonal with `offset` above (or, negative, below) the main one of two axes, as a last axis. A view. */
export const diagonal: (x: TensorLike, offset?: number, axis1?: number, axis2?: number) => Tensor =
  /* @__PURE__ */ composite('diagonal', (x, offset = 0, axis1 = 0, axis2 = 1) => {
    const n = nodeOf('diagonal', x);
    const { dims, ndim } = n.shape;
    if (ndim < 2) throw new ShapeError(`[diagonal] at least two axes are needed, got ${showShape(dims)}`);
    const a = checkAxis('diagonal', axis1, ndim);
    const b = checkAxis('diagonal', axis2, ndim);
    if (!Number.isInteger(offset)) throw new ShapeError(`[diagonal] the offset must be an integer, got ${offset}`);
    if (a === b) throw new AxisError(`[diagonal] the two axes must differ, got ${axis1} and ${axis2}`);
    const s = stridesOf(n);
    const length = Math.max(0, Math.min(dims[a]! - Math.max(-offset, 0), dims[b]! - Math.max(offset, 0)));
    const others = [...dims.keys()].filter((i) => i !== a && i !== b);
    const shape = shapeOf([...others.map((i) => dims[i]!), length]);
    const skip = shape.size === 0 ? 0 : Math.max(-offset, 0) * s[a]! + Math.max(offset, 0) * s[b]!;
    return new Tensor(
      viewOf(diagonalPrimitive, n, { offset, a, b }, shape, [...others.map((i) => s[i]!), s[a]! + s[b]!], skip),
    );
  });
/** A row-major copy, or `x` itself where it is row-major. */
export const contiguous: (x: TensorLike) => Tensor = /* @__PURE__ */ composite('contiguous', (x) => {
  const n = dense(nodeOf('contiguous', x));
  return new Tensor(viewOf(reshapePrimitive, n, null, n.shape, null));
});
