// The header of NumPy's array files (format 1.0, 2.0 and 3.0): a Python dict as text behind a magic number.
import type { DType } from '../tensor/dtype.js';
import { FormatError } from '../tensor/errors.js';
import { MAX_AXES, MAX_SIZE, showShape } from '../tensor/shape.js';
import { quote } from './json.js';

/** What a header says. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** bytes of each number in the file are reversed */
  readonly swapped: boolean;
  /** the first axis runs fastest */
  readonly fortran: boolean;
  /** bytes before the data */
  readonly length: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Longest header text that is read; those NumPy writes have a few hundred bytes. */
const MAX_TEXT = 2 ** 20;
/** Kind and bytes of NumPy's type strings. bfloat16 goes as two raw bytes, as in MLX. */
const kinds: Readonly<Record<DType, string>> = {
  bool: 'b1',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  bfloat16: 'V2',
  complex64: 'c8',
};
const dtypes: ReadonlyMap<string, DType> = new Map(
  Object.entries(kinds).map(([dtype, kind]) => [kind, dtype as DType]),
);

/** Bytes that must be there before `headerLength` can answer. */
export const PRELUDE = 12;
/** Bytes of magic number, version, length and text together. @throws FormatError */
export function headerLength(start: Uint8Array, file: string): number {
  if (start.length < 10 || MAGIC.some((b, i) => start[i] !== b)) {
    throw new FormatError(`[npy] a file must start with NumPy's magic number, got other bytes in ${file}`);
  }
  const [major, minor] = [start[6]!, start[7]!];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`[npy] the format must be 1.0, 2.0 or 3.0, got ${major}.${minor} in ${file}`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  if (major > 1 && start.length < 12)
    throw new FormatError(`[npy] the header must be complete, got the end of ${file}`);
  const text = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (text > MAX_TEXT) throw new FormatError(`[npy] a header holds at most ${MAX_TEXT} bytes, got ${text} in ${file}`);
  return (major === 1 ? 10 : 12) + text;
}

type Literal = string | boolean | number | Literal[] | Map<string, Literal>;
/** Reads the few literals of Python that headers are made of. */
class Literals {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}
  fail(rule: string): never {
    throw new FormatError(`[npy] ${rule}, at character ${this.at} of the header of ${this.file}`);
  }
  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at += found[0].length;
    return found[0];
  }
  private next(): string {
    this.match(/[ \t\r\n]*/y);
    return this.text.charAt(this.at);
  }
  private take(c: string): boolean {
    if (this.next() !== c) return false;
    this.at++;
    return true;
  }
  private items(end: string, item: () => void): void {
    while (!this.take(end)) {
      item();
      if (!this.take(',')) {
        if (!this.take(end)) this.fail(`the header must be a Python literal, wanted ',' or '${end}'`);
        return;
      }
    }
  }
  value(depth = 0): Literal {
    const c = this.next();
    // a descr of structured elements nests; nothing that is read does
    if (depth > 8) this.fail('the header must not nest deeply');
    if (c === '{') {
      this.at++;
      const map = new Map<string, Literal>();
      this.items('}', () => {
        const key = this.value(depth + 1);
        if (typeof key !== 'string' || map.has(key)) this.fail('the keys of the header must be different texts');
        if (!this.take(':')) this.fail("the header must be a Python literal, wanted ':'");
        map.set(key, this.value(depth + 1));
      });
      return map;
    }
    if (c === '(' || c === '[') {
      this.at++;
      const list: Literal[] = [];
      this.items(c === '(' ? ')' : ']', () => list.push(this.value(depth + 1)));
      return list;
    }
    const text = this.match(/'[^'\\\n]*'|"[^"\\\n]*"/y);
    if (text !== null) return text.slice(1, -1);
    const word = this.match(/True|False/y);
    if (word !== null) return word === 'True';
    const digits = this.match(/\d{1,15}(?!\d)/y);
    if (digits === null) this.fail('the header must be a Python literal');
    this.match(/L/y); // Python 2 wrote long integers so
    return Number(digits);
  }
  end(): void {
    if (this.next() !== '') this.fail('nothing may follow the dict of the header');
  }
}

