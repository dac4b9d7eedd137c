// Reading and writing parts of tensors.
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { stridesOf, viewOf } from '../graph/views.js';
import { types } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import {
  broadcast,
  checkAxis,
  checkShape,
  sameDims,
  shapeOf,
  showShape,
  showShapes,
  type Shape,
} from '../tensor/shape.js';
import { rebind, Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, div, equal, maximum, minimum, multiply } from './arithmetic.js';
import { array, zeros } from './creation.js';
import {
  castTo,
  checkValue,
  composite,
  constant,
  differentiate,
  identity,
  nodeOf,
  op,
  ownType,
  primitive,
  record,
  recordNode,
} from './define.js';
import {
  checkIndex,
  checkIndexBounds,
  indexNode,
  select,
  type Index,
  type IndexList,
  type Selection,
} from './indices.js';
import { conjugate, negative, reciprocal } from './math.js';
import { cumsum } from './scan.js';
import { where, zerosLike } from './select.js';
import { broadcastTo, reshape, sliced, transpose } from './shape.js';

/** Indices of an op: an integer tensor, an integer, or nested arrays of integers. */
export type Indices = TensorLike | IndexList;
function indices(op: string, x: Indices, axis: number, size: number): Node {
  if (Array.isArray(x)) return indexNode(op, x as IndexList, axis, size);
  if (typeof x === 'number' && Number.isInteger(x)) {
    checkIndexBounds(op, x, axis, size);
    return constant(x, types.int32);
  }
  return checkIndex(op, nodeOf(op, x as TensorLike));
}

/** A condition as the numbers 0 and 1 of the dtype of `like`. */
const truth = (condition: Tensor, like: Tensor): Tensor => new Tensor(castTo(condition.node, like.node.type));

interface Gather {
  readonly axes: readonly number[];
  readonly sliceSizes: readonly number[];
}
const gatherPrimitive: Primitive = differentiate(primitive({ name: 'gather' }), (g, { inputs: [x, ...at], attrs }) => {
  const { axes } = attrs as Gather;
  const into = zeros(x!.shape, g.dtype).node;
  const nodes = at.map((t) => t.node);
  return [record(scatterPrimitive, [into, g.node], { axes, mode: 'add' }, into.shape, into.type, nodes)];
});
interface Scatter {
  readonly axes: readonly number[];
  readonly mode: Mode;
}
const scatterPrimitive: Primitive = differentiate(
  primitive({ name: 'scatter', inPlace: true }),
  (g, { inputs: [x, update, ...at], output, attrs }) => {
    const { axes, mode } = attrs as Scatter;
    const nodes = at.map((t) => t.node);
    const lead = at[0]!.ndim;
    const sliceSizes = update!.shape.slice(lead);
    const picked = (from: Tensor): Tensor =>
      record(gatherPrimitive, [from.node], { axes, sliceSizes }, update!.node.shape, from.node.type, nodes);
    if (mode === 'add') return [g, picked(g)];
    const scattered = (to: Tensor, value: Tensor, by: Mode): Tensor =>
      record(scatterPrimitive, [to.node, value.node], { axes, mode: by }, to.node.shape, to.node.type, nodes);
    if (mode === 'none') return [scattered(g, zerosLike(update!), 'none'), picked(g)];
    if (mode === 'prod') {
      const zero = equal(update!, 0);
      // each update times the others at its place: the product of those that are not 0, if no other one is
      const rest = picked(scattered(x!, where(zero, 1, update!), 'prod'));
      const zeros = picked(scattered(zerosLike(x!), truth(zero, x!), 'add'));
      const others = where(equal(zeros, zero), div(rest, where(zero, 1, update!)), 0);
      return [scattered(g, conjugate(update!), 'prod'), multiply(picked(g), conjugate(others))];
    }
    // all that equal the result share its cotangent
    const [kept, taken] = [truth(equal(output, x!), g), truth(equal(picked(output), update!), g)];
    const share = div(g, scattered(kept, taken, 'add'));
    return [multiply(kept, share), multiply(taken, picked(share))];
  },
);
interface Region {
  readonly start: readonly number[];
  readonly strides: readonly number[];
  readonly mode: Mode;
}
const slicePrimitive: Primitive = differentiate(
  primitive({ name: 'slice_update', inPlace: true }),
  (g, { inputs: [x, update], output, attrs }) => {
    const { start, strides, mode } = attrs as Region;
    const part = (t: Tensor): Tensor => sliced(t.node, start, strides, update!.shape);
    if (mode === 'add') return [g, part(g)];
    if (mode === 'none') {
      const zero = zerosLike(update!);
      return [
        record(slicePrimitive, [g.node, zero.node], { start, strides, mode }, g.node.shape, g.node.type),
        part(g),
      ];
    }
    if (mode === 'prod') {
      const scaled = [g.node, conjugate(update!).node];
      return [
        record(slicePrimitive, scaled, { start, strides, mode }, g.node.shape, g.node.type),
        multiply(part(g), conjugate(part(x!))),
      ];
    }
    const [kept, taken] = [truth(equal(output, x!), g), truth(equal(part(output), update!), g)];
    const counts = record(
      slicePrimitive,
      [kept.node, taken.node],
      { start, strides, mode: 'add' },
      g.node.shape,
      g.node.type,
    );
    const share = div(g, counts);
    return [multiply(kept, share), multiply(taken, part(share))];
  },
);
/** @internal Zeros of a shape with `g` at `start`, by `steps` along each axis. */
export function placed(g: Tensor, dims: readonly number[], start: readonly number[], steps: readonly number[]): Tensor {
  const into = zeros(dims, g.dtype).node;
  return record(slicePrimitive, [into, g.node], { start, strides: steps, mode: 'none' }, into.shape, into.type);
}

