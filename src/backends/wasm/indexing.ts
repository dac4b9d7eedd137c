import { stridesOf } from '../../tensor/shape.js';
import { AxisError, ShapeError } from '../../tensor/errors.js';
import { userOp, type Call, type Kernel, type Operand, type View } from '../backend.js';
import { i8, i16, i32, i64, u8, u16, u32, u64 } from '../heap.js';
import { begin, modeCodes, offsetTable, runsOf, type Mode } from './movement.js';
import { dense, temp, wasm } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** The integer of any dtype at `at`, for messages. */
function readIndex(v: View, at: number): string {
  const views = [u8, u8, u16, u32, u64, i8, i16, i32, i64] as const;
  return String(views[v.type.index]![(at >>> 0) / v.type.size]);
}

/**
 * Writes index * stride of every index to `to` as i32, adding to what is there when `add`.
 * @throws AxisError naming the first index out of bounds
 */
export function decode(
  op: string,
  v: View,
  axis: number,
  bound: number,
  stride: number,
  add: boolean,
  to: number,
): void {
  const n = v.shape.size;
  const from = dense(v);
  const bad = wasm['index_offsets']!(v.type.index, n, from, bound, stride, add ? 1 : 0, to);
  if (bad >= 0) {
    const index = readIndex(v, from + bad * v.type.size);
    throw new AxisError(`[${op}] index ${index} is out of bounds for axis ${axis} with size ${bound}`);
  }
}

/** Nanoseconds for one run of elements, and for each of its bytes. */
const RUN = 0.6;
const BYTE = 0.05;
interface Table {
  readonly at: number;
  readonly n: number;
}
/** to[o, i, s, :run] = the run at outer[o] + index[i] + slice[s] elements from `from`; threads share the outer positions, or the indices. */
function gatherRuns(
  size: number,
  outer: Table,
  index: Table,
  slice: Table & { readonly run: number },
  from: number,
  to: number,
): void {
  const args = [size, outer.n, outer.at, index.n, index.at, slice.n, slice.at, slice.run, from, to];
  const bytes = slice.n * slice.run * size;
  const cost = outer.n * index.n * (slice.n * RUN + bytes * BYTE);
  const lanes = lanesFor(cost);
  const f = wasm['gather_runs']!;
  if (outer.n === 1) spreadRange(lanes, f, index.n, 3, args, [0, 0, 0, 0, 4, 0, 0, 0, 0, bytes], 64, cost);
  else spreadRange(lanes, f, outer.n, 1, args, [0, 0, 4, 0, 0, 0, 0, 0, 0, index.n * bytes], 1, cost);
}

/** Slices of `a` along one axis, by indices of any shape. */
function take(call: Call): void {
  const a = call.a!;
  const b = call.b!;
  const { axis } = call.attrs as { axis: number };
  const dims = a.shape.dims;
  const strides = stridesOf(a);
  const n = b.shape.size;
  const index = temp(n * 4);
  decode(userOp(call, 'take'), b, axis, dims[axis]!, strides[axis]!, false, index);
  if (call.shape.size === 0) return;
  const outer = offsetTable(dims.slice(0, axis), strides.slice(0, axis));
  const slice = runsOf(dims.slice(axis + 1), strides.slice(axis + 1));
  gatherRuns(call.type.size, outer, { at: index, n }, slice, a.at, call.at);
}

/** Element offsets in a row-major tensor of `dims`, whose axis `axis` is given by `b`; `b` has the other axes in full. */
function alongOffsets(op: string, b: View, axis: number, dims: readonly number[]): number {
  const n = b.shape.size;
  const post = dims.slice(axis + 1).reduce((p, d) => p * d, 1);
  const at = temp(n * 4);
  decode(op, b, axis, dims[axis]!, post, false, at);
  if (n > 0) {
    const m = b.shape.dims[axis]!;
    wasm['along_offsets']!(n / (m * post), m, post, dims[axis]! * post, at);
  }
  return at;
}

/** out[.., j, ..] = a[.., b[.., j, ..], ..]. */
function takeAlongAxis(call: Call): void {
  const a = call.a!;
  const { axis } = call.attrs as { axis: number };
  const index = alongOffsets(userOp(call, 'take_along_axis'), call.b!, axis, a.shape.dims);
  const n = call.shape.size;
  if (n === 0) return;
  const origin = offsetTable([], []);
  gatherRuns(call.type.size, origin, { at: index, n }, { ...origin, run: 1 }, dense(a), call.at);
}

