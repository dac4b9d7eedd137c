// The workers: started at the first work that deserves them, handed parts of kernel calls, ended with the process.
import { BackendError } from '../../../tensor/errors.js';
import { isShared, memory, OWN, PARAMS, RESERVED, reserve } from '../../heap.js';
import { host } from '../host.js';
import { modules } from '../instance.js';
import { wasm } from '../runtime.js';
import {
  ABSENT,
  closed,
  CODE_BYTES,
  COUNT,
  DESK_BYTES,
  deskOn,
  DONE,
  FAILED,
  failureText,
  JOBS,
  MOST_LANES,
  NEXT,
  PARKED,
  runPart,
  SPINNING,
  stateOf,
  ticket,
  wakeOf,
  workOn,
  type Desk,
  type Kernel,
  type Lane,
} from './desk.js';
import { askedThreads, wantedThreads } from './settings.js';
import { source } from './worker-source.js';
import type { Post } from './worker.js';

/** A worker of Node or of the web. */
interface Started {
  /** ends it; whatever it was doing stays undone */
  terminate(): unknown;
}
interface NodeThreads {
  Worker: new (
    source: string,
    options: object,
  ) => Started & { on(event: string, f: (x: unknown) => void): void; unref(): void };
}
/** Node's module of workers. It takes milliseconds to load, so only what starts workers asks for it. */
const nodeThreads = (): NodeThreads | undefined =>
  host()?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/** Why there are no threads here, or null. */
let refused: string | null = null;
/** How often workers that were running ended by themselves, and how often others are started. */
let deaths = 0;
const MOST_DEATHS = 8;

/** Why kernels run on one thread whatever is asked for; null where they need not. */
export function obstacle(): string | null {
  if (refused !== null) return refused;
  if (!isShared()) {
    return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false
      ? 'the page is not isolated from other origins (Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)'
      : "the kernels' memory is not shared: there is no SharedArrayBuffer, or the kernels were given compiled";
  }
  if (host()?.getBuiltinModule === undefined && typeof Worker !== 'function') return 'there are no workers';
  return null;
}

let warned = false;
/** Says once that what was asked for by name cannot be had. */
export function warnIfImpossible(why = obstacle()): void {
  const asked = askedThreads();
  if (warned || asked === 'auto' || asked === 1 || why === null) return;
  warned = true;
  console.warn(`[threads] ${asked} threads were asked for, kernels run on one: ${why}`);
}

interface Slot {
  readonly worker: Started;
  /** its own scratch area */
  readonly own: number;
}
let slots: (Slot | null)[] = [];
/** Scratch areas that were reserved; they outlive the workers, by lane. */
const areas: number[] = [];
let desk: Desk | null = null;
let shared: SharedArrayBuffer | null = null;
let first: Lane | null = null;
let numbers = new Map<unknown, number>();
let job = 0;
let shares = 0;
/** workers that have come so far that they can be used, as far as was looked */
let ready = 0;

/** The number of a kernel in every thread. */
export const numberOf = (kernel: unknown): number => numbers.get(kernel)!;

/** A module of generated kernels, which every thread compiles for itself when it first meets it. */
export interface Made {
  readonly functions: readonly Kernel[];
  readonly binary: Uint8Array;
  /** the number of its first function; 0 until threads share it */
  number: number;
  /** the desk it lies on, and which byte of all that were written there is its first */
  on: Desk | null;
  at: number;
}
/** Bytes of a module that can be shared at most. */
export const MOST_CODE = CODE_BYTES;
/** above the numbers of all kernels */
let nextNumber = 1 << 16;
/** bytes of code written to the desk so far, where it ends and begins again counted too */
let codeBytes = 0;
/** Lets the threads find a module during the next job. @returns where it lies among the desk's code */
export function share(module: Made): number {
  const { functions, binary } = module;
  if (module.number === 0) {
    module.number = nextNumber;
    nextNumber += functions.length;
  }
  if (module.on !== desk || codeBytes - module.at > CODE_BYTES) {
    const left = CODE_BYTES - (codeBytes % CODE_BYTES);
    module.at = left < binary.length ? codeBytes + left : codeBytes;
    module.on = desk;
    codeBytes = module.at + binary.length;
    desk!.code.set(binary, module.at % CODE_BYTES);
  }
  functions.forEach((f, i) => first!.made.set(module.number + i, f));
  return module.at % CODE_BYTES;
}
/** Forgets the generated kernels of the last job; they may be dropped meanwhile. */
export const forgetShared = (): void => first!.made.clear();
export const currentDesk = (): Desk => desk!;

