import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { fromTensor } from '../support/layouts.js';
import { devices, generator } from '../tensor/support.js';
import { at, matrix, matrixOf, minus, norm, scaled, skew, times, unit, type Matrix } from './eigen-support.js';

const { svd, eigh, eigvalsh, eig, eigvals, pinv } = lw.linalg;
const EPS = 2 ** -52;
const f64 = (rows: readonly (readonly number[])[]): lw.Tensor => lw.array(rows as number[][], 'float64');
const build = (n: number, m: number, f: (i: number, j: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => f(i, j)));
const values = (t: lw.Tensor): number[] => Array.from(t.toTypedArray(), Number);
/** Real and imaginary parts. */
const pairs = (t: lw.Tensor): [number, number][] => {
  const x = values(t);
  return Array.from({ length: x.length / 2 }, (_, i) => [x[2 * i]!, x[2 * i + 1]!]);
};
const byParts = (list: [number, number][]): [number, number][] =>
  [...list].sort((p, q) => Math.round(1e4 * (p[0] - q[0])) || p[1] - q[1]);
const close = (actual: readonly number[], want: readonly number[], bound: number): void => {
  expect(actual.length).toBe(want.length);
  actual.forEach((x, i) => {
    expect(Math.abs(x - want[i]!), `element ${i} is ${x}, want ${want[i]}`).toBeLessThanOrEqual(bound);
  });
};
const host = (t: lw.Tensor, vector = false): Matrix => matrixOf(fromTensor(t), 0, vector);
const noise = (seed: number): (() => number) => {
  const u = generator(seed);
  return () => u() + u() + u() + u() - 2;
};

/** Distances in units of rounding: of `a v` from `v w`, and of the vectors from orthonormal. */
function checkEigh(a: lw.Tensor, eps: number): void {
  const [w, v] = eigh(a);
  const [A, V] = [host(a), host(v)];
  const n = A.rows;
  expect(norm(minus(times(A, V), scaled(V, host(w, true)))) / (norm(A) || 1)).toBeLessThan(n * eps);
  expect(skew(V)).toBeLessThan(2 * n * eps);
  close(values(eigvalsh(a)), values(w), n * eps * norm(A));
}
function checkSvd(a: lw.Tensor, eps: number): void {
  const [u, s, vt] = svd(a);
  const [A, U, S, V] = [host(a), host(u), host(s, true), host(vt)];
  const thin = matrix(S.columns, V.columns, (i, j) => at(V, i, j));
  const n = Math.max(A.rows, A.columns);
  expect(norm(minus(times(scaled(U, S), thin), A)) / (norm(A) || 1)).toBeLessThan(4 * n * eps);
  expect(skew(U)).toBeLessThan(2 * n * eps);
  expect(
    norm(
      minus(
        times(
          matrix(V.columns, V.rows, (i, j) => at(V, j, i)),
          V,
        ),
        unit(V.columns),
      ),
    ),
  ).toBeLessThan(2 * n * eps);
}

