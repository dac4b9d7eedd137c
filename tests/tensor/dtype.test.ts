import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { devices } from './support.js';

const names: lw.DType[] = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'bfloat16',
  'complex64',
];
const short: Record<string, lw.DType> = {
  b: 'bool',
  u8: 'uint8',
  u16: 'uint16',
  u32: 'uint32',
  u64: 'uint64',
  i8: 'int8',
  i16: 'int16',
  i32: 'int32',
  i64: 'int64',
  f16: 'float16',
  f32: 'float32',
  f64: 'float64',
  bf: 'bfloat16',
  c64: 'complex64',
};
// MLX's table, rows and columns in the order of `names`
const table = `
b   u8  u16 u32 u64 i8  i16 i32 i64 f16 f32 f64 bf  c64
u8  u8  u16 u32 u64 i16 i16 i32 i64 f16 f32 f64 bf  c64
u16 u16 u16 u32 u64 i32 i32 i32 i64 f16 f32 f64 bf  c64
u32 u32 u32 u32 u64 i64 i64 i64 i64 f16 f32 f64 bf  c64
u64 u64 u64 u64 u64 f32 f32 f32 f32 f16 f32 f64 bf  c64
i8  i16 i32 i64 f32 i8  i16 i32 i64 f16 f32 f64 bf  c64
i16 i16 i32 i64 f32 i16 i16 i32 i64 f16 f32 f64 bf  c64
i32 i32 i32 i64 f32 i32 i32 i32 i64 f16 f32 f64 bf  c64
i64 i64 i64 i64 f32 i64 i64 i64 i64 f16 f32 f64 bf  c64
f16 f16 f16 f16 f16 f16 f16 f16 f16 f16 f32 f64 f32 c64
f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f64 f32 c64
f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 c64
bf  bf  bf  bf  bf  bf  bf  bf  bf  f32 f32 f64 bf  c64
c64 c64 c64 c64 c64 c64 c64 c64 c64 c64 c64 c64 c64 c64`
  .trim()
  .split('\n')
  .map((row) => row.split(/\s+/).map((s) => short[s]!));

test('promotion › all 196 pairs', () => {
  names.forEach((a, i) =>
    names.forEach((b, j) => {
      const [x, y] = [lw.ones([2], a), lw.ones([2], b)];
      expect(lw.add(x, y).dtype, `${a} + ${b}`).toBe(table[i]![j]);
      expect(lw.resultType(x, y)).toBe(table[i]![j]);
      expect(lw.where(true, x, y).dtype).toBe(table[i]![j]);
      expect(lw.concatenate([x, y]).dtype).toBe(table[i]![j]);
    }),
  );
});

test('weak scalars › numbers take the dtype of the tensor', () => {
  const rows: [lw.DType, number | bigint | boolean | lw.Complex, lw.DType][] = [
    ['bool', true, 'bool'],
    ['bool', 3, 'int32'],
    ['bool', -3, 'int32'],
    ['bool', 3n, 'int64'],
    ['bool', 0.5, 'float32'],
    ['bool', { re: 1, im: 0 }, 'complex64'],
    ['uint8', 255, 'uint8'],
    ['uint8', 255n, 'uint8'],
    ['uint8', false, 'uint8'],
    ['uint8', 0.5, 'float32'],
    ['int8', -128, 'int8'],
    ['int32', 2 ** 31 - 1, 'int32'],
    ['int32', NaN, 'float32'],
    ['int32', Infinity, 'float32'],
    ['int64', 2 ** 62, 'int64'],
    ['int64', 1.5, 'float32'],
    ['uint64', 2n ** 64n - 1n, 'uint64'],
    ['float16', 1, 'float16'],
    ['float16', 0.1, 'float16'],
    ['float16', 1n, 'float16'],
    ['bfloat16', 1e30, 'bfloat16'],
    ['float16', true, 'float16'],
    ['float32', 1, 'float32'],
    ['float64', 0.1, 'float64'],
    ['float32', { re: 0, im: 1 }, 'complex64'],
    ['complex64', 2, 'complex64'],
    ['complex64', true, 'complex64'],
  ];
  for (const [dtype, value, want] of rows) {
    const x = lw.ones([2], dtype);
    expect(x.add(value).dtype, `${dtype} + ${String(value)}`).toBe(want);
    expect(lw.add(value, x).dtype, `${String(value)} + ${dtype}`).toBe(want);
    expect(lw.where(true, x, value).dtype).toBe(want);
  }
  expect(lw.add(1, 2).dtype).toBe('float32');
  expect(lw.add(true, false).dtype).toBe('bool');
  expect(lw.add(1n, 2n).dtype).toBe('int64');
  expect(lw.add(1n, 2).dtype).toBe('float32');
});

