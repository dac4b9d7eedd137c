// Reading GGUF: the head at once, tensors when asked for.
import { FormatError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { MoreBytes, parseGguf, type GgufHeader, type GgufTensorInfo } from './gguf-header.js';
import type { GgufMetadata } from './gguf-types.js';
import type { Store } from './read.js';
import { chunkBytesOf, openSource, readExactly, type ByteSource, type Source, type SourceOptions } from './source.js';
import { OpenTensorFile } from './tensor-file.js';

/** Read first, and by powers of two from then on: a vocabulary makes a head of some MiB. */
const FIRST = 2 ** 20;
/** The longest head, in bytes. */
const MAX_HEAD = 2 ** 28;

/** One open GGUF file. */
export class GgufFile extends OpenTensorFile<GgufTensorInfo, GgufMetadata> {
  readonly version: 2 | 3;
  /** tensors begin at multiples of it */
  readonly alignment: number;
  /** @internal */
  protected readonly store: Store<GgufTensorInfo> = (_, piece, bytes, at) => bytes.set(piece, at);

  /** @internal */
  constructor(source: ByteSource, header: GgufHeader, chunkBytes: number) {
    super('gguf', source, header, chunkBytes);
    this.version = header.version;
    this.alignment = header.alignment;
  }
}

/** A file's head, read piece by piece until it is whole. */
async function readHead(source: ByteSource): Promise<GgufHeader> {
  let bytes = new Uint8Array(0);
  for (let wanted = FIRST; ;) {
    const longer = new Uint8Array(Math.min(wanted, source.size));
    longer.set(bytes);
    longer.set(await readExactly(source, bytes.length, longer.length), bytes.length);
    bytes = longer;
    try {
      return parseGguf(bytes, source.size, source.name);
    } catch (error) {
      if (!(error instanceof MoreBytes)) throw error;
      wanted = Math.max(2 * bytes.length, error.needed);
      if (wanted > MAX_HEAD)
        throw new FormatError(`[gguf] a head holds at most ${MAX_HEAD} bytes, got ${wanted} in ${source.name}`);
    }
  }
}

/**
 * Opens a GGUF file (version 2 or 3, little-endian) and reads its metadata; tensors are read by range when asked for. Quantised tensors
 * stay as they are: uint8 of shape (..., rows, bytes of a row) in ggml's layout, their `info` tells type and elements.
 *
 * ```ts
 * await using file = await openGguf('model.gguf');
 * file.metadata['general.architecture']; // { type: 'string', value: 'llama' }
 * const w = await file.tensor('blk.0.attn_q.weight');
 * ```
 * @throws FormatError for a head that breaks the format, with the key or the tensor's name and the offset
 */
export async function openGguf(source: Source, options: SourceOptions = {}): Promise<GgufFile> {
  const chunkBytes = chunkBytesOf(options);
  const opened = await openSource(source, options);
  try {
    return new GgufFile(opened, await readHead(opened), chunkBytes);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * All tensors of a GGUF file by name, its metadata, and what each tensor is; records without a prototype. Beside the tensors, two chunks
 * are held.
 * @throws FormatError for a head that breaks the format, with the key or the tensor's name and the offset
 */
export async function loadGguf(
  source: Source,
  options: SourceOptions = {},
): Promise<{
  tensors: Record<string, Tensor>;
  metadata: GgufMetadata;
  infos: Readonly<Record<string, GgufTensorInfo>>;
}> {
  const file = await openGguf(source, options);
  try {
    const infos = Object.create(null) as Record<string, GgufTensorInfo>;
    for (const name of file.names) infos[name] = file.info(name);
    return { tensors: await file.tensors(), metadata: file.metadata, infos };
  } finally {
    await file.close();
  }
}