function refuse(reason: string): void {
  refused = reason;
  void stop();
  warnIfImpossible();
}
function lost(lane: number, slot: Slot | null, running: boolean, why: string): void {
  if (slot === null || slots[lane] !== slot) return;
  slots[lane] = null;
  ready = 0;
  Atomics.store(desk!.ints, stateOf(lane), ABSENT);
  if (!running) refuse(`a worker could not be started (${why})`);
  else if (++deaths >= MOST_DEATHS) refuse(`workers end by themselves (${why})`);
}
const isRunning = (lane: number): boolean => Atomics.load(desk!.ints, stateOf(lane)) >= SPINNING;

function startNode({ Worker }: NodeThreads, post: Post, ended: (why: string) => void): Started {
  // no loaders, no options of the program: this is a worker of ours
  const worker = new Worker(source, { eval: true, workerData: post, execArgv: [], env: {}, name: 'lanewise' });
  worker.on('error', (e) => ended(e instanceof Error ? e.message : String(e)));
  worker.on('exit', () => ended('it ended'));
  worker.unref();
  return worker;
}
function startWeb(post: Post, ended: (why: string) => void): Started {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'lanewise' });
  worker.onerror = (event) => {
    event.preventDefault();
    ended(event.message || "the page's Content-Security-Policy must allow worker-src blob:");
  };
  worker.postMessage(post);
  return worker;
}
function startOne(lane: number): void {
  const scratchBytes = RESERVED - OWN;
  const own = (areas[lane] ??= reserve(scratchBytes));
  const post: Post = { memory, modules, desk: shared!, lane, scratch: OWN, params: PARAMS, own, scratchBytes };
  let slot: Slot | null = null;
  const ended = (why: string): void => lost(lane, slot, desk !== null && isRunning(lane), why);
  const node = nodeThreads();
  Atomics.store(desk!.ints, stateOf(lane), ABSENT);
  slot = { worker: node === undefined ? startWeb(post, ended) : startNode(node, post, ended), own };
  slots[lane] = slot;
}
function layDesk(): void {
  shared = new SharedArrayBuffer(DESK_BYTES);
  desk = deskOn(shared);
  codeBytes = job = 0;
  const kernels = Object.values(wasm);
  numbers = new Map(kernels.map((f, i) => [f, i]));
  first = { desk, kernels, made: new Map(), make: () => [], lane: 0, shift: 0, fresh: true };
}
function startAll(wanted: number): void {
  // workers that were ended may still look at the old desk
  if (slots.length === 0) layDesk();
  try {
    for (let lane = 1; lane < wanted; lane++) if (!slots[lane]) startOne(lane);
  } catch (e) {
    refuse(`a worker could not be started (${(e as Error).message})`);
  }
}

/** Whether this thread may sleep; that of a page may not. */
let maySleep: boolean | null = null;
function pause(at: number, value: number, milliseconds: number): void {
  if (maySleep === false) return;
  try {
    Atomics.wait(desk!.ints, at, value, milliseconds);
    maySleep = true;
  } catch {
    maySleep = false;
  }
}

/** Nanoseconds of work. Tests change them. */
export const tuning = {
  /** what pays for one thread more: where workers look for work, and where they must be woken */
  share: 2e4,
  asleep: 2e5,
  /** what could have been shared before the workers are started */
  earned: 2e6,
  /** threads that one job gets at most */
  most: MOST_LANES,
  /** milliseconds before which no worker is given up; then it is once it takes a hundred times as long as the whole work should */
  patience: 60_000,
};
/** For tests: jobs run on this thread alone, cut as for so many threads (0: they do not), their parts in another order. */
export const rehearsal = { lanes: 0, order: (parts: number): number[] => [...Array(parts).keys()].reverse() };
let earned = 0;
/** Whether no other thread is asked for so little work. */
export const isSmall = (nanoseconds: number): boolean => nanoseconds < 2 * tuning.share;

