// Reading and writing parts.
import { slice } from '../../../src/index.js';
import { dtypes, type Draw, type Given } from '../draw.js';
import type { Recipe } from './recipe.js';

function range(d: Draw, n: number): unknown {
  const end = (): number | null => (d.flag() ? null : d.int(0, 2 * n + 2) - n - 1);
  return slice(end(), end(), d.pick([1, 1, -1, 2, -2, 3]));
}
interface Picked {
  readonly list: unknown[];
  /** shape of what is selected */
  readonly shape: number[];
}
/** Basic indices, and index arrays where every axis before them has a slice or an array. */
function indices(d: Draw, shape: readonly number[], advanced: boolean): Picked {
  const list: unknown[] = [];
  const out: number[] = [];
  const n = d.int(0, shape.length);
  const lengths = d.int(1, 4);
  const useArrays = advanced && d.flag();
  let placed = false;
  for (let k = 0; k < n; k++) {
    const size = shape[k]!;
    if (useArrays && size > 0 && (k === 0 || placed) && (!placed || d.flag())) {
      list.push(d.indices([lengths], size));
      if (!placed) out.push(lengths);
      placed = true;
      continue;
    }
    if (!useArrays && size > 0 && d.rarely(3)) {
      list.push(d.given('index', d.int(0, 2 * size - 1) - size, size));
      continue;
    }
    if (!useArrays && d.rarely(5)) {
      list.push(null);
      out.push(1);
    }
    const s = range(d, size) as { start: number | null; stop: number | null; step: number };
    list.push(s);
    out.push([...Array(size).keys()].filter((_, i, all) => sliced(all, s).includes(i)).length);
    if (useArrays && !placed) break;
  }
  for (let k = 0, used = list.filter((x) => x !== null).length; k + used < shape.length; k++)
    out.push(shape[used + k]!);
  return { list, shape: out };
}
/** Positions that a slice takes, by walking them. */
function sliced(
  all: readonly number[],
  { start, stop, step }: { start: number | null; stop: number | null; step: number },
): number[] {
  const n = all.length;
  const norm = (v: number, lo: number, hi: number): number => Math.min(Math.max(v < 0 ? v + n : v, lo), hi);
  const from = start === null ? (step > 0 ? 0 : n - 1) : step > 0 ? norm(start, 0, n) : norm(start, -1, n - 1);
  const to = stop === null ? (step > 0 ? n : -1) : step > 0 ? norm(stop, 0, n) : norm(stop, -1, n - 1);
  const out: number[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) out.push(i);
  return out;
}
const update = (basic: boolean): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ min: 1 });
    // small whole numbers: sums and products of them are exact whatever their order
    const x = d.tensor(shape, [1, 4]);
    const { list, shape: region } = indices(d, shape, !basic);
    return [
      x,
      list,
      d.type === 'bool' ? d.tensor(region, [0, 2]) : d.rarely(3) ? 2 : d.tensor(d.rarely(3) ? [] : region, [1, 3]),
    ];
  },
  smooth: {},
});
const along = (values: boolean): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ min: 1, full: true });
    const x = d.tensor(shape, 'any');
    const flat = d.rarely(4);
    const size = shape.reduce((p, n) => p * n, 1);
    const a = d.int(0, shape.length - 1);
    if (flat) {
      const n = Math.min(size, d.int(1, 5));
      if (!values) return [x, d.tensor([n], [0, size], 'int32')];
      // where indices repeat the last value stays, so they must not
      return [x, d.given('index', [...Array(n).keys()], size), d.tensor([n], 'any')];
    }
    const count = values ? d.int(1, shape[a]!) : d.int(1, 5);
    const own = shape.map((n, k) => (k === a ? count : n));
    const axis: Given = d.given('axis', d.flag() ? a - shape.length : a, shape.length);
    if (!values) return [x, d.tensor(own, [-shape[a]!, shape[a]!], 'int32'), axis];
    const i = d.tensor(own, [0, 1], 'int32');
    const host = d.inputs[d.inputs.length - 1]!.host;
    const inner = own.slice(a + 1).reduce((p, n) => p * n, 1);
    for (let k = 0; k < host.values.length; k++) (host.values as Int32Array)[k] = Math.floor(k / inner) % count;
    (d.inputs as { layout: number; held: readonly number[] }[])[1] = { ...d.inputs[1]!, held: [] };
    return [x, i, d.tensor(own, 'any'), axis];
  },
  smooth: {},
});

export const indexing: Readonly<Record<string, Recipe>> = {
  at: {
    dtypes,
    make: (d) => {
      const shape = d.shape();
      const x = d.tensor(shape, 'any');
      if (d.rarely(5) && shape.length > 0) return [x, d.tensor(shape.slice(0, d.int(1, shape.length)), 'any', 'bool')];
      return [x, ...indices(d, shape, true).list];
    },
    smooth: {},
  },
  set: {
    ...update(true),
    make: (d) => {
      if (!d.rarely(5)) return update(true).make(d);
      const shape = d.shape({ min: 1, full: true });
      const x = d.tensor(shape, 'any');
      const lead = d.int(1, shape.length);
      const mask = d.tensor(shape.slice(0, lead), 'any', 'bool');
      // a value for each element of the mask, so that there are enough
      const count = shape.slice(0, lead).reduce((p, n) => p * n, 1);
      return [x, mask, d.tensor([count, ...shape.slice(lead)], 'any')];
    },
  },
  addAt: update(false),
  subtractAt: { ...update(false), dtypes: dtypes.filter((t) => t !== 'bool') },
  multiplyAt: update(false),
  divideAt: update(true),
  maximumAt: { ...update(false), smooth: { distinct: true } },
  minimumAt: { ...update(false), smooth: { distinct: true } },
  take: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1, full: true });
      const x = d.tensor(shape, 'any');
      const a = d.int(0, shape.length - 1);
      const flat = d.rarely(4);
      const n = flat ? shape.reduce((p, k) => p * k, 1) : shape[a]!;
      const wide =
        n > 127
          ? d.tensor(d.shape({ max: 2, size: 12 }), [-n, n], 'int32')
          : d.indices(d.shape({ max: 2, size: 12 }), n);
      return flat ? [x, wide] : [x, wide, d.given('axis', a, shape.length)];
    },
    smooth: { inputs: [0] },
  },
  takeAlongAxis: along(false),
  putAlongAxis: along(true),
  sliceUpdate: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1 });
      const own = shape.map((n) => d.int(0, n));
      const start = shape.map((n, k) => d.int(0, n - own[k]!));
      return [d.tensor(shape, 'any'), d.tensor(own, 'any'), d.given('index', start)];
    },
    smooth: {},
  },
};
