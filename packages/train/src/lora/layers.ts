// LoRA and DoRA around linear layers and embeddings. Parameters have mlx-lm's names and shapes.
import {
  add,
  divide,
  expandDims,
  greater,
  linalg,
  matmul,
  multiply,
  nn,
  random,
  stopGradient,
  take,
  transpose,
  where,
  zeros,
  type Tensor,
} from 'lanewise';
import {
  dtypeOf,
  isEmbedding,
  isLinear,
  matrixOf,
  refilled,
  sizeOf,
  type EmbeddingBase,
  type LinearBase,
} from './bases.js';
import { AdapterError } from './errors.js';

/** What an adapter of one layer is made with. */
export interface LayerOptions {
  /** columns of `lora_a`; 8 if absent */
  readonly rank?: number;
  /** factor of the low-rank product; 20 if absent, as in mlx-lm */
  readonly scale?: number;
  /** probability with which an input of the low-rank product is zeroed in training; 0 if absent */
  readonly dropout?: number;
}
const rowNorms = (x: Tensor): Tensor => linalg.norm(x.astype('float32'), null, -1);
/** `m` over the norms, 0 for a row without any: its product is 0 as well. */
const perRow = (m: Tensor, norms: Tensor): Tensor => {
  const held = stopGradient(norms);
  return divide(m, where(greater(held, 0), held, 1));
};

/** An adapter around one layer, which stays as it is. `lora_a`, `lora_b` and, with DoRA, `m` are what is trained. */
export abstract class LoraLayer<B extends LinearBase | EmbeddingBase = LinearBase | EmbeddingBase> extends nn.Module {
  readonly dropout: nn.Dropout;
  /** factor of `lora_a @ lora_b` */
  scale: number;
  lora_a: Tensor;
  lora_b: Tensor;
  /** DoRA: the length of each row of the adapted matrix, (rows), float32 */
  m?: Tensor;

  /** `first` and `last` are the outer axes of `lora_a @ lora_b`. */
  protected constructor(name: string, base: B, first: number, last: number, options: LayerOptions) {
    const { rank = 8, scale = 20, dropout = 0 } = options;
    super();
    if (!Number.isSafeInteger(rank) || rank < 1)
      throw new AdapterError(`[${name}] rank must be an integer of at least 1, got ${rank}`);
    if (!Number.isFinite(scale)) throw new AdapterError(`[${name}] scale must be a finite number, got ${scale}`);
    this.dropout = new nn.Dropout(dropout);
    this.scale = scale;
    const bound = 1 / Math.sqrt(first);
    this.lora_a = random.uniform(-bound, bound, [first, rank]);
    this.lora_b = zeros([rank, last]);
  }
  /** The layer around which this one stands. */
  abstract get base(): B;
  /** What is added to the matrix of the layer, in its shape. */
  abstract delta(): Tensor;

  /** The adapted matrix in float32. */
  protected adapted(): Tensor {
    return add(matrixOf(this.base).astype('float32'), this.delta().astype('float32'));
  }
  /**
   * The layer with the adapter in its matrix, in the dtype of that, or of the adapter where it is packed in a mode without one (mxfp4 and
   * kin). A packed layer is packed again, which rounds, unless `dequantize`. Sums are made in float32 and rounded once, where mlx-lm rounds
   * the delta as well.
   */
  fuse(dequantize = false): B | nn.Linear | nn.Embedding {
    let matrix = this.adapted();
    if (this.m !== undefined) matrix = multiply(matrix, expandDims(perRow(this.m, rowNorms(matrix)), -1));
    return refilled(this.base, matrix.astype(dtypeOf(this.base) ?? this.lora_a.dtype), dequantize);
  }
  protected override describe(): string {
    return `rank=${this.lora_b.shape[0]}, scale=${this.scale}`;
  }
}

/** `linear(x) + scale * dropout(x) @ lora_a @ lora_b`, with `lora_a` uniform in `±1 / sqrt(inputDims)` and `lora_b` zero at first. */
export class LoRALinear extends LoraLayer<LinearBase> {
  readonly linear: LinearBase;

