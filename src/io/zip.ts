// As much of the zip format as NumPy's archives need: stored and deflated members, zip64, CRC-32. No encryption, no split archives.
import { FormatError } from '../tensor/errors.js';
import { quote } from './json.js';
import { readExactly, type ByteSource } from './source.js';

/** One member of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly crc: number;
  /** bytes in the archive, and bytes they stand for */
  readonly compressed: number;
  readonly size: number;
  /** where the local header starts */
  readonly offset: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** Longest directory that is read. */
const MAX_DIRECTORY = 64 * 2 ** 20;
/** No deflate stream says more than this many bytes with one. */
const MAX_RATIO = 1032;
const FULL32 = 0xffffffff;
const FULL16 = 0xffff;

type Tables = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
/** Four bytes a step: table k gives the remainder of a byte followed by k zero bytes. */
function makeTables(): Tables {
  const made = [0, 1, 2, 3].map(() => new Uint32Array(256)) as unknown as Tables;
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    made[0][i] = c >>> 0;
  }
  for (let k = 1; k < 4; k++) {
    for (let i = 0; i < 256; i++) {
      const c = made[k - 1]![i]!;
      made[k]![i] = ((c >>> 8) ^ made[0][c & 0xff]!) >>> 0;
    }
  }
  return made;
}
/** Made by the first archive. */
let tables: Tables | null = null;
/** CRC-32 of `bytes` after those that gave `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = (tables ??= makeTables());
  let c = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c = t3[c & 0xff]! ^ t2[(c >>> 8) & 0xff]! ^ t1[(c >>> 16) & 0xff]! ^ t0[c >>> 24]!;
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]!) & 0xff]!;
  return ~c >>> 0;
}

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);
/** A 64-bit field. @throws FormatError beyond what a number holds */
function wide(view: DataView, at: number, file: string): number {
  const x = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(x)) throw new FormatError(`[npz] sizes must be below 2^53, got ${x} in ${file}`);
  return x;
}

interface Directory {
  readonly begin: number;
  readonly size: number;
  readonly count: number;
}
/** Finds the directory by the record at the end of the archive. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const { size, name } = source;
  const from = Math.max(0, size - 22 - FULL16);
  // a copy: the source may use its buffer again
  const tail = (await readExactly(source, from, size)).slice();
  const view = viewOf(tail);
  let at = tail.length - 22;
  while (at >= 0 && !(view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === tail.length))
    at--;
  if (at < 0) throw new FormatError(`[npz] an archive must end with a zip directory, got none in ${name}`);
  let count = view.getUint16(at + 10, true);
  let length = view.getUint32(at + 12, true);
  let begin = view.getUint32(at + 16, true);
  let end = from + at;
  if ((count === FULL16 || length === FULL32 || begin === FULL32) && at >= 20) {
    if (view.getUint32(at - 20, true) === LOCATOR64) {
      const place = wide(view, at - 12, name);
      if (place + 56 > from + at - 20)
        throw new FormatError(`[npz] the zip64 record must lie before its locator, got ${place} in ${name}`);
      const record = viewOf(await readExactly(source, place, place + 56));
      if (record.getUint32(0, true) !== END64)
        throw new FormatError(`[npz] the zip64 record must start with its mark, got other bytes in ${name}`);
      count = wide(record, 32, name);
      length = wide(record, 40, name);
      begin = wide(record, 48, name);
      end = place;
    }
  }
  if (begin + length > end || length > MAX_DIRECTORY || count * 46 > length) {
    throw new FormatError(
      `[npz] the directory must lie inside the archive, got ${count} entries in ${length} bytes from ${begin} on in ${name}`,
    );
  }
  return { begin, size: length, count };
}

/** Sizes and offset that the 32-bit fields leave to the zip64 extra field, in its order. */
function widened(fields: readonly number[], extra: DataView, file: string): number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1) at += 4 + extra.getUint16(at + 2, true);
  const end = at + 4 <= extra.byteLength ? Math.min(extra.byteLength, at + 4 + extra.getUint16(at + 2, true)) : at;
  at += 4;
  return fields.map((x) => {
    if (x !== FULL32) return x;
    if (at + 8 > end) throw new FormatError(`[npz] a zip64 member must have its sizes, got none in ${file}`);
    at += 8;
    return wide(extra, at - 8, file);
  });
}

