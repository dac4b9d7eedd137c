// Copies with elements repeated, moved, split or masked.
import { i32 } from '../backends/heap.js';
import { newLeaf, type Node } from '../graph/node.js';
import { types } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import { checkAxis, checkShape, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { eye, full, tri } from './creation.js';
import { castTo, composite, nodeOf, type Axes } from './define.js';
import { slice, type Index } from './indices.js';
import { at, sliceUpdate, take } from './indexing.js';
import { concatenate } from './join.js';
import { sum } from './reduce.js';
import { where, zerosLike } from './select.js';
import { broadcastTo, diagonal, expandDims, reshape, squeeze } from './shape.js';
import { multiply } from './arithmetic.js';

const along = (axis: number, s: Index): Index[] => [...Array.from({ length: axis }, (): Index => ':'), s];

/** Most parts of an axis of size 0, which every number divides. */
const EMPTY_PARTS = 1024;
/** Equal parts (a number) or parts between positions (a list) along an axis, as views. */
export const split: (x: TensorLike, indicesOrSections: number | readonly number[], axis?: number) => Tensor[] =
  /* @__PURE__ */ composite('split', (x, indicesOrSections, axis = 0) => {
    const n = nodeOf('split', x);
    const a = checkAxis('split', axis, n.shape.ndim);
    const d = n.shape.dims[a]!;
    let ends: number[];
    if (typeof indicesOrSections === 'number') {
      const parts = indicesOrSections;
      if (!Number.isInteger(parts) || parts < 1 || d % parts !== 0) {
        throw new ShapeError(`[split] the sections must divide the axis evenly, got ${parts} for size ${d}`);
      }
      if (parts > Math.max(d, EMPTY_PARTS))
        throw new ShapeError(`[split] an empty axis makes at most ${EMPTY_PARTS} parts, got ${parts}`);
      ends = Array.from({ length: parts }, (_, i) => ((i + 1) * d) / parts);
    } else ends = [...indicesOrSections, d];
    const t = new Tensor(n);
    return ends.map((end, i) => at(t, ...along(a, slice(i === 0 ? 0 : ends[i - 1]!, end))));
  });
/** The parts of size 1 along an axis, without that axis. */
export const unstack: (x: TensorLike, axis?: number) => Tensor[] = /* @__PURE__ */ composite(
  'unstack',
  (x, axis = 0) => {
    const n = nodeOf('unstack', x);
    const a = checkAxis('unstack', axis, n.shape.ndim);
    return n.shape.dims[a] === 0 ? [] : split(x, n.shape.dims[a]!, a).map((t) => squeeze(t, a));
  },
);
/** `x` repeated `reps[i]` times along each axis. */
export const tile: (x: TensorLike, reps: number | readonly number[]) => Tensor = /* @__PURE__ */ composite(
  'tile',
  (x, reps) => {
    const n = nodeOf('tile', x);
    let times = typeof reps === 'number' ? [reps] : [...reps];
    if (times.some((r) => !Number.isInteger(r) || r < 0))
      throw new ShapeError(`[tile] repetitions must be integers of at least 0, got ${showShape(times)}`);
    const ndim = Math.max(times.length, n.shape.ndim);
    const dims = [...new Array<number>(ndim - n.shape.ndim).fill(1), ...n.shape.dims];
    times = [...new Array<number>(ndim - times.length).fill(1), ...times];
    const spread = broadcastTo(
      reshape(
        new Tensor(n),
        dims.flatMap((d) => [1, d]),
      ),
      dims.flatMap((d, i) => [times[i]!, d]),
    );
    return reshape(
      spread,
      checkShape(
        'tile',
        dims.map((d, i) => d * times[i]!),
      ).dims,
    );
  },
);
/** Every element repeated along an axis; of the flattened tensor without one. */
export const repeat: (x: TensorLike, repeats: number, axis?: number | null) => Tensor = /* @__PURE__ */ composite(
  'repeat',
  (x, repeats, axis = null) => {
    const n = nodeOf('repeat', x);
    if (!Number.isInteger(repeats) || repeats < 0)
      throw new ShapeError(`[repeat] the count must be an integer of at least 0, got ${repeats}`);
    const t = axis === null ? reshape(new Tensor(n), [-1]) : new Tensor(n);
    const a = checkAxis('repeat', axis ?? 0, t.ndim);
    const dims = t.shape.flatMap((d, i) => (i === a ? [d, repeats] : [d]));
    return reshape(
      broadcastTo(expandDims(t, a + 1), dims),
      t.shape.map((d, i) => (i === a ? d * repeats : d)),
    );
  },
);
/** Elements moved by `shift` along axes, those pushed out coming in at the other end; flattened without an axis. */
export const roll: (x: TensorLike, shift: number | readonly number[], axis?: Axes | null) => Tensor =
  /* @__PURE__ */ composite('roll', (x, shift, axis = null) => {
    const n = nodeOf('roll', x);
    if (axis === null) {
      const total = typeof shift === 'number' ? shift : shift.reduce((p, v) => p + v, 0);
      return reshape(roll(reshape(x, [-1]), total, 0), n.shape.dims);
    }
    const list = typeof axis === 'number' ? [axis] : axis;
    const shifts = typeof shift === 'number' ? list.map(() => shift) : shift;
    if (shifts.length !== list.length)
      throw new ShapeError(`[roll] one shift is needed per axis, got ${shifts.length} for ${list.length} axes`);
    let t = new Tensor(n);
    list.forEach((v, i) => {
      const a = checkAxis('roll', v, n.shape.ndim);
      const d = n.shape.dims[a]!;
      if (d === 0) return;
      const k = ((shifts[i]! % d) + d) % d;
      if (k > 0) t = concatenate([at(t, ...along(a, slice(d - k, d))), at(t, ...along(a, slice(0, d - k)))], a);
    });
    return t.node === n ? reshape(t, n.shape.dims) : t;
  });

/** Widths before and after: one number, one pair for every axis, or a pair (or number) per axis. */
export type PadWidth = number | readonly [number, number] | readonly (number | readonly [number, number])[];
function widths(w: PadWidth, ndim: number): (readonly [number, number])[] {
  const both = (v: number | readonly number[]): readonly [number, number] =>
    typeof v === 'number' ? [v, v] : [v[0]!, v[1] ?? v[0]!];
  let out: (readonly [number, number])[];
  if (typeof w === 'number') out = Array.from({ length: ndim }, () => both(w));
  else if (w.every((v) => typeof v === 'number') && (w.length === 2 || ndim !== w.length)) {
    out = Array.from({ length: ndim }, () => both(w as readonly number[]));
  } else out = (w as readonly (number | readonly [number, number])[]).map(both);
  if (out.length === 1 && ndim !== 1) out = Array.from({ length: ndim }, () => out[0]!);
  if (out.length !== ndim || out.flat().some((v) => !Number.isInteger(v) || v < 0)) {
    throw new ShapeError(
      `[pad] the widths must be integers of at least 0, one pair per axis, got ${JSON.stringify(w)} for ${ndim} axes`,
    );
  }
  return out;
}
/**
 * `x` with room around it, filled with `value`, with the edge (`mode` 'edge'), or mirrored without ('reflect') or with
 * ('symmetric') the edge.
 */
export const pad: (
  x: TensorLike,
  width: PadWidth,
  mode?: 'constant' | 'edge' | 'reflect' | 'symmetric',
  value?: TensorLike,
) => Tensor = /* @__PURE__ */ composite('pad', (x, width, mode = 'constant', value = 0) => {
  const n = nodeOf('pad', x);
  const w = widths(width, n.shape.ndim);
  const { dims } = n.shape;
  if (mode === 'constant') {
    const shape = dims.map((d, i) => d + w[i]![0] + w[i]![1]);
    return sliceUpdate(
      full(shape, new Tensor(castTo(nodeOf('pad', value), n.type))),
      x,
      w.map(([before]) => before),
    );
  }
  if (mode !== 'edge' && mode !== 'reflect' && mode !== 'symmetric') {
    throw new ShapeError(`[pad] the mode must be 'constant', 'edge', 'reflect' or 'symmetric', got '${String(mode)}'`);
  }
  let t = new Tensor(n);
  dims.forEach((d, a) => {
    const [before, after] = w[a]!;
    if (before + after === 0) return;
    if (d === 0) throw new ShapeError(`[pad] an empty axis has no edge to repeat, got ${showShape(dims)}`);
    const index = newLeaf(checkShape('pad', [before + d + after]), types.int32);
    for (let i = 0; i < index.shape.size; i++) i32[(index.at >>> 2) + i] = mirrored(i - before, d, mode);
    t = take(t, new Tensor(index), a);
  });
  return t.node === n ? reshape(t, dims) : t;
});
function mirrored(i: number, d: number, mode: 'edge' | 'reflect' | 'symmetric'): number {
  if (mode === 'edge' || d === 1) return Math.min(Math.max(i, 0), d - 1);
  const period = mode === 'reflect' ? 2 * (d - 1) : 2 * d;
  const k = ((i % period) + period) % period;
  return k < d ? k : mode === 'reflect' ? period - k : period - 1 - k;
}

function triangle(name: string, x: TensorLike, k: number, lower: boolean): Tensor {
  const n = nodeOf(name, x);
  const { dims, ndim } = n.shape;
  if (ndim < 2) throw new ShapeError(`[${name}] at least two axes are needed, got ${showShape(dims)}`);
  const mask = tri(dims[ndim - 2]!, dims[ndim - 1]!, lower ? k : k - 1, 'bool');
  const zero = zerosLike(x);
  return lower ? where(mask, x, zero) : where(mask, zero, x);
}
/** The lower triangle of the last two axes, up to diagonal `k`; zeros above. */
export const tril: (x: TensorLike, k?: number) => Tensor = /* @__PURE__ */ composite('tril', (x, k = 0) =>
  triangle('tril', x, k, true),
);
/** The upper triangle of the last two axes, from diagonal `k`; zeros below. */
export const triu: (x: TensorLike, k?: number) => Tensor = /* @__PURE__ */ composite('triu', (x, k = 0) =>
  triangle('triu', x, k, false),
);
/** Of a matrix its diagonal `k`; of a vector the square matrix with it as diagonal `k`. */
export const diag: (x: TensorLike, k?: number) => Tensor = /* @__PURE__ */ composite('diag', (x, k = 0) => {
  const n = nodeOf('diag', x);
  if (n.shape.ndim === 2) return diagonal(x, k);
  if (n.shape.ndim !== 1) throw new ShapeError(`[diag] one or two axes are needed, got ${showShape(n.shape.dims)}`);
  const size = n.shape.dims[0]! + Math.abs(k);
  const row = pad(x, [[k > 0 ? k : 0, k < 0 ? -k : 0]]);
  const placed = expandDims(row, 0);
  return where(eye(size, size, k, 'bool'), placed, zerosLike(placed));
});
/** Sum over the diagonal `offset` of two axes. */
export const trace: (x: TensorLike, offset?: number, axis1?: number, axis2?: number) => Tensor =
  /* @__PURE__ */ composite('trace', (x, offset = 0, axis1 = 0, axis2 = 1) =>
    sum(diagonal(x, offset, axis1, axis2), -1),
  );
/** The Kronecker product. */
export const kron: (a: TensorLike, b: TensorLike) => Tensor = /* @__PURE__ */ composite('kron', (a, b) => {
  const x = nodeOf('kron', a);
  const y = nodeOf('kron', b);
  const ndim = Math.max(x.shape.ndim, y.shape.ndim);
  const grown = (n: Node): number[] => [...new Array<number>(ndim - n.shape.ndim).fill(1), ...n.shape.dims];
  const p = grown(x);
  const q = grown(y);
  const product = multiply(
    reshape(
      new Tensor(x),
      p.flatMap((d) => [d, 1]),
    ),
    reshape(
      new Tensor(y),
      q.flatMap((d) => [1, d]),
    ),
  );
  return reshape(
    product,
    p.map((d, i) => d * q[i]!),
  );
});
