// Running results along any axis against float64 and bigint arithmetic, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { held, INTEGERS } from './integers.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { BF16, F16, F32, FLOATS, indices, numbers, stored, ulps, type Type } from './values.js';

/** [outer, n, inner]: one and many of each, no multiples, more columns than a threadgroup takes, one tile and several */
const LAYOUTS: [number, number, number][] = [
  [3, 1, 1],
  [2, 31, 1],
  [1, 33, 1],
  [1, 1000, 1],
  [1, 5000, 1],
  [5, 7, 3],
  [1, 200, 32],
  [1, 131, 45],
  [2, 3, 100],
  [1, 600, 5],
];
/** reverse and inclusive, as the kernel takes them */
const WAYS = indices([2, 2]) as [number, number][];
type Layout = readonly [outer: number, n: number, inner: number];
type Element = number | bigint;

/** What runs: the result of no elements, and of a running one and the next. */
interface Op<E extends Element> {
  start: E;
  step(a: E, b: E): E;
}
function running<E extends Element>(x: readonly E[], layout: Layout, way: readonly number[], op: Op<E>): E[] {
  const [outer, n, inner] = layout;
  const [reverse, inclusive] = way;
  const out = [...x];
  for (const [o, j] of indices([outer, inner])) {
    let before = op.start;
    for (let k = 0; k < n; k++) {
      const at = (o! * n + (reverse ? n - 1 - k : k)) * inner + j!;
      // the first is itself: -0 is no sum of 0 and -0
      const here = k === 0 ? x[at]! : op.step(before, x[at]!);
      out[at] = inclusive ? here : before;
      before = here;
    }
  }
  return out;
}
const logaddexp = (a: number, b: number): number => {
  const most = Math.max(a, b);
  return Math.abs(most) === Infinity || Number.isNaN(most) ? most : most + Math.log1p(Math.exp(-Math.abs(a - b)));
};
const FLOAT_OPS = {
  sum: { start: 0, step: (a, b) => a + b },
  prod: { start: 1, step: (a, b) => a * b },
  max: { start: -Infinity, step: Math.max },
  min: { start: Infinity, step: Math.min },
  logaddexp: { start: -Infinity, step: logaddexp },
} satisfies Record<string, Op<number>>;
type Name = keyof typeof FLOAT_OPS;

