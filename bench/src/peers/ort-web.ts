import type { Foreign } from '../workload.js';
import { versionOf } from './installed.js';
import { onnx } from './onnx.js';
import type { Start } from './peer.js';

const packageName = 'onnxruntime-web';

/** onnxruntime-web on its WebAssembly provider. */
export const start: Start = async (threads) => {
  const ort = (await import(packageName)) as Foreign;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return onnx(ort, versionOf(packageName), { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
};
