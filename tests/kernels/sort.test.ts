import { afterEach, describe, expect, it } from 'vitest';
import { sorting } from '../../src/backends/wasm/sorting.js';
import { memory } from '../../src/backends/heap.js';
import { elementTypes, types, type DType } from '../../src/tensor/dtype.js';
import { layouts, noise, reset, rounded, run, size, view } from './arrays.js';
import { mapLines } from './lines.js';

afterEach(reset);
const sort = sorting['sort']!;
const argsort = sorting['argsort']!;
const reals = elementTypes.map((t) => t.name).filter((t) => t !== 'complex64');

/** Stable order with NaN last, by comparisons. */
function order(x: readonly number[]): number[] {
  const after = (v: number, w: number): number => {
    if (Number.isNaN(v) || Number.isNaN(w)) return Number(Number.isNaN(v)) - Number(Number.isNaN(w));
    return v < w ? -1 : v > w ? 1 : 0;
  };
  return x.map((_, i) => i).sort((i, j) => after(x[i]!, x[j]!));
}
function sample(dtype: DType, special: boolean): (i: number) => number {
  const t = types[dtype];
  return (i) => {
    const x = noise(12)(i);
    if (t.category === 'bool') return x > 0 ? 1 : 0;
    if (t.category === 'uint') return Math.floor((x + 1) * 2 ** (8 * Math.min(t.size, 6) - 2));
    if (t.category === 'int') return Math.floor(x * 2 ** (8 * Math.min(t.size, 6) - 2));
    if (special && i % 5 < 3) return [NaN, Infinity, -Infinity, -0, 0, 1e-45][Math.floor((x + 1) * 3)]!;
    return rounded(dtype, x * 20);
  };
}

describe('sort', () => {
  for (const layout of layouts) {
    it(`sort, argsort › every dtype along any axis of a ${layout.name} view`, () => {
      for (const dtype of reals) {
        for (const special of types[dtype].category === 'float' ? [false, true] : [false]) {
          for (const [dims, axis] of [
            [[1], 0],
            [[30], 0],
            [[300], 0],
            [[3, 5], 0],
            [[3, 5], 1],
            [[2, 70, 3], 1],
          ] as const) {
            const f = sample(dtype, special);
            const a = view(dtype, dims, f, layout);
            const stored = (i: number): number => (types[dtype].category === 'float' ? rounded(dtype, f(i)) : f(i));
            const x = Array.from({ length: size(dims) }, (_, i) => stored(i));
            const label = `${dtype} ${dims} axis ${axis}`;
            const attrs = { axis };
            const expected = mapLines(x, dims, [axis], (l) => order(l).map((i) => l[i]!));
            const places = mapLines(x, dims, [axis], order);
            expect(run(sort, dtype, dims, { a, attrs }), label).toEqual(expected);
            expect(run(argsort, 'uint32', dims, { a, attrs }), label).toEqual(places);
          }
        }
        reset();
      }
    });
  }

  it('sort › zeros of either sign are equal and keep their order; NaN comes last', () => {
    for (const n of [6, 60]) {
      const x = [0, -0, NaN, -1, -0, 0];
      const a = view('float32', [n], (i) => x[i % 6]!);
      const got = run(sort, 'float32', [n], { a, attrs: { axis: 0 } });
      const zeros = Array.from({ length: n }, (_, i) => x[i % 6]!).filter((v) => v === 0);
      expect(got.slice(n / 6, n / 6 + zeros.length)).toEqual(zeros);
      expect(got.slice(-n / 6).every(Number.isNaN)).toBe(true);
    }
  });

  it('sort › integers beyond 2^53 keep every bit', () => {
    const x = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 53n, -1n, 0n];
    const a = view('int64', [6], () => 0);
    const at = a.at;
    x.forEach((v, i) => new DataView(memory.buffer).setBigInt64(at + 8 * i, v, true));
    expect(run(argsort, 'uint32', [6], { a, attrs: { axis: 0 } })).toEqual([1, 4, 5, 3, 2, 0]);
    const unsigned = { ...a, type: types.uint64 };
    expect(run(argsort, 'uint32', [6], { a: unsigned, attrs: { axis: 0 } })).toEqual([5, 3, 2, 0, 1, 4]);
  });

  it('sort › complex64 in lexicographic order, any NaN last', () => {
    const x = [2, 1, 1, 2, NaN, 0, 1, -1, 0, NaN, -0, 5, 0, 4];
    const a = view('complex64', [7], (i) => x[i]!);
    expect(run(argsort, 'uint32', [7], { a, attrs: { axis: 0 } })).toEqual([6, 5, 3, 1, 0, 2, 4]);
    expect(run(sort, 'complex64', [7], { a, attrs: { axis: 0 } })).toEqual([
      0,
      4,
      -0,
      5,
      1,
      -1,
      1,
      2,
      2,
      1,
      NaN,
      0,
      0,
      NaN,
    ]);
  });

  it('sort › 1e6 values come out in order, with every one of them', () => {
    const n = 1_000_000;
    const a = view('float32', [n], noise(13));
    const got = run(sort, 'float32', [n], { a, attrs: { axis: 0 } });
    const want = Float32Array.from({ length: n }, (_, i) => noise(13)(i)).sort();
    let wrong = 0;
    for (let i = 0; i < n; i++) if (got[i] !== want[i]) wrong++;
    expect(wrong).toBe(0);
  });

  it('sort › size 0 writes nothing', () => {
    const a = view('float32', [3, 0], () => 0);
    expect(run(sort, 'float32', [3, 0], { a, attrs: { axis: 1 } })).toEqual([]);
    expect(run(argsort, 'uint32', [3, 0], { a, attrs: { axis: 0 } })).toEqual([]);
  });
});
