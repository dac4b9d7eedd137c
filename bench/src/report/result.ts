import type { Size } from '../bundle.js';
import type { Ceiling } from '../protocol.js';
import type { Outcome } from '../session.js';

/** A finished run, as it is written to JSON. */
export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly columns: readonly ColumnInfo[];
  readonly missing: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
  /** milliseconds from nothing to a first result, by column; null where they were not asked for */
  readonly starts: Readonly<Record<string, readonly number[]>> | null;
  /** what a page loads, in gzipped kilobytes, by column */
  readonly sizes: Readonly<Record<string, Size>> | null;
}
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly flags: readonly string[];
}
export interface ColumnInfo {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly threads: number;
  readonly native: boolean;
  readonly bimodal: boolean;
}
/** A workload with what was found. */
export interface Entry {
  readonly name: string;
  readonly group: string;
  readonly flops: number | null;
  readonly bytes: number | null;
  readonly tolerance: number;
  readonly ceiling: Ceiling | null;
  readonly outcomes: Readonly<Record<string, Outcome>>;
}
