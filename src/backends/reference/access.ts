// Single elements of the heap, one at a time and exactly: what every kernel of the reference backend is made of.
import type { ElementType } from '../../tensor/dtype.js';
import { decodeHalf, encodeHalf, type HalfName } from '../../tensor/half.js';
import { stridesOf } from '../../tensor/shape.js';
import type { Complex, View } from '../backend.js';
import { f32, f64, i16, i32, i64, i8, u16, u32, u64, u8 } from '../heap.js';

/** One element: a number for floats and bool (0 or 1), a bigint for integers, `Complex` for complex64. */
export type Value = number | bigint | Complex;

/** The float32 nearest to an integer of up to 64 bits, rounded once. */
function bigintToFloat32(x: bigint): number {
  if (x >= -(2n ** 53n) && x <= 2n ** 53n) return Math.fround(Number(x));
  const sticky = (x & 0xfffn) === 0n ? 0n : 1n;
  return Math.fround(Number((x >> 12n) | sticky) * 4096);
}

/** Least and greatest value of an integer type. */
export function integerLimits(type: ElementType): readonly [bigint, bigint] {
  const bits = BigInt(type.size * 8);
  return type.category === 'uint' ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}
/** A float as an integer: truncated, saturated, NaN is 0. */
function saturate(type: ElementType, x: number): bigint {
  const [least, greatest] = integerLimits(type);
  if (x !== x) return 0n;
  if (x <= Number(least)) return least;
  if (x >= Number(greatest)) return greatest;
  return BigInt(Math.trunc(x));
}

/** The real part as a double. */
export const toNumber = (x: Value | boolean): number => (typeof x === 'object' ? x.re : Number(x));

/**
 * `x` as an element of `type`: floats are rounded to nearest even, integers wrap, floats become integers truncated and saturated
 * with NaN as 0, bool is `x != 0` with NaN as true, and a complex number given to a real type loses its imaginary part.
 */
export function coerce(type: ElementType, x: Value | boolean): Value {
  switch (type.category) {
    case 'bool':
      if (typeof x === 'object') return x.re !== 0 || x.im !== 0 ? 1 : 0;
      return Number(x) !== 0 ? 1 : 0;
    case 'uint':
    case 'int': {
      const n = typeof x === 'bigint' ? x : saturate(type, toNumber(x));
      return type.category === 'int' ? BigInt.asIntN(type.size * 8, n) : BigInt.asUintN(type.size * 8, n);
    }
    case 'float':
      if (type.name === 'float64') return toNumber(x);
      if (typeof x === 'bigint') x = bigintToFloat32(x);
      if (type.name === 'float32') return Math.fround(toNumber(x));
      return decodeHalf(type.name as HalfName, encodeHalf(type.name as HalfName, toNumber(x)));
    case 'complex':
      if (typeof x === 'object') return { re: Math.fround(x.re), im: Math.fround(x.im) };
      return { re: typeof x === 'bigint' ? bigintToFloat32(x) : Math.fround(Number(x)), im: 0 };
  }
}

/** `x`, an element of `from`, as an element of `to`; to the 16-bit floats by way of float32, as MLX goes. */
export function convert(from: ElementType, to: ElementType, x: Value): Value {
  if (from === to) return x;
  return coerce(to, to.half && typeof x === 'number' ? Math.fround(x) : x);
}

/** Element `i`, counted in elements from the address `at`. */
export function load(type: ElementType, at: number, i: number): Value {
  switch (type.name) {
    case 'bool':
      return u8[at + i]! !== 0 ? 1 : 0;
    case 'uint8':
      return BigInt(u8[at + i]!);
    case 'int8':
      return BigInt(i8[at + i]!);
    case 'uint16':
      return BigInt(u16[at / 2 + i]!);
    case 'int16':
      return BigInt(i16[at / 2 + i]!);
    case 'uint32':
      return BigInt(u32[at / 4 + i]!);
    case 'int32':
      return BigInt(i32[at / 4 + i]!);
    case 'uint64':
      return u64[at / 8 + i]!;
    case 'int64':
      return i64[at / 8 + i]!;
    case 'float16':
    case 'bfloat16':
      return decodeHalf(type.name, u16[at / 2 + i]!);
    case 'float32':
      return f32[at / 4 + i]!;
    case 'float64':
      return f64[at / 8 + i]!;
    case 'complex64':
      return { re: f32[at / 4 + 2 * i]!, im: f32[at / 4 + 2 * i + 1]! };
  }
}

