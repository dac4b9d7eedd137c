// Functions of functions.
export { grad, jvp, valueAndGrad, vjp, type Argnums, type Grads, type ValueAndGrad } from './grad.js';
export { vmap, type BatchAxes } from './vmap.js';
export { compile, type CompileOptions } from './compile.js';
