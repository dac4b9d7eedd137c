// A checkpoint is one folder: model.safetensors, optimizer.safetensors, state.json, and checksums.txt, which speaks for the others.
import { io, type Tensor } from 'lanewise';
import { crc32c } from './crc32c.js';
import { CheckpointError } from './errors.js';

/** What a file of a checkpoint holds: text, or tensors by name. */
export type Content = string | Readonly<Record<string, Tensor>>;
/** A folder that is being written. */
export interface Draft {
  put(file: string, content: Content): Promise<void>;
  /** a file that was put, to be read again */
  source(file: string): io.Source;
  /** Makes the folder be there, whole, under its name; replaces one that was. */
  commit(): Promise<void>;
  /** Takes away what was written. */
  discard(): Promise<void>;
}
/** Where checkpoints lie: a folder (`folderStore` of `@lanewise/train/node`), memory, or a place of one's own. */
export interface CheckpointStore {
  /** names of the checkpoints, in any order */
  names(): Promise<string[]>;
  begin(name: string): Promise<Draft>;
  source(name: string, file: string): io.Source;
  remove(name: string): Promise<void>;
}
/** Tensors by the names of their parameters, and what else a run needs to go on. */
export interface Checkpoint<S = unknown> {
  readonly model: Readonly<Record<string, Tensor>>;
  readonly optimizer: Readonly<Record<string, Tensor>>;
  /** plain JSON */
  readonly state: S;
}

const SUMS = 'checksums.txt';
const FILES = ['model.safetensors', 'optimizer.safetensors', 'state.json'] as const;
const NAME = /^step-(\d{8,})$/;

/** The name of the checkpoint after a step: 'step-00000500'. */
export const checkpointName = (step: number): string => `step-${String(step).padStart(8, '0')}`;
/** The step in a name; null if the name is not one of a checkpoint. */
export function checkpointStep(name: string): number | null {
  const match = NAME.exec(name);
  return match === null ? null : Number(match[1]);
}
/** Names of the checkpoints of a store, oldest first. */
export async function checkpointNames(store: CheckpointStore): Promise<string[]> {
  const names = (await store.names()).filter((name) => checkpointStep(name) !== null);
  return names.sort((a, b) => checkpointStep(a)! - checkpointStep(b)!);
}

const CHUNK = 2 ** 20;
/** `size crc32c` of a file, as in its line of the checksums. */
async function sumOf(source: io.Source): Promise<string> {
  const file = await io.openSource(source);
  try {
    let crc = 0;
    for (let at = 0; at < file.size; at += CHUNK) {
      crc = crc32c(await file.read(at, Math.min(at + CHUNK, file.size)), crc);
    }
    return `${file.size} ${crc.toString(16).padStart(8, '0')}`;
  } finally {
    await file.close();
  }
}
async function textOf(source: io.Source): Promise<string> {
  const file = await io.openSource(source);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
}

/** Writes a checkpoint; it is in the store whole or not at all, whenever the process ends. */
export async function writeCheckpoint(store: CheckpointStore, name: string, checkpoint: Checkpoint): Promise<void> {
  const draft = await store.begin(name);
  try {
    const contents: Content[] = [checkpoint.model, checkpoint.optimizer, JSON.stringify(checkpoint.state)];
    let sums = '';
    for (const [i, file] of FILES.entries()) {
      await draft.put(file, contents[i]!);
      sums += `${await sumOf(draft.source(file))} ${file}\n`;
    }
    await draft.put(SUMS, sums);
    await draft.commit();
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

/**
 * Reads a checkpoint after every byte of it was checked.
 * @throws CheckpointError that says which file is damaged
 */
export async function readCheckpoint<S = unknown>(store: CheckpointStore, name: string): Promise<Checkpoint<S>> {
  const damaged = (what: string, cause?: unknown): CheckpointError =>
    new CheckpointError(`[checkpoint] ${name} is damaged: ${what}`, { cause });
  let sums: string;
  try {
    sums = await textOf(store.source(name, SUMS));
  } catch (error) {
    throw damaged(`${SUMS} cannot be read`, error);
  }
  const lines = sums.split('\n');
  if (lines.length !== FILES.length + 1 || lines.pop() !== '')
    throw damaged(`${SUMS} must have a line for each of ${FILES.join(', ')}`);
  for (const [i, file] of FILES.entries()) {
    const line = lines[i]!;
    let sum: string;
    try {
      sum = await sumOf(store.source(name, file));
    } catch (error) {
      throw damaged(`${file} cannot be read`, error);
    }
    if (line !== `${sum} ${file}`) throw damaged(`${file} must have the size and checksum '${line}', got '${sum}'`);
  }
  return {
    model: await io.loadSafetensors(store.source(name, FILES[0])),
    optimizer: await io.loadSafetensors(store.source(name, FILES[1])),
    state: JSON.parse(await textOf(store.source(name, FILES[2]))) as S,
  };
}

/**
 * The newest checkpoint that is whole, or null where there is none at all. Damaged ones are left out, each with a call of `warn`.
 * @throws CheckpointError if there are checkpoints and every one is damaged
 */
export async function newestCheckpoint<S = unknown>(
  store: CheckpointStore,
  warn: (message: string) => void,
): Promise<{ readonly name: string; readonly checkpoint: Checkpoint<S> } | null> {
  const names = await checkpointNames(store);
  for (const name of [...names].reverse()) {
    try {
      return { name, checkpoint: await readCheckpoint<S>(store, name) };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      warn(`${error.message}; trying the one before it`);
    }
  }
  if (names.length === 0) return null;
  throw new CheckpointError(
    `[checkpoint] one of ${names.length} checkpoints must be whole, got ${names.join(', ')}, all damaged`,
  );
}

/** Removes all checkpoints but the newest `keep` and the one of step `best`. */
export async function pruneCheckpoints(store: CheckpointStore, keep: number, best: number | null): Promise<void> {
  const names = await checkpointNames(store);
  for (const name of names.slice(0, Math.max(0, names.length - keep))) {
    if (checkpointStep(name) !== best) await store.remove(name);
  }
}

/** Checkpoints in memory: for pages, which lose them with the page, and for tests. */
export class MemoryStore implements CheckpointStore {
  /** bytes by name and file */
  readonly folders = new Map<string, Map<string, Uint8Array>>();

  async names(): Promise<string[]> {
    return [...this.folders.keys()];
  }
  async begin(name: string): Promise<Draft> {
    const files = new Map<string, Uint8Array>();
    return {
      put: async (file, content) =>
        void files.set(
          file,
          typeof content === 'string' ? new TextEncoder().encode(content) : io.encodeSafetensors(content),
        ),
      source: (file) => files.get(file)!,
      commit: async () => void this.folders.set(name, files),
      discard: async () => {},
    };
  }
  source(name: string, file: string): io.Source {
    const bytes = this.folders.get(name)?.get(file);
    if (bytes === undefined) throw new CheckpointError(`[checkpoint] ${name} must hold ${file}, got none`);
    return bytes;
  }
  async remove(name: string): Promise<void> {
    this.folders.delete(name);
  }
}
