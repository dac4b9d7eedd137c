// The head of a GGUF file, read as hostile input: metadata, and where each tensor lies.
import { FormatError } from '../tensor/errors.js';
import { quote } from './json.js';
import type { Placed } from './read.js';
import {
  aligned,
  ALIGNMENT,
  ALIGNMENT_KEY,
  heldShape,
  isNumberType,
  layoutsByCode,
  MAGIC,
  MAX_DEPTH,
  MAX_RANK,
  numberArrays,
  valueTypes,
  type GgufArray,
  type GgufLayout,
  type GgufMetadata,
  type GgufTensorType,
  type GgufValue,
  type GgufValueType,
} from './gguf-types.js';

/** Where a tensor lies in its file and what it is. */
export interface GgufTensorInfo extends Placed {
  readonly type: GgufTensorType;
  /** sizes in elements, rows first; equal to `shape` but for block types, whose `shape` ends with the bytes of a row */
  readonly elements: readonly number[];
}
/** What the head of a file says. */
export interface GgufHeader {
  readonly version: 2 | 3;
  readonly alignment: number;
  readonly metadata: GgufMetadata;
  /** in the order of the file */
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
}

/** Thrown when the bytes end before the head does: how many of the file are needed to go on. */
export class MoreBytes {
  constructor(readonly needed: number) {}
}

/** The fewest bytes of an entry: a key without a name and a byte, a tensor without a name and sizes. */
const LEAST_PAIR = 8 + 4 + 1;
const LEAST_TENSOR = 8 + 4 + 4 + 8;
const numberBytes = (type: keyof typeof numberArrays): number => numberArrays[type].BYTES_PER_ELEMENT;

/** Reads little-endian fields one after another; nothing is read, counted or allocated that the file has no bytes for. */
class Cursor {
  at = 0;
  /** what is being read, for messages */
  context = 'the header';
  private readonly view: DataView;
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(
    private readonly bytes: Uint8Array,
    readonly fileSize: number,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  fail(message: string, at = this.at): never {
    throw new FormatError(`[gguf] ${this.context}: ${message} at byte ${at} of ${this.file}`);
  }
  /** Goes `count` bytes on and returns where they begin. */
  take(count: number, what: string): number {
    const { at } = this;
    const end = at + count;
    if (end > this.fileSize)
      this.fail(`${what} must end within the file, got ${count} bytes of ${this.fileSize - at} left`);
    if (end > this.bytes.length) throw new MoreBytes(end);
    this.at = end;
    return at;
  }
  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }
  /** A 64-bit integer that a number holds. */
  u64(what: string): number {
    const at = this.take(8, what);
    const value = this.view.getBigUint64(at, true);
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`${what} must be below 2^53, got ${value}`, at);
    return Number(value);
  }
  /** A count of things of at least `least` bytes each. */
  count(what: string, least: number): number {
    const { at } = this;
    const count = this.u64(what);
    const left = this.fileSize - this.at;
    if (count > left / least) this.fail(`${what} must fit the ${left} bytes left of the file, got ${count}`, at);
    return count;
  }
  text(what: string): string {
    const { at } = this;
    const length = this.count(`the length of ${what}`, 1);
    const start = this.take(length, what);
    try {
      return this.utf8.decode(this.bytes.subarray(start, start + length));
    } catch {
      return this.fail(`${what} must be valid UTF-8, got other bytes`, at);
    }
  }
  valueType(): GgufValueType {
    const { at } = this;
    const code = this.u32('a type');
    return (
      valueTypes[code] ?? this.fail(`a type of metadata must be from 0 to ${valueTypes.length - 1}, got ${code}`, at)
    );
  }
  bool(): boolean {
    const at = this.take(1, 'a bool');
    const byte = this.bytes[at]!;
    return byte > 1 ? this.fail(`a bool must be 0 or 1, got ${byte}`, at) : byte === 1;
  }
  value(type: GgufValueType): GgufValue {
    if (type === 'array') return this.array(0);
    if (type === 'string') return { type, value: this.text('a text') };
    if (type === 'bool') return { type, value: this.bool() };
    const value = this.numbers(type, 1)[0]!;
    return { type, value } as GgufValue;
  }
  private numbers(type: keyof typeof numberArrays, count: number): GgufArray['value'] {
    const size = count * numberBytes(type);
    const at = this.take(size, `${count} of ${type}`);
    return new numberArrays[type](this.bytes.slice(at, at + size).buffer);
  }
  private array(depth: number): GgufArray {
    if (depth === MAX_DEPTH) this.fail(`arrays must lie at most ${MAX_DEPTH} deep, got another one`);
    const of = this.valueType();
    const made = (value: unknown): GgufArray => ({ type: 'array', of, value }) as GgufArray;
    if (isNumberType(of)) return made(this.numbers(of, this.count('the length of an array', numberBytes(of))));
    const count = this.count('the length of an array', of === 'bool' ? 1 : of === 'string' ? 8 : 12);
    const values: unknown[] = [];
    for (let i = 0; i < count; i++)
      values.push(of === 'bool' ? this.bool() : of === 'string' ? this.text('a text') : this.array(depth + 1));
    return made(values);
  }
}

/**
 * Reads and checks the head of a file from its first bytes.
 * @throws FormatError with the key or the tensor's name and the offset; MoreBytes if the head goes beyond `bytes`
 */
