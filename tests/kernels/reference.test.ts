// The reference backend against closed forms, NumPy 2.4.6, mpmath 1.3.0 (40 digits) and MLX 0.32.4 on the CPU.
import { decodeHalf, encodeHalf } from '../../src/tensor/half.js';
import { describe, expect, it } from 'vitest';
import type { Complex, KernelId, Member, Operand, View } from '../../src/backends/backend.js';
import { alloc } from '../../src/backends/heap.js';
import { coerce, convert, read, readAll, write, type Value } from '../../src/backends/reference/access.js';
import * as complex from '../../src/backends/reference/complex.js';
import { threefry } from '../../src/backends/reference/generators.js';
import { reference } from '../../src/backends/reference/index.js';
import * as special from '../../src/backends/reference/special.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';
import { elementTypes, types, type DType } from '../../src/tensor/dtype.js';
import { AxisError, ShapeError } from '../../src/tensor/errors.js';
import { shapeOf } from '../../src/tensor/shape.js';

const inf = Infinity;
const c = (re: number, im: number): Complex => ({ re, im });

function empty(type: DType, dims: readonly number[]): Operand {
  const shape = shapeOf(dims);
  return {
    at: alloc(shape.size * types[type].size || 1),
    shape,
    strides: null,
    type: types[type],
    stored: true,
    slot: 0,
  };
}
/** Row-major data; plain numbers become bigint where the type is integer. */
function data(type: DType, dims: readonly number[], values: readonly (Value | boolean)[]): Operand {
  const v = empty(type, dims);
  values.forEach((x, i) => write(v, i, coerce(v.type, x)));
  return v;
}
const view = (v: Operand, dims: readonly number[], strides: readonly number[], offset = 0): Operand => ({
  ...v,
  shape: shapeOf(dims),
  strides,
  at: v.at + offset * v.type.size,
});
/** Elements as plain numbers, for comparing. */
const values = (v: View): unknown[] => readAll(v).map((x) => (typeof x === 'bigint' ? Number(x) : x));

interface Inputs {
  a?: Operand;
  b?: Operand | null;
  c?: Operand | null;
  rest?: Operand[];
  attrs?: unknown;
}
const kernelId = (name: string, elementwise: 0 | 1 | 2 | 3, f?: KernelId['reference']): KernelId => ({
  name,
  elementwise,
  reference: f,
  resolved: [],
});
function run(key: string, type: DType, dims: readonly number[], inputs: Inputs, out = empty(type, dims)): unknown[] {
  const { a = null, b = null, c = null, rest = null, attrs = null } = inputs;
  reference.kernels[key]!({ ...out, prim: kernelId(key, 0), a, b, c, rest, attrs });
  return values(out);
}
function member(
  name: string,
  f: ((...x: never[]) => unknown) | undefined,
  type: DType,
  dims: readonly number[],
  operands: readonly Operand[],
  out: Operand = { ...empty(type, dims), stored: false },
): Member {
  const [a = null, b = null, c = null] = operands;
  const prim = kernelId(name, operands.length as 1 | 2 | 3, f);
  return Object.assign(out, { prim, a, b, c, rest: null, attrs: null });
}
function apply(members: readonly Member[]): unknown[] {
  reference.elementwise(members, 0, members.length);
  return values(members[members.length - 1]!);
}
const near = (got: readonly unknown[], want: readonly number[], digits = 6): void => {
  expect(got.length).toBe(want.length);
  want.forEach((w, i) => (Number.isFinite(w) ? expect(got[i]).toBeCloseTo(w, digits) : expect(got[i]).toBe(w)));
};

