// The dtype tags of the format beside the library's dtypes, and the exact decoding of 8-bit floats.
import type { DType } from '../tensor/dtype.js';

/** Dtype tags of the safetensors format that can be read. */
export type SafetensorsTag =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'F8_E5M2'
  | 'F8_E4M3'
  | 'I16'
  | 'U16'
  | 'F16'
  | 'BF16'
  | 'I32'
  | 'U32'
  | 'F32'
  | 'C64'
  | 'F64'
  | 'I64'
  | 'U64';

/** Tags in the order of the reference implementation, whose writer sorts by it: tag, bytes per element, dtype. */
const rows: readonly (readonly [SafetensorsTag, number, DType])[] = [
  ['BOOL', 1, 'bool'],
  ['U8', 1, 'uint8'],
  ['I8', 1, 'int8'],
  ['F8_E5M2', 1, 'float16'],
  ['F8_E4M3', 1, 'float16'],
  ['I16', 2, 'int16'],
  ['U16', 2, 'uint16'],
  ['F16', 2, 'float16'],
  ['BF16', 2, 'bfloat16'],
  ['I32', 4, 'int32'],
  ['U32', 4, 'uint32'],
  ['F32', 4, 'float32'],
  ['C64', 8, 'complex64'],
  ['F64', 8, 'float64'],
  ['I64', 8, 'int64'],
  ['U64', 8, 'uint64'],
];

/** What a tag stands for. */
export interface TagInfo {
  readonly tag: SafetensorsTag;
  /** position in the reference implementation's enum */
  readonly rank: number;
  /** bytes per element in the file */
  readonly size: number;
  /** the dtype of the tensor that is read; the 8-bit floats widen to float16 */
  readonly dtype: DType;
}
/** Every tag that can be read. A Map, since tags come from untrusted files. */
export const tags: ReadonlyMap<string, TagInfo> = new Map(
  rows.map(([tag, size, dtype], rank) => [tag, { tag, rank, size, dtype }]),
);
const byDType = new Map([...tags.values()].filter((t) => !t.tag.startsWith('F8')).map((t) => [t.dtype, t]));

/** The tag a tensor of `dtype` is written with; every dtype has one. */
export const tagOf = (dtype: DType): TagInfo => byDType.get(dtype)!;

/** Tags the format knows and this library cannot hold: packed or scale-only elements. */
export const unsupportedTags: ReadonlySet<string> = new Set([
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
]);

/** The float16 bits of an E4M3 code: bias 7, no infinities, NaN at all ones. */
function fromE4M3(code: number): number {
  const sign = (code & 0x80) << 8;
  const exponent = (code >> 3) & 15;
  const fraction = code & 7;
  if (exponent === 15 && fraction === 7) return sign | 0x7e00;
  if (exponent > 0) return sign | ((exponent + 8) << 10) | (fraction << 7);
  if (fraction === 0) return sign;
  // fraction * 2^-9: subnormal there, normal in float16
  const top = 31 - Math.clz32(fraction);
  return sign | ((top + 6) << 10) | ((fraction << (10 - top)) & 0x3ff);
}
/** float16 bits by code. E5M2 is the upper byte of a float16. */
const decoded: ReadonlyMap<SafetensorsTag, Uint16Array> = new Map([
  ['F8_E4M3', Uint16Array.from({ length: 256 }, (_, code) => fromE4M3(code))],
  ['F8_E5M2', Uint16Array.from({ length: 256 }, (_, code) => code << 8)],
]);

/**
 * Puts `piece`, the bytes of the file from element byte `at` on, into the bytes of its tensor. 8-bit floats widen exactly when the
 * tensor is float16; a bool that is neither 0 nor 1 becomes 1, since kernels count on that.
 */
export function store(tag: SafetensorsTag, dtype: DType, piece: Uint8Array, bytes: Uint8Array, at: number): void {
  const table = dtype === 'float16' ? decoded.get(tag) : undefined;
  if (table !== undefined) {
    const out = new Uint16Array(bytes.buffer, bytes.byteOffset + 2 * at, piece.length);
    for (let i = 0; i < piece.length; i++) out[i] = table[piece[i]!]!;
  } else if (tag === 'BOOL') {
    for (let i = 0; i < piece.length; i++) bytes[at + i] = piece[i] === 0 ? 0 : 1;
  } else {
    bytes.set(piece, at);
  }
}
