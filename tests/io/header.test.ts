import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/io/index.js';
import { FormatError } from '../../src/tensor/errors.js';
import { fileOf, readJson } from './support.js';

interface Case {
  readonly name: string;
  /** the message of the reference implementation, null if it accepts the file */
  readonly refused: string | null;
  readonly file: string | null;
}
const { cases } = await readJson<{ cases: Case[] }>('headers.json');
const deep = fileOf(`{"a":{"z":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`);

// each is argued in docs/decisions/002-safetensors-reader.md
const stricter = new Set([
  'duplicate tensor',
  'duplicate tensor by escape',
  'metadata key twice',
  'entry as array',
  'packed F4',
  'E8M0',
]);

const messageOf = async (file: Uint8Array): Promise<string> => {
  const error: unknown = await openSafetensors(file).then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FormatError);
  return (error as FormatError).message;
};
const one = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';

describe('openSafetensors › a header is accepted or refused as by the reference implementation', () => {
  it.each(cases)('$name', async ({ name, refused, file }) => {
    const bytes = file === null ? deep : new Uint8Array(Buffer.from(file, 'base64'));
    if (refused === null && !stricter.has(name)) await (await openSafetensors(bytes)).close();
    else await messageOf(bytes);
  });
});

describe('openSafetensors › a refusal names the tensor and the offset', () => {
  const rows: readonly [string, string, number, RegExp][] = [
    [
      'wrong dtype',
      '{"w":{"dtype":"U7","shape":[1],"data_offsets":[0,1]}}',
      1,
      /tensor "w": dtype must be one of .*, got "U7", at byte 26 of/,
    ],
    [
      'packed dtype',
      '{"w":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}',
      1,
      /tensor "w": dtype F4 has no tensor dtype/,
    ],
    [
      'backwards',
      '{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}',
      1,
      /tensor "w": data_offsets must not run backwards, got \[1, 0\], at byte 13 of/,
    ],
    [
      'size',
      '{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,1]}}',
      1,
      /tensor "w": shape \(2, 3\) of F32 takes 24 bytes, got 1 from data_offsets \[0, 1\], at byte 13 of/,
    ],
    [
      'negative',
      '{"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}',
      1,
      /tensor "w": the sizes of a shape must be non-negative integers, got -1, at byte 36 of/,
    ],
    [
      'over 2^53',
      '{"w":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}',
      1,
      /tensor "w": the sizes of a shape must be below 2\^53, got 9007199254740993/,
    ],
    [
      'product',
      '{"w":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,1]}}',
      1,
      /tensor "w": the bytes of a shape must stay below 2\^53/,
    ],
    [
      'truncated',
      '{"w":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}',
      4,
      /tensor "w": must end within the file, got byte 70 of the 65 bytes of/,
    ],
    [
      'overlap',
      '{"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
      /tensor "w": must not overlap "v", which ends at byte 115, got byte 114 of/,
    ],
    [
      'hole',
      `{"v":${one},"w":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`,
      3,
      /tensor "w": must leave no hole after "v", which ends at byte 114, got byte 115 of/,
    ],
    ['rest', `{"w":${one}}`, 3, /the file must end with "w" at byte 62, got 64 bytes in/],
    ['twice', `{"w":${one},"w":${one}}`, 1, /the header: a key must not be given twice, got "w", at byte 61 of/],
    ['metadata', '{"__metadata__":{"k":7}}', 0, /__metadata__: expected a string, got "7", at byte 29 of/],
    [
      'bytes, not characters',
      '{"\u00e9\u00e9":{"dtype":7}}',
      0,
      /tensor "\u00e9\u00e9": expected a dtype, got "7", at byte 25 of/,
    ],
    ['not JSON', 'model', 0, /the header: expected a JSON object, got "m", at byte 8 of/],
  ];
  it.each(rows)('%s', async (_, header, data, message) => {
    expect(await messageOf(fileOf(header, new Uint8Array(data)))).toMatch(message);
  });

  it('a name of any length is cut', async () => {
    const message = await messageOf(fileOf(`{"${'x'.repeat(50_000)}":7}`));
    expect(message.length).toBeLessThan(300);
  });
});

describe('openSafetensors › what a header says', () => {
  it('is given by info, with offsets from the start of the file', async () => {
    const header = `{"__metadata__":{"a":"b"},"v":${one},"w":{"dtype":"BF16","shape":[2,1],"data_offsets":[1,5]}}`;
    const file = await openSafetensors(fileOf(header, new Uint8Array(5)));
    const start = 8 + header.length;
    expect(file.names).toEqual(['v', 'w']);
    expect({ ...file.metadata }).toEqual({ a: 'b' });
    const expected = { name: 'w', dtype: 'bfloat16', tag: 'BF16', shape: [2, 1], begin: start + 1, end: start + 5 };
    expect(file.info('w')).toEqual(expected);
    expect(() => file.info('toString')).toThrow(/a name that is not one: "toString"/);
  });

  it('is safe for names that objects reserve', async () => {
    const file = await openSafetensors(
      fileOf(`{"__metadata__":{"__proto__":"m"},"__proto__":${one}}`, new Uint8Array([7])),
    );
    expect(Object.keys(file.metadata)).toEqual(['__proto__']);
    const all = await file.tensors();
    expect(Object.keys(all)).toEqual(['__proto__']);
    expect(all['__proto__']!.tolist()).toEqual([7]);
    expect(Object.getPrototypeOf(all)).toBe(null);
  });
});
