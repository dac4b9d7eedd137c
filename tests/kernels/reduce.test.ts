import { afterEach, describe, expect, it } from 'vitest';
import { reductions } from '../../src/backends/wasm/reductions.js';
import { elementTypes, types, type DType } from '../../src/tensor/dtype.js';
import { shapeOf } from '../../src/tensor/shape.js';
import { layouts, noise, reset, rounded, run, size, view } from './arrays.js';
import { linesOf, worst } from './lines.js';

afterEach(reset);
const dtypes = elementTypes.map((t) => t.name);
const reals = dtypes.filter((t) => t !== 'complex64');
const inexact = (t: DType): boolean => types[t].category === 'float';
const epsilon: Partial<Record<DType, number>> = {
  float32: 2 ** -23,
  float64: 2 ** -50,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

/** A value that the dtype holds exactly. */
const sample =
  (dtype: DType, seed: number) =>
  (i: number): number => {
    const x = noise(seed)(i);
    const t = types[dtype];
    if (t.category === 'bool') return x > 0 ? 1 : 0;
    if (t.category === 'uint') return Math.floor((x + 1) * 100);
    return t.category === 'int' ? Math.floor(x * 100) : rounded(dtype, x * 4);
  };
const values = (dims: readonly number[], f: (i: number) => number): number[] =>
  Array.from({ length: size(dims) }, (_, i) => f(i));
const kept = (dims: readonly number[], axes: readonly number[]): number[] => dims.filter((_, k) => !axes.includes(k));

const folds: Record<string, (line: readonly number[]) => number> = {
  reduce_sum: (l) => l.reduce((s, x) => s + x, 0),
  reduce_max: (l) => l.reduce((s, x) => Math.max(s, x)),
  reduce_min: (l) => l.reduce((s, x) => Math.min(s, x)),
};
/** The sum or product as an integer type keeps it. */
function wrapped(dtype: DType, x: bigint): number {
  const t = types[dtype];
  return Number(t.category === 'uint' ? BigInt.asUintN(t.size * 8, x) : BigInt.asIntN(t.size * 8, x));
}

const cases: [number[], number[]][] = [
  [[7], [0]],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [
    [3, 5],
    [0, 1],
  ],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [4, 1, 33],
    [0, 1],
  ],
  [[70, 40], [0]],
  [[9, 70], [1]],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [
    [3, 1, 1, 19],
    [2, 3],
  ],
];

