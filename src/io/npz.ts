// NumPy's archives of array files: tensors by name.
import { FormatError, LanewiseError } from '../tensor/errors.js';
import { Tensor } from '../tensor/tensor.js';
import { isWellFormed, quote } from './json.js';
import { checkTensor, npyChunks, NpyReader, npySize } from './npy.js';
import { recordOf } from './tensor-file.js';
import { writeTarget, type NamedTensors, type Target } from './safetensors-write.js';
import { chunkBytesOf, openSource, type Source, type SourceOptions } from './source.js';
import {
  archiveChunks,
  archiveSize,
  crc32,
  deflate,
  readDirectory,
  readMember,
  type NewMember,
  type ZipEntry,
} from './zip.js';

const SUFFIX = '.npy';

/** How archives are read. */
export interface NpzOptions extends SourceOptions {
  /** most bytes that all members together may have once they are inflated; 4 GiB if absent */
  readonly maxBytes?: number;
}
/** How archives are written. */
export interface NpzWriting {
  /** deflates the members, as NumPy's `savez_compressed`; they are then held in memory */
  readonly compress?: boolean;
}

/**
 * All tensors of an `.npz` archive by name (NumPy's `savez` and `savez_compressed`), in a record without a prototype. Members are stored or
 * deflated; those that are not `.npy` files are left out. A member that would inflate to more than the directory says, or all of them to
 * more than `maxBytes`, is refused.
 * @throws FormatError for an archive or a member that breaks its format, or whose checksum does not fit
 */
export async function loadNpz(source: Source, options: NpzOptions = {}): Promise<Record<string, Tensor>> {
  const { maxBytes = 2 ** 32 } = options;
  if (!(maxBytes >= 0)) throw new LanewiseError(`[npz] maxBytes must be at least 0, got ${String(maxBytes)}`);
  const chunk = chunkBytesOf(options);
  const opened = await openSource(source, options);
  const made = new Map<string, Tensor>();
  try {
    const entries = (await readDirectory(opened)).filter((e) => e.name.endsWith(SUFFIX));
    const total = entries.reduce((n, e) => n + e.size, 0);
    if (total > maxBytes) {
      throw new FormatError(`[npz] the members must have at most ${maxBytes} bytes, got ${total} in ${opened.name}`);
    }
    for (const entry of entries) made.set(entry.name.slice(0, -SUFFIX.length), await read(entry));
  } catch (error) {
    for (const tensor of made.values()) tensor.dispose();
    throw error;
  } finally {
    await opened.close();
  }
  return recordOf(made.keys(), made);

  async function read(entry: ZipEntry): Promise<Tensor> {
    const reader = new NpyReader(`${quote(entry.name)} in ${opened.name}`, entry.size);
    try {
      await readMember(opened, entry, chunk, (piece) => reader.push(piece));
      return reader.finish();
    } catch (error) {
      reader.abandon();
      throw error;
    }
  }
}

/** Names and tensors, checked. */
function checked(tensors: NamedTensors): [string, Tensor][] {
  const entries = tensors instanceof Map ? [...(tensors as ReadonlyMap<string, Tensor>)] : Object.entries(tensors);
  for (const [name, tensor] of entries) {
    if (typeof name !== 'string' || !isWellFormed(name) || name.includes('\0')) {
      throw new FormatError(`[npz] names must be valid Unicode without NUL, got ${quote(String(name))}`);
    }
    if (new TextEncoder().encode(name).length > 65535 - SUFFIX.length) {
      throw new FormatError(`[npz] names must have at most ${65535 - SUFFIX.length} bytes, got ${quote(name)}`);
    }
    checkTensor('npz', quote(name), tensor);
  }
  return entries;
}

/** The member of a tensor; deflated at once, or read from the tensor a second time when it is written. */
async function memberOf(name: string, given: Tensor, compress: boolean): Promise<NewMember> {
  // a handle of its own: what `set` does to the given one in the meantime does not count
  const tensor = new Tensor(given.node);
  let crc = 0;
  const size = npySize(tensor);
  const summed = function* (): Generator<Uint8Array> {
    for (const piece of npyChunks(tensor)) {
      crc = crc32(piece, crc);
      yield piece;
    }
  };
  if (!compress) {
    for (const _ of summed());
    return { name: name + SUFFIX, method: 'stored', crc, compressed: size, size, chunks: () => npyChunks(tensor) };
  }
  const bytes = await deflate(summed());
  return { name: name + SUFFIX, method: 'deflated', crc, compressed: bytes.length, size, chunks: () => [bytes] };
}

/**
 * Writes tensors by name as an `.npz` archive that NumPy and MLX read, to a path, a handle or a stream as `saveSafetensors` does. Equal
 * tensors give equal files.
 * @throws FormatError for a name the format cannot hold
 */
export async function saveNpz(target: Target, tensors: NamedTensors, options: NpzWriting = {}): Promise<void> {
  const members: NewMember[] = [];
  for (const [name, tensor] of checked(tensors)) {
    members.push(await memberOf(name, tensor, options.compress ?? false));
  }
  await writeTarget(target, archiveChunks(members), archiveSize(members));
}
/** The archive that `saveNpz` writes, in memory. */
export async function encodeNpz(tensors: NamedTensors, options: NpzWriting = {}): Promise<Uint8Array> {
  const members: NewMember[] = [];
  for (const [name, tensor] of checked(tensors)) {
    members.push(await memberOf(name, tensor, options.compress ?? false));
  }
  const file = new Uint8Array(archiveSize(members));
  let at = 0;
  for (const piece of archiveChunks(members)) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}
