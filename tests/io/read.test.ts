import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSafetensors, loadSafetensorsWithMetadata, openSafetensors, openSource } from '../../src/io/index.js';
import type { ByteSource, Source } from '../../src/io/index.js';
import { FormatError, LanewiseError } from '../../src/tensor/errors.js';
import { fileOf, golden, hexOf, readJson, temporaryFolder, type Golden } from './support.js';

const folder = temporaryFolder();
await folder.root;
/** dtype of the tensor for the dtype of the package that wrote it */
const readAs = (dtype: string): string => (dtype.startsWith('float8') ? 'float16' : dtype);

describe('loadSafetensors › reads what others write, byte for byte', () => {
  it.each(['mlx', 'reference'])('%s', async (writer) => {
    const expected = await readJson<Golden>(`${writer}.json`);
    const { tensors, metadata } = await loadSafetensorsWithMetadata(golden(`${writer}.safetensors`), { f8: 'uint8' });
    expect({ ...metadata }).toEqual(expected.metadata);
    expect(Object.keys(tensors).sort()).toEqual(expected.tensors.map((t) => t.name).sort());
    for (const { name, dtype, shape, hex } of expected.tensors) {
      const tensor = tensors[name]!;
      expect([name, tensor.dtype, tensor.shape]).toEqual([name, dtype.startsWith('float8') ? 'uint8' : dtype, shape]);
      expect([name, hexOf(tensor)]).toEqual([name, hex]);
    }
  });

  it('8-bit floats widen to the float16 of the same value, for every code', async () => {
    const table = await readJson<Record<'F8_E4M3' | 'F8_E5M2', (number | null)[]>>('f8.json');
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const tag of ['F8_E4M3', 'F8_E5M2'] as const) {
      const file = fileOf(`{"x":{"dtype":"${tag}","shape":[256],"data_offsets":[0,256]}}`, codes);
      const { x } = await loadSafetensors(file);
      expect(x!.dtype).toBe('float16');
      const bytes = Buffer.from(hexOf(x!), 'hex');
      for (let code = 0; code < 256; code++) {
        const bits = bytes.readUInt16LE(2 * code);
        const isNaN = (bits & 0x7fff) > 0x7c00;
        expect([tag, code, isNaN ? null : bits]).toEqual([tag, code, table[tag][code]]);
      }
    }
  });

  it('8-bit floats of the reference file have the dtype float16', async () => {
    const { tensors } = await readJson<Golden>('reference.json');
    const file = await openSafetensors(golden('reference.safetensors'));
    for (const { name, dtype } of tensors) expect(file.info(name).dtype).toBe(readAs(dtype));
    await file.close();
  });

  it('a bool that is neither 0 nor 1 is true', async () => {
    const file = fileOf('{"b":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}', new Uint8Array([0, 1, 2, 255]));
    expect(hexOf((await loadSafetensors(file))['b']!)).toBe('00010101');
  });
});

/** A file of tensors that begin and end anywhere: odd sizes, empty ones between, unaligned. */
function scattered(): { file: Uint8Array; expected: Map<string, string> } {
  const sizes = [3, 0, 4093, 4096, 1, 0, 9000, 4095, 12_289, 0];
  const parts: string[] = [];
  const expected = new Map<string, string>();
  const data = new Uint8Array(sizes.reduce((a, b) => a + b));
  for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) >>> 13;
  let at = 0;
  sizes.forEach((size, i) => {
    parts.push(`"t${i}":{"dtype":"U8","shape":[${size}],"data_offsets":[${at},${at + size}]}`);
    expected.set(`t${i}`, Buffer.from(data.subarray(at, at + size)).toString('hex'));
    at += size;
  });
  return { file: fileOf(`{${parts.reverse().join(',')}}`, data), expected };
}

