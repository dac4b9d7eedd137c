// Layers that are a product with a matrix.
import { nn as core } from '../../slim.js';
import { wrap, type Array } from '../array.js';
import { builderOf } from '../builder.js';
import { layer, unary } from '../layer.js';
import type { Param } from '../module.js';
import { QuantizedEmbedding, QuantizedLinear } from './quantized.js';

/** `x @ weight.T + bias` over the last axis. */
export class Linear extends unary<[input_dims: number, output_dims: number], { weight: Param; bias: Param | null }>()(
  { bias: true },
  ([inputs, outputs], { bias }) => new core.Linear(inputs, outputs, bias),
  {
    weight: 'weight',
    bias: 'bias',
  },
) {
  /** Outputs and inputs. */
  shape(): [output_dims: number, input_dims: number] {
    return this.weight.shape() as [number, number];
  }
  /** The packed form. @throws ShapeError unless the group size divides the inputs */
  override try_into_quantized(group_size: number, bits: number): QuantizedLinear {
    return QuantizedLinear.try_from_linear(this, group_size, bits);
  }
}
/** Makes a `Linear`. */
export class LinearBuilder extends builderOf(Linear) {}

/** `y_i = x2^T weights_i x1 + bias_i` */
export class Bilinear extends layer<
  [input_dims_1: number, input_dims_2: number, output_dims: number],
  { weights: Param; bias: Param | null }
>()({ bias: true }, ([first, second, outputs], { bias }) => new core.Bilinear(first, second, outputs, bias), {
  weights: 'weight',
  bias: 'bias',
}) {
  /** One array stands for both inputs, as in mlx-rs; a pair is both. */
  override forward(x: Array | readonly [x1: Array, x2: Array]): Array {
    const [x1, x2] = globalThis.Array.isArray(x) ? (x as readonly [Array, Array]) : [x as Array, x as Array];
    return wrap(this.core.forward(x1.tensor, x2.tensor));
  }
}
/** Makes a `Bilinear`. */
export class BilinearBuilder extends builderOf(Bilinear) {}

/** A row of `weight` for each index. */
export class Embedding extends unary<[embedding_count: number, dimensions: number], { weight: Param }>()(
  {},
  ([count, dimensions]) => new core.Embedding(count, dimensions),
  { weight: 'weight' },
) {
  /** `x @ weight.T`: the output projection of a model that ties both. */
  as_linear(x: Array): Array {
    return wrap(this.core.asLinear(x.tensor));
  }
  /** The packed form. @throws ShapeError unless the group size divides the dimensions */
  override try_into_quantized(group_size: number, bits: number): QuantizedEmbedding {
    return QuantizedEmbedding.try_from_embedding(this, group_size, bits);
  }
}
