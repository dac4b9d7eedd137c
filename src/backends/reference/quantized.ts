// Packed matrices by their definition, one element at a time.
import { types, type ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { coerce, readNumbers, store, toNumber } from './access.js';
import { products } from './quantized-gathered.js';
import { hadamardSigns } from './quantized-signs.js';

interface Scheme {
  readonly mode: 'affine' | 'mxfp4' | 'mxfp8' | 'nvfp4';
  readonly group: number;
  readonly bits: number;
}
const { fround } = Math;
/** `x` as the nearest value of a dtype. */
const round = (type: ElementType, x: number): number => toNumber(coerce(type, fround(x)));
/** To the nearest integer, ties to even. */
function nearest(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/** The value of an e4m3 pattern. */
export function fp8Value(u: number): number {
  const m = u & 0x7f;
  const sign = u & 0x80 ? -1 : 1;
  if (m === 0x7f) return NaN;
  return sign * (m < 8 ? m * 2 ** -9 : (8 + (m & 7)) * 2 ** ((m >> 3) - 10));
}
/** The e4m3 pattern nearest to `x`. */
export function fp8Pattern(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x80 : 0;
  const a = Math.abs(x);
  if (!(a < 448)) return sign | 0x7e;
  // below 2^-6 the unit is 2^-9, above it is an eighth of the power of two
  const e = Math.max(Math.floor(Math.log2(a)), -6);
  const steps = nearest(a / 2 ** (e - 3));
  return sign | ((e + 6) * 8 + steps);
}
const FP4 = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
const fp4Value = (u: number): number => (u & 8 ? -1 : 1) * FP4[u & 7]!;
/** The nearest e2m1 code, the first of two as near. */
function fp4Pattern(x: number): number {
  if (!Number.isFinite(x)) return 0;
  let best = 0;
  for (let u = 1; u < 16; u++) if (Math.abs(x - fp4Value(u)) < Math.abs(x - fp4Value(best))) best = u;
  return best;
}

/** What a group is stored with, and the code of an element. */
interface Group {
  readonly scale: number;
  readonly bias: number;
  readonly code: (x: number) => number;
}
function affineGroup(x: readonly number[], bits: number): Group {
  let least = Infinity;
  let greatest = -Infinity;
  for (const v of x) {
    if (v < least) least = v;
    if (v > greatest) greatest = v;
  }
  const bins = 2 ** bits - 1;
  const eps = fround(1e-7);
  let scale: number;
  let bias = 0;
  if (bits === 1) {
    scale = Math.max(fround(greatest - least), eps);
    bias = least;
  } else {
    const negative = Math.abs(least) > Math.abs(greatest);
    const edge = negative ? least : greatest;
    const step = fround(fround(greatest - least) / bins);
    scale = (step > eps ? step : eps) * (negative ? 1 : -1);
    const steps = nearest(fround(edge / scale));
    if (steps !== 0) {
      scale = fround(edge / steps);
      bias = edge;
    }
  }
  const code = (v: number): number => {
    const c = nearest(fround(fround(v - bias) / scale));
    return c > 0 ? Math.min(c, bins) : 0;
  };
  return { scale, bias, code };
}
/** The least k with 2^k >= x. */
function exponentAbove(x: number): number {
  const k = Math.round(Math.log2(x));
  return 2 ** k < x ? k + 1 : 2 ** (k - 1) < x ? k : k - 1;
}
function blockGroup(x: readonly number[], scheme: Scheme, type: ElementType, encode: number): Group {
  const largest = x.reduce((m, v) => (m !== m || v !== v ? NaN : Math.max(m, Math.abs(v))), 0);
  const four = scheme.bits === 4;
  const ratio = round(type, largest / (four ? 6 : 448));
  const pattern = four ? fp4Pattern : fp8Pattern;
  if (scheme.mode === 'nvfp4') {
    const scale = fp8Pattern(fround(ratio * encode));
    const divisor = fp8Value(scale);
    return { scale, bias: 0, code: (v) => pattern(fround(round(type, v / divisor) * encode)) };
  }
  // rounded up, so that nothing exceeds the largest code
  const power = ratio === 0 ? 0 : ratio < Infinity ? exponentAbove(ratio) : 128;
  return { scale: (power + 127) & 255, bias: 0, code: (v) => pattern(round(type, v / 2 ** power)) };
}
/** Every group of a matrix. */
function eachGroup(call: Call, visit: (g: Group, x: readonly number[], i: number) => void): void {
  const scheme = call.attrs as Scheme;
  const a = call.a!;
  const values = readNumbers(a);
  const encode = call.b === null ? 1 : readNumbers(call.b)[0]!;
  for (let i = 0; i < values.length / scheme.group; i++) {
    const x = [...values.subarray(i * scheme.group, (i + 1) * scheme.group)];
    visit(scheme.mode === 'affine' ? affineGroup(x, scheme.bits) : blockGroup(x, scheme, a.type, encode), x, i);
  }
}

function quantizeCodes(call: Call): void {
  const { bits, group } = call.attrs as Scheme;
  const words = new Uint32Array(call.shape.size);
  eachGroup(call, (g, x, i) => {
    x.forEach((v, k) => {
      const from = (i * group + k) * bits;
      const code = g.code(v) >>> 0;
      words[from >>> 5]! |= code << (from & 31);
      if ((from & 31) + bits > 32) words[(from >>> 5) + 1]! |= code >>> (32 - (from & 31));
    });
  });
  words.forEach((w, i) => {
    store(call.type, call.at, i, BigInt(w));
  });
}
function quantizeScales(call: Call): void {
  const affine = (call.attrs as Scheme).mode === 'affine';
  eachGroup(call, (g, _, i) => {
    store(call.type, call.at, i, affine ? g.scale : BigInt(g.scale));
    if (affine) store(call.type, call.at, call.shape.size / 2 + i, g.bias);
  });
}

/** Elements of a packed matrix in row-major order; steps are rounded as `dequantize` does, or not at all. */
function values(scheme: Scheme, w: View, s: View, b: View | null, type: ElementType | null): Float64Array {
  const words = Uint32Array.from(readNumbers(w));
  const scales = readNumbers(s);
  const biases = b === null ? null : readNumbers(b);
  const { bits, group } = scheme;
  const step = (t: ElementType, x: number): number => (type === null ? x : round(t, x));
  return Float64Array.from({ length: scales.length * group }, (_, i) => {
    const from = i * bits;
    let code = words[from >>> 5]! >>> (from & 31);
    if ((from & 31) + bits > 32) code |= words[(from >>> 5) + 1]! << (32 - (from & 31));
    code &= 2 ** bits - 1;
    const scale = scales[Math.floor(i / group)]!;
    if (biases !== null) {
      const sum = step(s.type, code * scale) + biases[Math.floor(i / group)]!;
      return type === null ? sum : round(type, sum);
    }
    const factor = scheme.mode === 'nvfp4' ? fp8Value(scale) : 2 ** (scale - 127);
    const own = type === null ? (scale === 255 && scheme.mode !== 'nvfp4' ? Infinity : factor) : round(type, factor);
    return (bits === 4 ? fp4Value(code) : fp8Value(code)) * own;
  });
}
function dequantize(call: Call): void {
  const x = values(call.attrs as Scheme, call.a!, call.b!, call.c, call.type);
  x.forEach((v, i) => {
    store(call.type, call.at, i, fround(v));
  });
}

function quantizedMatmul(call: Call): void {
  const { transpose, gathered, ...scheme } = call.attrs as Scheme & { transpose: boolean; gathered: boolean };
  const [x, w, s] = [call.a!, call.b!, call.c!];
  const rest = call.rest!;
  const a = readNumbers(x);
  const matrix = values(scheme, w, s, scheme.mode === 'affine' ? rest[0]! : null, null);
  const [M, N] = call.shape.dims.slice(-2) as [number, number];
  const K = x.shape.dims[x.shape.ndim - 1]!;
  const batch = call.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  const count = (v: View): number => v.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  const indices = gathered ? rest.slice(-2).map(readNumbers) : null;
  const pick = (list: Float64Array, i: number, n: number): number =>
    Math.min(Math.max(list[i]! < 0 ? list[i]! + n : list[i]!, 0), n - 1);
  for (let i = 0; i < batch; i++) {
    const l = indices === null ? i : pick(indices[0]!, i, count(x));
    const r = indices === null ? (w.shape.ndim === 2 ? 0 : i) : pick(indices[1]!, i, count(w));
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++)
          sum += a[(l * M + m) * K + k]! * matrix[r * N * K + (transpose ? n * K + k : k * N + n)]!;
        store(call.type, call.at, (i * M + m) * N + n, sum);
      }
    }
  }
}

