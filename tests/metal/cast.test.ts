// Conversions of every dtype to every other against bigint arithmetic, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { FLOATS, strided } from './values.js';

type Value = number | bigint;
interface Type {
  code: string;
  bytes: number;
  pack(x: readonly Value[]): ArrayBufferView;
  unpack(x: Uint8Array): Value[];
  /** what `x` becomes, before it is stored */
  of(x: Value): Value;
}
const integer = (code: string, bytes: number, signed: boolean): Type => {
  const bits = 8 * bytes;
  const wrap = (x: bigint): bigint => (signed ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x));
  const [low, high] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  return {
    code,
    bytes,
    pack: (x) => {
      const view = new DataView(new ArrayBuffer(x.length * bytes));
      x.forEach((v, i) => {
        for (let b = 0; b < bytes; b++) view.setUint8(i * bytes + b, Number((BigInt(v) >> BigInt(8 * b)) & 255n));
      });
      return view;
    },
    unpack: (x) =>
      Array.from({ length: x.length / bytes }, (_, i) =>
        wrap(x.subarray(i * bytes, (i + 1) * bytes).reduceRight((v, b) => v * 256n + BigInt(b), 0n)),
      ),
    // floats are cut off and end at the ends, integers wrap
    of: (x) => {
      if (typeof x === 'bigint') return wrap(x);
      if (Number.isNaN(x)) return 0n;
      const whole = Math.abs(x) === Infinity ? (x > 0 ? high : low) : BigInt(Math.trunc(x));
      return whole > high ? high : whole < low ? low : whole;
    },
  };
};
const TYPES: Type[] = [
  ...FLOATS.map((t): Type => ({
    code: t.code,
    bytes: t.code === 'f32' ? 4 : 2,
    pack: (x) => t.pack(x.map(Number)),
    unpack: (x) => t.unpack(x),
    // to float32 first, then to a half type
    of: (x) => t.unpack(new Uint8Array(t.pack([Math.fround(Number(x))]).buffer.slice(0) as ArrayBuffer))[0]!,
  })),
  {
    code: 'b8',
    bytes: 1,
    pack: (x) => Uint8Array.from(x, Number),
    unpack: (x) => Array.from(x, BigInt),
    of: (x) => (Number(x) === 0 ? 0n : 1n),
  },
  ...[1, 2, 4, 8].flatMap((bytes) => [integer(`i${8 * bytes}`, bytes, true), integer(`u${8 * bytes}`, bytes, false)]),
];
const SPECIAL = [NaN, Infinity, -Infinity, 0.5, -0.5, 1.9, -1.9, 3e38, -3e38, 1e10, -1e10];
const ENDS = [7n, 8n, 15n, 16n, 31n, 32n, 63n].flatMap((b) => [
  2n ** b,
  2n ** b - 1n,
  2n ** b + 1n,
  -(2n ** b),
  -(2n ** b) - 1n,
  1n - 2n ** b,
]);
const SMALL = [0n, 1n, 2n, 100n, 127n, -1n, -2n, -100n, 255n, 1000n];

describe('metal casts', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    it.each(TYPES.map((t) => [t.code, t] as const))('cast › %s becomes every other dtype', (_code, from) => {
      const isFloat = from.code.includes('f');
      const given: Value[] =
        from.code === 'b8' ? [0n, 1n, 1n, 0n, 1n] : [...(isFloat ? SPECIAL : []), ...SMALL, ...ENDS];
      const bytes = from.pack(isFloat ? given.map(Number) : given.map((v) => from.of(v)));
      const x = from.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice());
      const n = x.length;
      for (const to of TYPES) {
        const kernel = `copy_${from.code}_${to.code}`;
        const want = x.map((v) => to.of(v));
        const same = (got: Value[], wanted: Value[]): void =>
          got.forEach((g, i) =>
            expect(Object.is(g, wanted[i]) || g === wanted[i], `${kernel} of ${x[i]} gave ${g}`).toBe(true),
          );
        same(to.unpack(new Bench(addon).run(kernel, [bytes], n * to.bytes, [n, 1])), want);
        const words = strided([2, 2], [4, [-2, -1]]);
        const turned = to.unpack(new Bench(addon).run(`${kernel}_strided`, [bytes], 4 * to.bytes, words));
        expect(turned).toEqual([4, 3, 2, 1].map((i) => want[i]!));
      }
    });
  });
});
