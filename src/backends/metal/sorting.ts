// The order of rows: runs of what a threadgroup sorts, merged until each row is one. Sorted rows are gathered by their order.
import { shapeOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { launch } from './launch.js';
import { alongRows, rangeOf } from './rows.js';
import { temporary } from './temporary.js';
import { walksOf, walkWords, type Range } from './views.js';

/** Elements of a run that a threadgroup sorts, as in kernels/sort.metal. */
const RUN = 2048;

/** Writes the order of each row, positions in it, to `to`. */
function order(rows: View, n: number, to: Range): boolean {
  const code = rows.type.category === 'bool' ? 'u8' : rows.type.code;
  const count = rows.shape.size / n;
  const passes = Math.max(0, Math.ceil(Math.log2(n / RUN)));
  const other = passes > 0 ? { at: temporary(to.bytes), bytes: to.bytes } : to;
  // so that the last pass writes to `to`
  let [from, into] = passes % 2 === 0 ? [to, other] : [other, to];
  if (!launch(`argsort_runs_${code}`, [rangeOf(rows), from], [count, n])) return false;
  for (let run = RUN; run < n; run *= 2) {
    if (!launch(`argsort_merge_${code}`, [rangeOf(rows), from, into], [count, n, run])) return false;
    [from, into] = [into, from];
  }
  return true;
}
const axes = (call: Call): readonly number[] => [(call.attrs as { axis: number }).axis];

/** attrs { axis }: ascending, stable, NaN last */
const argsort = (call: Call): boolean => alongRows(call, axes(call), order);
/** The same, and the elements in that order. */
const sort = (call: Call): boolean =>
  alongRows(call, axes(call), (rows, n, to) => {
    const size = rows.shape.size;
    const places = { at: temporary(size * 4), bytes: size * 4 };
    if (!order(rows, n, places)) return false;
    const domain = shapeOf([size / n, n]);
    const walks = walksOf(domain, [{ at: rows.at, shape: domain, strides: [n, 0], type: rows.type }])!;
    const words = [...walkWords(size, walks, [0]), 1, size, 0, n - 1];
    return launch(`gather_u${8 * rows.type.size}`, [rangeOf(rows), places, to], words);
  });

export const sorting = { sort, argsort };
