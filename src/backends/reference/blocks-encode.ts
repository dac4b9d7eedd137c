// Encoding GGUF blocks as ggml's reference does: float32 after every step, since its searches compare such sums.
import { types } from '../../tensor/dtype.js';
import type { BlockFormat } from '../block-formats.js';
import { coerce, toNumber } from './access.js';

const f = Math.fround;
/** To the nearest integer, ties to even. */
export function nearest(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}
const clamp = (x: number, least: number, most: number): number =>
  x !== x ? Math.min(Math.max(0, least), most) : Math.min(Math.max(x, least), most);
type Numbers = Float64Array;

const word = new DataView(new ArrayBuffer(4));
/** Stores a float16. @returns its value */
function putHalf(o: Uint8Array, at: number, x: number): number {
  const value = toNumber(coerce(types.float16, f(x)));
  word.setFloat32(0, value);
  const u = word.getUint32(0);
  const size = Math.abs(value);
  const sign = (u >>> 16) & 0x8000;
  const small = Math.round(size * 2 ** 24);
  const bits =
    size !== size ? 0x7e00 : size === Infinity ? 0x7c00 : small < 1024 ? small : ((u & 0x7fffffff) - 0x38000000) >>> 13;
  o[at] = (sign | bits) & 255;
  o[at + 1] = (sign | bits) >>> 8;
  return value;
}
const reachOf = (x: Numbers): number => x.reduce((edge, v) => (Math.abs(v) > Math.abs(edge) ? v : edge), 0);

