// Products of vectors and matrices.
import { dtypes, inexact, type Draw } from '../draw.js';
import type { Recipe } from './recipe.js';

/** Two shapes for a matrix product, vectors and broadcast batches among them. */
function pair(d: Draw): readonly [number[], number[]] {
  const [m, k, n] = [
    d.pick([2, 1, 3, 5, 8, 17, 33, 0]),
    d.pick([3, 1, 2, 4, 7, 16, 65, 0]),
    d.pick([2, 1, 4, 5, 9, 31, 0]),
  ];
  const batch = d.rarely(2) ? d.shape({ max: 2, size: 6 }) : [];
  const kind = d.int(0, 5);
  if (kind === 4) return [[k], [...batch, k, n]];
  if (kind === 5) return [[...batch, m, k], [k]];
  if (kind === 3)
    return [
      [...d.partner(batch), m, k],
      [...batch, k, n],
    ];
  return [
    [...batch, m, k],
    [...d.partner(batch), k, n],
  ];
}
const two = (make: (d: Draw) => readonly unknown[], types = inexact): Recipe => ({ dtypes: types, make, smooth: {} });

export const products: Readonly<Record<string, Recipe>> = {
  matmul: two((d) => {
    const [a, b] = pair(d);
    return [d.tensor(a), d.tensor(b, 'finite', d.rarely(6) ? d.pick(inexact) : d.type)];
  }),
  addmm: two((d) => {
    const [m, k, n] = [d.int(1, 6), d.int(1, 9), d.int(1, 6)];
    const c = d.tensor(d.partner([m, n]));
    return [c, d.tensor([m, k]), d.tensor([k, n]), ...d.pick([[], [d.given('number', 2), d.given('number', 0.5)]])];
  }),
  inner: two((d) => {
    if (d.rarely(5)) return [d.tensor([]), d.tensor(d.shape())];
    const k = d.int(1, 9);
    return [d.tensor([...d.shape({ max: 2, size: 20 }), k]), d.tensor([...d.shape({ max: 2, size: 20 }), k])];
  }),
  outer: two((d) => [d.tensor(d.shape({ size: 30 })), d.tensor(d.shape({ size: 30 }))], dtypes),
  kron: two((d) => [d.tensor(d.shape({ size: 20, max: 3 })), d.tensor(d.shape({ size: 20, max: 3 }))], dtypes),
  tensordot: two((d) => {
    const shared = d.shape({ max: 2, size: 20 });
    const left = d.shape({ max: 2, size: 12 });
    const right = d.shape({ max: 2, size: 12 });
    if (d.flag())
      return [d.tensor([...left, ...shared]), d.tensor([...shared, ...right]), d.given('count', shared.length)];
    const a = [...shared, ...left];
    const b = [...right, ...shared];
    const first = shared.map((_, i) => i);
    return [
      d.tensor(a),
      d.tensor(b),
      [
        d.given('axes', first, a.length),
        d.given(
          'axes',
          first.map((i) => i - shared.length),
          b.length,
        ),
      ],
    ];
  }),
  vecdot: two((d) => {
    const shape = d.shape({ min: 1 });
    return [d.tensor(shape), d.tensor(shape), ...d.pick([[], [d.axis(shape.length)]])];
  }, dtypes),
};
