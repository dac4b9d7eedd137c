// Layers one after another.
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** A module of one tensor to one tensor. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** Calls modules and functions in order, each on the result of the one before. */
export class Sequential extends Module {
  readonly layers: (Layer | ((x: Tensor) => Tensor))[];

  /** @throws LanewiseError for what is neither a module with `forward` nor a function */
  constructor(...layers: (Layer | ((x: Tensor) => Tensor))[]) {
    super();
    layers.forEach((layer: unknown, i) => {
      if (typeof layer !== 'function' && !(layer instanceof Module && 'forward' in layer))
        throw new LanewiseError(
          `[nn.Sequential] a layer must be a module with forward or a function, got ${typeof layer} at ${i}`,
        );
    });
    this.layers = layers;
  }
  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => (typeof layer === 'function' ? layer(y) : layer.forward(y)), x);
  }
}
