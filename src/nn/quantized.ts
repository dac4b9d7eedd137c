// Layers over packed matrices.
import { add } from '../ops/arithmetic.js';
import { zeros } from '../ops/creation.js';
import { take } from '../ops/indexing.js';
import { isBlockMode, type BlockFormat } from '../backends/block-formats.js';
import { trace } from '../graph/node.js';
import { dequantize, qqmm, quantize as pack, quantizedMatmul, type Activations } from '../ops/quantized.js';
import { blockFormat, packBlocks, takeBlocks, unpackBlocks } from '../ops/quantized-blocks.js';
import { schemeOf, type QuantizationMode, type QuantizationOptions, type Scheme } from '../ops/quantized-modes.js';
import { reshape } from '../ops/shape.js';
import { normal, uniform } from '../random/index.js';
import { isInexact, type DType } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkSizes } from './checks.js';
import type { Embedding } from './embedding.js';
import type { Linear } from './linear.js';
import { Module } from './module.js';

const paramsOf = (s: QuantizationOptions): string => `groupSize=${s.groupSize}, bits=${s.bits}, mode=${s.mode}`;

/** The checked options of a layer. */
function checked(name: string, o: QuantizationOptions): Scheme | BlockFormat {
  return isBlockMode(o.mode)
    ? blockFormat(name, o.mode, o.groupSize, o.bits)
    : schemeOf(name, o.groupSize, o.bits, o.mode);
}

/**
 * What layers over one packed matrix share. Their parameters are frozen; `unfreeze` reaches those of a floating dtype. Matrices of GGUF's
 * blocks are held in stripes, the order that products read fastest, and not beside it: `weight` gives their rows back when it is read, and
 * takes rows when it is set.
 */
abstract class Packed extends Module {
  /** codes, uint32; of GGUF's modes blocks, uint8 */
  weight!: Tensor;
  /** MLX's modes only */
  scales?: Tensor;
  /** affine mode only */
  biases?: Tensor;
  readonly groupSize: number;
  readonly bits: number;
  readonly mode: QuantizationMode;
  /** how products take `x`, as in `quantizedMatmul`, whose choice it is where this is not set */
  activations?: Activations;
  /** GGUF's modes: the matrix in stripes */
  protected _stripes?: Tensor;

  constructor(scheme: Scheme | BlockFormat, rows: number) {
    super();
    this.groupSize = 'group' in scheme ? scheme.group : scheme.elements;
    this.bits = scheme.bits;
    const { mode } = scheme;
    this.mode = mode;
    if (!isBlockMode(mode)) return;
    Object.defineProperty(this, 'weight', {
      enumerable: true,
      configurable: true,
      // recorded only: a model that is given its weights reads those it began with and drops them
      get: () => unpackBlocks(mode, this._stripes!, rows),
      set: (w: Tensor) => {
        this._stripes = packBlocks(mode, w);
        // computed already: what is given may go
        if (w.node.stored) this.pack();
      },
    });
  }
  /** Computes the stripes, once: were they recorded only, each product would pack the matrix anew. */
  protected pack(): void {
    if (this._stripes?.node.stored === false && trace.depth === 0) this._stripes.eval();
  }
  /** Takes the rows of `matrix`. */
  protected hold(matrix: Tensor): void {
    const [weight, scales, biases] = pack(matrix, this.groupSize, this.bits, this.mode);
    this.weight = weight!;
    if (scales !== undefined) this.scales = scales;
    if (biases !== undefined) this.biases = biases;
  }
  /** `x @ matrix.T` */
  protected product(x: Tensor): Tensor {
    this.pack();
    const { groupSize, bits, mode, activations } = this;
    return quantizedMatmul(x, this.weight, this.scales ?? null, this.biases ?? null, {
      groupSize,
      bits,
      mode,
      activations,
    });
  }
  /** Frees the matrix, in whatever form it is held. The layer cannot be used afterwards. */
  dispose(): void {
    (this._stripes ?? this.weight).dispose();
    this.scales?.dispose();
    this.biases?.dispose();
  }
  protected override neverTrained(): readonly string[] {
    return this.scales !== undefined && isInexact(this.scales.node.type) ? ['weight'] : ['weight', 'scales'];
  }
}

/** `Linear` over a packed weight. */
export class QuantizedLinear extends Packed {
  /** (outputDims), if there is one */
  bias?: Tensor;

  /** @throws ShapeError unless the group size divides `inputDims`, LanewiseError for options that no mode has */
  constructor(
    readonly inputDims: number,
    readonly outputDims: number,
    bias = true,
    options: QuantizationOptions = {},
  ) {
    checkSizes('nn.QuantizedLinear', { inputDims, outputDims });
    super(checked('nn.QuantizedLinear', options), outputDims);
    const scale = Math.sqrt(1 / inputDims);
    this.hold(uniform(-scale, scale, [outputDims, inputDims]));
    if (bias) this.bias = zeros([outputDims]);
    this.freeze();
  }
  /** The packed form of a layer. @throws ShapeError unless the group size divides its `inputDims` */
  static fromLinear(linear: Linear, options: QuantizationOptions = {}): QuantizedLinear {
    const [outputDims, inputDims] = linear.weight.shape as [number, number];
    const layer = new QuantizedLinear(inputDims, outputDims, false, options);
    layer.hold(linear.weight);
    if (linear.bias !== undefined) layer.bias = linear.bias;
    return layer;
  }
  forward(x: Tensor): Tensor {
    const y = this.product(x);
    return this.bias === undefined ? y : add(y, this.bias);
  }
  protected override describe(): string {
    const { inputDims, outputDims, bias } = this;
    return `inputDims=${inputDims}, outputDims=${outputDims}, bias=${bias !== undefined}, ${paramsOf(this)}`;
  }
}

