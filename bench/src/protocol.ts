// What the process that drives and those that measure say to each other.
import type { Sample } from './sampler.js';
import type { Expected } from './workload.js';

/** Asked of a measuring process, one at a time. */
export type Request =
  /** start the library */
  | { readonly kind: 'start'; readonly library: string; readonly threads: number }
  /** make a workload ready, check its result, warm up for so many milliseconds */
  | {
      readonly kind: 'ready';
      readonly workload: string;
      readonly expected: Expected;
      readonly milliseconds: number;
      readonly file: string | null;
    }
  /** time the ready workload for so many milliseconds */
  | { readonly kind: 'sample'; readonly milliseconds: number }
  | { readonly kind: 'release' }
  /** time the machine's own speed */
  | { readonly kind: 'ceiling'; readonly of: 'flops' | 'bytes'; readonly milliseconds: number };

/** What `ready` finds. */
export type Readiness =
  | { readonly state: 'absent' }
  | { readonly state: 'wrong'; readonly deviation: number }
  | { readonly state: 'ready'; readonly deviation: number; readonly each: number };

/** Operations or bytes in a second that this machine can reach, in units of 1e9. */
export interface Ceiling {
  readonly plain: number;
  /** with relaxed SIMD, where there is any */
  readonly relaxed: number | null;
}

/** Answers by request. */
export interface Answers {
  readonly start: { readonly version: string };
  readonly ready: Readiness;
  readonly sample: Sample;
  readonly release: null;
  readonly ceiling: Ceiling;
}
export type Answer = { readonly value: Answers[keyof Answers] } | { readonly error: string };
