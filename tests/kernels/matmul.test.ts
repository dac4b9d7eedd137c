import { afterEach, describe, expect, it } from 'vitest';
import { matmuls } from '../../src/backends/wasm/matmul.js';
import type { Operand } from '../../src/backends/backend.js';
import type { DType } from '../../src/tensor/dtype.js';
import { shapeOf } from '../../src/tensor/shape.js';
import { layouts, noise, reset, rounded, run, size, view, type Layout } from './arrays.js';

afterEach(reset);
const lengths = [0, 1, 2, 3, 5, 6, 7, 8, 9, 31, 64, 65, 257];
const dtypes = ['float32', 'float16', 'bfloat16', 'float64', 'complex64'] as const;
const eps: Record<string, number> = {
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
  float64: 2 ** -52,
  complex64: 2 ** -23,
};

/** Products of row-major values in double precision, and the sum of absolute products, which bounds what rounding can do. */
function naive(
  dtype: DType,
  x: number[],
  y: number[],
  M: number,
  N: number,
  K: number,
): { value: number[]; scale: number[] } {
  const value: number[] = [];
  const scale: number[] = [];
  const complex = dtype === 'complex64';
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let re = 0;
      let im = 0;
      let abs = 0;
      for (let k = 0; k < K; k++) {
        const p = i * K + k;
        const q = k * N + j;
        if (complex) {
          const [a, b, c, d] = [x[2 * p]!, x[2 * p + 1]!, y[2 * q]!, y[2 * q + 1]!];
          re += a * c - b * d;
          im += a * d + b * c;
          abs += (Math.abs(a) + Math.abs(b)) * (Math.abs(c) + Math.abs(d));
        } else {
          re += x[p]! * y[q]!;
          abs += Math.abs(x[p]! * y[q]!);
        }
      }
      value.push(re);
      scale.push(abs);
      if (complex) {
        value.push(im);
        scale.push(abs);
      }
    }
  }
  return { value, scale };
}
const values = (dtype: DType, seed: number, n: number): number[] =>
  Array.from({ length: n * (dtype === 'complex64' ? 2 : 1) }, (_, i) => rounded(dtype, noise(seed)(i)));

/** Largest error over the rounding that the dtype allows for one operation on the sum of absolute products. */
function worst(dtype: DType, got: number[], want: { value: number[]; scale: number[] }): number {
  expect(got.length).toBe(want.value.length);
  const f32 = 2 ** -23;
  let most = 0;
  got.forEach((g, i) => {
    const half = dtype === 'float16' || dtype === 'bfloat16';
    const room = half
      ? Math.abs(want.value[i]!) * eps[dtype]! + want.scale[i]! * f32 * 8 + 1e-7
      : want.scale[i]! * eps[dtype]! * 8 + 1e-300;
    most = Math.max(most, Math.abs(g - want.value[i]!) / room);
    if (Number.isNaN(g)) most = Infinity;
  });
  return most;
}
function check(
  dtype: DType,
  M: number,
  N: number,
  K: number,
  la: Layout,
  lb: Layout,
  left = dtype,
  right = dtype,
): void {
  const x = values(left, 1, M * K);
  const y = values(right, 2, K * N);
  const a = view(left, [M, K], (i) => x[i]!, la);
  const b = view(right, [K, N], (i) => y[i]!, lb);
  const got = run(matmuls['matmul']!, dtype, [M, N], { a, b });
  expect(
    worst(dtype, got, naive(dtype, x, y, M, N, K)),
    `${left} by ${right} ${M}x${N}x${K} ${la.name} ${lb.name}`,
  ).toBeLessThanOrEqual(1);
  reset();
}

