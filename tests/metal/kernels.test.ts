// Values of every kernel against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, f32Bits, folder, inEveryOrder, kernelsUnderTest, text } from './rig.js';
import { F32, FLOATS, indices, numbers, size, stored, strided, ulps, type Type } from './values.js';

/** By bisection of erf in float64. */
const erfinv = (x: number): number => {
  if (!(Math.abs(x) < 1)) return Math.abs(x) === 1 ? x * Infinity : NaN;
  let [low, high] = [0, 6];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (erf(middle) < Math.abs(x)) low = middle;
    else high = middle;
  }
  return x === 0 ? x : Math.sign(x) * low;
};
const erf = (x: number): number => {
  // the series converges for all x; 200 terms are exact in float64 up to |x| = 6
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * sum;
};
const bool = (b: boolean): number => (b ? 1 : 0);
const UNARY: Record<string, (x: number) => number> = {
  negative: (x) => -x,
  abs: Math.abs,
  sign: (x) => Math.sign(x) || 0,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  erf,
  erfinv,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => (Number.isFinite(x) && Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  trunc: Math.trunc,
};
const TESTS1: Record<string, (x: number) => boolean> = {
  isnan: Number.isNaN,
  isinf: (x) => Math.abs(x) === Infinity,
  isposinf: (x) => x === Infinity,
  isneginf: (x) => x === -Infinity,
  logicalNot: (x) => x === 0,
};
const floorMod = (x: number, y: number): number => {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
};
const nan = (f: (x: number, y: number) => number) => (x: number, y: number) => (x !== x || y !== y ? NaN : f(x, y));
const BINARY: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  power: (x, y) => (x === 1 ? 1 : x ** y),
  arctan2: Math.atan2,
  remainder: floorMod,
  floorDivide: (x, y) => Math.floor(Math.fround(x / y)),
  maximum: nan(Math.max),
  minimum: nan(Math.min),
  logaddexp: (x, y) => (x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)))),
};
const TESTS2: Record<string, (x: number, y: number) => boolean> = {
  equal: (x, y) => x === y,
  notEqual: (x, y) => x !== y,
  less: (x, y) => x < y,
  lessEqual: (x, y) => x <= y,
  greater: (x, y) => x > y,
  greaterEqual: (x, y) => x >= y,
};

