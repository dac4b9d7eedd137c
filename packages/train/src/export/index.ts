// Checkpoints for other programs.
export { ExportError } from './errors.js';
export { coreMlScripts, type CoreMlFacts, type CoreMlOptions, type CoreMlScripts } from './coreml.js';
export { hfWeights, type WeightOptions } from './weights.js';
