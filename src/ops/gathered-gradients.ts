// What the derivatives of products of picked matrices share: sums over the entries that picked one matrix.
import type { Tensor } from '../tensor/tensor.js';
import { add, less, multiply } from './arithmetic.js';
import { arange, zeros } from './creation.js';
import { segmentedMm } from './gathered.js';
import { addAt, take } from './indexing.js';
import { stack } from './join.js';
import { astype, clip } from './math.js';
import { searchsorted } from './search.js';
import { where } from './select.js';
import { reshape, transpose } from './shape.js';
import { argsort } from './sort.js';

const product = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);
/** How many matrices a tensor holds. */
export const matrixCount = (x: Tensor): number => product(x.shape.slice(0, -2));
/** Flat positions among `count` matrices, as one list: from the end where negative, clamped. */
export const positions = (index: Tensor, count: number): Tensor =>
  clip(reshape(where(less(index, 0), add(index, count), index), [index.size]), 0, count - 1);
/** A list of matrices. */
export const listed = (x: Tensor): Tensor => reshape(x, [matrixCount(x), ...x.shape.slice(-2)]);
/** Half types in float32, where sums over entries are not rounded one by one. */
export const wide = (x: Tensor): Tensor => (x.node.type.half ? astype(x, 'float32') : x);

/** Matrices added up where they were picked from: in the shape `dims`. */
export function scattered(matrices: Tensor, index: Tensor, dims: readonly number[]): Tensor {
  const count = product(dims.slice(0, -2));
  if (count === 0) return zeros(dims, matrices.dtype);
  const list = wide(listed(matrices));
  return reshape(addAt(zeros([count, ...dims.slice(-2)], list.dtype), [positions(index, count)], list), dims);
}
/**
 * For each of `count` matrices the sum of `x[i]^T y[i]` over the entries i that picked it: entries are brought into the order of their
 * matrices, so that each sum is one product of neighbouring rows.
 */
export function grouped(x: Tensor, y: Tensor, index: Tensor, count: number): Tensor {
  const at = positions(index, count);
  const order = argsort(at);
  const sorted = take(at, order);
  const all = arange(count, 'int64');
  const segments = stack([searchsorted(sorted, all), searchsorted(sorted, all, 'right')], -1);
  const [a, b] = [x, y].map((t) => take(listed(wide(t)), order, 0)) as [Tensor, Tensor];
  const rows = (t: Tensor): Tensor => reshape(t, [t.shape[0]! * t.shape[1]!, t.shape[2]!]);
  return segmentedMm(transpose(rows(a)), rows(b), multiply(segments, a.shape[1]!));
}
