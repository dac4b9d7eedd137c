// Work that a device was given and has not finished. Until somebody waits for it, what it writes is not there yet, and the blocks that it
// reads or writes belong to it, also once nothing else holds them.
import type { Backend } from './backend.js';

/** What stands between the library and unfinished work. */
export interface Pending {
  /** Waits for everything. @throws BackendError if the device failed: what it was to compute since the last wait is lost */
  wait(): void;
  /** The same without holding the thread up. */
  waitAsync(): Promise<void>;
  /** Before backend `b` reads a block: waits if the work is another backend's. @throws BackendError if its value was lost */
  admit(b: Backend, block: number): void;
  /** @throws BackendError if the value of the block was lost */
  check(block: number): void;
  /** Takes a block that is given up meanwhile. */
  keep(at: number, bytes: number): void;
  /** A block of that size that was given up, for a result of backend `b`; -1 if there is none. */
  take(b: Backend | null, bytes: number): number;
}
/** null: there is none. Read the live binding. */
export let pending: Pending | null = null;
export const setPending = (p: Pending | null): void => void (pending = p);

/** Before the host reads what was computed. @throws BackendError if a device failed meanwhile */
export const settlePending = (): void => pending?.wait();
