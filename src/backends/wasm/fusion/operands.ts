// How a fused group sees an operand that has storage, against the shape it computes.
import type { Operand } from '../../backend.js';
import { i32, PARAMS, TILE_BYTES } from '../../heap.js';
import type { Shape } from '../../../tensor/shape.js';

/** Elements of one tile: what a scratch tile holds of the largest dtype. */
export const TILE = TILE_BYTES / 8;

/** Read in place, element by element. */
export const WALK = 0;
/** One element for all. */
export const HELD = 1;
/** Strided or broadcast: a tile at a time is gathered from `dims` and `strides`. */
export const GATHER = 2;

/** Axes of the operand that `classify` found to be gathered, neighbours that walk as one joined; strides in elements. */
export const dims: number[] = [];
export const strides: number[] = [];
export const axes = { count: 0 };

/** WALK, HELD or GATHER, which fills `dims` and `strides`. `mayHold`: whether one element may stand for all. */
export function classify(x: Operand, domain: Shape, mayHold: boolean): number {
  const { size } = x.shape;
  if (x.strides === null && size === domain.size) return WALK;
  if (mayHold && size === 1) return HELD;
  const own = x.shape.dims;
  const all = domain.dims;
  const lead = all.length - own.length;
  let n = size;
  let count = 0;
  let still = true;
  for (let i = 0; i < all.length; i++) {
    const j = i - lead;
    let stride = 0;
    if (j >= 0) {
      if (x.strides === null) n /= own[j]!;
      stride = own[j] === 1 ? 0 : x.strides === null ? n : x.strides[j]!;
    }
    if (all[i] === 1) continue;
    if (stride !== 0) still = false;
    if (count > 0 && strides[count - 1] === stride * all[i]!) {
      dims[count - 1]! *= all[i]!;
      strides[count - 1] = stride;
    } else {
      dims[count] = all[i]!;
      strides[count++] = stride;
    }
  }
  axes.count = count;
  return mayHold && still ? HELD : GATHER;
}
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
/** Finds gathered operands that repeat, and tiles in step with them: such an operand is gathered once for all tiles. */
export class Repeats {
  /** elements of a tile */
  chunk: number = TILE;
  private period: number;
  /** @param line what tiles have whole ones of; 0 where they may be any, NaN where they may not be chosen */
  constructor(private readonly line: number) {
    // kernels store whole vectors: a tile that ends within one would overwrite what the next reads in place; lines end in scratch tiles
    this.period = line === 0 ? 16 : 1;
  }
  /** Whether the operand of `count` axes, `top` integers behind the start of parameters, repeats in step with the tiles. */
  has(top: number, count: number): boolean {
    const at = (PARAMS >>> 2) + top;
    if (count !== 2 || i32[at + 2] !== 0 || i32[at + 3] !== 1) return false;
    const row = i32[at + 1]!;
    const both = (this.period / gcd(this.period, row)) * row;
    if (both > TILE || (this.line !== 0 && this.line % both !== 0)) return false;
    this.period = both;
    this.chunk = TILE - (TILE % both);
    return true;
  }
}
/** Writes what `classify` found where kernels read it, `top` integers behind the start. @returns where the next may begin */
export function writeAxes(top: number): number {
  const base = (PARAMS >>> 2) + top;
  const { count } = axes;
  for (let i = 0; i < count; i++) {
    i32[base + i] = dims[i]!;
    i32[base + count + i] = strides[i]!;
  }
  return top + 4 * count; // the walk keeps two more lists of that length behind dims and strides
}
