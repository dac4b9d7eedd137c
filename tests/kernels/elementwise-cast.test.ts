// cast between all dtypes. Integers against BigInt, halves against the exact value of every bit pattern.
import { expect, test } from 'vitest';
import { BASE, bytes, type Code, indexOf, kernels, memory } from './load.js';

const A = BASE;
const B = BASE + (1 << 20);
const O = BASE + (1 << 21);
const cast = (n: number, from: Code, to: Code, a: number, o: number): void => {
  kernels.cast!(n, indexOf(from), indexOf(to), a, o);
};
const INTS = ['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64'] as const;
const bits = (c: string): number => Number(c.slice(1));
const wrap = (c: string, x: bigint): bigint => (c[0] === 'i' ? BigInt.asIntN(bits(c), x) : BigInt.asUintN(bits(c), x));

function put(at: number, code: Code, values: readonly (bigint | number)[]): void {
  const d = new DataView(memory.buffer, at);
  values.forEach((x, i) => {
    if (code === 'f32') d.setFloat32(4 * i, Number(x), true);
    else if (code === 'f64') d.setFloat64(8 * i, Number(x), true);
    else if (code === 'c64') d.setFloat32(8 * i, Number(x), true);
    else if (code === 'b8') d.setUint8(i, Number(x));
    else
      for (let k = 0; k < bits(code) / 8; k++)
        d.setUint8((i * bits(code)) / 8 + k, Number((BigInt(x) >> BigInt(8 * k)) & 255n));
  });
}
function get(at: number, code: Code, i: number): bigint | number {
  const d = new DataView(memory.buffer, at);
  if (code === 'f32') return d.getFloat32(4 * i, true);
  if (code === 'f64') return d.getFloat64(8 * i, true);
  if (code === 'c64') return d.getFloat32(8 * i, true);
  if (code === 'b8') return d.getUint8(i);
  let x = 0n;
  for (let k = 0; k < bits(code) / 8; k++) x |= BigInt(d.getUint8((i * bits(code)) / 8 + k)) << BigInt(8 * k);
  return wrap(code, x);
}
/** The value of a float16 pattern, from its definition. */
function half(h: number): number {
  const e = (h >> 10) & 31;
  const m = h & 1023;
  const v = e === 0 ? m * 2 ** -24 : e === 31 ? (m ? NaN : Infinity) : (1 + m / 1024) * 2 ** (e - 15);
  return h & 0x8000 ? -v : v;
}
const brain = (h: number): number => new Float32Array(Uint32Array.of(h << 16).buffer)[0]!;

const samples = [
  0n,
  1n,
  2n,
  100n,
  127n,
  128n,
  200n,
  255n,
  256n,
  32767n,
  32768n,
  65535n,
  65537n,
  16777217n,
  2147483647n,
  2147483648n,
  4294967295n,
  4294967296n,
  9007199254740993n,
  9223372036854775807n,
  18446744073709551615n,
  -1n,
  -2n,
  -100n,
  -129n,
  -32769n,
  -2147483649n,
];

for (const from of INTS) {
  const v = samples.map((x) => wrap(from, x));
  test(`cast ${from} to integers and bool › wraps, zero is false`, () => {
    put(A, from, v);
    for (const to of INTS) {
      cast(v.length, from, to, A, O);
      v.forEach((x, i) => expect(get(O, to, i)).toBe(wrap(to, x)));
    }
    cast(v.length, from, 'b8', A, O);
    v.forEach((x, i) => expect(get(O, 'b8', i)).toBe(x === 0n ? 0 : 1));
  });
  test(`cast ${from} to floats › rounds to nearest even`, () => {
    put(A, from, v);
    for (const to of ['f64', 'f32', 'c64'] as const) {
      cast(v.length, from, to, A, O);
      v.forEach((x, i) => {
        // float32 of a 64-bit integer, rounded once: to 40 bits with a sticky bit first
        const m = x < 0n ? -x : x;
        const sticky = m >= 1n << 40n ? ((m >> 24n) << 24n) | (m & 0xffffffn ? 1n << 24n : 0n) : m;
        const single = Math.fround(Number(sticky)) * (x < 0n ? -1 : 1);
        expect(get(O, to, i)).toBe(to === 'f64' ? Number(x) : single === 0 ? 0 : single);
      });
      if (to === 'c64') v.forEach((_, i) => expect(get(O + 4, 'c64', i)).toBe(0));
    }
    cast(v.length, from, 'f32', A, B);
    for (const to of ['f16', 'bf16'] as const) {
      cast(v.length, from, to, A, O);
      cast(v.length, 'f32', to, B, O + 4096);
      v.forEach((_, i) => expect(get(O, 'u16', i)).toBe(get(O + 4096, 'u16', i)));
    }
  });
}

