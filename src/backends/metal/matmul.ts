// Matrix products: operands are read as views, batches may be broadcast.
import { stridesOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { launch } from './launch.js';
import { dense, denseAs } from './movement.js';
import { extentOf, type Range } from './views.js';

/** Axes of batches that the kernel walks. */
const BATCH = 4;

/** Matrices of one shape, one for each entry of a batch; strides and `start` in elements of `range`. */
interface Matrices {
  readonly range: Range;
  readonly start: number;
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
}
function matricesOf(v: View, batch: readonly number[]): Matrices {
  const strides = stridesOf(v);
  const own = v.shape.ndim - 2;
  const lead = batch.length - own;
  return {
    ...extentOf(v),
    batch: batch.map((_, i) => (i < lead || v.shape.dims[i - lead] === 1 ? 0 : strides[i - lead]!)),
    rows: strides[own]!,
    columns: strides[own + 1]!,
  };
}
const padded = (x: readonly number[]): number[] => [...x, ...Array<number>(BATCH - x.length).fill(0)];
const wordsOf = (m: Matrices): number[] => [m.start, m.rows, m.columns, ...padded(m.batch)];

/** Batch axes along which neighbours walk as one, in both operands. */
function join(dims: readonly number[], a: Matrices, b: Matrices): { dims: number[]; a: Matrices; b: Matrices } {
  const joined = { dims: [] as number[], a: [] as number[], b: [] as number[] };
  dims.forEach((d, i) => {
    if (d === 1) return;
    const k = joined.dims.length - 1;
    if (k >= 0 && joined.a[k] === a.batch[i]! * d && joined.b[k] === b.batch[i]! * d) {
      joined.dims[k]! *= d;
      joined.a[k] = a.batch[i]!;
      joined.b[k] = b.batch[i]!;
    } else {
      joined.dims.push(d);
      joined.a.push(a.batch[i]!);
      joined.b.push(b.batch[i]!);
    }
  });
  return { dims: joined.dims, a: { ...a, batch: joined.a }, b: { ...b, batch: joined.b } };
}

/** Elements of a vector one after the other. */
const isDense = (stride: number, n: number): boolean => stride === 1 || n === 1;
/** A product with one row or one column as a matrix by a vector; null where the strides do not allow it. */
function vector(call: Call, a: Matrices, b: Matrices, m: number, n: number, k: number): boolean | null {
  const one = n === 1 ? { matrix: a, rows: m, by: a.rows, along: a.columns, x: b, step: b.rows } : null;
  const p = one ?? { matrix: b, rows: n, by: b.columns, along: b.rows, x: a, step: a.columns };
  if (!isDense(p.step, k) || p.by < 0 || p.along < 0 || p.x.start > 0) return null;
  const output = { at: call.at, bytes: call.shape.size * call.type.size };
  return launch(`matvec_${call.type.code}`, [p.matrix.range, p.x.range, output], [p.rows, k, p.by, p.along]);
}

/** a (.. m x k) by b (.. k x n) */
function matmul(call: Call): boolean {
  const { type, shape } = call;
  // an operand of fewer bits is widened first
  const [left, right] = [call.a!, call.b!].map((v) => (v.type === type ? v : denseAs(type, v))) as [
    View | null,
    View | null,
  ];
  if (left === null || right === null) return false;
  let [a, b] = [left, right];
  const batch = shape.dims.slice(0, -2);
  const [m, n] = shape.dims.slice(-2) as [number, number];
  const k = a.shape.dims[a.shape.ndim - 1]!;
  let p = join(batch, matricesOf(a, batch), matricesOf(b, batch));
  if (p.dims.length > BATCH) {
    const copies = [dense(a), dense(b)];
    if (copies.includes(null)) return false;
    a = copies[0]!;
    b = copies[1]!;
    p = join(batch, matricesOf(a, batch), matricesOf(b, batch));
    if (p.dims.length > BATCH) return false;
  }
  if (p.dims.length === 0 && k > 0 && (m === 1 || n === 1)) {
    const done = vector(call, p.a, p.b, m, n, k);
    if (done !== null) return done;
  }
  const output = { at: call.at, bytes: shape.size * type.size };
  const words = [m, n, k, p.dims.length, ...padded(p.dims), ...wordsOf(p.a), ...wordsOf(p.b)];
  return launch(`matmul_${type.code}`, [p.a.range, p.b.range, output], words);
}

export const matmuls = { matmul };