describe.each(devices)('%s', (device) => {
  const on = (f: () => void) => (): void => {
    lw.withDevice(device, f);
  };
  it(
    'eigvalsh › second differences have eigenvalues 2 - 2 cos(k pi / (n + 1))',
    on(() => {
      const n = 20;
      const a = f64(build(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)));
      const want = Array.from({ length: n }, (_, k) => 4 * Math.sin(((k + 1) * Math.PI) / (2 * (n + 1))) ** 2);
      close(values(eigvalsh(a)), want, 40 * EPS);
      checkEigh(a, 4 * EPS);
    }),
  );
  it(
    "eigh › Wilkinson's W21+ has pairs that agree to 14 digits, and vectors that stay orthogonal",
    on(() => {
      const a = f64(build(21, 21, (i, j) => (i === j ? Math.abs(i - 10) : Math.abs(i - j) === 1 ? 1 : 0)));
      const w = values(eigvalsh(a));
      // J. H. Wilkinson, The Algebraic Eigenvalue Problem (1965), the table of its eigenvalues
      close(w.slice(-2), [10.746194182903322, 10.746194182903393], 1e-13);
      close(w.slice(0, 1), [-1.1254415221199845], 1e-13);
      checkEigh(a, 4 * EPS);
    }),
  );
  it(
    'eigh › graded matrices keep residuals small',
    on(() => {
      checkEigh(f64(build(10, 10, (i, j) => 10 ** -(i + j) * (i === j ? 2 : 1))), 4 * EPS);
      checkEigh(f64(build(10, 10, (i, j) => 10 ** (i + j - 18) * (i === j ? 2 : 1))), 4 * EPS);
    }),
  );
  it(
    'svd › Hilbert matrices have the determinant their singular values multiply to',
    on(() => {
      const a = f64(build(6, 6, (i, j) => 1 / (i + j + 1)));
      const s = values(svd(a, false));
      // det H6 = 1 / 186313420339200000
      expect(s.reduce((p, x) => p * x, 1) * 186313420339200000).toBeCloseTo(1, 8);
      checkSvd(a, 4 * EPS);
    }),
  );
  it(
    'svd › small singular values of a graded bidiagonal matrix keep their digits',
    on(() => {
      // their product is the product of the diagonal, whose last factors lie far below the first's rounding error
      const n = 6;
      const d = (i: number): number => 2 ** (-8 * i);
      const s = values(svd(f64(build(n, n, (i, j) => (j === i ? d(i) : j === i + 1 ? d(j) : 0))), false));
      const det = Array.from({ length: n }, (_, i) => d(i)).reduce((p, x) => p * x, 1);
      expect(Math.abs(s.reduce((p, x) => p * x, 1) / det - 1)).toBeLessThan(1e-12);
    }),
  );
  it(
    'svd › tall, wide, rank-deficient and zero matrices give complete bases',
    on(() => {
      const r = noise(3);
      for (const [m, n] of [
        [9, 4],
        [4, 9],
        [1, 5],
        [5, 1],
        [7, 7],
      ] as const)
        checkSvd(f64(build(m, n, r)), 4 * EPS);
      const x = Array.from({ length: 8 }, r);
      checkSvd(f64(build(8, 5, (i, j) => x[i]! * (j - 2))), 4 * EPS);
      checkSvd(f64(build(3, 5, () => 0)), 4 * EPS);
      checkSvd(f64(build(5, 3, (i, j) => (i === 4 && j === 1 ? 3 : 0))), 4 * EPS);
    }),
  );
  it(
    'svd › scales from 1e-300 to 1e300 neither overflow nor vanish',
    on(() => {
      const r = noise(5);
      const a = build(5, 4, r);
      const want = values(svd(f64(a), false));
      for (const scale of [1e300, 1e-300, 1e-310]) {
        const s = values(svd(f64(a.map((row) => row.map((x) => x * scale))), false));
        close(
          s.map((x) => x / scale),
          want,
          scale === 1e-310 ? 1e-12 : 1e-14,
        );
      }
      const h = build(4, 4, (i, j) => a[Math.max(i, j)]![Math.min(i, j)]!);
      const w = values(eigvalsh(f64(h)));
      for (const scale of [1e300, 1e-300]) {
        close(
          values(eigvalsh(f64(h.map((row) => row.map((x) => x * scale))))).map((x) => x / scale),
          w,
          1e-14,
        );
      }
      checkSvd(lw.array(build(5, 5, () => (r() * 3e38) / 4)), 2 ** -22);
      close(
        values(
          svd(
            lw.array([
              [1e-45, 0],
              [0, 3e-45],
            ]),
            false,
          ),
        ),
        [2 ** -149 * 2, 2 ** -149],
        0,
      );
    }),
  );
  it(
    'eig › rotations, cycles and companion matrices have the known eigenvalues',
    on(() => {
      const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
      const turned = pairs(
        eigvals(
          f64([
            [c, -s],
            [s, c],
          ]),
        ),
      );
      close(turned.flat(), [c, s, c, -s], 1e-7);
      const roots = byParts(pairs(eigvals(f64(build(6, 6, (i, j) => ((i + 1) % 6 === j ? 1 : 0))))));
      const want = byParts(
        Array.from({ length: 6 }, (_, k) => [Math.cos((k * Math.PI) / 3), Math.sin((k * Math.PI) / 3)]),
      );
      close(roots.flat(), want.flat(), 2e-7);
      // (x - 1)(x - 2)(x - 3)(x + 4)
      const companion = f64([
        [2, 13, -38, 24],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]);
      close(byParts(pairs(eigvals(companion))).flat(), [-4, 0, 1, 0, 2, 0, 3, 0], 2e-6);
    }),
  );
  it(
    "eig › Frank's matrix has reciprocal pairs of eigenvalues",
    on(() => {
      const n = 8;
      const w = pairs(eigvals(f64(build(n, n, (i, j) => (j >= i - 1 ? n - Math.max(i, j) : 0)))));
      const x = w.map(([re]) => re).sort((p, q) => p - q);
      for (let i = 0; i < n / 2; i++) expect(x[i]! * x[n - 1 - i]!).toBeCloseTo(1, 5);
      expect(w.every(([, im]) => im === 0)).toBe(true);
    }),
  );
  it(
    'eig › a Jordan block has one eigenvalue, and vectors that nearly agree',
    on(() => {
      const [w, v] = eig(
        f64([
          [2, 1, 0],
          [0, 2, 1],
          [0, 0, 2],
        ]),
      );
      for (const [re, im] of pairs(w)) {
        expect(Math.hypot(re - 2, im)).toBeLessThan(1e-4);
      }
      const V = host(v);
      for (let k = 0; k < 3; k++) expect(Math.abs(at(V, 0, k)[0])).toBeGreaterThan(1 - 1e-4);
      const nilpotent = eig(f64(build(12, 12, (i, j) => (j === i + 1 ? 1 : 0))));
      expect(values(nilpotent[0])).toEqual(new Array(24).fill(0));
      close(
        values(nilpotent[1]).map(Math.abs),
        build(12, 24, (i, j) => (i === 0 && j % 2 === 0 ? 1 : 0)).flat(),
        1e-14,
      );
    }),
  );
  it(
    'eig › repeated complex pairs with one block over another still give vectors',
    on(() => {
      const a = f64([
        [1, -2, 3, 1],
        [2, 1, -1, 4],
        [0, 0, 1, -2],
        [0, 0, 2, 1],
      ]);
      const [w, v] = eig(a);
      const [A, V] = [host(a), host(v)];
      expect(norm(minus(times(A, V), scaled(V, host(w, true))))).toBeLessThan(4e-6);
    }),
  );
  it(
    'pinv › fulfils the four conditions of Penrose',
    on(() => {
      const r = noise(11);
      const x = build(6, 2, r);
      const y = build(2, 4, r);
      const product = build(6, 4, (i, j) => x[i]![0]! * y[0]![j]! + x[i]![1]! * y[1]![j]!);
      for (const rows of [build(6, 4, r), build(4, 6, r), product, build(3, 3, () => 0)]) {
        const a = f64(rows);
        const [A, P] = [host(a), host(pinv(a))];
        const size = (norm(A) + 1) * (norm(P) + 1) ** 2;
        const hermitian = (m: Matrix): number =>
          norm(
            minus(
              m,
              matrix(m.columns, m.rows, (i, j) => at(m, j, i)),
            ),
          );
        expect(norm(minus(times(times(A, P), A), A))).toBeLessThan(1e-14 * size * (norm(A) + 1));
        expect(norm(minus(times(times(P, A), P), P))).toBeLessThan(1e-14 * size);
        expect(hermitian(times(A, P))).toBeLessThan(1e-14 * size);
        expect(hermitian(times(P, A))).toBeLessThan(1e-14 * size);
      }
    }),
  );
  it(
    'eigh › the other triangle is never read',
    on(() => {
      const w = [1, 3];
      close(
        values(
          eigvalsh(
            f64([
              [2, NaN],
              [1, 2],
            ]),
          ),
        ),
        w,
        1e-15,
      );
      close(
        values(
          eigvalsh(
            f64([
              [2, 1],
              [Infinity, 2],
            ]),
            'U',
          ),
        ),
        w,
        1e-15,
      );
      const z = (re: number, im: number): lw.Complex => ({ re, im });
      const a = lw.array([
        [z(2, 9), z(NaN, 0)],
        [z(0, 1), z(2, 9)],
      ]);
      expect(eigvalsh(a).dtype).toBe('float32');
      close(values(eigvalsh(a)), w, 0);
    }),
  );
  it(
    'linalg › diagonal matrices decompose exactly',
    on(() => {
      const a = f64([
        [3, 0, 0],
        [0, -1, 0],
        [0, 0, 2],
      ]);
      expect(values(eigvalsh(a))).toEqual([-1, 2, 3]);
      expect(values(svd(a, false))).toEqual([3, 2, 1]);
      expect(byParts(pairs(eigvals(a)))).toEqual([
        [-1, 0],
        [2, 0],
        [3, 0],
      ]);
      expect(values(pinv(a)).map((x) => x + 0)).toEqual([1 / 3, 0, 0, 0, -1, 0, 0, 0, 0.5]);
    }),
  );
  it(
    'linalg › an error of one evaluation leaves the next ones alone',
    on(() => {
      const bad = f64([
        [1, NaN],
        [0, 1],
      ]);
      expect(() => values(svd(bad, false))).toThrow('must be finite');
      expect(() => values(eigvals(bad))).toThrow('must be finite');
      expect(values(svd(f64([[2]]), false))).toEqual([2]);
    }),
  );
});

