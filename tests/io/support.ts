// What the io tests share: golden files, tensors from bytes, small hostile files.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { DType } from '../../src/tensor/dtype.js';
import { allocateTensor, withBytes } from '../../src/tensor/storage-io.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const folder = fileURLToPath(new URL('../goldens/io/', import.meta.url));
/** Path of a golden file. */
export const golden = (name: string): string => join(folder, name);

export interface GoldenTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly hex: string;
}
export interface Golden {
  readonly metadata: Record<string, string>;
  readonly tensors: readonly GoldenTensor[];
}
/** What a golden JSON file says. */
export const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(golden(name), 'utf8')) as T;

/** A tensor of these bytes. */
export function tensorOf(shape: readonly number[], dtype: DType, bytes: Uint8Array): Tensor {
  const { tensor, bytes: view } = allocateTensor(shape, dtype);
  view().set(bytes);
  return tensor;
}
/** The bytes of a tensor in hex. */
export const hexOf = (tensor: Tensor): string => withBytes(tensor, (bytes) => Buffer.from(bytes).toString('hex'));

/** Bytes of a file with this header and data. */
export function fileOf(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): { path(name: string): string; root: Promise<string> } {
  let made = '';
  const root = mkdtemp(join(tmpdir(), 'lanewise-io-')).then((path) => (made = path));
  afterAll(async () => rm(await root, { recursive: true, force: true }));
  return { root, path: (name) => join(made, name) };
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
