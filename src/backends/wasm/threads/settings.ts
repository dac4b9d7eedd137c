// How many threads are wanted: what `init` or `setThreads` say, else LANEWISE_THREADS, else one for each core.
import { BackendError } from '../../../tensor/errors.js';
import { showValue } from '../../../tensor/shape.js';
import { host } from '../host.js';
import { MOST_LANES } from './desk.js';

/** What may be asked for: a number, or `'auto'` for one thread for each core. */
export type Threads = number | 'auto';

/** @throws BackendError, in the name of what asked, for anything but 'auto' and whole numbers from 1 to 64 */
export function threadsNamed(x: unknown, asked: string): Threads {
  if (x === 'auto') return x;
  if (typeof x === 'number' && Number.isInteger(x) && x >= 1 && x <= MOST_LANES) return x;
  const got = typeof x === 'string' ? `'${showValue(x)}'` : showValue(x);
  throw new BackendError(
    `[${asked}] the number of threads must be a whole number from 1 to ${MOST_LANES} or 'auto', got ${got}`,
  );
}

let given: Threads | null = null;
/** what the environment says, read once */
let environment: Threads | null = null;
/** What `init` and `setThreads` say; it goes before the environment. */
export function preferThreads(n: Threads): void {
  given = n;
}
/** @throws BackendError if LANEWISE_THREADS holds neither a number nor 'auto' */
export function askedThreads(): Threads {
  if (given !== null) return given;
  if (environment !== null) return environment;
  const text = host()?.env?.['LANEWISE_THREADS']?.trim();
  const value = text === undefined || text === '' ? 'auto' : /^\d+$/.test(text) ? Number(text) : text;
  return (environment = threadsNamed(value, 'LANEWISE_THREADS'));
}

function cores(): number {
  const os = host()?.getBuiltinModule?.('node:os') as { availableParallelism?(): number } | undefined;
  const navigator = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator;
  return os?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
}
let found = 0;
/** The number of threads that is wanted. */
export function wantedThreads(): number {
  const asked = askedThreads();
  if (asked !== 'auto') return asked;
  found ||= Math.min(cores(), MOST_LANES);
  return found;
}
