// mlx_rs::optimizers
export { clip_grad_norm, type MaybeClippedGrads } from './clip.js';
export * from './kinds.js';
export { Optimizer } from './optimizer.js';
export { AdafactorState, OptimizerState, type State } from './state.js';
