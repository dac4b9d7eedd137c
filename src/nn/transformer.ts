// The transformer of Vaswani et al. (2017).
import { add } from '../ops/arithmetic.js';
import { checkpoint } from '../transforms/index.js';
import { LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { relu } from './activations.js';
import { MultiHeadAttention, type AttentionMask } from './attention.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { LayerNorm } from './normalization.js';

/** What the layers take beside `dims` and the heads. */
export interface TransformerLayerOptions {
  /** features inside the feed-forward part; `4 * dims` by default */
  readonly mlpDims?: number | null;
  /** probability of dropout after each attention and inside the feed-forward part; 0 by default */
  readonly dropout?: number;
  /** of the feed-forward part; `relu` by default */
  readonly activation?: (x: Tensor) => Tensor;
  /** normalise before each part, not after its sum; true by default */
  readonly normFirst?: boolean;
}
/** What the stacks of layers take. */
export interface TransformerStackOptions extends TransformerLayerOptions {
  /** keep only the inputs of the layers for the gradients, and compute the rest again; false by default */
  readonly checkpoint?: boolean;
}
/** What `Transformer` takes. */
export interface TransformerOptions extends TransformerStackOptions {
  /** features of the tokens; 512 by default */
  readonly dims?: number;
  /** heads of every attention; 8 by default */
  readonly numHeads?: number;
  /** 6 by default */
  readonly numEncoderLayers?: number;
  /** 6 by default */
  readonly numDecoderLayers?: number;
  /** in place of `TransformerEncoder` */
  readonly customEncoder?: Encoder | null;
  /** in place of `TransformerDecoder` */
  readonly customDecoder?: Decoder | null;
}
/** What can stand for `TransformerEncoder`. */
export interface Encoder extends Module {
  forward(x: Tensor, mask?: AttentionMask): Tensor;
}
/** What can stand for `TransformerDecoder`. */
export interface Decoder extends Module {
  forward(x: Tensor, memory: Tensor, mask?: AttentionMask, memoryMask?: AttentionMask): Tensor;
}

/** @throws LanewiseError unless the activation is a function */
function checkActivation(name: string, activation: unknown): void {
  if (typeof activation !== 'function')
    throw new LanewiseError(`[${name}] the activation must be a function, got ${showValue(activation)}`);
}
/** `count` layers. @throws LanewiseError unless that is an integer of at least 0 */
function stackOf<L>(name: string, count: number, make: () => L): L[] {
  if (!Number.isInteger(count) || count < 0)
    throw new LanewiseError(`[${name}] the number of layers must be an integer of at least 0, got ${showValue(count)}`);
  return Array.from({ length: count }, make);
}
/** `x + part(norm(x))`, or `norm(x + part(x))`. */
const residual = (x: Tensor, norm: LayerNorm, normFirst: boolean, part: (x: Tensor) => Tensor): Tensor =>
  normFirst ? add(x, part(norm.forward(x))) : norm.forward(add(x, part(x)));

/** `x` through layer after layer; `again` keeps only what goes in and out of each for the gradients. */
const through = <L>(layers: readonly L[], x: Tensor, again: boolean, call: (layer: L, x: Tensor) => Tensor): Tensor =>
  layers.reduce((y, layer) => (again ? checkpoint((t: Tensor) => call(layer, t))(y) : call(layer, y)), x);

/** Self-attention and a feed-forward part, each beside a residual connection: (B, L, dims) to the same shape. */
export class TransformerEncoderLayer extends Module {
  attention: MultiHeadAttention;
  ln1: LayerNorm;
  ln2: LayerNorm;
  linear1: Linear;
  linear2: Linear;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly activation: (x: Tensor) => Tensor;
  readonly normFirst: boolean;
  constructor(dims: number, numHeads: number, options: TransformerLayerOptions = {}) {
    super();
    const { dropout = 0, activation = relu, normFirst = true } = options;
    checkActivation('nn.TransformerEncoderLayer', activation);
    const mlpDims = options.mlpDims ?? 4 * dims;
    this.attention = new MultiHeadAttention(dims, numHeads);
    this.ln1 = new LayerNorm(dims);
    this.ln2 = new LayerNorm(dims);
    this.linear1 = new Linear(dims, mlpDims);
    this.linear2 = new Linear(mlpDims, dims);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activation;
    this.normFirst = normFirst;
  }
  forward(x: Tensor, mask: AttentionMask = null): Tensor {
    const attended = residual(x, this.ln1, this.normFirst, (y) =>
      this.dropout1.forward(this.attention.forward(y, y, y, mask)),
    );
    return residual(attended, this.ln2, this.normFirst, (y) =>
      this.linear2.forward(this.dropout2.forward(this.activation(this.linear1.forward(y)))),
    );
  }
}

/** Layers of self-attention and a norm: (B, L, dims) to the same shape. */
export class TransformerEncoder extends Module {
  layers: TransformerEncoderLayer[];
  ln: LayerNorm;
  readonly checkpoint: boolean;
  constructor(numLayers: number, dims: number, numHeads: number, options: TransformerStackOptions = {}) {
    super();
    this.layers = stackOf(
      'nn.TransformerEncoder',
      numLayers,
      () => new TransformerEncoderLayer(dims, numHeads, options),
    );
    this.ln = new LayerNorm(dims);
    this.checkpoint = options.checkpoint ?? false;
  }
  forward(x: Tensor, mask: AttentionMask = null): Tensor {
    const y = through(this.layers, x, this.checkpoint, (layer, t) => layer.forward(t, mask));
    return this.ln.forward(y);
  }
}

/** Self-attention, attention to a memory (B, S, dims), and a feed-forward part: (B, L, dims) to the same shape. */
export class TransformerDecoderLayer extends Module {
  self_attention: MultiHeadAttention;
  cross_attention: MultiHeadAttention;
  ln1: LayerNorm;
  ln2: LayerNorm;
  ln3: LayerNorm;
  linear1: Linear;
  linear2: Linear;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  readonly activation: (x: Tensor) => Tensor;
  readonly normFirst: boolean;
  constructor(dims: number, numHeads: number, options: TransformerLayerOptions = {}) {
    super();
    const { dropout = 0, activation = relu, normFirst = true } = options;
    checkActivation('nn.TransformerDecoderLayer', activation);
    const mlpDims = options.mlpDims ?? 4 * dims;
    this.self_attention = new MultiHeadAttention(dims, numHeads);
    this.cross_attention = new MultiHeadAttention(dims, numHeads);
    this.ln1 = new LayerNorm(dims);
    this.ln2 = new LayerNorm(dims);
    this.ln3 = new LayerNorm(dims);
    this.linear1 = new Linear(dims, mlpDims);
    this.linear2 = new Linear(mlpDims, dims);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.activation = activation;
    this.normFirst = normFirst;
  }
  forward(x: Tensor, memory: Tensor, mask: AttentionMask = null, memoryMask: AttentionMask = null): Tensor {
    const attended = residual(x, this.ln1, this.normFirst, (y) =>
      this.dropout1.forward(this.self_attention.forward(y, y, y, mask)),
    );
    const informed = residual(attended, this.ln2, this.normFirst, (y) =>
      this.dropout2.forward(this.cross_attention.forward(y, memory, memory, memoryMask)),
    );
    return residual(informed, this.ln3, this.normFirst, (y) =>
      this.linear2.forward(this.dropout3.forward(this.activation(this.linear1.forward(y)))),
    );
  }
}

/** Layers that attend to themselves and to a memory, and a norm: (B, L, dims) to the same shape. */
export class TransformerDecoder extends Module {
  layers: TransformerDecoderLayer[];
  ln: LayerNorm;
  readonly checkpoint: boolean;
  constructor(numLayers: number, dims: number, numHeads: number, options: TransformerStackOptions = {}) {
    super();
    this.layers = stackOf(
      'nn.TransformerDecoder',
      numLayers,
      () => new TransformerDecoderLayer(dims, numHeads, options),
    );
    this.ln = new LayerNorm(dims);
    this.checkpoint = options.checkpoint ?? false;
  }
  forward(x: Tensor, memory: Tensor, mask: AttentionMask = null, memoryMask: AttentionMask = null): Tensor {
    const y = through(this.layers, x, this.checkpoint, (layer, t) => layer.forward(t, memory, mask, memoryMask));
    return this.ln.forward(y);
  }
}

/** An encoder of the source and a decoder that attends to what it gives. */
export class Transformer extends Module {
  encoder: Encoder;
  decoder: Decoder;
  constructor(options: TransformerOptions = {}) {
    super();
    const { dims = 512, numHeads = 8, numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    this.encoder = options.customEncoder ?? new TransformerEncoder(numEncoderLayers, dims, numHeads, options);
    this.decoder = options.customDecoder ?? new TransformerDecoder(numDecoderLayers, dims, numHeads, options);
  }
  /** Source (B, S, dims) and target (B, L, dims), masks of either and of the target's view of the source, to (B, L, dims). */
  forward(
    source: Tensor,
    target: Tensor,
    sourceMask: AttentionMask = null,
    targetMask: AttentionMask = null,
    memoryMask: AttentionMask = null,
  ): Tensor {
    return this.decoder.forward(target, this.encoder.forward(source, sourceMask), targetMask, memoryMask);
  }
}
