import { isPrepared, valuesOf } from '../workload.js';
import type { Start } from './peer.js';

/** Plain loops over typed arrays, as one would write them without a library; each run makes its result. */
export const start: Start = async () => ({
  version: process.versions.v8,
  ready: async (workload) => {
    const program = workload.peers.javascript;
    if (program === undefined) return null;
    const inputs = valuesOf(workload);
    const run = isPrepared(program) ? await program.setup(null, inputs, null) : () => program(null, inputs);
    return { work: run, read: run };
  },
});
