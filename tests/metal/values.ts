// Numbers for tests of kernels: dtypes, values that repeat, errors in units of the last place, and the words of strided calls.
import { expect } from 'vitest';
import { bf16, f16, toBf16, toF16 } from './halves.js';

export interface Type {
  code: string;
  /** relative spacing of its numbers: results are rounded once, so half of it and what float32 adds is the tolerance */
  eps: number;
  pack(x: readonly number[]): Float32Array | Uint16Array;
  unpack(bytes: Uint8Array): number[];
}
export const F32: Type = {
  code: 'f32',
  eps: 2 ** -23,
  pack: (x) => Float32Array.from(x),
  unpack: (b) => [...new Float32Array(b.buffer)],
};
export const F16: Type = {
  code: 'f16',
  eps: 2 ** -10,
  pack: (x) => Uint16Array.from(x, toF16),
  unpack: (b) => Array.from(new Uint16Array(b.buffer), f16),
};
export const BF16: Type = {
  code: 'bf16',
  eps: 2 ** -7,
  pack: (x) => Uint16Array.from(x, toBf16),
  unpack: (b) => Array.from(new Uint16Array(b.buffer), bf16),
};
export const FLOATS = [F32, F16, BF16];
export const size = (t: Type): number => (t.code === 'f32' ? 4 : 2);
/** What the numbers are once they are stored. */
export const stored = (t: Type, x: readonly number[]): number[] => t.unpack(new Uint8Array(t.pack(x).buffer.slice(0)));

/** Numbers that repeat from run to run, between -1 and 1. */
export function numbers(n: number, seed = 1): number[] {
  let s = seed;
  return Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 31 - 1;
  });
}
/** Largest error in units of `eps * max(|want|, floor)`. NaN and infinities have to be the same. */
export function ulps(got: readonly number[], want: readonly number[], eps: number, floor = 0): number {
  expect(got.length).toBe(want.length);
  return got.reduce((worst, g, i) => {
    const w = want[i]!;
    if (Number.isNaN(w) || !Number.isFinite(w)) return Object.is(g, w) || g === w ? worst : Infinity;
    const e = Math.abs(g - w) / (eps * Math.max(Math.abs(w), floor, 2 ** -14));
    return e <= worst ? worst : Number.isNaN(e) ? Infinity : e;
  }, 0);
}

/** Constants of a strided call: dims, and for each operand its start and strides. */
export function strided(
  dims: readonly number[],
  ...walks: readonly (readonly [start: number, strides: readonly number[]])[]
): number[] {
  const eight = (x: readonly number[]): number[] => [...x, ...Array<number>(8 - x.length).fill(0)];
  const n = dims.reduce((a, b) => a * b, 1);
  return [n, dims.length, ...eight(dims), ...walks.flatMap(([start, strides]) => [start, ...eight(strides)])];
}

/** All index tuples of a shape, the last axis fastest. */
export function indices(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>((all, d) => all.flatMap((i) => Array.from({ length: d }, (_, k) => [...i, k])), [[]]);
}
