// The workers: started at the first work that deserves them, handed parts of kernel calls, ended with the process.
import { BackendError } from '../../../tensor/errors.js';
import { alloc, isShared, memory, PARAMS, release, RESERVED, reserve, u8 } from '../../heap.js';
import { modules } from '../instance.js';
import { wasm } from '../runtime.js';
import {
  ABSENT,
  ADMITTED,
  COUNT,
  DESK_BYTES,
  deskOn,
  DONE,
  FAILED,
  failureText,
  JOBS,
  LOADED,
  NEXT,
  PARKED,
  SPINNING,
  stateOf,
  ticket,
  wakeOf,
  workOn,
  type Desk,
  type Kernel,
  type Lane,
} from './desk.js';
import { askedThreads, host, wantedThreads } from './settings.js';
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
const nodeThreads = (): NodeThreads | undefined =>
  host()?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/** Why there are no threads here, or null. */
let refused: string | null = null;
/** Whether workers that were running ended by themselves too often to start others. */
let deaths = 0;
const MOST_DEATHS = 8;

/** Why kernels run on one thread whatever is asked for; null where they need not. */
export function obstacle(): string | null {
  if (refused !== null) return refused;
  if (!isShared()) {
    return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false
      ? 'the page is not isolated from other origins (Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)'
      : 'the kernels have no shared memory';
  }
  if (nodeThreads() === undefined && typeof Worker !== 'function') return 'there are no workers';
  return null;
}

let warned = false;
/** Says once that what was asked for by name cannot be had. */
export function warnIfImpossible(): void {
  const asked = askedThreads();
  const why = obstacle();
  if (warned || why === null || asked === 'auto' || asked === 1) return;
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
/** workers that have come so far that they can be used, as far as was looked */
let ready = 0;

/** The number of a kernel in every thread. */
export const numberOf = (kernel: unknown): number => numbers.get(kernel)!;

/** A module of generated kernels, which every thread compiles for itself when it first meets it. */
export interface Made {
  readonly functions: readonly Kernel[];
  readonly binary: Uint8Array;
  /** its number, and where its bytes lie in the heap; 0 until threads share it */
  number: number;
  at: number;
}
const made = new Map<number, Kernel>();
/** above the numbers of all kernels */
let nextNumber = 1 << 16;
/** Lets all threads find a module. */
export function share(module: Made): void {
  if (module.at !== 0) return;
  module.at = alloc(module.binary.length);
  u8.set(module.binary, module.at);
  module.number = nextNumber;
  module.functions.forEach((f) => made.set(nextNumber++, f));
}
/** Takes back what `share` did. */
export function unshare(module: Made): void {
  if (module.at === 0) return;
  release(module.at, module.binary.length);
  module.functions.forEach((_, i) => made.delete(module.number + i));
  module.at = 0;
}
export const currentDesk = (): Desk => desk!;

function refuse(reason: string): void {
  refused = reason;
  stop();
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
  const scratchBytes = RESERVED - PARAMS;
  const own = (areas[lane] ??= reserve(scratchBytes));
  const post: Post = { memory, modules, desk: shared!, lane, scratch: PARAMS, own, scratchBytes };
  let slot: Slot | null = null;
  const ended = (why: string): void => lost(lane, slot, desk !== null && isRunning(lane), why);
  const node = nodeThreads();
  Atomics.store(desk!.ints, stateOf(lane), ABSENT);
  slot = { worker: node === undefined ? startWeb(post, ended) : startNode(node, post, ended), own };
  slots[lane] = slot;
}
function startAll(wanted: number): void {
  if (desk === null) {
    shared = new SharedArrayBuffer(DESK_BYTES);
    desk = deskOn(shared);
    const kernels = Object.values(wasm);
    numbers = new Map(kernels.map((f, i) => [f, i]));
    first = { desk, kernels, made, make: () => [], lane: 0, shift: 0, fresh: true };
  }
  try {
    for (let lane = 1; lane < wanted; lane++) if (!slots[lane]) startOne(lane);
  } catch (e) {
    refuse(`a worker could not be started (${(e as Error).message})`);
  }
}

/** Milliseconds that a worker may take to instantiate the kernels before it is given up. */
const ADMISSION = 2000;
/**
 * Lets workers whose code has been loaded instantiate the kernels. That writes the kernels' static data anew, so no kernel may run
 * meanwhile: this thread waits.
 */
function admit(): void {
  const { ints } = desk!;
  const coming: number[] = [];
  for (let lane = 1; lane < slots.length; lane++) {
    if (Atomics.compareExchange(ints, stateOf(lane), LOADED, ADMITTED) !== LOADED) continue;
    Atomics.notify(ints, stateOf(lane));
    coming.push(lane);
  }
  const end = performance.now() + ADMISSION;
  for (const lane of coming) {
    while (Atomics.load(ints, stateOf(lane)) === ADMITTED && performance.now() < end) pause(stateOf(lane), ADMITTED, 1);
    if (!isRunning(lane)) slots[lane]?.worker.terminate();
  }
  ready = 0;
  for (let lane = 1; lane < slots.length && isRunning(lane); lane++) ready = lane;
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

/** Work in nanoseconds that pays for one thread more: where workers look for work, and where they must be woken. */
const SHARE = 2e4;
const SHARE_ASLEEP = 2e5;
/** Work that could have been shared before the workers are started. */
const EARNED = 2e6;
let earned = 0;
/** What less than is never shared. */
export const LEAST: number = 2 * SHARE;

/** How many threads work of so many nanoseconds gets, this one included. Starts the workers when enough has come together. */
export function lanesFor(nanoseconds: number): number {
  if (nanoseconds < LEAST) return 1;
  const wanted = wantedThreads();
  if (wanted === 1 || obstacle() !== null) return 1;
  if (slots.length !== wanted || ready < wanted - 1) {
    if (slots.length > wanted) stop();
    if (slots.length < wanted || slots.includes(null, 1)) {
      earned += nanoseconds;
      if (earned < EARNED) return 1;
      startAll(wanted);
    }
    if (desk === null) return 1;
    admit();
  }
  const most = Math.min(wanted, ready + 1, Math.floor(nanoseconds / SHARE));
  if (most < 2) return 1;
  const { ints } = desk!;
  let awake = 1;
  while (awake < most && Atomics.load(ints, stateOf(awake)) === SPINNING) awake++;
  return Math.max(awake, Math.min(most, Math.floor(nanoseconds / SHARE_ASLEEP)));
}

/** How long this thread looks for the end of a job before it sleeps, in milliseconds. */
const SPIN = 0.05;
/** A worker that takes a hundred times as long as the whole work should is given up, but not before a minute. */
const PATIENCE = 60_000;

function join(count: number, nanoseconds: number): void {
  const { ints } = desk!;
  const begin = performance.now();
  const end = begin + PATIENCE + nanoseconds / 1e4;
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
  ints[COUNT] = parts;
  ints[FAILED] = 0;
  Atomics.store(ints, DONE, 0);
  Atomics.store(ints, NEXT, ticket(job));
  for (let lane = 1; lane < lanes; lane++) {
    Atomics.store(ints, wakeOf(lane), job);
    if (Atomics.load(ints, stateOf(lane)) === PARKED) Atomics.notify(ints, wakeOf(lane));
  }
  workOn(first!, job, nothing);
  join(parts, nanoseconds);
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
export const jobs = (): number => job;
/** The workers themselves, by lane. @internal */
export const workers = (): readonly (Started | null)[] => slots.map((slot) => slot?.worker ?? null);
