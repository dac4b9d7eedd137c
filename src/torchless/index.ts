/**
 * The inference API of torchless-rs on Lanewise's ops: backends, device tensors, the KV cache, the buffer pool. docs/torchless.md says what
 * became of each of its names.
 */
import '../slim.js';

export { array2, type Array2, type Matrix, type Matrixlike, type MatrixMut } from './arrays.js';
export type { Vector, Vectorlike, VectorMut } from './arrays.js';
export { Backend } from './backend.js';
export { MetalKVCache, type Positions } from './cache.js';
export {
  BackendType,
  bestAvailableBackend,
  DeviceInfo,
  discoverBackends,
  printBackendSummary,
  selectBackendForModel,
  type BackendInfo,
} from './discovery.js';
export { computeTensorBytes, estimateKvCacheMemoryMb, estimateModelMemoryMb, roundUpPowerOf2 } from './estimates.js';
export { BackendPreference, initBackend, initBackendWithMemoryCheck } from './init.js';
export { MetalMemoryPool, MetalMemoryPoolStats } from './pool.js';
export { initRopeFreqs, ropeEmbeddings } from './rope.js';
export { MetalBuffer, type TensorSource } from './buffer.js';
export { MetalTensor, MetalTensorBatch } from './tensor.js';
