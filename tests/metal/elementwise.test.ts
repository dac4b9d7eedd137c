// Elementwise kernels of floats and bools against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { COMPARISONS } from '../support/comparisons.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
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

describe('metal elementwise kernels', () => {
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
      for (const [name, f] of Object.entries(COMPARISONS)) {
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

    it('unary › bools', () => {
      const x = Uint8Array.of(0, 1);
      const of = (name: string): string => new Bench(addon).run(`unary_${name}_b8`, [x], 2, [2, 1]).join('');
      for (const name of ['abs', 'sign', 'square', 'floor', 'ceil', 'round']) expect(of(name), name).toBe('01');
      for (const name of ['logicalNot', 'bitwiseInvert']) expect(of(name), name).toBe('10');
    });
    it('binary › bools', () => {
      const [x, y] = [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 0, 1)];
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

    const whole = 4096; // all that the threads of a grid take
    it.each(FLOATS)('unary › one element stands for all: $code', (t) => {
      const got = new Bench(addon).run(`unary_negative_${t.code}`, [t.pack([2, 5])], whole * size(t), [whole, 0]);
      expect(t.unpack(got)).toEqual(Array<number>(whole).fill(-2));
    });
    it.each(FLOATS)('binary › one element stands for all of an operand: $code', (t) => {
      const x = stored(t, numbers(whole));
      const minus = (a: number[], b: number[], ...walks: [number, number]): number[] =>
        t.unpack(
          new Bench(addon).run(`binary_subtract_${t.code}`, [t.pack(a), t.pack(b)], whole * size(t), [whole, ...walks]),
        );
      const want = (f: (v: number) => number): number[] => stored(t, x.map(f));
      expect(minus([2, 5], [1], 0, 0)).toEqual(want(() => 1));
      expect(minus(x, [2, 5], 1, 0)).toEqual(want((v) => v - 2));
      expect(minus([2, 5], x, 0, 1)).toEqual(want((v) => 2 - v));
      expect(minus(x, x, 1, 1)).toEqual(want(() => 0));
    });
    it.each(FLOATS)('binary › logaddexp of equal numbers, infinities and NaN: $code', (t) => {
      const x = [1, -3, 0, Infinity, -Infinity, Infinity, -Infinity, 2, NaN, 1];
      const y = [1, -3, 0, Infinity, -Infinity, -Infinity, 2, Infinity, 1, NaN];
      const bytes = new Bench(addon).run(
        `binary_logaddexp_${t.code}`,
        [t.pack(x), t.pack(y)],
        10 * size(t),
        [10, 1, 1],
      );
      const log2 = [1, -3, 0].map((v) => v + Math.LN2);
      const want = stored(t, [...log2, Infinity, -Infinity, Infinity, 2, Infinity, NaN, NaN]);
      expect(ulps(t.unpack(bytes), want, t.eps)).toBeLessThanOrEqual(1);
    });
  });
});
