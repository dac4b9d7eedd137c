// Functions of functions.
export { compile, type CompileOptions } from './compile.js';
export { grad, jvp, valueAndGrad, vjp, type Argnums, type Grads, type ValueAndGrad } from './grad.js';
export { vmap, type BatchAxes } from './vmap.js';
export { treeFlatten, treeMap, treeMapWithPath, treeMerge, treeReduce, treeUnflatten, type IsLeaf } from './paths.js';
