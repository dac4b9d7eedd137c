import { rowMajor, stridesOf } from '../../tensor/shape.js';
import type { Call, Kernel } from '../backend.js';
import { load, split, store, type Value } from './access.js';
import { compare } from './values.js';

/** Sorts each line over attrs.axis, ascending and stable, NaN last; `put` says what is written of the element that came `from`. */
function sortLines(call: Call, put: (x: Value, from: number) => Value): void {
  const a = call.a!;
  const dims = a.shape.dims;
  const { axis } = call.attrs as { axis: number };
  const from = split(dims, stridesOf(a), [axis]);
  const to = split(dims, rowMajor(dims), [axis]);
  from.outer.forEach((o, line) => {
    const x = Array.from(from.inner, (i) => load(a.type, a.at, o + i));
    const order = x.map((_, i) => i).sort((i, j) => compare(x[i]!, x[j]!));
    order.forEach((i, k) => store(call.type, call.at, to.outer[line]! + to.inner[k]!, put(x[i]!, i)));
  });
}

/** Sorting along attrs.axis. */
export const sorting: Readonly<Record<string, Kernel>> = {
  sort: (call) => sortLines(call, (x) => x),
  argsort: (call) => sortLines(call, (_, from) => BigInt(from)),
};
