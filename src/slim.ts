// The public surface. `lanewise/slim` is this without the inlined kernels, which `init` must then be given.
import './ops/methods.js';

export { Tensor, evalTrees as eval, asyncEval, tidy, type TensorLike, type Tree } from './tensor/tensor.js';
export type { DType } from './tensor/dtype.js';
export { itemsize } from './tensor/dtype.js';
export type { Element, Nested, TypedArray } from './tensor/read.js';
export * from './tensor/errors.js';
export * from './ops/index.js';
export * from './ops/creation.js';
export * from './ops/einsum.js';
export * from './ops/windows.js';
export { concatenate, stack, broadcastArrays, broadcastShapes, resultType } from './ops/join.js';
export { slice, Slice, type Index, type IndexList } from './ops/indices.js';
export type { Complex, BackendInfo } from './backends/backend.js';
export { backends, setDefaultDevice, defaultDevice, withDevice } from './backends/registry.js';
export { init, type WasmSource } from './backends/wasm/instance.js';
export * as random from './random/index.js';
export * as fast from './fast/index.js';
export * as fft from './fft/index.js';
export * as linalg from './linalg/index.js';
export { matrixNorm } from './linalg/norm.js';
export * as nn from './nn/index.js';
export * as memory from './memory.js';
export * as io from './io/index.js';
