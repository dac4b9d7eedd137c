// complex64 kernels against NumPy in double precision (tools/goldens/kernels_complex.py), branch cuts and signed zeros included.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BASE, bytes, kernels, memory } from './load.js';

const url = new URL('../goldens/kernels/complex64.json', import.meta.url);
const golden = JSON.parse(readFileSync(url, 'utf8')) as Record<string, [string, string][]>;
const A = BASE;
const B = BASE + 65536;
const O = BASE + 131072;
type C = readonly [number, number];
const read = (text: string): number =>
  text === '-0' ? -0 : text === 'nan' ? NaN : text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
const input: C[] = golden.input!.map(([a, b]) => [read(a), read(b)]);

function put(at: number, v: readonly C[]): void {
  new Float32Array(memory.buffer, at, 2 * v.length).set(v.flat());
}
function run1(op: string, v: readonly C[]): C[] {
  put(A, v);
  kernels[`unary_${op}_c64`]!(v.length, A, O);
  const f = new Float32Array(memory.buffer, O, 2 * v.length);
  return v.map((_, i) => [f[2 * i]!, f[2 * i + 1]!]);
}
function run2(op: string, x: readonly C[], y: readonly C[]): C[] {
  put(A, x);
  put(B, y);
  kernels[`binary_${op}_c64`]!(x.length, A, 1, B, 1, O);
  const f = new Float32Array(memory.buffer, O, 2 * x.length);
  return x.map((_, i) => [f[2 * i]!, f[2 * i + 1]!]);
}
/** One part: float32 rounding of the double (of its 9 printed digits), zeros with their sign. */
function part(got: number, want: number, what: string): void {
  const w = Math.fround(want);
  if (Object.is(got, w) || Math.abs(got - want) <= 1.3e-7 * Math.abs(want) || Math.abs(got - want) < 2e-45) {
    if (w !== 0 || Object.is(got, w) || want !== 0) return;
  }
  throw new Error(`${what} gave ${Object.is(got, -0) ? '-0' : got}, not ${Object.is(want, -0) ? '-0' : want}`);
}

for (const op of Object.keys(golden).filter((k) => k !== 'numpy' && k !== 'input')) {
  test(`${op}_c64 › each part to 1.3e-7, branch cuts by the sign of zero`, () => {
    run1(op, input).forEach((got, i) => {
      const want = golden[op]![i]!;
      part(got[0], read(want[0]), `Re ${op}(${golden.input![i]})`);
      part(got[1], read(want[1]), `Im ${op}(${golden.input![i]})`);
    });
  });
}

