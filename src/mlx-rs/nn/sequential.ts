// Layers one after another.
import { LanewiseError } from '../../slim.js';
import type { Array } from '../array.js';
import { Module, type UnaryModule } from '../module.js';

/** What `Sequential` holds. */
export type SequentialModuleItem = UnaryModule;
/** Calls layers in order, each on the result of the one before. */
export class Sequential extends Module {
  readonly layers: SequentialModuleItem[] = [];
  static new(): Sequential {
    return new Sequential();
  }
  /** This with one layer more. @throws LanewiseError unless it is a module */
  append(layer: SequentialModuleItem): this {
    if (!((layer as unknown) instanceof Module))
      throw new LanewiseError(`[nn.Sequential] a layer must be a module, got ${typeof layer}`);
    this.layers.push(layer);
    return this;
  }
  override forward(x: Array): Array {
    return this.layers.reduce((y, layer) => layer.forward(y), x);
  }
}
