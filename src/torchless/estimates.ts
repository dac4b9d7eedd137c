// How much memory a Llama-like model takes in float32, as torchless counts it.
import { ShapeError } from '../slim.js';
import { checkShape } from '../tensor/shape.js';
import { checkCount } from './buffer.js';

const MB = 1024 ** 2;

/** The least power of two that is at least `n`; 1 for 0. */
export function roundUpPowerOf2(n: number): number {
  checkCount('roundUpPowerOf2', 'the number', n);
  let power = 1;
  while (power < n) power *= 2;
  return power;
}
/** `4 * product(shape)`: bytes of a float32 tensor. */
export const computeTensorBytes = (shape: readonly number[]): number =>
  4 * checkShape('computeTensorBytes', shape).size;

function checkSizes(op: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(sizes)) checkCount(op, name, n);
}
/**
 * Mebibytes of a model's float32 weights. With h = hiddenSize and kv = h / nHeads * nKvHeads, a layer has `2 h^2` (q and o), `2 h kv` (k and
 * v), `3 h intermediateSize` and `2 h` (two norms); beside the layers stand embedding and output, `2 vocabSize h`, and a norm of `h`.
 * @throws ShapeError unless all are integers, and h a multiple of nHeads
 */
export function estimateModelMemoryMb(
  hiddenSize: number,
  intermediateSize: number,
  nLayers: number,
  vocabSize: number,
  nHeads: number,
  nKvHeads: number,
): number {
  const op = 'estimateModelMemoryMb';
  checkSizes(op, { hiddenSize, intermediateSize, nLayers, vocabSize, nKvHeads });
  checkCount(op, 'nHeads', nHeads, 1);
  const headDim = hiddenSize / nHeads;
  if (!Number.isInteger(headDim))
    throw new ShapeError(`[${op}] hiddenSize must be a multiple of nHeads, got ${hiddenSize} and ${nHeads}`);
  const attention = 2 * hiddenSize * hiddenSize + 2 * hiddenSize * headDim * nKvHeads;
  const layer = attention + 3 * hiddenSize * intermediateSize + 2 * hiddenSize;
  return (4 * (nLayers * layer + 2 * vocabSize * hiddenSize + hiddenSize)) / MB;
}
/** Mebibytes of a float32 cache of keys and values: `2 * 4 * nLayers * maxSeqLen * nKvHeads * headDim` bytes. */
export function estimateKvCacheMemoryMb(nLayers: number, nKvHeads: number, headDim: number, maxSeqLen: number): number {
  checkSizes('estimateKvCacheMemoryMb', { nLayers, nKvHeads, headDim, maxSeqLen });
  return (2 * 4 * nLayers * maxSeqLen * nKvHeads * headDim) / MB;
}
