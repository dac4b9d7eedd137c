// Vectors of tokens.
import { take } from '../ops/indexing.js';
import { matmul } from '../ops/linear.js';
import { transpose } from '../ops/shape.js';
import { normal } from '../random/index.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';
import type { LayerQuantization } from './quantize.js';
import { QuantizedEmbedding } from './quantized.js';

/** A row of `weight` for each index; rows start normal with standard deviation `1 / sqrt(dims)`. */
export class Embedding extends Module {
  /** (numEmbeddings, dims) */
  weight: Tensor;

  /** @throws ShapeError unless the sizes are positive integers */
  constructor(numEmbeddings: number, dims: number) {
    super();
    checkSizes('nn.Embedding', { numEmbeddings, dims });
    this.weight = normal([numEmbeddings, dims], 'float32', null, Math.sqrt(1 / dims));
  }
  /** (..., dims) for indices (...) of an integer dtype. */
  forward(x: Tensor): Tensor {
    return take(this.weight, x, 0);
  }
  /** `x @ weight.T`: the output projection of a model that ties both. */
  asLinear(x: Tensor): Tensor {
    return matmul(x, transpose(this.weight));
  }
  /** The packed form. @throws LanewiseError for `quantizeInput`, or options that no mode has */
  toQuantized({ quantizeInput = false, ...options }: LayerQuantization = {}): QuantizedEmbedding {
    if (quantizeInput)
      throw new LanewiseError('[nn.Embedding.toQuantized] an embedding has no inputs to quantise, got quantizeInput');
    return QuantizedEmbedding.fromEmbedding(this, options);
  }
  protected override describe(): string {
    return this.weight.shape.join(', ');
  }
}
