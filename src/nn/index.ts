export * from './activations.js';
export type { Filter, ModuleNode, ModuleTree, ParameterNode, ParameterTree } from './contents.js';
export * from './embedding.js';
export * from './linear.js';
export { Module, type FreezeOptions } from './module.js';
export * from './sequential.js';
export { valueAndGrad } from './value-and-grad.js';
export type { NamedWeights } from './weights.js';
