import { readFileSync } from 'node:fs';
import * as lw from '../../src/index.js';

/** The backends that every test here runs on. */
export const devices = ['reference', 'wasm'] as const;

export type Part =
  number | ['s', number | null, number | null, number | null] | '...' | null | { i: never } | { m: never };
export interface Expected {
  readonly shape: number[];
  readonly values: number[];
}
/** One of the files that `fixtures/make.py` wrote. */
export const fixture = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as T[];

/** `0, 1, 2, ...` in a shape. */
export const counting = (shape: readonly number[], dtype: lw.DType = 'int32'): lw.Tensor => {
  const size = shape.reduce((p, d) => p * d, 1);
  return lw
    .array(
      Array.from({ length: size }, (_, i) => i),
      dtype,
    )
    .reshape(shape);
};
/** The index a fixture writes down; lists as tensors or as plain arrays. */
export const indexOf = (p: Part, plain: boolean): lw.Index => {
  if (p === null || typeof p === 'number' || p === '...') return p;
  if (Array.isArray(p)) return lw.slice(p[1], p[2], p[3]);
  if ('i' in p) return plain && Array.isArray(p.i) ? p.i : lw.array(p.i, 'int32');
  return plain ? p.m : lw.array(p.m, 'bool');
};
/** Shape and elements, for comparing with a fixture. */
export const seen = (t: lw.Tensor): Expected => ({ shape: [...t.shape], values: Array.from(t.toTypedArray(), Number) });

/** A repeatable source of numbers in [0, 1). */
export function generator(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
/** What a call throws. */
export function thrown(f: () => unknown): Error {
  try {
    f();
  } catch (e) {
    return e as Error;
  }
  throw new Error('nothing was thrown');
}