  /** @throws AdapterError for a layer that is not linear, or a rank below 1 */
  constructor(linear: LinearBase, options: LayerOptions = {}) {
    if (!isLinear(linear)) throw new AdapterError('[LoRALinear] the layer must be Linear or QuantizedLinear');
    const [outputDims, inputDims] = sizeOf(linear);
    super('LoRALinear', linear, inputDims, outputDims, options);
    this.linear = linear;
  }
  get base(): LinearBase {
    return this.linear;
  }
  delta(): Tensor {
    return transpose(multiply(matmul(this.lora_a, this.lora_b), this.scale));
  }
  forward(x: Tensor): Tensor {
    const z = matmul(matmul(this.dropout.forward(x), this.lora_a), this.lora_b);
    return add(this.linear.forward(x), multiply(z, this.scale).astype(x.dtype));
  }
}

/**
 * `LoRALinear` whose rows have learned lengths: `m / |W + delta|` times the product, with the norm held constant in the gradient, plus the
 * bias. `m` starts as the lengths of the rows of the layer.
 */
export class DoRALinear extends LoRALinear {
  override m: Tensor;

  /** @throws AdapterError for a layer that is not linear, or a rank below 1 */
  constructor(linear: LinearBase, options: LayerOptions = {}) {
    super(linear, options);
    this.m = rowNorms(matrixOf(linear));
  }
  override forward(x: Tensor): Tensor {
    const matrix = matrixOf(this.linear);
    const z = matmul(matmul(this.dropout.forward(x), this.lora_a), this.lora_b);
    const y = add(matmul(x, transpose(matrix)), multiply(z, this.scale).astype(x.dtype));
    const out = multiply(y, perRow(this.m, rowNorms(this.adapted())).astype(x.dtype));
    return this.linear.bias === undefined ? out : add(out, this.linear.bias);
  }
}

/** `embedding(x) + scale * dropout(lora_a[x] @ lora_b)`, with `lora_a` uniform in `±1 / sqrt(numEmbeddings)` and `lora_b` zero at first. */
export class LoRAEmbedding extends LoraLayer<EmbeddingBase> {
  readonly embedding: EmbeddingBase;

  /** @throws AdapterError for a layer that is no embedding, or a rank below 1 */
  constructor(embedding: EmbeddingBase, options: LayerOptions = {}) {
    if (!isEmbedding(embedding))
      throw new AdapterError('[LoRAEmbedding] the layer must be Embedding or QuantizedEmbedding');
    const [numEmbeddings, dims] = sizeOf(embedding);
    super('LoRAEmbedding', embedding, numEmbeddings, dims, options);
    this.embedding = embedding;
  }
  get base(): EmbeddingBase {
    return this.embedding;
  }
  delta(): Tensor {
    return multiply(matmul(this.lora_a, this.lora_b), this.scale);
  }
  forward(x: Tensor): Tensor {
    const y = this.embedding.forward(x);
    const z = this.dropout.forward(matmul(take(this.lora_a, x, 0), this.lora_b));
    return add(y, multiply(z, this.scale).astype(y.dtype));
  }
  /** The adapted table as an output projection. */
  asLinear(x: Tensor): Tensor {
    const z = matmul(matmul(this.dropout.forward(x), transpose(this.lora_b)), transpose(this.lora_a));
    return add(this.embedding.asLinear(x), multiply(z, this.scale).astype(x.dtype));
  }
}

/** `LoRAEmbedding` whose rows have learned lengths, as in `DoRALinear`. */
export class DoRAEmbedding extends LoRAEmbedding {
  override m: Tensor;

  /** @throws AdapterError for a layer that is no embedding, or a rank below 1 */
  constructor(embedding: EmbeddingBase, options: LayerOptions = {}) {
    super(embedding, options);
    this.m = rowNorms(matrixOf(embedding));
  }
  override forward(x: Tensor): Tensor {
    const y = this.embedding.forward(x);
    const z = multiply(matmul(take(this.lora_a, x, 0), this.lora_b), this.scale);
    const factor = perRow(take(this.m, x, 0), rowNorms(add(y, z)));
    return multiply(add(y, this.dropout.forward(z).astype(y.dtype)), expandDims(factor, -1).astype(y.dtype));
  }
  override asLinear(x: Tensor): Tensor {
    return multiply(super.asLinear(x), perRow(this.m, rowNorms(this.adapted())).astype(x.dtype));
  }
}
