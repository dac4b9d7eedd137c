// Factorisations and solvers by their residuals in double precision, on orders that cross every block size.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { devices, generator } from '../tensor/support.js';

const { linalg } = lw;
const dtypes = ['float32', 'float64'] as const;
type Real = (typeof dtypes)[number];
const eps: Record<Real, number> = { float32: 2 ** -23, float64: 2 ** -52 };

type Matrix = { readonly rows: number; readonly columns: number; readonly at: (i: number, j: number) => number };
const read = (t: lw.Tensor): Matrix => {
  const values = Float64Array.from(t.toTypedArray() as Float64Array);
  const [rows, columns] = t.shape as readonly [number, number];
  return { rows, columns, at: (i, j) => values[i * columns + j]! };
};
const dense = (rows: number, columns: number, at: Matrix['at']): Matrix => {
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) values[i * columns + j] = at(i, j);
  return { rows, columns, at: (i, j) => values[i * columns + j]! };
};
const turned = (a: Matrix): Matrix => ({ rows: a.columns, columns: a.rows, at: (i, j) => a.at(j, i) });
const times = (a: Matrix, b: Matrix): Matrix =>
  dense(a.rows, b.columns, (i, j) => {
    let s = 0;
    for (let k = 0; k < a.columns; k++) s += a.at(i, k) * b.at(k, j);
    return s;
  });
const identity = (n: number): Matrix => ({ rows: n, columns: n, at: (i, j) => (i === j ? 1 : 0) });
const norm = (a: Matrix): number => {
  let s = 0;
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) s += a.at(i, j) ** 2;
  return Math.sqrt(s);
};
/** ||a - b||, and Infinity where one is not a number */
const distance = (a: Matrix, b: Matrix): number => {
  const d = norm({ ...a, at: (i, j) => a.at(i, j) - b.at(i, j) });
  return Number.isNaN(d) ? Infinity : d;
};

const random = (dtype: Real, shape: readonly number[], seed: number): lw.Tensor => {
  const next = generator(seed);
  const size = shape.reduce((p, d) => p * d, 1);
  return lw
    .array(Float64Array.from({ length: size }, () => 2 * next() - 1))
    .astype(dtype)
    .reshape(shape)
    .eval();
};
/** A A^T / n + I / 2 */
const definite = (dtype: Real, n: number, seed: number): lw.Tensor => {
  const a = random('float64', [n, n], seed);
  return a
    .matmul(a.T)
    .divide(Math.max(n, 1))
    .add(lw.eye(n, n, 0, 'float64').multiply(0.5))
    .astype(dtype)
    .eval();
};
/** Zero on the other side of the diagonal. */
const triangle = (a: Matrix, upper: boolean): Matrix => ({
  ...a,
  at: (i, j) => ((upper ? j < i : j > i) ? 0 : a.at(i, j)),
});
/** A diagonal of size n keeps a random triangle well conditioned. */
const strong = (dtype: Real, n: number, seed: number): lw.Tensor =>
  random(dtype, [n, n], seed)
    .add(lw.eye(n, n, 0, dtype).multiply(n))
    .eval();

const shapes = [
  [1, 1], [2, 2], [3, 7], [7, 3], [15, 15], [16, 16], [17, 17], [31, 33], [33, 31], [64, 64], [65, 65],
  [70, 20], [20, 70], [97, 97], [1, 50], [50, 1], [130, 130],
] as const; // prettier-ignore
const orders = [1, 2, 5, 15, 16, 17, 24, 31, 33, 47, 48, 49, 64, 65, 97, 130] as const;

