// Functions of functions.
export { checkpoint } from './checkpoint.js';
export { compile, type CompileOptions } from './compile.js';
export {
  customFunction,
  type CustomFunction,
  type CustomJvp,
  type CustomRules,
  type CustomVmap,
  type CustomVjp,
  type Gradients,
  type Primals,
} from './custom.js';
export { grad, jvp, valueAndGrad, vjp, type Argnums, type Grads, type ValueAndGrad } from './grad.js';
export { vmap, type BatchAxes } from './vmap.js';
export { treeFlatten, treeMap, treeMapWithPath, treeMerge, treeReduce, treeUnflatten, type IsLeaf } from './paths.js';
