import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, type Tensor } from 'lanewise';
import { afterAll, expect, it } from 'vitest';
import {
  checkpointNames,
  MemoryStore,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../src/checkpoint.js';
import { crc32c } from '../src/crc32c.js';
import { CheckpointError } from '../src/errors.js';
import { folderStore } from '../src/node/folder-store.js';

const root = mkdtempSync(join(tmpdir(), 'lanewise-train-checkpoint-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => join(root, `f${folders++}`);
const example = (step: number): Checkpoint => ({
  model: { 'layers.0.weight': array([1, 2, step]), bias: array([0.5], 'bfloat16') },
  optimizer: { step: array(BigInt(step), 'uint64'), 'bias.m': array([3]) },
  state: { step, seed: 42, text: 'ü' },
});
const plain = (tensors: Readonly<Record<string, Tensor>>): unknown =>
  Object.fromEntries(Object.entries(tensors).map(([k, t]) => [k, [t.dtype, t.tolist()]]));

it('crc32c › the check value and the vectors of RFC 3720', () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  expect(crc32c(text('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(text('6789'), crc32c(text('12345')))).toBe(0xe3069283);
});

it.each([
  ['a folder', () => folderStore(fresh())],
  ['memory', () => new MemoryStore()],
])('checkpoint › comes back from %s bit for bit', async (_, make) => {
  const store = make();
  expect(await store.names()).toEqual([]);
  expect(await newestCheckpoint(store, () => {})).toBeNull();
  await writeCheckpoint(store, 'step-00000007', example(7));
  await writeCheckpoint(store, 'step-00000012', example(12));
  const read = await readCheckpoint(store, 'step-00000007');
  expect(plain(read.model)).toEqual(plain(example(7).model));
  expect(plain(read.optimizer)).toEqual(plain(example(7).optimizer));
  expect(read.state).toEqual(example(7).state);
  expect((await newestCheckpoint(store, () => {}))?.name).toBe('step-00000012');
  await writeCheckpoint(store, 'step-00000012', example(13));
  expect((await readCheckpoint<{ step: number }>(store, 'step-00000012')).state.step).toBe(13);
});
it('checkpoint › a folder holds four files and nothing else; no draft is left', async () => {
  const folder = fresh();
  await writeCheckpoint(folderStore(folder), 'step-00000001', example(1));
  expect(readdirSync(folder)).toEqual(['step-00000001']);
  expect(readdirSync(join(folder, 'step-00000001')).sort()).toEqual([
    'checksums.txt',
    'model.safetensors',
    'optimizer.safetensors',
    'state.json',
  ]);
});
it('checkpoint › drafts of a process that ended are never read, and swept by the next write', async () => {
  const folder = fresh();
  mkdirSync(join(folder, '.step-00000009.0123abcd.tmp'), { recursive: true });
  mkdirSync(join(folder, 'notes'));
  const store = folderStore(folder);
  expect(await checkpointNames(store)).toEqual([]);
  await writeCheckpoint(store, 'step-00000001', example(1));
  expect(readdirSync(folder).sort()).toEqual(['notes', 'step-00000001']);
});
it('checkpoint › a failing write leaves nothing', async () => {
  const folder = fresh();
  const state = {
    toJSON: () => {
      throw new Error('no text');
    },
  };
  await expect(writeCheckpoint(folderStore(folder), 'step-00000001', { ...example(1), state })).rejects.toThrow(
    'no text',
  );
  expect(readdirSync(folder)).toEqual([]);
});

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  writeFileSync(path, bytes);
};
const damages: [string, (folder: string) => void][] = (
  ['model.safetensors', 'optimizer.safetensors', 'state.json', 'checksums.txt'] as const
).flatMap((file): [string, (folder: string) => void][] => [
  [`${file} is missing`, (f) => rmSync(join(f, file))],
  [`${file} is cut`, (f) => truncateSync(join(f, file), statSync(join(f, file)).size - 1)],
  [`${file} is empty`, (f) => truncateSync(join(f, file), 0)],
  [`${file} is longer`, (f) => writeFileSync(join(f, file), '\0', { flag: 'a' })],
  [`the first byte of ${file} is another`, (f) => flip(join(f, file), 0)],
  [`the last byte of ${file} is another`, (f) => flip(join(f, file), statSync(join(f, file)).size - 1)],
]);
it.each(damages)('checkpoint › the one before is used when %s', async (_, damage) => {
  const folder = fresh();
  const store = folderStore(folder);
  for (const step of [1, 2]) await writeCheckpoint(store, `step-0000000${step}`, example(step));
  damage(join(folder, 'step-00000002'));
  const warnings: string[] = [];
  const found = await newestCheckpoint<{ step: number }>(store, (w) => warnings.push(w));
  expect(found!.checkpoint.state.step).toBe(1);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^\[checkpoint\] step-00000002 is damaged: .*; trying the one before it$/);
});
it('checkpoint › every single byte counts', async () => {
  const store = new MemoryStore();
  await writeCheckpoint(store, 'step-00000001', example(1));
  const folder = store.folders.get('step-00000001')!;
  for (const [file, bytes] of folder) {
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 1 << (i % 8);
      folder.set(file, damaged);
      await expect(readCheckpoint(store, 'step-00000001'), `${file} byte ${i}`).rejects.toThrow(CheckpointError);
    }
    folder.set(file, bytes);
  }
  await readCheckpoint(store, 'step-00000001');
});
it('checkpoint › all damaged is an error, not a new run', async () => {
  const folder = fresh();
  const store = folderStore(folder);
  await writeCheckpoint(store, 'step-00000003', example(3));
  rmSync(join(folder, 'step-00000003', 'state.json'));
  await expect(newestCheckpoint(store, () => {})).rejects.toThrow(
    '[checkpoint] one of 1 checkpoints must be whole, got step-00000003, all damaged',
  );
});
it('checkpoint › the newest ones and the best one stay', async () => {
  const store = folderStore(fresh());
  for (const step of [1, 2, 3, 4, 5]) await writeCheckpoint(store, `step-0000000${step}`, example(step));
  await pruneCheckpoints(store, 2, 2);
  expect(await checkpointNames(store)).toEqual(['step-00000002', 'step-00000004', 'step-00000005']);
  await pruneCheckpoints(store, 2, null);
  expect(await checkpointNames(store)).toEqual(['step-00000004', 'step-00000005']);
});
