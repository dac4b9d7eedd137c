/// <reference lib="esnext.disposable" preserve="true" />
// An open file of named tensors, whatever its format.
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { quote } from './json.js';
import { readTensors, type Placed, type Store } from './read.js';
import type { TensorInfo } from './safetensors-header.js';
import type { ByteSource } from './source.js';

/** `Symbol.asyncDispose`, also where the engine does not have it yet. */
export const asyncDispose: typeof Symbol.asyncDispose = (Symbol.asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;

/** Named tensors in one file or in several, read one by one or all together. */
export interface TensorFile<Info = TensorInfo, Metadata = Readonly<Record<string, string>>> {
  /** what the file says beside its tensors; without a prototype */
  readonly metadata: Metadata;
  /** names of the tensors, in the order of the header */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** What the header says of a tensor. @throws LanewiseError if there is none of that name */
  info(name: string): Info;
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

/** A file whose header has been read. */
export abstract class OpenTensorFile<Info extends Placed, Metadata> implements TensorFile<Info, Metadata> {
  readonly names: readonly string[];
  private open = true;

  /** @internal */
  constructor(
    /** the format, as messages call it */
    private readonly format: string,
    private readonly source: ByteSource,
    private readonly header: { readonly metadata: Metadata; readonly tensors: ReadonlyMap<string, Info> },
    private readonly chunkBytes: number,
  ) {
    this.names = Object.freeze([...header.tensors.keys()]);
  }

  /** @internal Puts bytes of the file into the bytes of a tensor. */
  protected abstract readonly store: Store<Info>;

  /** What messages call the file. */
  get name(): string {
    return this.source.name;
  }
  get metadata(): Metadata {
    return this.header.metadata;
  }
  has(name: string): boolean {
    return this.header.tensors.has(name);
  }
  info(name: string): Info {
    const info = this.header.tensors.get(name);
    if (info === undefined) {
      throw new LanewiseError(
        `[${this.format}] ${this.name} holds ${this.names.length} tensors, got a name that is not one: ${quote(name)}`,
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
      throw new LanewiseError(`[${this.format}] a file must be open to be read, got ${this.name} after close`);
    const infos = names.map((name) => this.info(name));
    return readTensors(this.source, infos, this.chunkBytes, this.store);
  }
}

/** @internal Tensors in the order of `names`, in a record that no name can harm. */
export function recordOf(names: Iterable<string>, tensors: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  const record = Object.create(null) as Record<string, Tensor>;
  for (const name of names) record[name] = tensors.get(name)!;
  return record;
}