function encodeSmall({ mode, bits }: BlockFormat, x: Numbers, o: Uint8Array): void {
  const edge = reachOf(x);
  if (mode === 'q8_0') {
    const d = f(Math.abs(edge) / 127);
    const inverse = d === 0 ? 0 : f(1 / d);
    putHalf(o, 0, d);
    x.forEach((v, i) => {
      const scaled = f(v * inverse);
      o[2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    });
    return;
  }
  const both = mode.endsWith('_1');
  const levels = 2 ** bits;
  const least = both ? x.reduce((m, v) => (v < m ? v : m), x[0]!) : 0;
  const most = x.reduce((m, v) => (v > m ? v : m), x[0]!);
  const d = both ? f(f(most - least) / (levels - 1)) : f(edge / (-levels / 2));
  const inverse = d === 0 ? 0 : f(1 / d);
  putHalf(o, 0, d);
  if (both) putHalf(o, 2, least);
  const fifths = both ? 4 : 2;
  const codes = fifths + (bits === 5 ? 4 : 0);
  o.fill(0, fifths);
  x.forEach((v, i) => {
    const lifted = f(f(f(v - least) * inverse) + (both ? 0.5 : levels / 2 + 0.5));
    const code = clamp(Math.trunc(lifted), 0, levels - 1);
    o[codes + (i & 15)]! |= (code & 15) << (i < 16 ? 0 : 4);
    if (code > 15) o[fifths + (i >> 3)]! |= 1 << (i & 7);
  });
}

/** Scale and minimum of a part for codes 0 to `top`: the best of weighted least-squares fits from several first scales. */
function fit(
  x: Numbers,
  top: number,
  first: number,
  trials: number,
): { scale: number; least: number; codes: number[] } {
  const mean = f(Math.sqrt(f(x.reduce((s, v) => f(s + f(v * v)), 0) / 32)));
  const weights = x.map((v) => f(mean + Math.abs(v)));
  const sums = (value: (i: number) => number): number => x.reduce((s, _, i) => f(s + value(i)), 0);
  const weight = sums((i) => weights[i]!);
  const sum = sums((i) => f(weights[i]! * x[i]!));
  let least = Math.min(0, ...x);
  const most = Math.max(...x);
  if (most === least) return { scale: 0, least, codes: new Array<number>(32).fill(0) };
  const codesOf = (inverse: number): number[] =>
    Array.from(x, (v) => clamp(nearest(f(inverse * f(v - least))), 0, top));
  const errorOf = (l: readonly number[], s: number, m: number): number =>
    sums((i) => {
      const e = f(f(f(s * l[i]!) + m) - x[i]!);
      return f(weights[i]! * f(e * e));
    });
  const inverse = f(top / f(most - least));
  let scale = f(1 / inverse);
  let codes = codesOf(inverse);
  let best = errorOf(codes, scale, least);
  for (let k = 0; k <= trials; k++) {
    const l = codesOf(f(f(f(first + f(f(0.1) * k)) + top) / f(most - least)));
    const sl = sums((i) => f(weights[i]! * l[i]!));
    const sll = sums((i) => f(f(weights[i]! * l[i]!) * l[i]!));
    const sxl = sums((i) => f(f(weights[i]! * l[i]!) * x[i]!));
    const determinant = f(f(weight * sll) - f(sl * sl));
    if (!(determinant > 0)) continue;
    let s = f(f(f(weight * sxl) - f(sum * sl)) / determinant);
    let m = f(f(f(sll * sum) - f(sl * sxl)) / determinant);
    if (m > 0) {
      m = 0;
      s = f(sxl / sll);
    }
    const error = errorOf(l, s, m);
    if (error < best) [best, scale, least, codes] = [error, s, m, l];
  }
  return { scale, least, codes };
}

function encodeK({ bits }: BlockFormat, x: Numbers, o: Uint8Array): void {
  const wide = bits === 5;
  const top = wide ? 31 : 15;
  const parts = Array.from({ length: 8 }, (_, j) =>
    fit(x.subarray(32 * j, 32 * j + 32), top, wide ? -0.5 : -1, wide ? 15 : 20),
  );
  const mostScale = parts.reduce((m, p) => Math.max(m, p.scale), 0);
  const mostLeast = parts.reduce((m, p) => Math.max(m, -p.least), 0);
  const steps = (most: number, v: number): number => (most > 0 ? clamp(nearest(f(f(63 / most) * v)), 0, 63) : 0);
  const d = putHalf(o, 0, f(mostScale / 63));
  const m = putHalf(o, 2, f(mostLeast / 63));
  o.fill(0, 4);
  parts.forEach(({ scale, least, codes }, j) => {
    const [s, b] = [steps(mostScale, scale), steps(mostLeast, -least)];
    if (j < 4) {
      o[4 + j]! |= s;
      o[8 + j]! |= b;
    } else {
      o[8 + j] = (s & 15) | ((b & 15) << 4);
      o[j]! |= (s >> 4) << 6;
      o[4 + j]! |= (b >> 4) << 6;
    }
    const step = f(d * s);
    const from = f(m * b);
    codes.forEach((first, i) => {
      const code = step === 0 ? first : clamp(nearest(f(f(x[32 * j + i]! + from) / step)), 0, top);
      o[(wide ? 48 : 16) + 32 * (j >> 1) + i]! |= (code & 15) << (4 * (j & 1));
      if (code > 15) o[16 + i]! |= 1 << j;
    });
  });
}

/** Scale of 16 elements for codes -32 to 31. */
function fit6(x: Numbers): { scale: number; codes: number[] } {
  const edge = reachOf(x);
  if (Math.abs(edge) < f(1e-15)) return { scale: 0, codes: new Array<number>(16).fill(-32) };
  let scale = 0;
  let best = 0;
  let codes: number[] = [];
  const trial = (inverse: number, always: boolean): void => {
    const l = Array.from(x, (v) => clamp(nearest(f(inverse * v)), -32, 31));
    const sxl = l.reduce((s, c, i) => f(s + f(f(f(x[i]! * x[i]!) * x[i]!) * c)), 0);
    const sll = l.reduce((s, c, i) => f(s + f(f(f(x[i]! * x[i]!) * c) * c)), 0);
    if (!always && !(sll > 0 && f(sxl * sxl) > f(best * sll))) return;
    codes = l;
    scale = sll === 0 ? 0 : f(sxl / sll);
    best = f(scale * sxl);
  };
  trial(f(-32 / edge), true);
  for (let k = -9; k < 10; k++) if (k !== 0) trial(f(-f(32 + f(f(0.1) * k)) / edge), false);
  return { scale, codes };
}
function encode6(x: Numbers, o: Uint8Array): void {
  o.fill(0);
  const parts = Array.from({ length: 16 }, (_, j) => fit6(x.subarray(16 * j, 16 * j + 16)));
  const edge = parts.reduce((e, p) => (Math.abs(p.scale) > Math.abs(e) ? p.scale : e), 0);
  if (Math.abs(edge) < f(1e-15)) return;
  const inverse = f(-128 / edge);
  const d = putHalf(o, 208, f(1 / inverse));
  parts.forEach(({ scale, codes }, j) => {
    const s = Math.min(127, nearest(f(inverse * scale)));
    o[192 + j] = s;
    const step = f(d * s);
    codes.forEach((first, k) => {
      const i = 16 * j + k;
      const code = 32 + (step === 0 ? first : clamp(nearest(f(x[i]! / step)), -32, 31));
      const [n, quarter, l] = [i >> 7, (i >> 5) & 3, i & 31];
      o[64 * n + 32 * (quarter & 1) + l]! |= (code & 15) << (4 * (quarter >> 1));
      o[128 + 32 * n + l]! |= (code >> 4) << (2 * quarter);
    });
  });
}

/** The bytes of one block. */
export function encodeBlock(format: BlockFormat, x: Numbers, o: Uint8Array): void {
  if (format.elements === 32) encodeSmall(format, x, o);
  else if (format.mode === 'q6_k') encode6(x, o);
  else encodeK(format, x, o);
}
