// lw.linalg. Factors are unique up to signs and phases only, so products of them and values without them are compared.
import * as lw from '../../../src/index.js';
import type { DType, Tensor } from '../../../src/index.js';
import { dtypes, type Draw, type Ref } from '../draw.js';
import type { Recipe } from './recipe.js';

const kinds: readonly DType[] = ['float32', 'float64'];
/** Rounding is magnified by the condition of the matrix. */
const LOOSE = 64;
const batch = (d: Draw): number[] => d.shape({ max: 2, size: 4, full: true });

/** Square matrices with a heavy diagonal: well conditioned, in general position. */
function square(d: Draw, n = d.int(1, 7), symmetric = false): Ref {
  const ref = d.tensor([...batch(d), n, n], 'unit', d.type, true);
  const { values } = d.inputs[ref.index]!.host as { values: Float64Array };
  if (/int64/.test(d.type)) return ref; // refused by every row that asks for this
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / n) % n, i % n];
    const base = i - row * n - column;
    if (row === column) values[i] = values[i]! + n + row;
    else if (symmetric && column > row) values[base + column * n + row] = values[i]!;
  }
  return ref;
}
const rectangle = (d: Draw): Ref => d.tensor([...batch(d), d.int(1, 6), d.int(1, 6)], 'finite', d.type, true);
const row = (make: (d: Draw) => readonly unknown[], unique?: Recipe['unique'], types = kinds): Recipe => ({
  dtypes: types,
  make,
  smooth: {},
  loose: LOOSE,
  ...(unique === undefined ? {} : { unique }),
});
const single = (...args: Parameters<typeof row>): Recipe => ({ ...row(...args), smooth: { single: true } });
const turned = (x: Tensor): Tensor => lw.swapaxes(x, -1, -2);
const symmetric = (d: Draw): unknown[] => [square(d, d.int(1, 6), true), ...d.pick([[], [d.given('mode', 'U')]])];
const definite = (d: Draw): unknown[] => [square(d, d.int(1, 6), true), ...d.pick([[], [d.given('flag', true)]])];
const triangular = (d: Draw): unknown[] => [square(d), ...d.pick([[], [d.given('flag', true)]])];

const rows: Readonly<Record<string, Recipe>> = {
  'linalg.norm': row(
    (d) => {
      const shape = d.shape({ min: 1, full: true });
      const x = d.tensor(shape);
      const order = d.pick([null, 1, 2, Infinity, 3]);
      if (d.flag()) return [x];
      return [x, order, d.axis(shape.length), ...d.pick([[], [d.given('flag', true)]])];
    },
    undefined,
    ['float32', 'float64', 'float16'],
  ),
  matrixNorm: row((d) => [rectangle(d), d.pick(['fro', 1, Infinity] as const), d.given('axes', [-2, -1], 4)]),
  'linalg.cross': row(
    (d) => {
      const lead = d.shape({ max: 2 });
      return [d.tensor([...lead, 3]), d.tensor([...d.partner(lead), 3])];
    },
    undefined,
    dtypes.filter((t) => t !== 'bool'),
  ),
  'linalg.qr': row(
    (d) => [rectangle(d)],
    ([q, r]) => [lw.matmul(q!, r!), lw.abs(r!)],
  ),
  'linalg.lu': row((d) => [square(d)]),
  'linalg.luFactor': row((d) => [square(d)]),
  'linalg.cholesky': row(definite),
  'linalg.choleskyInv': row((d) => [square(d, d.int(1, 6), true)]),
  'linalg.inv': row((d) => [square(d)]),
  'linalg.triInv': row(triangular),
  'linalg.pinv': row((d) => [square(d)]),
  'linalg.solve': row((d) => {
    const a = square(d);
    const shape = d.inputs[0]!.host.shape;
    return [a, d.tensor([...shape.slice(0, -1), d.int(1, 3)])];
  }),
  'linalg.solveTriangular': row((d) => {
    const a = square(d);
    const shape = d.inputs[0]!.host.shape;
    return [a, d.tensor([...shape.slice(0, -1), d.int(1, 3)]), d.given('flag', d.flag())];
  }),
  'linalg.det': row((d) => [square(d)]),
  'linalg.slogdet': row((d) => [square(d)]),
  'linalg.svd': row(
    (d) => [rectangle(d)],
    ([, s]) => [s!],
  ),
  'linalg.eigh': row(symmetric, ([values, vectors], [a]) => [
    values!,
    lw
      .matmul(lw.multiply(vectors!, lw.expandDims(values!, -2)), turned(vectors!))
      .subtract(a!)
      .abs()
      .less(1e-3),
  ]),
  'linalg.eigvalsh': row(symmetric),
  // a symmetric matrix: its eigenvalues are real and far from each other's conjugates
  'linalg.eig': single(
    (d) => [square(d, d.int(1, 6), true)],
    ([values]) => [lw.sort(lw.real(values!))],
  ),
  'linalg.eigvals': single(
    (d) => [square(d, d.int(1, 6), true)],
    ([values]) => [lw.sort(lw.real(values!))],
  ),
};
/** Rows that take more dtypes than their factors can be compared in. */
const wider = [
  'linalg.norm',
  'matrixNorm',
  'linalg.cross',
  'linalg.det',
  'linalg.slogdet',
  'linalg.svd',
  'linalg.eigh',
];
wider.push('linalg.eigvalsh', 'linalg.eig', 'linalg.eigvals');
export const algebra: Readonly<Record<string, Recipe>> = Object.fromEntries(
  Object.entries(rows).map(([name, r]) => [name, wider.includes(name) ? { ...r, also: dtypes } : r]),
);
