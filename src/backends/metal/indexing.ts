// Slices by index. The host works out where indices lead, and so says which of them is wrong before anything is encoded; indices that the
// device is computing are waited for.
import { rowMajor, shapeOf, stridesOf } from '../../tensor/shape.js';
import { userOp, type Call, type View } from '../backend.js';
import { alloc, i32, release } from '../heap.js';
import { decode, starts } from '../wasm/indexing.js';
import { scoped } from '../wasm/runtime.js';
import { has, launch } from './launch.js';
import { copyTo, dense } from './movement.js';
import { queue } from './queue.js';
import { rangeOf } from './rows.js';
import { extentOf, product, walksOf, walkWords, type Range } from './views.js';

/** How far indices lead, in elements. */
interface Reach {
  readonly lowest: number;
  readonly highest: number;
}
/** Of starts of slices of `sizes` along `axes`. */
function reachOf(
  axes: readonly number[],
  dims: readonly number[],
  sizes: readonly number[],
  strides: readonly number[],
): Reach {
  const ends = axes.map((axis) => (dims[axis]! - sizes[axis]!) * strides[axis]!);
  const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
  return { lowest: sum(ends.map((e) => Math.min(e, 0))), highest: sum(ends.map((e) => Math.max(e, 0))) };
}

/**
 * Runs `use` with `n` offsets that the host writes by `fill`, of what it reads of `indices`.
 * @throws AxisError from `fill`, for an index out of bounds
 */
export function withOffsets(
  indices: readonly View[],
  n: number,
  fill: (at: number) => void,
  use: (offsets: Range) => boolean,
): boolean {
  if (indices.some((v) => queue.writes(extentOf(v).range))) queue.wait();
  // no block that the device has yet to read: those are not given out by `alloc`
  const bytes = Math.max(n, 1) * 4;
  const at = alloc(bytes);
  try {
    scoped(() => fill(at));
    return use({ at, bytes: n * 4 });
  } finally {
    release(at, bytes);
  }
}

/** Gathers `out` from where its axes walk along `a`; each of `count` offsets counts for `inner` neighbours. */
function gatherBy(
  out: Call,
  a: View,
  axes: { readonly dims: readonly number[]; readonly strides: readonly number[] },
  inner: number,
  offsets: Range,
  { lowest, highest }: Reach,
): boolean {
  const domain = shapeOf(axes.dims);
  const walks = walksOf(domain, [{ at: a.at, shape: domain, strides: axes.strides, type: a.type }]);
  if (walks === null) return false;
  const { range, start } = extentOf(a);
  const words = [...walkWords(domain.size, walks, [start]), inner, offsets.bytes / 4, lowest, highest];
  return launch(`gather_u${8 * a.type.size}`, [range, offsets, rangeOf(out)], words);
}
const replaced = (x: readonly number[], i: number, by: number): number[] => x.map((v, k) => (k === i ? by : v));

/** attrs { axis }: slices of `a` along one axis, by indices of any shape */
function take(call: Call): boolean {
  const [a, b] = [call.a!, call.b!];
  const { axis } = call.attrs as { axis: number };
  const [dims, strides, n] = [a.shape.dims, stridesOf(a), b.shape.size];
  const fill = (at: number): void => decode(userOp(call, 'take'), b, axis, dims[axis]!, strides[axis]!, false, at);
  const axes = { dims: replaced(dims, axis, n), strides: replaced(strides, axis, 0) };
  const reach = reachOf(
    [axis],
    dims,
    dims.map(() => 1),
    strides,
  );
  return withOffsets([b], n, fill, (o) => gatherBy(call, a, axes, product(dims.slice(axis + 1)), o, reach));
}

/** attrs { axis }: out[.., j, ..] = a[.., b[.., j, ..], ..] */
function takeAlongAxis(call: Call): boolean {
  const [a, b] = [call.a!, call.b!];
  const { axis } = call.attrs as { axis: number };
  const [dims, strides] = [a.shape.dims, stridesOf(a)];
  const fill = (at: number): void =>
    decode(userOp(call, 'take_along_axis'), b, axis, dims[axis]!, strides[axis]!, false, at);
  const axes = { dims: b.shape.dims, strides: replaced(strides, axis, 0) };
  const reach = reachOf(
    [axis],
    dims,
    dims.map(() => 1),
    strides,
  );
  return withOffsets([b], b.shape.size, fill, (o) => gatherBy(call, a, axes, 1, o, reach));
}

/** Writes the offsets where slices start, see `starts`, to a block. */
function startsTo(
  at: number,
  n: number,
  ...[op, indices, axes, dims, strides, sizes]: Parameters<typeof starts>
): void {
  const made = starts(op, indices, axes, dims, strides, sizes).at;
  i32.copyWithin(at >>> 2, made >>> 2, (made >>> 2) + n);
}
const countOf = (indices: readonly View[]): number => indices[0]?.shape.size ?? 1;

