import { mkdir, open, readdir, readFile, symlink, lstat, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { SafeTensor } from 'safetensors';
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { encodeSafetensors, loadSafetensors, saveSafetensors, type Target } from '../../src/io/index.js';
import type { DType } from '../../src/tensor/dtype.js';
import { DTypeError, FormatError } from '../../src/tensor/errors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { golden, hexOf, readJson, temporaryFolder, tensorOf, type Golden } from './support.js';

const folder = temporaryFolder();
await folder.root;

/** The tensors of the reference file that a dtype of ours can hold, in the order given. */
async function plainTensors(): Promise<Map<string, Tensor>> {
  const { tensors } = await readJson<Golden>('reference.json');
  return new Map(
    tensors
      .filter((t) => !t.dtype.startsWith('float8'))
      .map((t) => [t.name, tensorOf(t.shape, t.dtype as DType, Buffer.from(t.hex, 'hex'))]),
  );
}
const plain = await readFile(golden('plain.safetensors'));
const same = (bytes: Uint8Array, expected: Uint8Array): void => expect(Buffer.compare(bytes, expected)).toBe(0);
const w = (): Tensor => tensorOf([2], 'uint8', new Uint8Array([1, 2]));

describe('encodeSafetensors › writes what the reference implementation writes, byte for byte', () => {
  it('every dtype, any order in, metadata, names beyond ASCII', async () => {
    const tensors = await plainTensors();
    same(encodeSafetensors(tensors, { format: 'pt' }), plain);
    same(encodeSafetensors(new Map([...tensors].reverse()), { format: 'pt' }), plain);
    const record = Object.assign(
      Object.create(null) as Record<string, Tensor>,
      Object.fromEntries([...tensors].filter(([name]) => name !== '__proto__')),
    );
    record['__proto__'] = tensors.get('__proto__')!;
    same(encodeSafetensors(record, { format: 'pt' }), plain);
  });

  it('one tensor, no metadata', async () => {
    const tensors = await plainTensors();
    same(encodeSafetensors({ w: tensors.get('layer.2.float32')! }), await readFile(golden('bare.safetensors')));
  });

  it('no tensors', async () => {
    const bytes = encodeSafetensors({});
    expect(Buffer.from(bytes).toString('latin1')).toBe('\x08\0\0\0\0\0\0\0{}      ');
    expect(Object.keys(await loadSafetensors(bytes))).toEqual([]);
  });

  it('views and pending results are written row-major', async () => {
    const x = tensorOf([2, 3], 'int16', new Uint8Array(Int16Array.of(1, 2, 3, 4, 5, 6).buffer));
    const views = {
      reversed: x.at(lw.slice(null, null, -1)),
      row: x.at(1),
      spread: lw.broadcastTo(x.at(0), [2, 3]),
      sum: lw.add(x, x),
      transposed: x.transpose(),
    };
    const rows = [4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 1, 2, 3, 2, 4, 6, 8, 10, 12, 1, 4, 2, 5, 3, 6];
    const bytes = encodeSafetensors(views);
    const data = Buffer.from(Int16Array.from(rows).buffer);
    expect(Buffer.from(bytes).subarray(-data.length).toString('hex')).toBe(data.toString('hex'));
    const path = folder.path('views.safetensors');
    await saveSafetensors(path, views);
    same(await readFile(path), bytes);
  });

  it('a transposed tensor of several chunks is written row-major', async () => {
    const [rows, columns] = [3, 3 * 2 ** 20 + 1];
    const x = lw
      .arange(rows * columns, 'float32')
      .reshape([rows, columns])
      .transpose();
    const path = folder.path('wide.safetensors');
    await saveSafetensors(path, { x });
    const file = await readFile(path);
    const values = new Float32Array(file.buffer.slice(file.byteOffset + file.length - 4 * rows * columns));
    let wrong = 0;
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < rows; j++) if (values[i * rows + j] !== j * columns + i) wrong++;
    expect(wrong).toBe(0);
  });
});

describe('encodeSafetensors › the npm package safetensors reads it', () => {
  it('names, dtypes, shapes and bytes', async () => {
    // it reads no dtype, no metadata and no view with an offset, so it is given a whole buffer without metadata
    const tensors = await plainTensors();
    tensors.delete('__proto__');
    const file = new SafeTensor(encodeSafetensors(tensors).slice());
    const { tensors: expected } = await readJson<Golden>('reference.json');
    let compared = 0;
    for (const { name, shape, hex } of expected) {
      if (!tensors.has(name)) continue;
      expect(file.metadata.get(name)!.shape).toEqual(shape);
      expect([name, Buffer.from(file.getTensor(name)).toString('hex')]).toEqual([name, hex]);
      compared++;
    }
    expect(compared).toBe(tensors.size);
  });

  it('and fails on metadata and on views with an offset, as the decision record says', async () => {
    const bytes = encodeSafetensors({ w: w() }, { format: 'pt' });
    expect(() => new SafeTensor(bytes)).toThrow(TypeError);
    const bare = encodeSafetensors({ w: w() });
    expect([...new SafeTensor(bare).getTensor('w')]).toEqual([1, 2]);
    const shifted = new Uint8Array([9, 9, 9, ...bare]).subarray(3);
    expect(() => new SafeTensor(shifted).getTensor('w')).toThrow();
  });
});