describe('elements', () => {
  it('float16 › ties go to even, overflow is infinite, subnormals are exact', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [x, y] = [decodeHalf('float16', bits), decodeHalf('float16', bits + 1)];
      if (!(y > x)) expect(bits).toBe('increasing');
      const middle = (x + y) / 2;
      if (encodeHalf('float16', middle) !== bits + (bits & 1)) expect(bits).toBe('rounded to even');
      if (encodeHalf('float16', middle + (y - x) * 1e-9) !== bits + 1) expect(bits).toBe('rounded up');
    }
    const known = [0x3555, 0x0001, 0x03ff, 0x0400, 0x7bff, 0xfc00, 0xc000].map((b) => decodeHalf('float16', b));
    expect(known).toEqual([0.333251953125, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -inf, -2]);
    expect([65519.99, 65520, -inf, -0, 2 ** -25].map((x) => encodeHalf('float16', x))).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x8000, 0,
    ]);
    expect(decodeHalf('float16', encodeHalf('float16', NaN))).toBeNaN();
  });
  it('bfloat16 › is the upper half of float32', () => {
    const word = new Uint32Array(1);
    const float = new Float32Array(word.buffer);
    for (let bits = 0; bits < 65536; bits++) {
      word[0] = bits << 16;
      if (!Object.is(decodeHalf('bfloat16', bits), float[0])) expect(bits).toBe('decoded');
      word[0] += 0x8000;
      const even = bits + (bits & 1);
      if (Number.isFinite(float[0]) && encodeHalf('bfloat16', float[0]!) !== even) expect(bits).toBe('rounded to even');
    }
  });
  it('coerce › integers wrap, floats truncate and saturate, NaN is 0', () => {
    expect([300n, -1n, -129n].map((x) => coerce(types.int8, x))).toEqual([44n, -1n, 127n]);
    expect(coerce(types.uint64, -1n)).toBe(2n ** 64n - 1n);
    expect([NaN, 300, -1, -2.7, 2.7, inf].map((x) => coerce(types.uint8, x))).toEqual([0n, 255n, 0n, 0n, 2n, 255n]);
    expect([-1e30, -2.7, 1e30].map((x) => coerce(types.int64, x))).toEqual([-(2n ** 63n), -2n, 2n ** 63n - 1n]);
    expect([NaN, 5e-324, -0, 0.5].map((x) => coerce(types.bool, x))).toEqual([1, 1, 0, 1]);
    expect(coerce(types.bool, c(0, 1))).toBe(1);
    expect(coerce(types.int32, c(2.7, 5))).toBe(2n);
  });
  it('convert › 64-bit integers reach float32 in one rounding, the 16-bit floats by way of float32', () => {
    expect(convert(types.int64, types.float32, 2n ** 60n + 2n ** 36n + 1n)).toBe(1152921642045800448); // MLX
    expect(convert(types.int64, types.float32, -(2n ** 60n) - 2n ** 36n)).toBe(-(2 ** 60));
    expect(convert(types.float64, types.float16, 1 + 2 ** -11 + 2 ** -30)).toBe(1); // MLX
    expect(convert(types.float64, types.bfloat16, 1 + 2 ** -8 + 2 ** -30)).toBe(1); // MLX
    expect(convert(types.float32, types.complex64, 1.5)).toEqual(c(1.5, 0));
  });
  it('read, write › every dtype, through offset, transposed, reversed and broadcast views', () => {
    for (const t of elementTypes) {
      const x = data(t.name, [2, 3], [0, 1, 2, 3, 4, 5]);
      const as = (list: number[]): Value[] => list.map((n) => coerce(t, n));
      expect(readAll(view(x, [3, 2], [1, 3]))).toEqual(as([0, 3, 1, 4, 2, 5]));
      expect(readAll(view(x, [2, 2], [-3, -2], 5))).toEqual(as([5, 3, 2, 0]));
      expect(readAll(view(x, [2, 2], [0, 1], 4))).toEqual(as([4, 5, 4, 5]));
      expect(readAll(view(x, [0, 2], [2, 1]))).toEqual([]);
      expect(readAll(view(x, [], [], 2))).toEqual(as([2]));
      expect(read(view(x, [3, 2], [1, 3]), [2, 0])).toEqual(as([2])[0]);
      write(view(x, [3, 2], [1, 3]), 1, 1);
      expect(read(x, 3)).toEqual(as([1])[0]);
    }
  });
});

describe('elementwise', () => {
  const add = (x: number, y: number): number => x + y;
  it('add › smaller operands align on the right', () => {
    const a = data('float32', [2, 1, 3], [1, 2, 3, 4, 5, 6]);
    const b = data('float32', [2, 1], [10, 20]);
    const want = [11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26];
    expect(apply([member('add', add, 'float32', [2, 2, 3], [a, b])])).toEqual(want);
    expect(
      apply([member('add', add, 'float32', [3], [data('float32', [3], [1, 2, 3]), data('float32', [], [1])])]),
    ).toEqual([2, 3, 4]);
  });
  it('group › each member is rounded to its dtype', () => {
    const x = data('float16', [2], [2048, 1]);
    const one = data('float16', [], [1]);
    const first = member('add', add, 'float16', [2], [x, one]);
    const second = member('add', add, 'float16', [2], [first, one]);
    expect(apply([first, second])).toEqual([2048, 3]); // 2049 is a tie and goes back to 2048
    const wrap = member(
      'add',
      (x: bigint, y: bigint) => x + y,
      'uint8',
      [1],
      [data('uint8', [1], [255]), data('uint8', [1], [1])],
    );
    expect(apply([wrap, member('astype', undefined, 'float32', [1], [wrap])])).toEqual([0]);
  });
  it('group › the output may lie over an operand', () => {
    const x = data('float32', [3], [1, 2, 3]);
    const first = member('add', add, 'float32', [3], [x, x]);
    const out = { ...x };
    expect(
      apply([first, member('multiply', (p: number, q: number) => p * q, 'float32', [3], [x, first], out)]),
    ).toEqual([2, 8, 18]);
    expect(values(x)).toEqual([2, 8, 18]);
  });
  it('group › only members from..from+count-1 run', () => {
    const x = data('float32', [1], [1]);
    const [before, it, after] = [0, 1, 2].map(() => member('add', add, 'float32', [1], [x, x]));
    write(after!, 0, 7);
    reference.elementwise([before!, it!, after!], 1, 1);
    expect([values(it!), values(after!)]).toEqual([[2], [7]]);
  });
  it('select › goes by truth and takes complex values', () => {
    const on = data('bool', [2], [1, 0]);
    const [x, y] = [data('complex64', [2], [c(1, 2), c(3, 4)]), data('complex64', [], [c(5, 6)])];
    expect(apply([member('select', undefined, 'complex64', [2], [on, x, y])])).toEqual([c(1, 2), c(5, 6)]);
  });
  it('astype › every dtype to every other', () => {
    for (const from of elementTypes) {
      for (const to of elementTypes) {
        const got = apply([member('astype', undefined, to.name, [2], [data(from.name, [2], [0, 1])])]);
        expect(got).toEqual(to.name === 'complex64' ? [c(0, 0), c(1, 0)] : [0, 1]);
      }
    }
  });
  it('floorDivide › the quotient is rounded before the floor', () => {
    const x = data('float32', [3], [1, 2 ** 30, -7]);
    const y = data('float32', [3], [0.1, 3, 2]);
    expect(apply([member('floorDivide', special.floorDivide, 'float32', [3], [x, y])])).toEqual([10, 357913952, -4]); // MLX
  });
  it('comparison › gives bool, of complex numbers by real, then imaginary part', () => {
    const x = data('complex64', [3], [c(1, 2), c(1, 2), c(0, NaN)]);
    const y = data('complex64', [3], [c(1, 3), c(1, 2), c(0, 1)]);
    expect(apply([member('lessEqual', complex.lessEqual, 'bool', [3], [x, y])])).toEqual([1, 1, 0]); // MLX
  });
  it('hasElementwise › needs a function on values, but for astype and select', () => {
    const has = (name: string, f?: () => number): boolean =>
      reference.hasElementwise(kernelId(name, 1, f), types.float32);
    expect([has('exp'), has('exp', () => 1), has('astype'), has('select')]).toEqual([false, true, true, true]);
  });
});

