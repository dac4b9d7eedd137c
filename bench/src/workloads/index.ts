import type { Workload } from '../workload.js';
import { chains } from './chains.js';
import { elementwise } from './elementwise.js';
import { matmul } from './matmul.js';
import { movement } from './movement.js';
import { normalization } from './normalization.js';
import { reductions } from './reductions.js';

/** Everything that is measured, in the order of the report. */
export const workloads: readonly Workload[] = [
  ...matmul,
  ...elementwise,
  ...chains,
  ...reductions,
  ...normalization,
  ...movement,
];
