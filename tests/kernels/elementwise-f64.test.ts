// f64 kernels against the engine's Math, erf against its own oracle; and arithmetic, predicates and special values of f32 and f64.
import { expect, test } from 'vitest';
import { erf, nearestInverseErf } from './elementwise-oracle.js';
import { BASE, bytes, kernels, memory } from './load.js';
import { COMPARISONS } from '../support/comparisons.js';

const A = BASE;
const B = BASE + (1 << 20);
const O = BASE + (1 << 21);
const M = Math;
const special = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, 1e-310, -1e-310, 1e300, -1e300, 1e22, Infinity, -Infinity, NaN];

function values(low: number, high: number): Float64Array {
  let seed = 99;
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const wide = Array.from({ length: 4000 }, () => (next() - 0.5) * 10 ** (next() * 40 - 20));
  return Float64Array.from([...special, ...wide, ...Array.from({ length: 8000 }, () => low + (high - low) * next())]);
}
function close(got: number, want: number, bound: number, what: string): void {
  if (Object.is(got, want)) return;
  const near = Number.isFinite(want) ? Math.abs(got - want) <= bound * Math.max(Math.abs(want), 2 ** -1022) : false;
  // a zero may only stand for a zero of its sign, or for what underflows
  if (!near || (want === 0 && got === 0)) throw new Error(`${what} gave ${got}, not ${want}`);
}

const unary: Record<string, [(x: number) => number, number, number, number]> = {
  exp: [M.exp, -700, 700, 1e-15],
  expm1: [M.expm1, -5, 5, 1e-15],
  log: [M.log, 0, 5, 1e-15],
  log2: [M.log2, 0, 5, 1e-15],
  log10: [M.log10, 0, 5, 1e-15],
  log1p: [M.log1p, -1, 5, 1e-15],
  sin: [M.sin, -100, 100, 1e-15],
  cos: [M.cos, -100, 100, 1e-15],
  tan: [M.tan, -100, 100, 1e-15],
  sinh: [M.sinh, -20, 20, 1e-15],
  cosh: [M.cosh, -20, 20, 1e-15],
  tanh: [M.tanh, -5, 5, 1e-15],
  arcsin: [M.asin, -1, 1, 1e-15],
  arccos: [M.acos, -1, 1, 1e-15],
  arctan: [M.atan, -5, 5, 1e-15],
  arcsinh: [M.asinh, -5, 5, 1e-15],
  arccosh: [M.acosh, 1, 5, 1e-15],
  arctanh: [M.atanh, -1, 1, 1e-15],
  sigmoid: [(x) => (x < 0 ? M.exp(x) / (1 + M.exp(x)) : 1 / (1 + M.exp(-x))), -40, 40, 1e-15],
  erf: [erf, -6, 6, 2e-15],
  erfinv: [nearestInverseErf, -1, 1, 1e-13],
  sqrt: [M.sqrt, 0, 5, 0],
  rsqrt: [(x) => 1 / M.sqrt(x), 0, 5, 0],
  floor: [M.floor, -5, 5, 0],
  ceil: [M.ceil, -5, 5, 0],
  negative: [(x) => -x, -5, 5, 0],
  abs: [M.abs, -5, 5, 0],
  square: [(x) => x * x, -5, 5, 0],
  sign: [(x) => (x > 0 ? 1 : x < 0 ? -1 : 0), -5, 5, 0],
};
for (const [op, [f, low, high, bound]] of Object.entries(unary)) {
  test(`${op}_f64 › relative error <= ${bound}, special values`, () => {
    const x = values(low, high);
    new Float64Array(memory.buffer, A, x.length).set(x);
    kernels[`unary_${op}_f64`]!(x.length, A, O);
    const got = new Float64Array(memory.buffer, O, x.length);
    x.forEach((v, i) => close(got[i]!, f(v), bound, `${op}(${v})`));
  });
}

test('erfinv_f64 › relative error <= 1e-14 also where erf is near 1', () => {
  // by mpmath, 30 digits
  const known: [number, number][] = [
    [0.995279625, 1.9979452692001857471],
    [0.9652846500000001, 1.4931713482212178856],
    [0.99, 1.8213863677184494559],
    [0.9999, 2.7510639057120796917],
    [-0.97, -1.5344856217777178904],
    [0.5, 0.47693627620446987338],
  ];
  new Float64Array(memory.buffer, A, known.length).set(known.map(([x]) => x));
  kernels['unary_erfinv_f64']!(known.length, A, O);
  const got = new Float64Array(memory.buffer, O, known.length);
  known.forEach(([x, want], i) => close(got[i]!, want, 1e-14, `erfinv(${x})`));
});