describe('metal kernels', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    const N = 1037; // no multiple of what a thread, a simd group or a threadgroup takes
    const values = [
      0,
      -0,
      1,
      -1,
      0.5,
      1.5,
      2.5,
      -2.5,
      100,
      -100,
      Infinity,
      -Infinity,
      NaN,
      1e-3,
      ...numbers(N - 14).map((x) => x * 4),
    ];

    it.each(FLOATS)('unary › agrees with float64: $code', (t) => {
      const x = stored(t, values);
      for (const [name, f] of Object.entries(UNARY)) {
        const got = t.unpack(new Bench(addon).run(`unary_${name}_${t.code}`, [t.pack(x)], N * size(t), [N, 1]));
        const want = stored(t, x.map(f));
        // float32 functions of a libm are good to 1 ulp, those made of others here to 4; halves are rounded once
        expect(ulps(got, want, t.eps, name === 'tan' ? 1 : 2 ** -4), name).toBeLessThanOrEqual(t === F32 ? 4 : 1);
      }
      for (const [name, f] of Object.entries(TESTS1)) {
        const got = new Bench(addon).run(`unary_${name}_${t.code}`, [t.pack(x)], N, [N, 1]);
        expect([...got], name).toEqual(x.map((v) => bool(f(v))));
      }
    });

    it('unary › erfinv holds its precision up to 1', () => {
      const x = stored(F32, [0.9, 0.99, 0.993, 0.994, 0.999, 0.9999, -0.99999, 1e-20]);
      const got = F32.unpack(new Bench(addon).run('unary_erfinv_f32', [F32.pack(x)], 32, [8, 1]));
      // near zero erf is linear, and bisection of float64 too coarse
      const want = x.map((v) => (Math.abs(v) < 1e-9 ? (v * Math.sqrt(Math.PI)) / 2 : erfinv(v)));
      got.forEach((g, i) => expect(Math.abs(g / want[i]! - 1)).toBeLessThan(4e-7));
    });

    it('unary › walks transposed, reversed, broadcast and offset views', () => {
      const x = numbers(64);
      const walks: [number[], number, number[]][] = [
        [[4, 16], 0, [1, 4]],
        [[64], 63, [-1]],
        [[3, 5], 7, [0, 2]],
        [[2, 1, 3, 1, 2, 2, 1, 2], 1, [8, 5, 9, 4, 2, 4, 3, 1]],
        [[], 5, []],
        [[0, 3], 0, [3, 1]],
      ];
      for (const [dims, start, strides] of walks) {
        const want = indices(dims).map((i) => -x[start + i.reduce((at, v, a) => at + v * strides[a]!, 0)]!);
        const bytes = want.length * 4;
        const got = new Bench(addon).run(
          'unary_negative_f32_strided',
          [F32.pack(x)],
          bytes,
          strided(dims, [start, strides]),
        );
        expect(F32.unpack(got)).toEqual(stored(F32, want));
      }
    });

    it.each(FLOATS)('binary › agrees with float64: $code', (t) => {
      const x = stored(t, values);
      const y = stored(t, [...values.slice(14), ...values.slice(0, 14)]);
      for (const [name, f] of Object.entries(BINARY)) {
        const got = t.unpack(
          new Bench(addon).run(`binary_${name}_${t.code}`, [t.pack(x), t.pack(y)], N * size(t), [N, 1, 1]),
        );
        const want = stored(
          t,
          x.map((v, i) => f(v, y[i]!)),
        );
        // where the sum of a logaddexp cancels, its terms are about 1
        expect(ulps(got, want, t.eps, name === 'logaddexp' ? 1 : 2 ** -4), name).toBeLessThanOrEqual(t === F32 ? 4 : 1);
      }
      for (const [name, f] of Object.entries(TESTS2)) {
        const got = new Bench(addon).run(`binary_${name}_${t.code}`, [t.pack(x), t.pack(y)], N, [N, 1, 1]);
        expect([...got], name).toEqual(x.map((v, i) => bool(f(v, y[i]!))));
      }
      const held = t.unpack(
        new Bench(addon).run(`binary_subtract_${t.code}`, [t.pack(x), t.pack([2])], N * size(t), [N, 1, 0]),
      );
      expect(held).toEqual(
        stored(
          t,
          x.map((v) => v - 2),
        ),
      );
      const row = binaryRow(t);
      expect(row.got).toEqual(row.want);
    });
    /** A matrix minus a row of its columns, turned. */
    function binaryRow(t: Type): { got: number[]; want: number[] } {
      const [x, y] = [stored(t, numbers(35)), stored(t, numbers(5, 7))];
      const words = strided([5, 7], [0, [1, 5]], [4, [-1, 0]]);
      const got = new Bench(addon).run(
        `binary_subtract_${t.code}_strided`,
        [t.pack(x), t.pack(y)],
        35 * size(t),
        words,
      );
      return {
        got: t.unpack(got),
        want: stored(
          t,
          indices([5, 7]).map(([i, j]) => x[i! + j! * 5]! - y[4 - i!]!),
        ),
      };
    }

    it('unary, binary › bools', () => {
      const [x, y] = [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 0, 1)];
      const one = (name: string): string =>
        new Bench(addon)
          .run(`unary_${name}_b8`, [x], 4, [4, 1])
          .filter((_, i) => i % 2)
          .join('');
      for (const name of ['abs', 'sign', 'square', 'floor', 'ceil', 'round']) expect(one(name), name).toBe('01');
      for (const name of ['logicalNot', 'bitwiseInvert']) expect(one(name), name).toBe('10');
      // of (0, 0), (0, 1), (1, 0), (1, 1), as MLX computes them on bytes
      const tables = {
        '0111': ['add', 'maximum', 'bitwiseOr', 'logicalOr'],
        '0001': ['multiply', 'minimum', 'bitwiseAnd', 'logicalAnd', 'floorDivide'],
        '0110': ['subtract', 'bitwiseXor', 'notEqual'],
        '0000': ['remainder'],
        '1011': ['power', 'greaterEqual'],
        '1001': ['equal'],
        '0100': ['less'],
        '1101': ['lessEqual'],
        '0010': ['greater'],
      };
      for (const [want, names] of Object.entries(tables))
        for (const name of names) {
          expect(new Bench(addon).run(`binary_${name}_b8`, [x, y], 4, [4, 1, 1]).join(''), name).toBe(want);
        }
    });
    it.each(FLOATS)('copy › converts $code and gathers views', (t) => {
      const x = stored(t, values);
      for (const to of FLOATS) {
        const got = new Bench(addon).run(`copy_${t.code}_${to.code}`, [t.pack(x)], N * size(to), [N, 1]);
        expect(to.unpack(got), to.code).toEqual(stored(to, x));
      }
      const small = x.filter((v) => Math.abs(v) < 1000);
      const ints = new Bench(addon).run(`copy_${t.code}_i32`, [t.pack(small)], small.length * 4, [small.length, 1]);
      expect([...new Int32Array(ints.buffer)]).toEqual(small.map((v) => Math.trunc(v) + 0));
      const turned = new Bench(addon).run(
        `copy_${t.code}_${t.code}_strided`,
        [t.pack(x)],
        600 * size(t),
        strided([20, 30], [0, [1, 20]]),
      );
      expect(t.unpack(turned)).toEqual(indices([20, 30]).map(([i, j]) => x[i! + 20 * j!]!));
    });

    const LENGTHS = [1, 2, 31, 32, 33, 100, 1000, 5000];
    it.each(FLOATS)('reduce › agrees with float64 for rows of any length: $code', (t) => {
      for (const n of LENGTHS) {
        const rows = 3;
        const x = stored(t, numbers(rows * n, n));
        const each = <R>(f: (row: number[]) => R): R[] =>
          Array.from({ length: rows }, (_, r) => f(x.slice(r * n, r * n + n)));
        const call = (name: string, width = size(t)): Uint8Array =>
          new Bench(addon).run(`reduce_${name}_${t.code}`, [t.pack(x)], rows * width, [rows, n]);
        const sums = stored(
          t,
          each((row) => row.reduce((a, b) => a + b, 0)),
        );
        // partial sums grow like sqrt(n): their rounding in float32 against a sum that may be near zero
        expect(ulps(t.unpack(call('sum')), sums, t.eps, Math.sqrt(n))).toBeLessThanOrEqual(4);
        expect(t.unpack(call('max'))).toEqual(each((row) => Math.max(...row)));
        expect(t.unpack(call('min'))).toEqual(each((row) => Math.min(...row)));
        expect([...new Uint32Array(call('argmax', 4).buffer)]).toEqual(each((row) => row.indexOf(Math.max(...row))));
        expect([...new Uint32Array(call('argmin', 4).buffer)]).toEqual(each((row) => row.indexOf(Math.min(...row))));
      }
      const few = stored(t, [1.5, -2, 0.5, 4]);
      expect(t.unpack(new Bench(addon).run(`reduce_prod_${t.code}`, [t.pack(few)], size(t), [1, 4]))).toEqual([-6]);
    });
    it('reduce › NaN wins, nothing gives the neutral value', () => {
      const x = F32.pack([1, NaN, 3, -Infinity, -Infinity, -Infinity]);
      const call = (name: string, rows: number, n: number, width = 4): Uint8Array =>
        new Bench(addon).run(`reduce_${name}_f32`, [x], rows * width, [rows, n]);
      expect(F32.unpack(call('max', 2, 3))).toEqual([NaN, -Infinity]);
      expect(F32.unpack(call('min', 2, 3))).toEqual([NaN, -Infinity]);
      expect([...new Uint32Array(call('argmax', 2, 3).buffer)]).toEqual([1, 0]);
      expect(F32.unpack(call('sum', 2, 0))).toEqual([0, 0]);
      expect(F32.unpack(call('prod', 2, 0))).toEqual([1, 1]);
    });

    it.each(FLOATS)('softmax › agrees with float64 for rows of any length: $code', (t) => {
      for (const n of LENGTHS) {
        const rows = 2;
        const x = stored(
          t,
          numbers(rows * n, n).map((v) => v * 8),
        );
        const parts = [x.slice(0, n), x.slice(n)].map((row) => {
          const high = Math.max(...row);
          return { row, lse: high + Math.log(row.reduce((s, v) => s + Math.exp(v - high), 0)) };
        });
        const call = (name: string, count: number): number[] =>
          t.unpack(new Bench(addon).run(`${name}_${t.code}`, [t.pack(x)], count * size(t), [rows, n]));
        const soft = parts.flatMap(({ row, lse }) => row.map((v) => Math.exp(v - lse)));
        const logs = parts.flatMap(({ row, lse }) => row.map((v) => v - lse));
        const limit = t === F32 ? 8 : 1;
        expect(ulps(call('softmax', rows * n), stored(t, soft), t.eps)).toBeLessThanOrEqual(limit);
        expect(ulps(call('log_softmax', rows * n), stored(t, logs), t.eps, 8)).toBeLessThanOrEqual(limit);
        expect(
          ulps(
            call('logsumexp', rows),
            stored(
              t,
              parts.map((p) => p.lse),
            ),
            t.eps,
            8,
          ),
        ).toBeLessThanOrEqual(limit);
      }
    });
    it('softmax › rows of infinities are what MLX makes of them', () => {
      const x = F32.pack([-Infinity, -Infinity, 0, -Infinity]);
      expect(F32.unpack(new Bench(addon).run('softmax_f32', [x], 16, [2, 2]))).toEqual([0, 0, 1, 0]);
      const lse = F32.pack([-Infinity, -Infinity, Infinity, 0, 0, NaN]);
      expect(F32.unpack(new Bench(addon).run('logsumexp_f32', [lse], 12, [3, 2]))).toEqual([-Infinity, Infinity, NaN]);
    });

    it.each(FLOATS)('norms › agree with float64, with and without weight and bias: $code', (t) => {
      for (const n of [1, 31, 257, 2048]) {
        const rows = 3;
        const [x, w, b] = [numbers(rows * n), numbers(n, 3), numbers(n, 5)].map((v) => stored(t, v)) as [
          number[],
          number[],
          number[],
        ];
        const want = (layer: boolean, weight: boolean, bias: boolean): number[] =>
          stored(
            t,
            Array.from({ length: rows }, (_, r) => x.slice(r * n, r * n + n)).flatMap((row) => {
              const mean = layer ? row.reduce((a, v) => a + v, 0) / n : 0;
              const scale = 1 / Math.sqrt(row.reduce((a, v) => a + (v - mean) ** 2, 0) / n + 1e-5);
              return row.map((v, i) => (v - mean) * scale * (weight ? w[i]! : 1) + (bias ? b[i]! : 0));
            }),
          );
        for (const weight of [true, false]) {
          const rms = new Bench(addon).run(`rms_norm_${t.code}`, [t.pack(x), t.pack(w)], rows * n * size(t), [
            rows,
            n,
            f32Bits(1e-5),
            bool(weight),
          ]);
          expect(ulps(t.unpack(rms), want(false, weight, false), t.eps, 2 ** -4)).toBeLessThanOrEqual(
            t === F32 ? 8 : 1,
          );
          const words = [rows, n, f32Bits(1e-5), bool(weight), bool(!weight)];
          const layer = new Bench(addon).run(
            `layer_norm_${t.code}`,
            [t.pack(x), t.pack(w), t.pack(b)],
            rows * n * size(t),
            words,
          );
          expect(ulps(t.unpack(layer), want(true, weight, !weight), t.eps, 1)).toBeLessThanOrEqual(t === F32 ? 8 : 1);
        }
      }
    });

    it.each(FLOATS)('matvec › agrees with float64, by rows and by columns: $code', (t) => {
      for (const [rows, n] of [
        [1, 1],
        [7, 31],
        [33, 300],
        [5, 0],
      ] as const) {
        const [x, y] = [stored(t, numbers(Math.max(rows * n, 1))), stored(t, numbers(Math.max(n, 1), 9))];
        for (const [row, column] of [
          [n, 1],
          [1, rows],
        ] as const) {
          const want = indices([rows]).map(([r]) => {
            let s = 0;
            for (let i = 0; i < n; i++) s += x[r! * row + i * column]! * y[i]!;
            return s;
          });
          const got = new Bench(addon).run(`matvec_${t.code}`, [t.pack(x), t.pack(y)], rows * size(t), [
            rows,
            n,
            row,
            column,
          ]);
          expect(ulps(t.unpack(got), stored(t, want), t.eps, Math.sqrt(n))).toBeLessThanOrEqual(t === F32 ? 4 : 1);
        }
      }
    });

    const SHAPES = [
      [1, 1, 1],
      [1, 33, 7],
      [7, 9, 33],
      [9, 1, 16],
      [33, 40, 17],
      [64, 32, 48],
      [5, 6, 0],
    ];
    it.each(FLOATS)('matmul › agrees with float64 for ragged sizes, turned operands and batches: $code', (t) => {
      for (const [m, n, k] of SHAPES as [number, number, number][]) {
        for (const [turnA, turnB] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ]) {
          const [x, y] = [stored(t, numbers(Math.max(2 * m * k, 1))), stored(t, numbers(Math.max(k * n, 1), 9))];
          const a = turnA ? [1, m] : [k, 1];
          const b = turnB ? [1, k] : [n, 1];
          const want = indices([2, m, n]).map(([z, i, j]) => {
            let s = 0;
            for (let d = 0; d < k; d++) s += x[z! * m * k + i! * a[0]! + d * a[1]!]! * y[d * b[0]! + j! * b[1]!]!;
            return s;
          });
          const words = [m, n, k, 1, 2, 0, 0, 0, 0, ...a, m * k, 0, 0, 0, 0, ...b, 0, 0, 0, 0];
          const got = t.unpack(
            new Bench(addon).run(`matmul_${t.code}`, [t.pack(x), t.pack(y)], 2 * m * n * size(t), words),
          );
          expect(ulps(got, stored(t, want), t.eps, Math.sqrt(k))).toBeLessThanOrEqual(t === F32 ? 4 : 1);
        }
      }
    });
  });

  it('limits › a device of 256 threads computes the same rows', () => {
    rig.set('max-threads', 256);
    addon.close();
    const x = numbers(5000);
    const got = F32.unpack(new Bench(addon).run('reduce_sum_f32', [F32.pack(x)], 4, [1, 5000]))[0]!;
    expect(Math.abs(got - stored(F32, x).reduce((a, b) => a + b, 0))).toBeLessThan(1e-4);
    addon.close();
    rig.set('max-threads', 1024);
    expect(rig.reports()).toEqual([]);
  });

  const files = folder('kernels').map((f) => f.replace('.metal', ''));
  it.each(files.filter((f) => f !== 'common'))('sources › every kernel of %s can be made', (family) => {
    new Bench(addon);
    const source = `${text('kernels/common.metal')}\n${text(`kernels/${family}.metal`)}`;
    const names = rig.compile(source, `${family}.metal`);
    for (const name of names) expect(() => addon.kernel(name), name).not.toThrow();
    expect(new Set(names).size).toBe(names.length);
  });
});
