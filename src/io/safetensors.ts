/// <reference lib="esnext.disposable" preserve="true" />
// Reading safetensors: the header at once, tensors when asked for.
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { quote } from './json.js';
import { readTensors } from './read.js';
import { headerLength, parseHeader, PREFIX } from './safetensors-header.js';
import type { F8Reading, SafetensorsHeader, TensorInfo } from './safetensors-header.js';
import { chunkBytesOf, openSource, readExactly } from './source.js';
import type { ByteSource, Source, SourceOptions } from './source.js';

/** `Symbol.asyncDispose`, also where the engine does not have it yet. */
export const asyncDispose: typeof Symbol.asyncDispose = (Symbol.asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;

/** How safetensors are read. */
export interface SafetensorsOptions extends SourceOptions {
  /** 8-bit floats: `'float16'` (the default) widens them exactly, `'uint8'` gives their raw bytes */
  readonly f8?: F8Reading;
}

/** Named tensors in one file or in several, read one by one or all together. */
export interface TensorFile {
  /** the text pairs of `__metadata__`; without a prototype */
  readonly metadata: Readonly<Record<string, string>>;
  /** names of the tensors, in the order of the header */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** What the header says of a tensor. @throws LanewiseError if there is none of that name */
  info(name: string): TensorInfo;
  /**
   * Reads one tensor, and only its bytes.
   * @throws LanewiseError if there is none of that name
   */
  tensor(name: string): Promise<Tensor>;
  /** Reads every tensor, or those named, each byte of a file once. The record has no prototype, so any name is safe in it. */
  tensors(names?: Iterable<string>): Promise<Record<string, Tensor>>;
  /** Gives back files that were opened; tensors stay. */
  close(): Promise<void>;
  [asyncDispose](): Promise<void>;
}

/** One open safetensors file. */
export class SafetensorsFile implements TensorFile {
  readonly names: readonly string[];
  private open = true;

  /** @internal */
  constructor(
    private readonly source: ByteSource,
    private readonly header: SafetensorsHeader,
    private readonly chunkBytes: number,
  ) {
    this.names = Object.freeze([...header.tensors.keys()]);
  }

  /** What messages call the file. */
  get name(): string {
    return this.source.name;
  }
  get metadata(): Readonly<Record<string, string>> {
    return this.header.metadata;
  }
  has(name: string): boolean {
    return this.header.tensors.has(name);
  }
  info(name: string): TensorInfo {
    const info = this.header.tensors.get(name);
    if (info === undefined) {
      throw new LanewiseError(
        `[safetensors] ${this.name} holds ${this.names.length} tensors, got a name that is not one: ${quote(name)}`,
      );
    }
    return info;
  }
  async tensor(name: string): Promise<Tensor> {
    const read = await this.read([name]);
    return read.get(name)!;
  }
  async tensors(names: Iterable<string> = this.names): Promise<Record<string, Tensor>> {
    const wanted = [...new Set(names)];
    return recordOf(wanted, await this.read(wanted));
  }
  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.source.close();
  }
  [asyncDispose](): Promise<void> {
    return this.close();
  }

  private async read(names: readonly string[]): Promise<Map<string, Tensor>> {
    if (!this.open)
      throw new LanewiseError(`[safetensors] a file must be open to be read, got ${this.name} after close`);
    return readTensors(
      this.source,
      names.map((name) => this.info(name)),
      this.chunkBytes,
    );
  }
}

/** @internal Tensors in the order of `names`, in a record that no name can harm. */
export function recordOf(names: Iterable<string>, tensors: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  const record = Object.create(null) as Record<string, Tensor>;
  for (const name of names) record[name] = tensors.get(name)!;
  return record;
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
