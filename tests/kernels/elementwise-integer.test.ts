// Integer kernels against BigInt, wrapped to the width of the dtype.
import { expect, test } from 'vitest';
import { BASE, bytes, kernels } from './load.js';
import { COMPARISONS } from '../support/comparisons.js';

type Bin = (x: bigint, y: bigint, bits: number, signed: boolean) => bigint;
const A = BASE;
const B = BASE + 65536;
const O = BASE + 131072;

const abs = (x: bigint): bigint => (x < 0n ? -x : x);
function floorDivide(x: bigint, y: bigint): bigint {
  if (y === 0n) return 0n;
  const q = x / y;
  return q * y !== x && x < 0n !== y < 0n ? q - 1n : q;
}
function power(x: bigint, y: bigint, bits: number): bigint {
  if (y < 0n) return 0n;
  let r = 1n;
  for (let e = y; e > 0n; e >>= 1n) {
    if (e & 1n) r = BigInt.asUintN(bits, r * x);
    x = BigInt.asUintN(bits, x * x);
  }
  return r;
}
const binary: Record<string, Bin> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  maximum: (x, y) => (x > y ? x : y),
  minimum: (x, y) => (x < y ? x : y),
  floorDivide,
  remainder: (x, y) => (y === 0n ? 0n : x - floorDivide(x, y) * y),
  power,
  bitwiseAnd: (x, y) => x & y,
  bitwiseOr: (x, y) => x | y,
  bitwiseXor: (x, y) => x ^ y,
  leftShift: (x, y, bits) => (y < 0n || y >= bits ? 0n : x << y),
  rightShift: (x, y, bits) => (y < 0n || y >= bits ? (x < 0n ? -1n : 0n) : x >> y),
};
const unary: Record<string, (x: bigint) => bigint> = {
  negative: (x) => -x,
  abs,
  sign: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  square: (x) => x * x,
  bitwiseInvert: (x) => ~x,
  floor: (x) => x,
  ceil: (x) => x,
  round: (x) => x,
};

for (const bits of [8, 16, 32, 64]) {
  for (const signed of [true, false]) {
    const code = `${signed ? 'i' : 'u'}${bits}`;
    const wrap = (x: bigint): bigint => (signed ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x));
    const high = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
    const edges = [0n, 1n, 2n, 3n, 7n, 10n, high, high - 1n, high / 2n, -1n, -2n, -3n, -7n, -high, -high - 1n].map(
      wrap,
    );
    const values = [
      ...new Set([...edges, ...Array.from({ length: 20 }, (_, i) => wrap(BigInt(i * i * 977) * 31n - 4000n))]),
    ];
    const pairs = values.flatMap((x) => values.map((y) => [x, y] as const));
    const size = bits / 8;
    const put = (at: number, v: readonly bigint[]): void => {
      const d = new DataView(bytes().buffer, at);
      v.forEach((x, i) => {
        for (let k = 0; k < size; k++) d.setUint8(i * size + k, Number((x >> BigInt(8 * k)) & 0xffn));
      });
    };
    const get = (at: number, i: number): bigint => {
      const d = new DataView(bytes().buffer, at);
      let x = 0n;
      for (let k = 0; k < size; k++) x |= BigInt(d.getUint8(i * size + k)) << BigInt(8 * k);
      return wrap(x);
    };
    for (const [op, f] of Object.entries(binary)) {
      test(`${op}_${code} › as BigInt, wrapped, without traps`, () => {
        put(
          A,
          pairs.map(([x]) => x),
        );
        put(
          B,
          pairs.map(([, y]) => y),
        );
        kernels[`binary_${op}_${code}`]!(pairs.length, A, 1, B, 1, O);
        const wrong = pairs.findIndex(([x, y], i) => get(O, i) !== wrap(f(x, y, bits, signed)));
        if (wrong >= 0)
          expect(`${pairs[wrong]}: ${get(O, wrong)}`).toBe(
            `${pairs[wrong]}: ${wrap(f(...pairs[wrong]!, bits, signed))}`,
          );
      });
    }
    for (const [op, f] of Object.entries(COMPARISONS)) {
      test(`${op}_${code} › as BigInt`, () => {
        put(
          A,
          pairs.map(([x]) => x),
        );
        put(
          B,
          pairs.map(([, y]) => y),
        );
        kernels[`binary_${op}_${code}`]!(pairs.length, A, 1, B, 1, O);
        const wrong = pairs.findIndex(([x, y], i) => bytes()[O + i] !== Number(f(x, y)));
        expect(wrong < 0 ? '' : String(pairs[wrong])).toBe('');
      });
    }
    test(`unary ops on ${code} › as BigInt, wrapped`, () => {
      put(A, values);
      for (const [op, f] of Object.entries(unary)) {
        kernels[`unary_${op}_${code}`]!(values.length, A, O);
        values.forEach((x, i) => expect(`${op} ${x} ${get(O, i)}`).toBe(`${op} ${x} ${wrap(f(x))}`));
      }
      kernels[`unary_logicalNot_${code}`]!(values.length, A, O);
      values.forEach((x, i) => expect(bytes()[O + i]).toBe(Number(x === 0n)));
    });
  }
}

test('bool › add is or, multiply and minimum are and, subtract is xor, comparisons order false before true', () => {
  const x = [0, 0, 1, 1];
  const y = [0, 1, 0, 1];
  const rows: Record<string, number[]> = {
    add: [0, 1, 1, 1],
    multiply: [0, 0, 0, 1],
    subtract: [0, 1, 1, 0],
    maximum: [0, 1, 1, 1],
    minimum: [0, 0, 0, 1],
    logicalAnd: [0, 0, 0, 1],
    logicalOr: [0, 1, 1, 1],
    bitwiseAnd: [0, 0, 0, 1],
    bitwiseOr: [0, 1, 1, 1],
    bitwiseXor: [0, 1, 1, 0],
    equal: [1, 0, 0, 1],
    notEqual: [0, 1, 1, 0],
    less: [0, 1, 0, 0],
    lessEqual: [1, 1, 0, 1],
    greater: [0, 0, 1, 0],
    greaterEqual: [1, 0, 1, 1],
    power: [1, 0, 1, 1],
    floorDivide: [0, 0, 0, 1],
    remainder: [0, 0, 0, 0],
  };
  for (const [op, want] of Object.entries(rows)) {
    bytes().set(x, A);
    bytes().set(y, B);
    kernels[`binary_${op}_b8`]!(4, A, 1, B, 1, O);
    expect([op, ...bytes().slice(O, O + 4)]).toEqual([op, ...want]);
  }
  bytes().set([0, 1], A);
  for (const op of ['logicalNot', 'bitwiseInvert']) {
    kernels[`unary_${op}_b8`]!(2, A, O);
    expect([...bytes().slice(O, O + 2)]).toEqual([1, 0]);
  }
});
