// Gradients of the factorisations and of what follows from them: float64 against differences, closed forms, degenerate matrices.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { Numbers, strided, worstDifference, worstSecond, type Fn } from '../support/differences.js';

/** Differences of fourth order with steps of 1e-3: the fifth derivative of an inverse of norm 5 leaves some 1e-9. */
const BOUND = 1e-8;
const numbers = new Numbers(5);
const { linalg } = lw;
const turned = (x: Tensor): Tensor => lw.matrixTranspose(x);
/** Well conditioned, in general position. */
const regular = (n: number, ...batch: number[]): Tensor =>
  lw.add(numbers.tensor([...batch, n, n]), lw.diag(lw.arange(n, 2 * n, 1, 'float64')));
const definite = (n: number, ...batch: number[]): Tensor => {
  const x = regular(n, ...batch);
  return lw.matmul(x, turned(x));
};
const any = (...shape: number[]): Tensor => numbers.tensor(shape);
const values = (x: Tensor): number[] => [...(x.toTypedArray() as Float64Array)];

type Row = readonly [what: string, fn: Fn, inputs: readonly Tensor[]];
const rows: readonly Row[] = [
  ['inv', (a) => linalg.inv(a!), [regular(4, 2)]],
  ['triInv, lower', (a) => linalg.triInv(a!), [regular(4, 2)]],
  ['triInv, upper', (a) => linalg.triInv(a!, true), [regular(3)]],
  ['cholesky, lower', (a) => linalg.cholesky(a!), [definite(4, 2)]],
  ['cholesky, upper', (a) => linalg.cholesky(a!, true), [definite(3)]],
  ['choleskyInv, lower', (a) => linalg.choleskyInv(a!), [regular(3, 2)]],
  ['choleskyInv, upper', (a) => linalg.choleskyInv(a!, true), [regular(3)]],
  ['solve', (a, b) => linalg.solve(a!, b!), [regular(4, 2), any(2, 4, 3)]],
  ['solve, batches that broadcast', (a, b) => linalg.solve(a!, b!), [regular(3), any(2, 3, 2)]],
  ['solve, one right side', (a, b) => linalg.solve(a!, b!), [regular(3), any(3)]],
  ['solveTriangular, lower', (a, b) => linalg.solveTriangular(a!, b!), [regular(4, 2), any(2, 4, 3)]],
  ['solveTriangular, upper', (a, b) => linalg.solveTriangular(a!, b!, true), [regular(3), any(2, 3, 1)]],
  ['qr, square', (a) => linalg.qr(a!), [regular(3, 2)]],
  ['qr, tall', (a) => linalg.qr(a!), [any(2, 5, 3)]],
  ['qr, wide', (a) => linalg.qr(a!), [any(2, 2, 4)]],
  ['lu, square', (a) => linalg.lu(a!), [any(2, 4, 4)]],
  ['lu, tall', (a) => linalg.lu(a!), [any(5, 3)]],
  ['lu, wide', (a) => linalg.lu(a!), [any(2, 3, 5)]],
  ['luFactor, square', (a) => linalg.luFactor(a!), [any(2, 3, 3)]],
  ['luFactor, tall', (a) => linalg.luFactor(a!), [any(4, 2)]],
  ['luFactor, wide', (a) => linalg.luFactor(a!), [any(2, 4)]],
  ...[1, 2, 3, 5].map((n): Row => [`det, ${n} rows`, (a) => linalg.det(a!), [any(2, n, n)]]),
  ...[1, 2, 4].map((n): Row => [`slogdet, ${n} rows`, (a) => linalg.slogdet(a!), [regular(n, 2)]]),
  ['cross', (a, b) => linalg.cross(a!, b!), [any(4, 3), any(3)]],
  ['cross, two components', (a, b) => linalg.cross(a!, b!, 0), [any(2, 4), any(3, 4)]],
];
it.each(rows)('linalg › %s: the gradient equals differences', (_, fn, inputs) => {
  expect(worstDifference(fn, inputs)).toBeLessThan(BOUND);
  expect(worstDifference(fn, inputs.map(strided))).toBeLessThan(BOUND);
});
it.each(rows.filter((_, i) => i % 2 === 0))('linalg › %s: so does the second one', (_, fn, inputs) => {
  expect(worstSecond(fn, inputs)).toBeLessThan(10 * BOUND);
});

describe('degenerate matrices', () => {
  it('det › the gradient of a singular matrix is made of its minors', () => {
    const grad = lw.grad((a: Tensor) => lw.sum(linalg.det(a)));
    expect(
      values(
        grad(
          lw.array(
            [
              [0.1, 0.2],
              [0.3, 0.6],
            ],
            'float64',
          ),
        ),
      ),
    ).toEqual([0.6, -0.3, -0.2, 0.1]);
    // rank three of four: rows and columns 0 to 2 are diag(2, 3, 5), the last ones zero
    const four = lw.diag(lw.array([2, 3, 5, 0], 'float64'));
    const found = values(grad(four));
    // 5 times the root of the precision stands for the missing pivot
    found.forEach((v, i) => expect(Math.abs(v - (i === 15 ? 30 : 0))).toBeLessThan(15 * 5 * 2 ** -26 * 1.01));
    expect(values(grad(lw.zeros([4, 4], 'float64'))).every((v) => Math.abs(v) < 1e-20)).toBe(true);
  });
  it('slogdet › the gradient of a singular matrix is not finite, that of its sign is zero', () => {
    const zero = lw.array(
      [
        [1, 2],
        [2, 4],
      ],
      'float64',
    );
    expect(values(lw.grad((a: Tensor) => linalg.slogdet(a)[1])(zero)).some(Number.isFinite)).toBe(false);
    expect(values(lw.grad((a: Tensor) => linalg.slogdet(a)[0])(zero)).map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
  it('qr and lu › the gradient of a singular matrix is NaN, and of the others in its batch finite', () => {
    const both = lw.stack([
      lw.array(
        [
          [1, 2],
          [0, 0],
        ],
        'float64',
      ),
      regular(2),
    ]);
    for (const fn of [linalg.qr, (a: Tensor) => linalg.lu(a).slice(1)] as const) {
      const found = values(lw.grad((a: Tensor) => lw.add(lw.sum(fn(a)[0]!), lw.sum(fn(a)[1]!)))(both));
      expect(found.slice(0, 4).some(Number.isNaN)).toBe(true);
      expect(found.slice(4).every(Number.isFinite)).toBe(true);
    }
  });
  it('inv › an empty matrix has an empty gradient', () => {
    for (const fn of [linalg.inv, linalg.cholesky, linalg.det, (a: Tensor) => linalg.slogdet(a)[1]] as const) {
      expect(lw.grad((a: Tensor) => lw.sum(fn(a)))(lw.zeros([2, 0, 0], 'float64')).shape).toEqual([2, 0, 0]);
    }
  });
});