it('eigh › sizes beside and beyond the vectors', () => {
  const r = noise(17);
  for (const n of [31, 64, 129]) {
    const rows = build(n, n, r);
    checkEigh(f64(build(n, n, (i, j) => rows[Math.max(i, j)]![Math.min(i, j)]!)), EPS);
    checkEigh(lw.array(build(n, n, (i, j) => Math.fround(rows[Math.max(i, j)]![Math.min(i, j)]!))), 2 ** -23);
  }
});
it('svd › sizes beside and beyond the vectors', () => {
  const r = noise(19);
  for (const [m, n] of [
    [31, 33],
    [64, 64],
    [129, 40],
  ] as const) {
    checkSvd(f64(build(m, n, r)), EPS);
    checkSvd(lw.array(build(m, n, () => Math.fround(r()))), 2 ** -23);
  }
});
it('eig › sizes beside and beyond the vectors', () => {
  const r = noise(23);
  for (const n of [31, 64, 129]) {
    const a = f64(build(n, n, r));
    const [w, v] = eig(a);
    const [A, V, W] = [host(a), host(v), host(w, true)];
    expect(norm(minus(times(A, V), scaled(V, W))) / norm(A)).toBeLessThan(n * 2 ** -24);
    const trace = (k: 0 | 1): number =>
      Array.from({ length: n }, (_, i) => at(W, 0, i)[k] - at(A, i, i)[k]).reduce((p, x) => p + x, 0);
    expect(Math.hypot(trace(0), trace(1))).toBeLessThan(n * norm(A) * 2 ** -24);
  }
});
it('linalg › small integer matrices, defective and derogatory ones among them, all converge', () => {
  const u = generator(29);
  let worst = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const n = 2 + Math.floor(u() * 5);
    const a = f64(build(n, n, () => Math.floor(u() * 3) - 1));
    const [w, v] = eig(a);
    const [A, V] = [host(a), host(v)];
    worst = Math.max(worst, norm(minus(times(A, V), scaled(V, host(w, true)))) / (norm(A) || 1));
    const [x, s, y] = svd(a);
    worst = Math.max(worst, norm(minus(times(scaled(host(x), host(s, true)), host(y)), A)) / (norm(A) || 1));
  }
  expect(worst).toBeLessThan(2e-6);
});
it('random.multivariateNormal › draws have the mean and covariance asked for', () => {
  const cov = [
    [2, 0.6],
    [0.6, 0.5],
  ];
  const x = values(
    lw.random.multivariateNormal(lw.array([1, -3]), lw.array(cov), [20000], 'float32', lw.random.key(5)),
  );
  const mean = [0, 1].map((k) => x.filter((_, i) => i % 2 === k).reduce((p, v) => p + v, 0) / 20000);
  close(mean, [1, -3], 0.04);
  for (const [p, q] of [
    [0, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    let sum = 0;
    for (let i = 0; i < 20000; i++) sum += (x[2 * i + p]! - mean[p]!) * (x[2 * i + q]! - mean[q]!);
    expect(Math.abs(sum / 20000 - cov[p]![q]!)).toBeLessThan(0.08);
  }
});
