// The metadata of a GGUF file as fields, and back.
import type { GgufMetadata, GgufValue } from 'lanewise/io';
import { Fields } from '../fields.js';

/** The metadata as fields whose errors name the key. Wide integers become numbers. */
export function fieldsOf(metadata: GgufMetadata, file: string): Fields {
  const plain = Object.entries(metadata).map(([key, { value }]) => [
    key,
    typeof value === 'bigint' ? Number(value) : value,
  ]);
  return new Fields(Object.fromEntries(plain), file);
}

/** A list of metadata, undefined when absent. */
export function listOf<T extends 'string' | 'number'>(
  file: Fields,
  key: string,
  of: T,
): (T extends 'string' ? readonly string[] : ArrayLike<number>) | undefined {
  const value = file.raw(key);
  const right =
    of === 'string'
      ? Array.isArray(value) && value.every((v) => typeof v === 'string')
      : ArrayBuffer.isView(value) && typeof (value as Int32Array)[0] !== 'bigint';
  return value === undefined || right ? (value as never) : file.reject(key, `a list of ${of}s`);
}

export const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
export const float32 = (value: number): GgufValue => ({ type: 'float32', value });
