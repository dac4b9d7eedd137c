import type { Call, Kernel } from '../backend.js';
import { readAll, store } from './access.js';
import { compare, isNaN } from './values.js';

/** How many elements of the sorted vector `a` lie before each of `b`; with attrs.right how many do not lie after it. */
function searchsorted(call: Call): void {
  const sorted = readAll(call.a!);
  const { right } = call.attrs as { right: boolean };
  readAll(call.b!).forEach((x, i) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compare(sorted[middle]!, x);
      if (order < 0 || (right && order === 0)) low = middle + 1;
      else high = middle;
    }
    store(call.type, call.at, i, BigInt(low));
  });
}

/** The number of distinct elements, then attrs.size first places and counts, then the rank of every element. */
function unique(call: Call): void {
  const x = readAll(call.a!);
  const { size } = call.attrs as { size: number };
  const order = x.map((_, i) => i).sort((i, j) => compare(x[i]!, x[j]!));
  const first: number[] = [];
  const counts: number[] = [];
  const ranks = new Array<number>(x.length);
  order.forEach((p, i) => {
    const q = order[i - 1];
    if (q === undefined || isNaN(x[p]!) || compare(x[p]!, x[q]!) !== 0) {
      first.push(p);
      counts.push(0);
    }
    counts[counts.length - 1]!++;
    ranks[p] = first.length - 1;
  });
  const slots = Array.from({ length: size }, (_, i) => i);
  const all = [
    first.length,
    ...slots.map((i) => first[i] ?? order[0] ?? 0),
    ...slots.map((i) => counts[i] ?? 0),
    ...ranks.map((r) => Math.min(r, Math.max(size - 1, 0))),
  ];
  all.forEach((v, i) => store(call.type, call.at, i, BigInt(v)));
}

export const numeric: Readonly<Record<string, Kernel>> = { searchsorted, unique };
