// From bytes of the heap to JavaScript values and back.
import type { Complex } from '../backends/backend.js';
import * as heap from '../backends/heap.js';
import { settlePending } from '../backends/pending.js';
import type { ElementType } from './dtype.js';
import { decodeHalf, encodeHalf } from './half.js';

/** One element as JavaScript sees it. */
export type Element = number | boolean | bigint | Complex;
/** Elements nested by axis. */
export type Nested = Element | Nested[];
export type TypedArray =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The element of `type` at an address. */
export function readElement(type: ElementType, at: number): Element {
  settlePending();
  switch (type.name) {
    case 'float32':
      return at & 3 ? new DataView(heap.memory.buffer).getFloat32(at, true) : heap.f32[at >>> 2]!;
    case 'bool':
      return heap.u8[at] !== 0;
    case 'uint8':
      return heap.u8[at]!;
    case 'int8':
      return heap.i8[at]!;
    case 'uint16':
      return heap.u16[at >>> 1]!;
    case 'int16':
      return heap.i16[at >>> 1]!;
    case 'uint32':
      return heap.u32[at >>> 2]!;
    case 'int32':
      return heap.i32[at >>> 2]!;
    case 'uint64':
      return heap.u64[at / 8]!;
    case 'int64':
      return heap.i64[at / 8]!;
    case 'float64':
      return heap.f64[at / 8]!;
    case 'float16':
    case 'bfloat16':
      return decodeHalf(type.name, heap.u16[at >>> 1]!);
    case 'complex64':
      return { re: heap.f32[at >>> 2]!, im: heap.f32[(at >>> 2) + 1]! };
  }
}

/** `size` row-major elements copied out of the heap. */
export function readTyped(type: ElementType, at: number, size: number): TypedArray {
  settlePending();
  const b = heap.memory.buffer;
  switch (type.name) {
    case 'float32':
      return new Float32Array(b, at, size).slice() as TypedArray;
    case 'bool':
    case 'uint8':
      return new Uint8Array(b, at, size).slice() as TypedArray;
    case 'int8':
      return new Int8Array(b, at, size).slice() as TypedArray;
    case 'uint16':
      return new Uint16Array(b, at, size).slice() as TypedArray;
    case 'int16':
      return new Int16Array(b, at, size).slice() as TypedArray;
    case 'uint32':
      return new Uint32Array(b, at, size).slice() as TypedArray;
    case 'int32':
      return new Int32Array(b, at, size).slice() as TypedArray;
    case 'uint64':
      return new BigUint64Array(b, at, size).slice() as TypedArray;
    case 'int64':
      return new BigInt64Array(b, at, size).slice() as TypedArray;
    case 'float64':
      return new Float64Array(b, at, size).slice() as TypedArray;
    case 'complex64':
      return new Float32Array(b, at, 2 * size).slice() as TypedArray;
    case 'float16':
    case 'bfloat16': {
      const { name } = type;
      return Float32Array.from(new Uint16Array(b, at, size), (bits) => decodeHalf(name, bits));
    }
  }
}

/** Element `i` of what `readTyped` gave. */
export function elementOf(type: ElementType, flat: TypedArray, i: number): Element {
  if (type.name === 'bool') return flat[i] !== 0;
  if (type.name === 'complex64') return { re: flat[2 * i] as number, im: flat[2 * i + 1] as number };
  return flat[i]!;
}
/** Row-major elements nested by axis. */
export function toNested(type: ElementType, flat: TypedArray, dims: readonly number[]): Nested {
  let i = 0;
  const level = (axis: number): Nested => {
    if (axis === dims.length) return elementOf(type, flat, i++);
    return Array.from({ length: dims[axis]! }, () => level(axis + 1));
  };
  return level(0);
}

/** Writes one JavaScript value as `type`: integers wrap, what is not a number becomes NaN or 0. */
export function writeElement(type: ElementType, at: number, x: Element): void {
  if (type.category === 'complex') {
    const z = typeof x === 'object' ? x : { re: Number(x), im: 0 };
    heap.f32[at >>> 2] = z.re;
    heap.f32[(at >>> 2) + 1] = z.im;
    return;
  }
  const v = typeof x === 'object' ? x.re : x;
  switch (type.name) {
    case 'bool':
      heap.u8[at] = Number(v) !== 0 ? 1 : 0;
      break;
    case 'uint64':
    case 'int64':
      heap.i64[at / 8] = BigInt.asIntN(
        64,
        typeof v === 'bigint' ? v : BigInt(Number.isFinite(v) ? Math.trunc(Number(v)) : 0),
      );
      break;
    case 'float64':
      heap.f64[at / 8] = Number(v);
      break;
    case 'float32':
      heap.f32[at >>> 2] = Number(v);
      break;
    case 'float16':
    case 'bfloat16':
      heap.u16[at >>> 1] = encodeHalf(type.name, Number(v));
      break;
    default: {
      const n = typeof v === 'bigint' ? Number(BigInt.asIntN(32, v)) : Number(v);
      if (type.size === 1) heap.u8[at] = n;
      else if (type.size === 2) heap.u16[at >>> 1] = n;
      else heap.u32[at >>> 2] = n;
    }
  }
}