/** Writes or combines packed runs at `from` into the output. */
function write(
  call: Call,
  mode: Mode,
  n: number,
  index: number,
  slice: { at: number; n: number; run: number },
  from: number,
): void {
  const { size, index: code } = call.type;
  if (mode === 'none') wasm['scatter_runs']!(size, n, index, slice.n, slice.at, slice.run, from, call.at);
  else wasm['accumulate_runs']!(code, size, modeCodes[mode], n, index, slice.n, slice.at, slice.run, from, call.at);
}

/** Copy of `a` with a[.., b[.., j, ..], ..] written by, or combined with, c[.., j, ..]. */
function putAlongAxis(call: Call): void {
  const { axis, mode } = call.attrs as { axis: number; mode: Mode };
  const b = call.b!;
  const index = alongOffsets(userOp(call, 'put_along_axis'), b, axis, call.shape.dims);
  begin(call, call.a!);
  const n = b.shape.size;
  if (n === 0) return;
  const { at } = offsetTable([], []);
  write(call, mode, n, index, { at, n: 1, run: 1 }, dense(call.c!));
}

/** Offsets where the slices start: the sum over the index tensors of index * stride of its axis. */
export function starts(
  op: string,
  indices: readonly Operand[],
  axes: readonly number[],
  dims: readonly number[],
  strides: readonly number[],
  sizes: readonly number[],
): { at: number; n: number } {
  const n = indices.length > 0 ? indices[0]!.shape.size : 1;
  if (indices.length === 0) return offsetTable([], []);
  const at = temp(n * 4);
  indices.forEach((v, k) => {
    const axis = axes[k]!;
    // a negative index counts from the end of the axis, so only single elements can be checked by wrapping alone
    decode(op, v, axis, dims[axis]!, strides[axis]!, k > 0, at);
    if (sizes[axis]! > 1) checkEnds(op, v, axis, dims[axis]!, sizes[axis]!);
  });
  return { at, n };
}

/** @throws AxisError for a start whose slice of `size` would pass the end of the axis */
function checkEnds(op: string, v: View, axis: number, bound: number, size: number): void {
  const n = v.shape.size;
  const plain = temp(n * 4);
  decode(op, v, axis, bound, 1, false, plain);
  for (let i = 0; i < n; i++) {
    const start = i32[(plain >>> 2) + i]!;
    if (start + size > bound) {
      throw new AxisError(
        `[${op}] slices of ${size} must lie inside axis ${axis} with size ${bound}, got the start ${start}`,
      );
    }
  }
}

/** out[i.., s..] = the slice of `a` of `sliceSizes` that starts at the indices i.. along `axes`. */
function gather(call: Call): void {
  const a = call.a!;
  const { axes, sliceSizes } = call.attrs as { axes: readonly number[]; sliceSizes: readonly number[] };
  const strides = stridesOf(a);
  const index = starts(userOp(call, 'gather'), call.rest ?? [], axes, a.shape.dims, strides, sliceSizes);
  if (call.shape.size === 0) return;
  const slice = runsOf(sliceSizes, strides);
  gatherRuns(call.type.size, offsetTable([], []), index, slice, a.at, call.at);
}

/** Copy of `a` with slices at the indices overwritten by, or combined with, `b`. */
function scatter(call: Call): void {
  const b = call.b!;
  const rest = call.rest ?? [];
  const { axes, mode } = call.attrs as { axes: readonly number[]; mode: Mode };
  const dims = call.shape.dims;
  const strides = stridesOf({ ...call, strides: null });
  const sizes = b.shape.dims.slice(b.shape.ndim - dims.length);
  const index = starts(userOp(call, 'scatter'), rest, axes, dims, strides, sizes);
  begin(call, call.a!);
  if (b.shape.size === 0) return;
  write(call, mode, index.n, index.at, runsOf(sizes, strides), dense(b));
}

/** Copy of `a` whose elements under a true mask take the values of `c` one after the other. */
function maskedScatter(call: Call): void {
  const c = call.c!;
  const mask = dense(call.b!);
  const n = call.shape.size;
  const needed = wasm['count_true']!(n, mask);
  if (needed > c.shape.size) {
    throw new ShapeError(
      `[masked_scatter] there must be a value for each true element of the mask, got ${c.shape.size} for ${needed}`,
    );
  }
  begin(call, call.a!);
  if (needed > 0) wasm['masked_scatter']!(call.type.size, n, mask, dense(c), call.at);
}

export const indexing: Record<string, Kernel> = {
  take,
  take_along_axis: takeAlongAxis,
  put_along_axis: putAlongAxis,
  gather,
  scatter,
  masked_scatter: maskedScatter,
};
