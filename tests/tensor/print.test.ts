import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { counting } from './support.js';

// what str(array) gives in MLX 0.32.4
const cases: [string, () => lw.Tensor, string][] = [
  ['lw.array(3.5)', () => lw.array(3.5), 'array(3.5, dtype=float32)'],
  ['lw.array(true)', () => lw.array(true), 'array(True, dtype=bool)'],
  ["lw.array(7, 'int32')", () => lw.array(7, 'int32'), 'array(7, dtype=int32)'],
  ['lw.array({ re: 1, im: 2 })', () => lw.array({ re: 1, im: 2 }), 'array(1+2j, dtype=complex64)'],
  ['counting([6])', () => counting([6]), 'array([0, 1, 2, 3, 4, 5], dtype=int32)'],
  ['counting([7])', () => counting([7]), 'array([0, 1, 2, ..., 4, 5, 6], dtype=int32)'],
  [
    'counting([20, 100])',
    () => counting([20, 100]),
    'array([[0, 1, 2, ..., 97, 98, 99],\n       [100, 101, 102, ..., 197, 198, 199],\n       [200, 201, 202, ..., 297, 298, 299],\n       ...,\n       [1700, 1701, 1702, ..., 1797, 1798, 1799],\n       [1800, 1801, 1802, ..., 1897, 1898, 1899],\n       [1900, 1901, 1902, ..., 1997, 1998, 1999]], dtype=int32)',
  ],
  [
    "counting([2, 3, 4], 'float32')",
    () => counting([2, 3, 4], 'float32'),
    'array([[[0, 1, 2, 3],\n        [4, 5, 6, 7],\n        [8, 9, 10, 11]],\n       [[12, 13, 14, 15],\n        [16, 17, 18, 19],\n        [20, 21, 22, 23]]], dtype=float32)',
  ],
  [
    "counting([7, 1, 8], 'bool')",
    () => counting([7, 1, 8], 'bool'),
    'array([[[False, True, True, ..., True, True, True]],\n       [[True, True, True, ..., True, True, True]],\n       [[True, True, True, ..., True, True, True]],\n       ...,\n       [[True, True, True, ..., True, True, True]],\n       [[True, True, True, ..., True, True, True]],\n       [[True, True, True, ..., True, True, True]]], dtype=bool)',
  ],
  ['counting([1, 1, 1, 1])', () => counting([1, 1, 1, 1]), 'array([[[[0]]]], dtype=int32)'],
  ['lw.array([true, false])', () => lw.array([true, false]), 'array([True, False], dtype=bool)'],
  [
    'lw.array([{ re: 1, im: 2 }, { re: -0.5, im: -1 }, { re: 0, im: -0 }, { re: NaN, im: Infinity }, { re: 1e10, im: 1e-10 }])',
    () =>
      lw.array([
        { re: 1, im: 2 },
        { re: -0.5, im: -1 },
        { re: 0, im: -0 },
        { re: NaN, im: Infinity },
        { re: 1e10, im: 1e-10 },
      ]),
    'array([1+2j, -0.5-1j, 0+-0j, nan+infj, 1e+10+1e-10j], dtype=complex64)',
  ],
  [
    'lw.array([NaN, Infinity, -Infinity, -0])',
    () => lw.array([NaN, Infinity, -Infinity, -0]),
    'array([nan, inf, -inf, -0], dtype=float32)',
  ],
  [
    'lw.array([1e-30, 1e30, 1e-5, 1e-4, 0.00012345678, 123456789])',
    () => lw.array([1e-30, 1e30, 1e-5, 1e-4, 0.00012345678, 123456789]),
    'array([1e-30, 1e+30, 1e-05, 0.0001, 0.000123457, 1.23457e+08], dtype=float32)',
  ],
  [
    'lw.array([0.1, 1234567, 100000, 1e6, 999999.5, 999999.4])',
    () => lw.array([0.1, 1234567, 100000, 1e6, 999999.5, 999999.4]),
    'array([0.1, 1.23457e+06, 100000, 1e+06, 1e+06, 999999], dtype=float32)',
  ],
  [
    'lw.array([100000.5, 100001.5, 12345.25, 12345.75, -0.5, 3.14159265])',
    () => lw.array([100000.5, 100001.5, 12345.25, 12345.75, -0.5, 3.14159265]),
    'array([100000, 100002, 12345.2, 12345.8, -0.5, 3.14159], dtype=float32)',
  ],
  [
    'lw.array([0.5, 1e-45, 3.4e38, 0.00099999999])',
    () => lw.array([0.5, 1e-45, 3.4e38, 0.00099999999]),
    'array([0.5, 1.4013e-45, 3.4e+38, 0.001], dtype=float32)',
  ],
  ['lw.array([])', () => lw.array([]), 'array([], dtype=float32)'],
  ['lw.zeros([0, 3])', () => lw.zeros([0, 3]), 'array([], dtype=float32)'],
  ['lw.zeros([3, 0])', () => lw.zeros([3, 0]), 'array([[],\n       [],\n       []], dtype=float32)'],
  ["lw.zeros([2, 0, 3], 'int8')", () => lw.zeros([2, 0, 3], 'int8'), 'array([[],\n       []], dtype=int8)'],
  [
    "lw.array([0.1, 2 / 3, 65504], 'float16')",
    () => lw.array([0.1, 2 / 3, 65504], 'float16'),
    'array([0.0999756, 0.666504, 65504], dtype=float16)',
  ],
  [
    "lw.array([0.1, 1e10], 'bfloat16')",
    () => lw.array([0.1, 1e10], 'bfloat16'),
    'array([0.100098, 9.99922e+09], dtype=bfloat16)',
  ],
  [
    "lw.array([0.1, 1e300, 1e-300], 'float64')",
    () => lw.array([0.1, 1e300, 1e-300], 'float64'),
    'array([0.1, 1e+300, 1e-300], dtype=float64)',
  ],
  [
    "lw.array([1234567890, -1234567890], 'int32')",
    () => lw.array([1234567890, -1234567890], 'int32'),
    'array([1234567890, -1234567890], dtype=int32)',
  ],
  ["lw.array([255, 0], 'uint8')", () => lw.array([255, 0], 'uint8'), 'array([255, 0], dtype=uint8)'],
  ['lw.array([9007199254740993n])', () => lw.array([9007199254740993n]), 'array([9007199254740993], dtype=int64)'],
];

test.each(cases)('print › %s', (_, make, text) => {
  expect(String(make())).toBe(text);
});
