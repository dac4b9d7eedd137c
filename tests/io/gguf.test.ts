// GGUF files of gguf-py: read to the last bit, and written byte for byte.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { encodeGguf, loadGguf, openGguf, saveGguf } from '../../src/io/index.js';
import type { GgufPairs, GgufTensor, GgufValue } from '../../src/io/index.js';
import { numberArrays } from '../../src/io/gguf-types.js';
import * as lw from '../../src/index.js';
import { golden, hexOf, readJson, temporaryFolder } from './support.js';

interface Told {
  readonly alignment: number;
  readonly metadata: Record<string, { type: string; of?: string; value: unknown }>;
  readonly tensors: readonly { name: string; type: string; elements: number[]; begin: number; hex: string }[];
}
interface Contents {
  readonly files: Record<'plain' | 'blocks', Told>;
  /** elements of blocks as float32, in hex */
  readonly values: Readonly<Record<string, string>>;
}
const contents = await readJson<Contents>('gguf/contents.json');
const path = (name: string): string => golden(`gguf/${name}.gguf`);
const folder = temporaryFolder();

/** The value as JSON says it. */
function expected({ type, of, value }: Told['metadata'][string]): GgufValue {
  const wide = (v: unknown): unknown => BigInt(v as string);
  if (type === 'uint64' || type === 'int64') return { type, value: wide(value) as bigint };
  if (type === 'float32') return { type, value: Math.fround(value as number) };
  if (type !== 'array') return { type, value } as GgufValue;
  const Numbers = Object.hasOwn(numberArrays, of!) ? numberArrays[of as keyof typeof numberArrays] : null;
  const list = (of!.endsWith('64') && of !== 'float64' ? (value as string[]).map(wide) : value) as number[];
  return { type, of, value: Numbers === null ? list : new (Numbers as typeof Uint8Array)(list) } as GgufValue;
}
/** What a file holds, ready to be written. */
async function everything(file: string): Promise<[Map<string, GgufTensor>, GgufPairs]> {
  const { tensors, infos, metadata } = await loadGguf(file);
  const entries = Object.values(infos).map(({ name, type, elements }) => {
    return [name, { type, elements, data: tensors[name]! }] as const;
  });
  return [new Map(entries), metadata];
}

describe.each(['plain', 'blocks'] as const)('openGguf › reads what gguf-py writes: %s', (name) => {
  const told = contents.files[name];
  test('metadata with types', async () => {
    await using file = await openGguf(path(name));
    const { ['list.nested']: nested, ...rest } = file.metadata;
    expect(rest).toEqual(Object.fromEntries(Object.entries(told.metadata).map(([k, v]) => [k, expected(v)])));
    if (name === 'plain') {
      const inner = [[1, 2], [3], [4, 5, 6]].map((v) => ({ type: 'array', of: 'int32', value: Int32Array.from(v) }));
      expect(nested).toEqual({ type: 'array', of: 'array', value: inner });
    }
    expect([file.version, file.alignment]).toEqual([3, told.alignment]);
  });
  test('tensors, one by one and all together', async () => {
    await using file = await openGguf(path(name));
    expect(file.names).toEqual(told.tensors.map((t) => t.name));
    const all = await file.tensors();
    for (const { name, type, elements, begin, hex } of told.tensors) {
      expect(file.info(name)).toMatchObject({ type, elements, begin });
      expect(hexOf(await file.tensor(name))).toBe(hex);
      expect(hexOf(all[name]!)).toBe(hex);
      expect(all[name]!.shape).toEqual(file.info(name).shape);
    }
  });
  test('is written byte for byte as it was', async () => {
    const bytes = new Uint8Array(await readFile(path(name)));
    const [tensors, metadata] = await everything(path(name));
    expect(Buffer.from(await encodeGguf(tensors, metadata)).equals(bytes)).toBe(true);
    await folder.root;
    const lazy = new Map([...tensors].map(([n, t]) => [n, { ...t, data: () => (t.data as lw.Tensor).add(0) }]));
    await saveGguf(folder.path(`${name}.gguf`), lazy, metadata);
    expect((await readFile(folder.path(`${name}.gguf`))).equals(bytes)).toBe(true);
  });
  test('from bytes, a Blob, a data URL and in small chunks', async () => {
    const bytes = new Uint8Array(await readFile(path(name)));
    const url = `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;
    for (const source of [bytes, bytes.buffer, new Blob([bytes]), url]) {
      const { tensors } = await loadGguf(source, { chunkBytes: 4096 });
      for (const { name, hex } of told.tensors) expect(hexOf(tensors[name]!)).toBe(hex);
    }
  });
});

test.each(Object.entries(contents.values))('dequantize › %s of a file has the bits of gguf-py', async (name, hex) => {
  await using file = await openGguf(path('blocks'));
  const { type, elements } = file.info(name);
  const whole = lw.dequantize(await file.tensor(name), null, null, { mode: type as 'q8_0' });
  expect(whole.shape).toEqual(elements);
  expect(hexOf(whole)).toBe(hex);
});

describe('openGguf', () => {
  test('version 2 differs in its number alone', async () => {
    const bytes = new Uint8Array(await readFile(path('plain')));
    bytes[4] = 2;
    await using file = await openGguf(bytes);
    expect(file.version).toBe(2);
    expect(file.names.length).toBe(contents.files.plain.tensors.length);
  });
  test('a head of several MiB is read in parts', async () => {
    const words = Array.from({ length: 300_000 }, (_, i) => `word ${i}`);
    const bytes = await encodeGguf({ x: lw.arange(10) }, { words, after: true });
    expect(bytes.length).toBeGreaterThan(4 * 2 ** 20);
    const { tensors, metadata } = await loadGguf(bytes);
    expect(metadata['words']!.value).toEqual(words);
    expect(metadata['after']!.value).toBe(true);
    expect([...(tensors['x']!.toTypedArray() as Int32Array)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
  test('names and keys of Object.prototype are names and keys', async () => {
    const bytes = await encodeGguf({ toString: lw.zeros([2]) }, { constructor: 'x' });
    const { tensors, metadata } = await loadGguf(bytes);
    expect(Object.keys(tensors)).toEqual(['toString']);
    expect(Object.keys(metadata)).toEqual(['constructor']);
    expect(metadata['hasOwnProperty']).toBeUndefined();
  });
  test('scalars and empty tensors', async () => {
    const { tensors } = await loadGguf(await encodeGguf({ s: lw.array(3), e: lw.zeros([0, 4]), t: lw.ones([2]) }));
    expect([tensors['s']!.shape, tensors['e']!.shape]).toEqual([[], [0, 4]]);
    expect([tensors['s']!.item(), [...(tensors['t']!.toTypedArray() as Float32Array)]]).toEqual([3, [1, 1]]);
  });
});
