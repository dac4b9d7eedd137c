import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Input, Values } from '../data.js';
import { isPrepared, valuesOf } from '../workload.js';
import type { Foreign } from '../workload.js';
import type { Start } from './peer.js';

const require = createRequire(import.meta.url);

/** tfjs on its WebAssembly backend (one thread: its threads need a browser). Computes as it is called. */
export const start: Start = async () => {
  const tf = require('@tensorflow/tfjs') as Foreign;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as Foreign;
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const tensor = ({ shape, kind }: Input, values: Values): Foreign => {
    if (kind === 'float16') throw new Error('[tfjs] float16 is not there');
    const plain = kind === 'uint8' ? Int32Array.from(values) : values;
    return tf.tensor(plain, shape, kind === 'float32' ? 'float32' : 'int32');
  };
  return {
    version: tf.version.tfjs as string,
    ready: async (workload) => {
      const program = workload.peers.tfjs;
      if (program === undefined) return null;
      const values = valuesOf(workload);
      const inputs: Record<string, Foreign> = {};
      for (const [name, input] of Object.entries(workload.inputs)) inputs[name] = tensor(input, values[name]!);
      const run = isPrepared(program)
        ? await program.setup(tf, inputs, null)
        : () => tf.tidy(() => program(tf, inputs));
      return {
        work: () => void run().dispose(),
        read: () => {
          const result = run();
          const numbers = result.dataSync().slice() as ArrayLike<number>;
          result.dispose();
          return numbers;
        },
        release: () => {
          for (const t of Object.values(inputs)) t.dispose();
        },
      };
    },
  };
};
