// Optimizers, as mlx.optimizers has them.
export { Optimizer, type Schedule, type Scheduled, type Trainable } from './optimizer.js';
export type { OptimizerState, Slots } from './state.js';
export { SGD, type SGDOptions } from './sgd.js';
export { Adam, Adamax, AdamW, type AdamOptions, type AdamaxOptions, type AdamWOptions } from './adam.js';
