// Lines of JSONL files, one by one, each with the place it came from; and lines again from their places.
import type { io } from 'lanewise';
import { DataError } from '../errors.js';

/** Where a line lies: which source, its first byte, its bytes without the line break, its number from 1. */
export type Place = readonly [source: number, offset: number, length: number, line: number];
/** Where reading goes on. */
export interface Cursor {
  readonly source: number;
  readonly offset: number;
  /** number of the next line, from 1 */
  readonly line: number;
}
export const START: Cursor = { source: 0, offset: 0, line: 1 };
/** A line and its place. */
export interface Line {
  readonly place: Place;
  /** null where the bytes are not UTF-8 */
  readonly text: string | null;
  /** after it */
  readonly next: Cursor;
}

const CHUNK = 256 * 2 ** 10;
const LF = 10;
const CR = 13;
/** Gaps up to this many bytes are read over when lines are read again. */
const GAP = 64 * 2 ** 10;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BOM = '\uFEFF';

async function readAll(source: io.ByteSource, begin: number, end: number): Promise<Uint8Array> {
  const bytes = await source.read(begin, end);
  if (bytes.length !== end - begin)
    throw new DataError(
      `[data] ${source.name} must keep its ${source.size} bytes, wanted ${end - begin} and got ${bytes.length} from byte ${begin} on`,
    );
  return bytes;
}
/** The text of the bytes, without the carriage return of Windows; null where they are not UTF-8. A byte order mark begins a file only. */
function decode(bytes: Uint8Array, offset: number): string | null {
  let text: string;
  try {
    text = utf8.decode(bytes[bytes.length - 1] === CR ? bytes.subarray(0, -1) : bytes);
  } catch {
    return null;
  }
  return offset === 0 && text.startsWith(BOM) ? text.slice(1) : text;
}

/**
 * The lines that are not blank, from `cursor` to the end of the last source. Holds one chunk and the line that crosses it.
 * @throws DataError for a source that became shorter
 */
export async function* linesFrom(sources: readonly io.ByteSource[], cursor: Cursor): AsyncGenerator<Line, void> {
  let { source, offset, line } = cursor;
  for (; source < sources.length; source++, offset = 0, line = 1) {
    const file = sources[source]!;
    let begun: Uint8Array[] = []; // pieces of the line that is being read
    let length = 0;
    const finish = (piece: Uint8Array, broken: boolean): Line | null => {
      const bytes = begun.length === 0 ? piece : join([...begun, piece], length + piece.length);
      const place: Place = [source, offset, bytes.length, line];
      const text = decode(bytes, offset);
      begun = [];
      length = 0;
      offset += bytes.length + (broken ? 1 : 0);
      line++;
      return text?.trim() === '' ? null : { place, text, next: { source, offset, line } };
    };
    for (let at = offset; at < file.size; at += CHUNK) {
      const chunk = await readAll(file, at, Math.min(at + CHUNK, file.size));
      let from = 0;
      for (let to = chunk.indexOf(LF); to >= 0; to = chunk.indexOf(LF, from)) {
        const found = finish(chunk.subarray(from, to), true);
        from = to + 1;
        if (found !== null) yield found;
      }
      if (from < chunk.length) {
        begun.push(chunk.slice(from));
        length += chunk.length - from;
      }
    }
    if (length > 0) {
      const found = finish(new Uint8Array(0), false);
      if (found !== null) yield found;
    }
  }
}
function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/**
 * The texts at places, in their order. Lines that lie close together are read with one request.
 * @throws DataError for a place outside of its source
 */
export async function linesAt(sources: readonly io.ByteSource[], places: readonly Place[]): Promise<(string | null)[]> {
  const order = places
    .map((_, i) => i)
    .sort((a, b) => {
      const [p, q] = [places[a]!, places[b]!];
      return p[0] - q[0] || p[1] - q[1];
    });
  const texts = new Array<string | null>(places.length);
  for (let from = 0; from < order.length;) {
    const [source, begin, first] = places[order[from]!]!;
    let end = begin + first;
    let to = from + 1;
    for (; to < order.length; to++) {
      const [s, offset, length] = places[order[to]!]!;
      if (s !== source || offset > end + GAP) break;
      end = Math.max(end, offset + length);
    }
    const file = sources[source];
    if (file === undefined || end > file.size)
      throw new DataError(
        `[data] a place must lie in its source, got bytes ${begin} to ${end} of ${file === undefined ? `source ${source}` : `${file.name}, which has ${file.size}`}`,
      );
    const bytes = await readAll(file, begin, end);
    for (; from < to; from++) {
      const [, offset, length] = places[order[from]!]!;
      texts[order[from]!] = decode(bytes.subarray(offset - begin, offset - begin + length), offset);
    }
  }
  return texts;
}

/** Records as the bytes of a JSONL file: data that is in memory already. */
export function encodeJsonl(records: Iterable<unknown>): Uint8Array {
  let text = '';
  for (const record of records) text += `${JSON.stringify(record)}\n`;
  return new TextEncoder().encode(text);
}
