// A model in several safetensors files beside an index that says which tensor stands where.
import { FormatError, LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { decodeUtf8, JsonReader, quote } from './json.js';
import { nodeModule } from './node.js';
import { openHeader, type SafetensorsFile, type SafetensorsOptions } from './safetensors.js';
import { MAX_HEADER, type TensorInfo } from './safetensors-header.js';
import { isUrlText, openIfPresent, readExactly, type ByteSource, type Source } from './source.js';
import { asyncDispose, recordOf, type TensorFile } from './tensor-file.js';

const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';
/** Shards that are opened at the same time: the first one that is missing ends it, however many an index names. */
const AT_ONCE = 16;

/** A folder (path or URL), its index or one safetensors file in it, or the files of a folder by name. */
export type ShardSource = string | URL | ReadonlyMap<string, Source>;

/** Files by name; null where there is none. */
interface Folder {
  readonly name: string;
  open(file: string): Promise<ByteSource | null>;
}

/** Several safetensors files that are one model. */
export class ShardedSafetensors implements TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];

  /** @internal */
  constructor(
    private readonly where: ReadonlyMap<string, SafetensorsFile>,
    /** the open files by name */
    readonly shards: ReadonlyMap<string, SafetensorsFile>,
    private readonly folder: string,
  ) {
    this.names = Object.freeze([...where.keys()]);
    this.metadata = Object.freeze(agreed([...shards.values()]));
  }

  has(name: string): boolean {
    return this.where.has(name);
  }
  info(name: string): TensorInfo {
    return this.shardOf(name).info(name);
  }
  async tensor(name: string): Promise<Tensor> {
    return this.shardOf(name).tensor(name);
  }
  async tensors(names: Iterable<string> = this.names): Promise<Record<string, Tensor>> {
    const wanted = [...new Set(names)];
    const byShard = new Map<SafetensorsFile, string[]>();
    for (const name of wanted) {
      const shard = this.shardOf(name);
      const list = byShard.get(shard);
      if (list === undefined) byShard.set(shard, [name]);
      else list.push(name);
    }
    const read = new Map<string, Tensor>();
    try {
      for (const [shard, list] of byShard) {
        for (const [name, tensor] of Object.entries(await shard.tensors(list))) read.set(name, tensor);
      }
    } catch (error) {
      for (const tensor of read.values()) tensor.dispose();
      throw error;
    }
    return recordOf(wanted, read);
  }
  async close(): Promise<void> {
    await Promise.all([...this.shards.values()].map((shard) => shard.close()));
  }
  [asyncDispose](): Promise<void> {
    return this.close();
  }

  private shardOf(name: string): SafetensorsFile {
    const shard = this.where.get(name);
    if (shard === undefined) {
      throw new LanewiseError(
        `[safetensors] ${this.folder} holds ${this.names.length} tensors, got a name that is not one: ${quote(name)}`,
      );
    }
    return shard;
  }
}

/** Metadata of which every shard that has the key says the same. */
function agreed(shards: readonly SafetensorsFile[]): Record<string, string> {
  const out = Object.create(null) as Record<string, string>;
  const keys = new Set(shards.flatMap((shard) => Object.keys(shard.metadata)));
  for (const key of keys) {
    const values = new Set(shards.filter((s) => key in s.metadata).map((s) => s.metadata[key]!));
    if (values.size === 1) out[key] = [...values][0]!;
  }
  return out;
}

/**
 * Opens a model of one or several safetensors files: `model.safetensors.index.json` and the shards it names, else
 * `model.safetensors`. Each file is opened once, and the index must agree with what the files hold, name by name.
 * @throws FormatError if a shard is missing or index and shards disagree, with the name
 */
export async function openSharded(source: ShardSource, options: SafetensorsOptions = {}): Promise<ShardedSafetensors> {
  const { folder, index, single } = await locate(source, options);
  const indexSource = index === null ? null : await folder.open(index);
  if (indexSource !== null) return openIndexed(folder, indexSource, options);
  const file = single === null ? null : await folder.open(single);
  if (file === null || single === null) {
    const wanted = [index, single].filter((name) => name !== null).join(' or ');
    throw new FormatError(`[safetensors] a model must have ${wanted}, got neither in ${folder.name}`);
  }
  const shard = await openHeader(file, options);
  return new ShardedSafetensors(
    new Map(shard.names.map((name) => [name, shard])),
    new Map([[single, shard]]),
    folder.name,
  );
}

/** All tensors of a model in one or several files, in a record without a prototype. */
export async function loadSharded(
  source: ShardSource,
  options: SafetensorsOptions = {},
): Promise<Record<string, Tensor>> {
  const model = await openSharded(source, options);
  try {
    return await model.tensors();
  } finally {
    await model.close();
  }
}

interface Place {
  readonly folder: Folder;
  readonly index: string | null;
  readonly single: string | null;
}

