// Writing safetensors, byte for byte as the reference implementation does.
import { DTypeError, FormatError, LanewiseError } from '../tensor/errors.js';
import { withBytes } from '../tensor/storage-io.js';
import { Tensor } from '../tensor/tensor.js';
import { chunksOf } from './chunks.js';
import { isWellFormed, quote } from './json.js';
import { isNodeHandle, type NodeHandle } from './handle.js';
import { nodeModule } from './node.js';
import { tagOf } from './safetensors-dtype.js';
import { MAX_HEADER, PREFIX } from './safetensors-header.js';
import { isUrlText } from './source.js';

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;
/** Where a file is written: a path or `file:` URL, an open file handle of Node, or a stream of bytes. */
export type Target = string | URL | NodeHandle | WritableStream<Uint8Array>;

/** The bytes of a file in order. */
type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file about to be written: its length field and header, its tensors in the order of their bytes, its size. */
interface Plan {
  readonly head: Uint8Array;
  readonly tensors: readonly Tensor[];
  readonly size: number;
}

/** Order of UTF-8 bytes, which is the order of code points and not that of UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const [x, y] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [p, q] = [x.next(), y.next()];
    if (p.done === true || q.done === true) return Number(q.done === true) - Number(p.done === true);
    const step = p.value.codePointAt(0)! - q.value.codePointAt(0)!;
    if (step !== 0) return step;
  }
}

/** @internal Names and tensors, checked. */
export function entriesOf(tensors: NamedTensors): [string, Tensor][] {
  const entries = tensors instanceof Map ? [...(tensors as ReadonlyMap<string, Tensor>)] : Object.entries(tensors);
  for (const [name, tensor] of entries) {
    if (typeof name !== 'string') throw new FormatError(`[safetensors] names must be text, got ${typeof name}`);
    if (name === '__metadata__')
      throw new FormatError('[safetensors] a tensor must not be called "__metadata__", got one');
    if (!isWellFormed(name)) throw new FormatError(`[safetensors] names must be valid Unicode, got ${quote(name)}`);
    if (!(tensor instanceof Tensor)) {
      throw new DTypeError(
        `[safetensors] ${quote(name)} must be a tensor, got ${tensor === null ? 'null' : typeof tensor}`,
      );
    }
  }
  return entries;
}

function metadataText(metadata: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    if (typeof value !== 'string') {
      throw new FormatError(`[safetensors] metadata must be text, got ${typeof value} for ${quote(key)}`);
    }
    if (!isWellFormed(key) || !isWellFormed(value)) {
      throw new FormatError(`[safetensors] metadata must be valid Unicode, got ${quote(key)}`);
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `"__metadata__":{${pairs.join(',')}}`;
}

function planFile(tensors: NamedTensors, metadata: Readonly<Record<string, string>> | undefined): Plan {
  const sorted = entriesOf(tensors)
    .map(([name, tensor]) => ({ name, tensor, tag: tagOf(tensor.dtype) }))
    .sort((a, b) => b.tag.rank - a.tag.rank || byCodePoint(a.name, b.name));
  const parts = metadata === undefined ? [] : [metadataText(metadata)];
  let at = 0;
  for (const { name, tensor, tag } of sorted) {
    const end = at + tensor.nbytes;
    parts.push(
      `${JSON.stringify(name)}:{"dtype":"${tag.tag}","shape":[${tensor.shape.join(',')}],"data_offsets":[${at},${end}]}`,
    );
    at = end;
  }
  const text = new TextEncoder().encode(`{${parts.join(',')}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER)
    throw new FormatError(`[safetensors] a header holds at most ${MAX_HEADER} bytes, got ${length}`);
  const head = new Uint8Array(PREFIX + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, PREFIX);
  return { head, tensors: sorted.map((e) => e.tensor), size: head.length + at };
}

/**
 * A safetensors file in memory, equal to what the reference implementation writes: sorted by dtype (widest first), then by name,
 * header padded with spaces to 8 bytes. Computes tensors that are not evaluated yet.
 * @throws FormatError for a name or metadata the format cannot hold
 */
export function encodeSafetensors(tensors: NamedTensors, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const plan = planFile(tensors, metadata);
  const file = new Uint8Array(plan.size);
  file.set(plan.head);
  let at = plan.head.length;
  for (const tensor of plan.tensors) {
    withBytes(tensor, (bytes) => file.set(bytes, at));
    at += tensor.nbytes;
  }
  return file;
}

/**
 * Writes a safetensors file in chunks. A path is written beside the target and renamed at the end, so that no reader sees half a file; a
 * handle is overwritten from its start and cut to length; a stream is closed, or aborted on failure.
 * @throws FormatError for a name or metadata the format cannot hold; errors of the file system pass through
 */
export async function saveSafetensors(
  target: Target,
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const plan = planFile(tensors, metadata);
  await writeTarget(target, chunksOf([plan.head, ...plan.tensors], plan.size), plan.size);
}

/** @internal Writes the chunks of a file of `size` bytes, as `saveSafetensors` says. */
export async function writeTarget(target: Target, chunks: Chunks, size: number): Promise<void> {
  if (typeof target === 'string' || target instanceof URL) return writePath(target, chunks);
  if (isNodeHandle(target)) {
    await writeHandle(target, chunks);
    return target.truncate(size);
  }
  if (typeof target?.getWriter === 'function') return writeStream(target, chunks);
  throw new LanewiseError(
    `[save] a target must be a path, file: URL, file handle or WritableStream, got ${typeof target}`,
  );
}

async function writeHandle(handle: NodeHandle, chunks: Chunks): Promise<void> {
  let position = 0;
  for await (const chunk of chunks) {
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  }
}

async function writeStream(stream: WritableStream<Uint8Array>, chunks: Chunks): Promise<void> {
  const writer = stream.getWriter();
  try {
    for await (const chunk of chunks) {
      await writer.ready;
      // the stream may keep what it is given
      await writer.write(chunk.slice());
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  } finally {
    writer.releaseLock();
  }
}

/** @internal The path behind a path or `file:` URL. @throws LanewiseError where there is no file system */
export function pathOf(target: string | URL): string {
  const url = nodeModule('node:url');
  if (url === null) throw new LanewiseError(`[save] a path needs Node's file system, got ${String(target)}`);
  if (typeof target === 'string' && !isUrlText(target)) return target;
  const { protocol } = new URL(target);
  if (protocol !== 'file:') throw new LanewiseError(`[save] a URL to write to must be file:, got ${protocol}`);
  return url.fileURLToPath(target);
}

/** @internal Writes beside the target, then renames: the target is the old file or the whole new one. */
export async function writePath(target: string | URL, chunks: Chunks): Promise<void> {
  const fs = nodeModule('node:fs/promises')!;
  const given = pathOf(target);
  // a link stays a link
  const path = await fs.realpath(given).catch(() => given);
  const draft = `${path}.${Math.random().toString(36).slice(2, 10)}.tmp`;
  const handle = await fs.open(draft, 'wx');
  try {
    await writeHandle(handle, chunks);
    await handle.sync();
    await handle.close();
    await fs.rename(draft, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await fs.rm(draft, { force: true });
    throw error;
  }
}
