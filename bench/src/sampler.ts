// Time of a function, by tinybench.

/** Something that can be timed. */
export type Work = () => unknown;

/** One visit to a function. */
export interface Sample {
  /** median milliseconds of one call */
  readonly median: number;
  /** of the fastest */
  readonly least: number;
  /** how many stretches were timed */
  readonly count: number;
}

/** A function with what is known about its length. */
export interface Timed {
  readonly work: Work;
  readonly awaits: boolean;
  /** milliseconds of one call */
  readonly each: number;
  /** calls in one stretch between two looks at the clock */
  readonly calls: number;
}

/** What is used of tinybench 6: it is installed for this package alone, so its types may be absent where these sources are checked. */
interface Tinybench {
  readonly Bench: new (options: object) => {
    add(name: string, work: Work, options: { readonly async: boolean }): void;
    run(): Promise<readonly { readonly result: { readonly latency?: Latency; readonly error?: Error } }[]>;
  };
}
interface Latency {
  readonly p50: number;
  readonly min: number;
  readonly samplesCount: number;
}
const harness = 'tinybench';

const STRETCH = 2; // milliseconds between two looks at the clock, at least, so that neither the clock nor the harness counts
const MOST_CALLS = 1_000_000;

const ENOUGH = 10; // calls after which generated code has replaced what ran first
const PATIENCE = 8; // times the asked milliseconds, that work which takes long may have for them
const REPEATED = 3; // calls of such work in one visit: the first finds the caches of another library

/**
 * Calls `work` until its code is compiled and its length known: for `milliseconds` and some calls at least. What takes longer than all
 * that is called twice: the first call compiles.
 */
export async function warmUp(work: Work, milliseconds: number): Promise<Timed> {
  const first = work();
  const awaits = first instanceof Promise;
  await first;
  const start = performance.now();
  let calls = 0;
  let spent: number;
  do {
    if (awaits) await work();
    else work();
    calls++;
    spent = performance.now() - start;
  } while (spent < milliseconds || (calls < ENOUGH && spent < PATIENCE * milliseconds));
  const each = spent / calls;
  return { work, awaits, each, calls: Math.max(1, Math.min(MOST_CALLS, Math.round(STRETCH / each))) };
}

/** Times a function for about so many milliseconds; one that takes longer a few times, unless it takes very long. */
export async function sample({ work, awaits, each, calls }: Timed, milliseconds: number): Promise<Sample> {
  const { Bench } = (await import(harness)) as Tinybench;
  const iterations = each < PATIENCE * milliseconds ? REPEATED : 1;
  const bench = new Bench({ time: milliseconds, iterations, warmup: false, throws: true });
  const stretch = awaits
    ? async (): Promise<void> => {
        for (let i = 0; i < calls; i++) await work();
      }
    : (): void => {
        for (let i = 0; i < calls; i++) work();
      };
  bench.add('work', stretch, { async: awaits });
  const [task] = await bench.run();
  const latency = task?.result.latency;
  if (latency === undefined) throw task?.result.error ?? new Error('[sample] the work was not timed');
  return { median: latency.p50 / calls, least: latency.min / calls, count: latency.samplesCount };
}