describe.each(devices)('%s', (device) => {
  let before = '';
  beforeAll(() => {
    before = lw.defaultDevice();
    lw.setDefaultDevice(device);
  });
  afterAll(() => {
    lw.setDefaultDevice(before);
  });
  /** The reference is slow and has no blocks. */
  const small = (n: number): boolean => device === 'wasm' || n <= 33;

  describe.each(dtypes)('%s', (dtype) => {
    const unit = eps[dtype];

    it.each(shapes.filter(([m, n]) => small(Math.max(m, n))))(
      'qr › Q R is A, Q has orthonormal columns, R is upper, (%i,%i)',
      (m, n) => {
        const a = random(dtype, [m, n], m * 131 + n);
        const parts = linalg.qr(a);
        lw.eval(parts);
        const [q, r] = parts.map(read) as [Matrix, Matrix];
        const k = Math.min(m, n);
        expect([q.rows, q.columns, r.rows, r.columns]).toEqual([m, k, k, n]);
        const A = read(a);
        expect(distance(times(q, r), A) / norm(A) / unit).toBeLessThan(12);
        expect(distance(times(turned(q), q), identity(k)) / unit).toBeLessThan(4 * Math.sqrt(k) + 8);
        expect(distance(r, triangle(r, true))).toBe(0);
      },
    );

    it.each(shapes.filter(([m, n]) => small(Math.max(m, n))))(
      'lu › L[P] U is A, multipliers at most 1, (%i,%i)',
      (m, n) => {
        const a = random(dtype, [m, n], m * 17 + n);
        const parts = linalg.lu(a);
        lw.eval(parts);
        const p = Array.from(parts[0].toTypedArray(), Number);
        const [l, u] = [read(parts[1]), read(parts[2])];
        const k = Math.min(m, n);
        expect([l.rows, l.columns, u.rows, u.columns]).toEqual([m, k, k, n]);
        expect([...p].sort((x, y) => x - y)).toEqual(Array.from({ length: m }, (_, i) => i));
        const rows: Matrix = { ...l, at: (i, j) => l.at(p[i]!, j) };
        const A = read(a);
        expect(distance(times(rows, u), A) / norm(A) / unit).toBeLessThan(20);
        expect(distance(u, triangle(u, true))).toBe(0);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < k; j++) {
            if (j > i) expect(l.at(i, j)).toBe(0);
            else if (j === i) expect(l.at(i, j)).toBe(1);
            else expect(Math.abs(l.at(i, j))).toBeLessThanOrEqual(1);
          }
        }
      },
    );

    it.each(orders.filter(small))('cholesky › L L^T and U^T U are A, one triangle is read, n = %i', (n) => {
      const a = definite(dtype, n, n);
      const A = read(a);
      for (const upper of [false, true]) {
        // what lies on the other side must not matter
        const poisoned = lw.where(upper ? lw.triu(lw.ones([n, n])) : lw.tril(lw.ones([n, n])), a, NaN);
        const t = read(linalg.cholesky(poisoned, upper));
        expect(distance(t, triangle(t, upper))).toBe(0);
        const back = upper ? times(turned(t), t) : times(t, turned(t));
        expect(distance(back, A) / norm(A) / unit).toBeLessThan(6);
      }
    });

    it.each(orders.filter(small))('inv › A times it is the identity, n = %i', (n) => {
      const a = strong(dtype, n, n + 5);
      const x = linalg.inv(a);
      expect(x.dtype).toBe(dtype);
      expect(distance(times(read(a), read(x)), identity(n)) / unit).toBeLessThan(4 * n);
    });

    it.each(orders.filter(small))('triInv › inverts one triangle and does not read the other, n = %i', (n) => {
      for (const upper of [false, true]) {
        const a = strong(dtype, n, n + 9);
        const x = read(linalg.triInv(a, upper));
        expect(distance(x, triangle(x, upper))).toBe(0);
        expect(distance(times(triangle(read(a), upper), x), identity(n)) / unit).toBeLessThan(4 * n);
        const full = times(upper ? x : turned(x), upper ? turned(x) : x);
        const back = read(linalg.choleskyInv(a, upper));
        expect(distance(back, full) / norm(full) / unit).toBeLessThan(8);
      }
    });

    it.each(orders.filter(small).flatMap((n) => [1, 3, 20].map((k) => [n, k] as const)))(
      'solve › A X is B, n = %i, %i right sides',
      (n, k) => {
        const a = random(dtype, [n, n], n + k);
        const b = random(dtype, [n, k], n * k);
        const x = read(linalg.solve(a, b));
        const A = read(a);
        expect(distance(times(A, x), read(b)) / (norm(A) * norm(x) + norm(read(b))) / unit).toBeLessThan(8);
      },
    );

    it.each(orders.filter(small).flatMap((n) => [1, 3, 20].map((k) => [n, k] as const)))(
      'solveTriangular › T X is B, n = %i, %i right sides',
      (n, k) => {
        const b = random(dtype, [n, k], n * k);
        for (const upper of [false, true]) {
          const a = strong(dtype, n, n + k);
          const x = read(linalg.solveTriangular(a, b, upper));
          const T = triangle(read(a), upper);
          expect(distance(times(T, x), read(b)) / (norm(T) * norm(x)) / unit).toBeLessThan(4);
        }
      },
    );

    it('qr › rank-deficient matrices: Q stays orthonormal', () => {
      const wide = random(dtype, [40, 5], 1);
      const low = wide.matmul(random(dtype, [5, 36], 2)).eval();
      for (const a of [low, lw.ones([34, 34], dtype), lw.zeros([5, 3], dtype), lw.eye(4, 4, 1, dtype)]) {
        const parts = linalg.qr(a);
        lw.eval(parts);
        const [q, r] = parts.map(read) as [Matrix, Matrix];
        expect(distance(times(turned(q), q), identity(q.columns)) / unit).toBeLessThan(30);
        expect(distance(times(q, r), read(a)) / Math.max(norm(read(a)), 1) / unit).toBeLessThan(12);
      }
    });

    it('qr › tiny and huge columns neither vanish nor overflow', () => {
      const [tiny, huge] = dtype === 'float32' ? [1e-30, 1e30] : [1e-250, 1e250];
      for (const s of [tiny, huge]) {
        const a = random(dtype, [9, 6], 3).multiply(s).eval();
        const parts = linalg.qr(a);
        lw.eval(parts);
        const [q, r] = parts.map(read) as [Matrix, Matrix];
        const scaled = (x: Matrix): Matrix => ({ ...x, at: (i, j) => x.at(i, j) / s });
        expect(distance(times(turned(q), q), identity(6)) / unit).toBeLessThan(20);
        expect(distance(times(q, scaled(r)), scaled(read(a))) / unit).toBeLessThan(40);
      }
    });

    it('det › products far outside the range of the dtype come back into it', () => {
      const big = dtype === 'float32' ? 1e30 : 1e300;
      const diagonal = lw.diag(lw.array([big, big, -1 / big, 3 / big, 0.5], dtype));
      expect(linalg.det(diagonal).item()).toBeCloseTo(-1.5, 5);
      const [sign, log] = linalg.slogdet(lw.diag(lw.array(Array<number>(200).fill(-big), dtype)));
      expect(sign.item()).toBe(1);
      expect(Number(log.item()) / (200 * Math.log(big))).toBeCloseTo(1, 6);
      const three = linalg.slogdet(lw.diag(lw.array([big, big, -big], dtype)));
      expect([three[0].item(), Number(three[1].item()) / (3 * Math.log(big))]).toEqual([-1, expect.closeTo(1, 6)]);
      expect(linalg.det(lw.diag(lw.array(Array<number>(40).fill(big), dtype))).item()).toBe(Infinity);
      expect(linalg.det(lw.diag(lw.array(Array<number>(40).fill(1 / big), dtype))).item()).toBe(0);
    });

    it('det, slogdet › a permutation has its parity', () => {
      const rows = [3, 0, 4, 1, 2, 5];
      const p = lw.eye(6, 6, 0, dtype).take(lw.array(rows, 'int32'), 0);
      // the cycle 0 3 1 is even, 2 4 is odd
      expect(linalg.det(p).item()).toBe(-1);
      expect(linalg.slogdet(p).map((t) => t.item())).toEqual([-1, 0]);
    });
  });

  it('lu, luFactor, inv, solve › sizes of 0', () => {
    const shapesOf = (list: readonly lw.Tensor[]): unknown[] => list.map((t) => [t.shape, t.eval().size]);
    expect(shapesOf(linalg.lu(lw.zeros([0, 0])))).toEqual([[[0], 0], [[0, 0], 0], [[0, 0], 0]]); // prettier-ignore
    const [p, l, u] = linalg.lu(lw.zeros([2, 3, 0]));
    expect([p.tolist(), l.shape, u.shape]).toEqual([[[0, 1, 2], [0, 1, 2]], [2, 3, 0], [2, 0, 0]]); // prettier-ignore
    expect(shapesOf(linalg.luFactor(lw.zeros([0, 4])))).toEqual([[[0, 4], 0], [[0], 0]]); // prettier-ignore
    expect(shapesOf([linalg.inv(lw.zeros([0, 0])), linalg.triInv(lw.zeros([2, 0, 0]), true)])).toEqual([[[0, 0], 0], [[2, 0, 0], 0]]); // prettier-ignore
    expect(shapesOf([linalg.solve(lw.zeros([0, 0]), lw.zeros([0]))])).toEqual([[[0], 0]]);
    expect(shapesOf([linalg.choleskyInv(lw.zeros([0, 0]))])).toEqual([[[0, 0], 0]]);
    expect(shapesOf([linalg.solveTriangular(lw.eye(2), lw.zeros([2, 0]))])).toEqual([[[2, 0], 0]]);
  });

  it('solve › the axes before the matrices broadcast', () => {
    const a = random('float64', [2, 1, 3, 3], 4);
    const b = random('float64', [4, 3, 2], 5);
    const x = linalg.solve(a, b);
    expect(x.shape).toEqual([2, 4, 3, 2]);
    expect(lw.allclose(a.matmul(x), lw.broadcastTo(b, [2, 4, 3, 2]), 1e-10, 1e-12).item()).toBe(true);
    const one = linalg.solve(a.at(0, 0), lw.stack([b.at(0), b.at(1)]));
    expect(lw.allclose(one, x.at(0, lw.slice(0, 2)), 1e-12, 1e-14).item()).toBe(true);
    const vector = linalg.solve(a, b.at(0, ':', 0));
    expect(vector.shape).toEqual([2, 1, 3]);
    expect(lw.allclose(vector, x.at(':', lw.slice(0, 1), ':', 0), 1e-12, 1e-14).item()).toBe(true);
  });

  it('solve › operands of any dtype that promote to float32 or float64', () => {
    const whole = lw.array([2, 1, 1, 3], 'int32').reshape([2, 2]);
    expect(linalg.solve(whole, lw.array([3, 4], 'float32')).tolist()).toEqual([1, 1]);
    const tenths = whole.astype('float32').multiply(0.1);
    const x = linalg.solve(tenths, lw.array([1, 1], 'float64'));
    const [a, b, , d] = [...tenths.toTypedArray()].map(Number) as [number, number, number, number];
    expect(x.dtype).toBe('float64');
    // Cramer's rule on the rounded tenths
    expect([...x.toTypedArray()]).toEqual([d - b, a - b].map((v) => expect.closeTo(v / (a * d - b * b), 12) as never));
  });

  it('det, slogdet › half types and integers above 3 x 3', () => {
    const n = 5;
    const values = lw.eye(n, n, 0, 'int32').multiply(3).add(1);
    for (const dtype of ['float16', 'bfloat16', 'int32', 'uint8'] as const) {
      const d = linalg.det(values.astype(dtype));
      // 3^4 (3 + 5)
      expect([d.dtype, d.item()]).toEqual([dtype === 'int32' || dtype === 'uint8' ? 'float32' : dtype, 648]);
    }
    expect(linalg.det(lw.eye(4, 4, 0, 'bool')).item()).toBe(1);
  });

  it('inv, lu, qr, det › NaN in, NaN out, and no loop', () => {
    const a = lw.array([[NaN, 1, 2, 3], [1, 2, 0, 1], [0, 1, 1, 1], [5, 1, 2, 2]]); // prettier-ignore
    expect(Number.isNaN(linalg.det(a).item())).toBe(true);
    expect(
      linalg
        .inv(a)
        .toTypedArray()
        .every((v) => Number.isNaN(v)),
    ).toBe(true);
    expect(linalg.qr(a)[1].isnan().any().item()).toBe(true);
    expect(linalg.lu(a)[2].isnan().any().item()).toBe(true);
    const [sign, log] = linalg.slogdet(a.multiply(NaN));
    expect([sign.item(), log.item()]).toEqual([NaN, NaN]);
    const infinite = lw.array([[Infinity, 1], [1, Infinity]]); // prettier-ignore
    expect(linalg.det(infinite).item()).toBe(Infinity);
    expect(linalg.qr(infinite)[0].isnan().any().item()).toBe(true);
  });

  it('lu › its results share one computation and outlive each other', () => {
    const a = random('float32', [20, 20], 8);
    const [p, l, u] = linalg.lu(a);
    lw.eval([p, l, u]);
    const before = u.tolist();
    l.dispose();
    p.dispose();
    expect(u.tolist()).toEqual(before);
    const kept = lw.tidy(() => linalg.qr(a)[1]);
    expect(kept.shape).toEqual([20, 20]);
    expect(linalg.qr(a)[1].tolist()).toEqual(kept.tolist());
  });
});

it('mT › is matrixTranspose, a view', () => {
  const a = lw.arange(12).reshape([2, 2, 3]);
  expect(a.mT.tolist()).toEqual([[[0, 3], [1, 4], [2, 5]], [[6, 9], [7, 10], [8, 11]]]); // prettier-ignore
  expect(lw.matrixTranspose(a).tolist()).toEqual(a.mT.tolist());
});

it('linalg › no op ran on the reference in the place of wasm', () => {
  lw.setDefaultDevice('wasm');
  expect(lw.backends().find((b) => b.name === 'wasm')!.fallbacks).toEqual({});
});