describe('special functions', () => {
  const relative = (f: (x: number) => number, rows: readonly (readonly [number, number])[], bound: number): void => {
    for (const [x, want] of rows) expect(Math.abs(f(x) / want - 1)).toBeLessThan(bound);
  };
  it('erf › has relative error < 1e-15', () => {
    relative(
      special.erf,
      [
        [1e-10, 1.1283791670955126e-10],
        [0.1, 0.1124629160182849],
        [0.5, 0.5204998778130465],
        [1, 0.8427007929497149],
        [1.5, 0.9661051464753108],
        [1.9999, 0.9953201979070294],
        [2, 0.9953222650189527],
        [3, 0.9999779095030014],
        [5.5, 0.9999999999999927],
        [-0.7, -0.6778011938374184],
      ],
      1e-15,
    );
    expect([special.erf(inf), special.erf(-inf), special.erf(-0), special.erf(NaN)]).toEqual([1, -1, -0, NaN]);
  });
  it('erfc › has relative error < 1e-13', () => {
    relative(
      special.erfc,
      [
        [0.5, 0.4795001221869535],
        [1, 0.15729920705028513],
        [2, 0.004677734981047266],
        [5, 1.537459794428035e-12],
        [26, 5.663192408856143e-296],
      ],
      1e-13,
    );
  });
  it('erfinv › has relative error < 1e-15', () => {
    relative(
      special.erfinv,
      [
        [1e-12, 8.86226925452758e-13],
        [1e-3, 8.862271574665521e-4],
        [0.1, 0.08885599049425769],
        [0.49, 0.46586860023505733],
        [0.51, 0.4881220505159588],
        [-0.9, -1.1630871536766743],
        [0.99, 1.8213863677184494],
        [0.9999999, 3.7665625816384707],
        [1 - 2 ** -53, 5.8635847487551676],
      ],
      1e-15,
    );
    expect([1, -1, 2, 0, NaN].map(special.erfinv)).toEqual([inf, -inf, NaN, 0, NaN]);
  });
  it('round, floorDivide, remainder, power › follow MLX', () => {
    expect([0.5, 1.5, -0.5, 2.5, -2.5].map((x) => special.roundHalfEven(x))).toEqual([0, 2, -0, 2, -2]);
    expect([7n, -7n, 7n, -7n].map((x, i) => special.floorDivide(x, [2n, 2n, -2n, -2n][i]!))).toEqual([
      3n,
      -4n,
      -4n,
      3n,
    ]);
    expect([7n, -7n, 7n, -7n].map((x, i) => special.remainder(x, [2n, 2n, -2n, -2n][i]!))).toEqual([1n, 1n, -1n, -1n]);
    expect([special.floorDivide(5n, 0n), special.remainder(5n, 0n)]).toEqual([0n, 0n]);
    const divisors = [2, -2, 0, inf, inf, 3, -2];
    expect([-7, 7, 1, 3, -3, -0, 4].map((x, i) => special.remainder(x, divisors[i]!))).toEqual([
      1,
      -1,
      NaN,
      3,
      inf,
      -0,
      0,
    ]);
    expect(special.integerPower(3n, 200n) & 255n).toBe(161n);
    expect([special.power(2n, -1n), special.power(1n, -5n), special.power(0n, 0n)]).toEqual([0n, 0n, 1n]);
    expect([special.power(1, NaN), special.power(-1, inf), special.power(0, -1)]).toEqual([1, 1, inf]);
    expect([NaN, -0, -3, inf].map((x) => special.sign(x))).toEqual([0, 0, -1, 1]);
  });
  it('logaddexp › of infinities and NaN', () => {
    const rows = [-inf, inf, inf, NaN, 1].map((x, i) => special.logaddexp(x, [-inf, inf, -inf, inf, 2][i]!));
    near(rows, [-inf, inf, inf, NaN, 2.3132616875182228], 15); // MLX
  });
  it('shifts › a count beyond the width leaves nothing but the sign (NumPy)', () => {
    expect([1n, 65n, -1n].map((y) => special.leftShift(3n, y) & 0xffffffffffffffffn)).toEqual([6n, 0n, 0n]);
    expect([special.rightShift(-8n, 100n), special.rightShift(8n, -1n), special.rightShift(-8n, 1n)]).toEqual([
      -1n,
      0n,
      -4n,
    ]);
  });
});

