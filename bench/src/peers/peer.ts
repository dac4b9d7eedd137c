import type { Workload } from '../workload.js';
import type { Work } from '../sampler.js';

/** A workload made ready in one library. */
export interface Ready {
  /** does the work once; a promise where the library is asynchronous. Results are given back inside */
  readonly work: Work;
  /** does the work once and gives the numbers of the result */
  readonly read: () => ArrayLike<number> | Promise<ArrayLike<number>>;
  readonly release?: () => void | Promise<void>;
}

/** A library in the process that measures it. */
export interface Peer {
  readonly version: string;
  /** `null` where the workload has no program for it */
  readonly ready: (workload: Workload, file: string | null) => Promise<Ready | null>;
}

/** Starts a library. @param threads how many it may use, where it can be told */
export type Start = (threads: number) => Promise<Peer>;