describe('reductions', () => {
  for (const layout of layouts) {
    it(`sum, max, min › every dtype over any axes of a ${layout.name} view`, () => {
      for (const dtype of reals) {
        for (const [dims, axes] of cases) {
          const f = sample(dtype, dims.length);
          const a = view(dtype, dims, f, layout);
          const x = values(dims, f);
          for (const [key, fold] of Object.entries(folds)) {
            if (key === 'reduce_sum' && dtype === 'bool') continue;
            const lines = linesOf(dims, axes).map((at) => at.map((i) => x[i]!));
            const want = lines.map((l) =>
              key !== 'reduce_sum' || inexact(dtype) ? fold(l) : wrapped(dtype, BigInt(fold(l))),
            );
            const got = run(reductions[key]!, dtype, kept(dims, axes), { a, attrs: { axes, keepDims: false } });
            const scale = key === 'reduce_sum' && inexact(dtype) ? size(dims) : 0;
            const label = `${key} ${dtype} ${dims} over ${axes}`;
            expect(worst(got, want, scale), label).toBeLessThanOrEqual(scale ? epsilon[dtype]! : 0);
          }
        }
        reset();
      }
    });
  }

  it('sum, prod › integers wrap', () => {
    for (const dtype of ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const) {
      for (const n of [1, 2, 5, 16, 17, 37, 100]) {
        const f = (i: number): number => 2 * ((i * 5) % 50) + 3;
        const a = view(dtype, [n], f);
        const x = values([n], f).map(BigInt);
        const attrs = { axes: [0], keepDims: false };
        expect(run(reductions['reduce_prod']!, dtype, [], { a, attrs }), `${dtype} ${n}`).toEqual([
          wrapped(
            dtype,
            x.reduce((p, v) => p * v, 1n),
          ),
        ]);
        const columns = view(dtype, [n, 3], (i) => f(Math.floor(i / 3)));
        const product = wrapped(
          dtype,
          x.reduce((p, v) => p * v, 1n),
        );
        const across = { a: columns, attrs: { axes: [0], keepDims: false } };
        expect(run(reductions['reduce_prod']!, dtype, [3], across)).toEqual([product, product, product]);
      }
    }
    const top = view('int32', [4], (i) => (i < 3 ? 2 ** 31 - 1 : 3));
    expect(run(reductions['reduce_sum']!, 'int32', [], { a: top, attrs: { axes: [0] } })).toEqual([-(2 ** 31)]);
  });

  it('prod › floats multiply in double precision and round once', () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      const f = (i: number): number => rounded(dtype, 1 + noise(3)(i) / 8);
      for (const [dims, axes] of [
        [[101], [0]],
        [[33, 6], [0]],
        [[6, 33], [1]],
      ] as const) {
        const x = values(dims, f);
        const want = linesOf(dims, axes).map((at) =>
          rounded(
            dtype,
            at.reduce((p, i) => p * x[i]!, 1),
          ),
        );
        const got = run(reductions['reduce_prod']!, dtype, kept(dims, axes), {
          a: view(dtype, dims, f),
          attrs: { axes },
        });
        expect(worst(got, want), `${dtype} ${dims}`).toBeLessThanOrEqual(dtype === 'float64' ? 1e-13 : epsilon[dtype]!);
      }
    }
  });

  it('sum › the error over 1e6 float32 values does not grow with their number', () => {
    const n = 1_000_000;
    const f = (i: number): number => Math.fround(noise(1)(i) + 0.5);
    let exact = 0;
    let magnitude = 0;
    for (let i = 0; i < n; i++) {
      exact += f(i);
      magnitude += Math.abs(f(i));
    }
    const a = view('float32', [n], f);
    const [all] = run(reductions['reduce_sum']!, 'float32', [], { a, attrs: { axes: [0] } });
    expect(Math.abs(all! - exact) / magnitude).toBeLessThan(1e-7);
    const table = { ...a, shape: shapeOf([n / 4, 4]) };
    const columns = run(reductions['reduce_sum']!, 'float32', [4], { a: table, attrs: { axes: [0] } });
    expect(Math.abs(columns.reduce((s, x) => s + x, 0) - exact) / magnitude).toBeLessThan(1e-7);
  });

  it('sum › every length around the widths of the loops', () => {
    for (const dtype of ['float32', 'float64', 'int8', 'int16', 'int64', 'bfloat16'] as const) {
      for (let n = 1; n <= 70; n++) {
        const a = view(dtype, [n], () => 1);
        expect(run(reductions['reduce_sum']!, dtype, [], { a, attrs: { axes: [0] } })).toEqual([n]);
        const wide = view(dtype, [2, n], (i) => (i < n ? i % 50 : 1));
        const want = values([n], (i) => (i % 50) + 1);
        expect(run(reductions['reduce_sum']!, dtype, [n], { a: wide, attrs: { axes: [0] } })).toEqual(want);
      }
      reset();
    }
  });

  it('sum › half types do not stall where their spacing passes 1', () => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const a = view(dtype, [3000], () => 1);
      expect(run(reductions['reduce_sum']!, dtype, [], { a, attrs: { axes: [0] } })).toEqual([rounded(dtype, 3000)]);
    }
  });

  it('sum, prod › nothing to add is 0, nothing to multiply 1', () => {
    for (const dtype of dtypes) {
      const pair = dtype === 'complex64';
      const a = view(dtype, [3, 0, 2], () => 0);
      const attrs = { axes: [1], keepDims: false };
      const ones = Array.from({ length: pair ? 12 : 6 }, (_, i) => (pair && i % 2 ? 0 : 1));
      expect(run(reductions['reduce_sum']!, dtype, [3, 2], { a, attrs })).toEqual(ones.map(() => 0));
      expect(run(reductions['reduce_prod']!, dtype, [3, 2], { a, attrs }), dtype).toEqual(ones);
      expect(run(reductions['reduce_sum']!, dtype, [0, 2], { a, attrs: { axes: [0] } })).toEqual([]);
    }
  });

  it('max, min › NaN at any place comes out', () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      for (const n of [1, 3, 4, 7, 16, 33, 64]) {
        for (let k = 0; k < n; k++) {
          const a = view(dtype, [n], (i) => (i === k ? NaN : i));
          const column = view(dtype, [n, 2], (i) => (i === 2 * k ? NaN : i % 8));
          for (const key of ['reduce_max', 'reduce_min']) {
            expect(run(reductions[key]!, dtype, [], { a, attrs: { axes: [0] } })).toEqual([NaN]);
            const got = run(reductions[key]!, dtype, [2], { a: column, attrs: { axes: [0] } });
            expect(got[0]).toBeNaN();
            expect(got[1]).not.toBeNaN();
          }
        }
        reset();
      }
    }
    const low = view('float32', [20], () => -Infinity);
    expect(run(reductions['reduce_max']!, 'float32', [], { a: low, attrs: { axes: [0] } })).toEqual([-Infinity]);
  });

  it('complex64 › sum, product, lexicographic extremes', () => {
    const x = [3, -1, 1, 5, 1, 2, 3, 0, -2, 7, 3, -4];
    const a = view('complex64', [6], (i) => x[i]!);
    const of = (key: string, v = a, dims: number[] = []): number[] =>
      run(reductions[key]!, 'complex64', dims, { a: v, attrs: { axes: [0] } });
    expect(of('reduce_sum')).toEqual([9, 9]);
    expect(of('reduce_max')).toEqual([3, 0]);
    expect(of('reduce_min')).toEqual([-2, 7]);
    // (3-i)(1+5i) = 8+14i, (1+2i)*3 = 3+6i, (-2+7i)(3-4i) = 22+29i
    expect(
      of(
        'reduce_prod',
        view('complex64', [2], (i) => x[i]!),
      ),
    ).toEqual([8, 14]);
    const columns = view('complex64', [2, 3], (i) => [3, -1, 1, 2, -2, 7, 1, 5, 3, 0, 3, -4][i]!);
    expect(of('reduce_prod', columns, [3])).toEqual([8, 14, 3, 6, 22, 29]);
    expect(of('reduce_sum', columns, [3])).toEqual([4, 4, 4, 2, 1, 3]);
    expect(
      of(
        'reduce_max',
        view('complex64', [3], (i) => [1, 2, NaN, 0, 5, 5][i]!),
      )[0],
    ).toBeNaN();
  });

  it('all, any › every dtype; NaN and subnormals are true, zeros of both signs are not', () => {
    for (const dtype of dtypes) {
      const one = (i: number): number => (dtype === 'complex64' ? (i === 5 ? 1 : 0) : i === 2 ? 1 : 0);
      const a = view(dtype, [5], one);
      const full = view(dtype, [5], () => 1);
      const attrs = { axes: [0] };
      expect(run(reductions['reduce_any']!, 'bool', [], { a, attrs }), dtype).toEqual([1]);
      expect(run(reductions['reduce_all']!, 'bool', [], { a, attrs }), dtype).toEqual([0]);
      expect(run(reductions['reduce_all']!, 'bool', [], { a: full, attrs })).toEqual([1]);
      expect(run(reductions['reduce_any']!, 'bool', [], { a: view(dtype, [40], () => 0), attrs })).toEqual([0]);
      const none = view(dtype, [0, 2], () => 0);
      expect(run(reductions['reduce_all']!, 'bool', [2], { a: none, attrs })).toEqual([1, 1]);
      expect(run(reductions['reduce_any']!, 'bool', [2], { a: none, attrs })).toEqual([0, 0]);
    }
    for (const dtype of ['float32', 'float64'] as const) {
      const a = view(dtype, [4, 2], (i) => [NaN, 0, 1e-45, -0, 1, 0, -Infinity, -0][i]!);
      expect(run(reductions['reduce_all']!, 'bool', [2], { a, attrs: { axes: [0] } })).toEqual([1, 0]);
      expect(run(reductions['reduce_any']!, 'bool', [2], { a, attrs: { axes: [0] } })).toEqual([1, 0]);
    }
  });

  it('argmax, argmin › first among equals, every dtype, axis and layout', () => {
    for (const layout of layouts) {
      for (const dtype of reals) {
        for (const [dims, axis] of [
          [[50], 0],
          [[3, 5], 0],
          [[3, 5], 1],
          [[2, 40, 3], 1],
          [[4, 200], 1],
        ] as const) {
          const f = (i: number): number =>
            (dtype === 'bool' ? 0 : Math.floor((noise(axis)(i) + 1) * 8)) + (i % 7 === 3 ? 1 : 0);
          const a = view(dtype, dims, f, layout);
          const x = values(dims, f);
          const lines = linesOf(dims, [axis]).map((at) => at.map((i) => x[i]!));
          const out = dims.filter((_, k) => k !== axis);
          const attrs = { axis, keepDims: false };
          const label = `${dtype} ${dims} ${layout.name}`;
          const most = lines.map((l) => l.indexOf(Math.max(...l)));
          const least = lines.map((l) => l.indexOf(Math.min(...l)));
          expect(run(reductions['argreduce_max']!, 'uint32', out, { a, attrs }), label).toEqual(most);
          expect(run(reductions['argreduce_min']!, 'uint32', out, { a, attrs }), label).toEqual(least);
        }
        reset();
      }
    }
  });

  it('argmax, argmin › columns: more of them than one panel, NaN and equals among them', () => {
    const dims = [2, 9, 1030];
    for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
      const f = (i: number): number => (i % 97 === 5 ? NaN : Math.floor(noise(3)(i) * 4));
      const a = view(dtype, dims, f);
      const lines = linesOf(dims, [1]).map((at) => at.map(f));
      for (const [name, best] of [
        ['argreduce_max', Math.max],
        ['argreduce_min', Math.min],
      ] as const) {
        const want = lines.map((l) => (l.some(Number.isNaN) ? l.findIndex(Number.isNaN) : l.indexOf(best(...l))));
        expect(run(reductions[name]!, 'uint32', [2, 1030], { a, attrs: { axis: 1 } }), `${name} ${dtype}`).toEqual(
          want,
        );
      }
    }
  });

  it('argmax › the first NaN beats all', () => {
    for (const n of [3, 7, 40]) {
      for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
        const attrs = { axis: 0, keepDims: false };
        const late = view(dtype, [n], (i) => (i === 1 ? NaN : i));
        const first = view(dtype, [n], (i) => (i === 0 ? NaN : i));
        expect(run(reductions['argreduce_max']!, 'uint32', [], { a: late, attrs })).toEqual([1]);
        expect(run(reductions['argreduce_min']!, 'uint32', [], { a: late, attrs })).toEqual([1]);
        expect(run(reductions['argreduce_max']!, 'uint32', [], { a: first, attrs })).toEqual([0]);
      }
    }
  });

  it('logsumexp › log of the sum of exponentials, any axes, without overflow', () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      for (const [dims, axes] of cases) {
        const f = (i: number): number => rounded(dtype, noise(9)(i) * 6);
        const x = values(dims, f);
        const want = linesOf(dims, axes).map((at) => Math.log(at.reduce((s, i) => s + Math.exp(x[i]!), 0)));
        const got = run(reductions['logsumexp']!, dtype, kept(dims, axes), {
          a: view(dtype, dims, f),
          attrs: { axes },
        });
        expect(worst(got, want, 1), `${dtype} ${dims}`).toBeLessThanOrEqual(2 * epsilon[dtype]!);
      }
      const rows = [-Infinity, -Infinity, NaN, 1, Infinity, 1, Infinity, NaN, -Infinity, 2];
      const a = view(dtype, [5, 2], (i) => rows[i]!);
      const got = run(reductions['logsumexp']!, dtype, [5], { a, attrs: { axes: [1] } });
      expect(got).toEqual([-Infinity, NaN, Infinity, NaN, 2]);
    }
    const big = view('float32', [8], () => 1000);
    const [y] = run(reductions['logsumexp']!, 'float32', [], { a: big, attrs: { axes: [0] } });
    expect(y).toBeCloseTo(1000 + Math.log(8), 3);
  });

  it('broadcast views › repeated elements count each time', () => {
    const a = { ...view('float32', [5], (i) => i), shape: shapeOf([3, 5]), strides: [0, 1] };
    expect(run(reductions['reduce_sum']!, 'float32', [5], { a, attrs: { axes: [0] } })).toEqual([0, 3, 6, 9, 12]);
    expect(run(reductions['reduce_sum']!, 'float32', [3], { a, attrs: { axes: [1] } })).toEqual([10, 10, 10]);
    expect(run(reductions['reduce_sum']!, 'float32', [], { a, attrs: { axes: [0, 1] } })).toEqual([30]);
  });
});