const fmodFloor = (x: number, y: number): number => {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
};
const binary: Record<string, [(x: number, y: number) => number, number]> = {
  add: [(x, y) => x + y, 0],
  subtract: [(x, y) => x - y, 0],
  multiply: [(x, y) => x * y, 0],
  divide: [(x, y) => x / y, 0],
  maximum: [(x, y) => (x !== x || y !== y ? NaN : x < y ? y : x), 0],
  minimum: [(x, y) => (x !== x || y !== y ? NaN : y < x ? y : x), 0],
  floorDivide: [(x, y) => M.floor(x / y), 0],
  remainder: [fmodFloor, 0],
  power: [(x, y) => (x === 1 || (x === -1 && M.abs(y) === Infinity) ? 1 : x ** y), 1e-15],
  arctan2: [M.atan2, 1e-15],
  logaddexp: [(x, y) => (x === y ? x + M.LN2 : M.max(x, y) + M.log1p(M.exp(-M.abs(x - y)))), 1e-15],
};
const pairs = special.flatMap((x) => special.map((y) => [x, y] as const));
const more = Array.from({ length: 500 }, (_, i) => [M.sin(i * 7.1) * 40, M.cos(i * 3.3) * 9] as const);
for (const [op, [f, bound]] of Object.entries(binary)) {
  for (const wide of [true, false]) {
    if (!wide && bound > 0) continue; // elementwise-f32.test.ts
    test(`${op}_f${wide ? 64 : 32} › all pairs of special values and ordinary ones`, () => {
      const round = wide ? (x: number): number => x : M.fround;
      const all = [...pairs, ...more].map(([x, y]) => [round(x), round(y)] as const);
      const Array_ = wide ? Float64Array : Float32Array;
      new Array_(memory.buffer, A, all.length).set(all.map(([x]) => x));
      new Array_(memory.buffer, B, all.length).set(all.map(([, y]) => y));
      kernels[`binary_${op}_f${wide ? 64 : 32}`]!(all.length, A, 1, B, 1, O);
      const got = new Array_(memory.buffer, O, all.length);
      // floorDivide rounds the quotient to the dtype before it rounds down
      const g = op === 'floorDivide' ? (x: number, y: number): number => M.floor(round(x / y)) : f;
      all.forEach(([x, y], i) => close(got[i]!, round(g(x, y)), bound, `${op}(${x}, ${y})`));
    });
  }
}

const predicates: Record<string, (x: number) => boolean> = {
  isnan: (x) => x !== x,
  isinf: (x) => M.abs(x) === Infinity,
  isposinf: (x) => x === Infinity,
  isneginf: (x) => x === -Infinity,
  logicalNot: (x) => x === 0,
};
for (const [code, Array_] of [
  ['f32', Float32Array],
  ['f64', Float64Array],
] as const) {
  test(`comparisons and predicates of ${code} › NaN is unequal to all, zeros are equal`, () => {
    const v = [...new Array_(special)];
    const x = v.length;
    const a = v.flatMap((p) => v.map(() => p));
    const b = v.flatMap(() => v);
    new Array_(memory.buffer, A, x * x).set(a);
    new Array_(memory.buffer, B, x * x).set(b);
    for (const [op, f] of Object.entries(COMPARISONS)) {
      kernels[`binary_${op}_${code}`]!(x * x, A, 1, B, 1, O);
      a.forEach((p, i) =>
        expect(`${op} ${p} ${b[i]} ${bytes()[O + i]}`).toBe(`${op} ${p} ${b[i]} ${Number(f(p, b[i]!))}`),
      );
    }
    for (const [op, f] of Object.entries(predicates)) {
      kernels[`unary_${op}_${code}`]!(x * x, A, O);
      a.forEach((p, i) => expect(`${op} ${p} ${bytes()[O + i]}`).toBe(`${op} ${p} ${Number(f(p))}`));
    }
  });
}
test('floor, ceil, round, sign of f32 › as Math, round to even, sign of NaN is 0', () => {
  const x = Float32Array.from([...special, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 8388609, 1.4, -1.6]);
  const even = (v: number): number => {
    const r = M.round(v);
    const t = M.abs(v % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
    return t === 0 ? (v < 0 || Object.is(v, -0) ? -0 : 0) : t;
  };
  const rows: Record<string, (v: number) => number> = {
    floor: M.floor,
    ceil: M.ceil,
    round: even,
    sign: (v) => (v > 0 ? 1 : v < 0 ? -1 : 0),
    negative: (v) => -v,
    abs: M.abs,
    square: (v) => M.fround(v * v),
  };
  for (const [op, f] of Object.entries(rows)) {
    new Float32Array(memory.buffer, A, x.length).set(x);
    kernels[`unary_${op}_f32`]!(x.length, A, O);
    const got = new Float32Array(memory.buffer, O, x.length);
    x.forEach((v, i) => expect([op, v, got[i]]).toEqual([op, v, f(v)]));
  }
});
