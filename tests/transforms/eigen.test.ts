// Gradients of the spectral decompositions, of norms and of the pseudo-inverse: against differences, closed forms, degenerate matrices.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { Numbers, strided, worstDifference, worstSecond, type Fn } from '../support/differences.js';

/** Differences of fourth order with steps of 1e-3; gaps between values are above 0.1. */
const BOUND = 1e-7;
/** Of complex64 with steps of 0.005: rounding of 1e-7 over the step. */
const COARSE = 2e-4;
const numbers = new Numbers(9);
const { linalg } = lw;
const any = (...shape: number[]): Tensor => numbers.tensor(shape);
const complex = (...shape: number[]): Tensor => numbers.tensor(shape, 'complex64');
const values = (x: Tensor): number[] => [...(x.toTypedArray() as Float64Array)];
const adjoint = (x: Tensor): Tensor => lw.conjugate(lw.matrixTranspose(x));
/** Eigenvalues far from each other, so that their order stays. */
const apart = (a: Tensor): Tensor => lw.add(a, lw.diag(lw.array([0, 3, 7])));
/** Weights that tell vectors apart. */
const weights = (n: number, like: Tensor): Tensor =>
  lw.arange(1, n + 1, 1, like.dtype === 'complex64' ? 'float32' : like.dtype);
/** Columns with a positive first component. */
const signed = (v: Tensor): Tensor => lw.multiply(v, lw.sign(v.at('...', lw.slice(0, 1), lw.slice(null, null))));
/** What does not depend on the phases of vectors: projections, and weighted sums of them. */
const projected = (v: Tensor): Tensor => lw.matmul(lw.multiply(v, weights(v.shape[v.ndim - 1]!, v)), adjoint(v));
/** Of U and V together, whose phases are opposite. */
const joined = (u: Tensor, vh: Tensor): Tensor => {
  const k = Math.min(u.shape[u.ndim - 1]!, vh.shape[vh.ndim - 2]!);
  const left = lw.multiply(u.at('...', lw.slice(0, k)), weights(k, u));
  return lw.matmul(left, vh.at('...', lw.slice(0, k), lw.slice(null, null)));
};
/** Projections on the vectors that complete a basis. */
const completing = (v: Tensor, k: number): Tensor => {
  const rest = v.at('...', lw.slice(k, null));
  return lw.matmul(rest, adjoint(rest));
};

type Row = readonly [what: string, fn: Fn, inputs: readonly Tensor[]];
const rows: readonly Row[] = [
  ['eigvalsh, lower', (a) => linalg.eigvalsh(a!), [any(2, 4, 4)]],
  ['eigvalsh, upper', (a) => linalg.eigvalsh(a!, 'U'), [any(3, 3)]],
  [
    'eigh, lower',
    (a) => {
      const [w, v] = linalg.eigh(a!);
      return [w, signed(v)];
    },
    [any(2, 4, 4)],
  ],
  ['eigh, upper', (a) => signed(linalg.eigh(a!, 'U')[1]), [any(3, 3)]],
  ['svd, values', (a) => linalg.svd(a!, false), [any(2, 4, 3)]],
  [
    'svd, square',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [projected(u), s, joined(u, vh)];
    },
    [any(2, 3, 3)],
  ],
  [
    'svd, tall',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [s, joined(u, vh), completing(u, 3)];
    },
    [any(5, 3)],
  ],
  [
    'svd, wide',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [s, joined(u, vh), completing(adjoint(vh), 2)];
    },
    [any(2, 2, 4)],
  ],
  ['svd, one vector of a pair', (a) => lw.square(linalg.svd(a!)[2]), [any(4, 3)]],
  ['pinv, tall', (a) => linalg.pinv(a!), [any(2, 4, 3)]],
  ['pinv, wide', (a) => linalg.pinv(a!), [any(2, 5)]],
  ['norm, nuclear', (a) => linalg.norm(a!, 'nuc', [-2, -1]), [any(2, 4, 3)]],
  ['norm, spectral', (a) => linalg.norm(a!, 2, [-2, -1], true), [any(2, 3, 4)]],
  ['norm, smallest singular value', (a) => linalg.norm(a!, -2, [0, 1]), [any(3, 3)]],
  ['norm, Frobenius', (a) => linalg.norm(a!, 'fro', [-1, 0]), [any(3, 2, 4)]],
  ['norm, sums of columns', (a) => [linalg.norm(a!, 1, [0, 1]), linalg.norm(a!, -1, [0, 1])], [any(3, 4)]],
  ['norm, sums of rows', (a) => [linalg.norm(a!, Infinity, [0, 1]), linalg.norm(a!, -Infinity, [0, 1])], [any(3, 4)]],
  ['norm, all axes', (a) => linalg.norm(a!), [any(2, 3, 2)]],
  ['norm, of vectors', (a) => [1, 2, 3, 2.5, -1, Infinity, -Infinity].map((p) => linalg.norm(a!, p, -1)), [any(2, 5)]],
];
it.each(rows)('linalg › %s: the gradient equals differences', (_, fn, inputs) => {
  expect(worstDifference(fn, inputs)).toBeLessThan(BOUND);
  expect(worstDifference(fn, inputs.map(strided))).toBeLessThan(BOUND);
});
it.each(rows)('linalg › %s: so does the second one', (_, fn, inputs) => {
  expect(worstSecond(fn, inputs)).toBeLessThan(10 * BOUND);
});

