// What every elementwise kernel owes its callers: any length, held operands, results over operands, nothing written beyond the
// output's last 16 bytes. The same kernel called on one element at a time is the expectation.
import { expect, test } from 'vitest';
import { BASE, bytes, kernels, memory } from './load.js';

const SIZES: Record<string, number> = {
  b8: 1,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  f16: 2,
  bf16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
  c64: 8,
};
const TO_BOOL = new Set(
  'equal notEqual less lessEqual greater greaterEqual logicalNot isnan isinf isposinf isneginf'.split(' '),
);
const A = BASE;
const B = BASE + 4096;
const O = BASE + 8192;
const ONE = BASE + 12288;
const GUARD = 0xa5;
const guards = new Uint8Array(2048).fill(GUARD);

/** Operands whose bytes are modest numbers in every dtype. */
function fill(at: number, code: string, seed: number): void {
  const buffer = bytes().buffer;
  for (let i = 0; i < 160; i++) {
    const v = ((i * 37 + seed * 11) % 23) - 11;
    if (code === 'f32') new Float32Array(buffer, at)[i] = v / 4;
    else if (code === 'c64') new Float32Array(buffer, at).set([v / 4, (v % 5) / 2], 2 * i);
    else if (code === 'f64') new Float64Array(buffer, at)[i] = v / 4;
    else if (code === 'b8') bytes()[at + i] = v & 1;
    else if (SIZES[code] === 1) new Int8Array(buffer, at)[i] = v;
    else if (SIZES[code] === 2) new Int16Array(buffer, at)[i] = v;
    else if (SIZES[code] === 4) new Int32Array(buffer, at)[i] = v;
    else new BigInt64Array(buffer, at)[i] = BigInt(v);
  }
}
function resultSize(op: string, code: string): number {
  if (TO_BOOL.has(op)) return 1;
  return code === 'c64' && ['abs', 'real', 'imag'].includes(op) ? 4 : SIZES[code]!;
}

/** Runs `call` to O behind guard bytes, checks the first n results and what lies beyond. */
function check(n: number, size: number, want: Uint8Array, call: (o: number) => void): void {
  bytes().fill(GUARD, O, O + 2048);
  call(O);
  const got = Buffer.from(memory.buffer, O, 2048);
  if (got.compare(want, 0, n * size, 0, n * size) !== 0) {
    expect([...got.subarray(0, n * size)], `n = ${n}`).toEqual([...want.subarray(0, n * size)]);
  }
  const end = (n * size + 15) & ~15;
  expect(got.compare(guards, 0, 2048 - end, end), `n = ${n}: written beyond ${end}`).toBe(0);
}

const LENGTHS = [...Array.from({ length: 21 }, (_, i) => i), 31, 64, 67, 129];
const names = Object.keys(kernels).sort();

for (const name of names.filter((x) => x.startsWith('unary_'))) {
  test(`${name} › lengths, in place, bounds`, () => {
    const [, op, code] = name.split('_') as [string, string, string];
    const s = SIZES[code]!;
    const r = resultSize(op, code);
    fill(A, code, 1);
    const want = new Uint8Array(160 * r);
    for (let i = 0; i < 160; i++) {
      bytes().copyWithin(O, A + i * s, A + (i + 1) * s);
      kernels[name]!(1, O, ONE);
      want.set(bytes().subarray(ONE, ONE + r), i * r);
    }
    for (const n of LENGTHS) {
      check(n, r, want, (o) => kernels[name]!(n, A, o));
      check(n, r, want, (o) => {
        bytes().copyWithin(o, A, A + n * s);
        kernels[name]!(n, o, o);
        // what was there of a wider operand is not the kernel's business
        if (r < s) bytes().fill(GUARD, o + ((n * r + 15) & ~15), o + 2048);
      });
    }
  });
}

for (const name of names.filter((x) => x.startsWith('binary_'))) {
  test(`${name} › lengths, held operands, in place, bounds`, () => {
    const [, op, code] = name.split('_') as [string, string, string];
    const s = SIZES[code]!;
    const r = resultSize(op, code);
    fill(A, code, 1);
    fill(B, code, 2);
    for (const sa of [0, 1]) {
      for (const sb of [0, 1]) {
        const want = new Uint8Array(160 * r);
        for (let i = 0; i < 160; i++) {
          bytes().copyWithin(O, A + sa * i * s, A + (sa * i + 1) * s);
          bytes().copyWithin(O + 64, B + sb * i * s, B + (sb * i + 1) * s);
          kernels[name]!(1, O, 1, O + 64, 1, ONE);
          want.set(bytes().subarray(ONE, ONE + r), i * r);
        }
        for (const n of LENGTHS) {
          check(n, r, want, (o) => kernels[name]!(n, A, sa, B, sb, o));
          for (const first of [true, false]) {
            check(n, r, want, (o) => {
              const from = first ? A : B;
              bytes().copyWithin(o, from, from + Math.max(1, n) * s);
              if (first) kernels[name]!(n, o, sa, B, sb, o);
              else kernels[name]!(n, A, sa, o, sb, o);
              if (r < s || n === 0) bytes().fill(GUARD, o + ((n * r + 15) & ~15), o + 2048);
            });
          }
        }
      }
    }
  });
}

for (const size of [1, 2, 4, 8]) {
  test(`select_${size} › picks by condition, lengths, held operands, bounds`, () => {
    const C = ONE;
    for (let i = 0; i < 160; i++) bytes()[C + i] = [1, 0, 0, 1, 2, 0, 255][i % 7]!;
    for (let i = 0; i < 1280; i++) {
      bytes()[A + i] = i & 0x7f;
      bytes()[B + i] = 0x80 | (i & 0x7f);
    }
    for (let m = 0; m < 8; m++) {
      const [sc, sx, sy] = [m & 1, (m >> 1) & 1, m >> 2] as [number, number, number];
      const want = new Uint8Array(160 * size);
      for (let i = 0; i < 160; i++) {
        const p = bytes()[C + sc * i]! !== 0 ? A + sx * i * size : B + sy * i * size;
        want.set(bytes().subarray(p, p + size), i * size);
      }
      for (const n of LENGTHS) check(n, size, want, (o) => kernels[`select_${size}`]!(n, C, sc, A, sx, B, sy, o));
    }
  });
}
