// GGUF files that lie, and what the writer refuses.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { encodeGguf, loadGguf, openGguf } from '../../src/io/index.js';
import type { GgufPairs, GgufTensors } from '../../src/io/index.js';
import { golden, randomOf } from './support.js';

const hostile = (parts: readonly (number | bigint | string | Uint8Array)[]): Uint8Array => {
  const bytes: number[] = [];
  const little = (value: bigint, count: number): void => {
    for (let i = 0; i < count; i++) bytes.push(Number((value >> BigInt(8 * i)) & 255n));
  };
  for (const part of parts) {
    if (typeof part === 'number') little(BigInt(part), 4);
    else if (typeof part === 'bigint') little(part, 8);
    else if (typeof part === 'string') {
      little(BigInt(Buffer.byteLength(part)), 8);
      bytes.push(...Buffer.from(part));
    } else bytes.push(...part);
  }
  return Uint8Array.from(bytes);
};
const MAGIC = 0x46554747;
const head = (tensors: number, pairs: number): (number | bigint)[] => [MAGIC, 3, BigInt(tensors), BigInt(pairs)];
const raw = (...values: number[]): Uint8Array => Uint8Array.from(values);
const [UINT32, BOOL, STRING, ARRAY] = [4, 7, 8, 9];
const room = new Uint8Array(256);
/** `x` of four float32 with fields changed. */
const tensor = (sizes: bigint[], type: number, offset: bigint): (number | bigint | string)[] => [
  'x',
  sizes.length,
  ...sizes,
  type,
  offset,
];

