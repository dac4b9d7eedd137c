// Rounds: every library measures a workload once in each, one after the other, beside the machine's ceiling.
import type { Ceiling } from './protocol.js';
import { Host } from './host.js';
import type { Engine } from './host.js';
import type { Column } from './peers/index.js';
import { median } from './statistics.js';
import { valuesOf } from './workload.js';
import type { Workload } from './workload.js';

/** How thorough a run is. */
export interface Effort {
  readonly rounds: number;
  /** milliseconds of one library in one round */
  readonly stretch: number;
  /** milliseconds of warming up */
  readonly warmUp: number;
}
export const efforts = {
  full: { rounds: 9, stretch: 50, warmUp: 300 },
  quick: { rounds: 3, stretch: 15, warmUp: 120 },
} as const satisfies Record<string, Effort>;

/** A library that takes longer than so many times its share of the rounds takes part in fewer of them. */
const PATIENCE = 4;
/** How long making a workload ready may take: models are loaded there, and slow results checked. */
const SECONDS = 900;

/** What one library did with one workload. */
export type Outcome =
  /** milliseconds of one run in each round, and how far the result was from float64's */
  | { readonly state: 'timed'; readonly rounds: readonly number[]; readonly deviation: number }
  /** its result differs from float64's by more than the tolerance: not timed */
  | { readonly state: 'wrong'; readonly deviation: number }
  | { readonly state: 'failed'; readonly reason: string };

/** A workload's outcomes by column; columns without a program for it are absent. */
export interface Measurement {
  readonly workload: Workload;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** of the rounds, the median: 1e9 operations or bytes a second */
  readonly ceiling: Ceiling | null;
}

const firstLine = (e: unknown): string => (e instanceof Error ? e.message : String(e)).split('\n')[0]!;

/** The processes of a run. */
export class Session {
  readonly #engine: Engine;
  readonly #columns: readonly Column[];
  readonly #hosts = new Map<string, Host>();
  readonly #ceiling: Host;
  /** versions of those that started, by column */
  readonly versions: Record<string, string> = {};
  /** why others did not, by column */
  readonly missing: Record<string, string> = {};

  private constructor(columns: readonly Column[], engine: Engine) {
    this.#columns = columns;
    this.#engine = engine;
    this.#ceiling = new Host(engine, {});
  }
  /** Starts one process for each column, and one that samples the machine. */
  static async start(columns: readonly Column[], engine: Engine): Promise<Session> {
    const session = new Session(columns, engine);
    for (const column of columns) {
      try {
        await session.#start(column);
      } catch (e) {
        session.missing[column.id] = firstLine(e);
      }
    }
    return session;
  }
  async #start({ id, library, threads }: Column): Promise<Host> {
    const host = new Host(this.#engine, { LANEWISE_THREADS: String(threads) });
    this.#hosts.set(id, host);
    try {
      this.versions[id] = (await host.ask<'start'>({ kind: 'start', library: library.name, threads })).version;
      return host;
    } catch (e) {
      host.close();
      this.#hosts.delete(id);
      throw e;
    }
  }
  /** The process of a column; a new one where the last died of its workload. */
  async #host(column: Column): Promise<Host> {
    const host = this.#hosts.get(column.id);
    return host === undefined || host.ended !== null ? this.#start(column) : host;
  }

  /** Measures one workload: results first, then the rounds. */
  async measure(workload: Workload, { rounds, stretch, warmUp }: Effort): Promise<Measurement> {
    const file = (await workload.file?.()) ?? null;
    const expected = workload.expected(valuesOf(workload));
    const outcomes: Record<string, Outcome> = {};
    const times = new Map<string, number[]>();
    const most = new Map<string, number>();
    for (const column of this.#columns) {
      const { id } = column;
      if (id in this.missing) continue;
      try {
        const host = await this.#host(column);
        const found = await host.ask<'ready'>(
          {
            kind: 'ready',
            workload: workload.name,
            expected,
            file,
            milliseconds: warmUp,
          },
          SECONDS,
        );
        if (found.state === 'absent') continue;
        if (found.state === 'wrong') outcomes[id] = found;
        else {
          const own: number[] = [];
          times.set(id, own);
          const repeats = workload.repeats ?? 1;
          most.set(id, Math.max(1, Math.ceil((PATIENCE * rounds * stretch) / (found.each * repeats))));
          outcomes[id] = { state: 'timed', rounds: own, deviation: found.deviation };
        }
      } catch (e) {
        outcomes[id] = { state: 'failed', reason: firstLine(e) };
      }
    }
    const of = workload.flops !== undefined ? 'flops' : workload.bytes !== undefined ? 'bytes' : null;
    const ceilings: Ceiling[] = [];
    for (let round = 0; round < rounds; round++) {
      if (of !== null)
        ceilings.push(await this.#ceiling.ask<'ceiling'>({ kind: 'ceiling', of, milliseconds: stretch }));
      for (const [id, own] of times) {
        if (own.length >= most.get(id)!) continue;
        try {
          own.push((await this.#hosts.get(id)!.ask<'sample'>({ kind: 'sample', milliseconds: stretch })).median);
        } catch (e) {
          times.delete(id);
          outcomes[id] = { state: 'failed', reason: firstLine(e) };
        }
      }
    }
    for (const id of times.keys())
      await this.#hosts
        .get(id)!
        .ask<'release'>({ kind: 'release' })
        .catch(() => null);
    return { workload, outcomes, ceiling: of === null ? null : middle(ceilings) };
  }

  close(): void {
    for (const host of [...this.#hosts.values(), this.#ceiling]) host.close();
  }
}

function middle(samples: readonly Ceiling[]): Ceiling {
  const relaxed = samples.map((c) => c.relaxed).filter((r) => r !== null);
  return { plain: median(samples.map((c) => c.plain)), relaxed: relaxed.length === 0 ? null : median(relaxed) };
}
