import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { counting } from './support.js';

const rows: [unknown, lw.DType, number[], unknown][] = [
  [3, 'float32', [], 3],
  [-0, 'float32', [], -0],
  [true, 'bool', [], true],
  [5n, 'int64', [], 5n],
  [{ re: 1, im: -2 }, 'complex64', [], { re: 1, im: -2 }],
  [[1, 2, 3], 'float32', [3], [1, 2, 3]],
  [
    [
      [1, 2],
      [3, 4],
    ],
    'float32',
    [2, 2],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [[[[true]]], 'bool', [1, 1, 1], [[[true]]]],
  [[true, 2], 'float32', [2], [1, 2]],
  [[1n, -2n], 'int64', [2], [1n, -2n]],
  [[1n, 0.5], 'float32', [2], [1, 0.5]],
  [
    [1, { re: 0, im: 1 }],
    'complex64',
    [2],
    [
      { re: 1, im: 0 },
      { re: 0, im: 1 },
    ],
  ],
  [[NaN, Infinity, -Infinity], 'float32', [3], [NaN, Infinity, -Infinity]],
  [[], 'float32', [0], []],
  [[[], []], 'float32', [2, 0], [[], []]],
  [[[[]]], 'float32', [1, 1, 0], [[[]]]],
  [new Uint8Array([1, 255]), 'uint8', [2], [1, 255]],
  [new Uint8ClampedArray([300, -5]), 'uint8', [2], [255, 0]],
  [new Uint16Array([65535]), 'uint16', [1], [65535]],
  [new Uint32Array([2 ** 32 - 1]), 'uint32', [1], [2 ** 32 - 1]],
  [new BigUint64Array([2n ** 64n - 1n]), 'uint64', [1], [2n ** 64n - 1n]],
  [new Int8Array([-128]), 'int8', [1], [-128]],
  [new Int16Array([-32768]), 'int16', [1], [-32768]],
  [new Int32Array([-5, 5]), 'int32', [2], [-5, 5]],
  [new BigInt64Array([-(2n ** 63n)]), 'int64', [1], [-(2n ** 63n)]],
  [new Float32Array([0.5, -0]), 'float32', [2], [0.5, -0]],
  [new Float64Array([0.1]), 'float64', [1], [0.1]],
  [new Float32Array(0), 'float32', [0], []],
  [new Float32Array([1, 2, 3, 4]).subarray(1, 3), 'float32', [2], [2, 3]],
  [new Int16Array(new Uint8Array([9, 9, 1, 0, 2, 0]).buffer, 2), 'int16', [2], [1, 2]],
  [Buffer.from([7, 8]), 'uint8', [2], [7, 8]],
  [
    [new Float32Array([1, 2]), [3, 4]],
    'float32',
    [2, 2],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [[[new Int8Array([1])], [new Int8Array([2])]], 'int8', [2, 1, 1], [[[1]], [[2]]]],
];

test('array › shapes, dtypes and values of every kind of data', () => {
  for (const [data, dtype, shape, list] of rows) {
    const x = lw.array(data as never);
    expect(x.dtype, inspect(data)).toBe(dtype);
    expect(x.shape, inspect(data)).toEqual(shape);
    expect(x.tolist(), inspect(data)).toEqual(list);
  }
});

test('array › tensors inside arrays are stacked and take their common dtype', () => {
  const [a, b] = [lw.array([1, 2], 'int32'), lw.array([3, 4], 'int8')];
  expect(lw.array([a, b]).tolist()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(lw.array([a, b]).dtype).toBe('int32');
  expect(
    lw
      .array([
        [a.at(0), a.at(1)],
        [b.at(0), 9],
      ])
      .tolist(),
  ).toEqual([
    [1, 2],
    [3, 9],
  ]);
  expect(
    lw.array([
      [a, b],
      [b, a],
    ]).shape,
  ).toEqual([2, 2, 2]);
  expect(lw.array([a, b], 'float16').dtype).toBe('float16');
  expect(lw.array(a, 'bool').tolist()).toEqual([true, true]);
  expect(() => lw.array([a, [1, 2, 3]])).toThrow(lw.ShapeError);
});

test('array › a copy of the data, not a view', () => {
  const data = new Float32Array([1, 2]);
  const x = lw.array(data);
  data[0] = 9;
  expect(x.tolist()).toEqual([1, 2]);
  const out = x.toTypedArray();
  out[1] = 9;
  expect(x.tolist()).toEqual([1, 2]);
});

test('array › a dtype converts: integers wrap, fractions are cut', () => {
  expect(lw.array([300, -1, 1.9, -1.9], 'uint8').tolist()).toEqual([44, 255, 1, 255]);
  expect(lw.array([2 ** 40 + 7, -1], 'int32').tolist()).toEqual([7, -1]);
  expect(lw.array([2n ** 70n + 3n], 'int64').tolist()).toEqual([3n]);
  expect(lw.array([-1n], 'uint64').tolist()).toEqual([2n ** 64n - 1n]);
  expect(lw.array([0, -0, NaN, 2], 'bool').tolist()).toEqual([false, false, true, true]);
  expect(lw.array([NaN, Infinity, -Infinity], 'int64').tolist()).toEqual([0n, 0n, 0n]);
  expect(lw.array([NaN, Infinity], 'int16').tolist()).toEqual([0, 0]);
  expect(lw.array([true, false], 'float16').tolist()).toEqual([1, 0]);
  expect(lw.array([{ re: 2, im: 3 }], 'float32').tolist()).toEqual([2]);
  expect(lw.array(new Uint8Array([0, 3]), 'bool').tolist()).toEqual([false, true]);
  expect(lw.array(0.1, 'float64').item()).toBe(0.1);
});

test('reading › item, tolist, toTypedArray and data of every dtype, also strided', async () => {
  const kinds: [lw.DType, new (n: number[]) => unknown, (v: number) => unknown][] = [
    ['uint8', Uint8Array as never, Number],
    ['uint16', Uint16Array as never, Number],
    ['uint32', Uint32Array as never, Number],
    ['uint64', BigUint64Array as never, BigInt],
    ['int8', Int8Array as never, Number],
    ['int16', Int16Array as never, Number],
    ['int32', Int32Array as never, Number],
    ['int64', BigInt64Array as never, BigInt],
    ['float16', Float32Array as never, Number],
    ['bfloat16', Float32Array as never, Number],
    ['float32', Float32Array as never, Number],
    ['float64', Float64Array as never, Number],
  ];
  for (const [dtype, type, make] of kinds) {
    const x = counting([2, 3], dtype);
    const values = [0, 1, 2, 3, 4, 5].map(make);
    const flat = x.toTypedArray();
    expect(flat.constructor, dtype).toBe(type);
    expect(Array.from(flat as never)).toEqual(values);
    expect(x.at(1, 2).item()).toBe(make(5));
    expect(x.tolist()).toEqual([values.slice(0, 3), values.slice(3)]);
    const back = x.T.at('::-1');
    expect(back.tolist()).toEqual(
      [
        [2, 5],
        [1, 4],
        [0, 3],
      ].map((r) => r.map(make)),
    );
    expect(Array.from((await back.data()) as never)).toEqual([2, 5, 1, 4, 0, 3].map(make));
    expect(back.at(0, 1).item()).toBe(make(5));
    expect([x.itemsize, x.nbytes, x.size, x.ndim]).toEqual([lw.itemsize(dtype), 6 * lw.itemsize(dtype), 6, 2]);
  }
  const b = lw.array([
    [true, false],
    [false, false],
  ]);
  expect(b.T.tolist()).toEqual([
    [true, false],
    [false, false],
  ]);
  expect(b.toTypedArray()).toEqual(new Uint8Array([1, 0, 0, 0]));
  expect(b.at(0, 0).item()).toBe(true);
  const c = lw.array([
    { re: 1, im: 2 },
    { re: 3, im: 4 },
  ]);
  expect(c.flip().toTypedArray()).toEqual(new Float32Array([3, 4, 1, 2]));
  expect(c.at(1).item()).toEqual({ re: 3, im: 4 });
});

test('iteration › walks the first axis', () => {
  const x = counting([3, 2]);
  expect([...x].map((row) => row.tolist())).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  const [first, ...rest] = x;
  expect(first!.shape).toEqual([2]);
  expect(rest).toHaveLength(2);
  expect([...lw.zeros([0, 2])]).toEqual([]);
  expect(() => [...lw.array(1)]).toThrow(lw.ShapeError);
  expect(x.T.tolist()).toEqual([
    [0, 2, 4],
    [1, 3, 5],
  ]);
  expect(inspect(x.at(0))).toBe('array([0, 1], dtype=int32)');
  expect(`${lw.array(2)}`).toBe('array(2, dtype=float32)');
});

test('arange › lengths, dtypes and 64-bit ends', () => {
  for (const device of ['reference', 'wasm']) {
    lw.setDefaultDevice(device);
    expect(lw.arange(5).tolist()).toEqual([0, 1, 2, 3, 4]);
    expect(lw.arange(5, 1, -2).tolist()).toEqual([5, 3]);
    expect(lw.arange(1, 5, 0.5).tolist()).toEqual([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
    expect(lw.arange(3, 3).tolist()).toEqual([]);
    expect(lw.arange(3, 0).shape).toEqual([0]);
    expect(lw.arange(3e9, 3e9 + 3).tolist()).toEqual([3000000000n, 3000000001n, 3000000002n]);
    expect(lw.arange(3, 'float16').dtype).toBe('float16');
    expect(lw.arange(0, 6, 2, 'uint8').tolist()).toEqual([0, 2, 4]);
  }
});
