// Ranges of a file into tensors: in file order, through two staging buffers, so that the next chunk is on its way while one is copied.
import { allocateTensor } from '../tensor/storage-io.js';
import type { Tensor } from '../tensor/tensor.js';
import { store } from './safetensors-dtype.js';
import type { TensorInfo } from './safetensors-header.js';
import { readExactly, type ByteSource } from './source.js';

/** A run of tensors that lie side by side. */
interface Run {
  readonly begin: number;
  end: number;
  readonly infos: TensorInfo[];
}

function runsOf(infos: readonly TensorInfo[]): Run[] {
  const sorted = [...infos].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const runs: Run[] = [];
  for (const info of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === info.begin) {
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
export async function readTensors(
  source: ByteSource,
  infos: readonly TensorInfo[],
  chunkBytes: number,
): Promise<Map<string, Tensor>> {
  const made = new Map<string, Tensor>();
  try {
    for (const run of runsOf(infos)) await readRun(source, run, chunkBytes, made);
  } catch (error) {
    for (const tensor of made.values()) tensor.dispose();
    throw error;
  }
  return made;
}

async function readRun(source: ByteSource, run: Run, chunkBytes: number, made: Map<string, Tensor>): Promise<void> {
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
        store(info.tag, info.dtype, piece, target.bytes(), from - info.begin);
        if (info.end > chunkEnd) break;
      }
    }
  } finally {
    await pending?.catch(() => {});
  }
}

function allocate(info: TensorInfo, made: Map<string, Tensor>): ReturnType<typeof allocateTensor> {
  const target = allocateTensor(info.shape, info.dtype);
  made.set(info.name, target.tensor);
  return target;
}
