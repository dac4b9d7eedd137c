// The transforms' definition in double precision, and sequences to try it on.
import * as lw from '../../src/index.js';
import { generator } from '../tensor/support.js';

/** Complex numbers as planes. */
export interface Planes {
  readonly re: Float64Array;
  readonly im: Float64Array;
}
export const planes = (n: number): Planes => ({ re: new Float64Array(n), im: new Float64Array(n) });

/** `n` complex numbers, exact in float32, with parts in (-1, 1). */
export function noise(n: number, seed: number): Planes {
  const next = generator(seed);
  const draw = (): Float64Array => Float64Array.from({ length: n }, () => Math.fround(2 * next() - 1));
  return { re: draw(), im: draw() };
}
export const realOf = (x: Planes): Planes => ({ re: x.re, im: new Float64Array(x.re.length) });

/** Sums x[t] exp(-+2 pi i t k / n) for the bins k asked for, term by term. */
export function dft(x: Planes, inverse = false, bins?: readonly number[]): Planes {
  const n = x.re.length;
  const list = bins ?? Array.from({ length: n }, (_, k) => k);
  const out = planes(list.length);
  const cos = Float64Array.from({ length: n }, (_, t) => Math.cos((2 * Math.PI * t) / n));
  const sin = Float64Array.from({ length: n }, (_, t) => Math.sin((2 * Math.PI * t) / n) * (inverse ? 1 : -1));
  list.forEach((k, i) => {
    let re = 0;
    let im = 0;
    for (let t = 0, w = 0; t < n; t++) {
      re += x.re[t]! * cos[w]! - x.im[t]! * sin[w]!;
      im += x.re[t]! * sin[w]! + x.im[t]! * cos[w]!;
      w += k;
      if (w >= n) w -= n;
    }
    out.re[i] = inverse ? re / n : re;
    out.im[i] = inverse ? im / n : im;
  });
  return out;
}

/** complex64 of these numbers. */
export function complex(x: Planes, shape: readonly number[] = [x.re.length]): lw.Tensor {
  const pairs = new Float32Array(2 * x.re.length);
  x.re.forEach((v, i) => (pairs[2 * i] = v));
  x.im.forEach((v, i) => (pairs[2 * i + 1] = v));
  const both = lw.array(pairs).reshape([x.re.length, 2]);
  const [re, im] = [both.at(':', 0), both.at(':', 1)];
  return re.add(im.mul({ re: 0, im: 1 })).reshape(shape);
}
export const real = (x: Planes, shape: readonly number[] = [x.re.length]): lw.Tensor =>
  lw.array(Float32Array.from(x.re)).reshape(shape);
/** The numbers of a tensor. */
export function numbers(t: lw.Tensor): Planes {
  const values = t.toTypedArray() as Float32Array;
  if (t.dtype !== 'complex64') return { re: Float64Array.from(values), im: new Float64Array(values.length) };
  const n = values.length / 2;
  return {
    re: Float64Array.from({ length: n }, (_, i) => values[2 * i]!),
    im: Float64Array.from({ length: n }, (_, i) => values[2 * i + 1]!),
  };
}

/** The largest distance between two lists, in rounding units of float32 of the largest magnitude, `scale` or that of `want`. */
export function distance(got: Planes, want: Planes, scale?: number): number {
  if (got.re.length !== want.re.length) return Infinity;
  let most = 0;
  let off = 0;
  want.re.forEach((re, i) => {
    most = Math.max(most, Math.hypot(re, want.im[i]!));
    const d = Math.hypot(got.re[i]! - re, got.im[i]! - want.im[i]!);
    off = Number.isNaN(d) ? Infinity : Math.max(off, d);
  });
  const size = scale ?? most;
  return size === 0 ? (off === 0 ? 0 : Infinity) : off / (size * 2 ** -24);
}
/** The bound's growth with the length. */
export const growth = (n: number): number => Math.sqrt(Math.log2(Math.max(n, 2)));
