// How each primitive works on a batch: the rules of vmap. Batched tensors have the batch as axis 0.
import { parts, type Spectral } from '../backends/spectral.js';
import type { Node } from '../graph/node.js';
import { add, multiply } from '../ops/arithmetic.js';
import { stopGradient, view } from '../ops/bits.js';
import { arange } from '../ops/creation.js';
import { castTo, identity, record } from '../ops/define.js';
import { at } from '../ops/indexing.js';
import { concatenate, stack } from '../ops/join.js';
import { asStrided, broadcastTo, diagonal, moveaxis, reshape, sliced, transpose } from '../ops/shape.js';
import { types } from '../tensor/dtype.js';
import { shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { memberOf } from './bundle.js';

/** A recorded op for one example, and its inputs for all of them. */
export interface Batched {
  readonly node: Node;
  readonly inputs: readonly Tensor[];
  /** which of the inputs have the batch as axis 0 */
  readonly mapped: readonly boolean[];
  readonly size: number;
}
/** The op's result for all examples, the batch as axis 0. */
export type BatchRule = (b: Batched) => Tensor;

const dimsOf = (b: Batched): readonly number[] => b.node.shape.dims;
/** Recorded once more on other inputs. They take the places of the node's, in order. */
function again(b: Batched, inputs: readonly Tensor[], dims: readonly number[], attrs: unknown = b.node.attrs): Tensor {
  const { prim, a, b: second, c, rest, type } = b.node;
  let k = 0;
  const next = (x: Node | null): Node | null => (x === null ? null : inputs[k++]!.node);
  const first = [a, second, c].map(next);
  const others = rest === null ? null : rest.map(() => inputs[k++]!.node);
  return record(prim, first, attrs, shapeOf(dims), type, others);
}
/** An input with the batch as axis 0, also where all examples share it. */
function spread(b: Batched, i: number): Tensor {
  const t = b.inputs[i]!;
  return b.mapped[i] ? t : broadcastTo(t, [b.size, ...t.shape]);
}
const all = (b: Batched): Tensor[] => b.inputs.map((_, i) => spread(b, i));
/** Batch and first axis as one. */
const merged = (t: Tensor): Tensor => reshape(t, [t.shape[0]! * t.shape[1]!, ...t.shape.slice(2)]);
const unmerged = (t: Tensor, size: number): Tensor => reshape(t, [size, t.shape[0]! / size, ...t.shape.slice(1)]);

/** One example after the other. */
const loop: BatchRule = (b) => {
  if (b.size === 0) return again(b, all(b), [0, ...dimsOf(b)]);
  const one = (e: number): Tensor =>
    again(
      b,
      b.inputs.map((t, i) => (b.mapped[i] ? at(t, e) : t)),
      dimsOf(b),
    );
  return stack(Array.from({ length: b.size }, (_, e) => one(e)));
};
/** An operand with axes of size 1 behind the batch, as many as it has fewer than the result. */
function aligned(b: Batched, i: number): Tensor {
  const t = b.inputs[i]!;
  const lack = b.node.shape.ndim - (t.ndim - 1);
  if (!b.mapped[i] || lack === 0) return t;
  return reshape(t, [b.size, ...Array.from({ length: lack }, () => 1), ...t.shape.slice(1)]);
}
/** Axes of the result line up with the last ones of each operand. */
const elementwise: BatchRule = (b) =>
  again(
    b,
    b.inputs.map((_, i) => aligned(b, i)),
    [b.size, ...dimsOf(b)],
  );
/** All axes but the last ones are a batch already. */
const leading: BatchRule = (b) => again(b, all(b), [b.size, ...dimsOf(b)]);
/** `leading` while only the first input is batched. */
const firstOnly: BatchRule = (b) =>
  b.mapped.every((m, i) => !m || i === 0) ? again(b, b.inputs, [b.size, ...dimsOf(b)]) : loop(b);
/** An op along axes that its attributes name. */
const along: BatchRule = (b) => {
  const attrs = b.node.attrs as { readonly axis?: number; readonly axes?: readonly number[] };
  const shifted = {
    ...attrs,
    ...(attrs.axis === undefined ? {} : { axis: attrs.axis + 1 }),
    ...(attrs.axes === undefined ? {} : { axes: attrs.axes.map((a) => a + 1) }),
  };
  return again(b, all(b), [b.size, ...dimsOf(b)], shifted);
};

// ---- views ----

interface Steps {
  readonly start: readonly number[];
  readonly steps: readonly number[];
  readonly dims?: readonly number[];
}
const sliceOf = (b: Batched, { start, steps }: Steps, dims: readonly number[]): Tensor =>
  sliced(b.inputs[0]!.node, [0, ...start], [1, ...steps], [b.size, ...dims]);
const views: Readonly<Record<string, BatchRule>> = {
  identity: (b) => identity(b.inputs[0]!.node),
  after: (b) => spread(b, 0),
  bundle: (b) => {
    const { bundle, index } = memberOf(b.node)!;
    const own = bundle.batch?.(b.inputs, b.mapped, b.size);
    return own?.[index] ?? spread(b, bundle.inputs.length + index);
  },
  stop_gradient: (b) => stopGradient(b.inputs[0]!),
  view: (b) => {
    const t = b.inputs[0]!;
    // a bit pattern has at least one axis unless the element sizes are equal
    return reshape(view(t, b.node.type.name), [b.size, ...dimsOf(b)]);
  },
  reshape: (b) => reshape(b.inputs[0]!, [b.size, ...dimsOf(b)]),
  transpose: (b) => transpose(b.inputs[0]!, [0, ...(b.node.attrs as readonly number[]).map((a) => a + 1)]),
  broadcastTo: (b) => broadcastTo(aligned(b, 0), [b.size, ...dimsOf(b)]),
  asStrided: (b) => {
    const { strides, offset } = b.node.attrs as { strides: readonly number[]; offset: number };
    return asStrided(b.inputs[0]!, [b.size, ...dimsOf(b)], [b.node.a!.shape.size, ...strides], offset);
  },
  slice: (b) => sliceOf(b, b.node.attrs as Steps, dimsOf(b)),
  index: (b) => {
    const s = b.node.attrs as Required<Steps>;
    return reshape(sliceOf(b, s, s.dims), [b.size, ...dimsOf(b)]);
  },
  diagonal: (b) => {
    const { offset, a, b: second } = b.node.attrs as { offset: number; a: number; b: number };
    return diagonal(b.inputs[0]!, offset, a + 1, second + 1);
  },
};
// ---- products ----

const matmul: BatchRule = (b) => {
  const [x, y] = b.inputs as readonly [Tensor, Tensor];
  const dims = dimsOf(b);
  // rows of all examples times one matrix
  if (!b.mapped[1] && y.ndim === 2) return unmerged(again(b, [merged(x), y], [b.size * dims[0]!, dims[1]!]), b.size);
  return leading(b);
};
const convolution: BatchRule = (b) => {
  if (b.mapped[1]) return loop(b);
  const [n, ...dims] = dimsOf(b);
  return unmerged(again(b, [merged(b.inputs[0]!), b.inputs[1]!], [b.size * n!, ...dims]), b.size);
};
const attention: BatchRule = (b) => {
  const [n, ...dims] = dimsOf(b);
  return unmerged(again(b, all(b).map(merged), [b.size * n!, ...dims]), b.size);
};
const attentionGradient: BatchRule = (b) => {
  const { a, b: keys, c } = b.node;
  const parts = [a!, keys!, c!].map((n) => n.shape.size);
  return regrouped(b, again(b, all(b).map(merged), [b.size * b.node.shape.size]), parts);
};
/** A norm with weights of its own for each example: without them, then times the weight plus the bias, rounded once. */
const norm: BatchRule = (b) => {
  const attrs = b.node.attrs as { eps: number; weight: boolean; bias: boolean };
  if (!b.mapped.slice(1).some(Boolean)) return leadingFirst(b);
  const wide = b.node.type.half ? types.float32 : b.node.type;
  const x = castTo(spread(b, 0).node, wide);
  const plain = record(b.node.prim, [x], { ...attrs, weight: false, bias: false }, x.shape, wide);
  const fitted = (i: number): Tensor => {
    const t = new Tensor(castTo(spread(b, i).node, wide));
    return reshape(t, [
      b.size,
      ...dimsOf(b)
        .slice(1)
        .map(() => 1),
      t.shape[1]!,
    ]);
  };
  const scaled = attrs.weight ? multiply(plain, fitted(1)) : plain;
  const moved = attrs.bias ? add(scaled, fitted(attrs.weight ? 2 : 1)) : scaled;
  return new Tensor(castTo(moved.node, b.node.type));
};
const leadingFirst: BatchRule = (b) => again(b, [spread(b, 0), ...b.inputs.slice(1)], [b.size, ...dimsOf(b)]);

// ---- gathering and scattering ----

/** The number of each example, in the shape of its indices. */
const numbered = (b: Batched, dims: readonly number[]): Tensor =>
  broadcastTo(reshape(arange(b.size, 'int32'), [b.size, ...dims.map(() => 1)]), [b.size, ...dims]);
const gather: BatchRule = (b) => {
  const [x, ...index] = b.inputs as readonly [Tensor, ...Tensor[]];
  const { axes, sliceSizes } = b.node.attrs as { axes: readonly number[]; sliceSizes: readonly number[] };
  const attrs = b.node.attrs as object;
  const places = index.map((_, i) => spread(b, i + 1));
  const lead = b.node.shape.dims.slice(0, b.node.shape.ndim - sliceSizes.length);
  if (!b.mapped[0]) return again(b, [x, ...places], [b.size, ...dimsOf(b)]);
  if (!b.mapped.slice(1).some(Boolean)) {
    const moved = { ...attrs, axes: axes.map((a) => a + 1), sliceSizes: [b.size, ...sliceSizes] };
    return moveaxis(again(b, b.inputs, [...lead, b.size, ...sliceSizes], moved), lead.length, 0);
  }
  const to = { ...attrs, axes: [0, ...axes.map((a) => a + 1)], sliceSizes: [1, ...sliceSizes] };
  const { prim, type } = b.node;
  const rest = [numbered(b, lead), ...places].map((t) => t.node);
  const out = record(prim, [x.node], to, shapeOf([b.size, ...lead, 1, ...sliceSizes]), type, rest);
  return reshape(out, [b.size, ...dimsOf(b)]);
};
const scatter: BatchRule = (b) => {
  const [x, update, ...index] = all(b) as [Tensor, Tensor, ...Tensor[]];
  const attrs = b.node.attrs as { axes: readonly number[] };
  const lead = index[0]!.shape.slice(1);
  const sizes = update.shape.slice(1 + lead.length);
  const to = { ...attrs, axes: [0, ...attrs.axes.map((a) => a + 1)] };
  const rest = [numbered(b, lead), ...index].map((t) => t.node);
  const values = reshape(update, [b.size, ...lead, 1, ...sizes]);
  return record(b.node.prim, [x.node, values.node], to, x.node.shape, b.node.type, rest);
};
const sliceUpdate: BatchRule = (b) => {
  const attrs = b.node.attrs as { start: readonly number[]; strides: readonly number[] };
  const to = { ...attrs, start: [0, ...attrs.start], strides: [1, ...attrs.strides] };
  return again(b, all(b), [b.size, ...dimsOf(b)], to);
};
const take: BatchRule = (b) => {
  const [x, index] = b.inputs as readonly [Tensor, Tensor];
  const { axis } = b.node.attrs as { axis: number };
  const whole = [b.size, ...dimsOf(b)];
  if (!b.mapped[1]) return again(b, b.inputs, whole, { axis: axis + 1 });
  const count = index.ndim - 1;
  if (!b.mapped[0]) {
    const dims = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
    return moveaxis(again(b, b.inputs, dims), axis, 0);
  }
  // (batch, taken axis, the others): the indices' axes come behind the batch and go where the axis was
  const picked = at(moveaxis(x, axis + 1, 1), numbered(b, index.shape.slice(1)), index);
  const others = Array.from({ length: x.ndim - 2 }, (_, i) => 1 + count + i);
  const places = Array.from({ length: count }, (_, i) => 1 + i);
  return transpose(picked, [0, ...others.slice(0, axis), ...places, ...others.slice(axis)]);
};

// ---- results with several parts: part by part for all matrices, so parts by example are brought together ----

function regrouped(b: Batched, packed: Tensor, sizes: readonly number[]): Tensor {
  let start = 0;
  const groups = sizes.map((size) => {
    const group = sliced(packed.node, [start], [1], [b.size * size]);
    start += b.size * size;
    return reshape(group, [b.size, size]);
  });
  return concatenate(groups, 1);
}
const packed =
  (
    sizesOf: (matrix: { rows: number; columns: number; least: number }, attrs: unknown) => readonly number[],
  ): BatchRule =>
  (b) => {
    const { dims, ndim } = b.node.a!.shape;
    const [rows, columns] = [dims[ndim - 2]!, dims[ndim - 1]!];
    const count = dims.slice(0, -2).reduce((p, d) => p * d, 1);
    const sizes = sizesOf({ rows, columns, least: Math.min(rows, columns) }, b.node.attrs).map((s) => s * count);
    return regrouped(b, again(b, all(b), [b.size * b.node.shape.size]), sizes);
  };
const spectral = packed((_, attrs) => {
  const { values, left, right } = parts(attrs as Spectral);
  return [values, left[0]! * left[1]!, right[0]! * right[1]!];
});
const symmetric = packed((_, attrs) => {
  const { values, left } = parts(attrs as Spectral);
  return [values, left[0]! * left[1]!];
});
const rules: Readonly<Record<string, BatchRule>> = {
  ...views,
  copy: leading,
  matmul,
  convolution,
  sdpa: attention,
  sdpa_grad: attentionGradient,
  rms_norm: norm,
  layer_norm: norm,
  rope: (b) => ((b.node.attrs as { offsets: boolean }).offsets ? loop(b) : firstOnly(b)),
  hadamard: leading,
  to_fp8: leading,
  from_fp8: leading,
  concatenate: along,
  softmax: along,
  log_softmax: along,
  cross_entropy: leading,
  cross_entropy_grad: leading,
  fft: along,
  sort: along,
  argsort: along,
  take_along_axis: along,
  put_along_axis: along,
  gather,
  scatter,
  slice_update: sliceUpdate,
  take,
  linalg_cholesky: leading,
  linalg_inv: leading,
  linalg_tri_inv: leading,
  linalg_solve: leading,
  linalg_solve_triangular: leading,
  linalg_det: leading,
  linalg_slogdet: packed(() => [1, 1]),
  linalg_qr: packed(({ rows, columns, least }) => [rows * least, least * columns]),
  svd: spectral,
  eigh: symmetric,
  eig: symmetric,
};
/** The rule for a primitive; one that has none of its own works on one example after the other. */
export function batchRuleOf(node: Node): BatchRule {
  const { name, elementwise: arity } = node.prim;
  if (arity > 0) return elementwise;
  if (/^(reduce|argreduce|cumulative)_/.test(name)) return along;
  return Object.hasOwn(rules, name) ? rules[name]! : loop;
}
