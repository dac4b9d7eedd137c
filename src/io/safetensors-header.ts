// The header of a safetensors file, read as hostile input and held to what the reference implementation accepts.
import type { DType } from '../tensor/dtype.js';
import { FormatError } from '../tensor/errors.js';
import { decodeUtf8, JsonReader, quote } from './json.js';
import { tags, unsupportedTags, type SafetensorsTag, type TagInfo } from './safetensors-dtype.js';

/** The longest header the format allows, in bytes. */
export const MAX_HEADER = 100_000_000;
/** Bytes of the length field in front of the header. */
export const PREFIX = 8;

/** Where a tensor lies in its file and what it is. */
export interface TensorInfo {
  readonly name: string;
  /** dtype of the tensor that `tensor(name)` gives */
  readonly dtype: DType;
  /** dtype as the file states it */
  readonly tag: SafetensorsTag;
  readonly shape: readonly number[];
  /** first byte, counted from the start of the file */
  readonly begin: number;
  /** the byte after the last one */
  readonly end: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  /** `__metadata__`, empty where the file has none; without a prototype */
  readonly metadata: Readonly<Record<string, string>>;
  /** in the order of the header */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/** How 8-bit floats are read: widened to float16 (exact), or as their raw bytes. */
export type F8Reading = 'float16' | 'uint8';

/**
 * Length of the header from the first 8 bytes of a file.
 * @throws FormatError if the field passes the cap or the end of the file
 */
export function headerLength(prefix: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < PREFIX || prefix.length < PREFIX) {
    throw new FormatError(
      `[safetensors] a file starts with 8 bytes of header length, got ${fileSize} bytes in ${file}`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw new FormatError(
      `[safetensors] a header holds at most ${MAX_HEADER} bytes, got ${length} at byte 0 of ${file}`,
    );
  }
  if (Number(length) > fileSize - PREFIX) {
    throw new FormatError(
      `[safetensors] the header must end within the file, got ${length} bytes from byte 8 on in the ${fileSize} bytes of ${file}`,
    );
  }
  return Number(length);
}

/**
 * Reads and checks a header (the bytes after the length field). Accepts what the reference implementation does: every byte of the
 * data belongs to exactly one tensor, without holes, overlaps or a rest; and also refuses names given twice.
 * @throws FormatError with the tensor's name and the offset
 */
export function parseHeader(
  header: Uint8Array,
  fileSize: number,
  file: string,
  f8: F8Reading = 'float16',
): SafetensorsHeader {
  const reader = new JsonReader(decodeUtf8(header, file), file, PREFIX);
  const dataStart = PREFIX + header.length;
  const metadata = Object.create(null) as Record<string, string>;
  const tensors = new Map<string, TensorInfo>();
  reader.object('a JSON object', (name) => {
    if (name === '__metadata__') {
      reader.context = '__metadata__';
      if (!reader.nothing()) {
        reader.object('an object of strings', (key) => (metadata[key] = reader.string('a string')));
      }
    } else {
      reader.context = `tensor ${quote(name)}`;
      tensors.set(name, readEntry(reader, name, dataStart, f8));
    }
    reader.context = 'the header';
  });
  reader.end();
  checkLayout([...tensors.values()], dataStart, fileSize, file);
  return { metadata, tensors };
}

function readEntry(reader: JsonReader, name: string, dataStart: number, f8: F8Reading): TensorInfo {
  const start = reader.position();
  const entry: { type?: TagInfo; shape?: number[]; offsets?: number[] } = {};
  reader.object('an object with dtype, shape and data_offsets', (field) => {
    if (field === 'dtype') entry.type = readTag(reader);
    else if (field === 'shape') entry.shape = readIntegers(reader, 'the sizes of a shape');
    else if (field === 'data_offsets') entry.offsets = readIntegers(reader, 'data_offsets');
    else reader.skip();
  });
  const { type, shape, offsets } = entry;
  if (type === undefined) reader.fail('an entry must have a dtype, got none', start);
  if (shape === undefined) reader.fail('an entry must have a shape, got none', start);
  if (offsets === undefined) reader.fail('an entry must have data_offsets, got none', start);
  const [from, to] = offsets;
  if (offsets.length !== 2 || from === undefined || to === undefined) {
    reader.fail(`data_offsets must be two integers, got ${offsets.length}`, start);
  }
  if (from > to) reader.fail(`data_offsets must not run backwards, got [${from}, ${to}]`, start);
  const bytes = bytesOf(shape, type.size);
  if (bytes === null) reader.fail(`the bytes of a shape must stay below 2^53, got ${show(shape)}`, start);
  if (bytes !== to - from) {
    const got = `${to - from} from data_offsets [${from}, ${to}]`;
    reader.fail(`shape ${show(shape)} of ${type.tag} takes ${bytes} bytes, got ${got}`, start);
  }
  if (!Number.isSafeInteger(dataStart + to))
    reader.fail(`data_offsets must stay below 2^53, got [${from}, ${to}]`, start);
  const dtype = f8 === 'uint8' && type.tag.startsWith('F8') ? 'uint8' : type.dtype;
  return Object.freeze({
    name,
    dtype,
    tag: type.tag,
    shape: Object.freeze(shape),
    begin: dataStart + from,
    end: dataStart + to,
  });
}

function readTag(reader: JsonReader): TagInfo {
  const text = reader.string('a dtype');
  const type = tags.get(text);
  if (type !== undefined) return type;
  if (unsupportedTags.has(text)) reader.fail(`dtype ${text} has no tensor dtype to be read into`);
  return reader.fail(`dtype must be one of ${[...tags.keys()].join(' ')}, got ${quote(text)}`);
}

function readIntegers(reader: JsonReader, what: string): number[] {
  const values: number[] = [];
  reader.array(`an array of integers for ${what}`, () => values.push(reader.integer(what)));
  return values;
}

/** Bytes of a shape, null if a product on the way passes 2^53. */
function bytesOf(shape: readonly number[], size: number): number | null {
  let n = 1;
  for (const d of shape) {
    n *= d;
    if (!Number.isSafeInteger(n)) return null;
  }
  return Number.isSafeInteger(n * size) ? n * size : null;
}

const show = (shape: readonly number[]): string =>
  shape.length > 16 ? `(${shape.slice(0, 16).join(', ')}, ...)` : `(${shape.join(', ')})`;

/** Every byte after the header must belong to exactly one tensor. */
function checkLayout(infos: TensorInfo[], dataStart: number, fileSize: number, file: string): void {
  infos.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataStart;
  let before = 'the header';
  for (const { name, begin, end } of infos) {
    const tensor = `[safetensors] tensor ${quote(name)}`;
    if (begin !== at) {
      const rule = begin < at ? 'must not overlap' : 'must leave no hole after';
      throw new FormatError(`${tensor}: ${rule} ${before}, which ends at byte ${at}, got byte ${begin} of ${file}`);
    }
    if (end > fileSize) {
      throw new FormatError(`${tensor}: must end within the file, got byte ${end} of the ${fileSize} bytes of ${file}`);
    }
    at = end;
    before = quote(name);
  }
  if (at !== fileSize) {
    throw new FormatError(
      `[safetensors] the file must end with ${before} at byte ${at}, got ${fileSize} bytes in ${file}`,
    );
  }
}
