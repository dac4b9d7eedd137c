import type { Workload } from '../workload.js';
import { matmul } from './matmul.js';

/** Everything that is measured, in the order of the report. */
export const workloads: readonly Workload[] = [...matmul];
