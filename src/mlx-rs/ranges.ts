// What stands between the brackets: `mlx_rs::ops::indexing`.
import { AxisError, slice, type Index, type Slice } from '../slim.js';
import { Array } from './array.js';

/** A range of one axis; Rust's `a..b`, `a..`, `..b`, `..` and their inclusive forms. Negative ends count from the end. */
export class RangeIndex {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly stride = 1,
  ) {}
  /** Every `stride`-th place; `(..).stride_by(-1)` walks backwards. */
  stride_by(stride: number): StrideBy {
    return new StrideBy(this.start, this.stop, stride);
  }
}
/** A range with a stride. */
export class StrideBy extends RangeIndex {}

class NewAxisIndex {
  toString(): string {
    return 'NewAxis';
  }
}
class EllipsisIndex {
  toString(): string {
    return 'Ellipsis';
  }
}
/** A new axis of size 1. */
export const NewAxis: NewAxisIndex = new NewAxisIndex();
/** All axes that the other indices leave. */
export const Ellipsis: EllipsisIndex = new EllipsisIndex();

/** One index: an integer, a range, `NewAxis`, `Ellipsis`, or an array of integers. */
export type ArrayIndexOp = number | RangeIndex | NewAxisIndex | EllipsisIndex | Array;

/** `start..stop` */
export const range = (start: number, stop: number): RangeIndex => new RangeIndex(start, stop);
/** `start..` */
export const range_from = (start: number): RangeIndex => new RangeIndex(start, null);
/** `..stop` */
export const range_to = (stop: number): RangeIndex => new RangeIndex(null, stop);
/** `start..=end`. As in mlx-rs, an end of -1 becomes 0: the range is empty. */
export const range_inclusive = (start: number, end: number): RangeIndex => new RangeIndex(start, end + 1);
/** `..=end`. As in mlx-rs, an end of -1 becomes 0: the range is empty. */
export const range_to_inclusive = (end: number): RangeIndex => new RangeIndex(null, end + 1);
/** `..` */
export const range_full = (): RangeIndex => new RangeIndex(null, null);

function one(i: ArrayIndexOp): Index | Slice {
  if (typeof i === 'number') return i;
  if (i instanceof RangeIndex) return slice(i.start, i.stop, i.stride);
  if (i === NewAxis) return null;
  if (i === Ellipsis) return '...';
  if (i instanceof Array) return i.tensor;
  throw new AxisError(`[index] an index must be an integer, a range, NewAxis, Ellipsis or an Array, got ${String(i)}`);
}
/** The indices as the core takes them. Rust allows at most 16. */
export function toCore(i: ArrayIndexOp | readonly ArrayIndexOp[]): Index[] {
  const list = globalThis.Array.isArray(i) ? (i as readonly ArrayIndexOp[]) : [i as ArrayIndexOp];
  return list.map(one);
}
