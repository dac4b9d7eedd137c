import { afterEach, describe, expect, it } from 'vitest';
import { generators } from '../../src/backends/wasm/generators.js';
import { elementTypes, type DType } from '../../src/tensor/dtype.js';
import { reset, rounded, run, view } from './arrays.js';

afterEach(reset);
const bits = (key: readonly [number, number], width: 1 | 2 | 4, dims: readonly number[]): number[] => {
  const dtype = width === 1 ? 'uint8' : width === 2 ? 'uint16' : 'uint32';
  return run(generators['random_bits']!, dtype, dims, { a: view('uint32', [2], (i) => key[i]!), attrs: { width } });
};

/** Threefry-2x32-20 as its paper states it, on one pair. */
function threefry(key: readonly [number, number], x: number, y: number): [number, number] {
  const ks = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  x = (x + ks[0]!) | 0;
  y = (y + ks[1]!) | 0;
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8]!;
    x = (x + y) | 0;
    y = ((y << r) | (y >>> (32 - r))) ^ x;
    if (round % 4 === 3) {
      const k = round / 4 + 0.25;
      x = (x + ks[k % 3]!) | 0;
      y = (y + ks[(k + 1) % 3]! + k) | 0;
    }
  }
  return [x >>> 0, y >>> 0];
}
function words(key: readonly [number, number], n: number): number[] {
  const out = new Array<number>(n);
  const h = n >> 1;
  const odd = n & 1;
  for (let i = 0; i < h; i++) [out[i], out[i + h + odd]] = threefry(key, i, i + h + odd);
  if (odd) out[h] = threefry(key, h, 0)[0];
  return out;
}

describe('random_bits', () => {
  it('random_bits › key 0 gives the words MLX gives', () => {
    expect(bits([0, 0], 4, [2, 2])).toEqual([4146024105, 967050713, 2718843009, 1272950319]);
    expect(bits([0, 0], 4, [])).toEqual([1797259609]);
    expect(bits([0, 0], 2, [1])).toEqual([345]);
    expect(bits([0, 0], 1, [1])).toEqual([89]);
  });

  it('random_bits › every count of words follows the definition', () => {
    const key = [0x13198a2e, 0x03707344] as const;
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 15, 16, 17, 31, 33, 64, 129, 1000, 1001]) {
      expect(bits(key, 4, [n]), `${n}`).toEqual(words(key, n));
    }
  });

  it('random_bits › narrow widths are the bytes of the words', () => {
    const key = [7, 0xffffffff] as const;
    for (let n = 1; n < 40; n++) {
      const bytes8 = new Uint8Array(Uint32Array.from(words(key, Math.ceil(n / 4))).buffer);
      expect(bits(key, 1, [n])).toEqual(Array.from(bytes8.slice(0, n)));
      const bytes16 = new Uint16Array(Uint32Array.from(words(key, Math.ceil(n / 2))).buffer);
      expect(bits(key, 2, [n])).toEqual(Array.from(bytes16.slice(0, n)));
    }
  });

  it('random_bits › a key may be a view', () => {
    const pairs = view('uint32', [2, 2], (i) => [1, 2, 3, 4][i]!);
    const column = { ...pairs, at: pairs.at + 4, shape: view('uint32', [2], () => 0).shape, strides: [2] };
    const got = run(generators['random_bits']!, 'uint32', [3], { a: column, attrs: { width: 4 } });
    expect(got).toEqual(words([2, 4], 3));
  });
});

describe('arange', () => {
  const arange = (dtype: DType, n: number, start: number, step: number): number[] =>
    run(generators['arange']!, dtype, [n], { attrs: { start, step } });

  it('arange › start + i * step in every dtype and length', () => {
    for (const t of elementTypes) {
      if (t.category === 'bool') continue;
      for (const n of [0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 33]) {
        const want = Array.from({ length: n }, (_, i) => 3 + 2 * i);
        const complex = want.flatMap((x) => [x, 0]);
        expect(arange(t.name, n, 3, 2), `${t.name} ${n}`).toEqual(t.category === 'complex' ? complex : want);
      }
    }
  });
  it('arange › floats are rounded once, so that nothing adds up', () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      const want = Array.from({ length: 1000 }, (_, i) => rounded(dtype, 0.5 + i * 0.1));
      expect(arange(dtype, 1000, 0.5, 0.1)).toEqual(want);
    }
    expect(arange('float16', 4, 0, -1)).toEqual([0, -1, -2, -3]);
  });
  it('arange › integers truncate start and start + step, go down and wrap', () => {
    // MLX: arange(0.7, 8, 1.5, int32) is 0, 2, 4, 6, 8; arange(0, 5, 0.5, int32) all 0
    expect(arange('int32', 5, 0.7, 1.5)).toEqual([0, 2, 4, 6, 8]);
    expect(arange('int32', 4, 0, 0.5)).toEqual([0, 0, 0, 0]);
    expect(arange('int8', 4, -3, -2)).toEqual([-3, -5, -7, -9]);
    expect(arange('uint8', 4, 10, -3)).toEqual([10, 7, 4, 1]);
    expect(arange('uint8', 3, 250, 5)).toEqual([250, 255, 4]);
    expect(arange('int64', 3, -(2 ** 40), 2 ** 39)).toEqual([-(2 ** 40), -(2 ** 39), 0]);
    expect(arange('uint64', 2, 2 ** 63, 2 ** 11)).toEqual([2 ** 63, 2 ** 63 + 2 ** 11]);
  });
});
