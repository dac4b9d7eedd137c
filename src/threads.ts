// How many threads kernels run on.
import { demanded, start, started } from './backends/wasm/instance.js';
import { endSuperfluous, terminate as end, threads as now, warnIfImpossible } from './backends/wasm/threads/pool.js';
import { preferThreads, threadsNamed, type Threads } from './backends/wasm/threads/settings.js';

export type { Threads };

/** Starts the kernels. @returns why they cannot run here and `reference` stands in, or null */
function failure(): string | null {
  try {
    if (!started()) start();
    return null;
  } catch (e) {
    if (demanded()) throw e;
    return (e as Error).message;
  }
}

/**
 * How many threads kernels may run on: what was asked for, by default one for each core; 1 where that is impossible. Workers are started
 * at the first work that deserves them, and small work stays on one thread. Results do not depend on the number.
 * @throws BackendError if LANEWISE_THREADS is neither a number nor `'auto'`
 */
export function threads(): number {
  return failure() === null ? now() : 1;
}
/**
 * Sets how many threads kernels may run on, the calling one included: 1 to 64, or `'auto'` for one for each core. It goes before
 * LANEWISE_THREADS. Where it is impossible it says so once on the console, and kernels run on one.
 *
 * ```ts
 * lw.setThreads(2);
 * ```
 * @returns what `threads()` says from now on
 * @throws BackendError for anything else
 */
export function setThreads(n: Threads): number {
  preferThreads(threadsNamed(n, 'setThreads'));
  const why = failure();
  if (why !== null) {
    warnIfImpossible(why);
    return 1;
  }
  endSuperfluous();
  warnIfImpossible();
  return now();
}
/** Ends the workers and waits until they are gone; work that deserves them later starts others. Nobody needs it to leave a process. */
export const terminate = (): Promise<void> => end();
