// Who holds a block, and the ways it comes back: last use, dispose, collection.
import { policy, release, stats } from '../backends/heap.js';
import { settlePending } from '../backends/pending.js';

/** A block of the heap, shared by a node and its views. */
export class Storage {
  refs = 1;
  guard: Guard | null = null;
  /** where it stands among the guard's blocks */
  place = 0;
  constructor(
    public ptr: number,
    public bytes: number,
  ) {}
}

/**
 * Guards a batch of storages: reachable while any of them is. One WeakRef and one registration per batch, so that a tiny
 * result costs a field store.
 */
export class Guard {
  readonly blocks: number[] = [];
  bytes = 0;
}
interface Watched {
  readonly ref: WeakRef<Guard>;
  readonly blocks: number[];
}
const BATCH_BLOCKS = 128;
const BATCH_BYTES = 65536;
const watched = new Map<number, Watched>();
let guards = 0;
let open: Guard | null = null;
let registry: FinalizationRegistry<number> | null = null;

/** Called for what outlives an evaluation; the storage keeps the guard reachable. */
export function guard(s: Storage): void {
  let g = s.bytes >= BATCH_BYTES ? null : open;
  if (g === null) {
    g = new Guard();
    const id = guards++;
    const w: Watched = { ref: new WeakRef(g), blocks: g.blocks };
    watched.set(id, w);
    registry ??= new FinalizationRegistry(reclaim);
    registry.register(g, id, w);
    if (s.bytes < BATCH_BYTES) open = g;
  }
  s.place = g.blocks.length;
  g.blocks.push(s.ptr, s.bytes);
  g.bytes += s.bytes;
  s.guard = g;
  if (g === open && (g.bytes >= BATCH_BYTES || g.blocks.length >= 2 * BATCH_BLOCKS)) open = null;
}
function reclaim(id: number): void {
  const w = watched.get(id);
  if (w === undefined) return;
  watched.delete(id);
  registry!.unregister(w); // found by a scan, its callback must not wait for a turn that a synchronous loop never gives
  for (let i = 0; i < w.blocks.length; i += 2) if (w.blocks[i]! > 0) release(w.blocks[i]!, w.blocks[i + 1]!);
}
/** Gives up one reference; the last one gives the block back at once. */
export function drop(s: Storage): void {
  if (--s.refs > 0) return;
  const g = s.guard;
  if (g !== null) {
    if (g.blocks[s.place] !== s.ptr) return;
    g.blocks[s.place] = 0;
    s.guard = null;
  }
  release(s.ptr, s.bytes);
}

/** Results that were computed twice and kept; they can be computed again, so they go first under pressure. */
export interface Evictable {
  /** @returns false if it is in use just now */
  evict(): boolean;
}
let kept: WeakRef<Evictable>[] = [];
export function keep(n: Evictable): void {
  kept.push(new WeakRef(n));
}

// Node: a collection from inside, and a private microtask queue whose drain ends the engine's promise to keep weak references
// alive until the job is over. Both are found at the first pressure.
interface Collector {
  gc(): void;
  drain(): void;
}
let collector: Collector | null | undefined;
function findCollector(): Collector | null {
  try {
    const builtin = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
      ?.getBuiltinModule;
    if (builtin === undefined) return null;
    const v8 = builtin('node:v8') as typeof import('node:v8');
    const vm = builtin('node:vm') as typeof import('node:vm');
    v8.setFlagsFromString('--expose-gc');
    const gc = vm.runInNewContext('gc') as () => void;
    v8.setFlagsFromString('--no-expose-gc');
    const queue = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    const turn = new vm.Script('Promise.resolve().then(() => {}); 0');
    const drain = (): void => void turn.runInContext(queue);
    drain();
    gc();
    return { gc, drain };
  } catch {
    return null;
  }
}

const MIB = 2 ** 20;
const FLOOR = 256 * MIB;
export const collections = { count: 0, milliseconds: 0 };
/**
 * `relief`: bytes held from which long pending chains are evaluated as they are recorded. Only after a collection that left more than a
 * quarter of the limit alive, and only if much has come since: evaluating early costs what is computed again because it was needed again.
 */
export const pressure = { relief: Infinity };
/** Lets that much come before chains are evaluated (again). */
export const deferRelief = (): void => void (pressure.relief = stats.held + policy.limit / 16);

/** Frees what is dead. In Node at once, in the middle of a job; elsewhere the engine decides when. */
export function collect(): void {
  const start = performance.now();
  settlePending();
  const old = kept;
  const evict = (): void => void (kept = old.filter((ref) => ref.deref()?.evict() === false));
  collector ??= findCollector();
  if (collector === null) evict();
  else {
    open = null;
    collector.drain();
    collector.gc();
    for (const [id, w] of watched) if (w.ref.deref() === undefined) reclaim(id);
    if (stats.held > policy.limit / 2) evict();
    else kept = old.filter((ref) => ref.deref() !== undefined);
    collector.drain(); // the derefs above kept the living ones until the end of the job; let them go again
  }
  collections.count++;
  collections.milliseconds += performance.now() - start;
  if (stats.held > policy.limit / 4) deferRelief();
  else pressure.relief = Infinity;
}
policy.pressure = (needed: number): void => {
  collect();
  const next = Math.max(FLOOR, 2 * stats.held);
  policy.threshold = Math.max(Math.min(next, policy.limit * 0.9), stats.held * 1.05 + Math.min(needed, MIB));
};
policy.hint = (): string =>
  collector
    ? 'dispose what is no longer used, or raise memory.setLimit'
    : 'a loop that never awaits keeps every result alive here: await one step (await x.data()), or wrap the step in ' +
      'lw.tidy(...) or using';

const SETTLE_STEP = 512 * MIB;
const SETTLE_TURNS = 64;
/** what the last `settle` left, taken for living */
let living = 0;
/** keeps what `settle` allocates reachable until the next turn, so that it is not optimised away */
export const ballast: { held: unknown } = { held: null };
/** One turn of the event loop by a message: a hidden page gets a timer once a second or once a minute. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
/**
 * Where no collection can be asked for, gives the engine turns, garbage and weight until half of what was added has come
 * back. Called by everything that awaits; returns at once until 512 MiB have been added to what lived, and in Node.
 */
export async function settle(): Promise<void> {
  living = Math.min(living, stats.held);
  const added = stats.held - living;
  if (added <= Math.min(SETTLE_STEP, (policy.limit - living) / 4)) return;
  collector ??= findCollector();
  if (collector !== null) return;
  const enough = living + added / 2;
  for (let i = 0; i < SETTLE_TURNS && stats.held > enough; i++) {
    const junk: unknown[] = [];
    for (let k = 0; k < 2e4; k++) junk.push({ k, j: [k] });
    ballast.held = [junk.length, new ArrayBuffer(64 * MIB)];
    await turn();
  }
  ballast.held = null;
  living = stats.held;
}
