// A strict JSON reader for untrusted headers: duplicate keys, fractions and unpaired surrogates are refused, which JSON.parse lets pass.
import { FormatError } from '../tensor/errors.js';

const MAX_DEPTH = 128;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const UNPAIRED = /\p{Surrogate}/u;

/** True if the text can be written as UTF-8: every surrogate has its partner. */
export const isWellFormed = (text: string): boolean => !UNPAIRED.test(text);

/** A name from a file, quoted and cut to a length that a message can hold. */
export const quote = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);

/** Text of bytes that must be UTF-8. @throws FormatError */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new FormatError(`[safetensors] the header must be valid UTF-8, got other bytes in ${file}`, { cause });
  }
}

/** Walks a JSON text as its caller expects it; the caller says what comes next. Every failure is a FormatError with the byte offset. */
export class JsonReader {
  private at = 0;
  /** What is being read, for messages: `tensor "w"` */
  context = 'the header';

  constructor(
    private readonly text: string,
    private readonly file: string,
    /** offset of the text in the file */
    private readonly base: number,
  ) {}

  /** @throws FormatError always, with the place of `at` in the file */
  fail(rule: string, at = this.at): never {
    const offset = this.base + new TextEncoder().encode(this.text.slice(0, at)).length;
    throw new FormatError(`[safetensors] ${this.context}: ${rule}, at byte ${offset} of ${this.file}`);
  }

  /** Where the next value starts, for `fail`. */
  position(): number {
    this.space();
    return this.at;
  }

  private space(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.at++;
    }
  }

  private peek(): string {
    this.space();
    return this.text.charAt(this.at);
  }

  private got(): string {
    return this.at < this.text.length ? `got ${quote(this.text.charAt(this.at))}` : 'got the end';
  }

  private expect(char: string, what: string): void {
    if (this.peek() !== char) this.fail(`expected ${what}, ${this.got()}`);
    this.at++;
  }

  /** A string, its escapes resolved. */
  string(what: string): string {
    this.expect('"', what);
    const start = this.at;
    let end = this.text.indexOf('"', start);
    while (end > 0 && this.escaped(start, end)) end = this.text.indexOf('"', end + 1);
    if (end < 0) this.fail('a string must be closed, got the end', start - 1);
    this.at = end + 1;
    const raw = this.text.slice(start, end);
    let value: string;
    try {
      value = JSON.parse(`"${raw}"`) as string;
    } catch {
      this.fail('a string must hold no control characters and only valid escapes', start - 1);
    }
    if (!isWellFormed(value)) this.fail('a string must hold no unpaired surrogate', start - 1);
    return value;
  }

  private escaped(start: number, quoteAt: number): boolean {
    let i = quoteAt;
    while (i > start && this.text.charCodeAt(i - 1) === 0x5c) i--;
    return (quoteAt - i) % 2 === 1;
  }

  /** An integer from 0 to 2^53 - 1, written without fraction or exponent. */
  integer(what: string): number {
    this.space();
    NUMBER.lastIndex = this.at;
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) this.fail(`${what} must be non-negative integers, ${this.got()}`);
    const value = Number(token);
    if (!/^[0-9]+$/.test(token)) this.fail(`${what} must be non-negative integers, got ${token.slice(0, 40)}`);
    if (!Number.isSafeInteger(value)) this.fail(`${what} must be below 2^53, got ${token.slice(0, 40)}`);
    this.at += token.length;
    return value;
  }

  /** An object; `each` reads the value of every key. @throws FormatError also for a key given twice */
  object(what: string, each: (key: string) => void): void {
    this.expect('{', what);
    const seen = new Set<string>();
    if (this.peek() === '}') {
      this.at++;
      return;
    }
    for (;;) {
      this.space();
      const start = this.at;
      const key = this.string('a key');
      if (seen.has(key)) this.fail(`a key must not be given twice, got ${quote(key)}`, start);
      seen.add(key);
      this.expect(':', '":"');
      each(key);
      if (this.peek() === '}') break;
      this.expect(',', '"," or "}"');
    }
    this.at++;
  }

  /** An array; `each` reads every element. */
  array(what: string, each: (index: number) => void): void {
    this.expect('[', what);
    if (this.peek() === ']') {
      this.at++;
      return;
    }
    for (let i = 0; ; i++) {
      each(i);
      if (this.peek() === ']') break;
      this.expect(',', '"," or "]"');
    }
    this.at++;
  }

  /** The word `null`, if it comes next. */
  nothing(): boolean {
    this.space();
    if (!this.text.startsWith('null', this.at)) return false;
    this.at += 4;
    return true;
  }

  /** Any value; it is checked and dropped. */
  skip(depth = 0): void {
    if (depth > MAX_DEPTH) this.fail(`values must be nested at most ${MAX_DEPTH} deep`);
    const next = this.peek();
    if (next === '"') this.string('a string');
    else if (next === '{') this.object('an object', () => this.skip(depth + 1));
    else if (next === '[') this.array('an array', () => this.skip(depth + 1));
    else {
      for (const pattern of [NUMBER, WORD]) {
        pattern.lastIndex = this.at;
        const token = pattern.exec(this.text)?.[0];
        if (token === undefined) continue;
        this.at += token.length;
        return;
      }
      this.fail(`expected a value, ${this.got()}`);
    }
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.space();
    if (this.at < this.text.length) this.fail(`expected nothing after the object, ${this.got()}`);
  }
}
