import { createRequire } from 'node:module';
import type { Foreign } from '../workload.js';
import { versionOf } from './installed.js';
import { onnx } from './onnx.js';
import type { Start } from './peer.js';

const require = createRequire(import.meta.url);
const packageName = 'onnxruntime-node';

/** onnxruntime-node: native code, the ceiling that a user of Node could pick. */
export const start: Start = async (threads) => {
  const ort = require(packageName) as Foreign;
  return onnx(ort, versionOf(packageName), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
};