describe('openSafetensors › every kind of source', () => {
  const { file, expected } = scattered();
  const path = folder.path('scattered.safetensors');
  const kinds: readonly [string, () => Promise<Source>][] = [
    ['path', async () => path],
    ['file URL', async () => pathToFileURL(path)],
    ['file URL as text', async () => pathToFileURL(path).href],
    ['data URL', async () => `data:application/octet-stream;base64,${Buffer.from(file).toString('base64')}`],
    ['Uint8Array', async () => file],
    ['Uint8Array at an offset', async () => new Uint8Array([1, 2, 3, ...file]).subarray(3)],
    ['ArrayBuffer', async () => file.slice().buffer],
    ['Blob', async () => new Blob([file.slice()])],
    ['ByteSource', async () => openSource(file)],
  ];
  it.each(kinds)('%s', async (_, make) => {
    await writeFile(path, file);
    for (const chunkBytes of [4096, 5000, 1 << 20]) {
      const tensors = await loadSafetensors(await make(), { chunkBytes });
      for (const [name, hex] of expected) expect([name, hexOf(tensors[name]!)]).toEqual([name, hex]);
    }
  });

  it('an open file handle, which stays open', async () => {
    await writeFile(path, file);
    const handle = await open(path);
    const tensors = await loadSafetensors(handle);
    for (const [name, hex] of expected) expect(hexOf(tensors[name]!)).toBe(hex);
    expect((await handle.stat()).size).toBe(file.length);
    await handle.close();
  });

  it('an 8-bit float wider than a chunk', async () => {
    const codes = Uint8Array.from({ length: 10_001 }, (_, i) => i % 120);
    const bytes = fileOf(`{"x":{"dtype":"F8_E5M2","shape":[10001],"data_offsets":[0,10001]}}`, codes);
    const { x } = await loadSafetensors(bytes, { chunkBytes: 4096 });
    const expectedBytes = Buffer.from(Uint16Array.from(codes, (c) => c << 8).buffer).toString('hex');
    expect(hexOf(x!)).toBe(expectedBytes);
  });

  it('what is no source is refused', async () => {
    await expect(openSafetensors(7 as unknown as Source)).rejects.toThrow(/\[open\] a source must be .* got number/);
    await expect(openSafetensors('ftp.safetensors')).rejects.toThrow(
      /the file must exist, got none at ftp.safetensors/,
    );
    await expect(openSafetensors(new URL('ftp://x/y'))).rejects.toThrow(/a URL must be file:, .* got ftp:/);
    await expect(openSafetensors(await folder.root)).rejects.toThrow(/only regular files have ranges/);
    await expect(openSafetensors(file, { chunkBytes: 1 })).rejects.toThrow(/chunkBytes must be an integer from 4096/);
  });
});

/** A source that notes what is asked of it. */
function noting(bytes: Uint8Array): { source: ByteSource; ranges: [number, number][] } {
  const ranges: [number, number][] = [];
  const source: ByteSource = {
    size: bytes.length,
    name: 'noting',
    read: async (begin, end) => {
      ranges.push([begin, end]);
      return bytes.subarray(begin, end);
    },
    close: async () => {},
  };
  return { source, ranges };
}

