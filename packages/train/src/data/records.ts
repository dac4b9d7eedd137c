// Records of JSONL files in shuffled order, for as many passes as are asked for.
import { io } from 'lanewise';
import { DataError } from '../errors.js';
import { linesAt, linesFrom, START, type Cursor, type Line, type Place } from './jsonl.js';
import { Choices, type ChoicesState } from './rng.js';

/** A record and where it lies. */
export interface Located<R> {
  readonly record: R;
  readonly place: Place;
}
/** How records are read. */
export interface RecordOptions {
  /** records among which the next one is drawn; 0 (the default) keeps the order of the files */
  readonly shuffleBuffer?: number;
  /** of the order */
  readonly seed?: number;
  /** begin again after the last record */
  readonly cycle?: boolean;
  /** throw for a line that is not a JSON object in UTF-8, instead of leaving it out */
  readonly strict?: boolean;
}
/** How far reading has come. */
export interface DataProgress {
  /** finished passes */
  readonly epoch: number;
  /** part of this pass that has been read, from 0 to 1 */
  readonly fraction: number;
  /** records given out since the start */
  readonly records: number;
  /** lines left out because they hold no JSON object */
  readonly skipped: number;
}
/** Everything that decides which records come next; plain JSON. */
export interface RecordState {
  readonly sizes: readonly number[];
  readonly epoch: number;
  readonly cursor: Cursor;
  readonly records: number;
  readonly skipped: number;
  readonly choices: ChoicesState;
  readonly buffer: readonly Place[];
}

/**
 * Records of JSONL sources (paths, URLs, Blobs, bytes), read line by line. With a shuffle buffer the next record is drawn from
 * that many; every record comes once in a pass. Its state is small, and a stream that is given a state goes on exactly there.
 */
export class RecordStream<R extends object = Record<string, unknown>> {
  private cursor = START;
  private epoch = 0;
  private records = 0;
  private skipped = 0;
  private inPass = 0;
  private buffer: Located<R>[] = [];
  private lines: AsyncGenerator<Line, void> | null = null;
  private choices: Choices;

  private constructor(
    private readonly sources: readonly io.ByteSource[],
    private readonly options: Required<RecordOptions>,
  ) {
    this.choices = new Choices(options.seed);
  }
  /**
   * Opens the sources.
   * @throws DataError if there is nothing to read; errors of the file system pass through
   */
  static async open<R extends object = Record<string, unknown>>(
    sources: io.Source | readonly io.Source[],
    options: RecordOptions = {},
  ): Promise<RecordStream<R>> {
    const list = Array.isArray(sources) ? (sources as readonly io.Source[]) : [sources as io.Source];
    const opened: io.ByteSource[] = [];
    try {
      for (const source of list) opened.push(await io.openSource(source));
      if (opened.every((file) => file.size === 0))
        throw new DataError('[data] the sources must hold records, got no bytes');
    } catch (error) {
      for (const file of opened) await file.close();
      throw error;
    }
    return new RecordStream<R>(opened, { shuffleBuffer: 0, seed: 0, cycle: false, strict: false, ...options });
  }

  /**
   * The next record; null at the end.
   * @throws DataError for a pass without any record, and in strict mode for a line that is not a JSON object
   */
  async next(): Promise<Located<R> | null> {
    const most = Math.max(1, this.options.shuffleBuffer);
    while (this.buffer.length < most) {
      const read = await this.read();
      if (read === null) break;
      this.buffer.push(read);
    }
    if (this.buffer.length === 0) {
      if (this.inPass === 0)
        throw new DataError(
          `[data] a pass must give a record, got none in ${this.sources.map((s) => s.name).join(', ')}`,
        );
      if (!this.options.cycle) return null;
      this.begin(this.epoch + 1);
      return this.next();
    }
    const i = this.buffer.length === 1 ? 0 : this.choices.below(this.buffer.length);
    const drawn = this.buffer[i]!;
    const last = this.buffer.pop()!;
    if (i < this.buffer.length) this.buffer[i] = last;
    this.records++;
    return drawn;
  }
  get progress(): DataProgress {
    const sizes = this.sources.map((s) => s.size);
    const total = sizes.reduce((a, b) => a + b, 0);
    const before = sizes.slice(0, this.cursor.source).reduce((a, b) => a + b, 0);
    return {
      epoch: this.epoch,
      fraction: Math.min(1, (before + this.cursor.offset) / total),
      records: this.records,
      skipped: this.skipped,
    };
  }
  get state(): RecordState {
    return {
      sizes: this.sources.map((s) => s.size),
      epoch: this.epoch,
      cursor: this.cursor,
      records: this.records,
      skipped: this.skipped,
      choices: this.choices.state,
      buffer: this.buffer.map((x) => x.place),
    };
  }
  /**
   * Goes on where another stream on the same data was when it gave its state.
   * @throws DataError if the data has other sizes
   */
  async restore(state: RecordState): Promise<void> {
    const sizes = this.sources.map((s) => s.size);
    if (sizes.length !== state.sizes.length || sizes.some((size, i) => size !== state.sizes[i]))
      throw new DataError(
        `[data] the data must be what the checkpoint was made with, of ${state.sizes.join(', ')} bytes, got ${sizes.join(', ')}`,
      );
    this.buffer = await this.recordsAt(state.buffer);
    this.begin(state.epoch);
    this.cursor = state.cursor;
    this.records = state.records;
    this.skipped = state.skipped;
    this.choices = new Choices(state.choices);
    // a state in the middle of a pass proves that the pass has records
    this.inPass = state.cursor.source > 0 || state.cursor.offset > 0 ? 1 : 0;
  }
  /** The records at places, in their order. @throws DataError if one is not there any more */
  async recordsAt(places: readonly Place[]): Promise<Located<R>[]> {
    const texts = await linesAt(this.sources, places);
    return places.map((place, i) => {
      const record = parse<R>(texts[i]!);
      if (record === null)
        throw new DataError(
          `[data] ${this.nameOf(place)} must hold the record that the checkpoint saw there, got none`,
        );
      return { record, place };
    });
  }
  /** Starts over: the first pass, and the order of the seed. */
  reset(): void {
    this.begin(0);
    this.buffer = [];
    this.records = 0;
    this.skipped = 0;
    this.choices = new Choices(this.options.seed);
  }
  /** Gives back files that were opened. */
  async close(): Promise<void> {
    for (const source of this.sources) await source.close();
  }

  private begin(epoch: number): void {
    this.epoch = epoch;
    this.cursor = START;
    this.lines = null;
    this.inPass = 0;
  }
  private nameOf([source, , , line]: Place): string {
    return `${this.sources[source]?.name ?? `source ${source}`}:${line}`;
  }
  /** The next record of this pass in the order of the files. */
  private async read(): Promise<Located<R> | null> {
    this.lines ??= linesFrom(this.sources, this.cursor);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done === true) return null;
      const { place, text, next } = value;
      this.cursor = next;
      const record = parse<R>(text);
      if (record !== null) {
        this.inPass++;
        return { record, place };
      }
      if (this.options.strict)
        throw new DataError(
          text === null
            ? `[data] each line must be UTF-8, got other bytes in ${this.nameOf(place)}`
            : `[data] each line must be a JSON object, got ${clip(text)} in ${this.nameOf(place)}`,
        );
      this.skipped++;
    }
  }
}
const clip = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
function parse<R extends object>(text: string | null): R | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as R) : null;
  } catch {
    return null;
  }
}
