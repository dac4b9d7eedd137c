// Reductions of everything to one value go in blocks, so that the result depends on the length alone: not on how many threads share
// the blocks, nor on whether they are read from memory or made by a fused group.
import { types, type ElementType } from '../../tensor/dtype.js';
import { TILES } from '../heap.js';
import { wasm } from './runtime.js';

/** Elements of a block. */
export const BLOCK: number = 1 << 16;
/** Whether `rows` rows of n elements are reduced in blocks. */
export const inBlocks = (rows: number, n: number): boolean => rows === 1 && n >= 2 * BLOCK;

/** Dtype of the blocks' results: sums of float32 go on in double precision. */
export const middleOf = (name: string, type: ElementType): ElementType =>
  type === types.float32 && name === 'reduce_sum' ? types.float64 : type;

/** Reduces the results of the blocks, at `parts`, to one value at `to`. */
export function closeBlocks(name: string, type: ElementType, n: number, parts: number, to: number): void {
  const blocks = Math.ceil(n / BLOCK);
  const middle = middleOf(name, type);
  wasm[`${name}_${middle.code}`]!(1, blocks, blocks, 1, 1, parts, middle === type ? to : parts, TILES);
  if (middle !== type) wasm['cast']!(1, middle.index, type.index, parts, to);
}
