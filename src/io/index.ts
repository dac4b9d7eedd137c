// Reading and writing tensors in files.
export type { F8Reading, TensorInfo } from './safetensors-header.js';
export type { SafetensorsTag } from './safetensors-dtype.js';
export { loadSafetensors, loadSafetensorsWithMetadata, openSafetensors, SafetensorsFile } from './safetensors.js';
export type { SafetensorsOptions } from './safetensors.js';
export { encodeSafetensors, saveSafetensors } from './safetensors-write.js';
export type { NamedTensors, Target } from './safetensors-write.js';
export { loadSharded, openSharded, ShardedSafetensors } from './sharded.js';
export type { ShardSource } from './sharded.js';
export { saveSharded } from './sharded-write.js';
export type { ShardingOptions } from './sharded-write.js';
export { openSource } from './source.js';
export type { ByteSource, Source, SourceOptions } from './source.js';
export type { TensorFile } from './tensor-file.js';
export type { NodeHandle } from './handle.js';
export { encodeNpy, loadNpy, saveNpy } from './npy.js';
export { encodeNpz, loadNpz, saveNpz } from './npz.js';
export type { NpzOptions, NpzWriting } from './npz.js';
export { GgufFile, loadGguf, openGguf } from './gguf.js';
export type { GgufTensorInfo } from './gguf-header.js';
export type {
  GgufArray,
  GgufArrayValues,
  GgufMetadata,
  GgufTensorType,
  GgufValue,
  GgufValueType,
} from './gguf-types.js';
export { encodeGguf, saveGguf } from './gguf-write.js';
export type { GgufPairs, GgufTensor, GgufTensors } from './gguf-write.js';
