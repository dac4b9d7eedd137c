import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { encodeNpy, encodeNpz, loadNpy, loadNpz } from '../../src/io/index.js';
import { FormatError } from '../../src/tensor/errors.js';
import { randomOf } from './support.js';

const words = [
  "'",
  '(',
  ')',
  '{',
  '}',
  ',',
  ':',
  '99999999999',
  'True',
  "'<f8'",
  "'>c8'",
  "'shape'",
  ' ',
  '\n',
  '-1',
  'L',
];
const fields = [0, 1, 2, 8, 20, 45, 0xff, 0xffff, 0x4034b50, 0x2014b50, 0x6054b50, 0xffffffff];

/** A copy with a few changes: bits, bytes, words of headers, fields of archives, cuts, repeats. */
function damage(file: Uint8Array, random: () => number, hot: (size: number) => number): Uint8Array {
  let bytes: Uint8Array = file.slice();
  const below = (n: number): number => Math.floor(random() * n);
  for (let i = 1 + below(3); i > 0 && bytes.length > 0; i--) {
    const at = Math.min(bytes.length - 1, random() < 0.8 ? hot(bytes.length) : below(bytes.length));
    switch (below(7)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2:
        bytes = random() < 0.3 ? bytes.slice(0, below(bytes.length + 1)) : bytes;
        break;
      case 3: {
        const word = new TextEncoder().encode(words[below(words.length)]!);
        bytes.set(word.subarray(0, bytes.length - at), at);
        break;
      }
      case 4:
        bytes.copyWithin(at, below(bytes.length), below(bytes.length) + below(64));
        break;
      case 5:
        if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, fields[below(fields.length)]!, true);
        break;
      default:
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(at, at + below(32)),
          ...bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}
/** 'read' or 'refused'; anything else is thrown on. */
async function outcome(run: () => Promise<void>, note: string): Promise<'read' | 'refused'> {
  try {
    await run();
    return 'read';
  } catch (error) {
    if (error instanceof FormatError) return 'refused';
    throw new Error(`${note}: ${String(error)}`, { cause: error });
  }
}
const npy = async (bytes: Uint8Array): Promise<void> => (await loadNpy(bytes, { chunkBytes: 4096 })).dispose();
const npz = async (bytes: Uint8Array): Promise<void> => {
  for (const t of Object.values(await loadNpz(bytes, { chunkBytes: 4096, maxBytes: 2 ** 20 }))) t.dispose();
};
const tensors = (): Record<string, lw.Tensor> => ({
  a: lw.arange(60, 'int16').reshape([3, 4, 5]),
  b: lw.zeros([50]),
  c: lw.array([true, false]),
});

describe('loadNpy › damaged files are read or refused with a FormatError', () => {
  it('headers', async () => {
    const file = encodeNpy(lw.arange(60, 'int16').reshape([3, 4, 5]));
    const count = { read: 0, refused: 0 };
    for (let seed = 0; seed < 3000; seed++) {
      const random = randomOf(seed);
      const bytes = damage(file, random, () => Math.floor(random() * 80));
      count[await outcome(() => npy(bytes), `seed ${seed}`)]++;
    }
    expect(count.read).toBeGreaterThan(100);
    expect(count.refused).toBeGreaterThan(1000);
  });
  it('every truncation is refused', async () => {
    const file = encodeNpy(lw.arange(60, 'int16'));
    for (let n = 0; n < file.length; n++) expect(await outcome(() => npy(file.subarray(0, n)), `${n}`)).toBe('refused');
  });
});

describe('loadNpz › damaged archives are read or refused with a FormatError', () => {
  it.each([false, true])('compressed: %s', async (compress) => {
    const file = await encodeNpz(tensors(), { compress });
    const from = file.length - 220; // the directory and its end
    const count = { read: 0, refused: 0 };
    for (let seed = 0; seed < 1500; seed++) {
      const random = randomOf(seed);
      const bytes = damage(file, random, (n) => (random() < 0.7 ? from : 0) + Math.floor(random() * Math.min(220, n)));
      count[await outcome(() => npz(bytes), `seed ${seed}`)]++;
    }
    expect(count.read).toBeGreaterThan(20);
    expect(count.refused).toBeGreaterThan(500);
  });
  it('every truncation is refused', async () => {
    const file = await encodeNpz(tensors(), { compress: true });
    for (let n = 0; n < file.length; n++) expect(await outcome(() => npz(file.subarray(0, n)), `${n}`)).toBe('refused');
  });
  it('every flipped bit of the data is found', async () => {
    for (const compress of [false, true]) {
      const file = await encodeNpz({ a: tensors()['a']! }, { compress });
      for (let at = 35; at < file.length - 80; at++) {
        const bytes = file.slice();
        bytes[at] = bytes[at]! ^ (1 << (at % 8));
        expect(`${at} ${await outcome(() => npz(bytes), `${at}`)}`).toBe(`${at} refused`);
      }
    }
  });
  it('no memory is kept by what was refused', async () => {
    const file = await encodeNpz(tensors(), { compress: true });
    file[file.length - 100] = file[file.length - 100]! ^ 1;
    const before = lw.memory.active();
    for (let i = 0; i < 20; i++) await outcome(() => npz(file), 'damaged');
    expect(lw.memory.active()).toBe(before);
  });
});
