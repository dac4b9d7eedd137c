// The types of GGUF: of metadata values, and of tensors with the layout of their blocks.
import type { DType } from '../tensor/dtype.js';

/** What an array of metadata holds, by the type of its elements. */
export interface GgufArrayValues {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly uint32: Uint32Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly bool: readonly boolean[];
  readonly string: readonly string[];
  readonly array: readonly GgufArray[];
  readonly uint64: BigUint64Array;
  readonly int64: BigInt64Array;
  readonly float64: Float64Array;
}
/** An array of metadata. */
export type GgufArray = {
  readonly [K in keyof GgufArrayValues]: {
    readonly type: 'array';
    readonly of: K;
    readonly value: GgufArrayValues[K];
  };
}[keyof GgufArrayValues];
/** A value of metadata with its type: `{ type: 'uint32', value: 32 }`. */
export type GgufValue =
  | {
      readonly type: 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64';
      readonly value: number;
    }
  | { readonly type: 'uint64' | 'int64'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | GgufArray;
/** Metadata by key; without a prototype where it was read. */
export type GgufMetadata = Readonly<Record<string, GgufValue>>;

/** Types of metadata in the order of their codes. */
export const valueTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const satisfies readonly (keyof GgufArrayValues)[];
/** The name of a type of metadata. */
export type GgufValueType = (typeof valueTypes)[number];

/** Typed arrays of the numeric types. */
export const numberArrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float64: Float64Array,
} as const;
/** A numeric type of metadata. */
export type GgufNumberType = keyof typeof numberArrays;
/** True for a type whose arrays are typed arrays. */
export const isNumberType = (type: string): type is GgufNumberType => Object.hasOwn(numberArrays, type);

/** Rows: type, code, elements of a block, bytes of a block, and the dtype where a block is one element. */
const rows = [
  ['f32', 0, 1, 4, 'float32'],
  ['f16', 1, 1, 2, 'float16'],
  ['q4_0', 2, 32, 18],
  ['q4_1', 3, 32, 20],
  ['q5_0', 6, 32, 22],
  ['q5_1', 7, 32, 24],
  ['q8_0', 8, 32, 34],
  ['q8_1', 9, 32, 40],
  ['q2_k', 10, 256, 84],
  ['q3_k', 11, 256, 110],
  ['q4_k', 12, 256, 144],
  ['q5_k', 13, 256, 176],
  ['q6_k', 14, 256, 210],
  ['q8_k', 15, 256, 292],
  ['iq2_xxs', 16, 256, 66],
  ['iq2_xs', 17, 256, 74],
  ['iq3_xxs', 18, 256, 98],
  ['iq1_s', 19, 256, 50],
  ['iq4_nl', 20, 32, 18],
  ['iq3_s', 21, 256, 110],
  ['iq2_s', 22, 256, 82],
  ['iq4_xs', 23, 256, 136],
  ['i8', 24, 1, 1, 'int8'],
  ['i16', 25, 1, 2, 'int16'],
  ['i32', 26, 1, 4, 'int32'],
  ['i64', 27, 1, 8, 'int64'],
  ['f64', 28, 1, 8, 'float64'],
  ['iq1_m', 29, 256, 56],
  ['bf16', 30, 1, 2, 'bfloat16'],
  ['tq1_0', 34, 256, 54],
  ['tq2_0', 35, 256, 66],
  ['mxfp4', 39, 32, 17],
] as const satisfies readonly (readonly [string, number, number, number, DType?])[];

/** A type of tensors in GGUF files. */
export type GgufTensorType = (typeof rows)[number][0];
/** How a type lays out its elements. */
export interface GgufLayout {
  readonly type: GgufTensorType;
  /** the number that stands for it in files */
  readonly code: number;
  /** elements of a block; a row is made of whole blocks */
  readonly blockElements: number;
  readonly blockBytes: number;
  /** of the tensor that is read: uint8, the bytes of the blocks, where a block is more than one element */
  readonly dtype: DType;
}
const layouts = rows.map(([type, code, blockElements, blockBytes, dtype]): GgufLayout => {
  return { type, code, blockElements, blockBytes, dtype: dtype ?? 'uint8' };
});
/** Layouts by code and by name. Maps, since both come from outside. */
export const layoutsByCode: ReadonlyMap<number, GgufLayout> = new Map(layouts.map((l) => [l.code, l]));
export const layoutsByType: ReadonlyMap<string, GgufLayout> = new Map(layouts.map((l) => [l.type, l]));
const byDType: ReadonlyMap<DType, GgufLayout> = new Map(
  layouts.filter((l) => l.blockElements === 1).map((l) => [l.dtype, l]),
);
/** The type that a tensor of `dtype` is written with, if there is one. */
export const layoutOf = (dtype: DType): GgufLayout | undefined => byDType.get(dtype);

/** Shape of the tensor that holds `elements`: the last size counts bytes where elements come in blocks. */
export function heldShape(elements: readonly number[], { blockElements, blockBytes }: GgufLayout): readonly number[] {
  if (blockElements === 1) return elements;
  return [...elements.slice(0, -1), (elements.at(-1)! / blockElements) * blockBytes];
}

/** The key of the alignment of tensors, and what it is where a file does not say. */
export const ALIGNMENT_KEY = 'general.alignment';
export const ALIGNMENT = 32;
/** The first four bytes, "GGUF". */
export const MAGIC = 0x46554747;
/** Sizes that a shape may have. */
export const MAX_RANK = 4;
/** Arrays in arrays; deeper ones would be an attack on the stack. */
export const MAX_DEPTH = 8;
/** The next multiple of `alignment`. */
export const aligned = (at: number, alignment: number): number => Math.ceil(at / alignment) * alignment;
