// Functions of integers of every dtype against bigint arithmetic, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { COMPARISONS } from '../support/comparisons.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { strided } from './values.js';

interface Integer {
  code: string;
  bits: number;
  signed: boolean;
  array: { from(x: readonly bigint[]): ArrayBufferView; read(x: ArrayBuffer): bigint[] };
}
type SmallArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
const small = (type: new (x: readonly number[] | ArrayBuffer) => SmallArray): Integer['array'] => ({
  from: (x) => new type(x.map(Number)),
  read: (x) => Array.from(new type(x), BigInt),
});
const wide = (type: new (x: readonly bigint[] | ArrayBuffer) => BigInt64Array | BigUint64Array): Integer['array'] => ({
  from: (x) => new type(x),
  read: (x) => [...new type(x)],
});
const INTEGERS: Integer[] = [
  { code: 'i8', bits: 8, signed: true, array: small(Int8Array) },
  { code: 'u8', bits: 8, signed: false, array: small(Uint8Array) },
  { code: 'i16', bits: 16, signed: true, array: small(Int16Array) },
  { code: 'u16', bits: 16, signed: false, array: small(Uint16Array) },
  { code: 'i32', bits: 32, signed: true, array: small(Int32Array) },
  { code: 'u32', bits: 32, signed: false, array: small(Uint32Array) },
  { code: 'i64', bits: 64, signed: true, array: wide(BigInt64Array) },
  { code: 'u64', bits: 64, signed: false, array: wide(BigUint64Array) },
];
const wrap = (t: Integer, x: bigint): bigint => (t.signed ? BigInt.asIntN(t.bits, x) : BigInt.asUintN(t.bits, x));

const UNARY: Record<string, (x: bigint) => bigint> = {
  negative: (x) => -x,
  abs: (x) => (x < 0n ? -x : x),
  sign: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  square: (x) => x * x,
  floor: (x) => x,
  ceil: (x) => x,
  round: (x) => x,
  bitwiseInvert: (x) => ~x,
};
const floorDivide = (x: bigint, y: bigint): bigint => {
  if (y === 0n) return 0n;
  const q = x / y;
  return q * y !== x && x < 0n !== y < 0n ? q - 1n : q;
};
const BINARY: Record<string, (x: bigint, y: bigint, bits: number) => bigint> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  floorDivide,
  remainder: (x, y) => (y === 0n ? 0n : x - floorDivide(x, y) * y),
  // modulo 2^64 on the way: exponents go up to that
  power: (x, y) => {
    if (y < 0n) return 0n;
    let r = 1n;
    for (let b = x; y > 0n; y >>= 1n, b = BigInt.asIntN(64, b * b)) if (y & 1n) r = BigInt.asIntN(64, r * b);
    return r;
  },
  maximum: (x, y) => (x > y ? x : y),
  minimum: (x, y) => (x < y ? x : y),
  bitwiseAnd: (x, y) => x & y,
  bitwiseOr: (x, y) => x | y,
  bitwiseXor: (x, y) => x ^ y,
  leftShift: (x, y, bits) => (y < 0n || y >= BigInt(bits) ? 0n : x << y),
  rightShift: (x, y, bits) => x >> (y < 0n || y >= BigInt(bits) ? 64n : y),
};

describe('metal kernels of integers', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    it.each(INTEGERS)('integer › is what bigint arithmetic gives, wrapped: $code', (t) => {
      const top = 1n << BigInt(t.bits - 1);
      const near = [
        0n,
        1n,
        2n,
        3n,
        5n,
        7n,
        8n,
        13n,
        31n,
        32n,
        63n,
        64n,
        65n,
        100n,
        top - 1n,
        top,
        top + 1n,
        -1n,
        -2n,
        -3n,
        -7n,
        -8n,
        -100n,
      ];
      const values = [...new Set(near.map((x) => wrap(t, x)))];
      // every one beside every one: no multiple of what threads take
      const x = values.flatMap((v) => values.map(() => v));
      const y = values.flatMap(() => values);
      const n = x.length;
      const bytes = (n * t.bits) / 8;
      const [xs, ys] = [t.array.from(x), t.array.from(y)];
      for (const [name, f] of Object.entries(UNARY)) {
        const got = new Bench(addon).run(`unary_${name}_${t.code}`, [xs], bytes, [n, 1]);
        expect(t.array.read(got.buffer as ArrayBuffer), name).toEqual(x.map((v) => wrap(t, f(v))));
      }
      expect([...new Bench(addon).run(`unary_logicalNot_${t.code}`, [xs], n, [n, 1])]).toEqual(
        x.map((v) => (v ? 0 : 1)),
      );
      for (const [name, f] of Object.entries(BINARY)) {
        const got = new Bench(addon).run(`binary_${name}_${t.code}`, [xs, ys], bytes, [n, 1, 1]);
        expect(t.array.read(got.buffer as ArrayBuffer), name).toEqual(x.map((v, i) => wrap(t, f(v, y[i]!, t.bits))));
      }
      for (const [name, f] of Object.entries(COMPARISONS)) {
        const got = new Bench(addon).run(`binary_${name}_${t.code}`, [xs, ys], n, [n, 1, 1]);
        expect([...got], name).toEqual(x.map((v, i) => (f(v, y[i]!) ? 1 : 0)));
      }
      const held = new Bench(addon).run(`binary_subtract_${t.code}`, [xs, ys], bytes, [n, 0, 1]);
      expect(t.array.read(held.buffer as ArrayBuffer)).toEqual(y.map((v) => wrap(t, x[0]! - v)));
      const words = strided([5, 3], [14, [-3, 1]], [2, [0, 2]]);
      const turned = new Bench(addon).run(`binary_subtract_${t.code}_strided`, [xs, ys], (15 * t.bits) / 8, words);
      const at = (i: number): bigint => wrap(t, x[14 - 3 * Math.floor(i / 3) + (i % 3)]! - y[2 + 2 * (i % 3)]!);
      expect(t.array.read(turned.buffer as ArrayBuffer)).toEqual(Array.from({ length: 15 }, (_, i) => at(i)));
      const backwards = new Bench(addon).run(
        `unary_negative_${t.code}_strided`,
        [xs],
        (7 * t.bits) / 8,
        strided([7], [20, [-2]]),
      );
      expect(t.array.read(backwards.buffer as ArrayBuffer)).toEqual(
        Array.from({ length: 7 }, (_, i) => wrap(t, -x[20 - 2 * i]!)),
      );
    });
  });
});