for (const from of ['f32', 'f64', 'c64'] as const) {
  test(`cast ${from} to integers › truncates, saturates, NaN is 0`, () => {
    const v = [
      0,
      -0,
      0.9,
      -0.9,
      1.5,
      -1.5,
      127.9,
      128,
      255.5,
      256,
      300,
      -129,
      32768,
      -32769,
      65536,
      2147483647,
      2147483648,
      4294967296,
      -2147483649,
      1e20,
      -1e20,
      Infinity,
      -Infinity,
      NaN,
      1e-45,
    ].map(Math.fround);
    put(A, from, v);
    for (const to of INTS) {
      cast(v.length, from, to, A, O);
      const low = to[0] === 'i' ? -(1n << BigInt(bits(to) - 1)) : 0n;
      const high = (1n << BigInt(to[0] === 'i' ? bits(to) - 1 : bits(to))) - 1n;
      v.forEach((x, i) => {
        const t = Number.isNaN(x) ? 0n : x === Infinity ? high : x === -Infinity ? low : BigInt(Math.trunc(x));
        expect(`${x} ${get(O, to, i)}`).toBe(`${x} ${t < low ? low : t > high ? high : t}`);
      });
    }
  });
  test(`cast ${from} to bool › everything but zero is true, also NaN and subnormals`, () => {
    const v = [0, -0, 1e-45, NaN, -1, Infinity, 0.5, 0, 1, 0, 0, 0, 2, 0, 0, 3, 0, 4];
    bytes().fill(0, A, A + 256);
    put(A, from, v);
    cast(v.length, from, 'b8', A, O);
    v.forEach((x, i) => expect(get(O, 'b8', i)).toBe(x === 0 ? 0 : 1));
  });
}
test('cast c64 › bool looks at both parts, floats take the real one', () => {
  new Float32Array(memory.buffer, A, 8).set([0, 0, 0, 1, 2, 3, -4, NaN]);
  cast(4, 'c64', 'b8', A, O);
  expect([...bytes().slice(O, O + 4)]).toEqual([0, 1, 1, 1]);
  cast(4, 'c64', 'f32', A, O);
  expect([0, 1, 2, 3].map((i) => get(O, 'f32', i))).toEqual([0, 0, 2, -4]);
  cast(4, 'c64', 'f64', A, O);
  expect([0, 1, 2, 3].map((i) => get(O, 'f64', i))).toEqual([0, 0, 2, -4]);
});
test('cast f64 to f32 › rounds once, also into subnormals and infinity', () => {
  const v = [1 + 2 ** -24, 1 + 2 ** -23 + 2 ** -24, 1e-46, 1e-45, 3.4e38, 3.5e38, -1e300, NaN, 0.1];
  put(A, 'f64', v);
  cast(v.length, 'f64', 'f32', A, O);
  v.forEach((x, i) => expect(get(O, 'f32', i)).toBe(Math.fround(x)));
});

