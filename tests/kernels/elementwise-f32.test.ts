// Errors of the f32 functions over every exponent, against Math.* in double precision; the table at the end goes into the docs.
import { afterAll, expect, test } from 'vitest';
import { BASE, kernels, memory } from './load.js';
import { erf, nearestInverseErf } from './elementwise-oracle.js';

const fround = Math.fround;
const TINY = 2 ** -149;
const NORMAL = 2 ** -126;

/** Every exponent and sign with `per` mantissas each, the edge values, and `dense` points of each range. */
function sweep(per: number, ranges: readonly (readonly [number, number])[], dense = 60_000): Float32Array {
  const bits: number[] = [];
  let seed = 12345;
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0);
  for (let e = 0; e < 255; e++) {
    for (const m of [0, 1, 0x400000, 0x3504f3, 0x7fffff]) bits.push((e << 23) | m, ((e << 23) | m | 0x80000000) >>> 0);
    for (let i = 0; i < per; i++) bits.push((((e << 23) | (next() >>> 9)) ^ (i & 1 ? 0x80000000 : 0)) >>> 0);
  }
  const u = Uint32Array.from(bits);
  const all = [new Float32Array(u.buffer), new Float32Array([0, -0, NaN, Infinity, -Infinity])];
  for (const [low, high] of ranges)
    all.push(Float32Array.from({ length: dense }, () => low + ((high - low) * next()) / 2 ** 32));
  const out = new Float32Array(all.reduce((n, x) => n + x.length, 0));
  let at = 0;
  for (const x of all) {
    out.set(x, at);
    at += x.length;
  }
  return out;
}

function run(name: string, ...operands: Float32Array[]): Float32Array {
  const n = operands[0]!.length;
  const size = (n * 4 + 79) & ~15;
  const o = BASE + operands.length * size;
  operands.forEach((x, i) => new Float32Array(memory.buffer, BASE + i * size, n).set(x));
  const args = operands.flatMap((_, i) => (operands.length === 1 ? [BASE + i * size] : [BASE + i * size, 1]));
  kernels[name]!(n, ...args, o);
  return new Float32Array(memory.buffer, o, n).slice();
}

/** Worst relative error of a normal result, in units of 2^-24, and worst of a subnormal one in units of 2^-149. */
interface Worst {
  relative: number;
  at: string;
  subnormal: number;
}
const table: Record<string, { relative: string; ulp: string; subnormal: string; at: string }> = {};
function measure(name: string, got: Float32Array, inputs: Float32Array[], f: (...x: number[]) => number): Worst {
  const w: Worst = { relative: 0, at: '', subnormal: 0 };
  let ulp = 0;
  for (let i = 0; i < got.length; i++) {
    const x = inputs.map((v) => v[i]!);
    const want = f(...x);
    const r = got[i]!;
    const rounded = fround(want);
    // signs of zero, infinities and NaN have to be exact; the last binade before overflow may round either way
    if (Number.isNaN(want) || rounded === 0 || !Number.isFinite(rounded)) {
      const near = Number.isFinite(want) && want !== 0;
      const fine =
        Object.is(r, rounded) ||
        (near && rounded === 0 && Math.abs(r) <= TINY) ||
        (near && !Number.isFinite(rounded) && Math.abs(want) < 3.402824e38 && Math.abs(r) > 3.4028e38);
      if (!fine) throw new Error(`${name}(${x.join(', ')}) gave ${Object.is(r, -0) ? '-0' : r}, not ${rounded}`);
      continue;
    }
    if (!Number.isFinite(r)) {
      if (Math.abs(want) > 3.4028e38 && Math.sign(r) === Math.sign(want)) continue;
      throw new Error(`${name}(${x.join(', ')}) gave ${r}, not ${rounded}`);
    }
    const d = Math.abs(r - want);
    if (Math.abs(want) < NORMAL) w.subnormal = Math.max(w.subnormal, d / TINY);
    else {
      if (d / Math.abs(want) > w.relative) {
        w.relative = d / Math.abs(want);
        w.at = x.join(', ');
      }
      ulp = Math.max(ulp, d / 2 ** (Math.floor(Math.log2(Math.abs(want))) - 23));
    }
  }
  table[name] = {
    relative: w.relative.toExponential(2),
    ulp: ulp.toFixed(2),
    subnormal: w.subnormal.toFixed(2),
    at: w.at,
  };
  return w;
}

