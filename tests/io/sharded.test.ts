import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  encodeSafetensors,
  loadSafetensors,
  loadSharded,
  openSharded,
  saveSharded,
  type Source,
} from '../../src/io/index.js';
import { FormatError, LanewiseError } from '../../src/tensor/errors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { golden, hexOf, readJson, temporaryFolder, tensorOf, type Golden } from './support.js';

const folder = temporaryFolder();
await folder.root;
const INDEX = 'model.safetensors.index.json';
const u8 = (...values: number[]): Tensor => tensorOf([values.length], 'uint8', new Uint8Array(values));
const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('openSharded › reads shards and index that MLX wrote', () => {
  const path = golden('sharded');
  it.each<[string, string | URL]>([
    ['folder', path],
    ['folder with a slash', `${path}/`],
    ['index', `${path}/${INDEX}`],
    ['file URL', pathToFileURL(path)],
  ])('%s', async (_, source) => {
    const { tensors, metadata } = await readJson<Golden>('sharded.json');
    const model = await openSharded(source);
    expect([...model.shards.keys()].sort()).toEqual(['1', '2', '3'].map((i) => `model-0000${i}-of-00003.safetensors`));
    expect([...model.names].sort()).toEqual(tensors.map((t) => t.name).sort());
    expect({ ...model.metadata }).toEqual(metadata);
    const all = await model.tensors();
    for (const { name, dtype, shape, hex } of tensors) {
      expect([all[name]!.dtype, all[name]!.shape, hexOf(all[name]!)]).toEqual([dtype, shape, hex]);
      expect(hexOf(await model.tensor(name))).toBe(hex);
      expect(model.info(name).shape).toEqual(shape);
    }
    expect(() => model.info('none')).toThrow(/a name that is not one: "none"/);
    await model.close();
    await expect(model.tensor('norm')).rejects.toThrow(LanewiseError);
  });

  it('falls back to model.safetensors', async () => {
    await mkdir(folder.path('single'));
    await copyFile(golden('bare.safetensors'), folder.path('single/model.safetensors'));
    for (const source of [folder.path('single'), folder.path('single/model.safetensors')]) {
      expect(Object.keys(await loadSharded(source))).toEqual(['w']);
    }
    await expect(openSharded(folder.path('nothing'))).rejects.toThrow(
      /a model must have model.safetensors.index.json or model.safetensors, got neither in/,
    );
  });
});

/** Files by name, the index made of this weight_map. */
const files = (weightMap: unknown, shards: Record<string, Source>): Map<string, Source> =>
  new Map<string, Source>([
    [INDEX, text({ metadata: { total_size: 1 }, weight_map: weightMap })],
    ...Object.entries(shards),
  ]);
const x = encodeSafetensors({ a: u8(1), b: u8(2, 3) });
const y = encodeSafetensors({ c: u8(4) });

describe('openSharded › a Map of files', () => {
  it('reads blobs and bytes, in subfolders too', async () => {
    const all = await loadSharded(files({ c: 's/y', b: 'x', a: 'x' }, { x: new Blob([x.slice()]), 's/y': y }));
    expect(Object.entries(all).map(([name, t]) => [name, hexOf(t)])).toEqual([
      ['c', '04'],
      ['b', '0203'],
      ['a', '01'],
    ]);
  });

  it('metadata is what the shards agree on', async () => {
    const p = encodeSafetensors({ a: u8(1) }, { format: 'pt', part: '1' });
    const q = encodeSafetensors({ b: u8(1) }, { format: 'pt', part: '2', only: 'q' });
    const model = await openSharded(files({ a: 'p', b: 'q' }, { p, q }));
    expect({ ...model.metadata }).toEqual({ format: 'pt', only: 'q' });
  });

  it('names that objects reserve', async () => {
    const p = encodeSafetensors(new Map([['__proto__', u8(5)]]));
    const index = text('{"weight_map":{"__proto__":"p"}}');
    const all = await loadSharded(
      new Map([
        [INDEX, index],
        ['p', p],
      ]),
    );
    expect(hexOf(all['__proto__']!)).toBe('05');
  });
});

