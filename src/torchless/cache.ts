// torchless::kernels::metal::tensor::MetalKVCache, with what it lacked.
import { ShapeError, slice, type Tensor } from '../slim.js';
import { showValue } from '../tensor/shape.js';
import { read, shapeOf } from './arrays.js';
import type { Backend } from './backend.js';
import { checkCount, sizeOf, type MetalBuffer, type TensorSource } from './buffer.js';

/** What `append` takes: the values of one or more positions, (positions, heads, headDim), in any shape with as many elements. */
export type Positions = Float32Array | Tensor | TensorSource;

/**
 * Keys and values of every layer and position: two buffers `[nLayers, maxSeqLen, nKvHeads, headDim]` of float32, allocated at once and
 * written in place.
 *
 * ```ts
 * const cache = new MetalKVCache(backend, layers, 2048, kvHeads, headDim);
 * cache.append(layer, key, value); // one position, or several at once
 * backend.computeAttentionScores(query, cache.keysOf(layer, head), scores, scale); // scores has cache.len(layer) elements
 * ```
 */
export class MetalKVCache {
  readonly keys: MetalBuffer;
  readonly values: MetalBuffer;
  readonly #lengths: number[];
  /** @throws ShapeError unless all sizes are positive integers. @throws OutOfMemoryError where the heap has no room for it */
  constructor(
    backend: Backend,
    readonly nLayers: number,
    readonly maxSeqLen: number,
    readonly nKvHeads: number,
    readonly headDim: number,
  ) {
    for (const [what, n] of Object.entries({ nLayers, maxSeqLen, nKvHeads, headDim }))
      checkCount('MetalKVCache', what, n, 1);
    this.keys = backend.createBufferZeros(this.cacheElements());
    try {
      this.values = backend.createBufferZeros(this.cacheElements());
    } catch (e) {
      this.keys.dispose();
      throw e;
    }
    this.#lengths = Array.from({ length: nLayers }, () => 0);
  }
  /** Elements of one of the two buffers. */
  cacheElements(): number {
    return this.nLayers * this.maxSeqLen * this.nKvHeads * this.headDim;
  }
  /** Bytes of both buffers. */
  memoryBytes(): number {
    return this.cacheElements() * 2 * 4;
  }
  /** Where the heads of a position begin in a buffer, in elements. @throws ShapeError for a layer or position that is not there */
  offset(layer: number, pos: number): number {
    this.#check('offset', layer);
    if (!Number.isInteger(pos) || pos < 0 || pos >= this.maxSeqLen)
      throw new ShapeError(`[MetalKVCache.offset] the position must be below ${this.maxSeqLen}, got ${showValue(pos)}`);
    return (layer * this.maxSeqLen + pos) * this.nKvHeads * this.headDim;
  }
  /** Positions that every layer has: where the next token goes. */
  get currentPos(): number {
    return Math.min(...this.#lengths);
  }
  /** Positions that a layer has. */
  len(layer: number): number {
    this.#check('len', layer);
    return this.#lengths[layer]!;
  }

  /**
   * Writes keys and values of the next positions of a layer. Both have positions * nKvHeads * headDim elements.
   * @throws ShapeError if they differ in size, are no whole positions, or there is no room for them: nothing is written then
   */
  append(layer: number, keys: Positions, values: Positions): void {
    const op = 'MetalKVCache.append';
    this.#check('append', layer);
    const perPos = this.nKvHeads * this.headDim;
    const sizes = (
      [
        ['keys', keys],
        ['values', values],
      ] as const
    ).map(([what, x]) => sizeOf(shapeOf(op, what, x, null)));
    const [size] = sizes;
    if (size !== sizes[1] || size! % perPos !== 0) {
      throw new ShapeError(
        `[${op}] keys and values must have nKvHeads * headDim (${perPos}) elements for each position, got ${sizes.join(' and ')}`,
      );
    }
    const pos = this.#lengths[layer]!;
    if (pos + size! / perPos > this.maxSeqLen) {
      throw new ShapeError(
        `[${op}] a layer holds at most maxSeqLen (${this.maxSeqLen}) positions, got ${size! / perPos} beside ${pos}`,
      );
    }
    if (size === 0) return;
    const start = this.offset(layer, pos);
    this.keys.write(start, () => read(keys));
    this.values.write(start, () => read(values));
    this.#lengths[layer] = pos + size! / perPos;
  }
  /** The keys of a head in a layer, (len(layer), headDim), for `computeAttentionScores`; read anew by each op. */
  keysOf(layer: number, head: number): TensorSource {
    return this.#window('keysOf', this.keys, layer, head);
  }
  /** The values of a head in a layer, (len(layer), headDim), for `weightedSumRows`. */
  valuesOf(layer: number, head: number): TensorSource {
    return this.#window('valuesOf', this.values, layer, head);
  }
  #window(op: string, buffer: MetalBuffer, layer: number, head: number): TensorSource {
    this.#check(op, layer);
    if (!Number.isInteger(head) || head < 0 || head >= this.nKvHeads)
      throw new ShapeError(`[MetalKVCache.${op}] the head must be below ${this.nKvHeads}, got ${showValue(head)}`);
    const shape = (): readonly number[] => [this.#lengths[layer]!, this.headDim];
    const all = [this.nLayers, this.maxSeqLen, this.nKvHeads, this.headDim];
    return { shape, tensor: () => buffer.tensor().reshape(all).at(layer, slice(0, shape()[0]!), head) };
  }
  /** Forgets all positions. The memory stays, and is written over. */
  reset(): void {
    this.#lengths.fill(0);
  }
  /** Gives the memory back now. */
  dispose(): void {
    this.keys.dispose();
    this.values.dispose();
  }
  #check(op: string, layer: number): void {
    if (!Number.isInteger(layer) || layer < 0 || layer >= this.nLayers)
      throw new ShapeError(`[MetalKVCache.${op}] the layer must be below ${this.nLayers}, got ${showValue(layer)}`);
  }
  toString(): string {
    const { nLayers, maxSeqLen, nKvHeads, headDim, currentPos } = this;
    const mb = (this.memoryBytes() / 1024 ** 2).toFixed(2);
    return `MetalKVCache { n_layers: ${nLayers}, max_seq_len: ${maxSeqLen}, n_kv_heads: ${nKvHeads}, head_dim: ${headDim}, current_pos: ${currentPos}, memory_mb: ${mb} }`;
  }
}
