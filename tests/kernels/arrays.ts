// Tensors for kernel tests: strided views in the heap from values given as numbers, and calls on them.
import '../../src/index.js';
import { start } from '../../src/backends/wasm/instance.js';
import { releaseTemps } from '../../src/backends/wasm/runtime.js';
import type { Call, Kernel, KernelId, Operand } from '../../src/backends/backend.js';
import * as heap from '../../src/backends/heap.js';
import { types, type DType, type ElementType } from '../../src/tensor/dtype.js';
import { normalStrides, rowMajor, shapeOf } from '../../src/tensor/shape.js';

start();

const GUARD = 64;
const prim: KernelId = { name: '', elementwise: 0, resolved: [] };
const scratch = new DataView(new ArrayBuffer(8));

/** float32 bits of the bfloat16 nearest to x, ties to even. */
function bf16Bits(x: number): number {
  scratch.setFloat32(0, x);
  const u = scratch.getUint32(0);
  return Number.isNaN(x) ? 0x7fc0 : ((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) & 0xffff;
}
const fromBf16 = (bits: number): number => (scratch.setUint32(0, bits << 16), scratch.getFloat32(0));
function fromF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const e = (bits >>> 10) & 31;
  const m = bits & 1023;
  if (e === 31) return m ? NaN : sign * Infinity;
  return sign * (e === 0 ? m * 2 ** -24 : (1 + m / 1024) * 2 ** (e - 15));
}
const halves = Array.from({ length: 0x7c01 }, (_, i) => fromF16(i));
/** Bits of the float16 nearest to x, ties to even, found by bisection over all of them. */
function f16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (a >= 65520) return sign | 0x7c00;
  let lo = 0;
  let hi = 0x7bff;
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (halves[mid]! <= a) lo = mid;
    else hi = mid - 1;
  }
  const up = lo === 0x7bff ? 65536 : halves[lo + 1]!;
  const d = a - halves[lo]! - (up - a);
  return sign | (d > 0 || (d === 0 && lo & 1) ? lo + 1 : lo);
}

/** One value; complex64 takes and gives its parts as two neighbours. */
export function put(t: ElementType, at: number, x: number): void {
  const b = new DataView(heap.memory.buffer);
  if (t.name === 'float16') b.setUint16(at, f16Bits(x), true);
  else if (t.name === 'bfloat16') b.setUint16(at, bf16Bits(x), true);
  else if (t.name === 'float32' || t.name === 'complex64') b.setFloat32(at, x, true);
  else if (t.name === 'float64') b.setFloat64(at, x, true);
  else if (t.size === 8) b.setBigInt64(at, BigInt.asIntN(64, BigInt(x)), true);
  else if (t.size === 4) b.setInt32(at, x, true);
  else if (t.size === 2) b.setInt16(at, x, true);
  else b.setInt8(at, x);
}
export function get(t: ElementType, at: number): number {
  const b = new DataView(heap.memory.buffer);
  const signed = t.category === 'int';
  if (t.name === 'float16') return fromF16(b.getUint16(at, true));
  if (t.name === 'bfloat16') return fromBf16(b.getUint16(at, true));
  if (t.name === 'float32' || t.name === 'complex64') return b.getFloat32(at, true);
  if (t.name === 'float64') return b.getFloat64(at, true);
  if (t.size === 8) return Number(signed ? b.getBigInt64(at, true) : b.getBigUint64(at, true));
  if (t.size === 4) return signed ? b.getInt32(at, true) : b.getUint32(at, true);
  if (t.size === 2) return signed ? b.getInt16(at, true) : b.getUint16(at, true);
  return signed ? b.getInt8(at) : b.getUint8(at);
}

const blocks: [number, number][] = [];
function block(bytes: number): number {
  const at = heap.alloc(bytes);
  blocks.push([at, bytes]);
  return at;
}
/** Gives back every block made since the last call. */
export function reset(): void {
  for (const [at, bytes] of blocks.splice(0)) heap.release(at, bytes);
}