const x: C[] = [
  [1, 2],
  [-1, 0.5],
  [0.3, -2],
  [1e30, 1e30],
  [1, 0],
  [1e-30, 0],
  [1, 1],
  [1, 1],
];
const y: C[] = [
  [2, -1],
  [0, 0.5],
  [1, 0],
  [1e30, 1e30],
  [0, 0],
  [1e-30, 1e-30],
  [Infinity, 0],
  [NaN, Infinity],
];
test('arctanh, arctan of c64 › NaN beside 0 or an infinity stays in its part, as MLX', () => {
  const beside: C[] = [
    [Infinity, NaN],
    [-Infinity, NaN],
    [0, NaN],
  ];
  expect(run1('arctanh', beside)).toEqual([
    [0, NaN],
    [-0, NaN],
    [0, NaN],
  ]);
  const turned = beside.map(([re, im]): C => [im, re]);
  expect(run1('arctan', turned)).toEqual([
    [NaN, 0],
    [NaN, -0],
    [NaN, 0],
  ]);
});
test('divide_c64 › as MLX: scaled, 1 / 0 is inf + NaN i, 1 / inf is 0', () => {
  expect(run2('divide', x, y)).toEqual([
    [0, 1],
    [1, 2],
    [Math.fround(0.3), -2],
    [1, 0],
    [Infinity, NaN],
    [0.5, -0.5],
    [0, 0],
    [0, -0],
  ]);
});
test('add, subtract, multiply, square of c64 › in float32, as MLX', () => {
  const r = Math.fround;
  expect(run2('add', x.slice(0, 3), y)).toEqual([
    [3, 1],
    [-1, 1],
    [r(1.3), -2],
  ]);
  expect(run2('subtract', x.slice(0, 3), y)).toEqual([
    [-1, 3],
    [-1, 0],
    [r(r(0.3) - 1), -2],
  ]);
  expect(run2('multiply', x.slice(0, 3), y)).toEqual([
    [4, 3],
    [-0.25, -0.5],
    [r(0.3), -2],
  ]);
  expect(run2('multiply', [[Infinity, 1]], [[1, 1]])).toEqual([[Infinity, Infinity]]);
  expect(
    run1('square', [
      [1, 2],
      [1e30, 1e30],
    ]),
  ).toEqual([
    [-3, 4],
    [NaN, Infinity],
  ]);
});
test('power_c64 › e^(w log z), as MLX at 0', () => {
  const got = run2(
    'power',
    [
      [0, 0],
      [0, 0],
      [2, 0],
      [0, 1],
      [1, 2],
    ],
    [
      [0, 0],
      [2, 0],
      [-1, 0],
      [2, 0],
      [2, -1],
    ],
  );
  expect(got[0]).toEqual([NaN, NaN]);
  expect(got[1]!.map(Math.abs)).toEqual([0, 0]);
  expect(got[2]).toEqual([0.5, 0]);
  expect(got[3]![0]).toBe(-1);
  expect(got[4]![0]).toBeCloseTo(2.42845, 4);
  expect(got[4]![1]).toBeCloseTo(14.9324, 3);
});
test('abs, real, imag, sign, conjugate, negative, round, rsqrt of c64', () => {
  const v: C[] = [
    [3, 4],
    [-0, 0],
    [3e38, 3e38],
    [1e-30, 1e-30],
    [NaN, Infinity],
    [-0.5, 2.5],
  ];
  put(A, v);
  const f = (): number[] => [...new Float32Array(memory.buffer, O, v.length)];
  kernels.unary_abs_c64!(v.length, A, O);
  expect(f()).toEqual([5, 0, Infinity, Math.fround(Math.SQRT2 * 1e-30), Infinity, Math.fround(Math.hypot(0.5, 2.5))]);
  kernels.unary_real_c64!(v.length, A, O);
  expect(f()).toEqual(v.map(([a]) => Math.fround(a)));
  kernels.unary_imag_c64!(v.length, A, O);
  expect(f()).toEqual(v.map(([, b]) => Math.fround(b)));
  const r = Math.fround;
  expect(run1('sign', v.slice(0, 2))).toEqual([
    [r(0.6), r(0.8)],
    [-0, 0],
  ]);
  expect(
    run1('conjugate', [
      [1, 2],
      [0, -0],
    ]),
  ).toEqual([
    [1, -2],
    [0, 0],
  ]);
  expect(
    run1('negative', [
      [1, -2],
      [0, -0],
    ]),
  ).toEqual([
    [-1, 2],
    [-0, 0],
  ]);
  expect(
    run1('round', [
      [1.5, 2.5],
      [-0.5, 3.2],
    ]),
  ).toEqual([
    [2, 2],
    [-0, 3],
  ]);
  expect(
    run1('rsqrt', [
      [-4, 0],
      [-4, -0],
      [0, 0],
      [4, 0],
    ]),
  ).toEqual(
    [
      [0, -0.5],
      [0, 0.5],
      [Infinity, NaN],
      [0.5, -0],
    ].map(([a, b]) => [a, b === -0 ? expect.closeTo(0) : b]),
  );
});
test('infinite c64 › as MLX', () => {
  const inf = Infinity;
  const half = Math.fround(Math.PI / 2);
  const pi = Math.fround(Math.PI);
  const v: C[] = [
    [inf, 1],
    [-inf, 0],
    [1, inf],
    [-inf, inf],
  ];
  const rows: Record<string, C[]> = {
    arcsin: [
      [half, inf],
      [-half, inf],
      [0, inf],
      [Math.fround(-Math.PI / 4), inf],
    ],
    arccos: [
      [0, -inf],
      [pi, -inf],
      [half, -inf],
      [Math.fround(0.75 * Math.PI), -inf],
    ],
    arctan: [
      [half, 0],
      [-half, 0],
      [half, 0],
      [-half, 0],
    ],
    tanh: [
      [1, 0],
      [-1, 0],
      [NaN, NaN],
      [-1, 0],
    ],
    sqrt: [
      [inf, 0],
      [0, inf],
      [inf, inf],
      [inf, inf],
    ],
    exp: [
      [inf, inf],
      [0, 0],
      [NaN, NaN],
      [0, 0],
    ],
  };
  for (const [op, want] of Object.entries(rows)) {
    expect([op, run1(op, v).map(([a, b]) => [a + 0, b + 0])]).toEqual([op, want]);
  }
});
test('order of c64 › lexicographic; NaN is less than nothing and wins maximum and minimum', () => {
  const nan = NaN;
  const a: C[] = [
    [1, 2],
    [1, 2],
    [2, 0],
    [1, nan],
    [nan, 0],
    [1, 2],
  ];
  const b: C[] = [
    [1, 3],
    [2, 1],
    [1, 9],
    [1, 1],
    [1, 0],
    [1, 2],
  ];
  put(A, a);
  put(B, b);
  const rows: Record<string, number[]> = {
    less: [1, 1, 0, 0, 0, 0],
    lessEqual: [1, 1, 0, 0, 0, 1],
    greater: [0, 0, 1, 0, 0, 0],
    greaterEqual: [0, 0, 1, 0, 0, 1],
    equal: [0, 0, 0, 0, 0, 1],
    notEqual: [1, 1, 1, 1, 1, 0],
  };
  for (const [op, want] of Object.entries(rows)) {
    kernels[`binary_${op}_c64`]!(6, A, 1, B, 1, O);
    expect([op, ...bytes().slice(O, O + 6)]).toEqual([op, ...want]);
  }
  expect(run2('maximum', a, b)).toEqual([
    [1, 3],
    [2, 1],
    [2, 0],
    [1, nan],
    [nan, 0],
    [1, 2],
  ]);
  expect(run2('minimum', a, b)).toEqual([
    [1, 2],
    [1, 2],
    [1, 9],
    [1, nan],
    [nan, 0],
    [1, 2],
  ]);
});
test('predicates of c64 › NaN or infinite in either part; the signed ones ask for a real infinity, as MLX', () => {
  const v: C[] = [
    [Infinity, 0],
    [NaN, 0],
    [0, -Infinity],
    [0, NaN],
    [-Infinity, 0],
    [0, 0],
    [-0, 0],
  ];
  put(A, v);
  const rows: Record<string, number[]> = {
    isnan: [0, 1, 0, 1, 0, 0, 0],
    isinf: [1, 0, 1, 0, 1, 0, 0],
    isposinf: [1, 0, 0, 0, 0, 0, 0],
    isneginf: [0, 0, 0, 0, 1, 0, 0],
    logicalNot: [0, 0, 0, 0, 0, 1, 1],
  };
  for (const [op, want] of Object.entries(rows)) {
    kernels[`unary_${op}_c64`]!(v.length, A, O);
    expect([op, ...bytes().slice(O, O + v.length)]).toEqual([op, ...want]);
  }
});
