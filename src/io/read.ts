// Ranges of a file into tensors: in file order, through two staging buffers, so that the next chunk is on its way while one is copied.
import type { DType } from '../tensor/dtype.js';
import { allocateTensor } from '../tensor/storage-io.js';
import type { Tensor } from '../tensor/tensor.js';
import { readExactly, type ByteSource } from './source.js';

/** A tensor to be read, and where its bytes lie in the file. */
export interface Placed {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** first byte, counted from the start of the file */
  readonly begin: number;
  /** the byte after the last one */
  readonly end: number;
}
/** Puts `piece`, the bytes of the file from byte `at` of the tensor on, into the bytes of the tensor. */
export type Store<Info> = (info: Info, piece: Uint8Array, bytes: Uint8Array, at: number) => void;

/** Bytes between two tensors that cost less to read than a run of their own: padding. */
const GAP = 4096;
/** A run of tensors that lie side by side. */
interface Run<Info> {
  readonly begin: number;
  end: number;
  readonly infos: Info[];
}

function runsOf<Info extends Placed>(infos: readonly Info[]): Run<Info>[] {
  const sorted = [...infos].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const runs: Run<Info>[] = [];
  for (const info of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && info.begin - last.end <= GAP) {
      last.infos.push(info);
      last.end = info.end;
    } else {
      runs.push({ begin: info.begin, end: info.end, infos: [info] });
    }
  }
  return runs;
}

/**
 * Reads tensors of one file, each byte once. Beside the tensors two buffers of `chunkBytes` are held.
 * @returns the tensors by name; none is left behind if it throws
 */
export async function readTensors<Info extends Placed>(
  source: ByteSource,
  infos: readonly Info[],
  chunkBytes: number,
  store: Store<Info>,
): Promise<Map<string, Tensor>> {
  const made = new Map<string, Tensor>();
  try {
    for (const run of runsOf(infos)) await readRun(source, run, chunkBytes, store, made);
  } catch (error) {
    for (const tensor of made.values()) tensor.dispose();
    throw error;
  }
  return made;
}

async function readRun<Info extends Placed>(
  source: ByteSource,
  run: Run<Info>,
  chunkBytes: number,
  store: Store<Info>,
  made: Map<string, Tensor>,
): Promise<void> {
  const room = Math.min(chunkBytes, run.end - run.begin);
  const staging = [new Uint8Array(room), new Uint8Array(run.end - run.begin > room ? room : 0)] as const;
  const request = (at: number, turn: number): Promise<Uint8Array> =>
    readExactly(source, at, Math.min(at + room, run.end), staging[turn % 2 === 0 ? 0 : 1]);
  let pending: Promise<Uint8Array> | null = request(run.begin, 0);
  let first = 0;
  let target: ReturnType<typeof allocateTensor> | null = null;
  try {
    for (let at = run.begin, turn = 1; pending !== null; at += room, turn++) {
      const chunk: Uint8Array = await pending;
      pending = at + room < run.end ? request(at + room, turn) : null;
      const chunkEnd = at + chunk.length;
      for (; first < run.infos.length; first++, target = null) {
        const info = run.infos[first]!;
        if (info.begin > chunkEnd || (info.begin === chunkEnd && info.end > chunkEnd)) break;
        target ??= allocate(info, made);
        const from = Math.max(info.begin, at);
        const piece = chunk.subarray(from - at, Math.min(info.end, chunkEnd) - at);
        store(info, piece, target.bytes(), from - info.begin);
        if (info.end > chunkEnd) break;
      }
    }
  } finally {
    await pending?.catch(() => {});
  }
}

function allocate(info: Placed, made: Map<string, Tensor>): ReturnType<typeof allocateTensor> {
  const target = allocateTensor(info.shape, info.dtype);
  made.set(info.name, target.tensor);
  return target;
}
