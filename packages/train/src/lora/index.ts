// LoRA, DoRA and their files.
export { AdapterError } from './errors.js';
export type { EmbeddingBase, LinearBase } from './bases.js';
export { DoRAEmbedding, DoRALinear, LoRAEmbedding, LoRALinear, LoraLayer, type LayerOptions } from './layers.js';
export {
  adapterOf,
  detachAdapter,
  linearToLoraLayers,
  LoraAdapter,
  type LoraOptions,
  type MergeOptions,
} from './adapter.js';
export {
  ADAPTER_FILES,
  decodeAdapter,
  encodeAdapter,
  type AdapterContent,
  type AdapterEncoding,
  type AdapterFormat,
  type AdapterNaming,
} from './formats.js';
export { loadAdapter, readAdapter } from './load.js';