export const size = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** How a tensor lies in memory: axis order in memory, gaps, reversed axes, an offset. */
export interface Layout {
  readonly name: string;
  readonly order?: (ndim: number) => number[];
  readonly flip?: boolean;
  readonly step?: number;
}
export const layouts: readonly Layout[] = [
  { name: 'row-major' },
  { name: 'transposed', order: (n) => Array.from({ length: n }, (_, i) => (i < n - 2 ? i : 2 * n - 3 - i)) },
  { name: 'reversed axes', order: (n) => Array.from({ length: n }, (_, i) => n - 1 - i) },
  { name: 'padded rows', step: 1 },
  { name: 'every other', step: 2 },
  { name: 'flipped', flip: true },
];

/** A view of `dims` laid out as said, its row-major element i being `value(i)`. */
export function view(dtype: DType, dims: readonly number[], value: (i: number) => number, layout?: Layout): Operand {
  const t = types[dtype];
  const nd = dims.length;
  const order = nd > 1 && layout?.order ? layout.order(nd) : dims.map((_, i) => i);
  const strides = new Array<number>(nd).fill(0);
  let pitch = layout?.step === 2 ? 2 : 1;
  for (let k = nd - 1; k >= 0; k--) {
    strides[order[k]!] = pitch;
    pitch *= Math.max(1, dims[order[k]!]!) + (k === nd - 1 && layout?.step === 1 ? 3 : 0);
  }
  const span = pitch + 8;
  const base = block(span * t.size + 16);
  heap.u8.fill(0xff, base, base + span * t.size + 16);
  let at = base + (layout?.step === 1 ? 3 * t.size : 0);
  if (layout?.flip) {
    for (let i = 0; i < nd; i++) {
      at += Math.max(0, dims[i]! - 1) * strides[i]! * t.size;
      strides[i] = -strides[i]!;
    }
  }
  const shape = shapeOf(dims);
  const v: Operand = { at, shape, strides: normalStrides(shape, strides), type: t, stored: true, slot: -1 };
  const rows = rowMajor(dims);
  for (let i = 0; i < shape.size; i++) {
    const to = at + rows.reduce((o, r, k) => o + (Math.floor(i / r) % dims[k]!) * strides[k]!, 0) * t.size;
    put(t, to, value(t.name === 'complex64' ? 2 * i : i));
    if (t.name === 'complex64') put(t, to + 4, value(2 * i + 1));
  }
  return v;
}

export interface Inputs {
  readonly a?: Operand;
  readonly b?: Operand | null;
  readonly c?: Operand | null;
  readonly rest?: readonly Operand[] | null;
  readonly attrs?: unknown;
  /** write over `a` itself */
  readonly over?: boolean;
}

/** Runs a kernel and returns the output's values, after checking that nothing beyond the output was written. */
export function run(kernel: Kernel, dtype: DType, dims: readonly number[], inputs: Inputs): number[] {
  const type = types[dtype];
  const shape = shapeOf(dims);
  const bytes = shape.size * type.size;
  const room = Math.ceil(bytes / 16) * 16;
  const base = block(room + 2 * GUARD);
  heap.u8.fill(0xa5, base, base + room + 2 * GUARD);
  const at = inputs.over ? inputs.a!.at : base + GUARD;
  const { a = null, b = null, c = null, rest = null, attrs = {} } = inputs;
  const call: Call = { prim, at, shape, strides: null, type, a, b, c, rest, attrs };
  try {
    kernel(call);
  } finally {
    releaseTemps();
  }
  for (let i = 0; i < GUARD; i++) {
    if (heap.u8[base + i] !== 0xa5) throw new Error(`wrote ${GUARD - i} bytes before the output`);
    if (heap.u8[base + GUARD + room + i] !== 0xa5) throw new Error(`wrote ${i} bytes past the output`);
  }
  const n = shape.size * (dtype === 'complex64' ? 2 : 1);
  const step = dtype === 'complex64' ? 4 : type.size;
  return Array.from({ length: n }, (_, i) => get(type, at + i * step));
}

/** Deterministic values in [-1, 1). */
export function noise(seed: number): (i: number) => number {
  return (i) => {
    let x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
    x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 31 - 1;
  };
}

/** The value as the dtype stores it. */
export function rounded(dtype: DType, x: number): number {
  if (dtype === 'float16') return fromF16(f16Bits(x));
  if (dtype === 'bfloat16') return fromBf16(bf16Bits(x));
  return dtype === 'float32' || dtype === 'complex64' ? Math.fround(x) : x;
}