const indexPrimitive = differentiate(primitive({ name: 'index', view: true }), (g, { inputs: [x], attrs }) => {
  const s = attrs as Selection;
  return [placed(reshape(g, s.dims), x!.shape, s.start, s.steps)];
});
/** The view of integers, slices and new axes. */
function basicView(n: Node, s: Selection): Tensor {
  const own = stridesOf(n);
  const dims: number[] = [];
  const strides: number[] = [];
  let skip = 0;
  for (const e of s.entries) {
    if (e.kind === 'new') {
      dims.push(1);
      strides.push(0);
    } else if (e.kind !== 'gap') {
      skip += s.start[e.axis]! * own[e.axis]!;
      if (e.kind === 'int') continue;
      dims.push(s.dims[e.axis]!);
      strides.push(s.steps[e.axis]! * own[e.axis]!);
    }
  }
  const shape = shapeOf(dims); // no axis is longer than it was
  return new Tensor(viewOf(indexPrimitive, n, s, shape, strides, shape.size === 0 ? 0 : skip));
}

const bools = (x: IndexList): Tensor => array(x as never, 'bool');

/** How the axes of a gather (index axes, then those of the view) come to lie in the result. */
interface Layout {
  readonly arrays: readonly Node[];
  readonly axes: readonly number[];
  readonly shape: Shape;
  /** result axis by axis, before new axes: axes of the gathered block */
  readonly order: readonly number[];
  readonly dims: readonly number[];
}
/**
 * NumPy's rule: index arrays broadcast together; their axes stand where the first of them stood, or go first where a slice or
 * a new axis lies between them. Integers beside arrays count as arrays.
 */
function layout(name: string, s: Selection): Layout {
  const arrays = s.entries.flatMap((e) => (e.kind === 'array' ? [e] : []));
  const shape = arrays.reduce<Shape>((t, e) => broadcast(name, t, e.node.shape), shapeOf([]));
  const advanced = s.entries.flatMap((e, i) => (e.kind === 'array' || e.kind === 'int' ? [i] : []));
  const split = advanced.some((p, i) => i > 0 && p !== advanced[i - 1]! + 1);
  const order: number[] = [];
  const dims: number[] = [];
  const block = (): void => {
    shape.dims.forEach((d, i) => {
      order.push(i);
      dims.push(d);
    });
  };
  if (split) block();
  s.entries.forEach((e, i) => {
    if (!split && i === advanced[0]) block();
    if (e.kind === 'new') dims.push(1);
    if (e.kind !== 'slice') return;
    order.push(shape.ndim + e.axis);
    dims.push(s.dims[e.axis]!);
  });
  return { arrays: arrays.map((e) => e.node), axes: arrays.map((e) => e.axis), shape, order, dims };
}
const spread = (nodes: readonly Node[], shape: Shape): Node[] =>
  nodes.map((n) => (n.shape === shape ? n : broadcastTo(new Tensor(n), shape.dims).node));
