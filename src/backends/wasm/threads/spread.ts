// How a wrapper gives its kernel calls to several threads: as a range that is cut, as a list of calls, or as tiles of a program.
// The results do not depend on the number of threads as long as no part reads what another one writes and no sum is cut.
import type { Export } from '../runtime.js';
import {
  ARGUMENTS,
  call,
  CALLS_JOB,
  ELEMENTS,
  IN_SCRATCH,
  KERNEL,
  KIND,
  MOST_PARTS,
  NUMBERS,
  PARAM_BYTES,
  PART,
  STEP,
  STEPS,
  TILE,
  TILES_JOB,
  WORK,
  WORK_BYTES,
} from './desk.js';
import { currentDesk, numberOf, runJob } from './pool.js';

export { LEAST, lanesFor } from './pool.js';

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
  ints[PARAM_BYTES] = s.params ?? 0;
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
/** Begins a program of tiles, which `addStep` continues and `spreadTiles` runs. */
export function beginTiles(): void {
  steps = 0;
}
/** @param at the argument that is the count, or -1 */
export function addStep(
  kernel: Export,
  at: number,
  scratch: number,
  args: readonly number[],
  grow: readonly number[],
): void {
  const { numbers } = currentDesk();
  const to = steps++ * STEP;
  numbers[to] = numberOf(kernel);
  numbers[to + 1] = at;
  numbers[to + 2] = scratch;
  for (let k = 0; k < args.length; k++) {
    numbers[to + 3 + 2 * k] = args[k]!;
    numbers[to + 4 + 2 * k] = grow[k]!;
  }
}
/** Runs the steps for each tile of `n` elements. */
export function spreadTiles(lanes: number, n: number, tile: number, params: number, nanoseconds: number): void {
  const { ints } = currentDesk();
  const size = Math.max(1, Math.ceil(n / tile / (lanes * PARTS))) * tile;
  ints[KIND] = TILES_JOB;
  ints[PARAM_BYTES] = params;
  ints[ELEMENTS] = n;
  ints[TILE] = tile;
  ints[PART] = size;
  ints[STEPS] = steps;
  runJob(Math.ceil(n / size), lanes, nanoseconds);
}
export const MOST_STEPS: number = Math.floor(NUMBERS / STEP);
