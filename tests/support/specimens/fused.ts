// lw.fast.
import { floats, type Draw } from '../draw.js';
import type { Recipe, Smooth } from './recipe.js';

const row = (make: (d: Draw) => readonly unknown[], loose = 1, smooth: Smooth = {}): Recipe => ({
  dtypes: floats,
  make,
  smooth,
  loose,
});
const maybe = (d: Draw, n: number): unknown => (d.flag() ? null : d.tensor([n], 'finite'));

export const fused: Readonly<Record<string, Recipe>> = {
  'fast.rmsNorm': row(
    (d) => {
      const shape = d.shape({ min: 1, full: true, size: 600 });
      return [d.tensor(shape), maybe(d, shape.at(-1)!), ...d.pick([[], [d.given('number', 1e-3)]])];
    },
    1,
    { within: [0.3, 2.3] },
  ), // a row of one small number bends within a step
  'fast.layerNorm': row((d) => {
    const shape = d
      .shape({ min: 1, full: true, size: 600 })
      .map((n, i, all) => (i === all.length - 1 && n < 3 ? 5 : n));
    return [
      d.tensor(shape, 'unit', d.type, true),
      maybe(d, shape.at(-1)!),
      maybe(d, shape.at(-1)!),
      ...d.pick([[], [d.given('number', 1e-2)]]),
    ];
  }),
  // frequencies become float32
  'fast.rope': row(
    (d) => {
      const lead = d.shape({ max: 2, size: 6, full: true });
      const width = d.pick([4, 2, 6, 8, 16, 18]);
      const dims = d.pick([width, 2]);
      const x = d.tensor([...lead, d.int(1, 5), width]);
      const own = d.rarely(3);
      const offset = d.rarely(3) ? d.tensor([], [0, 9], 'int32') : d.int(0, 9);
      return [
        x,
        d.given('count', dims),
        d.given('flag', d.flag()),
        own ? null : 10000,
        d.given('number', d.pick([1, 0.5])),
        offset,
        ...(own ? [d.tensor([dims / 2], 'positive', 'float32')] : []),
      ];
    },
    8,
    { inputs: [0] },
  ), // an angle of some turns is rounded before its sine
  'fast.scaledDotProductAttention': row((d) => {
    const [b, k, group, l, s, w, e] = [
      d.int(1, 2),
      d.int(1, 2),
      d.int(1, 3),
      d.int(1, 9),
      d.int(1, 9),
      d.pick([4, 1, 3, 8, 17]),
      d.pick([4, 2, 5, 16]),
    ];
    const q = d.tensor([b, k * group, l, w]);
    const keys = d.tensor([b, k, Math.max(s, l), w]);
    const v = d.tensor([b, k, Math.max(s, l), e]);
    const mask = d.pick([0, 1, 2, 3]);
    const given =
      mask === 0
        ? []
        : mask === 1
          ? ['causal']
          : mask === 2
            ? [d.tensor([b, k * group, l, Math.max(s, l)], 'any', 'bool')]
            : [d.tensor([l, Math.max(s, l)], 'finite')];
    return [q, keys, v, d.given('number', 0.5), ...given];
  }, 32), // scores of up to 80 are rounded before their exponential
};
