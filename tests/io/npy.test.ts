import { readFile, open } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { encodeNpy, encodeNpz, loadNpy, loadNpz, saveNpy, saveNpz } from '../../src/io/index.js';
import type { DType } from '../../src/tensor/dtype.js';
import { FormatError } from '../../src/tensor/errors.js';
import { hexOf, readJson, temporaryFolder, tensorOf } from './support.js';

interface Held {
  readonly name: string;
  readonly file: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly hex: string;
  readonly ours?: boolean;
}
interface Archive {
  readonly name: string;
  readonly file: string;
  readonly tensors: readonly Held[];
  readonly ours?: boolean;
}
interface Files {
  readonly arrays: readonly Held[];
  readonly refused: readonly { readonly name: string; readonly file: string }[];
  readonly archives: readonly Archive[];
}
const files = await readJson<Files>('numpy.json');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const made = (x: Held): lw.Tensor => tensorOf(x.shape, x.dtype, new Uint8Array(Buffer.from(x.hex, 'hex')));
const folder = temporaryFolder();
beforeAll(() => folder.root);

const expectTensor = (t: lw.Tensor, x: Held): void => {
  expect([t.dtype, t.shape, hexOf(t)]).toEqual([x.dtype, x.shape, x.hex]);
};

describe('loadNpy › reads what NumPy and MLX write', () => {
  it.each(files.arrays.map((x) => [x.name, x] as const))('%s', async (_, x) => {
    expectTensor(await loadNpy(bytesOf(x.file)), x);
  });
  it('in chunks that cut headers and elements', async () => {
    const shape = [40, 51, 3];
    const a = lw.arange(40 * 51 * 3, 'int64').reshape(shape);
    const file = encodeNpy(a);
    // a header of 129 bytes more lets every chunk end inside an element
    const odd = new Uint8Array(file.length + 3);
    odd.set(file.subarray(0, 8));
    new DataView(odd.buffer).setUint16(8, file[8]! + 256 * file[9]! + 3, true);
    odd.set(file.subarray(10, 127), 10);
    odd.set([0x20, 0x20, 0x20, 0x0a], 127);
    odd.set(file.subarray(128), 131);
    const back = await loadNpy(odd, { chunkBytes: 4096 });
    expect(hexOf(back)).toBe(hexOf(a));
    // the same numbers column-major
    const text = new TextDecoder('latin1')
      .decode(encodeNpy(a.T))
      .replace('False, ', 'True,  ')
      .replace('(3, 51, 40)', '(40, 51, 3)');
    const columns = await loadNpy(
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
      { chunkBytes: 4096 },
    );
    expect([columns.shape, hexOf(columns)]).toEqual([shape, hexOf(a)]);
  });
  it('a bool that is neither 0 nor 1 becomes 1', async () => {
    const file = encodeNpy(lw.array([true, false, true]));
    file[file.length - 1] = 7;
    expect(hexOf(await loadNpy(file))).toBe('010001');
  });
  it('what follows the data is ignored', async () => {
    const file = encodeNpy(lw.array([1, 2]));
    const longer = new Uint8Array(file.length + 9).fill(9);
    longer.set(file);
    expect((await loadNpy(longer)).tolist()).toEqual([1, 2]);
  });
});

describe('loadNpy › refuses elements without a dtype here', () => {
  it.each(files.refused.map((x) => [x.name, x.file] as const))('%s', async (_, file) => {
    await expect(loadNpy(bytesOf(file))).rejects.toThrow(FormatError);
  });
});

describe('encodeNpy › writes the bytes that NumPy writes', () => {
  it.each(files.arrays.filter((x) => x.ours).map((x) => [x.name, x] as const))('%s', (_, x) => {
    expect(Buffer.from(encodeNpy(made(x))).toString('base64')).toBe(x.file);
  });
  it('views are written in their own order', () => {
    const a = lw.arange(12).reshape([3, 4]);
    expect(encodeNpy(a.T.at('::-1'))).toEqual(encodeNpy(lw.array(a.T.at('::-1').tolist() as number[][], 'int32')));
  });
  it('bfloat16 as MLX reads it', async () => {
    const x = files.arrays.find((f) => f.name === 'bfloat16 by MLX')!;
    expectTensor(await loadNpy(encodeNpy(made(x))), x);
  });
});

describe('saveNpy, saveNpz › targets', () => {
  it('a path, a handle and a stream get the same bytes', async () => {
    const a = lw.arange(1000).reshape([10, 100]);
    const want = encodeNpy(a);
    await saveNpy(folder.path('a.npy'), a);
    expect(new Uint8Array(await readFile(folder.path('a.npy')))).toEqual(want);
    const handle = await open(folder.path('b.npy'), 'w+');
    await handle.write(new Uint8Array(20000));
    await saveNpy(handle, a);
    await handle.close();
    expect(new Uint8Array(await readFile(folder.path('b.npy')))).toEqual(want);
    const parts: Uint8Array[] = [];
    await saveNpy(new WritableStream({ write: (p) => void parts.push(p) }), a);
    expect(new Uint8Array(Buffer.concat(parts))).toEqual(want);
    for (const compress of [false, true]) {
      await saveNpz(folder.path('c.npz'), { a, b: a.T }, { compress });
      const back = await loadNpz(folder.path('c.npz'));
      expect(Object.keys(back)).toEqual(['a', 'b']);
      expect(hexOf(back['b']!)).toBe(hexOf(a.T));
      expect(new Uint8Array(await readFile(folder.path('c.npz')))).toEqual(
        await encodeNpz({ a, b: a.T }, { compress }),
      );
    }
  });
  it('a tensor that is set while it is written keeps its contents in the file', async () => {
    const a = lw.zeros([1000, 1000]).add(1).eval();
    const saved = saveNpz(folder.path('d.npz'), { a });
    a.set(':', 2);
    a.eval();
    await saved;
    expect((await loadNpz(folder.path('d.npz')))['a']!.sum().item()).toBe(1e6);
  });
});

describe('loadNpz › reads what NumPy, MLX and zipfile write', () => {
  it.each(files.archives.map((x) => [x.name, x] as const))('%s', async (_, x) => {
    const tensors = await loadNpz(bytesOf(x.file));
    expect(Object.keys(tensors).sort()).toEqual(x.tensors.map((t) => t.name).sort());
    for (const t of x.tensors) expectTensor(tensors[t.name]!, t);
  });
  it('encodeNpz › writes the bytes that zipfile writes', async () => {
    const x = files.archives.find((a) => a.ours)!;
    const bytes = await encodeNpz(new Map(x.tensors.map((t) => [t.name, made(t)])));
    expect(Buffer.from(bytes).toString('base64')).toBe(x.file);
  });
  it('an archive without members', async () => {
    expect(await loadNpz(await encodeNpz({}))).toEqual(Object.create(null));
  });
  it('deflated zeros: a large tensor from a small archive, but not beyond maxBytes', async () => {
    const file = await encodeNpz({ z: lw.zeros([4_000_000]) }, { compress: true });
    expect(file.length).toBeLessThan(40_000);
    expect((await loadNpz(file))['z']!.shape).toEqual([4_000_000]);
    await expect(loadNpz(file, { maxBytes: 1e6 })).rejects.toThrow(/must have at most 1000000 bytes/);
  });
});
