// A reduction over trailing axes behind a fused group: it takes the group's tiles while they are in cache, in the order in which its
// own kernel would take them.
import type { Call } from '../../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES } from '../../heap.js';
import { isInteger, types, type ElementType } from '../../../tensor/dtype.js';
import { wasm, type Export } from '../runtime.js';
import { TILE } from './operands.js';

/** Tiles that a closing group leaves to its reduction. */
export const CLOSING_SLOTS = 3;
const slot = (i: number): number => TILES + (TILE_SLOTS - 1 - i) * TILE_BYTES;
/** what a long row goes on from */
const STATE = slot(0);
/** results that are not the output's dtype, or of parts of a row */
const RESULTS = slot(1);
/** a tile of a half type as float32 */
const WIDE = slot(2);

const ops: Readonly<Record<string, string>> = {
  reduce_sum: 'sum',
  reduce_prod: 'prod',
  reduce_max: 'max',
  reduce_min: 'min',
  reduce_all: 'min',
  reduce_any: 'max',
};
/** Elements of a row and how many rows, if the reduced axes are the last ones; 0 elements otherwise. */
function rowOf(call: Call): number {
  const { dims } = call.a!.shape;
  const { axes } = call.attrs as { readonly axes: readonly number[] };
  let n = 1;
  let k = axes.length - 1;
  for (let i = dims.length - 1; k >= 0; i--) {
    if (axes[k] === i) {
      n *= dims[i]!;
      k--;
    } else if (dims[i] !== 1) return 0;
  }
  return n;
}
const exact = (t: ElementType): boolean => isInteger(t) || t === types.bool;

/** Whether `call` can take its operand tile by tile. */
export function closes(call: Call): boolean {
  const op = ops[call.prim.name];
  if (op === undefined) return false;
  const { type, shape } = call.a!;
  if (type === types.complex64 || shape.size === 0) return false;
  if ((call.prim.name === 'reduce_all' || call.prim.name === 'reduce_any') && type !== types.bool) return false;
  const n = rowOf(call);
  if (n <= TILE) return n > 0;
  if (exact(type)) return Math.ceil(n / TILE) * type.size <= TILE_BYTES;
  return op !== 'prod' && (type.half || type === types.float32);
}

/** Makes elements start..start+n-1 of a group, a tile at most. */
export interface Tiles {
  run(start: number, n: number): void;
  /** where they lie then */
  readonly result: number;
  /** whether half types come as float32 */
  readonly wide: boolean;
}

/** Reduces what `tiles` makes. */
export function close(tiles: Tiles, call: Call): void {
  const n = rowOf(call);
  const { type, shape } = call.a!;
  const code = type.half ? 'f32' : type.code;
  const op = ops[call.prim.name]!;
  const rows = shape.size / n;
  const make = (start: number, count: number): number => {
    tiles.run(start, count);
    if (!type.half || tiles.wide) return tiles.result;
    wasm['cast']!(count, type.index, types.float32.index, tiles.result, WIDE);
    return WIDE;
  };
  const reduce = wasm[`reduce_${op}_${code}`]!;
  const store = (row: number, count: number): void => {
    if (type.half) wasm['cast']!(count, types.float32.index, type.index, RESULTS, call.at + row * type.size);
  };
  if (n <= TILE) {
    const step = Math.floor(TILE / n);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const at = make(row * n, count * n);
      reduce(count, n, n, 1, 1, at, type.half ? RESULTS : call.at + row * type.size, STATE);
      store(row, count);
    }
  } else {
    for (let row = 0; row < rows; row++) {
      const to = type.half ? RESULTS : call.at + row * type.size;
      if (exact(type)) inPieces(make, reduce, row * n, n, type.size, to);
      else inParts(make, wasm[`partial_${op}_f32`]!, row * n, n, to);
      store(row, 1);
    }
  }
}
type Make = (start: number, n: number) => number;

/** The parts of a row one after the other, each going on from the last. */
function inParts(make: Make, part: Export, start: number, n: number, to: number): void {
  for (let i = 0; i < n; i += TILE) {
    const count = Math.min(TILE, n - i);
    part(i === 0 ? 1 : 0, i + TILE >= n ? 1 : 0, count, make(start + i, count), STATE, to);
  }
}
/** The parts of a row each on its own, and then their results: where no order changes them. */
function inPieces(make: Make, reduce: Export, start: number, n: number, size: number, to: number): void {
  let pieces = 0;
  for (let i = 0; i < n; i += TILE) {
    const count = Math.min(TILE, n - i);
    reduce(1, count, count, 1, 1, make(start + i, count), RESULTS + pieces++ * size, STATE);
  }
  reduce(1, pieces, pieces, 1, 1, RESULTS, to, STATE);
}