const M = Math;
/** function, bound on the relative error, ranges looked at closely */
const cases: Record<string, [(x: number) => number, number, [number, number][]]> = {
  sqrt: [M.sqrt, 6e-8, []],
  rsqrt: [(x) => 1 / M.sqrt(x), 1.2e-7, []],
  exp: [
    M.exp,
    1.2e-7,
    [
      [-104, -87],
      [-87, 89],
      [-1, 1],
    ],
  ],
  expm1: [
    M.expm1,
    2e-7,
    [
      [-2, 2],
      [-20, 89],
      [88, 89],
    ],
  ],
  log: [
    M.log,
    1.5e-7,
    [
      [0, 4],
      [0.5, 1.5],
    ],
  ],
  log2: [
    M.log2,
    2e-7,
    [
      [0, 4],
      [0.5, 1.5],
    ],
  ],
  log10: [
    M.log10,
    2e-7,
    [
      [0, 4],
      [0.5, 1.5],
    ],
  ],
  log1p: [
    M.log1p,
    2e-7,
    [
      [-1, 1],
      [-0.5, 4],
      [1, 100],
    ],
  ],
  sin: [
    M.sin,
    1.5e-7,
    [
      [-10, 10],
      [-1e6, 1e6],
      [1e6, 1e9],
    ],
  ],
  cos: [
    M.cos,
    1.5e-7,
    [
      [-10, 10],
      [-1e6, 1e6],
      [1e6, 1e9],
    ],
  ],
  tan: [
    M.tan,
    3e-7,
    [
      [-10, 10],
      [-1e6, 1e6],
      [1e6, 1e9],
    ],
  ],
  sinh: [
    M.sinh,
    2e-7,
    [
      [-2, 2],
      [-90, 90],
      [88, 90],
    ],
  ],
  cosh: [
    M.cosh,
    2e-7,
    [
      [-2, 2],
      [-90, 90],
      [88, 90],
    ],
  ],
  tanh: [
    M.tanh,
    2e-7,
    [
      [-1, 1],
      [-12, 12],
    ],
  ],
  sigmoid: [
    (x) => (x < 0 ? M.exp(x) / (1 + M.exp(x)) : 1 / (1 + M.exp(-x))),
    2e-7,
    [
      [-105, -86],
      [-20, 20],
    ],
  ],
  arcsin: [
    M.asin,
    2.5e-7,
    [
      [-1, 1],
      [0.4, 0.6],
    ],
  ],
  arccos: [
    M.acos,
    2e-7,
    [
      [-1, 1],
      [0.4, 0.6],
      [0.99, 1],
    ],
  ],
  arctan: [
    M.atan,
    2e-7,
    [
      [-3, 3],
      [-100, 100],
    ],
  ],
  arcsinh: [
    M.asinh,
    3e-7,
    [
      [-3, 3],
      [-1e10, 1e10],
    ],
  ],
  arccosh: [
    M.acosh,
    3e-7,
    [
      [1, 3],
      [1, 1.001],
      [1, 1e10],
    ],
  ],
  arctanh: [
    M.atanh,
    3e-7,
    [
      [-1, 1],
      [-0.1, 0.1],
    ],
  ],
  erf: [
    erf,
    2e-7,
    [
      [-1, 1],
      [-5, 5],
    ],
  ],
};
for (const [op, [f, bound, ranges]] of Object.entries(cases)) {
  test(`${op}_f32 › relative error < ${bound} over all exponents`, () => {
    const x = sweep(200, ranges);
    const w = measure(op, run(`unary_${op}_f32`, x), [x], f);
    expect(w.relative, `at ${w.at}`).toBeLessThan(bound);
    expect(w.subnormal).toBeLessThanOrEqual(1.01);
  });
}