async function locate(source: ShardSource, options: SafetensorsOptions): Promise<Place> {
  if (typeof source === 'string' || source instanceof URL) return locateUrl(await urlOf(source), options);
  if (!(source instanceof Map)) {
    throw new LanewiseError(
      `[safetensors] a model must be a folder, its index or a Map of files, got ${typeof source}`,
    );
  }
  const files = source as ReadonlyMap<string, Source>;
  const open = async (file: string): Promise<ByteSource | null> => {
    const found = files.get(file);
    return found === undefined ? null : openIfPresent(found, options);
  };
  return { folder: { name: `a map of ${files.size} files`, open }, index: INDEX, single: SINGLE };
}

function locateUrl(url: URL, options: SafetensorsOptions): Place {
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const isFile = last.endsWith('.json') || last.endsWith('.safetensors');
  const base = new URL(url);
  if (!isFile && last !== '') base.pathname += '/';
  const open = (file: string): Promise<ByteSource | null> => {
    const target = new URL(file.split('/').map(encodeURIComponent).join('/'), base);
    // what authorises the folder authorises its files
    target.search = base.search;
    return openIfPresent(target, options);
  };
  const path = decodeURIComponent(base.pathname);
  const folder = { name: base.protocol === 'file:' ? path : base.origin + path, open };
  const file = isFile ? decodeURIComponent(last) : null;
  if (file === null) return { folder, index: INDEX, single: SINGLE };
  return file.endsWith('.json') ? { folder, index: file, single: null } : { folder, index: null, single: file };
}

async function urlOf(source: string | URL): Promise<URL> {
  if (source instanceof URL) return source;
  if (isUrlText(source)) return new URL(source);
  const node = nodeModule('node:url');
  if (node !== null) {
    const fs = nodeModule('node:fs/promises')!;
    const url = node.pathToFileURL(source);
    // a folder may be called anything, even something.json
    const isFolder = await fs.stat(source).then(
      (stat) => stat.isDirectory(),
      () => false,
    );
    if (isFolder && !url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  }
  const base = (globalThis as { location?: { href: string } }).location?.href;
  if (base === undefined) throw new LanewiseError(`[open] a path needs Node's file system, got ${source}`);
  return new URL(source, base);
}

async function openIndexed(
  folder: Folder,
  source: ByteSource,
  options: SafetensorsOptions,
): Promise<ShardedSafetensors> {
  const weightMap = await readIndex(source);
  const files = [...new Set(weightMap.values())];
  const shards = new Map<string, SafetensorsFile>();
  try {
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE);
      const results = await Promise.allSettled(some.map((file) => openShard(folder, file, options)));
      results.forEach((result, i) => {
        if (result.status === 'fulfilled') shards.set(some[i]!, result.value);
      });
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
    checkAgreement(weightMap, shards, source.name);
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
  const where = new Map([...weightMap].map(([name, file]) => [name, shards.get(file)!]));
  return new ShardedSafetensors(where, shards, folder.name);
}

async function openShard(folder: Folder, file: string, options: SafetensorsOptions): Promise<SafetensorsFile> {
  const source = await folder.open(file);
  if (source === null)
    throw new FormatError(`[safetensors] every shard of the index must exist, got no ${quote(file)} in ${folder.name}`);
  return openHeader(source, options);
}

/** The shard of every tensor, from the text of an index. */
async function readIndex(source: ByteSource): Promise<Map<string, string>> {
  let bytes: Uint8Array;
  try {
    if (source.size > MAX_HEADER) {
      throw new FormatError(
        `[safetensors] an index holds at most ${MAX_HEADER} bytes, got ${source.size} in ${source.name}`,
      );
    }
    bytes = await readExactly(source, 0, source.size);
  } finally {
    await source.close();
  }
  const reader = new JsonReader(decodeUtf8(bytes, source.name), source.name, 0);
  reader.context = 'the index';
  const weightMap = new Map<string, string>();
  let found = false;
  reader.object('a JSON object', (key) => {
    if (key !== 'weight_map') return reader.skip();
    found = true;
    reader.object('an object of file names for weight_map', (name) => {
      reader.context = `tensor ${quote(name)}`;
      const at = reader.position();
      const file = reader.string('a file name');
      if (!isInside(file)) reader.fail(`a shard must lie in the folder of the index, got ${quote(file)}`, at);
      weightMap.set(name, file);
      reader.context = 'the index';
    });
  });
  reader.end();
  if (!found) throw new FormatError(`[safetensors] an index must have a weight_map, got none in ${source.name}`);
  return weightMap;
}

/** False for absolute paths, drives, and paths that could leave the folder. */
function isInside(file: string): boolean {
  if (/[\\:\u0000-\u001f]/.test(file)) return false;
  return file.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function checkAgreement(
  weightMap: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, SafetensorsFile>,
  index: string,
): void {
  for (const [name, file] of weightMap) {
    if (!shards.get(file)!.has(name)) {
      throw new FormatError(
        `[safetensors] tensor ${quote(name)} must be in its shard, got none in ${quote(file)} as ${index} says`,
      );
    }
  }
  for (const [file, shard] of shards) {
    for (const name of shard.names) {
      const said = weightMap.get(name);
      if (said === file) continue;
      const got = said === undefined ? `one in ${quote(file)} alone` : `it in ${quote(file)} and in ${quote(said)}`;
      throw new FormatError(
        `[safetensors] tensor ${quote(name)} must be in the index and in one shard, got ${got} (${index})`,
      );
    }
  }
}