/** A type string, read. @throws FormatError for elements the library has no dtype for */
function elements(descr: Literal, file: string): { dtype: DType; swapped: boolean } {
  if (typeof descr !== 'string') {
    throw new FormatError(`[npy] the elements must be numbers or bool, got a structured type in ${file}`);
  }
  const order = /^[<>|=]/.exec(descr)?.[0] ?? '=';
  const kind = descr.replace(/^[<>|=]/, '');
  if (kind === 'c16' || kind === 'c32') {
    const bits = Number(kind.slice(1)) * 8;
    throw new FormatError(
      `[npy] complex elements must be complex64 (x.astype('complex64') in NumPy), got complex${bits} in ${file}`,
    );
  }
  const dtype = dtypes.get(kind === '?' ? 'b1' : kind);
  if (dtype === undefined) {
    throw new FormatError(`[npy] the elements must have a dtype of the library, got ${quote(descr)} in ${file}`);
  }
  return { dtype, swapped: order === '>' && !kind.endsWith('1') };
}

/** Reads a whole header. @throws FormatError */
export function parseHeader(bytes: Uint8Array, file: string): NpyHeader {
  const version = bytes[6]!;
  const body = bytes.subarray(version === 1 ? 10 : 12);
  let text: string;
  if (version < 3) text = Array.from(body, (b) => String.fromCharCode(b)).join('');
  else {
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch (cause) {
      throw new FormatError(`[npy] the header must be valid UTF-8, got other bytes in ${file}`, { cause });
    }
  }
  const reader = new Literals(text, file);
  const dict = reader.value();
  reader.end();
  const keys = dict instanceof Map ? [...dict.keys()].sort().join(', ') : 'no dict';
  if (!(dict instanceof Map) || keys !== 'descr, fortran_order, shape') {
    throw new FormatError(
      `[npy] the header must have the keys descr, fortran_order and shape, got ${quote(keys)} in ${file}`,
    );
  }
  const shape = dict.get('shape')!;
  const fortran = dict.get('fortran_order')!;
  if (typeof fortran !== 'boolean') {
    throw new FormatError(`[npy] fortran_order must be True or False, got another value in ${file}`);
  }
  if (!Array.isArray(shape) || !shape.every((d): d is number => typeof d === 'number')) {
    throw new FormatError(`[npy] the shape must be a tuple of integers, got another value in ${file}`);
  }
  const size = shape.includes(0) ? 0 : shape.reduce((p, d) => p * d, 1);
  if (shape.length > MAX_AXES || size > MAX_SIZE || shape.some((d) => d > MAX_SIZE)) {
    throw new FormatError(
      `[npy] a tensor has at most ${MAX_AXES} axes and ${MAX_SIZE} elements, got ${showShape(shape).slice(0, 100)} in ${file}`,
    );
  }
  return { ...elements(dict.get('descr')!, file), shape, fortran, length: bytes.length };
}

/** Places NumPy leaves for the first size to grow in place. */
const GROWTH = 21;
/** The header NumPy writes for row-major data: format 1.0, data from a multiple of 64 bytes on. */
export function encodeHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const order = kinds[dtype].endsWith('1') ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  let text = `{'descr': '${order}${kinds[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  if (shape.length > 0) text += ' '.repeat(GROWTH - String(shape[0]).length);
  text += ' '.repeat(64 - ((10 + text.length + 1) % 64)) + '\n';
  const out = new Uint8Array(10 + text.length);
  out.set([...MAGIC, 1, 0, text.length & 0xff, text.length >>> 8]);
  for (let i = 0; i < text.length; i++) out[10 + i] = text.charCodeAt(i);
  return out;
}
