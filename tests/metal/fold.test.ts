// Reductions of any axis against float64 and bigint arithmetic, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { held, INTEGERS } from './integers.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { F32, FLOATS, indices, numbers, size, stored, ulps, type Type } from './values.js';

/** [outer, n, inner, parts]: none, one and many of each, no multiples, more columns than a threadgroup takes, empty last parts */
const LAYOUTS: [number, number, number, number][] = [
  [1, 1, 1, 1],
  [3, 1000, 1, 1],
  [2, 5000, 1, 7],
  [1, 9, 1, 5],
  [5, 7, 3, 1],
  [2, 33, 32, 2],
  [1, 70, 45, 3],
  [2, 3, 100, 1],
  [1, 300, 5, 4],
];
type Element = number | bigint;
/** Rows of [outer, n, inner], in the order of the result. */
const rowsOf = <E extends Element>(x: readonly E[], [outer, n, inner]: readonly number[]): E[][] =>
  indices([outer!, inner!]).map(([o, j]) => Array.from({ length: n! }, (_, k) => x[(o! * n! + k) * inner! + j!]!));

const lse = (row: readonly number[]): number => {
  const most = Math.max(...row);
  return Math.abs(most) === Infinity ? most : most + Math.log(row.reduce((s, v) => s + Math.exp(v - most), 0));
};
/** The place of the extreme of `most` by comparison; NaN beats all, the first of equals wins. */
const place = <E extends Element>(row: readonly E[], beats: (a: E, b: E) => boolean): number => {
  const nan = row.findIndex((v) => v !== v);
  return nan >= 0 ? nan : row.reduce((best, v, i) => (beats(v, row[best]!) ? i : best), 0);
};
const up = <E extends Element>(a: E, b: E): boolean => a > b;
const down = <E extends Element>(a: E, b: E): boolean => a < b;

