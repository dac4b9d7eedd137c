import { expect, test } from 'vitest';
import { refuse } from '../../src/backends/spectral.js';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const { linalg } = lw;
const line = lw.ones([3]);
const oblong = lw.ones([2, 3]);
const whole = lw.ones([2, 2], 'int32');
const bad = lw.array([
  [
    [1, 0],
    [0, 1],
  ],
  [
    [1, 0],
    [NaN, 1],
  ],
]);
const infinite = lw.array(
  [
    [Infinity, 0],
    [0, 1],
  ],
  'float64',
);
const wrong = (value: unknown): never => value as never;
const AXES = 'a must have at least two axes, got (3)';
const THREE = 'a must have dtype float32, float64 or complex64, got int32';
const SQUARE = 'the last two axes must have the same size, got (2,3)';
const FINITE = 'every element must be finite, got NaN or infinity in matrix';
const { multivariateNormal } = lw.random;

const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  [lw.ShapeError, () => linalg.svd(line), `[linalg.svd] ${AXES}`],
  [lw.ShapeError, () => linalg.svd(3), '[linalg.svd] a must have at least two axes, got ()'],
  [lw.ShapeError, () => linalg.eigh(line), `[linalg.eigh] ${AXES}`],
  [lw.ShapeError, () => linalg.eigvalsh(line), `[linalg.eigvalsh] ${AXES}`],
  [lw.ShapeError, () => linalg.eig(line), `[linalg.eig] ${AXES}`],
  [lw.ShapeError, () => linalg.eigvals(line), `[linalg.eigvals] ${AXES}`],
  [lw.ShapeError, () => linalg.pinv(line), `[linalg.pinv] ${AXES}`],
  [lw.ShapeError, () => linalg.eigh(oblong), `[linalg.eigh] ${SQUARE}`],
  [lw.ShapeError, () => linalg.eigvalsh(oblong), `[linalg.eigvalsh] ${SQUARE}`],
  [lw.ShapeError, () => linalg.eig(oblong), `[linalg.eig] ${SQUARE}`],
  [lw.ShapeError, () => linalg.eigvals(oblong), `[linalg.eigvals] ${SQUARE}`],
  [lw.DTypeError, () => linalg.svd(whole), `[linalg.svd] ${THREE}`],
  [lw.DTypeError, () => linalg.eigh(whole), `[linalg.eigh] ${THREE}`],
  [lw.DTypeError, () => linalg.eigvalsh(whole), `[linalg.eigvalsh] ${THREE}`],
  [lw.DTypeError, () => linalg.eig(whole), `[linalg.eig] ${THREE}`],
  [lw.DTypeError, () => linalg.eigvals(whole), `[linalg.eigvals] ${THREE}`],
  [
    lw.DTypeError,
    () => linalg.pinv(lw.ones([2, 2], 'complex64')),
    '[linalg.pinv] a must have dtype float32 or float64, got complex64',
  ],
  [
    lw.DTypeError,
    () => linalg.svd(wrong([[1]])),
    '[linalg.svd] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got an array (make it a tensor with array(...))',
  ],
  [lw.LanewiseError, () => linalg.eigh(lw.eye(2), wrong('l')), "[linalg.eigh] UPLO must be 'L' or 'U', got l"],
  [lw.LanewiseError, () => linalg.eigvalsh(lw.eye(2), wrong(1)), "[linalg.eigvalsh] UPLO must be 'L' or 'U', got 1"],
  [
    lw.ShapeError,
    () => linalg.svd(lw.broadcastTo(lw.ones([1, 1]), [60000, 2])),
    '[linalg.svd] a tensor holds at most 2147483647 elements, got (3600000006)',
  ],
  // found when the result is computed
  [lw.LanewiseError, () => lw.eval(linalg.svd(bad)), `[linalg.svd] ${FINITE} 1`],
  [lw.LanewiseError, () => linalg.svd(infinite, false).eval(), `[linalg.svd] ${FINITE} 0`],
  [lw.LanewiseError, () => lw.eval(linalg.eigh(bad)), `[linalg.eigh] ${FINITE} 1`],
  [lw.LanewiseError, () => linalg.eigvalsh(infinite).eval(), `[linalg.eigvalsh] ${FINITE} 0`],
  [lw.LanewiseError, () => lw.eval(linalg.eig(bad)), `[linalg.eig] ${FINITE} 1`],
  [lw.LanewiseError, () => linalg.eigvals(infinite).eval(), `[linalg.eigvals] ${FINITE} 0`],
  [lw.LanewiseError, () => linalg.pinv(bad).eval(), `[linalg.pinv] ${FINITE} 1`],
  // no matrix is known that brings it about
  [
    lw.LanewiseError,
    () => refuse('linalg.eig', 'endless', 0),
    '[linalg.eig] the iteration must converge, got no convergence for matrix 0',
  ],
  // random
  [
    lw.DTypeError,
    () => multivariateNormal(line, lw.eye(3), [], 'float16'),
    '[random.multivariateNormal] the dtype must be float32, got float16',
  ],
  [
    lw.ShapeError,
    () => multivariateNormal(1, lw.eye(1)),
    '[random.multivariateNormal] the mean must have at least one axis, got ()',
  ],
  [
    lw.ShapeError,
    () => multivariateNormal(line, line),
    '[random.multivariateNormal] the covariance must have at least two axes, got (3)',
  ],
  [
    lw.ShapeError,
    () => multivariateNormal(line, lw.eye(2)),
    '[random.multivariateNormal] mean (...,N) and covariance (...,N,N) must agree, got (3) and (2,2)',
  ],
  [
    lw.ShapeError,
    () => multivariateNormal(lw.ones([4, 3]), lw.eye(3), [2]),
    '[random.multivariateNormal] shapes must broadcast, got (4) and (2)',
  ],
];

test.each(rows)('error %# › %s', (kind, call, text) => {
  const e = thrown(call);
  expect(e.message).toBe(text);
  expect(e.constructor).toBe(kind);
});
