// Attention, rotary embeddings and indexing on the device `metal`, through the public API, against the device `wasm`, whose values are
// tested against MLX; and that no call of these falls back.
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { metal, rig } from './library.js';
import { numbers } from './values.js';

const fallbacks = (): Readonly<Record<string, number>> => metal().fallbacks;
const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const x = (shape: readonly number[], seed = 1, dtype: lw.DType = 'float32'): lw.Tensor =>
  lw
    .array(numbers(product(shape), seed))
    .reshape(shape)
    .astype(dtype);
const ints = (shape: readonly number[], bound: number, seed = 1, dtype: lw.DType = 'int32'): lw.Tensor =>
  lw
    .array(numbers(product(shape), seed).map((v) => Math.floor(v * bound)))
    .reshape(shape)
    .astype(dtype);

/** What is tested here; casts and the like may fall back. */
const OWN = [
  'sdpa',
  'sdpa_grad',
  'rope',
  'take',
  'take_along_axis',
  'put_along_axis',
  'gather',
  'scatter',
  'random_bits',
  'sort',
  'argsort',
];
/** Runs `make` on both devices and compares. @param limit largest difference; 0: the same values */
function agree(make: () => lw.Tensor, limit = 0): void {
  const before = { ...fallbacks() };
  const valuesOf = (): number[] => Array.from(make().toTypedArray(), Number);
  const got = lw.withDevice('metal', valuesOf);
  const after = fallbacks();
  for (const key of OWN) expect(after[key], key).toBe(before[key]);
  const want = lw.withDevice('wasm', valuesOf);
  expect(got.length).toBe(want.length);
  const apart = got.map((g, i) => (Object.is(g, want[i]) ? 0 : Math.abs(g - want[i]!)));
  expect(
    apart.every((d) => d <= limit),
    `${Math.max(...apart)}`,
  ).toBe(true);
}