describe('openSharded › index and shards must agree', () => {
  it('an index of many shards that are missing is left at the first', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
    const asked: string[] = [];
    const folder = files(Object.fromEntries(names.map((name) => [name, name])), {});
    const get = folder.get.bind(folder);
    folder.get = (name) => (asked.push(name), get(name));
    await expect(openSharded(folder)).rejects.toThrow('every shard of the index must exist, got no "s0" in');
    expect(asked.length).toBeLessThan(100);
  });
  const both = { x, y };
  const rows: readonly [string, Map<string, Source>, RegExp][] = [
    [
      'a shard is missing',
      files({ a: 'x', b: 'x', c: 'z' }, both),
      /every shard of the index must exist, got no "z" in a map of 3 files/,
    ],
    [
      'a tensor is not in its shard',
      files({ a: 'x', b: 'x', c: 'y', d: 'y' }, both),
      /tensor "d" must be in its shard, got none in "y"/,
    ],
    [
      'a tensor is not in the index',
      files({ a: 'x', c: 'y' }, both),
      /tensor "b" must be in the index and in one shard, got one in "x" alone/,
    ],
    [
      'a tensor is in two shards',
      files({ a: 'x', b: 'x', c: 'z' }, { x, z: encodeSafetensors({ c: u8(1), a: u8(1) }) }),
      /tensor "a" must be in the index and in one shard, got it in "z" and in "x"/,
    ],
    [
      'twice in the index',
      new Map<string, Source>([[INDEX, text('{"weight_map":{"a":"x","a":"y"}}')]]),
      /a key must not be given twice, got "a"/,
    ],
    [
      'parent folder',
      files({ a: '../x' }, both),
      /tensor "a": a shard must lie in the folder of the index, got "..\/x", at byte \d+/,
    ],
    ['parent folder inside', files({ a: 's/../../x' }, both), /must lie in the folder/],
    ['absolute', files({ a: '/etc/passwd' }, both), /must lie in the folder/],
    ['drive', files({ a: 'C:\\x' }, both), /must lie in the folder/],
    ['URL', files({ a: 'http://127.0.0.1/x' }, both), /must lie in the folder/],
    ['empty name', files({ a: '' }, both), /must lie in the folder/],
    ['NUL', files({ a: 'x\0' }, both), /must lie in the folder/],
    ['no weight_map', new Map<string, Source>([[INDEX, text({})]]), /an index must have a weight_map, got none/],
    [
      'no object',
      new Map<string, Source>([[INDEX, text([])]]),
      /the index: expected a JSON object, got "\[", at byte 0 of/,
    ],
    ['no JSON', new Map<string, Source>([[INDEX, text('{"weight_map":')]]), /got the end, at byte 14/],
    ['a number for a file', files({ a: 1 }, both), /tensor "a": expected a file name, got "1"/],
    ['a shard is broken', files({ a: 'x', b: 'x', c: 'y' }, { x: x.slice(0, -1), y }), /must end within the file/],
  ];
  it.each(rows)('%s', async (_, map, message) => {
    const error: unknown = await openSharded(map).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
  });
});

describe('saveSharded › writes shards and an index', () => {
  const tensors = new Map([
    ['a', u8(1, 2, 3)],
    ['10', u8(4, 5)],
    ['large', u8(...Array.from({ length: 20 }, (_, i) => i))],
    ['empty', tensorOf([0], 'uint8', new Uint8Array(0))],
    ['z', u8(6)],
  ]);

  it('fills files up to the limit, in order', async () => {
    const root = folder.path('out/deep');
    const written = await saveSharded(root, tensors, { maxShardBytes: 5, metadata: { format: 'mlx' } });
    const name = (i: number): string => `model-0000${i}-of-00003.safetensors`;
    expect(written).toEqual([name(1), name(2), name(3), INDEX]);
    expect((await readdir(root)).sort()).toEqual([...written].sort());
    const index = JSON.parse(await readFile(folder.path(`out/deep/${INDEX}`), 'utf8')) as unknown;
    expect(index).toEqual({
      metadata: { total_size: 26 },
      weight_map: { a: name(1), '10': name(1), large: name(2), empty: name(2), z: name(3) },
    });
    expect(Object.keys(await loadSafetensors(`${root}/${name(1)}`)).sort()).toEqual(['10', 'a']);
    const back = await loadSharded(pathToFileURL(root));
    for (const [key, tensor] of tensors) expect(hexOf(back[key]!)).toBe(hexOf(tensor));
  });

  it('one file is model.safetensors', async () => {
    const root = folder.path('whole');
    expect(await saveSharded(root, tensors)).toEqual(['model.safetensors', INDEX]);
    expect(Object.keys(await loadSharded(root)).length).toBe(5);
    expect(Object.keys(await loadSafetensors(`${root}/model.safetensors`)).length).toBe(5);
    expect(await saveSharded(folder.path('none'), {})).toEqual(['model.safetensors', INDEX]);
    expect(Object.keys(await loadSharded(folder.path('none')))).toEqual([]);
  });

  it('a limit that is no positive integer is refused', async () => {
    await expect(saveSharded(folder.path('bad'), tensors, { maxShardBytes: 0 })).rejects.toThrow(
      /maxShardBytes must be a positive integer, got 0/,
    );
    await writeFile(folder.path('blocked'), '');
    await expect(saveSharded(folder.path('blocked'), tensors)).rejects.toThrow(/EEXIST/);
  });
});
