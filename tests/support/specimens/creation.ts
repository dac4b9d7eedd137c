// Tensors from nothing and from values.
import { dtypes, floats, numbers, type Draw } from '../draw.js';
import { none, type Recipe, type Smooth } from './recipe.js';

const made = (make: (d: Draw) => readonly unknown[], types = none, smooth: Smooth | null = null): Recipe => ({
  dtypes: types,
  make,
  smooth,
});
const typed = (d: Draw): unknown[] => (d.flag() ? [] : [d.given('dtype', d.pick(dtypes))]);

export const creation: Readonly<Record<string, Recipe>> = {
  array: made(
    (d) => {
      const [n, m] = [d.int(0, 3), d.int(0, 3)];
      const value = (): unknown => d.pick([d.int(0, 9), d.flag(), 2.5, BigInt(d.int(0, 9))]);
      const data = d.pick([
        value,
        () => Array.from({ length: n }, value),
        () => Array.from({ length: n }, () => Array.from({ length: m }, value)),
        () => d.tensor([n], 'finite', d.pick(dtypes)),
      ])();
      return [data, ...typed(d)];
    },
    none,
    {},
  ),
  full: made(
    (d) => [d.given('shape', d.shape()), d.flag() ? d.int(0, 9) : d.tensor([], 'finite', d.pick(dtypes)), ...typed(d)],
    none,
    {},
  ),
  zeros: made((d) => [d.given('shape', d.shape()), ...typed(d)]),
  ones: made((d) => [d.given('shape', d.shape()), ...typed(d)]),
  arange: made((d) => {
    const dtype = d.flag() ? [] : [d.given('dtype', d.pick(numbers))];
    const numbersOf = d.pick([
      [d.int(0, 300)],
      [d.int(0, 5), d.int(0, 99)],
      [d.int(0, 50), d.int(0, 50), d.pick([1, 2, -1, -3])],
      [0, 3, 0.25],
    ]);
    return [...numbersOf.map((v) => d.given('number', v)), ...dtype];
  }),
  linspace: made((d) => [
    d.given('number', d.int(0, 9) - 4),
    d.given('number', d.int(0, 9)),
    ...d.pick([[], [d.given('count', d.int(0, 70)), d.given('dtype', d.pick(floats))]]),
  ]),
  eye: made((d) => [
    d.given('count', d.int(0, 9)),
    ...d.pick([
      [],
      [d.given('count', d.int(0, 9)), d.given('index', d.int(0, 8) - 4), d.given('dtype', d.pick(dtypes))],
    ]),
  ]),
  identity: made((d) => [d.given('count', d.int(0, 9)), ...typed(d)]),
  tri: made((d) => [
    d.given('count', d.int(0, 9)),
    ...d.pick([
      [],
      [d.given('count', d.int(0, 9)), d.given('index', d.int(0, 8) - 4), d.given('dtype', d.pick(dtypes))],
    ]),
  ]),
  meshgrid: made(
    (d) => {
      const list = Array.from({ length: d.int(0, 3) }, () => d.tensor([d.int(0, 5)], 'any'));
      return [list, ...d.pick([[], [d.given('flag', true)], [d.given('flag', d.flag()), d.given('mode', 'ij')]])];
    },
    dtypes,
    {},
  ),
};