/** `Embedding` over packed rows. */
export class QuantizedEmbedding extends Packed {
  /** @throws ShapeError unless the group size divides `dims`, LanewiseError for options that no mode has */
  constructor(
    readonly numEmbeddings: number,
    readonly dims: number,
    options: QuantizationOptions = {},
  ) {
    checkSizes('nn.QuantizedEmbedding', { numEmbeddings, dims });
    super(checked('nn.QuantizedEmbedding', options), numEmbeddings);
    this.hold(normal([numEmbeddings, dims], 'float32', null, Math.sqrt(1 / dims)));
    this.freeze();
  }
  /** The packed form of a layer. @throws ShapeError unless the group size divides its `dims` */
  static fromEmbedding(embedding: Embedding, options: QuantizationOptions = {}): QuantizedEmbedding {
    const [numEmbeddings, dims] = embedding.weight.shape as [number, number];
    const layer = new QuantizedEmbedding(numEmbeddings, dims, options);
    layer.hold(embedding.weight);
    return layer;
  }
  /** (..., dims) for indices (...) of an integer dtype. */
  forward(x: Tensor): Tensor {
    this.pack();
    const flat = reshape(x, [-1]);
    const { mode, groupSize, bits } = this;
    const rows = (t: Tensor): Tensor => take(t, flat, 0);
    const scales = this.scales === undefined ? null : rows(this.scales);
    const biases = this.biases === undefined ? null : rows(this.biases);
    const weight = isBlockMode(mode) ? takeBlocks(mode, this.weight, flat) : rows(this.weight);
    return reshape(dequantize(weight, scales, biases, groupSize, bits, mode), [...x.shape, this.dims]);
  }
  /** `x @ matrix.T`: the output projection of a model that ties both. */
  asLinear(x: Tensor): Tensor {
    return this.product(x);
  }
  protected override describe(): string {
    return `${this.numEmbeddings}, ${this.dims}, ${paramsOf(this)}`;
  }
}

/**
 * A linear layer without bias whose inputs are quantised too, in the modes nvfp4 and mxfp8. In training it holds the whole weight, in
 * `eval()` the packed one; each product packs what is not packed.
 */
export class QQLinear extends Module {
  /** (outputDims, inputDims), or its codes */
  weight: Tensor;
  /** of the packed weight */
  scales?: Tensor;
  readonly groupSize: number;
  readonly bits: number;
  readonly mode: 'nvfp4' | 'mxfp8';
  /** dtype of the whole weight */
  #dtype: DType = 'float32';

  /** @throws ShapeError unless the group size divides `inputDims`, LanewiseError for a mode other than nvfp4 and mxfp8 */
  constructor(
    readonly inputDims: number,
    readonly outputDims: number,
    options: QuantizationOptions = {},
  ) {
    checkSizes('nn.QQLinear', { inputDims, outputDims });
    const { group, bits, mode } = schemeOf('nn.QQLinear', options.groupSize, options.bits, options.mode ?? 'nvfp4');
    if (mode !== 'nvfp4' && mode !== 'mxfp8')
      throw new LanewiseError(`[nn.QQLinear] inputs can be quantised in the modes nvfp4 and mxfp8, got ${mode}`);
    super();
    this.groupSize = group;
    this.bits = bits;
    this.mode = mode;
    const scale = Math.sqrt(1 / inputDims);
    this.weight = uniform(-scale, scale, [outputDims, inputDims]);
  }
  /** The layer with quantised inputs. @throws LanewiseError if it has a bias */
  static fromLinear(linear: Linear, options: QuantizationOptions = {}): QQLinear {
    if (linear.bias !== undefined)
      throw new LanewiseError('[nn.QQLinear] a layer with quantised inputs must have no bias, got one');
    const [outputDims, inputDims] = linear.weight.shape as [number, number];
    const layer = new QQLinear(inputDims, outputDims, options);
    layer.weight = linear.weight;
    return layer.train(linear.training);
  }
  /** Packs the weight, unless it is packed. */
  quantize(): void {
    if (this.scales !== undefined) return;
    this.#dtype = this.weight.dtype;
    [this.weight, this.scales] = pack(this.weight, { groupSize: this.groupSize, bits: this.bits, mode: this.mode });
  }
  /** Unpacks the weight, unless it is whole. */
  dequantize(): void {
    if (this.scales === undefined) return;
    const { groupSize, bits, mode } = this;
    this.weight = dequantize(this.weight, this.scales, null, { groupSize, bits, mode, dtype: this.#dtype });
    delete this.scales;
  }
  protected override setTraining(mode: boolean): void {
    super.setTraining(mode);
    if (mode) this.dequantize();
    else this.quantize();
  }
  forward(x: Tensor): Tensor {
    const { groupSize, bits, mode } = this;
    return qqmm(x, this.weight, this.scales ?? null, { groupSize, bits, mode });
  }
  protected override describe(): string {
    return `inputDims=${this.inputDims}, outputDims=${this.outputDims}, ${paramsOf(this)}`;
  }
}
