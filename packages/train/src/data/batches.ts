// Batches of token sequences out of records: as they come, grouped by length, or packed.
import type { io } from 'lanewise';
import type { DataConfig } from '../config.js';
import { DataError } from '../errors.js';
import type { Place } from './jsonl.js';
import { RecordStream, type DataProgress, type Located, type RecordState } from './records.js';
import { Choices, type ChoicesState } from './rng.js';
import { batchOf, sampleOf, type Sample, type Sequence, type TokenBatch } from './tokens.js';

/** What a run takes its batches from. */
export interface BatchStream<B = unknown> {
  /** the next batch; null at the end */
  next(): Promise<B | null>;
  /** everything that decides what comes next, as plain JSON */
  readonly state: unknown;
  /** goes on where the stream was that gave this state */
  restore(state: never): Promise<void>;
  /** starts over */
  reset(): void;
  readonly progress?: DataProgress;
  close?(): Promise<void>;
}

/** How batches of tokens are made. */
export interface TokenBatchOptions<R> extends Partial<DataConfig> {
  /** the tokens of a record; null leaves it out. It must give the same tokens each time. */
  readonly encode: (record: R) => Sequence | null;
  /** rows of a batch */
  readonly batchSize: number;
  readonly seed?: number;
  /** throw for lines that are not JSON objects */
  readonly strict?: boolean;
}
type Settings<R> = Required<Omit<TokenBatchOptions<R>, 'strict'>>;
/** Plain JSON; the sequences that wait are named by where their records lie. */
export interface TokenBatchState {
  readonly records: RecordState;
  readonly choices: ChoicesState;
  /** batches that are put together but not given out */
  readonly ready: readonly (readonly Place[])[];
  /** the record that did not fit into the last packed batch */
  readonly carried: Place | null;
  readonly short: number;
}
interface Waiting<R> {
  readonly sample: Sample<R>;
  readonly place: Place;
}

/**
 * Batches of token sequences from JSONL sources. `batching` is 'pad' (records as they come), 'bucket' (records of like length
 * together, so that few positions are filled up) or 'pack' (as many whole sequences in a row as fit; `segments` tells them apart).
 */
export class TokenBatches<R extends object = Record<string, unknown>> implements BatchStream<TokenBatch<R>> {
  private ready: Waiting<R>[][] = [];
  private carried: Waiting<R> | null = null;
  private choices: Choices;
  /** records without a label */
  private short = 0;

  private constructor(
    private readonly stream: RecordStream<R>,
    private readonly settings: Settings<R>,
  ) {
    this.choices = new Choices(settings.seed);
  }
  /** Opens the sources: paths, URLs, Blobs, bytes (`encodeJsonl`). @throws DataError if there is nothing to read */
  static async open<R extends object = Record<string, unknown>>(
    sources: io.Source | readonly io.Source[],
    options: TokenBatchOptions<R>,
  ): Promise<TokenBatches<R>> {
    const { strict = false, ...given } = options;
    const settings: Settings<R> = {
      maxLength: 1024,
      batching: 'bucket',
      bucketBatches: 16,
      padMultiple: 32,
      padToken: 0,
      shuffleBuffer: 0,
      cycle: false,
      seed: 0,
      ...given,
    };
    const { shuffleBuffer, cycle, seed } = settings;
    return new TokenBatches(await RecordStream.open<R>(sources, { shuffleBuffer, cycle, seed, strict }), settings);
  }

  async next(): Promise<TokenBatch<R> | null> {
    const { batchSize, batching, maxLength, padToken, padMultiple: multiple } = this.settings;
    if (batching === 'pack') return this.packed();
    if (this.ready.length === 0) {
      const most = batching === 'bucket' ? batchSize * this.settings.bucketBatches : batchSize;
      const pool: Waiting<R>[] = [];
      for (let w = await this.read(); w !== null; w = pool.length < most ? await this.read() : null) pool.push(w);
      if (batching === 'bucket') pool.sort((a, b) => a.sample.tokens.length - b.sample.tokens.length);
      for (let i = 0; i < pool.length; i += batchSize) this.ready.push(pool.slice(i, i + batchSize));
      if (this.settings.shuffleBuffer > 0) this.choices.shuffle(this.ready);
    }
    const group = this.ready.shift();
    if (group === undefined) return null;
    return batchOf(
      group.map((w) => [w.sample]),
      { padToken, multiple, maxLength },
    );
  }
  /** First fit: each sequence goes into the first row with room; one that fits nowhere begins the next batch. */
  private async packed(): Promise<TokenBatch<R> | null> {
    const { batchSize, maxLength, padToken, padMultiple: multiple } = this.settings;
    const rows: Sample<R>[][] = [];
    const used: number[] = [];
    for (;;) {
      const w = this.carried ?? (await this.read());
      this.carried = null;
      if (w === null) break;
      const need = w.sample.tokens.length;
      let r = used.findIndex((u) => u + need <= maxLength);
      if (r < 0) {
        if (rows.length === batchSize) {
          this.carried = w;
          break;
        }
        r = rows.push([]) - 1;
        used.push(0);
      }
      rows[r]!.push(w.sample);
      used[r]! += need;
    }
    return rows.length === 0 ? null : batchOf(rows, { padToken, multiple, maxLength });
  }
  get progress(): DataProgress & { readonly short: number } {
    return { ...this.stream.progress, short: this.short };
  }
  get state(): TokenBatchState {
    return {
      records: this.stream.state,
      choices: this.choices.state,
      ready: this.ready.map((group) => group.map((w) => w.place)),
      carried: this.carried?.place ?? null,
      short: this.short,
    };
  }
  /** @throws DataError if the data is not what the state was taken from */
  async restore(state: TokenBatchState): Promise<void> {
    await this.stream.restore(state.records);
    const places = [...state.ready.flat(), ...(state.carried === null ? [] : [state.carried])];
    const waiting = (await this.stream.recordsAt(places)).map((x) => this.waiting(x));
    let at = 0;
    const take = (): Waiting<R> => {
      const w = waiting[at++];
      if (w === null || w === undefined)
        throw new DataError('[data] `encode` must give a record the tokens that it gave before, got none');
      return w;
    };
    this.ready = state.ready.map((group) => group.map(take));
    this.carried = state.carried === null ? null : take();
    this.choices = new Choices(state.choices);
    this.short = state.short;
  }
  reset(): void {
    this.stream.reset();
    this.ready = [];
    this.carried = null;
    this.choices = new Choices(this.settings.seed);
    this.short = 0;
  }
  close(): Promise<void> {
    return this.stream.close();
  }

  /** The next record that has a label. */
  private async read(): Promise<Waiting<R> | null> {
    const before = this.stream.progress.epoch;
    for (;;) {
      const located = await this.stream.next();
      if (located === null) return null;
      const w = this.waiting(located);
      if (w !== null) return w;
      this.short++;
      if (this.stream.progress.epoch > before + 1)
        throw new DataError('[data] a pass must give a sequence of two tokens or more, got none');
    }
  }
  private waiting({ record, place }: Located<R>): Waiting<R> | null {
    const sequence = this.settings.encode(record);
    if (sequence === null) return null;
    const tokens = 'tokens' in sequence ? sequence.tokens : sequence;
    for (let i = 0; i < tokens.length; i++) {
      if (!Number.isInteger(tokens[i]) || tokens[i]! < 0)
        throw new DataError(
          `[data] tokens must be whole numbers of at least 0, got ${String(tokens[i])} in line ${place[3]}`,
        );
    }
    const sample = sampleOf(sequence, this.settings.maxLength, record);
    return sample === null ? null : { sample, place };
  }
}
