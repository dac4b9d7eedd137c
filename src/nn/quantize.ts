// Packing the layers of a model.
import type { QuantizationOptions } from '../ops/quantized-modes.js';
import { treeMapWithPath } from '../transforms/paths.js';
import { LanewiseError } from '../tensor/errors.js';
import type { ModuleNode } from './contents.js';
import { Module } from './module.js';

/** How a layer is packed. */
export interface LayerQuantization extends QuantizationOptions {
  /** quantise the inputs of linear layers too: modes nvfp4 and mxfp8 */
  readonly quantizeInput?: boolean;
}
/** What `nn.quantize` does. */
export interface ModelQuantization extends LayerQuantization {
  /** true or options of its own for each layer to pack; by default each that has `toQuantized` is packed */
  readonly classPredicate?: (path: string, module: Module) => boolean | LayerQuantization;
}
/** A layer that has a packed form. */
export interface Quantizable extends Module {
  toQuantized(options?: LayerQuantization): Module;
}
const isQuantizable = (m: Module): m is Quantizable =>
  typeof (m as { toQuantized?: unknown }).toQuantized === 'function';

/**
 * Replaces layers of a model by their packed forms: each `Linear` and `Embedding`, or those that the predicate chooses.
 * @throws LanewiseError if the predicate chooses a layer that has no packed form, ShapeError unless the group size divides its inputs
 * @returns the model
 */
export function quantize<M extends Module>(model: M, options: ModelQuantization = {}): M {
  const { classPredicate = (_, m) => isQuantizable(m), ...scheme } = options;
  const packed = (path: string, m: Module): ModuleNode => {
    const chosen: unknown = classPredicate(path, m);
    if (chosen === false) return m;
    if (chosen !== true && (typeof chosen !== 'object' || chosen === null))
      throw new LanewiseError(`[nn.quantize] the predicate must return a boolean or options, got ${String(chosen)}`);
    if (!isQuantizable(m))
      throw new LanewiseError(`[nn.quantize] a layer must have toQuantized, got ${m.constructor.name} at '${path}'`);
    return m.toQuantized(chosen === true ? scheme : chosen);
  };
  return model.updateModules(treeMapWithPath(packed, model.leafModules()));
}