function hadamard(call: Call): void {
  const { m, scale } = call.attrs as { m: number; scale: number };
  const x = readNumbers(call.a!);
  const length = call.shape.dims[call.shape.ndim - 1]!;
  const n = length / m;
  const signs = hadamardSigns[m]!;
  const odd = (v: number): number => (v === 0 ? 0 : (v & 1) ^ odd(v >>> 1));
  for (let row = 0; row < x.length / length; row++) {
    for (let j = 0; j < length; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const sign = odd((j % n) & (k % n)) ^ ((signs[Math.floor(j / n)]! >>> Math.floor(k / n)) & 1);
        sum += (sign === 1 ? -1 : 1) * x[row * length + k]!;
      }
      store(call.type, call.at, row * length + j, sum * scale);
    }
  }
}

export const quantized: Readonly<Record<string, Kernel>> = {
  /** attrs: the scheme; a, and for nvfp4 the factor of its scales */
  quantize_codes: quantizeCodes,
  quantize_scales: quantizeScales,
  /** codes, scales, biases */
  dequantize,
  /** x, codes, scales, then biases and indices */
  quantized_matmul: quantizedMatmul,
  hadamard,
  to_fp8: (call) => {
    readNumbers(call.a!).forEach((x, i) => {
      store(types.uint8, call.at, i, BigInt(fp8Pattern(fround(x))));
    });
  },
  from_fp8: (call) => {
    readNumbers(call.a!).forEach((u, i) => {
      store(call.type, call.at, i, fp8Value(u));
    });
  },
  ...products,
};