describe('metal attend', () => {
  afterAll(() => {
    expect(rig.reports()).toEqual([]);
  });

  it('finds the kernels of WebAssembly, also where nothing ran on it before', () => {
    lw.withDevice('metal', () => {
      expect(lw.take(lw.array([1, 2, 3]), lw.array([1], 'int32'), 0).toTypedArray()).toEqual(Float32Array.of(2));
      expect(lw.cumsum(lw.array([1, 2, 3], 'float64')).toTypedArray()).toEqual(Float64Array.of(1, 3, 6));
    });
  });
  it.each([
    ['float32', 2e-6],
    ['float16', 1e-3],
    ['bfloat16', 8e-3],
  ] as const)('attention over a cache, tiled and for few queries: %s', (dtype, limit) => {
    const { scaledDotProductAttention } = lw.fast;
    // keys and values of 40 places in a buffer of 64, heads behind places
    const cache = (seed: number): lw.Tensor =>
      lw.transpose(lw.at(x([2, 64, 2, 12], seed, dtype), ':', lw.slice(0, 40)), [0, 2, 1, 3]);
    for (const queries of [1, 11]) {
      const q = (): lw.Tensor => lw.transpose(x([2, queries, 6, 12], 3, dtype), [0, 2, 1, 3]);
      agree(() => scaledDotProductAttention(q(), cache(1), cache(2), 0.4, 'causal'), limit);
      const mask = (): lw.Tensor => lw.greater(x([queries, 40], 4), 0.2);
      agree(() => scaledDotProductAttention(q(), cache(1), cache(2), 0.4, mask()), limit);
      const added = (): lw.Tensor => x([2, 1, queries, 40], 5, dtype);
      agree(() => scaledDotProductAttention(q(), cache(1), cache(2), 0.4, added()), limit);
      agree(() => scaledDotProductAttention(q(), cache(1), cache(2), 0.4), limit);
    }
  });
  it.each([
    ['float32', 4e-6],
    ['float16', 2e-3],
    ['bfloat16', 2e-2],
  ] as const)('gradients of attention, by each operand and by a mask that is added: %s', (dtype, limit) => {
    const { scaledDotProductAttention } = lw.fast;
    // heads behind places, as projections leave them
    const heads = (n: number, places: number, width: number, seed: number): lw.Tensor =>
      lw.transpose(x([2, places, n, width], seed, dtype), [0, 2, 1, 3]);
    const [queries, keys] = [37, 45];
    const masks = ['causal', null, lw.greater(x([queries, keys], 4), 0.2), x([2, 1, queries, keys], 5, dtype)] as const;
    for (const mask of masks)
      for (const argument of [0, 1, 2]) {
        const grad = lw.grad(
          (...of: lw.Tensor[]) =>
            lw.sum(lw.multiply(scaledDotProductAttention(of[0]!, of[1]!, of[2]!, 0.4, mask), heads(6, queries, 7, 8))),
          argument,
        );
        const made = (): lw.Tensor =>
          grad(heads(6, queries, 12, 1), heads(2, keys, 12, 2), heads(2, keys, 7, 3)) as lw.Tensor;
        agree(made, limit);
      }
    // the mask's own gradient, and a sum's cotangents, which are one number
    const ofMask = lw.grad((m: lw.Tensor) =>
      lw.sum(lw.square(scaledDotProductAttention(heads(6, 9, 12, 1), heads(2, 9, 12, 2), heads(2, 9, 7, 3), 0.4, m))),
    );
    agree(() => ofMask(x([9, 9], 6, dtype)) as lw.Tensor, limit);
    const ofSum = lw.grad((q: lw.Tensor) =>
      lw.sum(scaledDotProductAttention(q, heads(2, 9, 12, 2), heads(2, 9, 7, 3), 0.4)),
    );
    agree(() => ofSum(heads(6, 9, 12, 1)) as lw.Tensor, limit);
  });
  it('attention in parts over many keys', () => {
    const kv = (seed: number): lw.Tensor => x([1, 1, 700, 8], seed);
    agree(() => lw.fast.scaledDotProductAttention(x([1, 2, 3, 8], 3), kv(1), kv(2), 1, 'causal'), 2e-6);
  });
  it('rope in both layouts, by offsets and frequencies, of views, and back', () => {
    const { rope } = lw.fast;
    for (const traditional of [false, true])
      for (const dtype of ['float32', 'float16'] as const) {
        const limit = dtype === 'float32' ? 5e-7 : 1e-3;
        agree(() => rope(x([2, 3, 5, 10], 1, dtype), 8, traditional, 10000, 0.5, 4000), limit);
        const turned = (): lw.Tensor => lw.transpose(x([2, 5, 3, 8], 2, dtype), [0, 2, 1, 3]);
        agree(() => rope(turned(), 8, traditional, null, 1, lw.array([7, 123456]).astype('int32'), x([4], 3)), limit);
        agree(() => rope(x([5, 6], 1, dtype), 6, traditional, 100, 1, lw.array(3).astype('int32')), limit);
      }
    const grad = lw.grad((v: lw.Tensor) => lw.sum(lw.multiply(rope(v, 6, false, 100, 1, 9), x([4, 6], 5))));
    agree(() => grad(x([4, 6], 1)) as lw.Tensor, 5e-7);
  });
  it('takes slices along each axis, of views and by indices that the device computes', () => {
    for (const dtype of ['float32', 'bfloat16', 'int8', 'int64'] as const) {
      const a = (): lw.Tensor => ints([4, 5, 6], 100, 1, dtype);
      for (const axis of [0, 1, 2]) {
        agree(() => lw.take(a(), ints([3, 2], 4, 2), axis));
        agree(() => lw.take(lw.transpose(a(), [2, 0, 1]), ints([7], 4, 3, 'int64'), axis));
        agree(() =>
          lw.takeAlongAxis(
            a(),
            ints(
              [4, 5, 6].map((d, i) => (i === axis ? 3 : d)),
              4,
              4,
            ),
            axis,
          ),
        );
      }
    }
    agree(() => lw.take(x([9, 4]), lw.argmax(lw.multiply(x([5, 9], 2), 2), -1), 0));
    agree(() => lw.at(x([6, 7, 3]), ints([4], 6, 2), ints([4], 6, 3)));
  });
  it('writes and combines slices, those that come twice in their order', () => {
    for (const dtype of ['float32', 'float16', 'int32'] as const) {
      const a = (): lw.Tensor => ints([8, 5], 100, 1, dtype);
      const rows = (): lw.Tensor => ints([30, 5], 50, 3, dtype);
      const index = (): lw.Tensor => ints([30], 8, 2);
      for (const update of [lw.addAt, lw.multiplyAt, lw.maximumAt, lw.minimumAt, lw.set])
        agree(() => update(a(), [index()], rows()));
      agree(() => lw.putAlongAxis(a(), ints([8, 3], 5, 4), ints([8, 3], 70, 5, dtype), 1));
    }
    const grad = lw.grad((w: lw.Tensor) => lw.sum(lw.multiply(lw.take(w, ints([40], 9, 6), 0), x([40, 3], 7))));
    agree(() => grad(x([9, 3])) as lw.Tensor);
  });
  it('random bits of any width, by a key that is one of many', () => {
    const key = (): lw.Tensor => lw.at(lw.random.split(lw.random.key(3), 4), 2);
    for (const width of [1, 2, 4] as const) agree(() => lw.random.bits([3, 11], width, key()));
    agree(() => lw.random.normal([50], 'float32', 0, 1, key()), 1e-6);
  });
  it('sorts along each axis, and gives the order', () => {
    for (const dtype of ['float32', 'bfloat16', 'int16', 'int64', 'bool'] as const)
      for (const axis of [0, 1, 2]) {
        agree(() => lw.sort(ints([4, 9, 5], 20, 1, dtype), axis));
        agree(() => lw.argsort(lw.transpose(ints([4, 9, 5], 20, 2, dtype), [2, 0, 1]), axis));
      }
    agree(() => lw.sort(x([2, 5000]), -1));
    agree(() => lw.argsort(ints([9000, 2], 99), 0));
  });
  it('names an index that is out of bounds, and the next op works', () => {
    lw.withDevice('metal', () => {
      expect(() => lw.take(x([3, 2]), lw.array([0, 5]).astype('int32'), 0).toTypedArray()).toThrow(
        '[take] index 5 is out of bounds for axis 0 with size 3',
      );
      expect(lw.take(lw.array([1, 2, 3]), lw.array([-1]).astype('int32'), 0).toTypedArray()).toEqual(
        Float32Array.of(3),
      );
    });
  });
});
