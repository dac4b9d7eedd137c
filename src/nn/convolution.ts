// Convolutions with learned kernels, channels last: (batch, ...spatial, channels).
import { add } from '../ops/arithmetic.js';
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvOptions,
  type ConvTransposeOptions,
  type Convolution,
  type ConvolutionTranspose,
} from '../ops/convolution.js';
import { zeros } from '../ops/creation.js';
import { perAxis, type Spatial } from '../ops/spatial.js';
import { uniform } from '../random/index.js';
import { ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';

/** What the convolutions take beside channels and kernel size: see `conv1d`. */
export interface ConvLayerOptions extends ConvOptions {
  /** whether a bias per output channel is added; true by default */
  readonly bias?: boolean;
}
/** What the transposed convolutions take beside channels and kernel size: see `convTranspose1d`. */
export interface ConvTransposeLayerOptions extends ConvTransposeOptions {
  /** whether a bias per output channel is added; true by default */
  readonly bias?: boolean;
}

/** What the six layers share. */
abstract class Kernel extends Module {
  /** (outputs, ...kernel, inputs / groups) */
  weight: Tensor;
  /** (outputs), if there is one */
  bias?: Tensor;
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  constructor(
    name: string,
    rank: number,
    inputChannels: number,
    outputChannels: number,
    size: Spatial,
    { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true }: ConvLayerOptions,
  ) {
    super();
    checkSizes(name, { inputChannels, outputChannels, groups });
    if (inputChannels % groups !== 0 || outputChannels % groups !== 0)
      throw new ShapeError(
        `[${name}] groups must divide the input and output channels, got ${groups} for ${inputChannels} and ${outputChannels}`,
      );
    const kernel = perAxis(name, 'kernel size', size, rank, 1);
    this.stride = perAxis(name, 'stride', stride, rank, 1);
    this.padding = perAxis(name, 'padding', padding, rank, -Infinity);
    this.dilation = perAxis(name, 'dilation', dilation, rank, 1);
    this.groups = groups;
    const inputs = inputChannels / groups;
    const bound = Math.sqrt(1 / kernel.reduce((p, k) => p * k, inputs));
    this.weight = uniform(-bound, bound, [outputChannels, ...kernel, inputs]);
    if (bias) this.bias = zeros([outputChannels]);
  }
  protected biased(y: Tensor): Tensor {
    return this.bias === undefined ? y : add(y, this.bias);
  }
  protected override describe(): string {
    const [outputs, ...kernel] = this.weight.shape as [number, ...number[]];
    const inputs = kernel.pop()! * this.groups;
    const steps = `stride=${showShape(this.stride)}, padding=${showShape(this.padding)}, dilation=${showShape(this.dilation)}`;
    return `inputChannels=${inputs}, outputChannels=${outputs}, kernelSize=${showShape(kernel)}, ${steps}, groups=${this.groups}, bias=${this.bias !== undefined}`;
  }
}
abstract class Conv extends Kernel {
  readonly #convolve: Convolution;
  constructor(
    rank: number,
    convolve: Convolution,
    inputChannels: number,
    outputChannels: number,
    size: Spatial,
    options: ConvLayerOptions,
  ) {
    super(`nn.Conv${rank}d`, rank, inputChannels, outputChannels, size, options);
    this.#convolve = convolve;
  }
  /** (N, ...spatial, inputs) to (N, ...spatial, outputs). @throws ShapeError if the input does not fit */
  forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups } = this;
    return this.biased(this.#convolve(x, this.weight, { stride, padding, dilation, groups }));
  }
}
abstract class ConvTranspose extends Kernel {
  readonly outputPadding: readonly number[];
  readonly #convolve: ConvolutionTranspose;
  constructor(
    rank: number,
    convolve: ConvolutionTranspose,
    inputChannels: number,
    outputChannels: number,
    size: Spatial,
    options: ConvTransposeLayerOptions,
  ) {
    const name = `nn.ConvTranspose${rank}d`;
    super(name, rank, inputChannels, outputChannels, size, options);
    this.outputPadding = perAxis(name, 'output padding', options.outputPadding ?? 0, rank, -Infinity);
    this.#convolve = convolve;
  }
  /** (N, ...spatial, inputs) to (N, ...spatial, outputs). @throws ShapeError if the input does not fit */
  forward(x: Tensor): Tensor {
    const { stride, padding, dilation, outputPadding, groups } = this;
    return this.biased(this.#convolve(x, this.weight, { stride, padding, dilation, outputPadding, groups }));
  }
  protected override describe(): string {
    return `${super.describe()}, outputPadding=${showShape(this.outputPadding)}`;
  }
}

/** `conv1d` of (N, L, C) with a kernel drawn within `1 / sqrt(inputs / groups * kernel elements)` of 0, and a bias of zeros. */
export class Conv1d extends Conv {
  constructor(inputChannels: number, outputChannels: number, kernelSize: Spatial, options: ConvLayerOptions = {}) {
    super(1, conv1d, inputChannels, outputChannels, kernelSize, options);
  }
}
/** `conv2d` of (N, H, W, C) with a kernel drawn within `1 / sqrt(inputs / groups * kernel elements)` of 0, and a bias of zeros. */
export class Conv2d extends Conv {
  constructor(inputChannels: number, outputChannels: number, kernelSize: Spatial, options: ConvLayerOptions = {}) {
    super(2, conv2d, inputChannels, outputChannels, kernelSize, options);
  }
}
/** `conv3d` of (N, D, H, W, C) with a kernel drawn within `1 / sqrt(inputs / groups * kernel elements)` of 0, and a bias of zeros. */
export class Conv3d extends Conv {
  constructor(inputChannels: number, outputChannels: number, kernelSize: Spatial, options: ConvLayerOptions = {}) {
    super(3, conv3d, inputChannels, outputChannels, kernelSize, options);
  }
}
/** `convTranspose1d` of (N, L, C) with a kernel drawn within `1 / sqrt(inputs * kernel elements)` of 0, and a bias of zeros. */
export class ConvTranspose1d extends ConvTranspose {
  constructor(
    inputChannels: number,
    outputChannels: number,
    kernelSize: Spatial,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(1, convTranspose1d, inputChannels, outputChannels, kernelSize, options);
  }
}
/** `convTranspose2d` of (N, H, W, C) with a kernel drawn within `1 / sqrt(inputs * kernel elements)` of 0, and a bias of zeros. */
export class ConvTranspose2d extends ConvTranspose {
  constructor(
    inputChannels: number,
    outputChannels: number,
    kernelSize: Spatial,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(2, convTranspose2d, inputChannels, outputChannels, kernelSize, options);
  }
}
/** `convTranspose3d` of (N, D, H, W, C) with a kernel drawn within `1 / sqrt(inputs * kernel elements)` of 0, and a bias of zeros. */
export class ConvTranspose3d extends ConvTranspose {
  constructor(
    inputChannels: number,
    outputChannels: number,
    kernelSize: Spatial,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(3, convTranspose3d, inputChannels, outputChannels, kernelSize, options);
  }
}