test('erfinv_f32 › relative error < 4e-7, infinite at the ends', () => {
  const x = sweep(
    100,
    [
      [-1, 1],
      [0.99, 1],
      [-0.01, 0.01],
    ],
    20_000,
  );
  const w = measure('erfinv', run('unary_erfinv_f32', x), [x], nearestInverseErf);
  expect(w.relative, `at ${w.at}`).toBeLessThan(4e-7);
});

function pairs(per: number, low: number, high: number): [Float32Array, Float32Array] {
  const special = [
    0,
    -0,
    1,
    -1,
    2,
    -2,
    0.5,
    -0.5,
    3,
    -3,
    1e-45,
    -1e-45,
    3.4e38,
    -3.4e38,
    1e-38,
    Infinity,
    -Infinity,
    NaN,
  ];
  const a = sweep(per, [[low, high]]);
  const b = sweep(per, [[low, high]]).reverse();
  const sa = special.flatMap((x) => special.map(() => x));
  const sb = special.flatMap(() => special);
  return [Float32Array.from([...sa, ...a]), Float32Array.from([...sb, ...b])];
}
test('power_f32 › error < 0.6 ulp, special values of C', () => {
  const c = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);
  const [x, y] = pairs(100, 0, 8);
  const wide = Float32Array.from(x, (v) => Math.abs(v));
  const worst = Math.max(
    measure('power', run('binary_power_f32', x, y), [x, y], c).relative,
    measure('power', run('binary_power_f32', wide, y), [wide, y], c).relative,
  );
  expect(worst).toBeLessThan(6.5e-8);
});
test('arctan2_f32 › relative error < 3e-7, quadrants, zeros and infinities', () => {
  const [x, y] = pairs(200, -4, 4);
  const w = measure('arctan2', run('binary_arctan2_f32', x, y), [x, y], M.atan2);
  expect(w.relative, `at ${w.at}`).toBeLessThan(3e-7);
});
test('logaddexp_f32 › error < 2e-7 of the result, or of the larger operand where they cancel', () => {
  const [x, y] = pairs(200, -30, 30);
  const got = run('binary_logaddexp_f32', x, y);
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < x.length; i++) {
    const high = Math.max(x[i]!, y[i]!);
    const want = x[i] === y[i] ? x[i]! + Math.LN2 : high + M.log1p(M.exp(-Math.abs(x[i]! - y[i]!)));
    if (!Number.isFinite(fround(want))) expect(got[i]).toBe(fround(want));
    else if (got[i] !== want && want !== 0) {
      const d = Math.abs(got[i]! - want);
      if (high > 0) positive = Math.max(positive, d / want);
      else negative = Math.max(negative, d / Math.max(Math.abs(want), -high));
    }
  }
  table.logaddexp = { relative: positive.toExponential(2), ulp: '', subnormal: '', at: 'an operand > 0' };
  expect(positive).toBeLessThan(2e-7);
  expect(negative).toBeLessThan(2e-7);
});
test('remainder_f32 › exact, sign of the divisor', () => {
  const [x, y] = pairs(50, -100, 100);
  const got = run('binary_remainder_f32', x, y);
  for (let i = 0; i < x.length; i++) {
    let r = x[i]! % y[i]!;
    if (r !== 0 && r < 0 !== y[i]! < 0) r = fround(r + y[i]!);
    if (!Object.is(got[i], r)) throw new Error(`${x[i]} % ${y[i]} gave ${got[i]}, not ${r}`);
  }
});
test('floorDivide_f32 › floor of the rounded quotient', () => {
  const [x, y] = pairs(50, -100, 100);
  const got = run('binary_floorDivide_f32', x, y);
  const wrong = got.findIndex((r, i) => !Object.is(r, Math.floor(fround(x[i]! / y[i]!))));
  expect(wrong).toBe(-1);
});

afterAll(() => console.table(table));
