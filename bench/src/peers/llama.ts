import { valuesOf } from '../workload.js';
import type { Foreign } from '../workload.js';
import { versionOf } from './installed.js';
import type { Start } from './peer.js';

const packageName = 'node-llama-cpp';

/** llama.cpp through node-llama-cpp and its prebuilt binary, on the CPU. Programs get the library and `threads`. */
export const start: Start = async (threads) => {
  const { getLlama } = (await import(packageName)) as Foreign;
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'error' });
  return {
    version: `${versionOf(packageName)} (llama.cpp ${llama.llamaCppRelease.release})`,
    ready: async (workload, file) => {
      const program = workload.peers.llama;
      if (program === undefined) return null;
      const run = await program.setup({ llama, threads }, valuesOf(workload), file);
      return { work: run, read: run };
    },
  };
};