for (const [code, value] of [
  ['f16', half],
  ['bf16', brain],
] as const) {
  test(`cast ${code} › every pattern to f32, exact, and back`, () => {
    const n = 65536;
    const u = new Uint16Array(memory.buffer, A, n);
    for (let i = 0; i < n; i++) u[i] = i;
    cast(n, code, 'f32', A, B);
    const f = new Float32Array(memory.buffer, B, n);
    let wrong = 0;
    for (let i = 0; i < n; i++) if (!Object.is(f[i], value(i))) wrong++;
    expect(wrong).toBe(0);
    cast(n, 'f32', code, B, O);
    const back = new Uint16Array(memory.buffer, O, n);
    for (let i = 0; i < n; i++) if (Number.isNaN(value(i)) ? !Number.isNaN(value(back[i]!)) : back[i] !== i) wrong++;
    expect(wrong).toBe(0);
    cast(n, code, 'f64', A, B);
    const d = new Float64Array(memory.buffer, B, n);
    for (let i = 0; i < n; i++) if (!Object.is(d[i], value(i))) wrong++;
    cast(n, code, 'b8', A, B);
    for (let i = 0; i < n; i++) if (bytes()[B + i] !== (value(i) === 0 ? 0 : 1)) wrong++;
    cast(n, code, 'i8', A, B);
    for (let i = 0; i < n; i++) {
      const t = Math.trunc(Math.max(-128, Math.min(127, value(i))));
      if (new Int8Array(memory.buffer, B)[i] !== (Number.isNaN(t) ? 0 : t)) wrong++;
    }
    expect(wrong).toBe(0);
  });
  test(`cast f32 to ${code} › nearest, ties to even, at every midpoint and beside it`, () => {
    const top = code === 'f16' ? 0x7c00 : 0x7f80;
    const x: number[] = [];
    const want: number[] = [];
    for (let h = 0; h < top; h++) {
      // the step after the largest finite value counts as far as infinity
      const here = value(h);
      const next = h + 1 === top ? here + (here - value(h - 1)) : value(h + 1);
      const middle = Math.fround((here + next) / 2);
      const u = new Uint32Array(Float32Array.of(middle).buffer)[0]!;
      const beside = (d: number): number => new Float32Array(Uint32Array.of(u + d).buffer)[0]!;
      x.push(beside(-1), middle, beside(1));
      want.push(h, h & 1 ? h + 1 : h, h + 1);
    }
    const n = x.length;
    new Float32Array(memory.buffer, A, n).set(x);
    cast(n, 'f32', code, A, O);
    const got = new Uint16Array(memory.buffer, O, n);
    expect(x.findIndex((_, i) => got[i] !== want[i])).toBe(-1);
    new Float32Array(memory.buffer, A, n).set(x.map((v) => -v));
    cast(n, 'f32', code, A, O);
    expect(x.findIndex((_, i) => got[i] !== want[i]! + 0x8000)).toBe(-1);
  });
}
test('cast f16 and bf16 to each other › as through f32', () => {
  const n = 65536;
  const u = new Uint16Array(memory.buffer, A, n);
  for (let i = 0; i < n; i++) u[i] = i;
  for (const [from, to] of [
    ['f16', 'bf16'],
    ['bf16', 'f16'],
  ] as const) {
    cast(n, from, to, A, O);
    const direct = bytes().slice(O, O + 2 * n);
    cast(n, from, 'f32', A, B);
    cast(n, 'f32', to, B, O);
    expect(Buffer.compare(direct, bytes().slice(O, O + 2 * n))).toBe(0);
  }
});

const CODES = ['b8', ...INTS, 'f16', 'f32', 'f64', 'bf16', 'c64'] as const;
const SIZE: Record<Code, number> = {
  b8: 1,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  f16: 2,
  f32: 4,
  f64: 8,
  bf16: 2,
  c64: 8,
};
test('cast › all 196 pairs: any length as one by one, nothing written beyond the last 16 bytes', () => {
  for (const from of CODES) {
    for (let i = 0; i < 640; i++) bytes()[A + i] = from === 'b8' ? (i % 3) & 1 : (i * 89 + 17) & 0x3f;
    for (const to of CODES) {
      const [s, d] = [SIZE[from], SIZE[to]];
      const want = new Uint8Array(80 * d);
      for (let i = 0; i < 80; i++) {
        cast(1, from, to, A + i * s, B);
        want.set(bytes().subarray(B, B + d), i * d);
      }
      for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 64, 67]) {
        bytes().fill(0xa5, O, O + 1024);
        cast(n, from, to, A, O);
        const got = bytes().slice(O, O + 1024);
        const end = (n * d + 15) & ~15;
        const fine = Buffer.compare(got.subarray(0, n * d), want.subarray(0, n * d)) === 0;
        if (!fine || got.subarray(end).some((x) => x !== 0xa5)) throw new Error(`cast ${from} to ${to}, n = ${n}`);
      }
    }
  }
});
