// The desk that all threads share: which job is on, which of its parts are taken and done, and what a part is.

/** Counts in the integers of the desk; what several threads write lies 64 bytes apart. */
const LINE = 16;
/** which job, and which of its parts is the next to be taken: see `ticket` */
export const NEXT = 0;
/** parts that are done */
export const DONE = LINE;
/** length of the text that says why a part failed, which stands behind it; 0 for none */
export const FAILED = 2 * LINE;
const FAILED_ROOM = 8 * LINE;
/** The job: `TILES_JOB` or `CALLS_JOB`, and what these say. */
const JOB = FAILED + FAILED_ROOM;
export const KIND = JOB;
/** parts */
export const COUNT = JOB + 1;
/** bytes of dims and strides that kernels may write behind, so that each thread has its own */
export const PARAM_BYTES = JOB + 2;
/** the byte of these from which on they are addresses */
export const CELLS = JOB + 12;
/** calls: the kernel, its arguments, which of them lie in the scratch area and which in its workspace (bits), and the bytes of that */
export const KERNEL = JOB + 3;
export const ARGUMENTS = JOB + 4;
export const IN_SCRATCH = JOB + 5;
export const WORK = JOB + 6;
export const WORK_BYTES = JOB + 7;
/** tiles: elements in all, of a tile, of a part, how many steps a tile takes, and the elements of a line, at whose end a tile ends */
export const ELEMENTS = JOB + 8;
export const TILE = JOB + 9;
export const PART = JOB + 10;
export const STEPS = JOB + 11;
export const LINE_LENGTH = JOB + 13;
/** One line for each thread but the first: the job it is to look at, and its state. */
const LANES = JOB + LINE;
export const MOST_LANES = 64;
export const wakeOf = (lane: number): number => LANES + lane * LINE;
export const stateOf = (lane: number): number => LANES + lane * LINE + 1;
const INTS = LANES + MOST_LANES * LINE;

export const ABSENT = 0;
export const SPINNING = 1;
export const PARKED = 2;

export const CALLS_JOB = 0;
export const TILES_JOB = 1;

/** Arguments of a kernel at most. */
export const MOST_ARGUMENTS = 16;
/**
 * One step of a tile: the kernel; for generated ones where their bytes lie, how many they are and which function of the module it is;
 * which argument is the count (-1: none) and of how many elements one counts; flags; which arguments lie in the scratch area (bits).
 * Then each argument at the first element, what it grows by for each element, and for each line.
 */
export const MODULE_AT = 1;
export const MODULE_BYTES = 2;
export const FUNCTION = 3;
export const COUNTED = 4;
export const PER = 5;
export const FLAGS = 6;
export const SCRATCH = 7;
export const VALUES = 8;
export const STEP: number = VALUES + 3 * MOST_ARGUMENTS;
/** The first two arguments say if the tile begins and ends a line. */
export const ENDS = 1;
/** For the first tile of a thread only. */
export const ONCE = 2;
/** Numbers behind the integers: rows of arguments, or steps. */
export const NUMBERS = 16384;
/** Bytes behind the numbers: modules of generated kernels, the newest over the oldest. */
export const CODE_BYTES: number = 2 ** 16;

export interface Desk {
  readonly ints: Int32Array;
  readonly numbers: Float64Array;
  readonly code: Uint8Array;
}
export const DESK_BYTES: number = INTS * 4 + NUMBERS * 8 + CODE_BYTES;
export const deskOn = (shared: SharedArrayBuffer): Desk => ({
  ints: new Int32Array(shared, 0, INTS),
  numbers: new Float64Array(shared, INTS * 4, NUMBERS),
  code: new Uint8Array(shared, INTS * 4 + NUMBERS * 8, CODE_BYTES),
});

/** Parts of one job at most: a ticket is 12 bits of part below 20 bits of job. */
export const MOST_PARTS = 4095;
export const JOBS: number = 2 ** 20;
export const ticket = (job: number): number => job << 12;
/** The ticket of a job of which no part is left, whatever is written down for the next one. */
export const closed = (job: number): number => ticket(job) | MOST_PARTS;
const jobOf = (t: number): number => t >>> 12;
const partOf = (t: number): number => t & 4095;

/**
 * The next part of `job` for this thread, or -1. Whatever was read of the job is valid once a part was taken: nobody writes down another
 * job before all parts of this one are done and it is closed.
 */
export function takePart({ ints }: Desk, job: number): number {
  for (;;) {
    const t = Atomics.load(ints, NEXT);
    if (jobOf(t) !== job || partOf(t) >= ints[COUNT]!) return -1;
    if (Atomics.compareExchange(ints, NEXT, t, t + 1) === t) return partOf(t);
  }
}