const viewDims = (s: Selection): number[] =>
  s.entries.flatMap((e) => (e.kind === 'new' ? [1] : e.kind === 'slice' ? [s.dims[e.axis]!] : []));
const isBasic = (s: Selection): boolean => s.entries.every((e) => e.kind !== 'array');
const block = (s: Selection, axes: readonly number[]): number[] => s.dims.map((d, i) => (axes.includes(i) ? 1 : d));

/**
 * Part of a tensor: `x.at(1, ':', slice(null, null, 2), '...', null, indexTensor)` or `x.at('..., 1::2')`. Integers, slices,
 * the ellipsis and new axes give a view; integer tensors and arrays gather, bool tensors select (and are read for that).
 * @throws AxisError for an index out of bounds; of an index tensor when the result is computed
 */
export const at: (x: TensorLike, ...indices: Index[]) => Tensor = /* @__PURE__ */ op('at', 'indexing', (x, ...list) => {
  const n = nodeOf('at', x);
  const s = select('at', n.shape.dims, list, bools);
  if (isBasic(s)) return basicView(n, s);
  const v = sliced(n, s.start, s.steps, s.dims);
  const l = layout('at', s);
  const sizes = block(s, l.axes);
  const shape = checkShape('at', [...l.shape.dims, ...sizes]);
  const g = record(
    gatherPrimitive,
    [v.node],
    { axes: l.axes, sliceSizes: sizes, op: 'at' },
    shape,
    n.type,
    spread(l.arrays, l.shape),
  );
  const rest = shape.dims.map((_, i) => i).filter((i) => !l.order.includes(i));
  return reshape(transpose(g, [...l.order, ...rest]), l.dims);
});

/** The values for a region of shape `dims`, in the dtype of the tensor that takes them. */
function valuesFor(name: string, value: TensorLike, n: Node, dims: readonly number[]): Tensor {
  let v: Node;
  if (value instanceof Tensor) v = nodeOf(name, value);
  else {
    checkValue(name, value);
    v = constant(value, n.type.category === 'complex' ? n.type : weakValue(value, n));
  }
  if (sameDims(v.shape.dims, dims)) return new Tensor(castTo(v, n.type));
  let lead = 0;
  while (v.shape.ndim - lead > dims.length && v.shape.dims[lead] === 1) lead++;
  const own = v.shape.dims.slice(lead);
  const offset = dims.length - own.length;
  if (offset < 0 || own.some((d, i) => d !== 1 && d !== dims[offset + i])) {
    throw new ShapeError(
      `[${name}] the value must broadcast to the region, got ${showShape(v.shape.dims)} for ${showShape(dims)}`,
    );
  }
  const t = new Tensor(castTo(v, n.type));
  return broadcastTo(lead > 0 ? reshape(t, own) : t, dims);
}
const weakValue = (value: Exclude<TensorLike, Tensor>, n: Node): Node['type'] =>
  typeof value === 'number' && !Number.isInteger(value) && n.type.category !== 'float'
    ? types.float32
    : typeof value === 'object'
      ? ownType(value)
      : n.type;