describe('metal reductions of any axis', () => {
  const { addon, rig } = kernelsUnderTest();

  /** One pass, or two where there are parts: `first` leaves elements of `between` bytes, `last` takes them. */
  function fold(
    layout: readonly number[],
    x: ArrayBufferView,
    [first, last]: readonly [string, string],
    between: number,
    out: number,
  ): Uint8Array {
    const [outer, n, inner, parts] = layout as [number, number, number, number];
    const folded = new Bench(addon).run(first, [x], outer * parts * inner * between, [outer, n, inner, parts]);
    if (parts === 1) return folded;
    const among = last.includes('Among');
    const inputs = among ? [x, folded] : [folded];
    const words = among ? [outer, n, inner, parts] : [outer, parts, inner, 1];
    return new Bench(addon).run(last, inputs, outer * inner * out, words);
  }
  function places(layout: readonly number[], name: string, code: string, x: ArrayBufferView): number[] {
    const kernels = [`fold_${name}_${code}_u32`, `fold_${name}Among_${code}_u32`] as const;
    return [...new Uint32Array(fold(layout, x, kernels, 4, 4).buffer)];
  }
  const predicate = (layout: readonly number[], name: string, code: string, x: ArrayBufferView): number[] => [
    ...fold(layout, x, [`fold_${name}_${code}_b8`, `fold_${name}_b8_b8`], 1, 1),
  ];
  /** The kernels of both passes, what lies between in float32. */
  function floats(layout: readonly number[], name: string, t: Type, x: readonly number[]): number[] {
    const between = layout[3] === 1 ? t : F32;
    const kernels = [`fold_${name}_${t.code}_${between.code}`, `fold_${name}_f32_${t.code}`] as const;
    return t.unpack(fold(layout, t.pack(x), kernels, size(between), size(t)));
  }

  inEveryOrder(rig, () => {
    it.each(FLOATS)('fold › agrees with float64 in one pass and in two: $code', (t) => {
      for (const layout of LAYOUTS) {
        const [outer, n, inner] = layout;
        const x = stored(t, numbers(outer * n * inner, n));
        const rows = rowsOf(x, layout);
        const each = (f: (row: number[]) => number): number[] => stored(t, rows.map(f));
        const sums = each((row) => row.reduce((a, b) => a + b, 0));
        // partial sums grow like sqrt(n): their rounding in float32 against a sum that may be near zero
        const limit = t === F32 ? 4 : 1;
        expect(ulps(floats(layout, 'sum', t, x), sums, t.eps, Math.sqrt(n))).toBeLessThanOrEqual(limit);
        expect(floats(layout, 'max', t, x)).toEqual(each((row) => Math.max(...row)));
        expect(floats(layout, 'min', t, x)).toEqual(each((row) => Math.min(...row)));
        expect(places(layout, 'argmax', t.code, t.pack(x))).toEqual(rows.map((row) => place(row, up)));
        expect(places(layout, 'argmin', t.code, t.pack(x))).toEqual(rows.map((row) => place(row, down)));
        expect(ulps(floats(layout, 'logsumexp', t, x), each(lse), t.eps, 8)).toBeLessThanOrEqual(limit);
        // products that stay near one
        const near = stored(
          t,
          x.map((v) => 1 + v / Math.sqrt(n)),
        );
        const products = stored(
          t,
          rowsOf(near, layout).map((row) => row.reduce((a, b) => a * b, 1)),
        );
        // each of n factors rounds once: half an ulp, and they add up like sqrt(n)
        expect(ulps(floats(layout, 'prod', t, near), products, t.eps)).toBeLessThanOrEqual(
          t === F32 ? 4 + 2 * Math.sqrt(n) : 1,
        );
      }
    });

    it.each(FLOATS)('fold › NaN and infinities are values: $code', (t) => {
      const rows = [
        [1, NaN, 3, 2],
        [NaN, -Infinity, NaN, Infinity],
        [-Infinity, -Infinity, -Infinity, -Infinity],
        [Infinity, 5, Infinity, 5],
        [0, -0, 0, 0],
      ];
      for (const parts of [1, 2, 3]) {
        const layout = [5, 4, 1, parts];
        const of = (name: string): number[] => floats(layout, name, t, rows.flat());
        expect(of('sum')).toEqual([NaN, NaN, -Infinity, Infinity, 0]);
        expect(of('max').map((v) => v + 0)).toEqual([NaN, NaN, -Infinity, Infinity, 0]);
        expect(of('min').map((v) => v + 0)).toEqual([NaN, NaN, -Infinity, 5, 0]);
        expect(of('logsumexp').slice(0, 4)).toEqual([NaN, NaN, -Infinity, Infinity]);
        expect(places(layout, 'argmax', t.code, t.pack(rows.flat()))).toEqual([1, 0, 0, 0, 0]);
        expect(places(layout, 'argmin', t.code, t.pack(rows.flat()))).toEqual([1, 0, 0, 1, 0]);
        expect(predicate(layout, 'all', t.code, t.pack(rows.flat()))).toEqual([1, 1, 1, 1, 0]);
        expect(predicate(layout, 'any', t.code, t.pack(rows.flat()))).toEqual([1, 1, 1, 1, 0]);
      }
    });

    it.each(INTEGERS)('fold › is what bigint arithmetic gives, wrapped: $code', (t) => {
      const width = t.pack([0n]).byteLength;
      for (const layout of LAYOUTS) {
        const [outer, n, inner] = layout;
        const count = outer * n * inner;
        // as their dtype holds them; every row has equal ones, and the ends of the dtype lie somewhere
        const raw = numbers(count, n + 1).map((v, i) =>
          i % 97 === 5 ? (1n << BigInt(8 * width - 1)) - BigInt(i & 1) : BigInt(Math.round(v * 60)),
        );
        const x = held(t, t.code === 'b8' ? raw.map((v) => (v > 20n ? 1n : 0n)) : raw);
        const rows = rowsOf(x, layout);
        const packed = t.pack(x);
        const of = (name: string): bigint[] => {
          const kernel = `fold_${name}_${t.code}_${t.code}`;
          return t.unpack(fold(layout, packed, [kernel, kernel], width, width));
        };
        expect(of('max'), `max ${layout.join()}`).toEqual(rows.map((row) => row.reduce((a, b) => (b > a ? b : a))));
        expect(of('min'), `min ${layout.join()}`).toEqual(rows.map((row) => row.reduce((a, b) => (b < a ? b : a))));
        expect(places(layout, 'argmax', t.code, packed)).toEqual(rows.map((row) => place(row, up)));
        expect(places(layout, 'argmin', t.code, packed)).toEqual(rows.map((row) => place(row, down)));
        expect(predicate(layout, 'all', t.code, packed)).toEqual(rows.map((row) => Number(row.every((v) => v !== 0n))));
        expect(predicate(layout, 'any', t.code, packed)).toEqual(rows.map((row) => Number(row.some((v) => v !== 0n))));
        if (width < 4) continue; // smaller ones are summed in 32 bits
        expect(of('sum')).toEqual(
          held(
            t,
            rows.map((row) => row.reduce((a, b) => a + b, 0n)),
          ),
        );
        const odd = x.map((v) => v | 1n); // no even factors, or every product would be 0
        const products = t.unpack(
          fold(layout, t.pack(odd), [`fold_prod_${t.code}_${t.code}`, `fold_prod_${t.code}_${t.code}`], width, width),
        );
        expect(products).toEqual(
          held(
            t,
            rowsOf(odd, layout).map((row) => row.reduce((a, b) => BigInt.asIntN(64, a * b), 1n)),
          ),
        );
      }
    });

    it('fold › a sum of floats keeps what rounding takes from its terms', () => {
      const x = [1e8, ...numbers(297, 3), -1e8, 3];
      const want = x.slice(1, 298).reduce((a, b) => a + Math.fround(b), 3);
      for (const parts of [1, 3]) {
        const [got] = floats([1, 300, 1, parts], 'sum', F32, x);
        // between passes parts are rounded, to 8 beside 1e8
        expect(Math.abs(got! - want)).toBeLessThan(parts === 1 ? 1e-5 : 8);
      }
      expect(floats([1, 3, 1, 1], 'sum', F32, [3e38, 3e38, 1])).toEqual([Infinity]);
    });

    it('fold › predicates see a single element that differs, wherever it is', () => {
      const n = 300;
      for (const at of [0, 1, 31, 32, 255, 256, 299]) {
        const ones = Uint8Array.from({ length: n }, (_, i) => (i === at ? 0 : 1));
        expect(predicate([1, n, 1, 1], 'all', 'b8', ones)).toEqual([0]);
        expect(
          predicate(
            [1, n, 1, 4],
            'any',
            'u8',
            ones.map((v) => 7 - 7 * v),
          ),
        ).toEqual([1]);
      }
    });

    it('fold › nothing gives the neutral value', () => {
      const none = new Uint32Array(1);
      const call = (name: string, bytes: number): Uint8Array =>
        new Bench(addon).run(name, [none], 3 * bytes, [1, 0, 3, 1]);
      expect(F32.unpack(call('fold_sum_f32_f32', 4))).toEqual([0, 0, 0]);
      expect(F32.unpack(call('fold_prod_f32_f32', 4))).toEqual([1, 1, 1]);
      expect(F32.unpack(call('fold_logsumexp_f32_f32', 4))).toEqual([-Infinity, -Infinity, -Infinity]);
      expect([...new Int32Array(call('fold_prod_i32_i32', 4).buffer)]).toEqual([1, 1, 1]);
      expect([...call('fold_all_u16_b8', 1)]).toEqual([1, 1, 1]);
      expect([...call('fold_any_f16_b8', 1)]).toEqual([0, 0, 0]);
    });
  });

  it('fold › a row of a million goes to many threadgroups', () => {
    const n = 1_000_003;
    const x = Float32Array.from(numbers(n));
    const kernels = ['fold_sum_f32_f32', 'fold_sum_f32_f32'] as const;
    const got = F32.unpack(fold([1, n, 1, 256], x, kernels, 4, 4))[0]!;
    // nothing is lost but the roundings of the parts: of a thousandth of the sum of magnitudes, half a million
    expect(Math.abs(got - x.reduce((a, b) => a + b, 0))).toBeLessThan(1e-4);
    expect(rig.reports()).toEqual([]);
  });

  it('fold › sizes that do not fit are refused', () => {
    const bench = new Bench(addon);
    const [a, o] = [bench.take(4096), bench.take(64)];
    const call = (bytes: number, out: number, words: number[]) => () =>
      bench.encode(
        'fold_sum_f32_f32',
        [
          [a, bytes],
          [o, out],
        ],
        words,
      );
    expect(call(2 * 7 * 3 * 4 - 1, 64, [2, 7, 3, 1])).toThrow(
      '[fold_sum_f32_f32] needs 168 bytes of a (buffer 0), got 167',
    );
    expect(call(168, 47, [2, 7, 3, 2])).toThrow('[fold_sum_f32_f32] needs 48 bytes of output (buffer 1), got 47');
    expect(call(168, 64, [2, 7, 3, 0])).toThrow('[fold_sum_f32_f32] takes at least 1 part, got 0');
    expect(call(4096, 64, [0xffffffff, 0xffffffff, 0xffffffff, 1])).toThrow(/needs 18446744073709551615 bytes of a/);
    const among = () =>
      bench.encode(
        'fold_argmaxAmong_f32_u32',
        [
          [a, 168],
          [a, 47],
          [o, 24],
        ],
        [2, 7, 3, 2],
      );
    expect(among).toThrow('[fold_argmaxAmong_f32_u32] needs 48 bytes of places (buffer 1), got 47');
    expect(call(0, 0, [0, 7, 3, 1])).not.toThrow();
    expect(rig.reports()).toEqual([]);
  });
});