describe('complex functions', () => {
  // mpmath; signs on the cuts and infinities: C99
  const rows: readonly (readonly [(z: Complex) => Complex, Complex, Complex])[] = [
    [complex.exp, c(3, 4), c(-13.128783081462158, -15.200784463067954)],
    [complex.log, c(1, 1e-9), c(5e-19, 1e-9)],
    [complex.sqrt, c(-2, -0), c(0, -Math.SQRT2)],
    [complex.sqrt, c(-inf, 1), c(0, inf)],
    [complex.tanh, c(25, 1), c(1, 3.50761454748803e-22)],
    [complex.asin, c(2, 0), c(Math.PI / 2, 1.3169578969248166)],
    [complex.asin, c(2, -0), c(Math.PI / 2, -1.3169578969248166)],
    [complex.acos, c(-2, 0), c(Math.PI, -1.3169578969248164)],
    [complex.acosh, c(-2, -0), c(1.3169578969248164, -Math.PI)],
    [complex.asinh, c(0, 2), c(1.3169578969248166, Math.PI / 2)],
    [complex.asinh, c(inf, inf), c(inf, Math.PI / 4)],
    [complex.atanh, c(2, -0), c(0.5493061443340549, -Math.PI / 2)],
    [complex.atan, c(0.5, 0.25), c(0.48425449032996622, 0.20058661813123432)],
    [complex.log1p, c(1e-8, 1e-8), c(1e-8, 9.9999999e-9)],
  ];
  it('principal values, branch cuts and infinities', () => {
    for (const [f, z, want] of rows) {
      const got = f(z);
      for (const part of ['re', 'im'] as const) {
        if (got[part] === want[part]) continue;
        expect(Math.abs(got[part] / want[part] - 1)).toBeLessThan(1e-14);
      }
    }
  });
  it('arithmetic › as MLX', () => {
    expect(complex.mul(c(1, 2), c(1, 3))).toEqual(c(-5, 5));
    expect(complex.div(c(1, 2), c(3, -4))).toEqual(c(-0.2, 0.4));
    expect(complex.div(c(1, 2), c(inf, 0))).toEqual(c(0, 0));
    expect(complex.sign(c(3, 4))).toEqual(c(0.6000000000000001, 0.8));
    expect([complex.pow(c(0, 0), c(1, 0)), complex.pow(c(0, 0), c(0, 0))]).toEqual([c(0, 0), c(1, 0)]);
    expect(complex.max(c(NaN, 0), c(0, 1)).re).toBeNaN();
  });
  it('pow › (2+3i)^(1-i)', () => {
    const got = complex.pow(c(2, 3), c(1, -1));
    expect(got.re).toBeCloseTo(9.20434248861135, 12); // mpmath
    expect(got.im).toBeCloseTo(-2.8440195083702237, 12);
  });
});

