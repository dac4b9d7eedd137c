import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openSafetensors, openSharded } from '../../src/io/index.js';
import { FormatError } from '../../src/tensor/errors.js';
import { golden, randomOf } from './support.js';

const ROUNDS = 3000;
const words = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '-',
  '0',
  '9',
  'e9',
  '99999999999999999',
  'null',
  '\0',
  '"a":',
  '\\ud800',
  ' ',
];

/** A copy with a few changes: bits, bytes, words of JSON, cuts, repeats, another length field. */
function damage(file: Uint8Array, header: number, random: () => number): Uint8Array {
  let bytes: Uint8Array = file.slice();
  const below = (n: number): number => Math.floor(random() * n);
  for (let i = 1 + below(3); i > 0; i--) {
    const at = below(Math.min(bytes.length, random() < 0.8 ? header : bytes.length));
    switch (below(7)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2:
        bytes = bytes.slice(0, below(bytes.length + 1));
        break;
      case 3: {
        const word = new TextEncoder().encode(words[below(words.length)]!);
        bytes.set(word.subarray(0, bytes.length - at), at);
        break;
      }
      case 4: {
        const from = below(bytes.length);
        bytes.copyWithin(at, from, from + below(64));
        break;
      }
      case 5:
        if (bytes.length >= 8) new DataView(bytes.buffer).setBigUint64(0, BigInt(below(2 * header)), true);
        break;
      default:
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(at, at + below(32)),
          ...bytes.subarray(at),
        ]);
    }
    if (bytes.length === 0) break;
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

describe('openSafetensors › damaged files are read or refused with a FormatError', () => {
  it.each(['mlx', 'reference'])('%s', async (writer) => {
    const file = new Uint8Array(await readFile(golden(`${writer}.safetensors`)));
    const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const count = { read: 0, refused: 0 };
    for (let seed = 0; seed < ROUNDS; seed++) {
      const bytes = damage(file, header, randomOf(seed));
      const run = async (): Promise<void> => {
        const opened = await openSafetensors(bytes, { chunkBytes: 4096 });
        for (const tensor of Object.values(await opened.tensors())) tensor.dispose();
      };
      count[await outcome(run, `${writer}, seed ${seed}`)]++;
    }
    expect(count.read).toBeGreaterThan(ROUNDS / 50);
    expect(count.refused).toBeGreaterThan(ROUNDS / 4);
  });

  it('every truncation is refused', async () => {
    const file = new Uint8Array(await readFile(golden('mlx.safetensors')));
    for (let length = 0; length < file.length; length++) {
      expect(await outcome(async () => void (await openSafetensors(file.subarray(0, length))), `${length}`)).toBe(
        'refused',
      );
    }
  });
});

describe('openSharded › a damaged index is read or refused with a FormatError', () => {
  it('index', async () => {
    const name = 'model.safetensors.index.json';
    const index = new Uint8Array(await readFile(golden(`sharded/${name}`)));
    const shards = await Promise.all(
      [1, 2, 3].map(async (i) => {
        const shard = `model-0000${i}-of-00003.safetensors`;
        return [shard, new Uint8Array(await readFile(golden(`sharded/${shard}`)))] as const;
      }),
    );
    const count = { read: 0, refused: 0 };
    for (let seed = 0; seed < ROUNDS; seed++) {
      const files = new Map([[name, damage(index, index.length, randomOf(seed))], ...shards]);
      count[await outcome(async () => void (await openSharded(files)), `seed ${seed}`)]++;
    }
    expect(count.refused).toBeGreaterThan(ROUNDS / 4);
    expect(count.read).toBeGreaterThan(0);
  });
});