/** Writes element `i`, counted in elements from the address `at`, as `coerce` gives it. */
export function store(type: ElementType, at: number, i: number, value: Value | boolean): void {
  if (type.half && typeof value === 'number') {
    u16[at / 2 + i] = encodeHalf(type.name as HalfName, value);
    return;
  }
  const x = coerce(type, value);
  switch (type.name) {
    case 'bool':
      u8[at + i] = x as number;
      return;
    case 'uint8':
      u8[at + i] = Number(x);
      return;
    case 'int8':
      i8[at + i] = Number(x);
      return;
    case 'uint16':
      u16[at / 2 + i] = Number(x);
      return;
    case 'int16':
      i16[at / 2 + i] = Number(x);
      return;
    case 'uint32':
      u32[at / 4 + i] = Number(x);
      return;
    case 'int32':
      i32[at / 4 + i] = Number(x);
      return;
    case 'uint64':
      u64[at / 8 + i] = x as bigint;
      return;
    case 'int64':
      i64[at / 8 + i] = x as bigint;
      return;
    case 'float16':
    case 'bfloat16':
      u16[at / 2 + i] = encodeHalf(type.name, x as number);
      return;
    case 'float32':
      f32[at / 4 + i] = x as number;
      return;
    case 'float64':
      f64[at / 8 + i] = x as number;
      return;
    case 'complex64':
      f32[at / 4 + 2 * i] = (x as Complex).re;
      f32[at / 4 + 2 * i + 1] = (x as Complex).im;
  }
}

/** `strides . index` of every index into `dims`, in row-major order; one entry, 0, where there are no dims. */
export function offsets(dims: readonly number[], strides: readonly number[]): Int32Array {
  const size = dims.reduce((n, d) => n * d, 1);
  const out = new Int32Array(size);
  const index = new Array<number>(dims.length).fill(0);
  let at = 0;
  for (let i = 0; i < size; i++) {
    out[i] = at;
    for (let k = dims.length - 1; k >= 0; k--) {
      at += strides[k]!;
      if (++index[k]! < dims[k]!) break;
      at -= strides[k]! * dims[k]!;
      index[k] = 0;
    }
  }
  return out;
}
/** Where each element of a view lies, in elements from `view.at`. */
export const positions = (v: View): Int32Array => offsets(v.shape.dims, stridesOf(v));

/** `strides` of `from` as if broadcast to `to`: aligned on the right, 0 where it has size 1 or no axis. */
export function broadcastStrides(from: readonly number[], strides: readonly number[], to: readonly number[]): number[] {
  const skip = to.length - from.length;
  return to.map((_, k) => (k < skip || from[k - skip] === 1 ? 0 : strides[k - skip]!));
}

/** The offsets over `axes` (`inner`) and over all other axes (`outer`); their sums reach every element once. */
export function split(
  dims: readonly number[],
  strides: readonly number[],
  axes: readonly number[],
): { outer: Int32Array; inner: Int32Array } {
  const rest = dims.map((_, k) => k).filter((k) => !axes.includes(k));
  const pick = (list: readonly number[], which: readonly number[]): number[] => which.map((k) => list[k]!);
  return {
    outer: offsets(pick(dims, rest), pick(strides, rest)),
    inner: offsets(pick(dims, axes), pick(strides, axes)),
  };
}

function offsetOf(v: View, where: number | readonly number[]): number {
  const strides = stridesOf(v);
  if (typeof where !== 'number') return where.reduce((sum, x, k) => sum + x * strides[k]!, 0);
  let offset = 0;
  for (let k = v.shape.ndim - 1; k >= 0; k--) {
    const d = v.shape.dims[k]!;
    offset += (where % d) * strides[k]!;
    where = Math.floor(where / d);
  }
  return offset;
}
/** The element at a row-major position, or at an index with one entry per axis. */
export const read = (v: View, where: number | readonly number[]): Value => load(v.type, v.at, offsetOf(v, where));
/** Writes the element at a row-major position, or at an index with one entry per axis. */
export const write = (v: View, where: number | readonly number[], value: Value | boolean): void =>
  store(v.type, v.at, offsetOf(v, where), value);

/** All elements in row-major order. */
export const readAll = (v: View): Value[] => Array.from(positions(v), (p) => load(v.type, v.at, p));
/** All elements of a real view in row-major order, as doubles. */
export const readNumbers = (v: View): Float64Array =>
  Float64Array.from(positions(v), (p) => toNumber(load(v.type, v.at, p)));