describe('encodeSafetensors › refuses what the format cannot hold', () => {
  it.each([
    [
      'a tensor called __metadata__',
      () => encodeSafetensors({ __metadata__: w() }),
      FormatError,
      /must not be called "__metadata__"/,
    ],
    [
      'an unpaired surrogate in a name',
      () => encodeSafetensors({ 'a\ud800': w() }),
      FormatError,
      /names must be valid Unicode/,
    ],
    [
      'an unpaired surrogate in metadata',
      () => encodeSafetensors({}, { a: '\udc00' }),
      FormatError,
      /metadata must be valid Unicode, got "a"/,
    ],
    [
      'metadata that is no text',
      () => encodeSafetensors({}, { a: 1 as unknown as string }),
      FormatError,
      /metadata must be text, got number for "a"/,
    ],
    [
      'a value that is no tensor',
      () => encodeSafetensors({ w: [1] as unknown as Tensor }),
      DTypeError,
      /"w" must be a tensor, got object/,
    ],
    [
      'a header over the cap',
      () => encodeSafetensors({}, { a: 'x'.repeat(100_000_000) }),
      FormatError,
      /at most 100000000 bytes/,
    ],
  ])('%s', (_, run, type, message) => {
    let error: unknown = null;
    try {
      run();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
  });
});

describe('saveSafetensors › every kind of target', () => {
  const big = (): Tensor =>
    tensorOf(
      [9 * 2 ** 20],
      'uint8',
      Uint8Array.from({ length: 9 * 2 ** 20 }, (_, i) => i * 31 + (i >> 9)),
    );

  it('a path, a file URL, a handle and a stream get the same bytes, in several chunks', async () => {
    const tensors = new Map([...(await plainTensors()), ['big', big()] as const]);
    const expected = encodeSafetensors(tensors, { a: 'b' });
    const path = folder.path('a b%20#.safetensors');
    await saveSafetensors(path, tensors, { a: 'b' });
    same(await readFile(path), expected);

    const url = pathToFileURL(folder.path('by url.safetensors'));
    await saveSafetensors(url, tensors, { a: 'b' });
    same(await readFile(url), expected);

    await writeFile(path, new Uint8Array(expected.length + 1000).fill(255));
    const handle = await open(path, 'r+');
    await saveSafetensors(handle, tensors, { a: 'b' });
    await handle.close();
    same(await readFile(path), expected);

    const parts: Uint8Array[] = [];
    let closed = false;
    const stream = new WritableStream<Uint8Array>({
      write: (part) => void parts.push(part),
      close: () => void (closed = true),
    });
    await saveSafetensors(stream, tensors, { a: 'b' });
    same(Buffer.concat(parts), expected);
    expect(parts.length).toBe(2);
    expect(closed).toBe(true);
  });

  it('a stream that fails is aborted and its error passes through', async () => {
    let reason: unknown = null;
    const stream = new WritableStream<Uint8Array>({
      write: () => Promise.reject(new Error('disk full')),
      abort: (r) => void (reason = r),
    });
    await expect(saveSafetensors(stream, { w: w() })).rejects.toThrow('disk full');
    expect(stream.locked).toBe(false);
    expect(reason).toBe(null);
  });

  it('a failure leaves the old file and no draft', async () => {
    await mkdir(folder.path('atomic'));
    const path = folder.path('atomic/model.safetensors');
    await saveSafetensors(path, { w: w() });
    const before = await readFile(path);
    const broken = w();
    Object.defineProperty(broken, 'node', {
      get: () => {
        throw new Error('unreadable');
      },
    });
    await expect(saveSafetensors(path, { broken })).rejects.toThrow('unreadable');
    same(await readFile(path), before);
    expect(await readdir(folder.path('atomic'))).toEqual(['model.safetensors']);
  });

  it('a link is followed', async () => {
    await saveSafetensors(folder.path('real.safetensors'), {});
    await symlink(folder.path('real.safetensors'), folder.path('link.safetensors'));
    await saveSafetensors(folder.path('link.safetensors'), { w: w() });
    expect((await lstat(folder.path('link.safetensors'))).isSymbolicLink()).toBe(true);
    expect(hexOf((await loadSafetensors(folder.path('real.safetensors')))['w']!)).toBe('0102');
  });

  it('what is no target is refused', async () => {
    await expect(saveSafetensors(7 as unknown as Target, {})).rejects.toThrow(/a target must be a path/);
    await expect(saveSafetensors(new URL('https://x/y'), {})).rejects.toThrow(
      /a URL to write to must be file:, got https:/,
    );
    await expect(saveSafetensors(folder.path('none/x.safetensors'), {})).rejects.toThrow(/ENOENT/);
  });
});
