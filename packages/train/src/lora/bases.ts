// The layers that adapters go around, plain or packed.
import { dequantize, nn, stopGradient, type Tensor } from 'lanewise';

/** A linear layer, plain or packed. */
export type LinearBase = nn.Linear | nn.QuantizedLinear;
/** A table of vectors, plain or packed. */
export type EmbeddingBase = nn.Embedding | nn.QuantizedEmbedding;

export const isLinear = (m: unknown): m is LinearBase => m instanceof nn.Linear || m instanceof nn.QuantizedLinear;
export const isEmbedding = (m: unknown): m is EmbeddingBase =>
  m instanceof nn.Embedding || m instanceof nn.QuantizedEmbedding;
const isPacked = (m: unknown): m is nn.QuantizedLinear | nn.QuantizedEmbedding =>
  m instanceof nn.QuantizedLinear || m instanceof nn.QuantizedEmbedding;

/** The matrix, unpacked. */
export function matrixOf(base: LinearBase | EmbeddingBase): Tensor {
  if (!isPacked(base)) return base.weight;
  const { weight, scales, biases = null, groupSize, bits, mode } = base;
  return dequantize(weight, scales, biases, groupSize, bits, mode);
}
/** Rows and columns of the matrix, packed or not. */
export const sizeOf = (base: LinearBase | EmbeddingBase): readonly [rows: number, columns: number] =>
  matrixOf(base).shape as [number, number];
/** The dtype of the matrix, unpacked; null in modes whose scales have 8 bits, and so none. */
export function dtypeOf(base: LinearBase | EmbeddingBase): 'float32' | 'float16' | 'bfloat16' | null {
  const { dtype } = isPacked(base) ? (base.scales ?? matrixOf(base)) : base.weight;
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' ? dtype : null;
}

/** A layer like `base` around another matrix, packed as that one is unless `plain`. */
export function refilled<B extends LinearBase | EmbeddingBase>(
  base: B,
  matrix: Tensor,
  plain: boolean,
): B | nn.Linear | nn.Embedding {
  const [rows, columns] = sizeOf(base);
  if (isEmbedding(base)) {
    const table = new nn.Embedding(rows, columns);
    table.weight = matrix;
    return (isPacked(base) && !plain ? nn.QuantizedEmbedding.fromEmbedding(table, base) : table).freeze() as B;
  }
  const linear = new nn.Linear(columns, rows, false);
  linear.weight = matrix;
  // a handle of its own: what is written into the bias of the one does not reach the other
  if (base.bias !== undefined) linear.bias = stopGradient(base.bias);
  return (isPacked(base) && !plain ? nn.QuantizedLinear.fromLinear(linear, base) : linear).freeze() as B;
}
