import * as lw from 'lanewise';
import type { Input, Values } from '../data.js';
import { isPrepared, valuesOf } from '../workload.js';
import { versionOf } from './installed.js';
import type { Start } from './peer.js';

function tensor(input: Input, values: Values): lw.Tensor {
  return lw
    .array(values, input.kind)
    .reshape([...input.shape])
    .eval();
}

/** Lanewise through its public API; how many threads it uses is for its environment to say. */
export const start: Start = async () => ({
  version: versionOf('lanewise'),
  ready: async (workload, file) => {
    const values = valuesOf(workload);
    const inputs: Record<string, lw.Tensor> = {};
    for (const [name, input] of Object.entries(workload.inputs)) inputs[name] = tensor(input, values[name]!);
    const program = workload.ours;
    const disposes = !isPrepared(program) && workload.collected !== true;
    const run = isPrepared(program) ? await program.setup(lw, inputs, file) : () => program(lw, inputs);
    return {
      work: disposes ? () => run().eval().dispose() : () => void run().eval(),
      read: () => run().toTypedArray() as ArrayLike<number>,
      release: () => {
        for (const t of Object.values(inputs)) t.dispose();
        lw.memory.clear();
      },
    };
  },
});