/** How new values meet old ones. */
type Mode = 'none' | 'add' | 'prod' | 'max' | 'min';
function updated(name: string, n: Node, list: readonly Index[], value: TensorLike, mode: Mode): Node {
  const mask = loneMask(name, n, list);
  const masked = mask === null ? null : underMask(name, n, mask, value, mode);
  if (masked !== null) return masked;
  const s = select(name, n.shape.dims, list, bools);
  const whole = sameDims(s.dims, n.shape.dims) && s.steps.every((k) => k === 1);
  if (isBasic(s)) {
    const values = valuesFor(name, value, n, viewDims(s));
    const update = (sameDims(values.shape, s.dims) ? values : reshape(values, s.dims)).node;
    if (update.shape.size === 0) return n;
    if (whole && mode === 'none') return update;
    return recordNode(slicePrimitive, [n, update], { start: s.start, strides: s.steps, mode }, n.shape, n.type);
  }
  const l = layout(name, s);
  const sizes = block(s, l.axes);
  // the values lie as the result of `at` would; bring them to index axes, then axes of the view
  const full = [...l.shape.dims, ...sizes];
  const picked = l.order.map((a) => full[a]!);
  const inverse = l.order.map((_, i) => i).sort((p, q) => l.order[p]! - l.order[q]!);
  const plain = reshape(valuesFor(name, value, n, l.dims), picked);
  const update = reshape(transpose(plain, inverse), full).node;
  const region = whole ? n : sliced(n, s.start, s.steps, s.dims).node;
  const index = spread(l.arrays, l.shape);
  const scattered = recordNode(
    scatterPrimitive,
    [region, update],
    { axes: l.axes, mode, op: name },
    region.shape,
    n.type,
    index,
  );
  if (whole) return scattered;
  return recordNode(
    slicePrimitive,
    [n, scattered],
    { start: s.start, strides: s.steps, mode: 'none' },
    n.shape,
    n.type,
  );
}
const maskedPrimitive = differentiate(
  primitive({ name: 'masked_scatter', inPlace: true }),
  (g, { inputs: [, mask, values] }) => {
    const { size } = values!;
    if (size === 0) return [g, null, null];
    const flat = reshape(mask!, [-1]);
    const place = minimum(cumsum(new Tensor(castTo(flat.node, types.int32)), 0, false, false), size - 1);
    const flow = where(flat, reshape(g, [-1]), 0);
    return [where(mask!, 0, g), null, reshape(addAlongAxis(zeros([size], g.dtype), place, flow, 0), values!.shape)];
  },
);
/** The mask where the only index is one that `x` has the sizes for. */
function loneMask(name: string, n: Node, list: readonly Index[]): Node | null {
  const [x] = list;
  if (list.length !== 1 || !(x instanceof Tensor) || x.dtype !== 'bool' || x.ndim === 0) return null;
  const m = nodeOf(name, x);
  return m.shape.ndim <= n.shape.ndim && m.shape.dims.every((d, i) => d === n.shape.dims[i]) ? m : null;
}
/**
 * The update under a mask, which is not read: a value that broadcasts to what one true element stands for is chosen elementwise, any other
 * gives its slices to the true elements one by one. null where only the mask's elements can tell what is to be done.
 */
function underMask(name: string, n: Node, mask: Node, value: TensorLike, mode: Mode): Node | null {
  const { dims } = n.shape;
  const lead = mask.shape.ndim;
  const tail = dims.slice(lead);
  let own = value instanceof Tensor ? nodeOf(name, value).shape.dims : [];
  // axes of size 1 in front say nothing
  while (own.length > tail.length && own[0] === 1) own = own.slice(1);
  const picks = reshape(new Tensor(mask), [...mask.shape.dims, ...tail.map(() => 1)]);
  if (own.length <= tail.length) {
    const plain = broadcastTo(valuesFor(name, value, n, tail), dims);
    const old = new Tensor(n);
    const combine = {
      none: () => plain,
      add: () => add(old, plain),
      prod: () => multiply(old, plain),
      max: () => maximum(old, plain),
      min: () => minimum(old, plain),
    };
    return where(picks, combine[mode](), old).node;
  }
  if (mode !== 'none' || own.length !== tail.length + 1) return null;
  const slices = valuesFor(name, value, n, [own[0]!, ...tail]).node;
  return recordNode(maskedPrimitive, [n, broadcastTo(picks, dims).node, slices], null, n.shape, n.type);
}
const asList = (i: Index | readonly Index[]): readonly Index[] =>
  Array.isArray(i) ? (i as readonly Index[]) : [i as Index];

/**
 * Gives part of a tensor new values, in place: `x.set(['...', 1], value)`, `x.set('1:3', 0)`. The handle stands for the new
 * contents from now on; tensors made from it before keep the old ones. The value is broadcast and takes the dtype of `x`. A
 * list is one index per axis; write `[[0, 2]]` to pick rows 0 and 2.
 * @returns `x`
 */
export const set: (x: Tensor, indices: Index | readonly Index[], value: TensorLike) => Tensor = /* @__PURE__ */ op(
  'set',
  'indexing',
  (x, list, value) => {
    rebind(x, updated('set', nodeOf('set', x), asList(list), value, 'none'));
    return x;
  },
);

