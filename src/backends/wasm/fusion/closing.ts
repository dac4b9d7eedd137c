// A reduction over trailing axes behind a fused group: it takes the group's tiles while they are in cache, in the order in which its
// own kernel would take them.
import type { Call } from '../../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES } from '../../heap.js';
import { isInteger, types, type ElementType } from '../../../tensor/dtype.js';
import { BLOCK, closeBlocks, inBlocks, middleOf } from '../blocked.js';
import { scoped, temp, wasm, type Export } from '../runtime.js';
import { call, beginStep, beginTiles, ENDS, give, giveAddress, spreadTiles } from '../threads/spread.js';
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

/** The elements of a row, of which tiles hold whole ones; NaN where a row is longer than a tile. */
export function lineOf(call: Call): number {
  const n = rowOf(call);
  return n <= TILE ? n : NaN;
}

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

/** What makes the elements of a group, a tile at a time. */
export interface Tiles {
  /** Makes elements start..start+n-1, at most a tile. */
  run(start: number, n: number): void;
  /** The same as steps for threads. */
  spread(): void;
  /** where they lie then */
  readonly result: number;
  /** whether half types come as float32 */
  readonly wide: boolean;
}

/** An address that grows by so many bytes from line to line. */
interface Place {
  readonly at: number;
  readonly byLine: number;
}
/** One kernel on the tile that was made. */
interface Step {
  readonly kernel: Export;
  /** which argument is the count, and of how many elements one counts */
  readonly count: number;
  readonly per: number;
  /** ENDS, where the first two arguments say if the tile begins and ends a line */
  readonly flags: number;
  readonly args: readonly (number | Place)[];
}
/** How tiles are reduced: a line is what makes one result, or a tile has several lines. */
interface Closing {
  readonly tile: number;
  readonly line: number;
  readonly steps: readonly Step[];
}
const fixed = (at: number): Place => ({ at, byLine: 0 });

/** Whole rows in each tile; a line is a row. */
function byRows(reduce: Export, n: number, from: number, to: number, size: number): Closing {
  const args = [1, n, n, 1, 1, fixed(from), { at: to, byLine: size }, fixed(STATE)];
  return {
    tile: Math.floor(TILE / n) * n,
    line: n,
    steps: [{ kernel: reduce, count: 0, per: n, flags: 0, args }],
  };
}
/** Lines of several tiles, each tile going on from the last. */
function inParts(part: Export, line: number, from: number, to: number, size: number): Closing {
  const args = [0, 0, 0, fixed(from), fixed(STATE), { at: to, byLine: size }];
  return { tile: TILE, line, steps: [{ kernel: part, count: 2, per: 1, flags: ENDS, args }] };
}
/** A result for each tile, where no order changes what these give. */
function inPieces(reduce: Export, from: number, to: number, size: number): Closing {
  const args = [1, 0, 0, 1, 1, fixed(from), { at: to, byLine: size }, fixed(STATE)];
  return { tile: TILE, line: TILE, steps: [{ kernel: reduce, count: 2, per: 1, flags: 0, args }] };
}

/** Elements from..end-1 of the group, reduced. */
function run(tiles: Tiles, { tile, line, steps }: Closing, from: number, end: number): void {
  for (let start = from; start < end;) {
    const k = Math.floor((start - from) / line);
    const room = tile < line ? from + (k + 1) * line - start : tile;
    const n = Math.min(tile, room, end - start);
    tiles.run(start, n);
    for (const { kernel, count, per, flags, args } of steps) {
      for (let i = 0; i < args.length; i++) {
        const x = args[i]!;
        list[i] = typeof x === 'number' ? x : x.at + k * x.byLine;
      }
      list[count] = n / per;
      if (flags === ENDS) {
        list[0] = start === from + k * line ? 1 : 0;
        list[1] = start + n === from + (k + 1) * line || start + n === end ? 1 : 0;
      }
      call(kernel, list);
    }
    start += n;
  }
}
const list: number[] = [];
/** The same of all elements by several threads. */
function spread(tiles: Tiles, { tile, line, steps }: Closing, n: number, shared: Shared): void {
  beginTiles();
  tiles.spread();
  for (const { kernel, count, per, flags, args } of steps) {
    beginStep(kernel, count, per, flags);
    for (const x of args) {
      if (typeof x === 'number') give(x);
      else giveAddress(x.at, 0, x.byLine);
    }
  }
  spreadTiles(shared.lanes, { n, tile, line, params: shared.params, cells: shared.cells }, shared.cost);
}
/** How many threads a group gets, and what they need. */
export interface Shared {
  readonly lanes: number;
  readonly params: number;
  readonly cells: number;
  readonly cost: number;
}

/** Reduces what `tiles` makes. */
export function close(tiles: Tiles, call: Call, shared: Shared | null): void {
  const n = rowOf(call);
  const { type, shape } = call.a!;
  const rows = shape.size / n;
  const code = type.half ? 'f32' : type.code;
  const op = ops[call.prim.name]!;
  const reduce = wasm[`reduce_${op}_${code}`]!;
  // what the reduction reads: half types as float32
  const widens = type.half && !tiles.wide;
  const from = widens ? WIDE : tiles.result;
  const all = (c: Closing): void => {
    const args = [0, type.index, types.float32.index, fixed(tiles.result), fixed(WIDE)];
    const widen: Step = { kernel: wasm['cast']!, count: 0, per: 1, flags: 0, args };
    const closing = widens ? { ...c, steps: [widen, ...c.steps] } : c;
    if (shared !== null) spread(tiles, closing, shape.size, shared);
    else run(tiles, closing, 0, shape.size);
  };
  const size = type.half ? 4 : type.size;
  scoped(() => {
    // where results wait for what comes after them: each thread has its own scratch tiles
    const wait = (bytes: number): number => (shared === null && bytes <= TILE_BYTES ? RESULTS : temp(bytes));
    const to = type.half ? wait(rows * 4) : call.at;
    if (n <= TILE) all(byRows(reduce, n, from, to, size));
    else if (exact(type)) {
      const pieces = Math.ceil(n / TILE);
      const parts = wait(pieces * size);
      const c = inPieces(reduce, from, parts, size);
      for (let row = 0; row < rows; row++) {
        if (rows === 1) all(c);
        else run(tiles, c, row * n, (row + 1) * n);
        reduce(1, pieces, pieces, 1, 1, parts, to + row * size, STATE);
      }
    } else if (inBlocks(rows, n)) {
      const middle = middleOf(`reduce_${op}`, types.float32);
      const part = wasm[`partial_${op}_${middle.code}`]!;
      const parts = temp(Math.ceil(n / BLOCK) * middle.size);
      all(inParts(part, BLOCK, from, parts, middle.size));
      closeBlocks(`reduce_${op}`, types.float32, n, parts, to);
    } else all(inParts(wasm[`partial_${op}_f32`]!, n, from, to, size));
    if (type.half) wasm['cast']!(rows, types.float32.index, type.index, to, call.at);
  });
}
