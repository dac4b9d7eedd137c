import { afterEach, describe, expect, it } from 'vitest';
import { scans } from '../../src/backends/wasm/scans.js';
import { elementTypes, types, type DType } from '../../src/tensor/dtype.js';
import { layouts, noise, reset, rounded, run, size, view } from './arrays.js';
import { mapLines, worst } from './lines.js';

afterEach(reset);
const reals = elementTypes.map((t) => t.name).filter((t) => t !== 'complex64' && t !== 'bool');
const epsilon: Partial<Record<DType, number>> = {
  float32: 2 ** -23,
  float64: 2 ** -48,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

const steps: Record<string, (x: number, y: number) => number> = {
  cumulative_sum: (x, y) => x + y,
  cumulative_prod: (x, y) => x * y,
  cumulative_max: (x, y) => Math.max(x, y),
  cumulative_min: (x, y) => Math.min(x, y),
};
function wrap(dtype: DType, x: number): number {
  const { category, size: bytes } = types[dtype];
  if (category === 'uint') return Number(BigInt.asUintN(bytes * 8, BigInt(x)));
  return category === 'int' ? Number(BigInt.asIntN(bytes * 8, BigInt(x))) : x;
}
/** What an exclusive scan starts from. */
function first(key: string, dtype: DType): number {
  const { category, size: bytes } = types[dtype];
  if (key === 'cumulative_sum') return 0;
  if (key === 'cumulative_prod') return 1;
  const least = key === 'cumulative_max';
  if (category === 'float') return least ? -Infinity : Infinity;
  if (category === 'uint') return least ? 0 : Number(2n ** BigInt(bytes * 8) - 1n);
  return least ? -(2 ** (bytes * 8 - 1)) : Number(2n ** BigInt(bytes * 8 - 1) - 1n);
}
function scanned(key: string, dtype: DType, line: readonly number[], reverse: boolean, inclusive: boolean): number[] {
  const x = reverse ? [...line].reverse() : line;
  const all: number[] = [];
  x.forEach((v, i) => all.push(i === 0 ? v : wrap(dtype, steps[key]!(all[i - 1]!, v))));
  const out = inclusive ? all : [first(key, dtype), ...all.slice(0, -1)];
  return reverse ? out.reverse() : out;
}

describe('cumulative', () => {
  for (const layout of layouts) {
    it(`cumsum, cumprod, cummax, cummin › every dtype, axis and direction of a ${layout.name} view`, () => {
      for (const dtype of reals) {
        const float = types[dtype].category === 'float';
        for (const [dims, axis] of [
          [[9], 0],
          [[3, 5], 0],
          [[3, 5], 1],
          [[2, 4, 3], 1],
          [[6, 37], 0],
        ] as const) {
          for (const key of Object.keys(steps)) {
            const f = (i: number): number => {
              const x = noise(2)(i);
              if (key === 'cumulative_prod') return float ? rounded(dtype, 1 + x / 4) : 1 + (i % 3);
              return float ? rounded(dtype, 3 * x) : Math.floor((x + 1) * 50);
            };
            const a = view(dtype, dims, f, layout);
            const x = Array.from({ length: size(dims) }, (_, i) => f(i));
            for (const reverse of [false, true]) {
              for (const inclusive of [false, true]) {
                const want = mapLines(x, dims, [axis], (l) => scanned(key, dtype, l, reverse, inclusive));
                const got = run(scans[key]!, dtype, dims, { a, attrs: { axis, reverse, inclusive } });
                const label = `${key} ${dtype} ${dims} axis ${axis} ${reverse} ${inclusive}`;
                const exact = !float || key === 'cumulative_max' || key === 'cumulative_min';
                expect(worst(got, want, exact ? 0 : 4), label).toBeLessThanOrEqual(exact ? 0 : epsilon[dtype]!);
              }
            }
          }
        }
        reset();
      }
    });
  }

  it('bool › sums are or, products and, exclusive ones start from false and true', () => {
    const x = [0, 1, 0, 1];
    const a = view('bool', [4], (i) => x[i]!);
    const of = (key: string, inclusive: boolean): number[] =>
      run(scans[key]!, 'bool', [4], { a, attrs: { axis: 0, reverse: false, inclusive } });
    expect(of('cumulative_max', true)).toEqual([0, 1, 1, 1]);
    expect(of('cumulative_max', false)).toEqual([0, 0, 1, 1]);
    expect(of('cumulative_min', true)).toEqual([0, 0, 0, 0]);
    expect(of('cumulative_min', false)).toEqual([1, 0, 0, 0]);
    expect(of('cumulative_prod', false)).toEqual([1, 0, 0, 0]);
  });

  it('complex64 › sum, product, lexicographic maximum', () => {
    const x = [1, 2, 3, -1, 0, 1];
    const a = view('complex64', [3], (i) => x[i]!);
    const of = (key: string, inclusive = true, reverse = false): number[] =>
      run(scans[key]!, 'complex64', [3], { a, attrs: { axis: 0, reverse, inclusive } });
    expect(of('cumulative_sum')).toEqual([1, 2, 4, 1, 4, 2]);
    expect(of('cumulative_sum', false, true)).toEqual([3, 0, 0, 1, 0, 0]);
    // (1+2i)(3-i) = 5+5i, times i = -5+5i
    expect(of('cumulative_prod')).toEqual([1, 2, 5, 5, -5, 5]);
    expect(of('cumulative_prod', false)).toEqual([1, 0, 1, 2, 5, 5]);
    expect(of('cumulative_max')).toEqual([1, 2, 3, -1, 3, -1]);
  });

  it('cumsum › the last of 1e6 float32 values is their sum to float32 precision', () => {
    const n = 1_000_000;
    const f = (i: number): number => Math.fround(noise(4)(i) + 1);
    let exact = 0;
    for (let i = 0; i < n; i++) exact += f(i);
    const a = view('float32', [n], f);
    const got = run(scans['cumulative_sum']!, 'float32', [n], {
      a,
      attrs: { axis: 0, reverse: false, inclusive: true },
    });
    expect(Math.abs(got[n - 1]! / exact - 1)).toBeLessThan(6e-8);
  });

  it('cummax, cummin › NaN stays from where it appears', () => {
    const x = [1, 3, NaN, 7];
    const a = view('float32', [4], (i) => x[i]!);
    const attrs = { axis: 0, reverse: false, inclusive: true };
    expect(run(scans['cumulative_max']!, 'float32', [4], { a, attrs })).toEqual([1, 3, NaN, NaN]);
    expect(run(scans['cumulative_min']!, 'float32', [4], { a, attrs })).toEqual([1, 1, NaN, NaN]);
  });

  it('logcumsumexp › log of running sums of exponentials, infinities and NaN included', () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      const dims = [3, 20];
      const f = (i: number): number => rounded(dtype, 30 * noise(5)(i));
      const x = Array.from({ length: 60 }, (_, i) => f(i));
      for (const axis of [0, 1]) {
        for (const reverse of [false, true]) {
          const want = mapLines(x, dims, [axis], (l) => {
            const order = reverse ? [...l].reverse() : l;
            const out = order.map((_, i) => {
              const top = Math.max(...order.slice(0, i + 1));
              return top + Math.log(order.slice(0, i + 1).reduce((s, v) => s + Math.exp(v - top), 0));
            });
            return reverse ? out.reverse() : out;
          });
          const a = view(dtype, dims, f);
          const got = run(scans['cumulative_logaddexp']!, dtype, dims, {
            a,
            attrs: { axis, reverse, inclusive: true },
          });
          expect(worst(got, want, 1), dtype).toBeLessThanOrEqual(epsilon[dtype]!);
        }
      }
      const special = [-Infinity, -Infinity, 1, Infinity, 2, NaN, Infinity];
      const a = view(dtype, [7], (i) => special[i]!);
      const of = (inclusive: boolean): number[] =>
        run(scans['cumulative_logaddexp']!, dtype, [7], { a, attrs: { axis: 0, reverse: false, inclusive } });
      expect(of(true)).toEqual([-Infinity, -Infinity, 1, Infinity, Infinity, NaN, NaN]);
      expect(of(false)).toEqual([-Infinity, -Infinity, -Infinity, 1, Infinity, Infinity, NaN]);
    }
  });

  it('size 0 › nothing is written', () => {
    const attrs = { axis: 0, reverse: true, inclusive: false };
    expect(run(scans['cumulative_sum']!, 'float32', [0, 3], { a: view('float32', [0, 3], () => 0), attrs })).toEqual(
      [],
    );
    expect(run(scans['cumulative_max']!, 'float32', [3, 0], { a: view('float32', [3, 0], () => 0), attrs })).toEqual(
      [],
    );
  });
});