const takePrimitive = differentiate(primitive({ name: 'take' }), (g, { inputs: [x, i], attrs }) => {
  const { axis } = attrs as { axis: number };
  const before = Array.from({ length: axis }, () => ':');
  return [addAt(zeros(x!.shape, g.dtype), [...before, i!], g)];
});
/** Slices of `x` at integer positions along an axis; of the flattened tensor without one. Negative ones count from the end. */
export const take: (x: TensorLike, indices: Indices, axis?: number | null) => Tensor = /* @__PURE__ */ op(
  'take',
  'indexing',
  (x, list, axis = null) => {
    let n = nodeOf('take', x);
    if (axis === null) n = reshape(new Tensor(n), [-1]).node;
    const a = checkAxis('take', axis ?? 0, n.shape.ndim);
    const i = indices('take', list, a, n.shape.dims[a]!);
    if (n.shape.dims[a] === 0 && i.shape.size > 0)
      throw new ShapeError(`[take] an empty axis has no elements, got ${showShape(n.shape.dims)}`);
    const shape = checkShape('take', [...n.shape.dims.slice(0, a), ...i.shape.dims, ...n.shape.dims.slice(a + 1)]);
    return record(takePrimitive, [n, i], { axis: a }, shape, n.type);
  },
  takePrimitive,
);

const takeAlongPrimitive = differentiate(primitive({ name: 'take_along_axis' }), (g, { inputs: [x, i], attrs }) => {
  const { axis } = attrs as { axis: number };
  return [addAlongAxis(zeros(x!.shape, g.dtype), i!, g, axis)];
});
/** Both operands with all axes but one broadcast together. */
function aligned(name: string, n: Node, i: Node, a: number): readonly [Node, Node] {
  if (i.shape.ndim !== n.shape.ndim) {
    throw new ShapeError(
      `[${name}] the indices must have as many axes as x, got ${showShapes([i.shape.dims, n.shape.dims])}`,
    );
  }
  const without = (s: Shape): Shape => shapeOf(s.dims.map((d, k) => (k === a ? 1 : d)));
  const common = broadcast(name, without(n.shape), without(i.shape)).dims;
  const grow = (x: Node): Node =>
    broadcastTo(
      new Tensor(x),
      common.map((d, k) => (k === a ? x.shape.dims[a]! : d)),
    ).node;
  return [grow(n), grow(i)];
}
/** `out[.., j, ..] = x[.., indices[.., j, ..], ..]` along an axis; of the flattened tensor without one. */
export const takeAlongAxis: (x: TensorLike, indices: Indices, axis?: number | null) => Tensor = /* @__PURE__ */ op(
  'takeAlongAxis',
  'indexing',
  (x, list, axis = null) => {
    let n = nodeOf('takeAlongAxis', x);
    if (axis === null) n = reshape(new Tensor(n), [-1]).node;
    const a = checkAxis('takeAlongAxis', axis ?? 0, n.shape.ndim);
    let i = indices('takeAlongAxis', list, a, n.shape.dims[a]!);
    if (axis === null) i = reshape(new Tensor(i), [-1]).node;
    const [source, index] = aligned('takeAlongAxis', n, i, a);
    return record(takeAlongPrimitive, [source, index], { axis: a, op: 'takeAlongAxis' }, index.shape, n.type);
  },
  takeAlongPrimitive,
);
const putAlongPrimitive: Primitive = differentiate(
  primitive({ name: 'put_along_axis', inPlace: true }),
  (g, { inputs: [, i], attrs }) => {
    const { axis, mode } = attrs as { axis: number; mode: Mode };
    const values = takeAlongAxis(g, i!, axis);
    if (mode === 'add') return [g, null, values];
    return [putAlongAxis(g, i!, 0, axis), null, values];
  },
);
/** @internal A copy of `x` with `values` added at `indices` along an axis. */
export const addAlongAxis = (x: Tensor, i: Tensor, values: Tensor, axis: number): Tensor =>
  record(putAlongPrimitive, [x.node, i.node, values.node], { axis, mode: 'add' }, x.node.shape, x.node.type);
