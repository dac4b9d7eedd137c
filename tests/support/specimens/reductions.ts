// Many elements to one along axes, running totals, and order.
import type { DType } from '../../../src/index.js';
import { dtypes, reals, type Draw, type Fill } from '../draw.js';
import type { Recipe, Smooth } from './recipe.js';

/** `(x)`, `(x, keepDims)`, `(x, axes)`, `(x, axes, keepDims)`. */
const reduced = (d: Draw, full: boolean, fill: Fill, rest: (d: Draw) => unknown[] = () => []): unknown[] => {
  const shape = d.shape({ size: 900, full });
  const x = d.tensor(shape, fill);
  switch (d.int(0, 3)) {
    case 0:
      return [x];
    case 1:
      return [x, d.given('flag', d.flag())];
    case 2:
      return [x, d.axes(shape.length)];
    default:
      return [x, d.axes(shape.length), d.given('flag', d.flag()), ...rest(d)];
  }
};
const reduction = (types: readonly DType[], full: boolean, fill: Fill, smooth: Smooth | null = {}): Recipe => ({
  dtypes: types,
  make: (d) => reduced(d, full, fill),
  smooth,
});
const moment: Recipe = {
  dtypes,
  make: (d) => reduced(d, true, 'finite', () => [d.given('count', d.pick([0, 1]))]),
  smooth: {},
};
const cumulative = (fill: Fill, types: readonly DType[] = dtypes, smooth: Smooth = {}): Recipe => ({
  dtypes: types,
  make: (d) => {
    const shape = d.shape({ size: 900 });
    const x = d.tensor(shape, fill);
    if (shape.length === 0 || d.rarely(3)) return [x];
    return [
      x,
      d.axis(shape.length),
      ...d.pick([[], [d.given('flag', true)], [d.given('flag', d.flag()), d.given('flag', false)]]),
    ];
  },
  smooth,
});
const argument: Recipe = {
  dtypes: reals,
  make: (d) => {
    const shape = d.shape({ full: true, size: 900 });
    const x = d.tensor(shape, 'any');
    if (shape.length === 0 || d.flag()) return [x];
    return [x, d.axis(shape.length), d.given('flag', d.flag())];
  },
  smooth: null,
};
const along = (d: Draw, shape: readonly number[]): unknown[] =>
  shape.length === 0 || d.rarely(3)
    ? []
    : [d.pick([d.axis(shape.length), d.axis(shape.length), d.given('axes', null, shape.length)])];
const ordered = (smooth: Smooth | null): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ size: 900 });
    return [d.tensor(shape, 'any'), ...along(d, shape)];
  },
  smooth,
});
/** The size of the axis that the arguments name: the last by default, all with null. */
function lengthOf(shape: readonly number[], axis: unknown): number {
  if (axis === null) return shape.reduce((p, n) => p * n, 1);
  return shape.at(typeof axis === 'number' ? axis : -1) ?? 1;
}
const placed = (smooth: Smooth | null): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ full: true, size: 400 });
    const x = d.tensor(shape, 'any');
    const axis = along(d, shape);
    const given = axis[0] as { value: unknown } | undefined;
    const n = lengthOf(shape, given === undefined ? -1 : given.value);
    return [x, d.given('index', d.int(0, n - 1), n), ...axis];
  },
  smooth,
});

export const reductions: Readonly<Record<string, Recipe>> = {
  sum: reduction(dtypes, false, 'finite'),
  prod: { ...reduction(dtypes, false, 'positive', { within: [0.6, 0.8] }), make: (d) => reduced(d, false, [1, 3]) },
  max: reduction(dtypes, true, 'any', { distinct: true }),
  min: reduction(dtypes, true, 'any', { distinct: true }),
  all: reduction(dtypes, false, 'any', null),
  any: reduction(dtypes, false, [0, 2], null),
  logsumexp: reduction(reals, true, 'finite'),
  mean: reduction(dtypes, true, 'finite'),
  variance: moment,
  std: { ...moment, smooth: { nonzero: true } },
  median: reduction(dtypes, true, 'finite', { distinct: true }),
  argmax: argument,
  argmin: argument,
  cumsum: cumulative('finite'),
  cumprod: cumulative([1, 3], dtypes, { within: [0.6, 0.8] }),
  cummax: cumulative('any', dtypes, { distinct: true }),
  cummin: cumulative('any', dtypes, { distinct: true }),
  logcumsumexp: cumulative('finite', reals),
  softmax: {
    dtypes: reals,
    make: (d) => {
      const shape = d.shape({ size: 900 });
      const x = d.tensor(shape, 'finite');
      return d.flag() ? [x, d.axes(shape.length)] : [x];
    },
    smooth: {},
  },
  sort: ordered({ distinct: true }),
  argsort: ordered(null),
  partition: placed({ distinct: true }),
  argpartition: placed(null),
  topk: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ full: true, size: 400 });
      const x = d.tensor(shape, 'any');
      const axis = along(d, shape);
      const given = axis[0] as { value: unknown } | undefined;
      const n = lengthOf(shape, given === undefined ? -1 : given.value);
      return [x, d.given('count', d.int(0, n)), ...axis];
    },
    smooth: { distinct: true },
  },
};