export function parseGguf(bytes: Uint8Array, fileSize: number, file: string): GgufHeader {
  const cursor = new Cursor(bytes, fileSize, file);
  const version = readVersion(cursor);
  const tensorCount = cursor.count('the number of tensors', LEAST_TENSOR);
  const pairCount = cursor.count('the number of metadata pairs', LEAST_PAIR);
  const metadata = Object.create(null) as Record<string, GgufValue>;
  for (let i = 0; i < pairCount; i++) {
    const { at } = cursor;
    cursor.context = `metadata pair ${i}`;
    const key = cursor.text('a key');
    cursor.context = `key ${quote(key)}`;
    if (key in metadata) cursor.fail('a key must be given once, got it again', at);
    metadata[key] = cursor.value(cursor.valueType());
  }
  const entries = new Map<string, Entry>();
  for (let i = 0; i < tensorCount; i++) {
    const { at } = cursor;
    cursor.context = `tensor ${i}`;
    const name = cursor.text('a name');
    cursor.context = `tensor ${quote(name)}`;
    if (entries.has(name)) cursor.fail('a name must be given once, got it again', at);
    entries.set(name, readEntry(cursor));
  }
  cursor.context = 'the header';
  const alignment = alignmentOf(metadata, cursor);
  const tensors = place(entries, aligned(cursor.at, alignment), alignment, fileSize, file);
  return { version, alignment, metadata: Object.freeze(metadata), tensors };
}

function readVersion(cursor: Cursor): 2 | 3 {
  const magic = cursor.u32('the magic number');
  if (magic !== MAGIC) cursor.fail(`a file must begin with "GGUF", got 0x${magic.toString(16).padStart(8, '0')}`, 0);
  const version = cursor.u32('the version');
  if (version === 2 || version === 3) return version;
  if ((version & 0xffff) === 0 && version !== 0)
    cursor.fail('the file must be little-endian, got a version with its bytes turned round', 4);
  return cursor.fail(`the version must be 2 or 3, got ${version}`, 4);
}

/** The alignment of the file. @throws FormatError unless it is a power of two */
function alignmentOf(metadata: GgufMetadata, cursor: Cursor): number {
  const given = metadata[ALIGNMENT_KEY];
  if (given === undefined) return ALIGNMENT;
  const { type, value } = given;
  if (type === 'uint32' && value > 0 && (value & (value - 1)) === 0) return value;
  return cursor.fail(`${ALIGNMENT_KEY} must be a power of two of type uint32, got ${String(value)} of type ${type}`);
}

interface Entry {
  readonly layout: GgufLayout;
  readonly elements: readonly number[];
  readonly bytes: number;
  /** from the start of the data */
  readonly offset: number;
}
function readEntry(cursor: Cursor): Entry {
  const start = cursor.at;
  const rank = cursor.u32('the number of sizes');
  if (rank > MAX_RANK) cursor.fail(`a shape must have at most ${MAX_RANK} sizes, got ${rank}`, start);
  // files have the size that changes fastest first
  const elements = Array.from({ length: rank }, () => cursor.u64('a size')).reverse();
  const typeAt = cursor.at;
  const code = cursor.u32('the type');
  const layout = layoutsByCode.get(code);
  if (layout === undefined) return cursor.fail(`the type of a tensor must be known, got code ${code}`, typeAt);
  const { type, blockElements, blockBytes } = layout;
  const show = `(${elements.join(', ')})`;
  if (blockElements > 1 && (elements.at(-1) ?? 1) % blockElements !== 0)
    cursor.fail(`rows of ${type} must be whole blocks of ${blockElements} elements, got shape ${show}`, start);
  let bytes = blockBytes;
  for (const [i, size] of elements.entries()) {
    bytes *= i === rank - 1 ? size / blockElements : size;
    if (!Number.isSafeInteger(bytes)) cursor.fail(`the bytes of a shape must stay below 2^53, got ${show}`, start);
  }
  return { layout, elements, bytes, offset: cursor.u64('an offset') };
}

/** Puts the tensors at their bytes of the file, aligned, inside of it and apart from each other. */
function place(
  entries: ReadonlyMap<string, Entry>,
  dataStart: number,
  alignment: number,
  fileSize: number,
  file: string,
): ReadonlyMap<string, GgufTensorInfo> {
  const tensors = new Map<string, GgufTensorInfo>();
  for (const [name, { layout, elements, bytes, offset }] of entries) {
    const fail = (message: string): never => {
      throw new FormatError(`[gguf] tensor ${quote(name)}: ${message} of ${file}`);
    };
    if (offset % alignment !== 0) fail(`an offset must be a multiple of ${alignment}, got ${offset}`);
    const begin = dataStart + offset;
    const end = begin + bytes;
    if (end > fileSize) fail(`must end within the file, got byte ${end} of the ${fileSize} bytes`);
    const shape = Object.freeze(heldShape(elements, layout));
    const info = { name, type: layout.type, dtype: layout.dtype, shape, elements: Object.freeze(elements), begin, end };
    tensors.set(name, Object.freeze(info));
  }
  let last: GgufTensorInfo | undefined;
  for (const info of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (last !== undefined && info.begin < last.end)
      throw new FormatError(
        `[gguf] tensor ${quote(info.name)}: must not overlap ${quote(last.name)}, which ends at byte ${last.end}, ` +
          `got byte ${info.begin} of ${file}`,
      );
    last = info;
  }
  return tensors;
}
