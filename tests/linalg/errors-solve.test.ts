import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { devices, thrown } from '../tensor/support.js';

const { linalg } = lw;
const ones = (...shape: number[]): lw.Tensor => lw.ones(shape);
const ints = lw.ones([2, 2], 'int32');
const half = lw.ones([2, 2], 'float16');
const pairs = lw.array([{ re: 1, im: 2 }]).reshape([1, 1]);
const wrong = (value: unknown): never => value as never;

type Row = readonly [new (...args: never[]) => Error, () => unknown, string];
/** Every message that a call raises, once for each op. */
const rows: Row[] = [
  ...(['qr', 'lu', 'luFactor', 'cholesky', 'choleskyInv', 'inv', 'triInv'] as const).flatMap((name): Row[] => [
    [lw.ShapeError, () => linalg[name](ones(3)), `[linalg.${name}] the operand must have at least two axes, got (3)`],
    [
      lw.DTypeError,
      () => linalg[name](ints),
      `[linalg.${name}] the operand must have dtype float32 or float64, got int32`,
    ],
    [
      lw.DTypeError,
      () => linalg[name](half),
      `[linalg.${name}] the operand must have dtype float32 or float64, got float16`,
    ],
    [
      lw.DTypeError,
      () => linalg[name](wrong('a')),
      `[linalg.${name}] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got string`,
    ],
  ]),
  ...(['cholesky', 'choleskyInv', 'inv', 'triInv', 'det', 'slogdet'] as const).map((name): Row => [
    lw.ShapeError,
    () => linalg[name](ones(4, 2, 3)),
    `[linalg.${name}] the last two axes must have one size, got (4,2,3)`,
  ]),
  ...(['det', 'slogdet'] as const).flatMap((name): Row[] => [
    [lw.ShapeError, () => linalg[name](3), `[linalg.${name}] the operand must have at least two axes, got ()`],
    [lw.DTypeError, () => linalg[name](pairs), `[linalg.${name}] the operand must have a real dtype, got complex64`],
  ]),
  ...(['solve', 'solveTriangular'] as const).flatMap((name): Row[] => [
    [
      lw.ShapeError,
      () => linalg[name](ones(2), ones(2)),
      `[linalg.${name}] the operand must have at least two axes, got (2)`,
    ],
    [
      lw.ShapeError,
      () => linalg[name](ones(2, 3), ones(2)),
      `[linalg.${name}] the last two axes must have one size, got (2,3)`,
    ],
    [lw.ShapeError, () => linalg[name](ones(2, 2), 1), `[linalg.${name}] b must have at least one axis, got ()`],
    [
      lw.ShapeError,
      () => linalg[name](ones(2, 2), ones(3, 2)),
      `[linalg.${name}] b must have as many rows as a, got (2,2) and (3,2)`,
    ],
    [
      lw.ShapeError,
      () => linalg[name](ones(2, 2), ones(3)),
      `[linalg.${name}] b must have as many rows as a, got (2,2) and (3)`,
    ],
    [
      lw.ShapeError,
      () => linalg[name](ones(3, 2, 2), ones(4, 2, 1)),
      `[linalg.${name}] shapes must broadcast, got (3) and (4)`,
    ],
    [
      lw.DTypeError,
      () => linalg[name](ints, half),
      `[linalg.${name}] the operands must promote to float32 or float64, got int32 and float16`,
    ],
    [
      lw.DTypeError,
      () => linalg[name](pairs, ones(1)),
      `[linalg.${name}] the operands must promote to float32 or float64, got complex64 and float32`,
    ],
  ]),
  [
    lw.LanewiseError,
    () => linalg.norm(ones(2), wrong('max')),
    "[linalg.norm] ord must be a number, 'fro', 'nuc' or null, got 'max'",
  ],
  [
    lw.LanewiseError,
    () => linalg.norm(ones(2), wrong(true)),
    "[linalg.norm] ord must be a number, 'fro', 'nuc' or null, got true",
  ],
  [
    lw.LanewiseError,
    () => linalg.norm(ones(2, 2), 3),
    "[linalg.norm] ord of a matrix must be 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity, got 3",
  ],
  [lw.AxisError, () => linalg.norm(ones(2), 'fro'), "[linalg.norm] ord 'fro' needs two axes, got 1"],
  [lw.AxisError, () => linalg.norm(ones(2, 2), 'nuc', 0), "[linalg.norm] ord 'nuc' needs two axes, got 1"],
  [lw.AxisError, () => linalg.norm(1, 2), '[linalg.norm] ord 2 needs an axis, got 0'],
  [lw.AxisError, () => linalg.norm(ones(2, 2, 2), 1), '[linalg.norm] a norm is over one axis or two, got 3'],
  [
    lw.AxisError,
    () => linalg.norm(ones(2, 2, 2), null, [0, 1, 2]),
    '[linalg.norm] a norm is over one axis or two, got 3',
  ],
  [lw.AxisError, () => linalg.norm(ones(2, 2), 1, 2), '[linalg.norm] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => linalg.norm(ones(2, 2), 1, [0, -2]), '[linalg.norm] axes must not repeat, got (0,-2)'],
  [
    lw.AxisError,
    () => linalg.norm(ones(2, 2), 1, wrong('0')),
    '[linalg.norm] axes must be an integer, an array of integers or null, got 0',
  ],
  [lw.ShapeError, () => linalg.norm(ones(0), -Infinity), '[linalg.norm] an empty axis has no such element, got (0)'],
  [lw.ShapeError, () => linalg.norm(ones(2, 0), 1), '[linalg.norm] an empty axis has no such element, got (2,0)'],
  [lw.ShapeError, () => linalg.norm(ones(0, 2), -2), '[linalg.norm] an empty axis has no such element, got (0,2)'],
  [
    lw.AxisError,
    () => linalg.cross(ones(3), ones(3), 1),
    '[linalg.cross] the axis must be an integer in [-1, 1), got 1',
  ],
  [
    lw.ShapeError,
    () => linalg.cross(ones(4), ones(3)),
    '[linalg.cross] the axis must have size 2 or 3, got (4) and (3)',
  ],
  [lw.ShapeError, () => linalg.cross(ones(2, 3), ones(4, 3)), '[linalg.cross] shapes must broadcast, got (2) and (4)'],
  [
    lw.DTypeError,
    () => linalg.cross(lw.ones([2], 'bool'), lw.ones([3], 'bool')),
    '[linalg.cross] bool vectors must have one size, got (2) and (3)',
  ],
  [lw.ShapeError, () => lw.matrixTranspose(ones(3)), '[matrixTranspose] at least two axes are needed, got (3)'],
];
test.each(rows.map((row, i) => [i, row[2], row] as const))('linalg errors › %i %s', (_, text, [kind, call]) => {
  const e = thrown(call);
  expect([e.constructor.name, e.message]).toEqual([kind.name, text]);
});

const f = (values: number[], n: number, dtype: lw.DType = 'float32'): lw.Tensor =>
  lw.array(values, dtype).reshape([-1, n, n]);
const singular = f([1, 2, 2, 4], 2).at(0);
const hole = f([1, 0, 3, 0], 2).at(0);
const second = f([1, 2, 3, 4, 1, 2, 2, 4], 2, 'float64');
const b = lw.array([1, 2], 'float32');
/** What only the values show: raised when the result is computed. */
const late: readonly (readonly [lw.Tensor | (() => lw.Tensor), string])[] = [
  [() => linalg.inv(singular), '[linalg.inv] the matrix must not be singular, got a zero pivot in row 1'],
  [() => linalg.inv(second), '[linalg.inv] the matrix must not be singular, got a zero pivot in row 1 of matrix 1'],
  [() => linalg.solve(singular, b), '[linalg.solve] the matrix must not be singular, got a zero pivot in row 1'],
  [() => linalg.triInv(hole), '[linalg.triInv] the matrix must not be singular, got a zero pivot in row 1'],
  [() => linalg.triInv(hole, true), '[linalg.triInv] the matrix must not be singular, got a zero pivot in row 1'],
  [() => linalg.choleskyInv(hole), '[linalg.choleskyInv] the matrix must not be singular, got a zero pivot in row 1'],
  [
    () => linalg.solveTriangular(hole, b),
    '[linalg.solveTriangular] the matrix must not be singular, got a zero pivot in row 1',
  ],
  [
    () => linalg.cholesky(f([1, 2, 2, 1], 2).at(0)),
    '[linalg.cholesky] the matrix must be positive definite, got a pivot of -3 in row 1',
  ],
  [
    () => linalg.cholesky(f([1, 2, 2, 1], 2).at(0), true),
    '[linalg.cholesky] the matrix must be positive definite, got a pivot of -3 in row 1',
  ],
  [
    () => linalg.cholesky(f([4, 2, 2, 5, 0, 2, 2, 5], 2, 'float64')),
    '[linalg.cholesky] the matrix must be positive definite, got a pivot of 0 in row 0 of matrix 1',
  ],
  [
    () => linalg.cholesky(f([NaN, 2, 2, 5], 2).at(0)),
    '[linalg.cholesky] the matrix must be positive definite, got a pivot of NaN in row 0',
  ],
];
test.each(devices.flatMap((device) => late.map(([make, text]) => [device, text, make] as const)))(
  'linalg errors when computed › %s %s',
  (device, text, make) => {
    lw.withDevice(device, () => {
      const x = (make as () => lw.Tensor)();
      const e = thrown(() => x.eval());
      expect([e.constructor.name, e.message]).toEqual(['LanewiseError', text]);
      // the failure leaves nothing behind that could be taken for a result
      expect(thrown(() => x.toTypedArray()).message).toBe(text);
    });
  },
);
