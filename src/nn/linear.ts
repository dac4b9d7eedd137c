// Layers that are a product with a matrix.
import { add } from '../ops/arithmetic.js';
import { addmm, matmul } from '../ops/linear.js';
import { reshape, squeeze, swapaxes, transpose } from '../ops/shape.js';
import { uniform } from '../random/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';
import type { LayerQuantization } from './quantize.js';
import { QQLinear, QuantizedLinear } from './quantized.js';

/** `x`, whatever was given when it was made. */
export class Identity extends Module {
  constructor(..._: unknown[]) {
    super();
  }
  forward<T>(x: T): T {
    return x;
  }
}

/** `x @ weight.T + bias` over the last axis; both start uniform in `±1 / sqrt(inputDims)`. */
export class Linear extends Module {
  /** (outputDims, inputDims) */
  weight: Tensor;
  /** (outputDims), if there is one */
  bias?: Tensor;

  /** @throws ShapeError unless the sizes are positive integers */
  constructor(inputDims: number, outputDims: number, bias = true) {
    super();
    checkSizes('nn.Linear', { inputDims, outputDims });
    const scale = Math.sqrt(1 / inputDims);
    this.weight = uniform(-scale, scale, [outputDims, inputDims]);
    if (bias) this.bias = uniform(-scale, scale, [outputDims]);
  }
  /** @throws ShapeError unless the last axis of `x` has `inputDims` elements */
  forward(x: Tensor): Tensor {
    const w = transpose(this.weight);
    return this.bias === undefined ? matmul(x, w) : addmm(this.bias, x, w);
  }
  /** The packed form; with `quantizeInput` one that rounds its inputs too. @throws LanewiseError for options that no mode has */
  toQuantized({ quantizeInput = false, ...options }: LayerQuantization = {}): QuantizedLinear | QQLinear {
    return quantizeInput ? QQLinear.fromLinear(this, options) : QuantizedLinear.fromLinear(this, options);
  }
  protected override describe(): string {
    const [outputDims, inputDims] = this.weight.shape;
    return `inputDims=${inputDims}, outputDims=${outputDims}, bias=${this.bias !== undefined}`;
  }
}

/** `y_i = x2^T weight_i x1 + bias_i`; both start uniform in `±1 / sqrt(input1Dims)`. */
export class Bilinear extends Module {
  /** (outputDims, input2Dims, input1Dims) */
  weight: Tensor;
  /** (outputDims), if there is one */
  bias?: Tensor;

  /** @throws ShapeError unless the sizes are positive integers */
  constructor(input1Dims: number, input2Dims: number, outputDims: number, bias = true) {
    super();
    checkSizes('nn.Bilinear', { input1Dims, input2Dims, outputDims });
    const scale = Math.sqrt(1 / input1Dims);
    this.weight = uniform(-scale, scale, [outputDims, input2Dims, input1Dims]);
    if (bias) this.bias = uniform(-scale, scale, [outputDims]);
  }
  /** @throws ShapeError unless the last axes have `input1Dims` and `input2Dims` elements, and the others agree */
  forward(x1: Tensor, x2: Tensor): Tensor {
    const [out, in2, in1] = this.weight.shape as [number, number, number];
    const rows = reshape(x1, [-1, in1]);
    const columns = reshape(x2, [-1, 1, in2]);
    const inner = swapaxes(
      reshape(matmul(rows, transpose(reshape(this.weight, [out * in2, in1]))), [-1, out, in2]),
      -2,
      -1,
    );
    const y = reshape(squeeze(matmul(columns, inner), 1), [...x1.shape.slice(0, -1), out]);
    return this.bias === undefined ? y : add(y, this.bias);
  }
  protected override describe(): string {
    const [out, in2, in1] = this.weight.shape;
    return `input1Dims=${in1}, input2Dims=${in2}, outputDims=${out}, bias=${this.bias !== undefined}`;
  }
}
