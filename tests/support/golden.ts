// Reads the golden files: what pinned MLX computed. A reader of its own, so that the oracle does not pass through the library.
import { readFileSync } from 'node:fs';
import type { DType } from '../../src/index.js';

/** Elements of a host tensor: float16 and bfloat16 as Float32Array, bool as Uint8Array, complex64 as interleaved pairs. */
export type Values =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** A row-major tensor on the JavaScript side. */
export interface Host {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: Values;
}

/** A call argument as the files hold it. */
export type Arg =
  | null
  | boolean
  | number
  | string
  | readonly Arg[]
  | { readonly $: number }
  | { readonly default: true }
  | { readonly slice: readonly [number | null, number | null, number | null] }
  | { readonly number: string }
  | { readonly object: Readonly<Record<string, Arg>> }
  | { readonly complex: readonly [number, number] }
  | { readonly function: string };

/** How the result is judged where elements alone do not decide. */
export type Check = 'topk' | 'partition' | 'argpartition';

/** One call of one op and what MLX gave. */
export interface Case {
  readonly family: string;
  readonly index: number;
  readonly op: string;
  readonly args: readonly Arg[];
  readonly inputs: readonly Host[];
  /** empty where MLX throws */
  readonly outputs: readonly Host[];
  /** the same results in float64 */
  readonly truth: readonly Float64Array[] | null;
  /** magnitude that the rounding errors of a sum are measured against */
  readonly scale: number;
  readonly error: boolean;
  /** elementwise: any part of the inputs gives that part of the outputs */
  readonly map: boolean;
  /** the first rows*cols pairs are the product of `rows` and `cols` values */
  readonly grid: readonly [number, number] | null;
  /** inputs are passed as they are, without other layouts */
  readonly dense: boolean;
  readonly check: Check | null;
}

const tags: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  F16: 'float16',
  F32: 'float32',
  F64: 'float64',
  BF16: 'bfloat16',
  C64: 'complex64',
};

function fromHalf(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction > 0 ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
const widen = (bits: Uint16Array): Float32Array => new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);

/** Elements of a dtype from little-endian bytes. */
export function decode(dtype: DType, bytes: Uint8Array): Values {
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return new Uint8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'uint64':
      return new BigUint64Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), fromHalf);
    case 'bfloat16':
      return widen(new Uint16Array(buffer));
    case 'float32':
    case 'complex64':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}
interface StoredCase {
  readonly op: string;
  readonly args: readonly Arg[];
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly truth?: readonly string[];
  readonly scale?: number;
  readonly error?: boolean;
  readonly map?: boolean;
  readonly grid?: readonly [number, number];
  readonly dense?: boolean;
  readonly check?: Check;
}

/** The tensors of a golden file by key, and its list of cases. The path is one below `tests/goldens`. */
export function openGoldens(path: string): { readonly host: (key: string) => Host; readonly cases: unknown } {
  const file = readFileSync(new URL(`../goldens/${path}`, import.meta.url));
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, Entry> & {
    readonly __metadata__: { readonly cases: string };
  };
  const hosts = new Map<string, Host>();
  const host = (key: string): Host => {
    let found = hosts.get(key);
    if (found === undefined) {
      const { dtype: tag, shape, data_offsets } = header[key]!;
      const dtype = tags[tag]!;
      const bytes = file.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]);
      found = { dtype, shape, values: decode(dtype, bytes) };
      hosts.set(key, found);
    }
    return found;
  };
  return { host, cases: JSON.parse(header.__metadata__.cases) as unknown };
}

/** Every case of one family. */
export function loadFamily(family: string, folder: 'ops' | 'gradients' = 'ops'): Case[] {
  const { host, cases } = openGoldens(`${folder}/${family}.safetensors`);
  return (cases as readonly StoredCase[]).map((c, index) => ({
    family,
    index,
    op: c.op,
    args: c.args,
    inputs: c.inputs.map(host),
    outputs: (c.outputs ?? []).map(host),
    truth: c.truth === undefined ? null : c.truth.map((k) => Float64Array.from(host(k).values as Float64Array)),
    scale: c.scale ?? 0,
    error: c.error ?? false,
    map: c.map ?? false,
    grid: c.grid ?? null,
    dense: c.dense ?? false,
    check: c.check ?? null,
  }));
}

/** Numbers per element: complex elements are pairs. */
export const widthOf = (dtype: DType): number => (dtype === 'complex64' ? 2 : 1);
export const sizeOf = (shape: readonly number[]): number => shape.reduce((p, d) => p * d, 1);
const isBig = (v: Values): v is BigInt64Array | BigUint64Array =>
  v instanceof BigInt64Array || v instanceof BigUint64Array;

/** A host tensor whose element `i` is element `from[i]` of `x`; -1 stands for a value that must never be read. */
export function gather(x: Host, from: ArrayLike<number>, shape: readonly number[]): Host {
  const width = widthOf(x.dtype);
  const values = new (x.values.constructor as new (n: number) => Values)(from.length * width);
  const floating = x.values instanceof Float32Array || x.values instanceof Float64Array;
  const poison = floating ? NaN : isBig(x.values) ? 77n : x.dtype === 'bool' ? 1 : 77;
  for (let i = 0; i < from.length; i++) {
    for (let k = 0; k < width; k++) {
      const at = from[i]!;
      (values as Float64Array)[i * width + k] = (at < 0 ? poison : x.values[at * width + k]!) as number;
    }
  }
  return { dtype: x.dtype, shape, values };
}