/** The members of an archive in the order of the directory. @throws FormatError */
export async function readDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { name: file } = source;
  const directory = await findDirectory(source);
  const bytes = (await readExactly(source, directory.begin, directory.begin + directory.size)).slice();
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) {
      throw new FormatError(`[npz] the directory must hold ${directory.count} entries, got ${i} in ${file}`);
    }
    const [n, e, c] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    const next = at + 46 + n + e + c;
    if (next > bytes.length)
      throw new FormatError(`[npz] entry ${i} must lie inside the directory, got its end in ${file}`);
    const name = memberName(bytes.subarray(at + 46, at + 46 + n), file);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const fields = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const extra = new DataView(bytes.buffer, bytes.byteOffset + at + 46 + n, e);
    const [size, compressed, offset] = widened(fields, extra, file) as [number, number, number];
    if ((flags & 0x41) !== 0)
      throw new FormatError(`[npz] members must not be encrypted, got ${quote(name)} in ${file}`);
    if (method !== 0 && method !== 8) {
      throw new FormatError(
        `[npz] members must be stored or deflated, got method ${method} for ${quote(name)} in ${file}`,
      );
    }
    if (names.has(name)) throw new FormatError(`[npz] names must be unique, got ${quote(name)} twice in ${file}`);
    if (method === 0 ? size !== compressed : size > compressed * MAX_RATIO) {
      throw new FormatError(
        `[npz] ${compressed} ${method === 0 ? 'stored' : 'deflated'} bytes cannot stand for ${size}, got that for ${quote(name)} in ${file}`,
      );
    }
    if (offset + 30 + compressed > directory.begin) {
      throw new FormatError(`[npz] members must lie before the directory, got ${quote(name)} at ${offset} in ${file}`);
    }
    names.add(name);
    const crc = view.getUint32(at + 16, true);
    entries.push({ name, method: method === 0 ? 'stored' : 'deflated', crc, compressed, size, offset });
    at = next;
  }
  // members that share bytes make small archives into large tensors
  const sorted = [...entries].sort((p, q) => p.offset - q.offset);
  sorted.forEach((entry, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && before.offset + 30 + before.compressed > entry.offset) {
      throw new FormatError(
        `[npz] members must not overlap, got ${quote(before.name)} and ${quote(entry.name)} in ${file}`,
      );
    }
  });
  return entries;
}
function memberName(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`[npz] names must be valid UTF-8, got other bytes in ${file}`, { cause });
  }
}

/** Compressed bytes that are handed to the inflater at a time: what it makes of them is bounded too. */
const PIECE = 65536;
/** The bytes of a member, piece by piece. @throws FormatError for other bytes than the directory promises */
export async function readMember(
  source: ByteSource,
  entry: ZipEntry,
  chunkBytes: number,
  use: (piece: Uint8Array) => void,
): Promise<void> {
  const what = `${quote(entry.name)} in ${source.name}`;
  const local = viewOf(await readExactly(source, entry.offset, entry.offset + 30));
  if (local.getUint32(0, true) !== LOCAL)
    throw new FormatError(`[npz] a member must start with its mark, got other bytes for ${what}`);
  const begin = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (begin + entry.compressed > source.size)
    throw new FormatError(`[npz] a member must be complete, got the end of the file in ${what}`);
  let crc = 0;
  let size = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.length;
    if (size > entry.size) throw new FormatError(`[npz] a member must have ${entry.size} bytes, got more for ${what}`);
    crc = crc32(piece, crc);
    use(piece);
  };
  const room = entry.method === 'stored' ? chunkBytes : PIECE;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const end = begin + entry.compressed;
    for (let at = begin; at < end; at += room) yield await readExactly(source, at, Math.min(at + room, end));
  }
  if (entry.method === 'stored') for await (const piece of pieces()) take(piece);
  else await inflate(pieces(), take, what);
  if (size !== entry.size)
    throw new FormatError(`[npz] a member must have ${entry.size} bytes, got ${size} for ${what}`);
  if (crc !== entry.crc) throw new FormatError(`[npz] the checksum of a member must fit, got another for ${what}`);
}

/** Inflates the pieces. What the source or `take` throws passes through; what the stream throws is the file's fault. */
async function inflate(
  pieces: AsyncIterator<Uint8Array>,
  take: (piece: Uint8Array) => void,
  what: string,
): Promise<void> {
  const { readable, writable } = new DecompressionStream('deflate-raw');
  const writer = (writable as WritableStream<Uint8Array>).getWriter();
  const reader = (readable as ReadableStream<Uint8Array>).getReader();
  let unread: { readonly error: unknown } | null = null;
  const next = async (): Promise<Uint8Array | null> => {
    try {
      const { done, value } = await pieces.next();
      return done === true ? null : value;
    } catch (error) {
      unread = { error };
      await writer.abort(error);
      return null;
    }
  };
  const feed = (async () => {
    for (let piece = await next(); piece !== null; piece = await next()) {
      await writer.ready;
      // the stream may keep what it is given
      await writer.write(piece.slice());
    }
    if (unread === null) await writer.close();
  })().catch(() => {}); // the reader sees it too
  const stop = (error: unknown): Promise<unknown> =>
    Promise.allSettled([reader.cancel(error), writer.abort(error), feed]);
  for (;;) {
    let piece: Uint8Array;
    try {
      const { done, value } = await reader.read();
      if (done) break;
      piece = value;
    } catch (cause) {
      await stop(cause);
      if (unread !== null) throw (unread as { readonly error: unknown }).error;
      throw new FormatError(`[npz] a deflated member must be a valid stream, got other bytes for ${what}`, { cause });
    }
    try {
      take(piece);
    } catch (error) {
      await stop(error);
      throw error;
    }
  }
  await feed;
}

