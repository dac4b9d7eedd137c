import type { Input, Values } from '../data.js';
import { isPrepared, valuesOf } from '../workload.js';
import type { Foreign } from '../workload.js';
import { versionOf } from './installed.js';
import type { Start } from './peer.js';

const packageName = '@jax-js/jax';

/**
 * jax-js on its WebAssembly backend, each program under `jit`. Arrays are owned: a function consumes its arguments, `x.ref` keeps
 * one for a further use.
 */
export const start: Start = async () => {
  (globalThis as { navigator?: object }).navigator ??= {}; // it looks for WebGPU there; Node 20 has none
  const jax = (await import(packageName)) as Foreign;
  await jax.init();
  jax.defaultDevice('wasm');
  const array = ({ shape, kind }: Input, values: Values): Foreign => {
    if (kind === 'uint8') throw new Error('[jax] uint8 is not there');
    const { numpy } = jax;
    const dtype = kind === 'int32' ? numpy.int32 : numpy.float32;
    const made = numpy.array(values, { dtype }).reshape(shape);
    return kind === 'float16' ? made.astype(numpy.float16) : made;
  };
  return {
    version: versionOf(packageName),
    ready: async (workload) => {
      const program = workload.peers.jax;
      if (program === undefined) return null;
      const values = valuesOf(workload);
      const names = Object.keys(workload.inputs);
      const inputs = names.map((name) => array(workload.inputs[name]!, values[name]!));
      await jax.blockUntilReady(inputs);
      const named = (list: readonly Foreign[]): Record<string, Foreign> =>
        Object.fromEntries(names.map((name, i) => [name, list[i]]));
      let run: () => Foreign;
      if (isPrepared(program)) run = await program.setup(jax, named(inputs), null);
      else {
        const compiled = jax.jit((...list: Foreign[]) => program(jax, named(list)));
        run = () => compiled(...inputs.map((x) => x.ref));
      }
      return {
        work: async () => {
          const y = await run();
          await y.blockUntilReady();
          y.dispose();
        },
        read: async () => (await (await run()).data()) as ArrayLike<number>,
        release: () => {
          if (!isPrepared(program)) for (const x of inputs) x.dispose();
        },
      };
    },
  };
};
