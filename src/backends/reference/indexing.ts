import { AxisError, ShapeError } from '../../tensor/errors.js';
import { rowMajor, stridesOf } from '../../tensor/shape.js';
import { userOp, type Call, type Kernel, type View } from '../backend.js';
import { load, offsets, readAll, split, store, type Value } from './access.js';
import { add, maximum, minimum, multiply } from './values.js';
import { copyTo } from './movement.js';

type Mode = 'none' | 'add' | 'prod' | 'max' | 'min';
const combine: Readonly<Record<Mode, (old: Value, value: Value) => Value>> = {
  none: (_, value) => value,
  add,
  prod: multiply,
  max: maximum,
  min: minimum,
};
/** Combines one element of the output with a value. */
function update(call: Call, mode: Mode, at: number, value: Value): void {
  store(call.type, call.at, at, combine[mode](load(call.type, call.at, at), value));
}

/** Indices into an axis of `size`; negative ones count from the end. */
export function indicesOf(op: string, indices: View, axis: number, size: number): number[] {
  return readAll(indices).map((value) => {
    const i = value as bigint;
    const start = i < 0n ? i + BigInt(size) : i;
    if (start < 0n || start >= BigInt(size)) {
      throw new AxisError(`[${op}] index ${i} is out of bounds for axis ${axis} with size ${size}`);
    }
    return Number(start);
  });
}

/** Where the windows of gather and scatter start in `view`, in elements: one for each index tuple. */
function windowStarts(
  op: string,
  call: Call,
  view: View,
  strides: readonly number[],
  window: readonly number[],
): number[] {
  const { axes } = call.attrs as { axes: readonly number[] };
  const tensors = call.rest ?? [];
  const starts = new Array<number>(tensors[0]?.shape.size ?? 1).fill(0);
  tensors.forEach((t, k) => {
    const axis = axes[k]!;
    const bound = view.shape.dims[axis]!;
    const length = window[axis]!;
    indicesOf(op, t, axis, bound).forEach((i, n) => {
      if (i + length > bound) {
        throw new AxisError(
          `[${op}] slices of ${length} must lie inside axis ${axis} with size ${bound}, got the start ${i}`,
        );
      }
      starts[n]! += i * strides[axis]!;
    });
  });
  return starts;
}

/** For a tensor that runs along `axis` beside another of equal other sizes: the offset of each of its lines in the other. */
function lineStarts(view: View, strides: readonly number[], axis: number): Int32Array {
  return split(view.shape.dims, strides, [axis]).outer;
}

/** Reading and writing at indices; @throws AxisError for an index out of bounds, before anything is written. */
export const indexing: Readonly<Record<string, Kernel>> = {
  /** b = indices, attrs { axis }: `a[..., b, ...]` */
  take: (call) => {
    const a = call.a!;
    const { axis } = call.attrs as { axis: number };
    const dims = a.shape.dims;
    const strides = stridesOf(a);
    const indices = indicesOf(userOp(call, 'take'), call.b!, axis, dims[axis]!);
    const before = offsets(dims.slice(0, axis), strides.slice(0, axis));
    const after = offsets(dims.slice(axis + 1), strides.slice(axis + 1));
    let out = 0;
    for (const o of before) {
      for (const i of indices) {
        for (const p of after) store(call.type, call.at, out++, load(a.type, a.at, o + i * strides[axis]! + p));
      }
    }
  },
  /** b = indices, attrs { axis }: element i along the axis is `a[b[i]]` of the same line */
  take_along_axis: (call) => {
    const a = call.a!;
    const { axis } = call.attrs as { axis: number };
    const strides = stridesOf(a);
    const indices = indicesOf(userOp(call, 'take_along_axis'), call.b!, axis, a.shape.dims[axis]!);
    const lines = lineStarts(a, strides, axis);
    const to = split(call.shape.dims, rowMajor(call.shape.dims), [axis]);
    to.outer.forEach((o, line) => {
      for (const i of to.inner) {
        store(call.type, call.at, o + i, load(a.type, a.at, lines[line]! + indices[o + i]! * strides[axis]!));
      }
    });
  },
  /** b = indices, c = values, attrs { axis, mode } */
  put_along_axis: (call) => {
    const b = call.b!;
    const { axis, mode } = call.attrs as { axis: number; mode: Mode };
    const strides = rowMajor(call.shape.dims);
    const indices = indicesOf(userOp(call, 'put_along_axis'), b, axis, call.shape.dims[axis]!);
    const values = readAll(call.c!);
    copyTo(call.at, call.a!);
    const lines = lineStarts(call, strides, axis);
    const from = split(b.shape.dims, rowMajor(b.shape.dims), [axis]);
    from.outer.forEach((o, line) => {
      for (const i of from.inner) update(call, mode, lines[line]! + indices[o + i]! * strides[axis]!, values[o + i]!);
    });
  },
  /** rest = index tensors of one shape, attrs { axes, sliceSizes }: a window of `a` for each index tuple */
  gather: (call) => {
    const a = call.a!;
    const { sliceSizes } = call.attrs as { sliceSizes: readonly number[] };
    const strides = stridesOf(a);
    const window = offsets(sliceSizes, strides);
    let out = 0;
    for (const start of windowStarts(userOp(call, 'gather'), call, a, strides, sliceSizes)) {
      for (const p of window) store(call.type, call.at, out++, load(a.type, a.at, start + p));
    }
  },
  /** b = updates of shape I + window, rest = index tensors of shape I, attrs { axes, mode } */
  scatter: (call) => {
    const { mode } = call.attrs as { mode: Mode };
    const strides = rowMajor(call.shape.dims);
    const updates = call.b!;
    const sizes = updates.shape.dims.slice(updates.shape.ndim - call.shape.ndim);
    const starts = windowStarts(userOp(call, 'scatter'), call, call, strides, sizes);
    const values = readAll(updates);
    copyTo(call.at, call.a!);
    const window = offsets(sizes, strides);
    starts.forEach((start, n) => {
      window.forEach((p, k) => update(call, mode, start + p, values[n * window.length + k]!));
    });
  },
  /** b = update, attrs { start, strides, mode }: the region `start + k strides` of a */
  slice_update: (call) => {
    const b = call.b!;
    const { start, strides, mode } = call.attrs as { start: readonly number[]; strides: readonly number[]; mode: Mode };
    const own = rowMajor(call.shape.dims);
    const values = readAll(b);
    copyTo(call.at, call.a!);
    const first = start.reduce((sum, x, k) => sum + x * own[k]!, 0);
    const region = offsets(
      b.shape.dims,
      strides.map((s, k) => s * own[k]!),
    );
    region.forEach((p, i) => update(call, mode, first + p, values[i]!));
  },
  /** b = mask, c = values: where the mask is true, the next value */
  masked_scatter: (call) => {
    const values = readAll(call.c!);
    const mask = readAll(call.b!);
    const needed = mask.filter((x) => x !== 0).length;
    if (needed > values.length) {
      throw new ShapeError(
        `[masked_scatter] there must be a value for each true element of the mask, got ${values.length} for ${needed}`,
      );
    }
    copyTo(call.at, call.a!);
    let next = 0;
    mask.forEach((x, i) => {
      if (x !== 0) store(call.type, call.at, i, values[next++]!);
    });
  },
};
