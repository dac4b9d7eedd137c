// How a wrapper gives its kernel calls to several threads: as a range that is cut, as a list of calls, or as tiles of a program.
// The results do not depend on the number of threads as long as no part reads what another one writes and no sum is cut.
import { OWN, RESERVED } from '../../heap.js';
import type { Export } from '../runtime.js';
import {
  ARGUMENTS,
  call,
  CALLS_JOB,
  CELLS,
  COUNTED,
  ELEMENTS,
  FLAGS,
  FUNCTION,
  IN_SCRATCH,
  KERNEL,
  KIND,
  LINE_LENGTH,
  MODULE_AT,
  MODULE_BYTES,
  MOST_PARTS,
  NUMBERS,
  PARAM_BYTES,
  PART,
  PER,
  SCRATCH,
  STEP,
  STEPS,
  TILE,
  TILES_JOB,
  VALUES,
  WORK,
  WORK_BYTES,
} from './desk.js';
import { currentDesk, forgetShared, numberOf, runJob, share, type Made } from './pool.js';

export { call, ENDS, ONCE } from './desk.js';
export { isSmall, lanesFor, MOST_CODE, type Made } from './pool.js';

/** What the threads need beside the arguments. */
export interface Scratch {
  /** which arguments are addresses in the scratch area (`PARAMS`, `TILES`), as bits: each thread has its own */
  readonly scratch?: number;
  /** bytes at `PARAMS` that the kernel reads */
  readonly params?: number;
  /** which arguments are addresses in a workspace, as bits, and its bytes for one thread: the first of as many as there are threads */
  readonly work?: number;
  readonly workBytes?: number;
}
const none: Scratch = {};

/** Parts for each thread: a thread that is held up leaves the others more. */
const PARTS = 4;

function describe(kernel: Export, args: number, s: Scratch): void {
  const { ints } = currentDesk();
  ints[KIND] = CALLS_JOB;
  ints[KERNEL] = numberOf(kernel);
  ints[ARGUMENTS] = args;
  ints[IN_SCRATCH] = s.scratch ?? 0;
  ints[PARAM_BYTES] = ints[CELLS] = s.params ?? 0;
  ints[WORK] = s.work ?? 0;
  ints[WORK_BYTES] = s.workBytes ?? 0;
}

const list: number[] = [];
/**
 * `count` calls of `kernel`, in any order: `fill` writes the arguments of call i.
 * @param lanes threads, as `lanesFor` said
 */
export function spreadCalls(
  lanes: number,
  kernel: Export,
  args: number,
  count: number,
  nanoseconds: number,
  fill: (i: number, args: number[]) => void,
  s: Scratch = none,
): void {
  if (lanes === 1 || count === 1) {
    for (let i = 0; i < count; i++) {
      fill(i, list);
      call(kernel, list);
    }
    return;
  }
  const { numbers } = currentDesk();
  const room = Math.min(Math.floor(NUMBERS / args), MOST_PARTS);
  for (let from = 0; from < count; from += room) {
    const n = Math.min(room, count - from);
    describe(kernel, args, s);
    for (let i = 0; i < n; i++) {
      fill(from + i, list);
      for (let k = 0; k < args; k++) numbers[i * args + k] = list[k]!;
    }
    runJob(n, lanes, nanoseconds);
  }
}

/**
 * One call of `kernel` over 0..n, cut: argument `at` is the length of a piece, the others grow by `steps` for each unit.
 * @param grain what the pieces are multiples of
 * @param parts how many pieces for each thread
 */
export function spreadRange(
  lanes: number,
  kernel: Export,
  n: number,
  at: number,
  args: readonly number[],
  steps: readonly number[],
  grain: number,
  nanoseconds: number,
  s: Scratch = none,
  parts: number = PARTS,
): void {
  const size = Math.max(grain, Math.ceil(n / (lanes * parts) / grain) * grain);
  const count = Math.ceil(n / size);
  if (lanes === 1 || count === 1) {
    call(kernel, args);
    return;
  }
  spreadCalls(
    lanes,
    kernel,
    args.length,
    count,
    nanoseconds,
    (i, to) => {
      const start = i * size;
      for (let k = 0; k < args.length; k++) to[k] = args[k]! + start * steps[k]!;
      to[at] = Math.min(size, n - start);
    },
    s,
  );
}

let steps = 0;
/** Where the next number of the step goes, and which argument it is. */
let top = 0;
let argument = 0;
let scratch = 0;
/** Begins a program of tiles, which `beginStep` continues and `spreadTiles` runs. */
export function beginTiles(): void {
  steps = 0;
  forgetShared();
}
function beginAny(number: number, count: number, per: number, flags: number): void {
  const { numbers } = currentDesk();
  endStep();
  top = steps++ * STEP;
  numbers[top] = number;
  numbers[top + COUNTED] = count;
  numbers[top + PER] = per;
  numbers[top + FLAGS] = flags;
  argument = scratch = 0;
}
function endStep(): void {
  if (steps > 0) currentDesk().numbers[top + SCRATCH] = scratch;
}
/**
 * @param count the argument that is the count, or -1
 * @param per elements of which one counts
 * @param flags ENDS: the first two arguments say if the tile begins and ends a line; ONCE: for the first tile of each thread only
 */
export const beginStep = (kernel: Export, count: number, per = 1, flags = 0): void =>
  beginAny(numberOf(kernel), count, per, flags);
/** A step of generated code, whose first argument is the count: function `index` of a module. */
export function beginMade(module: Made, index: number): void {
  const at = share(module);
  const { numbers } = currentDesk();
  beginAny(module.number + index, 0, 1, 0);
  numbers[top + MODULE_AT] = at;
  numbers[top + MODULE_BYTES] = module.binary.length;
  numbers[top + FUNCTION] = index;
}
/** The step's next argument: what it is at the first element, what it grows by for each element, and for each line. */
export function give(x: number, grow = 0, growByLine = 0): void {
  const { numbers } = currentDesk();
  const at = top + VALUES + 3 * argument++;
  numbers[at] = x;
  numbers[at + 1] = grow;
  numbers[at + 2] = growByLine;
}
/** The step's next argument is an address; in the scratch area each thread has its own. */
export function giveAddress(x: number, grow = 0, growByLine = 0): void {
  if (x >= OWN && x < RESERVED) scratch |= 1 << argument;
  give(x, grow, growByLine);
}

/** What is to be done with the steps of a program. */
export interface Tiling {
  /** elements, of a tile at most, and of a line: a tile is a part of one or several whole ones */
  readonly n: number;
  readonly tile: number;
  readonly line: number;
  /** bytes at `PARAMS` that kernels read, the last ones from `cells` on addresses */
  readonly params: number;
  readonly cells: number;
}
/** Runs the steps for each tile. */
export function spreadTiles(lanes: number, { n, tile, line, params, cells }: Tiling, nanoseconds: number): void {
  endStep();
  const { ints } = currentDesk();
  // a part begins with a tile, and with a line where those are longer
  const grain = Math.max(tile, line);
  const size = Math.max(1, Math.ceil(n / grain / (lanes * PARTS)), Math.ceil(n / grain / MOST_PARTS)) * grain;
  ints[KIND] = TILES_JOB;
  ints[PARAM_BYTES] = params;
  ints[CELLS] = cells;
  ints[ELEMENTS] = n;
  ints[TILE] = tile;
  ints[LINE_LENGTH] = line;
  ints[PART] = size;
  ints[STEPS] = steps;
  runJob(Math.ceil(n / size), lanes, nanoseconds);
}
export const MOST_STEPS: number = Math.floor(NUMBERS / STEP);
