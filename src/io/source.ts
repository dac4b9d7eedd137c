// Bytes by range from wherever a file lies: disk, HTTP, Blob, memory. Nothing here holds a whole file.
import { FormatError, LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import { openHttp } from './http.js';
import { isNodeHandle, type NodeHandle } from './handle.js';
import { nodeModule } from './node.js';

/** Random access to the bytes of a file. */
export interface ByteSource {
  /** bytes in the file */
  readonly size: number;
  /** what messages call it */
  readonly name: string;
  /**
   * The bytes from `begin` up to `end`. They may lie in `staging` (at least `end - begin` long) where it is given, and are valid until
   * it is used again.
   */
  read(begin: number, end: number, staging?: Uint8Array): Promise<Uint8Array>;
  /** Gives back what opening took. Handles and sources that were passed in stay open. */
  close(): Promise<void>;
}

/**
 * What can be opened: a path (Node) or a relative URL (browsers), a `file:`, `http(s):`, `blob:` or `data:` URL as text or object, a
 * `Blob` or `File`, bytes, an open file handle of Node, or a source of one's own.
 */
export type Source = string | URL | Blob | ArrayBuffer | Uint8Array | NodeHandle | ByteSource;

/** How a source is read. */
export interface SourceOptions {
  /** bytes that are read at a time; at least 4096, 8 MiB if absent. Two such buffers exist during a read. */
  readonly chunkBytes?: number;
  /** headers of every HTTP request, for authorization */
  readonly headers?: Readonly<Record<string, string>>;
  /** ends HTTP requests early */
  readonly signal?: AbortSignal;
}

const CHUNK = 8 * 2 ** 20;
/** The chunk size of the options. @throws LanewiseError */
export function chunkBytesOf(options: SourceOptions): number {
  if (typeof options !== 'object' || options === null)
    throw new LanewiseError(`[open] the options must be an object, got ${showValue(options)}`);
  const bytes = options.chunkBytes ?? CHUNK;
  if (!Number.isInteger(bytes) || bytes < 4096 || bytes > 2 ** 30) {
    throw new LanewiseError(`[open] chunkBytes must be an integer from 4096 to 2^30, got ${showValue(bytes)}`);
  }
  return bytes;
}

/** The bytes from `begin` up to `end`, all of them. @throws FormatError if the source gives fewer */
export async function readExactly(
  source: ByteSource,
  begin: number,
  end: number,
  staging?: Uint8Array,
): Promise<Uint8Array> {
  if (begin === end) return new Uint8Array(0);
  const bytes = await source.read(begin, end, staging);
  if (bytes.length !== end - begin) {
    const got = `${bytes.length} from byte ${begin} on`;
    throw new FormatError(
      `[open] ${source.name} must keep its ${source.size} bytes, wanted ${end - begin} and got ${got}`,
    );
  }
  return bytes;
}

/**
 * Opens anything that has bytes.
 * @throws LanewiseError for what cannot be opened here; errors of the file system pass through
 */
export async function openSource(source: Source, options: SourceOptions = {}): Promise<ByteSource> {
  const opened = await openIfPresent(source, options);
  if (opened === null) {
    throw new LanewiseError(
      `[open] the file must exist, got none at ${typeof source === 'object' ? nameOf(source) : source}`,
    );
  }
  return opened;
}

/** `openSource`, with null for a path or a URL where nothing is. */
export async function openIfPresent(source: Source, options: SourceOptions = {}): Promise<ByteSource | null> {
  if (typeof source === 'string') return openText(source, options);
  if (source instanceof URL) return openUrl(source, options);
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof ArrayBuffer) return bytesSource(new Uint8Array(source));
  if (source instanceof Blob) return blobSource(source);
  if (isNodeHandle(source)) return handleSource(source, `file handle ${source.fd}`, false);
  if (typeof source === 'object' && source !== null && typeof source.read === 'function') {
    const { size, name } = source;
    if (Number.isSafeInteger(size) && size >= 0) {
      return { size, name, read: (b, e, staging) => source.read(b, e, staging), close: async () => {} };
    }
  }
  throw new LanewiseError(
    `[open] a source must be a path, URL, Blob, bytes, file handle or ByteSource, got ${typeof source}`,
  );
}

const nameOf = (source: object): string => (source instanceof URL ? source.href : 'the source');

const SCHEME = /^(?:file|https?|blob|data):/i;
/** True for text that is a URL rather than a path. */
export const isUrlText = (text: string): boolean => SCHEME.test(text);

async function openText(text: string, options: SourceOptions): Promise<ByteSource | null> {
  if (isUrlText(text)) return openUrl(new URL(text), options);
  if (nodeModule('node:fs/promises') !== null) return openFile(text, text);
  const base = (globalThis as { location?: { href: string } }).location?.href;
  if (base === undefined) throw new LanewiseError(`[open] a path needs Node's file system, got ${text}`);
  return openUrl(new URL(text, base), options);
}

async function openUrl(url: URL, options: SourceOptions): Promise<ByteSource | null> {
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return openHttp(url, options);
    case 'file:':
      return openFile(url, decodeURIComponent(url.pathname));
    case 'blob:':
    case 'data:':
      return blobSource(await (await fetch(url)).blob());
    default:
      throw new LanewiseError(`[open] a URL must be file:, http:, https:, blob: or data:, got ${url.protocol}`);
  }
}

async function openFile(path: string | URL, name: string): Promise<ByteSource | null> {
  const fs = nodeModule('node:fs/promises');
  if (fs === null) throw new LanewiseError(`[open] a file needs Node's file system, got ${name}`);
  try {
    const handle = await fs.open(path, 'r');
    return await handleSource(handle, name, true).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (error instanceof TypeError)
      throw new LanewiseError(`[open] a path must be one that the file system takes, got '${name}'`, { cause: error });
    throw error;
  }
}

async function handleSource(handle: NodeHandle, name: string, own: boolean): Promise<ByteSource> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new LanewiseError(`[open] only regular files have ranges, got ${name}`);
  return {
    size: stat.size,
    name,
    async read(begin, end, staging) {
      const bytes = staging === undefined ? new Uint8Array(end - begin) : staging.subarray(0, end - begin);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
    close: async () => {
      if (own) await handle.close();
    },
  };
}

function blobSource(blob: Blob): ByteSource {
  const name = (blob as { name?: string }).name ?? 'the blob';
  return {
    size: blob.size,
    name,
    read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
    close: async () => {},
  };
}

function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    name: 'the bytes',
    read: async (begin, end) => bytes.subarray(begin, end),
    close: async () => {},
  };
}