/** A copy of `x` with `values` at `indices` along an axis (the flattened tensor without one). */
export const putAlongAxis: (x: TensorLike, indices: Indices, values: TensorLike, axis?: number | null) => Tensor =
  /* @__PURE__ */ op(
    'putAlongAxis',
    'indexing',
    (x, list, values, axis = null) => {
      const from = nodeOf('putAlongAxis', x);
      let n = from;
      if (axis === null) n = reshape(new Tensor(n), [-1]).node;
      const a = checkAxis('putAlongAxis', axis ?? 0, n.shape.ndim);
      let i = indices('putAlongAxis', list, a, n.shape.dims[a]!);
      if (axis === null) i = reshape(new Tensor(i), [-1]).node;
      const dims = n.shape.dims.map((d, k) => (k === a ? i.shape.dims[a]! : d));
      if (i.shape.ndim !== n.shape.ndim) {
        throw new ShapeError(
          `[putAlongAxis] the indices must have as many axes as x, got ${showShapes([i.shape.dims, n.shape.dims])}`,
        );
      }
      const index = broadcastTo(new Tensor(i), dims).node;
      let v = values;
      if (axis === null && v instanceof Tensor) v = reshape(v, [-1]);
      const update = valuesFor('putAlongAxis', v, n, dims).node;
      const out = record(
        putAlongPrimitive,
        [n, index, update],
        { axis: a, mode: 'none', op: 'putAlongAxis' },
        n.shape,
        n.type,
      );
      return axis === null ? reshape(out, from.shape.dims) : out;
    },
    putAlongPrimitive,
  );
/** A copy of `x` with part of it replaced: the functional form of `set`. */
export const sliceUpdate: (x: TensorLike, update: TensorLike, start: readonly number[]) => Tensor =
  /* @__PURE__ */ composite('sliceUpdate', (x, update, start) => {
    const n = nodeOf('sliceUpdate', x);
    const u = castTo(nodeOf('sliceUpdate', update), n.type);
    if (u.shape.ndim !== n.shape.ndim || start.length !== n.shape.ndim) {
      throw new ShapeError(
        `[sliceUpdate] the update and the start must have as many axes as x, got ${showShapes([u.shape.dims, start, n.shape.dims])}`,
      );
    }
    const from = start.map((v, i) => (v < 0 ? v + n.shape.dims[i]! : v));
    if (from.some((v, i) => !Number.isInteger(v) || v < 0 || v + u.shape.dims[i]! > n.shape.dims[i]!)) {
      throw new ShapeError(
        `[sliceUpdate] the update must lie inside x, got ${showShapes([u.shape.dims, start, n.shape.dims])}`,
      );
    }
    return record(slicePrimitive, [n, u], { start: from, strides: from.map(() => 1), mode: 'none' }, n.shape, n.type);
  });

type Update = (x: TensorLike, indices: Index | readonly Index[], value: TensorLike) => Tensor;
/* #__NO_SIDE_EFFECTS__ */
const updating = (name: string, mode: Mode, prepare: (value: Tensor) => Tensor = (v) => v): Update =>
  op(name, 'indexing', (x, list, value) => {
    const n = nodeOf(name, x);
    if (!(value instanceof Tensor)) checkValue(name, value);
    const v = value instanceof Tensor ? value : new Tensor(constant(value, weakValue(value, n)));
    const out = updated(name, n, asList(list), prepare(v), mode);
    return out === n ? identity(n) : new Tensor(out);
  });
/** A copy of `x` with `value` added at the indices; where one place is named twice both count. MLX's `x.at[i].add(value)`. */
export const addAt: Update = /* @__PURE__ */ updating('addAt', 'add');
/** A copy of `x` with `value` subtracted at the indices, repeated ones each time. */
export const subtractAt: Update = /* @__PURE__ */ updating('subtractAt', 'add', (v) => negative(v));
/** A copy of `x` multiplied by `value` at the indices, repeated ones each time. */
export const multiplyAt: Update = /* @__PURE__ */ updating('multiplyAt', 'prod');
/** A copy of `x` divided by `value` at the indices, repeated ones each time. */
export const divideAt: Update = /* @__PURE__ */ updating('divideAt', 'prod', (v) => reciprocal(v));
/** A copy of `x` with the larger of old and new at the indices. */
export const maximumAt: Update = /* @__PURE__ */ updating('maximumAt', 'max');
/** A copy of `x` with the smaller of old and new at the indices. */
export const minimumAt: Update = /* @__PURE__ */ updating('minimumAt', 'min');