const complexRows: readonly Row[] = [
  [
    'eigh',
    (a) => {
      const [w, v] = linalg.eigh(a!);
      return [w, projected(v)];
    },
    [complex(2, 3, 3)],
  ],
  ['eigvalsh, upper', (a) => linalg.eigvalsh(a!, 'U'), [complex(3, 3)]],
  [
    'svd, square',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [projected(u), s, joined(u, vh)];
    },
    [complex(3, 3)],
  ],
  [
    'svd, tall',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [s, joined(u, vh), completing(u, 2)];
    },
    [complex(4, 2)],
  ],
  [
    'svd, wide',
    (a) => {
      const [u, s, vh] = linalg.svd(a!);
      return [s, joined(u, vh), completing(adjoint(vh), 2)];
    },
    [complex(2, 3)],
  ],
  [
    'eigvals, sums of powers',
    (a) => {
      const w = linalg.eigvals(a!);
      return [lw.sum(lw.square(w), -1), lw.sum(lw.multiply(w, lw.square(w)), -1)];
    },
    [complex(2, 3, 3)],
  ],
  ['eig', (a) => linalg.eig(a!), [apart(complex(2, 3, 3))]],
  ['eig, of real matrices', (a) => linalg.eig(a!), [apart(any(3, 3).astype('float32'))]],
  ['norm, Frobenius', (a) => linalg.norm(a!), [complex(3, 2)]],
  ['norm, nuclear', (a) => linalg.norm(a!, 'nuc', [0, 1]), [complex(3, 2)]],
];
it.each(complexRows)('linalg › %s in complex64: the gradient equals differences', (_, fn, inputs) => {
  expect(worstDifference(fn, inputs, { step: 0.005 })).toBeLessThan(COARSE);
});

describe('degenerate matrices', () => {
  const one = lw.eye(3, 3, 0, 'float64');
  it('eigh and svd › values of equal size have a gradient, their vectors none', () => {
    expect(values(lw.grad((a: Tensor) => lw.sum(linalg.eigh(a)[0]))(one))).toEqual(values(one));
    expect(values(lw.grad((a: Tensor) => lw.sum(linalg.svd(a)[1]))(one)).map((v) => v + 0)).toEqual(values(one));
    const loss = (v: Tensor): Tensor => lw.sum(lw.multiply(v, lw.reshape(lw.arange(9, 'float64'), [3, 3])));
    expect(values(lw.grad((a: Tensor) => loss(linalg.eigh(a)[1]))(one)).every(Number.isFinite)).toBe(false);
    expect(values(lw.grad((a: Tensor) => loss(linalg.svd(a)[0]))(one)).every(Number.isFinite)).toBe(false);
  });
  it('pinv › of equal singular values and of a lower rank', () => {
    // the inverse of the identity: minus the cotangent
    expect(values(lw.grad((a: Tensor) => lw.sum(linalg.pinv(a)))(one))).toEqual(Array<number>(9).fill(-1));
    // diag(2, 0): the derivative along the rank-one matrices keeps P = diag(1/2, 0)
    const found = lw.grad((a: Tensor) => linalg.pinv(a).at(0, 0))(lw.diag(lw.array([2, 0], 'float64')));
    expect(values(found).map((v) => v + 0)).toEqual([-0.25, 0, 0, 0]);
  });
  it('norm › nuclear and spectral of a matrix of rank one; of zeros NaN as for MLX', () => {
    const a = lw.array(
      [
        [3, 0],
        [0, 0],
      ],
      'float64',
    );
    expect(values(lw.grad((x: Tensor) => linalg.norm(x, 2, [0, 1]))(a)).map((v) => v + 0)).toEqual([1, 0, 0, 0]);
    expect(values(lw.grad((x: Tensor) => linalg.norm(x))(lw.zeros([2], 'float64')))).toEqual([NaN, NaN]);
  });
  it('eig › a matrix without a basis of eigenvectors gives an error, or numbers of the size of what rounding left', () => {
    const jordan = lw.array([
      [1, 1],
      [0, 1],
    ]);
    const loss = (a: Tensor): Tensor => lw.real(linalg.eigvals(a).at(0));
    expect(Math.max(...values(lw.grad(loss)(jordan)).map(Math.abs))).toBeGreaterThan(2 ** 50);
    const nilpotent = lw.array([
      [0, 1],
      [0, 0],
    ]);
    expect(() => values(lw.grad(loss)(nilpotent))).toThrow(
      'the matrix must not be singular, got a zero pivot in row 1',
    );
  });
});