export type Kernel = (...args: number[]) => unknown;
/** What runs parts in a thread. */
export interface Lane {
  readonly desk: Desk;
  /** the kernels by their numbers; generated ones have larger numbers and stand in `made` */
  readonly kernels: readonly Kernel[];
  readonly made: Map<number, Kernel>;
  /** the functions of the module whose bytes lie there */
  readonly make: (at: number, bytes: number) => readonly Kernel[];
  /** 0 for the thread that hands out the work */
  readonly lane: number;
  /** from the scratch area to the one of this thread */
  readonly shift: number;
  /** whether it has made no tile of the job yet */
  fresh: boolean;
}

const x: number[] = new Array<number>(MOST_ARGUMENTS).fill(0);
/** Without a spread, which costs more than the call; a kernel ignores what it does not take. */
export const call = (f: Kernel, x: readonly number[]): void =>
  void f(
    x[0]!,
    x[1]!,
    x[2]!,
    x[3]!,
    x[4]!,
    x[5]!,
    x[6]!,
    x[7]!,
    x[8]!,
    x[9]!,
    x[10]!,
    x[11]!,
    x[12]!,
    x[13]!,
    x[14]!,
    x[15]!,
  );

function runCall({ desk, kernels, lane, shift }: Lane, part: number): void {
  const { ints, numbers } = desk;
  const n = ints[ARGUMENTS]!;
  const scratch = ints[IN_SCRATCH]!;
  const work = ints[WORK]!;
  const offset = lane * ints[WORK_BYTES]!;
  for (let i = 0; i < n; i++) {
    x[i] = numbers[part * n + i]! + (((scratch >> i) & 1) === 1 ? shift : 0) + (((work >> i) & 1) === 1 ? offset : 0);
  }
  call(kernels[ints[KERNEL]!]!, x);
}
/** Generated kernels that a thread keeps. */
const MOST_MADE = 2048;
function kernelOf(lane: Lane, step: number): Kernel {
  const { numbers } = lane.desk;
  const number = numbers[step]!;
  const known = lane.kernels[number] ?? lane.made.get(number);
  if (known !== undefined) return known;
  if (lane.made.size > MOST_MADE) lane.made.clear();
  const made = lane.make(numbers[step + MODULE_AT]!, numbers[step + MODULE_BYTES]!);
  const own = numbers[step + FUNCTION]!;
  made.forEach((f, i) => lane.made.set(number - own + i, f));
  return made[own]!;
}
function runTile(lane: Lane, start: number, n: number): void {
  const { ints, numbers } = lane.desk;
  const length = ints[LINE_LENGTH]!;
  const line = Math.floor(start / length);
  const first = lane.fresh;
  lane.fresh = false;
  for (let s = 0, at = 0; s < ints[STEPS]!; s++, at += STEP) {
    const flags = numbers[at + FLAGS]!;
    if (flags === ONCE && !first) continue;
    const f = kernelOf(lane, at);
    const scratch = numbers[at + SCRATCH]!;
    for (let i = 0, k = at + VALUES; i < f.length; i++, k += 3) {
      x[i] =
        numbers[k]! + start * numbers[k + 1]! + line * numbers[k + 2]! + (((scratch >> i) & 1) === 1 ? lane.shift : 0);
    }
    const count = numbers[at + COUNTED]!;
    if (count >= 0) x[count] = n / numbers[at + PER]!;
    if (flags === ENDS) {
      x[0] = start === line * length ? 1 : 0;
      x[1] = start + n === (line + 1) * length || start + n === ints[ELEMENTS]! ? 1 : 0;
    }
    call(f, x);
  }
}
export function runPart(lane: Lane, part: number): void {
  const { ints } = lane.desk;
  if (ints[KIND] === CALLS_JOB) {
    runCall(lane, part);
    return;
  }
  const [tile, size, length] = [ints[TILE]!, ints[PART]!, ints[LINE_LENGTH]!];
  const end = Math.min(ints[ELEMENTS]!, (part + 1) * size);
  for (let start = part * size; start < end;) {
    // a tile is a part of one line or several whole ones
    const room = tile < length ? (Math.floor(start / length) + 1) * length - start : tile;
    const n = Math.min(tile, room, end - start);
    runTile(lane, start, n);
    start += n;
  }
}

/** Takes and runs parts until none is left; a failure is written down, and its part counts as done. */
export function workOn(lane: Lane, job: number, begin: () => void): void {
  const { ints } = lane.desk;
  for (let first = true; ; first = false) {
    const part = takePart(lane.desk, job);
    if (part < 0) return;
    if (first) {
      lane.fresh = true;
      begin();
    }
    try {
      runPart(lane, part);
    } catch (e) {
      const text = e instanceof Error ? e.message : String(e);
      const length = Math.min(text.length, FAILED_ROOM - 1);
      for (let i = 0; i < length; i++) ints[FAILED + 1 + i] = text.charCodeAt(i);
      Atomics.store(ints, FAILED, Math.max(1, length));
    }
    if (Atomics.add(ints, DONE, 1) + 1 === ints[COUNT]) Atomics.notify(ints, DONE);
  }
}
export const failureText = ({ ints }: Desk): string =>
  String.fromCharCode(...ints.subarray(FAILED + 1, FAILED + 1 + ints[FAILED]!));