describe('openGguf › a head that lies is refused with a FormatError', () => {
  test.each<[string, (number | bigint | string | Uint8Array)[], RegExp]>([
    ['nothing', [], /the magic number must end within the file, got 4 bytes of 0 left at byte 0/],
    ['another format', [0x04034b50, 3], /must begin with "GGUF", got 0x04034b50 at byte 0/],
    ['version 1', [MAGIC, 1, 0, 0], /the version must be 2 or 3, got 1 at byte 4/],
    ['version 4', [MAGIC, 4, 0n, 0n], /the version must be 2 or 3, got 4/],
    ['more tensors than bytes', [MAGIC, 3, 2n ** 40n, 0n], /the number of tensors must fit the 8 bytes left/],
    ['tensors beyond 2^53', [MAGIC, 3, 2n ** 63n, 0n], /must be below 2\^53, got 9223372036854775808/],
    ['more pairs than bytes', [MAGIC, 3, 0n, 99n, room], /the number of metadata pairs must fit the 256 bytes left/],
    ['a key beyond the file', [...head(0, 1), 2n ** 52n, room], /the length of a key must fit the 256 bytes left/],
    ['a key that is no UTF-8', [...head(0, 1), 1n, raw(255), UINT32, 1], /a key must be valid UTF-8/],
    ['a type of metadata', [...head(0, 1), 'k', 13, room], /key "k": a type of metadata must be from 0 to 12, got 13/],
    ['a bool of 2', [...head(0, 1), 'k', BOOL, raw(2)], /key "k": a bool must be 0 or 1, got 2/],
    [
      'a text beyond the file',
      [...head(0, 1), 'k', STRING, 1000n, room],
      /the length of a text must fit the 256 bytes/,
    ],
    ['a list beyond the file', [...head(0, 1), 'k', ARRAY, UINT32, 65n, room], /length of an array must fit the 256/],
    ['texts beyond the file', [...head(0, 1), 'k', ARRAY, STRING, 33n, room], /length of an array must fit the 256/],
    [
      'arrays without end',
      [...head(0, 1), 'k', ARRAY, ...Array<(number | bigint)[]>(20).fill([ARRAY, 1n]).flat(), room],
      /key "k": arrays must lie at most 8 deep/,
    ],
    ['a key given twice', [...head(0, 2), 'k', UINT32, 1, 'k', UINT32, 1], /key "k": a key must be given once/],
    [
      'a tensor given twice',
      [...head(2, 0), ...tensor([4n], 0, 0n), ...tensor([4n], 0, 32n), room],
      /tensor "x": a name must be given once/,
    ],
    ['five sizes', [...head(1, 0), ...tensor([1n, 1n, 1n, 1n, 1n], 0, 0n), room], /at most 4 sizes, got 5/],
    ['sizes whose product overflows', [...head(1, 0), ...tensor([2n ** 30n, 2n ** 30n], 0, 0n), room], /below 2\^53/],
    ['an unknown type', [...head(1, 0), ...tensor([4n], 99, 0n), room], /tensor "x": the type .* got code 99/],
    ['a type that was removed', [...head(1, 0), ...tensor([4n], 4, 0n), room], /tensor "x": .* got code 4/],
    ['half a block', [...head(1, 0), ...tensor([33n], 8, 0n), room], /rows of q8_0 must be whole blocks of 32/],
    ['blocks without sizes', [...head(1, 0), ...tensor([], 8, 0n), room], /rows of q8_0 must be whole blocks of 32/],
    ['an offset between', [...head(1, 0), ...tensor([4n], 0, 16n), room], /tensor "x": .* multiple of 32, got 16/],
    ['data beyond the file', [...head(1, 0), ...tensor([400n], 0, 0n), room], /tensor "x": must end within the file/],
    [
      'tensors over each other',
      [...head(2, 0), ...tensor([16n], 0, 0n), 'y', 1, 4n, 0, 32n, room],
      /tensor "y": must not overlap "x"/,
    ],
    ...[
      [UINT32, 0],
      [UINT32, 24],
      [5, 32],
    ].map(([type, value]): [string, (number | bigint | string)[], RegExp] => [
      `an alignment of ${value}, type ${type}`,
      [...head(0, 1), 'general.alignment', type!, value!],
      /general.alignment must be a power of two of type uint32/,
    ]),
  ])('%s', async (_, parts, message) => {
    const opening = openGguf(hostile(parts));
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(lw.FormatError);
  });
  test('a big-endian file is named as one', async () => {
    await expect(openGguf(golden('gguf/big-endian.gguf'))).rejects.toThrow(/must be little-endian/);
  });
  test('every beginning of a file', async () => {
    const bytes = new Uint8Array(await readFile(golden('gguf/plain.gguf')));
    for (let length = 0; length < bytes.length - 32; length += 7)
      await expect(loadGguf(bytes.subarray(0, length))).rejects.toBeInstanceOf(lw.FormatError);
  });
  test.each(['plain', 'blocks'])('damaged bytes are read or refused: %s', async (name) => {
    const bytes = new Uint8Array(await readFile(golden(`gguf/${name}.gguf`)));
    const random = randomOf(5);
    let refused = 0;
    for (let run = 0; run < 400; run++) {
      const damaged = bytes.slice();
      for (let n = 0; n < 3; n++) damaged[Math.floor(random() * 1200)] = Math.floor(random() * 256);
      try {
        const { tensors } = await loadGguf(damaged);
        for (const tensor of Object.values(tensors)) tensor.dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(lw.LanewiseError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(400);
  });
});

describe('encodeGguf › refuses what the format cannot hold', () => {
  const x = lw.zeros([2, 34], 'uint8');
  test.each<[string, GgufTensors, GgufPairs, RegExp]>([
    ['a number without a type', {}, { k: 5 as never }, /key "k": a value must be text, a boolean, or have a type/],
    ['an unknown type', {}, { k: { type: 'uint4', value: 5 } as never }, /the type of a value must be one of/],
    [
      'a value out of range',
      {},
      { k: { type: 'uint8', value: 256 } },
      /uint8 must be able to hold a value, got number 256/,
    ],
    ['a fraction', {}, { k: { type: 'int32', value: 0.5 } }, /int32 must be able to hold a value/],
    ['a wide number', {}, { k: { type: 'uint64', value: 5 } as never }, /uint64 must be a bigint, got number 5/],
    ['a wide value out of range', {}, { k: { type: 'uint64', value: -1n } }, /uint64 must be able to hold a value/],
    ['half a character', {}, { k: '\ud800' }, /a text must be valid Unicode/],
    ['a list of another kind', {}, { k: { type: 'array', of: 'int8', value: [1] } as never }, /must be a Int8Array/],
    ['a list of mixed kinds', {}, { k: ['a', 1] as never }, /a text must be valid Unicode, got number 1/],
    [
      'a bare list in a list',
      {},
      { k: { type: 'array', of: 'array', value: [[1]] } as never },
      /must have type 'array'/,
    ],
    ['an alignment', {}, { 'general.alignment': { type: 'uint32', value: 48 } }, /a power of two up to 2\^20/],
    ['no metadata', {}, null as never, /metadata must be an object, got object null/],
    ['no tensor', { x: 3 as never }, {}, /tensor "x": must be a tensor or have a type of GGUF, got number 3/],
    ['a dtype', { x: lw.zeros([2], 'uint8') }, {}, /tensor "x": a type of GGUF must hold the dtype, got uint8/],
    ['a long name', { ['x'.repeat(64)]: lw.zeros([2]) }, {}, /a name has at most 63 bytes, got 64/],
    ['five axes', { x: lw.zeros([1, 1, 1, 1, 2]) }, {}, /at most 4 sizes, got \(1,1,1,1,2\)/],
    ['half a block', { x: { type: 'q8_0', elements: [2, 33], data: x } }, {}, /whole blocks of 32, got \(2,33\)/],
    [
      'blocks of another size',
      { x: { type: 'q8_0', elements: [2, 64], data: x } },
      {},
      /\(2,64\) of q8_0 must be held by uint8 \(2,68\), got uint8 \(2,34\)/,
    ],
    [
      'another dtype',
      { x: { type: 'f16', elements: [2, 34], data: () => lw.zeros([2, 34]) } },
      {},
      /\(2,34\) of f16 must be held by float16 \(2,34\), got float32 \(2,34\)/,
    ],
  ])('%s', async (_, tensors, metadata, message) => {
    const encoding = encodeGguf(tensors, metadata);
    await expect(encoding).rejects.toThrow(message);
    await expect(encoding).rejects.toBeInstanceOf(lw.LanewiseError);
  });
});