/** `bytes` deflated. */
export async function deflate(chunks: Iterable<Uint8Array>): Promise<Uint8Array> {
  const { readable, writable } = new CompressionStream('deflate-raw');
  const writer = (writable as WritableStream<Uint8Array>).getWriter();
  const feed = (async () => {
    for (const chunk of chunks) {
      await writer.ready;
      await writer.write(chunk.slice());
    }
    await writer.close();
  })();
  const [bytes] = await Promise.all([
    new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
    feed,
  ]);
  return new Uint8Array(bytes);
}

/** A member about to be written; the offset is filled in by `archiveSize`. */
export interface NewMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly chunks: () => Iterable<Uint8Array>;
}

const u16 = (x: number): number[] => [x & 0xff, (x >>> 8) & 0xff];
const u32 = (x: number): number[] => [...u16(x & 0xffff), ...u16(Math.floor(x / 65536) & 0xffff)];
const u64 = (x: number): number[] => [...u32(x % 2 ** 32), ...u32(Math.floor(x / 2 ** 32))];
const bounded = (x: number): number => Math.min(x, FULL32);
/** 1980-01-01, the first day of the format: equal tensors give equal files */
const DATE = [0, 0, 0x21, 0];

/** A local header (`offset` null) or a directory entry. Sizes of 4 GiB and more go to a zip64 extra field. */
function header(m: NewMember, offset: number | null): Uint8Array {
  const name = new TextEncoder().encode(m.name);
  const large = offset === null ? m.size >= FULL32 || m.compressed >= FULL32 : false;
  const extended = [m.size, m.compressed, ...(offset === null ? [] : [offset])].filter((x) => large || x >= FULL32);
  const all = large ? [m.size, m.compressed] : extended;
  const extra = all.length === 0 ? [] : [...u16(1), ...u16(8 * all.length), ...all.flatMap(u64)];
  const version = all.length === 0 ? 20 : 45;
  const [size, compressed] = large ? [FULL32, FULL32] : [bounded(m.size), bounded(m.compressed)];
  const fields = [
    ...u16(version),
    ...u16(name.length === m.name.length ? 0 : 0x800),
    ...u16(m.method === 'stored' ? 0 : 8),
    ...DATE,
    ...u32(m.crc),
    ...u32(compressed),
    ...u32(size),
    ...u16(name.length),
    ...u16(extra.length),
  ];
  const head =
    offset === null
      ? [...u32(LOCAL), ...fields]
      : [
          ...u32(CENTRAL),
          ...u16(version),
          ...fields,
          ...u16(0),
          ...u16(0),
          ...u16(0),
          ...u32(0),
          ...u32(bounded(offset)),
        ];
  return Uint8Array.from([...head, ...name, ...extra]);
}
function tailOf(members: readonly NewMember[]): { directory: Uint8Array[]; begin: number } {
  let at = 0;
  const directory = members.map((m) => {
    const entry = header(m, at);
    at += header(m, null).length + m.compressed;
    return entry;
  });
  const begin = at;
  const length = directory.reduce((n, d) => n + d.length, 0);
  const n = members.length;
  const end = [
    ...u32(END),
    ...u16(0),
    ...u16(0),
    ...u16(Math.min(n, FULL16)),
    ...u16(Math.min(n, FULL16)),
    ...u32(bounded(length)),
    ...u32(bounded(begin)),
    ...u16(0),
  ];
  if (n >= FULL16 || length >= FULL32 || begin >= FULL32) {
    const place = begin + length;
    const record = [
      ...u32(END64),
      ...u64(44),
      ...u16(45),
      ...u16(45),
      ...u32(0),
      ...u32(0),
      ...u64(n),
      ...u64(n),
      ...u64(length),
      ...u64(begin),
    ];
    end.unshift(...record, ...u32(LOCATOR64), ...u32(0), ...u64(place), ...u32(1));
  }
  return { directory: [...directory, Uint8Array.from(end)], begin };
}
/** Bytes of the archive of the members. */
export function archiveSize(members: readonly NewMember[]): number {
  const { directory, begin } = tailOf(members);
  return begin + directory.reduce((n, d) => n + d.length, 0);
}
/** The archive in chunks; each is valid until the next one is asked for. */
export function* archiveChunks(members: readonly NewMember[]): Generator<Uint8Array> {
  for (const m of members) {
    yield header(m, null);
    yield* m.chunks();
  }
  yield* tailOf(members).directory;
}
