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
