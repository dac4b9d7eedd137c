// Packed matrices: codes, values and products. attrs: the scheme (`mode`, `group`, `bits`).
import { stridesOf } from '../../tensor/shape.js';
import { types, type ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { f32, u8 } from '../heap.js';
import { forNeighbours, gathered, positionsOf, products } from './quantized-gathered.js';
import { hadamardSigns } from '../reference/quantized-signs.js';
import { panelBytes } from './product.js';
import { dense, params, scoped, temp, wasm } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

interface Scheme {
  readonly mode: 'affine' | 'mxfp4' | 'mxfp8' | 'nvfp4';
  readonly group: number;
  readonly bits: number;
}
interface Product extends Scheme {
  readonly transpose: boolean;
  readonly gathered: boolean;
  /** few rows of x may become whole numbers of 16 bits */
  readonly rounded: boolean;
}
/** Whether products may take rows of `K` whole numbers: e4m3 codes are none, and pairs of groups of 16 fill a vector. */
const isRoundable = (s: Scheme, K: number): boolean => s.mode !== 'mxfp8' && K % 32 === 0;
/** The kernels' number of a scheme: the width of affine codes, 20 for e2m1, 24 for e4m3. */
const schemeCode = (s: Scheme): number => (s.mode === 'affine' ? s.bits : s.bits === 4 ? 20 : 24);
/** The kernels' number of a dtype of elements, scales or biases. */
const typeCode = (t: ElementType): number => (t === types.float16 ? 1 : t === types.bfloat16 ? 2 : 0);
const scaleCode = (s: Scheme, t: ElementType): number =>
  s.mode === 'affine' ? typeCode(t) : s.mode === 'nvfp4' ? 4 : 3;

/** Packs groups of `a`: codes to `q`, scales to `s` and biases to `b`, where these are not 0. */
function pack(call: Call, q: number, s: number, b: number): void {
  const scheme = call.attrs as Scheme;
  const a = call.a!;
  const groups = a.shape.size / scheme.group;
  if (groups === 0) return;
  const from = dense(a);
  const type = typeCode(a.type);
  if (scheme.mode === 'affine') wasm['quantize_affine']!(groups, scheme.group, scheme.bits, type, from, q, s, b);
  else {
    const encode = call.b === null ? 1 : f32[call.b.at / 4]!;
    wasm['quantize_blocks']!(groups, scheme.group, scheme.bits, type, from, q, s, encode);
  }
}

function dequantize(call: Call): void {
  const scheme = call.attrs as Scheme;
  const [w, s, b] = [call.a!, call.b!, call.c];
  const groups = s.shape.size;
  if (groups === 0) return;
  const [st, bt] = [scaleCode(scheme, s.type), b === null ? 0 : typeCode(b.type)];
  const [from, scales, biases] = [dense(w), dense(s), b === null ? 0 : dense(b)];
  const work = temp(264 * 4);
  wasm['dequantize_groups']!(
    ...[schemeCode(scheme), groups, scheme.group, from, scales, st, biases, bt, call.at, typeCode(call.type), work],
  );
}

/** Matrices of a batch that lie packed one by one: where each begins, in bytes. */
function starts(v: View): (i: number) => number {
  const { dims } = v.shape;
  const nd = dims.length;
  const s = stridesOf(v);
  const [rows, columns] = [dims[nd - 2]!, dims[nd - 1]!];
  const straight = (columns === 1 || s[nd - 1] === 1) && (rows === 1 || s[nd - 2] === columns);
  if (!straight || v.strides === null) {
    const at = dense(v);
    return (i) => at + i * rows * columns * v.type.size;
  }
  const place = positionsOf(dims.slice(0, -2), s.slice(0, -2));
  return (i) => v.at + place(i) * v.type.size;
}

/** Row-major float32 elements of a view. */
function floats(v: View): number {
  const at = dense(v);
  if (v.type === types.float32) return at;
  const to = temp(v.shape.size * 4);
  wasm['cast']!(v.shape.size, v.type.index, types.float32.index, at, to);
  return to;
}

/** Decoded rows of `width` floats that a block holds: few rows of x leave it in the first-level cache, many in the second. */
function blockRows(M: number, width: number, rows: number): number {
  const bytes = M < 9 ? 2 ** 16 : 2 ** 20;
  const fitting = Math.floor(bytes / (4 * width) / 8) * 8;
  return Math.min(Math.max(fitting, 8), 256, Math.ceil(rows / 4) * 4);
}

/** Nanoseconds of decoding a code and of multiplying it. */
const DECODED = 0.1;
const MULTIPLIED = 0.06;
/** Bytes of a scale or bias by the kernels' number of its type. */
const bytesOf = (type: number): number => (type === 0 ? 4 : type > 2 ? 1 : 2);

interface Matrix {
  readonly scheme: Scheme;
  readonly transpose: boolean;
  /** rows of codes and elements of a decoded row */
  readonly rows: number;
  readonly width: number;
  readonly w: (i: number) => number;
  readonly s: (i: number) => number;
  readonly b: ((i: number) => number) | null;
  readonly st: number;
  readonly bt: number;
  /** whether x may be rounded */
  readonly rounded: boolean;
}
/** Rows of x up to which rounding them beats decoding the matrix: e2m1 codes take more steps to whole numbers than to floats. */
const fewOf = (s: Scheme): number => (s.mode === 'affine' ? 8 : 4);
/** Nanoseconds of multiplying a code with a rounded row. */
const ROUNDED = 0.06;

/** The same with rounded rows. @returns false if float arithmetic has to take the rows */
function multiplyRounded(m: Matrix, i: number, M: number, x: number, y: number): boolean {
  const { scheme, rows, width } = m;
  const code = schemeCode(scheme);
  const groups = width / scheme.group;
  const rounded = temp(M * wasm['rounded_bytes']!(width, scheme.group));
  if (wasm['round_rows']!(code, M, width, scheme.group, x, rounded, temp(2 * width)) === 0) return false;
  const bytes = wasm['integer_work']!(code, M, width, scheme.group);
  const cost = rows * width * M * ROUNDED;
  const lanes = lanesFor(cost);
  const bias = m.b === null ? 0 : m.b(i);
  const [ls, lb] = [groups * bytesOf(m.st), m.b === null ? 0 : groups * bytesOf(m.bt)];
  const steps = [0, 0, 0, 0, 0, 0, (width / 8) * scheme.bits, ls, 0, lb, 0, 4, 0, 0];
  const own = { work: 1 << 13, workBytes: bytes };
  const head = [code, M, rows, width, scheme.group, rounded, m.w(i), m.s(i), m.st, bias, m.bt, y];
  const args = [...head, rows * 4, temp(bytes * lanes)];
  spreadRange(lanes, wasm['integer_rows']!, rows, 2, args, steps, 4, cost, own);
  return true;
}

/** `M` rows at `x` times matrix `i`, to `y`. */
function multiply(m: Matrix, i: number, M: number, x: number, y: number): void {
  const { scheme, rows, width } = m;
  if (m.rounded && M <= fewOf(scheme) && multiplyRounded(m, i, M, x, y)) return;
  const groups = width / scheme.group;
  const count = blockRows(M, width, rows);
  const room = (4 + 2 * count) * groups + count * width + (M === 1 ? width + 16 : 0) + 16;
  const [N, K] = m.transpose ? [rows, width] : [width, rows];
  const panels = M < 9 ? 0 : panelBytes(M, m.transpose ? count : width, m.transpose ? width : count, 4);
  const bytes = room * 4 + panels;
  const bias = m.b === null ? 0 : m.b(i);
  const head = [schemeCode(scheme), M, N, K, scheme.group, x, m.w(i), m.s(i), m.st, bias, m.bt, y];
  if (!m.transpose) {
    wasm['quantized_columns']!(...head, count, temp(bytes));
    return;
  }
  const cost = N * K * (DECODED + M * MULTIPLIED);
  const lanes = lanesFor(cost);
  const lb = m.b === null ? 0 : groups * bytesOf(m.bt);
  const steps = [0, 0, 0, 0, 0, 0, (K / 8) * scheme.bits, groups * bytesOf(m.st), 0, lb, 0, 4, 0, 0, 0];
  const own = { work: 1 << 14, workBytes: bytes };
  const args = [...head, N * 4, count, temp(bytes * lanes)];
  spreadRange(lanes, wasm['quantized_rows']!, N, 2, args, steps, count, cost, own);
}

function quantizedMatmul(call: Call): void {
  const { transpose, gathered: picks, rounded, ...scheme } = call.attrs as Product;
  const size = call.shape.size;
  if (size === 0) return;
  const [x, w, s] = [call.a!, call.b!, call.c!];
  const rest = call.rest!;
  const b = scheme.mode === 'affine' ? rest[0]! : null;
  const dims = w.shape.dims;
  const [M, K] = x.shape.dims.slice(-2) as [number, number];
  const N = call.shape.dims[call.shape.ndim - 1]!;
  const half = call.type.half;
  const to = half ? temp(size * 4) : call.at;
  if (K === 0) {
    u8.fill(0, call.at, call.at + size * call.type.size);
    return;
  }
  const matrix: Matrix = {
    scheme,
    transpose,
    rows: dims[dims.length - 2]!,
    width: s.shape.dims[s.shape.ndim - 1]! * scheme.group,
    w: starts(w),
    s: starts(s),
    b: b === null ? null : starts(b),
    st: scaleCode(scheme, s.type),
    bt: b === null ? 0 : typeCode(b.type),
    rounded: rounded && isRoundable(scheme, K),
  };
  const from = floats(x);
  const run = (i: number, at: number, count: number, out: number): void => {
    scoped(() => {
      multiply(matrix, i, M * count, from + at * M * K * 4, to + out * M * N * 4);
    });
  };
  const batch = size / (M * N);
  if (picks) {
    const [left, right] = rest.slice(-2) as unknown as [View, View];
    const total = (v: View): number => v.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
    const l = gathered(left, total(x));
    const r = gathered(right, total(w));
    forNeighbours(l, r, (at, matrix, count, out) => {
      run(matrix, at, count, out);
    });
  } else if (dims.length === 2) run(0, 0, batch, 0);
  else for (let i = 0; i < batch; i++) run(i, i, 1, i);
  if (half) wasm['cast']!(size, types.float32.index, call.type.index, to, call.at);
}

/** attrs { m, scale }: rows along the last axis */
function hadamard(call: Call): void {
  const { m, scale } = call.attrs as { m: number; scale: number };
  const a = call.a!;
  const n = a.shape.dims[a.shape.ndim - 1]!;
  const size = a.shape.size;
  const at = dense(a);
  const half = call.type.half;
  const to = half ? temp(size * 4) : call.at;
  wasm['cast']!(size, a.type.index, types.float32.index, at, to);
  wasm['hadamard_rows']!(size / n, n / m, m, scale, params(hadamardSigns[m]!), to, temp(m * 16));
  if (half) wasm['cast']!(size, types.float32.index, call.type.index, to, call.at);
}

export const quantized: Readonly<Record<string, Kernel>> = {
  quantize_codes: (call) => {
    pack(call, call.at, 0, 0);
  },
  quantize_scales: (call) => {
    pack(call, 0, call.at, call.at + (call.shape.size / 2) * call.type.size);
  },
  dequantize,
  quantized_matmul: quantizedMatmul,
  hadamard,
  to_fp8: (call) => {
    const a = call.a!;
    wasm[`to_fp8_${a.type.code}`]!(a.shape.size, dense(a), call.at);
  },
  from_fp8: (call) => {
    const a = call.a!;
    wasm[`from_fp8_${call.type.code}`]!(a.shape.size, dense(a), call.at);
  },
  ...products,
};