test('weak scalars › an integer that does not fit is refused', () => {
  const bad: [lw.DType, number | bigint, lw.DType?][] = [
    ['uint8', 256],
    ['uint8', -1],
    ['int8', 128],
    ['int8', -129],
    ['uint16', 65536],
    ['int16', 40000],
    ['uint32', -1],
    ['int32', 2 ** 31],
    ['int64', 2n ** 63n],
    ['uint64', -1n],
    ['uint64', 2n ** 64n],
    ['bool', 1e10, 'int32'],
  ];
  for (const [dtype, value, named] of bad) {
    expect(() => lw.ones([1], dtype).add(value)).toThrow(lw.DTypeError);
    expect(() => lw.add(value, lw.ones([1], dtype))).toThrow(
      `[add] a number beside ${named ?? dtype} must fit it, got ${value}`,
    );
  }
});

describe.each(devices)('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test('weak scalars › their values are exact in the dtype they take', () => {
    expect(
      lw
        .zeros([1], 'int64')
        .add(2n ** 62n + 1n)
        .item(),
    ).toBe(2n ** 62n + 1n);
    expect(
      lw
        .zeros([1], 'uint64')
        .add(2n ** 64n - 1n)
        .item(),
    ).toBe(2n ** 64n - 1n);
    expect(lw.zeros([1], 'float64').add(0.1).item()).toBe(0.1);
    expect(lw.zeros([1], 'float16').add(0.1).item()).toBe(0.0999755859375);
    expect(lw.zeros([1], 'bool').add(-7).item()).toBe(-7);
    expect(Object.is(lw.array([0]).mul(-0).item(), -0)).toBe(true);
    expect(Object.is(lw.array([1]).mul(0).item(), 0)).toBe(true);
    expect(lw.zeros([1]).add({ re: 1, im: 2 }).item()).toEqual({ re: 1, im: 2 });
  });

  test('astype › between all dtypes', () => {
    // what each source holds, and what each target makes of it
    const truth: Record<string, (v: number) => unknown> = {
      bool: (v) => v !== 0,
      uint8: (v) => v & 255,
      uint16: (v) => v & 65535,
      uint32: (v) => v >>> 0,
      uint64: (v) => BigInt.asUintN(64, BigInt(v)),
      int8: (v) => (v << 24) >> 24,
      int16: (v) => (v << 16) >> 16,
      int32: (v) => v | 0,
      int64: (v) => BigInt(v),
      float16: (v) => v,
      float32: (v) => v,
      float64: (v) => v,
      bfloat16: (v) => v,
      complex64: (v) => ({ re: v, im: 0 }),
    };
    for (const from of names) {
      const values =
        from === 'bool'
          ? [0, 1]
          : /^u/.test(from)
            ? [0, 1, 100, 200]
            : from === 'int8'
              ? [0, 1, -1, -100, 127]
              : [0, 1, 100, -1, -100];
      const x = lw.array(values, from);
      expect(x.tolist()).toEqual(values.map((v) => truth[from]!(v)));
      for (const to of names) {
        const isFloat = /float|complex/.test(from);
        // a negative float has no place in an unsigned dtype: it saturates
        const saturated = (v: number): number => (isFloat && /^u/.test(to) ? Math.max(v, 0) : v);
        const want = values.map((v) => truth[to]!(saturated(v)));
        expect(x.astype(to).tolist(), `${from} to ${to}`).toEqual(want);
        expect(x.at('::-1').astype(to).tolist(), `${from} to ${to}, strided`).toEqual([...want].reverse());
        expect(x.astype(to).dtype).toBe(to);
      }
    }
  });

  test('astype › floats to integers truncate and saturate, NaN is 0', () => {
    const x = lw.array([1.9, -1.9, 1e20, -1e20, NaN, Infinity, -Infinity]);
    expect(x.astype('int32').tolist()).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1, -(2 ** 31)]);
    expect(x.astype('uint8').tolist()).toEqual([1, 0, 255, 0, 0, 255, 0]);
    expect(x.astype('int64').tolist()).toEqual([
      1n,
      -1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      0n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]);
    expect(x.astype('bool').tolist()).toEqual([true, true, true, true, true, true, true]);
    expect(lw.array([300, -1], 'int32').astype('uint8').tolist()).toEqual([44, 255]);
    expect(
      lw
        .array([2n ** 53n + 1n])
        .astype('float32')
        .item(),
    ).toBe(2 ** 53);
    expect(
      lw
        .array([{ re: 2.5, im: 7 }])
        .astype('int16')
        .tolist(),
    ).toEqual([2]);
  });
});

