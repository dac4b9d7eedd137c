// Optimizers, as mlx.optimizers has them.
export { Optimizer, type Schedule, type Scheduled, type Trainable } from './optimizer.js';
export type { OptimizerState, Slots } from './state.js';
export { SGD, type SGDOptions } from './sgd.js';
export { AdaDelta, Adagrad, RMSprop } from './adaptive.js';
export type { AdaDeltaOptions, AdagradOptions, RMSpropOptions } from './adaptive.js';
export { Adam, Adamax, AdamW, type AdamOptions, type AdamaxOptions, type AdamWOptions } from './adam.js';
export { Lion, type LionOptions } from './lion.js';
export { Adafactor, type AdafactorOptions } from './adafactor.js';
export { Muon, type MuonOptions } from './muon.js';
export { MultiOptimizer, type ParameterFilter } from './multi.js';
export { cosineDecay, exponentialDecay, joinSchedules, linearSchedule, stepDecay } from './schedules.js';
export { clipGradNorm } from './clip.js';