/** attrs { axes, sliceSizes }: out[i.., s..] = the slice of `a` that starts at the indices i.. along `axes` */
function gather(call: Call): boolean {
  const a = call.a!;
  const { axes, sliceSizes } = call.attrs as { axes: readonly number[]; sliceSizes: readonly number[] };
  const [dims, strides, indices] = [a.shape.dims, stridesOf(a), call.rest ?? []];
  const n = countOf(indices);
  const fill = (at: number): void => startsTo(at, n, userOp(call, 'gather'), indices, axes, dims, strides, sliceSizes);
  const walk = { dims: [n, ...sliceSizes], strides: [0, ...strides] };
  const reach = reachOf(axes, dims, sliceSizes, strides);
  return withOffsets(indices, n, fill, (o) => gatherBy(call, a, walk, product(sliceSizes), o, reach));
}

/** Threads of a scatter from which on there is enough to do, and most of them that share a line. */
const THREADS = 65536;
const SHARED = 64;

/** Lines of a scatter: the axes along which offsets do not differ, and how each operand walks them. */
interface Lines {
  readonly dims: readonly number[];
  readonly output: readonly number[];
  readonly values: readonly number[];
  readonly offsets: readonly number[];
  /** elements of a line, and steps between them and between their offsets */
  readonly count: number;
  readonly next: number;
  readonly nextOffset: number;
}
const kernelOf = (call: Call, mode: string): string =>
  mode === 'none' ? `scatter_set_u${8 * call.type.size}` : `scatter_${mode}_${call.type.code}`;

/** Starts the output as `base` and writes or combines `values` into it. */
function scatterBy(
  call: Call,
  mode: string,
  base: View,
  values: View,
  lines: Lines,
  offsets: Range,
  { lowest, highest }: Reach,
): boolean {
  const from = dense(values);
  const domain = shapeOf(lines.dims);
  const views = [lines.output, lines.values, lines.offsets];
  const walks = walksOf(
    domain,
    views.map((strides) => ({ at: 0, shape: domain, strides, type: call.type })),
  );
  if (from === null || walks === null) return false;
  if (base.at !== call.at && !copyTo(base, call.at)) return false;
  if (values.shape.size === 0) return true;
  const parts = Math.max(1, Math.min(SHARED, lines.count, Math.floor(THREADS / domain.size)));
  const words = [
    ...walkWords(domain.size, walks, [0, 0, 0]),
    ...[lines.count, lines.next, lines.nextOffset, parts, lowest, highest],
  ];
  return launch(kernelOf(call, mode), [rangeOf(from), offsets, rangeOf(call)], words);
}

/** attrs { axis, mode }: a copy of `a` with a[.., b[.., j, ..], ..] written by, or combined with, c[.., j, ..] */
function putAlongAxis(call: Call): boolean {
  const { axis, mode } = call.attrs as { axis: number; mode: string };
  const b = call.b!;
  if (!has(kernelOf(call, mode))) return false;
  const [dims, whole, own] = [call.shape.dims, rowMajor(call.shape.dims), rowMajor(b.shape.dims)];
  const fill = (at: number): void =>
    decode(userOp(call, 'put_along_axis'), b, axis, dims[axis]!, whole[axis]!, false, at);
  const others = (x: readonly number[]): number[] => x.filter((_, i) => i !== axis);
  const lines = {
    dims: others(b.shape.dims),
    output: others(whole),
    values: others(own),
    offsets: others(own),
    count: b.shape.dims[axis]!,
    next: own[axis]!,
    nextOffset: own[axis]!,
  };
  const reach = reachOf(
    [axis],
    dims,
    dims.map(() => 1),
    whole,
  );
  return withOffsets([b], b.shape.size, fill, (o) => scatterBy(call, mode, call.a!, call.c!, lines, o, reach));
}

/** attrs { axes, mode }: a copy of `a` with slices at the indices overwritten by, or combined with, `b` */
function scatter(call: Call): boolean {
  const { axes, mode } = call.attrs as { axes: readonly number[]; mode: string };
  const [b, indices, dims] = [call.b!, call.rest ?? [], call.shape.dims];
  const strides = rowMajor(dims);
  const sizes = b.shape.dims.slice(b.shape.ndim - dims.length);
  const n = countOf(indices);
  // slices that are longer along an indexed axis may overlap in part: their places have no one line
  if (!has(kernelOf(call, mode)) || (n > 1 && axes.some((axis) => sizes[axis]! > 1))) return false;
  const fill = (at: number): void => startsTo(at, n, userOp(call, 'scatter'), indices, axes, dims, strides, sizes);
  const lines = {
    dims: sizes,
    output: strides,
    values: rowMajor(sizes),
    offsets: sizes.map(() => 0),
    count: n,
    next: product(sizes),
    nextOffset: 1,
  };
  const reach = reachOf(axes, dims, sizes, strides);
  return withOffsets(indices, n, fill, (o) => scatterBy(call, mode, call.a!, b, lines, o, reach));
}

export const indexing = { take, take_along_axis: takeAlongAxis, put_along_axis: putAlongAxis, gather, scatter };