describe('metal scans', () => {
  const { addon, rig } = kernelsUnderTest();
  const words = (layout: Layout, way: readonly number[]): number[] => [...layout, ...way];
  const scan = (kernel: string, x: ArrayBufferView, layout: Layout, way: readonly number[]): Uint8Array =>
    new Bench(addon).run(`scan_${kernel}`, [x], x.byteLength, words(layout, way));
  /** What the kernel gives, and what float64 does, of elements as they are stored. */
  function both(name: Name, t: Type, numbers: readonly number[], layout: Layout, way: readonly number[]) {
    const x = stored(t, numbers);
    return {
      got: t.unpack(scan(`${name}_${t.code}`, t.pack(x), layout, way)),
      want: stored(t, running(x, layout, way, FLOAT_OPS[name])),
    };
  }

  inEveryOrder(rig, () => {
    it.each(FLOATS)('scan › agrees with float64 along rows and columns: $code', (t) => {
      for (const layout of LAYOUTS) {
        const [outer, n, inner] = layout;
        const x = numbers(outer * n * inner, n);
        for (const way of WAYS) {
          const check = (name: Name, values: readonly number[], limit: number, floor = 0): void => {
            const { got, want } = both(name, t, values, layout, way);
            const what = `${name} of ${layout.join()}, ${way.join()}`;
            expect(ulps(got, want, t.eps, floor), what).toBeLessThanOrEqual(t === F32 ? limit : 1);
          };
          check('max', x, 0);
          check('min', x, 0);
          // what float32 loses is kept: one rounding
          check('sum', x, 1);
          // each of n factors rounds once, half an ulp, and they add up like sqrt(n); products that stay near one
          const near = x.map((v) => 1 + v / Math.sqrt(n));
          check('prod', near, 4 + 2 * Math.sqrt(n));
          // a logarithm of a sum near one, beside a result that may be near zero
          check('logaddexp', x, 4, 8);
        }
      }
    });

    it.each(FLOATS)('scan › NaN and infinities are values: $code', (t) => {
      const some = numbers(1300, 3);
      const at = (...places: [number, number][]): number[] => {
        const x = [...some];
        for (const [i, v] of places) x[i] = v;
        return x;
      };
      const rows = [
        at([700, NaN]),
        at([0, NaN], [1, Infinity]),
        at([2, Infinity], [1290, -Infinity]),
        at([0, -Infinity], [1, -Infinity], [2, -Infinity], [9, Infinity]),
        at([40, 0], [1200, Infinity]),
        some.map(() => -Infinity),
        some.map(() => Infinity),
      ];
      for (const way of WAYS)
        for (const name of Object.keys(FLOAT_OPS) as Name[]) {
          const x = name === 'prod' ? rows.map((row) => row.map((v) => (Math.abs(v) < 1 && v ? 1 + v / 40 : v))) : rows;
          const { got, want } = both(name, t, x.flat(), [rows.length, 1300, 1], way);
          const limit = { sum: 1, prod: 40, max: 0, min: 0, logaddexp: 4 }[name];
          expect(ulps(got, want, t.eps, name === 'logaddexp' ? 8 : 0), `${name} ${way.join()}`).toBeLessThanOrEqual(
            t === F32 ? limit : 1,
          );
        }
    });

    it.each(INTEGERS)('scan › is what bigint arithmetic gives, wrapped: $code', (t) => {
      const width = t.pack([0n]).byteLength;
      const bits = BigInt(8 * width);
      const [low, high] =
        t.code === 'b8'
          ? [0n, 1n]
          : t.code.startsWith('i')
            ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
            : [0n, (1n << bits) - 1n];
      for (const layout of LAYOUTS) {
        const [outer, n, inner] = layout;
        // records along the row, and the ends of the dtype late in it
        const x = held(
          t,
          numbers(outer * n * inner, n + 1).map((v, i) => {
            if (i % 997 === 930) return i & 1 ? low : high;
            return t.code === 'b8' ? BigInt(v > 0.9) : BigInt(Math.round(v * 60));
          }),
        );
        const odd = x.map((v) => v | 1n); // no even factors, or every product would be 0
        const check = (name: string, values: readonly bigint[], op: Op<bigint>): void => {
          for (const way of [
            [0, 1],
            [1, 0],
          ] as const) {
            const got = t.unpack(scan(`${name}_${t.code}`, t.pack(values), layout, way));
            const want = held(t, running(values, layout, way, op));
            expect(got, `${name} of ${layout.join()}, ${way.join()}`).toEqual(want);
          }
        };
        check('max', x, { start: low, step: (a, b) => (b > a ? b : a) });
        check('min', x, { start: high, step: (a, b) => (b < a ? b : a) });
        // of signed ones the bits are those of unsigned ones
        if (!t.code.startsWith('u')) continue;
        check('sum', x, { start: 0n, step: (a, b) => a + b });
        check('prod', odd, { start: 1n, step: (a, b) => BigInt.asUintN(64, a * b) });
      }
    });

    it('scan › a sum keeps what rounding takes from its terms, over tiles too', () => {
      const x = [1e8, ...numbers(5000, 3), -1e8, 3];
      const { got, want } = both('sum', F32, x, [1, x.length, 1], [0, 1]);
      // the last ones are small beside what was there before: of 5,000 losses each is rounded, to 2^-24 of about 4
      expect(Math.abs(got.at(-1)! - want.at(-1)!)).toBeLessThan(1e-4);
      expect(both('sum', F32, [3e38, 3e38, 1], [1, 3, 1], [0, 1]).got).toEqual([Math.fround(3e38), Infinity, Infinity]);
    });

    it('scan › zeros keep their sign', () => {
      const x = [-0, -0, 0, -0];
      const of = (name: Name, values: number[], way: number[]): number[] =>
        both(name, F32, values, [1, values.length, 1], way).got;
      expect(of('sum', x, [0, 1])).toEqual([-0, -0, 0, 0]);
      expect(of('sum', x, [0, 0])).toEqual([0, -0, -0, 0]);
      expect(of('prod', [-1, 0, 1, -2], [0, 1])).toEqual([-1, -0, -0, 0]);
    });

    it('scan › products leave the range of floats and come back', () => {
      for (const x of [
        [0, 1e30, -1e30, 1e30, 2, 1e-30],
        [1e-30, 1e-30, -1e30, 1e30, 1e30, 1e30, 1e-30],
        [1e30, 1e30, 1e-30, 1e-30, 1e-30, 1e-30, 1e30],
        [1e-40, 1e30, 1e10, -1e-44, 1e30],
        [2 ** -100, 2 ** -40, 0.75, 0.5, 0.5, 0.5, 2 ** -10, 2 ** 127, 2 ** 40],
        [2 ** 127, 1.999, -1, 2, 0.5, 0.25],
        [...Array<number>(8).fill(1e30), ...Array<number>(8).fill(3e-31)],
      ]) {
        const { got, want } = both('prod', F32, x, [1, x.length, 1], [0, 1]);
        const apart = got.map((v, i) => {
          const w = want[i]!;
          return Object.is(v, w) ? 0 : Math.abs(v - w) / Math.max(2 ** -149, Math.abs(w) * F32.eps);
        });
        expect(Math.max(...apart), `${x.join()} gives ${got.join()}`).toBeLessThanOrEqual(4);
      }
      const long = (v: number): number[] => both('prod', F32, Array<number>(5000).fill(v), [1, 5000, 1], [0, 1]).got;
      expect(long(1e30).slice(2)).toEqual(Array(4998).fill(Infinity));
      expect(long(1e-30).slice(2)).toEqual(Array(4998).fill(0));
      expect(both('prod', F16, [200, 400, 1 / 64, 0], [1, 4, 1], [0, 1]).got).toEqual([200, Infinity, 1250, 0]);
      expect(both('prod', BF16, [2 ** 100, 2 ** 100, 0], [1, 3, 1], [0, 1]).got).toEqual([2 ** 100, Infinity, 0]);
    });
  });

  it('scan › a row of a hundred thousand, by a threadgroup of 256 threads and of 64', () => {
    const x = Float32Array.from(numbers(100_003), (v) => Math.round(v * 1000));
    const want = running([...x], [1, x.length, 1], [1, 1], FLOAT_OPS.sum);
    const sums = (): number[] => F32.unpack(scan('sum_f32', x, [1, x.length, 1], [1, 1]));
    expect(sums()).toEqual(want);
    addon.close();
    rig.set('max-threads', 96);
    expect(sums()).toEqual(want);
    addon.close();
    rig.set('max-threads', 1024);
    expect(rig.reports()).toEqual([]);
  });

  it('scan › works in place', () => {
    const bench = new Bench(addon);
    const x = numbers(1500, 4).map((v) => Math.round(v * 100));
    const range = bench.put(F32.pack(x));
    bench.encode('scan_sum_f32', [range, range], words([1, 300, 5], [0, 1]));
    addon.wait();
    const got = [...new Float32Array(bench.memory.buffer, range[0], 1500)];
    expect(got).toEqual(running(x, [1, 300, 5], [0, 1], FLOAT_OPS.sum));
    expect(rig.reports()).toEqual([]);
  });

  it('scan › sizes that do not fit are refused', () => {
    const bench = new Bench(addon);
    const [a, o] = [bench.take(4096), bench.take(4096)];
    const call = (bytes: number, out: number, layout: Layout) => () =>
      bench.encode(
        'scan_max_u16',
        [
          [a, bytes],
          [o, out],
        ],
        words(layout, [0, 1]),
      );
    expect(call(83, 84, [2, 7, 3])).toThrow('[scan_max_u16] needs 84 bytes of a (buffer 0), got 83');
    expect(call(84, 83, [2, 7, 3])).toThrow('[scan_max_u16] needs 84 bytes of output (buffer 1), got 83');
    expect(call(84, 84, [2, 7, 3])).not.toThrow();
    expect(call(4096, 4096, [0xffffffff, 0xffffffff, 0xffffffff])).toThrow(/needs 18446744073709551615 bytes of a/);
    for (const none of [
      [0, 7, 3],
      [2, 0, 3],
      [2, 7, 0],
    ] as const)
      expect(call(0, 0, none)()).toBe(false);
    addon.wait();
    expect(() =>
      bench.encode(
        'scan_max_u16',
        [
          [a, 84],
          [o, 84],
        ],
        [2, 7, 3, 0],
      ),
    ).toThrow('takes 5 words of constants, got 4');
    expect(rig.reports()).toEqual([]);
  });
});