describe('reductions', () => {
  const axes = (...list: number[]): { axes: number[]; keepDims: boolean } => ({ axes: list, keepDims: false });
  it('sum, prod › over any axes of any view', () => {
    const x = data('int32', [2, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(run('reduce_sum', 'int32', [3], { a: x, attrs: axes(0, 2) })).toEqual([18, 26, 34]);
    expect(run('reduce_sum', 'int32', [2, 2], { a: x, attrs: axes(1) })).toEqual([9, 12, 27, 30]);
    expect(run('reduce_prod', 'int32', [2], { a: view(x, [2, 3], [-6, 2], 6), attrs: axes(1) })).toEqual([693, 15]);
    expect(run('reduce_sum', 'float32', [2], { a: empty('float32', [2, 0]), attrs: axes(1) })).toEqual([0, 0]);
    expect(
      run('reduce_prod', 'complex64', [], { a: data('complex64', [2], [c(1, 2), c(1, 3)]), attrs: axes(0) }),
    ).toEqual([c(-5, 5)]);
    expect(run('reduce_sum', 'bool', [], { a: data('bool', [2], [1, 1]), attrs: axes(0) })).toEqual([1]);
  });
  it('sum › integers wrap, and 64 bits are exact', () => {
    const bytes = data('int8', [2], [100, 100]);
    expect(run('reduce_sum', 'int8', [], { a: bytes, attrs: axes(0) })).toEqual([-56]);
    expect(run('reduce_prod', 'int8', [], { a: bytes, attrs: axes(0) })).toEqual([16]);
    const out = empty('int64', []);
    run('reduce_sum', 'int64', [], { a: data('int64', [2], [2n ** 62n, 1n]), attrs: axes(0) }, out);
    expect(read(out, 0)).toBe(2n ** 62n + 1n);
  });
  it('sum › half types do not stall', () => {
    const x = data('float16', [4096], new Array<number>(4096).fill(1));
    expect(run('reduce_sum', 'float16', [], { a: x, attrs: axes(0) })).toEqual([4096]);
  });
  it('max, min › NaN wins, complex is lexicographic, bool is or and and', () => {
    const x = data('float32', [2, 2], [1, NaN, 3, -4]);
    expect(run('reduce_max', 'float32', [2], { a: x, attrs: axes(1) })).toEqual([NaN, 3]);
    expect(run('reduce_min', 'float32', [2], { a: x, attrs: axes(1) })).toEqual([NaN, -4]);
    const z = data('complex64', [3], [c(1, 2), c(1, 3), c(0, 9)]);
    expect(run('reduce_max', 'complex64', [], { a: z, attrs: axes(0) })).toEqual([c(1, 3)]); // MLX
    expect(run('reduce_min', 'bool', [], { a: data('bool', [2], [1, 0]), attrs: axes(0) })).toEqual([0]);
    expect(run('reduce_min', 'int8', [], { a: data('int8', [2], [1, -128]), attrs: axes(0) })).toEqual([-128]);
  });
  it('all, any › NaN is true, nothing is all', () => {
    expect(run('reduce_all', 'bool', [], { a: data('float32', [2], [NaN, 1]), attrs: axes(0) })).toEqual([1]);
    expect(run('reduce_any', 'bool', [], { a: data('complex64', [2], [c(0, 1), c(0, 0)]), attrs: axes(0) })).toEqual([
      1,
    ]);
    expect(run('reduce_all', 'bool', [], { a: empty('int64', [0]), attrs: axes(0) })).toEqual([1]);
    expect(run('reduce_any', 'bool', [1], { a: data('int64', [1, 2], [0, 0]), attrs: axes(1) })).toEqual([0]);
  });
  it('logsumexp › infinities and NaN', () => {
    const x = data('float32', [5, 2], [-inf, -inf, inf, 1, inf, -inf, NaN, inf, 1000, 1000]);
    near(run('logsumexp', 'float32', [5], { a: x, attrs: axes(1) }), [-inf, inf, inf, NaN, 1000.6931471805599], 4);
  });
  it('argreduce › first of ties, the first NaN beats all', () => {
    const x = data('float32', [4, 3], [1, NaN, 3, NaN, 5, 6, 2, 2, 1, -0, 0, 0]);
    const attrs = { axis: 1, keepDims: false };
    expect(run('argreduce_max', 'uint32', [4], { a: x, attrs })).toEqual([1, 0, 0, 0]); // MLX 0.32.4
    expect(run('argreduce_min', 'uint32', [4], { a: x, attrs })).toEqual([1, 0, 2, 0]);
    expect(run('argreduce_max', 'uint32', [1], { a: data('int64', [1, 2], [-5n, 2n ** 62n]), attrs })).toEqual([1]);
  });
});

describe('scans', () => {
  const attrs = (axis: number, reverse = false, inclusive = true): object => ({ axis, reverse, inclusive });
  it('cumulative sum and product › along any axis, reversed, exclusive', () => {
    const x = data('int32', [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(run('cumulative_sum', 'int32', [2, 3], { a: x, attrs: attrs(0) })).toEqual([1, 2, 3, 5, 7, 9]);
    expect(run('cumulative_sum', 'int32', [2, 3], { a: x, attrs: attrs(1, true, false) })).toEqual([5, 3, 0, 11, 6, 0]); // MLX
    expect(run('cumulative_prod', 'int32', [3, 2], { a: view(x, [3, 2], [1, 3]), attrs: attrs(0) })).toEqual([
      1, 4, 2, 20, 6, 120,
    ]);
    expect(run('cumulative_prod', 'int8', [2], { a: data('int8', [2], [100, 100]), attrs: attrs(0) })).toEqual([
      100, 16,
    ]);
    expect(run('cumulative_sum', 'int32', [0], { a: empty('int32', [0]), attrs: attrs(0) })).toEqual([]);
  });
  it('cumulative max and min › NaN wins from there on; exclusive ones start from the bounds', () => {
    const x = data('float32', [4], [1, NaN, 3, 2]);
    expect(run('cumulative_max', 'float32', [4], { a: x, attrs: attrs(0) })).toEqual([1, NaN, NaN, NaN]); // MLX
    const n = [1, 5, 3, 2];
    const excl = attrs(0, false, false);
    expect(run('cumulative_min', 'int32', [4], { a: data('int32', [4], n), attrs: excl })).toEqual([
      2147483647, 1, 1, 1,
    ]);
    expect(run('cumulative_max', 'uint8', [4], { a: data('uint8', [4], n), attrs: excl })).toEqual([0, 1, 5, 5]);
    expect(run('cumulative_max', 'float32', [4], { a: data('float32', [4], n), attrs: excl })).toEqual([-inf, 1, 5, 5]);
    expect(run('cumulative_min', 'bool', [2], { a: data('bool', [2], [1, 0]), attrs: excl })).toEqual([1, 1]);
  });
  it('cumulative logaddexp › as MLX', () => {
    const run1 = (x: number[], reverse: boolean): unknown[] =>
      run('cumulative_logaddexp', 'float32', [x.length], {
        a: data('float32', [x.length], x),
        attrs: attrs(0, reverse),
      });
    near(run1([-inf, 1, 2, NaN], false), [-inf, 1, 2.3132617473602295, NaN]);
    near(run1([0, 1, 2], true), [2.4076061248779297, 2.3132617473602295, 2]);
  });
});

describe('normalization', () => {
  it('softmax › masked rows are zeros, NaN and +inf give NaN', () => {
    const x = data('float32', [4, 3], [1, 2, 3, -inf, -inf, -inf, NaN, 1, 2, inf, 1, 2]);
    const got = run('softmax', 'float32', [4, 3], { a: x, attrs: { axes: [1] } });
    near(got.slice(0, 3), [0.09003057330846786, 0.2447284758090973, 0.6652409434318542]); // MLX
    expect(got.slice(3, 6)).toEqual([0, 0, 0]);
    expect(got.slice(6, 9)).toEqual([NaN, NaN, NaN]);
    expect(got[9]).toBeNaN();
    near(
      run('softmax', 'float64', [2, 2], { a: data('float64', [2, 2], [0, 0, 0, 0]), attrs: { axes: [0, 1] } }),
      [0.25, 0.25, 0.25, 0.25],
    );
  });
  it('rms_norm, layer_norm › as MLX, with and without weights', () => {
    const attrs = { eps: 1e-5 };
    const w = data('float32', [3], [1, 2, 0.5]);
    const bias = data('float32', [3], [1, 0, -1]);
    near(
      run('rms_norm', 'float32', [1, 3], { a: data('float32', [1, 3], [1, 2, 3]), b: w, attrs }),
      [0.4629095494747162, 1.8516381978988647, 0.6943643093109131],
    );
    expect(run('rms_norm', 'float16', [3], { a: data('float16', [3], [1, 2, 3]), attrs })).toEqual([
      0.462890625, 0.92578125, 1.388671875,
    ]);
    const x = data('float32', [3], [1, 2, 4]);
    near(
      run('layer_norm', 'float32', [3], { a: x, b: w, c: bias, attrs }),
      [-0.06904172897338867, -0.5345210433006287, -0.3318490982055664],
    );
    near(run('layer_norm', 'float32', [3], { a: x, attrs }), [-1.0690417, -0.2672604, 1.3363022]);
  });
});

describe('sorting', () => {
  it('sort › NaN last, stable, complex lexicographic, along any axis', () => {
    const x = data('float32', [7], [3, NaN, -inf, 1, inf, -0, 0]);
    expect(run('sort', 'float32', [7], { a: x, attrs: { axis: 0 } })).toEqual([-inf, -0, 0, 1, 3, inf, NaN]); // MLX
    const z = data('complex64', [5], [c(1, 2), c(1, 1), c(NaN, 0), c(0, 5), c(0, NaN)]);
    expect(run('sort', 'complex64', [5], { a: z, attrs: { axis: 0 } }).slice(0, 4)).toEqual([
      c(0, 5),
      c(1, 1),
      c(1, 2),
      c(NaN, 0),
    ]);
    expect(run('sort', 'int8', [2, 2], { a: data('int8', [2, 2], [3, -1, 2, 5]), attrs: { axis: 0 } })).toEqual([
      2, -1, 3, 5,
    ]);
  });
  it('argsort › ties keep their order', () => {
    const x = data('uint64', [5], [3, 1, 3, 1, 2]);
    expect(run('argsort', 'uint32', [5], { a: x, attrs: { axis: 0 } })).toEqual([1, 3, 4, 0, 2]); // MLX
    const t = view(data('float32', [2, 2], [3, 2, 1, 5]), [2, 2], [1, 2]);
    expect(run('argsort', 'uint32', [2, 2], { a: t, attrs: { axis: 0 } })).toEqual([1, 0, 0, 1]);
  });
});

describe('generators', () => {
  it('threefry › known answers of the Random123 paper', () => {
    expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7]);
  });
  it('random_bits › MLX bits of key 42 in every width', () => {
    const key = data('uint32', [2], [0, 42]);
    const bits = (type: DType, n: number): unknown[] =>
      run('random_bits', type, [n], { a: key, attrs: { width: types[type].size } });
    expect(bits('uint32', 5)).toEqual([3134548294, 3733159049, 843694964, 894150801, 801545058]);
    expect(bits('uint32', 4)).toEqual([2465931498, 3679230171, 255383827, 267815257]);
    expect(bits('uint16', 5)).toEqual([8426, 37627, 63599, 6563, 55571]);
    expect(bits('uint8', 7)).toEqual([45, 179, 215, 3, 244, 131, 208]);
    expect(bits('uint8', 0)).toEqual([]);
  });
  it('arange › floats rounded once, integers from truncated start and step', () => {
    const arange = (type: DType, n: number, start: number, step: number): unknown[] =>
      run('arange', type, [n], { attrs: { start, step } });
    expect(arange('int32', 4, 0.5, 1.5)).toEqual([0, 2, 4, 6]); // MLX
    expect(arange('uint8', 4, 254, 1)).toEqual([254, 255, 0, 1]); // MLX
    expect(arange('int8', 3, 5, -2)).toEqual([5, 3, 1]);
    expect(arange('float64', 3, 1, 0.1)).toEqual([1, 1.1, 1.2]);
    expect(arange('complex64', 2, 1, 1)).toEqual([c(1, 0), c(2, 0)]);
    expect(arange('float16', 2, 2048, 1)).toEqual([2048, 2048]);
  });
});

describe('movement', () => {
  it('copy › from any view to row-major', () => {
    const x = data('int16', [2, 2], [1, 2, 3, 4]);
    expect(run('copy', 'int16', [2, 2, 2], { a: view(x, [2, 2, 2], [0, -1, 2], 1) })).toEqual([2, 4, 1, 3, 2, 4, 1, 3]);
  });
  it('concatenate › along a middle axis, with an empty part', () => {
    const a = data('float32', [2, 1, 2], [1, 2, 3, 4]);
    const b = data('float32', [2, 2, 2], [5, 6, 7, 8, 9, 10, 11, 12]);
    const rest = [a, empty('float32', [2, 0, 2]), b];
    expect(run('concatenate', 'float32', [2, 3, 2], { rest, attrs: { axis: 1 } })).toEqual([
      1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12,
    ]);
  });
});

describe('indexing', () => {
  const x = data('int32', [2, 3], [1, 2, 3, 4, 5, 6]);
  it('take › negative indices, index tensors of any shape', () => {
    const b = data('int64', [2, 2], [2, 0, -1, 1]);
    expect(run('take', 'int32', [2, 2, 2], { a: x, b, attrs: { axis: 1 } })).toEqual([3, 1, 3, 2, 6, 4, 6, 5]); // MLX
    expect(run('take', 'int32', [3], { a: x, b: data('uint8', [], [1]), attrs: { axis: 0 } })).toEqual([4, 5, 6]);
  });
  it('take › an index out of bounds is named', () => {
    const take = (i: number) => () =>
      run('take', 'float32', [1], { a: empty('float32', [5]), b: data('int32', [1], [i]), attrs: { axis: 0 } });
    expect(take(7)).toThrow(new AxisError('[take] index 7 is out of bounds for axis 0 with size 5'));
    expect(take(-6)).toThrow('[take] index -6 is out of bounds for axis 0 with size 5');
    expect(take(-5)).not.toThrow();
  });
  it('take_along_axis › as MLX', () => {
    const b = data('int32', [2, 2], [2, 0, 1, -1]);
    expect(run('take_along_axis', 'int32', [2, 2], { a: x, b, attrs: { axis: 1 } })).toEqual([3, 1, 5, 6]);
    const t = view(x, [3, 2], [1, 3]);
    expect(
      run('take_along_axis', 'int32', [1, 2], { a: t, b: data('int32', [1, 2], [2, 0]), attrs: { axis: 0 } }),
    ).toEqual([3, 4]);
    expect(() =>
      run('take_along_axis', 'int32', [1, 2], { a: t, b: data('int32', [1, 2], [3, 0]), attrs: { axis: 0 } }),
    ).toThrow('[take_along_axis] index 3 is out of bounds for axis 0 with size 3');
  });
  it('put_along_axis › the last write wins; modes combine', () => {
    const a = data('float32', [2, 3], [1, 1, 1, 1, 1, 1]);
    const b = data('int32', [2, 2], [2, 0, 1, 1]);
    const v = data('float32', [2, 2], [1, 2, 3, 4]);
    const put = (mode: string): unknown[] =>
      run('put_along_axis', 'float32', [2, 3], { a, b, c: v, attrs: { axis: 1, mode } });
    expect(put('none')).toEqual([2, 1, 1, 1, 4, 1]); // MLX
    expect(put('add')).toEqual([3, 1, 2, 1, 8, 1]);
    expect(put('prod')).toEqual([2, 1, 1, 1, 12, 1]);
    expect(put('max')).toEqual([2, 1, 1, 1, 4, 1]);
    expect(put('min')).toEqual([1, 1, 1, 1, 1, 1]);
    expect(values(a)).toEqual([1, 1, 1, 1, 1, 1]);
    run('put_along_axis', 'float32', [2, 3], { a, b, c: v, attrs: { axis: 1, mode: 'none' } }, a);
    expect(values(a)).toEqual([2, 1, 1, 1, 4, 1]);
  });
  it('gather › index tuples, windows, bounds', () => {
    const a = data('int32', [3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const rest = [data('int32', [2, 2], [0, 2, 1, 1]), view(data('int32', [2], [3, 0]), [2, 2], [0, 1])];
    expect(run('gather', 'int32', [2, 2, 1, 1], { a, rest, attrs: { axes: [0, 1], sliceSizes: [1, 1] } })).toEqual([
      3, 8, 7, 4,
    ]); // MLX
    const windows = { axes: [1], sliceSizes: [2, 2] };
    expect(run('gather', 'int32', [2, 2, 2], { a, rest: [data('int8', [2], [-2, 0])], attrs: windows })).toEqual([
      2, 3, 6, 7, 0, 1, 4, 5,
    ]);
    expect(() => run('gather', 'int32', [1, 2, 2], { a, rest: [data('int8', [1], [-1])], attrs: windows })).toThrow(
      '[gather] slices of 2 must lie inside axis 1 with size 4, got the start 3',
    );
    expect(() => run('gather', 'int32', [1, 2, 2], { a, rest: [data('int8', [1], [4])], attrs: windows })).toThrow(
      '[gather] index 4 is out of bounds for axis 1 with size 4',
    );
  });
  it('scatter › as MLX: duplicates combine, the last write wins', () => {
    const a = data('float32', [4], [1, 2, 3, 4]);
    const rest = [data('int32', [3], [1, 1, 0])];
    const b = data('float32', [3, 1], [10, 20, 30]);
    const scatter = (mode: string): unknown[] =>
      run('scatter', 'float32', [4], { a, b, rest, attrs: { axes: [0], mode } });
    expect(scatter('none')).toEqual([30, 20, 3, 4]);
    expect(scatter('add')).toEqual([31, 32, 3, 4]);
    expect(scatter('prod')).toEqual([30, 400, 3, 4]);
    expect(scatter('max')).toEqual([30, 20, 3, 4]);
    const m = data('int32', [2, 2], [0, 0, 0, 0]);
    const rows = {
      a: m,
      b: data('int32', [1, 1, 2], [5, 6]),
      rest: [data('uint32', [1], [1])],
      attrs: { axes: [0], mode: 'none' },
    };
    expect(run('scatter', 'int32', [2, 2], rows)).toEqual([0, 0, 5, 6]);
  });
  it('scatter › a bad index leaves the block as it was', () => {
    const a = data('int32', [2], [1, 2]);
    const inputs = {
      a,
      b: data('int32', [2, 1], [8, 9]),
      rest: [data('int32', [2], [0, 2])],
      attrs: { axes: [0], mode: 'none' },
    };
    expect(() => run('scatter', 'int32', [2], inputs, a)).toThrow(
      '[scatter] index 2 is out of bounds for axis 0 with size 2',
    );
    expect(values(a)).toEqual([1, 2]);
  });
  it('slice_update › negative steps, broadcast updates, modes, in place', () => {
    const a = data('int32', [2, 4], [0, 1, 2, 3, 4, 5, 6, 7]);
    const b = view(data('int32', [2], [10, 20]), [2, 2], [0, 1]);
    const attrs = { start: [0, 3], strides: [1, -2], mode: 'none' };
    expect(run('slice_update', 'int32', [2, 4], { a, b, attrs })).toEqual([0, 20, 2, 10, 4, 20, 6, 10]);
    run('slice_update', 'int32', [2, 4], { a, b, attrs: { ...attrs, mode: 'add' } }, a);
    expect(values(a)).toEqual([0, 21, 2, 13, 4, 25, 6, 17]);
    const s = data('int32', [], [1]);
    expect(
      run('slice_update', 'int32', [], {
        a: s,
        b: data('int32', [], [9]),
        attrs: { start: [], strides: [], mode: 'none' },
      }),
    ).toEqual([9]);
  });
  it('masked_scatter › takes the next value at each true element', () => {
    const a = data('float32', [2, 2], [0, 0, 0, 0]);
    const b = data('bool', [2, 2], [1, 0, 0, 1]);
    const v = data('float32', [3], [5, 6, 7]);
    expect(run('masked_scatter', 'float32', [2, 2], { a, b, c: v })).toEqual([5, 0, 0, 6]); // MLX
    expect(() => run('masked_scatter', 'float32', [2, 2], { a, b, c: data('float32', [1], [5]) })).toThrow(ShapeError);
  });
});

describe('matmul', () => {
  it('batches, broadcast batches, transposed operands, K = 0', () => {
    const a = data('float64', [2, 1, 2], [1, 2, 3, 4]);
    const b = view(data('float64', [2, 2], [1, 2, 3, 4]), [2, 2, 2], [0, 1, 2]);
    expect(run('matmul', 'float64', [2, 1, 2], { a, b })).toEqual([5, 11, 11, 25]);
    expect(run('matmul', 'float32', [1, 2], { a: empty('float32', [1, 0]), b: empty('float32', [0, 2]) })).toEqual([
      0, 0,
    ]);
  });
  it('complex64 and float16 › as MLX', () => {
    const a = data('complex64', [2, 2], [c(1, 1), c(2, 0), c(0, 0), c(0, 1)]);
    const b = data('complex64', [2, 2], [c(0, 1), c(1, 0), c(2, 0), c(1, -1)]);
    expect(run('matmul', 'complex64', [2, 2], { a, b })).toEqual([c(3, 1), c(3, -1), c(0, 2), c(1, 1)]);
    const h = data('float16', [2, 2], [1, 2, 3, 4]);
    expect(run('matmul', 'float16', [2, 1], { a: h, b: data('float16', [2, 1], [0.1, 0.2]) })).toEqual([
      0.5, 1.099609375,
    ]);
  });
});

describe('attention', () => {
  const q = data('float32', [1, 2, 2, 2], [2, 0, 2, 2, 0, -2, 3, -2]);
  const k = data('float32', [1, 1, 3, 2], [-3, 0, -1, 1, 1, 1]);
  const v = data('float32', [1, 1, 3, 2], [-1, 3, 1, 2, -2, 1]);
  const sdpa = (causal: boolean, mask?: Operand): unknown[] =>
    run('sdpa', 'float32', [1, 2, 2, 2], {
      a: q,
      b: k,
      c: v,
      attrs: { scale: 0.5, causal },
      ...(mask && { rest: [mask] }),
    });
  const spread = (m: Operand): Operand => view(m, [1, 2, 2, 3], [0, 0, 3, 1]);
  it('sdpa › causal aligns the ends, heads share keys (MLX)', () => {
    near(
      sdpa(true),
      [
        0.7615941166877747, 2.1192028522491455, -1.638601303100586, 1.1302990913391113, -0.46211716532707214,
        2.7310585975646973, -1.8522523641586304, 1.0598783493041992,
      ],
    );
  });
  it('sdpa › boolean and additive masks (MLX)', () => {
    near(
      sdpa(false, spread(data('bool', [2, 3], [1, 0, 1, 0, 1, 1]))),
      [
        -1.9820137023925781, 1.0359723567962646, -1.6423912048339844, 1.1192028522491455, -1.2689414024353027,
        2.4621171951293945, -1.8577224016189575, 1.0474258661270142,
      ],
    );
    near(
      sdpa(false, spread(data('float32', [2, 3], [0.5, -1, 0, -inf, 2, 0]))),
      [
        -1.8337396383285522, 1.1020216941833496, -0.5, 1.5, -1.0451726913452148, 2.5952043533325195,
        -1.1931757926940918, 1.2689414024353027,
      ],
    );
  });
  it('sdpa › a query without keys gives zeros', () => {
    const got = sdpa(false, spread(data('bool', [2, 3], [0, 0, 0, 1, 1, 1])));
    expect([got.slice(0, 2), got.slice(4, 6)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const none = {
      a: q,
      b: empty('float32', [1, 1, 0, 2]),
      c: empty('float32', [1, 1, 0, 2]),
      attrs: { scale: 1, causal: true },
    };
    expect(run('sdpa', 'float32', [1, 2, 2, 2], none)).toEqual(new Array(8).fill(0));
  });
  it('rope › both layouts, frequencies, offsets per batch (MLX)', () => {
    const x = data('float32', [1, 1, 2, 6], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const attrs = { dims: 4, traditional: true, base: 10000, scale: 1, offset: 3 };
    const rope = (more: object, inputs: Inputs = {}): unknown[] =>
      run('rope', 'float32', [1, 1, 2, 6], { a: x, ...inputs, attrs: { ...attrs, ...more } });
    near(
      rope({}),
      [
        -1.2722325325012207, -1.838865041732788, 2.8786680698394775, 4.088186740875244, 5, 6, 1.478914737701416,
        -10.526765823364258, 8.592906951904297, 10.35190486907959, 11, 12,
      ],
      5,
    );
    near(
      rope({ traditional: false, scale: 0.5 }),
      [
        -2.921747922897339, 1.9397772550582886, 1.2097065448760986, 4.0295491218566895, 5, 6, -11.096704483032227,
        7.7984137535095215, 2.619760513305664, 10.157989501953125, 11, 12,
      ],
      5,
    );
    near(
      rope({ traditional: false, scale: 0.5 }, { b: data('float32', [2], [2, 5]) }),
      [
        -1.3132275342941284, 0.7285921573638916, 2.8767051696777344, 4.412386417388916, 5, 6, -3.7911224365234375,
        3.474304437637329, 10.75301742553711, 12.325956344604492, 11, 12,
      ],
      5,
    );
    const twice = view(x, [2, 1, 2, 6], [0, 12, 6, 1]);
    const got = run('rope', 'float32', [2, 1, 2, 6], { a: twice, c: data('int32', [2], [0, 3]), attrs });
    near(got.slice(0, 6), [1, 2, 3, 4, 5, 6]);
    near(got.slice(12, 16), [-1.2722325325012207, -1.838865041732788, 2.8786680698394775, 4.088186740875244], 5);
  });
});

describe('backend', () => {
  it('reference › has the kernels of wasm and says what it is', () => {
    expect(Object.keys(reference.kernels).sort()).toEqual(Object.keys(wasmBackend.kernels).sort());
    expect(reference.info()).toMatchObject({ name: 'reference', available: true, threads: 1 });
  });
});
