// Training of lanewise models. What needs files or a terminal is in `@lanewise/train/node`.
export { parseConfig, type DataConfig, type TrainConfig, type TrainConfigInput } from './config.js';
export * from './errors.js';
export { formatBytes, formatSeconds, parseBytes } from './units.js';
export { encodeJsonl, type Place } from './data/jsonl.js';
export { RecordStream, type DataProgress, type Located, type RecordOptions, type RecordState } from './data/records.js';
export { TokenBatches, type BatchStream, type TokenBatchOptions, type TokenBatchState } from './data/batches.js';
export { IGNORED, type Sequence, type TokenBatch } from './data/tokens.js';
export {
  checkpointName,
  checkpointNames,
  checkpointStep,
  MemoryStore,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointStore,
  type Content,
  type Draft,
} from './checkpoint.js';
export { Trainer, type TrainerOptions } from './loop.js';
export {
  attentionMask,
  languageModelTask,
  type LanguageModel,
  type LanguageModelOptions,
  type Loss,
  type Task,
} from './task.js';
export type { Updater } from './optimizer.js';
export type { Best, EndReason, Listener, StepMetrics, Summary, TrainEvent } from './events.js';
export type { MemoryEstimate } from './budget.js';
export type { Measured } from './measured.js';
export { learningRates } from './schedule.js';
export { jsonLine, textLine } from './metrics/lines.js';
export { scalarsOf, tensorboardHeader, tensorboardScalars } from './metrics/tensorboard.js';
export * from './lora/index.js';
export * from './distrust/index.js';
export * from './export/index.js';