// IEEE 754 binary16 and bfloat16 written out from their definition
const half = (bits: number): number => {
  const [s, e, f] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
  const m = e === 31 ? (f ? NaN : Infinity) : e === 0 ? f / 2 ** 24 : (1 + f / 1024) * 2 ** (e - 15);
  return s ? -m : m;
};
const brain = (bits: number): number => {
  const [s, e, f] = [bits >> 15, (bits >> 7) & 255, bits & 127];
  const m = e === 255 ? (f ? NaN : Infinity) : e === 0 ? (f / 128) * 2 ** -126 : (1 + f / 128) * 2 ** (e - 127);
  return s ? -m : m;
};

test.each([
  ['float16', half],
  ['bfloat16', brain],
] as const)('%s › all 65536 patterns read and write exactly', (dtype, value) => {
  const want = Float32Array.from({ length: 65536 }, (_, i) => value(i));
  const x = lw.array(want, dtype);
  expect((x.toTypedArray() as Float32Array).every((v, i) => Object.is(v, want[i]))).toBe(true);
  const y = lw.array(Array.from(want), dtype);
  expect((y.toTypedArray() as Float32Array).every((v, i) => Object.is(v, want[i]))).toBe(true);
  for (const i of [0, 1, 0x3c00, 0x8000, 0x7bff, 0x0400, 0x7f80]) expect(x.at(i).item()).toBe(want[i]);
});

test.each([
  ['float16', half, 31743],
  ['bfloat16', brain, 32639],
] as const)('%s › numbers between two round to the nearest, ties to even', (dtype, value, last) => {
  const inputs: number[] = [];
  const want: number[] = [];
  for (let i = 0; i < last; i += 7) {
    const [a, b] = [value(i), value(i + 1)];
    const mid = (a + b) / 2;
    inputs.push(mid, a + (b - a) * 0.49, a + (b - a) * 0.51, -mid);
    const even = i % 2 === 0 ? a : b;
    want.push(even, a, b, -even);
  }
  expect(lw.array(inputs, dtype).tolist()).toEqual(want);
  for (const device of ['reference', 'wasm']) {
    lw.setDefaultDevice(device);
    expect(lw.array(Float64Array.from(inputs), dtype).tolist()).toEqual(want);
    const fits = inputs.map((v) => Math.fround(v) === v);
    const cast = lw.array(inputs).astype(dtype).tolist() as number[];
    expect(cast.filter((_, i) => fits[i])).toEqual(want.filter((_, i) => fits[i]));
  }
  expect(lw.array([Infinity, -Infinity, NaN, 1e300, -0], dtype).tolist()).toEqual([
    Infinity,
    -Infinity,
    NaN,
    Infinity,
    -0,
  ]);
});
