import type { Input, Values } from '../data.js';
import { isPrepared, valuesOf } from '../workload.js';
import type { Foreign } from '../workload.js';
import type { Start } from './peer.js';

const packageName = 'numpy-ts';

/** numpy-ts with its WebAssembly kernels, synchronous. */
export const start: Start = async () => {
  const np = (await import(packageName)) as Foreign;
  const array = ({ shape, kind }: Input, values: Values): Foreign => np.array(values).reshape(shape).astype(kind);
  return {
    version: np.__version__ as string,
    ready: async (workload) => {
      const program = workload.peers.numpy;
      if (program === undefined) return null;
      const values = valuesOf(workload);
      const inputs: Record<string, Foreign> = {};
      for (const [name, input] of Object.entries(workload.inputs)) inputs[name] = array(input, values[name]!);
      const run = isPrepared(program) ? await program.setup(np, inputs, null) : () => program(np, inputs);
      return {
        work: () => void run()?.dispose?.(),
        read: () => {
          const result = run();
          return typeof result === 'number' ? [result] : (np.ascontiguousarray(result).data as ArrayLike<number>);
        },
        release: () => {
          for (const x of Object.values(inputs)) x.dispose?.();
        },
      };
    },
  };
};