/** How many threads work of so many nanoseconds gets, this one included. Starts the workers when enough has come together. */
export function lanesFor(nanoseconds: number): number {
  if (isSmall(nanoseconds)) return 1;
  if (rehearsal.lanes > 0) {
    if (desk === null) layDesk();
    return rehearsal.lanes;
  }
  const wanted = wantedThreads();
  if (wanted === 1 || obstacle() !== null) return 1;
  if (slots.length !== wanted || ready < wanted - 1) {
    if (slots.length > wanted) void stop();
    if (slots.length < wanted || slots.includes(null, 1)) {
      earned += nanoseconds;
      if (earned < tuning.earned) return 1;
      startAll(wanted);
    }
    ready = 0;
    while (ready + 1 < slots.length && isRunning(ready + 1)) ready++;
  }
  const most = Math.min(wanted, ready + 1, tuning.most, Math.floor(nanoseconds / tuning.share));
  if (most < 2) return 1;
  const { ints } = desk!;
  let awake = 1;
  while (awake < most && Atomics.load(ints, stateOf(awake)) === SPINNING) awake++;
  return Math.max(awake, Math.min(most, Math.floor(nanoseconds / tuning.asleep)));
}

/** How long this thread looks for the end of a job before it sleeps, in milliseconds. */
const SPIN = 0.05;

function join(count: number, nanoseconds: number): void {
  const { ints } = desk!;
  const begin = performance.now();
  const end = begin + tuning.patience + nanoseconds / 1e4;
  for (let done = Atomics.load(ints, DONE); done < count; done = Atomics.load(ints, DONE)) {
    const now = performance.now();
    if (now > end) {
      refuse('a worker stopped in the middle of its work');
      throw new BackendError(
        '[threads] a worker stopped in the middle of its work; kernels run on one thread from now on',
      );
    }
    if (now - begin > SPIN) pause(DONE, done, 100);
  }
}

const nothing = (): void => {};
/** Runs the job on the desk on `lanes` threads; its kind and sizes are written already. @throws BackendError if a part failed */
export function runJob(parts: number, lanes: number, nanoseconds: number): void {
  const { ints } = desk!;
  job = job + 1 === JOBS ? 1 : job + 1;
  shares++;
  ints[COUNT] = parts;
  ints[FAILED] = 0;
  if (rehearsal.lanes > 0) {
    for (const part of rehearsal.order(parts)) {
      first!.fresh = true;
      runPart(first!, part);
    }
    return;
  }
  Atomics.store(ints, DONE, 0);
  Atomics.store(ints, NEXT, ticket(job));
  // there are none where a later part of the op found that there cannot be any
  for (let lane = 1; lane < Math.min(lanes, slots.length); lane++) {
    Atomics.store(ints, wakeOf(lane), job);
    if (Atomics.load(ints, stateOf(lane)) === PARKED) Atomics.notify(ints, wakeOf(lane));
  }
  workOn(first!, job, nothing);
  join(parts, nanoseconds);
  // a thread that is late must not take the description of the next job for this one's
  Atomics.store(ints, NEXT, closed(job));
  if (ints[FAILED] !== 0) throw new BackendError(`[wasm] a kernel failed: ${failureText(desk!)}`);
}

function stop(): Promise<unknown> {
  const ending = slots.map((slot, lane) => {
    if (!slot) return null;
    Atomics.store(desk!.ints, stateOf(lane), ABSENT);
    Atomics.notify(desk!.ints, wakeOf(lane));
    return slot.worker.terminate();
  });
  slots = [];
  ready = 0;
  earned = 0;
  return Promise.all(ending);
}
/** Ends the workers if there are more than are wanted now. */
export function endSuperfluous(): void {
  if (slots.length > wantedThreads()) void stop();
}
/** Ends the workers. Work that deserves them starts others. */
export async function terminate(): Promise<void> {
  await stop();
}
/** Threads that kernels may run on here. */
export const threads = (): number => (obstacle() === null ? wantedThreads() : 1);
/** Workers that can take work now. @internal */
export function running(): number {
  let n = 0;
  for (let lane = 1; lane < slots.length; lane++) if (desk !== null && isRunning(lane)) n++;
  return n;
}
/** How often work was shared so far. @internal */
export const jobs = (): number => shares;
/** Bytes of generated code that the desk was given. @internal */
export const written = (): number => codeBytes;
/** The workers themselves, by lane. @internal */
export const workers = (): readonly (Started | null)[] => slots.map((slot) => slot?.worker ?? null);
