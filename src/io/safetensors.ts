// Reading safetensors: the header at once, tensors when asked for.
import type { Tensor } from '../tensor/tensor.js';
import type { Store } from './read.js';
import { store } from './safetensors-dtype.js';
import { headerLength, parseHeader, PREFIX } from './safetensors-header.js';
import type { F8Reading, SafetensorsHeader, TensorInfo } from './safetensors-header.js';
import { chunkBytesOf, openSource, readExactly } from './source.js';
import type { ByteSource, Source, SourceOptions } from './source.js';
import { OpenTensorFile } from './tensor-file.js';

/** How safetensors are read. */
export interface SafetensorsOptions extends SourceOptions {
  /** 8-bit floats: `'float16'` (the default) widens them exactly, `'uint8'` gives their raw bytes */
  readonly f8?: F8Reading;
}

/** One open safetensors file. */
export class SafetensorsFile extends OpenTensorFile<TensorInfo, Readonly<Record<string, string>>> {
  /** @internal */
  protected readonly store: Store<TensorInfo> = (info, piece, bytes, at) =>
    store(info.tag, info.dtype, piece, bytes, at);

  /** @internal */
  constructor(source: ByteSource, header: SafetensorsHeader, chunkBytes: number) {
    super('safetensors', source, header, chunkBytes);
  }
}

/** @internal Reads the header of an open source, and closes the source if that fails. */
export async function openHeader(source: ByteSource, options: SafetensorsOptions): Promise<SafetensorsFile> {
  try {
    const chunkBytes = chunkBytesOf(options);
    const prefix = await readExactly(source, 0, Math.min(PREFIX, source.size));
    const length = headerLength(prefix, source.size, source.name);
    const text = await readExactly(source, PREFIX, PREFIX + length);
    return new SafetensorsFile(source, parseHeader(text, source.size, source.name, options.f8), chunkBytes);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * Opens a safetensors file and reads its header; tensors are read by range when asked for.
 *
 * ```ts
 * await using file = await openSafetensors('model.safetensors');
 * const w = await file.tensor('lm_head.weight');
 * ```
 * @throws FormatError for a header that breaks the format, with the tensor's name and the offset
 */
export async function openSafetensors(source: Source, options: SafetensorsOptions = {}): Promise<SafetensorsFile> {
  return openHeader(await openSource(source, options), options);
}

/**
 * All tensors of a safetensors file by name (MLX's `load`), in a record without a prototype. Beside the tensors, two chunks are held.
 * @throws FormatError for a header that breaks the format, with the tensor's name and the offset
 */
export async function loadSafetensors(
  source: Source,
  options: SafetensorsOptions = {},
): Promise<Record<string, Tensor>> {
  return (await loadSafetensorsWithMetadata(source, options)).tensors;
}

/** `loadSafetensors` together with the text pairs of `__metadata__`. */
export async function loadSafetensorsWithMetadata(
  source: Source,
  options: SafetensorsOptions = {},
): Promise<{ tensors: Record<string, Tensor>; metadata: Readonly<Record<string, string>> }> {
  const file = await openSafetensors(source, options);
  try {
    return { tensors: await file.tensors(), metadata: file.metadata };
  } finally {
    await file.close();
  }
}