describe('SafetensorsFile › reads no more than it must', () => {
  it('tensor reads its own range', async () => {
    const { file, expected } = scattered();
    const { source, ranges } = noting(file);
    const opened = await openSafetensors(source);
    const { begin, end } = opened.info('t6');
    expect(ranges).toEqual([
      [0, 8],
      [8, opened.info('t0').begin],
    ]);
    ranges.length = 0;
    const t6 = await opened.tensor('t6');
    expect(ranges).toEqual([[begin, end]]);
    expect(hexOf(t6)).toBe(expected.get('t6'));
  });

  it('tensors reads every byte once, in chunks, in order', async () => {
    const { file } = scattered();
    const { source, ranges } = noting(file);
    const opened = await openSafetensors(source, { chunkBytes: 4096 });
    const start = opened.info('t0').begin;
    ranges.length = 0;
    await opened.tensors();
    let at = start;
    for (const [begin, end] of ranges) {
      expect(begin).toBe(at);
      expect(end - begin).toBeLessThanOrEqual(4096);
      at = end;
    }
    expect(at).toBe(file.length);
  });

  it('tensors reads those named, in the order named', async () => {
    const { file, expected } = scattered();
    const opened = await openSafetensors(file);
    const some = await opened.tensors(['t8', 't2', 't8']);
    expect(Object.keys(some)).toEqual(['t8', 't2']);
    expect(hexOf(some['t2']!)).toBe(expected.get('t2'));
    await expect(opened.tensors(['t8', 'none'])).rejects.toThrow(/a name that is not one: "none"/);
  });

  it('a closed file refuses', async () => {
    const opened = await openSafetensors(scattered().file);
    await opened.close();
    await opened.close();
    await expect(opened.tensor('t0')).rejects.toThrow(LanewiseError);
  });

  it('a file that shrinks after it was opened gives a FormatError', async () => {
    const path = folder.path('shrinking.safetensors');
    const { file } = scattered();
    await writeFile(path, file);
    const opened = await openSafetensors(path);
    await truncate(path, file.length - 10_000);
    await expect(opened.tensor('t8')).rejects.toThrow(FormatError);
    await expect(opened.tensors()).rejects.toThrow(/must keep its \d+ bytes/);
    await opened.close();
  });

  it('parallel reads do not disturb each other', async () => {
    const { file, expected } = scattered();
    const path = folder.path('parallel.safetensors');
    await writeFile(path, file);
    const opened = await openSafetensors(path, { chunkBytes: 4096 });
    const names = [...expected.keys(), ...expected.keys()];
    const read = await Promise.all(names.map((name) => opened.tensor(name)));
    read.forEach((tensor, i) => expect(hexOf(tensor)).toBe(expected.get(names[i]!)));
    await opened.close();
  });
});

describe('openSafetensors › files of more than 2 GiB', () => {
  it('one tensor past 3 GiB is read by its range', async () => {
    const path = folder.path('sparse.safetensors');
    const gap = 3 * 2 ** 30 + 5;
    const header = `{"gap":{"dtype":"U8","shape":[${gap}],"data_offsets":[0,${gap}]},"w":{"dtype":"F32","shape":[3],"data_offsets":[${gap},${gap + 12}]}}`;
    const head = fileOf(header);
    await writeFile(path, head);
    await truncate(path, head.length + gap + 12);
    const handle = await open(path, 'r+');
    await handle.write(new Uint8Array(new Float32Array([1.5, -2, 3.25]).buffer), 0, 12, head.length + gap);
    await handle.close();
    await expect(readFile(path)).rejects.toThrow();
    const before = process.memoryUsage().rss;
    const opened = await openSafetensors(path);
    const w = await opened.tensor('w');
    expect(w.tolist()).toEqual([1.5, -2, 3.25]);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    await opened.close();
  });

  it('two chunks are held beside the tensors', async () => {
    const path = folder.path('wide.safetensors');
    const size = 2 ** 26;
    const entry = (i: number): string =>
      `"t${i}":{"dtype":"U8","shape":[${size}],"data_offsets":[${i * size},${(i + 1) * size}]}`;
    const head = fileOf(`{${[0, 1, 2, 3].map(entry).join(',')}}`);
    await writeFile(path, head);
    await truncate(path, head.length + 4 * size);
    const inner = await openSource(path);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const source: ByteSource = {
      ...inner,
      read: (begin, end, staging) => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        return inner.read(begin, end, staging);
      },
    };
    const tensors = await loadSafetensors(source);
    expect(Object.values(tensors).map((t) => t.nbytes)).toEqual([size, size, size, size]);
    expect(most).toBeGreaterThan(2 ** 24 - 1);
    expect(most).toBeLessThan(2 ** 24 + 2 ** 22);
    for (const tensor of Object.values(tensors)) tensor.dispose();
    await inner.close();
  });
});