describe('matmul', () => {
  for (const dtype of dtypes) {
    it(`matmul › ${dtype}, every size of one axis beside odd others`, () => {
      for (const [k, n] of lengths.entries()) {
        const la = layouts[k % 2]!;
        const lb = layouts[(k >> 1) % 2]!;
        check(dtype, n, 19, 37, la, lb);
        check(dtype, 13, n, 37, la, lb);
        check(dtype, 13, 19, n, la, lb);
        check(dtype, 1, n, 70, la, lb);
        check(dtype, 3, 70, n, lb, la);
        check(dtype, n, 1, 33, la, lb);
        check(dtype, n, 4, 33, lb, la);
      }
    });
    it(`matmul › ${dtype}, every pair of layouts`, () => {
      for (const la of layouts) {
        for (const lb of layouts) {
          check(dtype, 15, 18, 21, la, lb);
          check(dtype, 1, 18, 21, la, lb);
          check(dtype, 5, 9, 16, la, lb);
          check(dtype, 15, 3, 9, la, lb);
          check(dtype, 4, 4, 1, la, lb);
        }
      }
    });
    it(`matmul › ${dtype}, more than one block of each axis`, () => {
      check(dtype, 200, 40, 300, layouts[0]!, layouts[1]!);
      check(dtype, 7, 2060, 10, layouts[1]!, layouts[0]!);
      check(dtype, 2, 2060, 600, layouts[0]!, layouts[0]!);
      check(dtype, 2, 260, 600, layouts[0]!, layouts[1]!);
      check(dtype, 65, 65, 520, layouts[3]!, layouts[4]!);
    });
  }
  for (const half of ['float16', 'bfloat16'] as const) {
    it(`matmul › float32 beside ${half}, on either side, in every pair of layouts`, () => {
      for (const [left, right] of [
        ['float32', half],
        [half, 'float32'],
      ] as const) {
        for (const la of layouts) {
          for (const lb of layouts) {
            for (const M of [1, 2, 3, 5, 9, 15]) check('float32', M, 18, 21, la, lb, left, right);
            for (const N of [1, 2, 7]) check('float32', 15, N, 16, la, lb, left, right);
          }
        }
        for (const n of lengths) check('float32', 7, n, 37, layouts[0]!, layouts[1]!, left, right);
        check('float32', 200, 40, 300, layouts[0]!, layouts[1]!, left, right);
        check('float32', 2, 2060, 600, layouts[0]!, layouts[0]!, left, right);
      }
    });
  }
  it('matmul › no inner axis gives zeros', () => {
    for (const dtype of dtypes) {
      const a = view(dtype, [2, 3, 0], () => 0);
      const b = view(dtype, [2, 0, 4], () => 0);
      const n = dtype === 'complex64' ? 48 : 24;
      expect(run(matmuls['matmul']!, dtype, [2, 3, 4], { a, b })).toEqual(new Array(n).fill(0));
    }
  });
  it('matmul › batches: separate, broadcast on either side, folded into rows, transposed', () => {
    const of = (v: Operand, dims: number[], strides: number[]): Operand => ({ ...v, shape: shapeOf(dims), strides });
    for (const dtype of dtypes) {
      for (const [M, N, K] of [
        [3, 4, 5],
        [1, 9, 8],
        [7, 1, 9],
        [8, 3, 6],
        [9, 16, 12],
      ] as const) {
        const per = dtype === 'complex64' ? 2 : 1;
        const x = values(dtype, 3, 6 * M * K);
        const y = values(dtype, 4, 6 * K * N);
        const slice = (v: number[], i: number, n: number): number[] => v.slice(i * n * per, (i + 1) * n * per);
        const whole = (ai: (i: number) => number, bi: (i: number) => number): { value: number[]; scale: number[] } => {
          const all = [0, 1, 2, 3, 4, 5].map((i) =>
            naive(dtype, slice(x, ai(i), M * K), slice(y, bi(i), K * N), M, N, K),
          );
          return { value: all.flatMap((r) => r.value), scale: all.flatMap((r) => r.scale) };
        };
        const at = (a: Operand, b: Operand): number[] => run(matmuls['matmul']!, dtype, [2, 3, M, N], { a, b });
        for (const layout of layouts) {
          const a = view(dtype, [2, 3, M, K], (i) => x[i]!, layout);
          const b = view(dtype, [2, 3, K, N], (i) => y[i]!, layout);
          expect(
            worst(
              dtype,
              at(a, b),
              whole(
                (i) => i,
                (i) => i,
              ),
            ),
          ).toBeLessThanOrEqual(1);
        }
        const a = view(dtype, [6, M, K], (i) => x[i]!);
        const b = view(dtype, [6, K, N], (i) => y[i]!);
        const full = of(a, [2, 3, M, K], [3 * M * K, M * K, K, 1]);
        const same = of(b, [2, 3, K, N], [0, 0, N, 1]);
        expect(
          worst(
            dtype,
            at(full, same),
            whole(
              (i) => i,
              () => 0,
            ),
          ),
        ).toBeLessThanOrEqual(1);
        const inner = of(b, [2, 3, K, N], [K * N, 0, N, 1]);
        expect(
          worst(
            dtype,
            at(full, inner),
            whole(
              (i) => i,
              (i) => Math.floor(i / 3),
            ),
          ),
        ).toBeLessThanOrEqual(1);
        const outer = of(a, [2, 3, M, K], [0, M * K, K, 1]);
        const all = of(b, [2, 3, K, N], [3 * K * N, K * N, N, 1]);
        expect(
          worst(
            dtype,
            at(outer, all),
            whole(
              (i) => i % 3,
              (i) => i,
            ),
          ),
        ).toBeLessThanOrEqual(1);
        const none = of(a, [2, 3, M, K], [0, 0, K, 1]);
        expect(
          worst(
            dtype,
            at(none, same),
            whole(
              () => 0,
              () => 0,
            ),
          ),
        ).toBeLessThanOrEqual(1);
      }
    }
  });
  it('matmul › NaN and infinity reach exactly the rows and columns they belong to', () => {
    for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
      for (const [M, N] of [
        [7, 9],
        [2, 9],
        [9, 2],
        [1, 9],
        [2, 40],
        [7, 40],
      ] as const) {
        for (const layout of [layouts[0]!, layouts[1]!]) {
          const K = 12;
          const a = view(dtype, [M, K], (i) => (M > 1 && i === K + 3 ? NaN : 1));
          const b = view(dtype, [K, N], (i) => (i === 5 * N + 1 ? Infinity : 1), layout);
          const got = run(matmuls['matmul']!, dtype, [M, N], { a, b });
          got.forEach((g, i) => {
            if (Math.floor(i / N) === 1) expect(g).toBeNaN();
            else expect(g).toBe(i % N === 1 ? Infinity : K);
          });
          reset();
        }
      }
    }
  });
  it('matmul › subnormal, largest and special values of float16 and bfloat16 are read exactly', () => {
    for (const [dtype, list] of [
      [
        'float16',
        [2 ** -24, 3 * 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -65504, -(2 ** -24), 0, 1, -2.5, 0.0999755859375, 1],
      ],
      ['bfloat16', [2 ** -133, 2 ** -126, 3.3895313892515355e38, -1, 0.1005859375, 0, 1, 2, 3, 4, 5, 6]],
    ] as const) {
      // beside values that are plain to convert, which are taken eight at a time
      const all = [
        ...Array.from({ length: 9 }, (_, i) => 1.5 + i / 8),
        ...list,
        ...Array.from({ length: 11 }, (_, i) => -2 - i / 4),
      ];
      const n = all.length;
      const one = (i: number): number => (Math.floor(i / n) === i % n ? 1 : 0);
      const identity = view(dtype, [n, n], one);
      const row = view(dtype, [1, n], (i) => all[i]!);
      const column = view(dtype, [n, 1], (i) => all[i]!);
      const wide = view(dtype, [n, n], (i) => all[i % n]!);
      const rows = (M: number, a: Operand, b: Operand): number[] => run(matmuls['matmul']!, dtype, [M, n], { a, b });
      expect(rows(1, row, identity)).toEqual(all);
      expect(run(matmuls['matmul']!, dtype, [n, 1], { a: identity, b: column })).toEqual(all);
      expect(rows(n, wide, identity).slice(0, n)).toEqual(all);
      expect(rows(n, identity, wide).slice(0, n)).toEqual(all);
      for (const layout of layouts) {
        const diagonal = view(dtype, [n, n], (i) => (one(i) === 1 ? all[i % n]! : 0), layout);
        for (const M of [1, 2, 4, 5, 6]) {
          const ones = view(dtype, [M, n], () => 1);
          expect(rows(M, ones, diagonal).slice(-n)).toEqual(all);
        }
      }
    }
  });
  it('matmul › float32 error stays below 1e-6 of the sum of absolute products at K = 4096', () => {
    const K = 4096;
    for (const [M, N] of [
      [6, 8],
      [1, 8],
      [1, 1],
      [8, 1],
    ] as const) {
      for (const lb of [layouts[0]!, layouts[1]!]) {
        const x = values('float32', 5, M * K);
        const y = values('float32', 6, K * N);
        const a = view('float32', [M, K], (i) => x[i]!);
        const b = view('float32', [K, N], (i) => y[i]!, lb);
        const got = run(matmuls['matmul']!, 'float32', [M, N], { a, b });
        const want = naive('float32', x, y, M, N, K);
        got.forEach((g, i) => expect(Math.abs(g - want.value[i]!) / want.scale[i]!).toBeLessThan(1e-6));
        reset();
      }
    }
  });
  it('matmul › an output of no elements', () => {
    const a = view('float32', [0, 4], () => 0);
    const b = view('float32', [4, 3], () => 0);
    expect(run(matmuls['matmul']!, 'float32', [0, 3], { a, b })).toEqual([]);
    expect(size([0, 3])).toBe(0);
  });
});
