import { expect, it } from 'vitest';
import { archiveChunks, archiveSize, crc32, readDirectory, readMember, type NewMember } from '../../src/io/zip.js';
import type { ByteSource } from '../../src/io/source.js';

it('crc32 › the check value of the standard, whole and in parts', () => {
  const text = new TextEncoder().encode('123456789');
  expect(crc32(text)).toBe(0xcbf43926);
  for (let cut = 0; cut <= 9; cut++) expect(crc32(text.subarray(cut), crc32(text.subarray(0, cut)))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

/** An archive whose members say that they are huge, with holes where their bytes would be. */
function sparse(sizes: readonly number[]): {
  source: ByteSource;
  members: NewMember[];
  pieces: [number, Uint8Array][];
} {
  const members = sizes.map((size, i): NewMember => ({
    name: `m${i}.npy`,
    method: 'stored',
    crc: i,
    compressed: size,
    size,
    chunks: () => [],
  }));
  const pieces: [number, Uint8Array][] = [];
  let at = 0;
  let member = 0;
  for (const chunk of archiveChunks(members)) {
    pieces.push([at, chunk]);
    at += chunk.length + (member < sizes.length ? sizes[member++]! : 0);
  }
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    const out = new Uint8Array(end - begin);
    for (const [from, piece] of pieces) {
      const lo = Math.max(begin, from);
      const hi = Math.min(end, from + piece.length);
      if (lo < hi) out.set(piece.subarray(lo - from, hi - from), lo - begin);
    }
    return out;
  };
  return { source: { size: at, name: 'sparse', read, close: async () => {} }, members, pieces };
}

it('zip64 › sizes, offsets and counts beyond 32 and 16 bits', async () => {
  for (const sizes of [[5e9, 10, 7e9], [2 ** 32 - 1, 0], [2 ** 32 - 2, 1], Array<number>(70_000).fill(0)]) {
    const { source, members, pieces } = sparse(sizes);
    expect(source.size).toBe(archiveSize(members));
    const entries = await readDirectory(source);
    expect(entries.map((e) => e.size)).toEqual(sizes);
    expect(entries.map((e) => e.offset)).toEqual(pieces.slice(0, sizes.length).map(([from]) => from));
    expect(entries.at(-1)!.crc).toBe(sizes.length - 1);
  }
});
it('readMember › what a source throws passes through', async () => {
  const { source } = sparse([100]);
  const [entry] = await readDirectory(source);
  const broken: ByteSource = {
    ...source,
    read: (b, e) => (e - b === 30 ? source.read(b, e) : Promise.reject(new RangeError('disk'))),
  };
  for (const method of ['stored', 'deflated'] as const) {
    await expect(readMember(broken, { ...entry!, method }, 4096, () => {})).rejects.toThrow(RangeError);
  }
});
