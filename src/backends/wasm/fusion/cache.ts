// Generated kernels by structure: made when a structure comes for the third time, the least recently used ones dropped.
import type { Member } from '../../backend.js';
import { memory } from '../../heap.js';
import { wasm } from '../runtime.js';
import { generate } from './generate.js';
import { found, structureOf } from './structure.js';

/** Elements start..start+n-1 of a group, whose operands' and output's addresses stand at `addresses`. */
export type Run = (n: number, start: number, addresses: number) => void;
/** What is known of one structure. */
export interface Entry {
  readonly codes: Int32Array;
  readonly hash: number;
  /** times it came */
  runs: number;
  run: Run | null;
  /** it has a member that generated kernels have no word for */
  unsayable: boolean;
  used: number;
  /** another structure with the same hash */
  next: Entry | null;
}

/** What tests change: from which run on kernels are generated, and how many structures are remembered. */
export const generation = { from: 3, most: 512 };
/** What `backends()` tells of fused groups. */
export const counts = { tiles: 0, generated: 0, compiled: 0, refused: null as string | null };
/** Kernels that are alive. */
export const alive = (): number => {
  let n = 0;
  for (const e of all()) if (e.run !== null) n++;
  return n;
};

const entries = new Map<number, Entry>();
let size = 0;
let clock = 0;
function* all(): Iterable<Entry> {
  for (const first of entries.values()) for (let e: Entry | null = first; e !== null; e = e.next) yield e;
}
/** Forgets every structure. */
export function clear(): void {
  entries.clear();
  size = 0;
  Object.assign(counts, { tiles: 0, generated: 0, compiled: 0, refused: null });
}
/** The quarter that was not used for longest goes. */
function evict(): void {
  const kept = [...all()].sort((a, b) => b.used - a.used).slice(0, Math.ceil(0.75 * generation.most));
  entries.clear();
  for (const e of kept) {
    e.next = entries.get(e.hash) ?? null;
    entries.set(e.hash, e);
  }
  size = kept.length;
}

function same(e: Entry): boolean {
  const { codes, count } = found;
  if (e.codes.length !== count) return false;
  for (let i = 0; i < count; i++) if (e.codes[i] !== codes[i]) return false;
  return true;
}
/** What is known of the structure that `describe` found. */
export function entryOf(): Entry {
  const first = entries.get(found.hash) ?? null;
  for (let e = first; e !== null; e = e.next) if (same(e)) return e;
  if (size >= generation.most) evict();
  const e: Entry = {
    codes: Int32Array.from({ length: found.count }, (_, i) => found.codes[i]!),
    hash: found.hash,
    runs: 0,
    run: null,
    unsayable: false,
    used: 0,
    next: entries.get(found.hash) ?? null,
  };
  entries.set(found.hash, e);
  size++;
  return e;
}

/** Counts a run of a structure. @returns whether its kernel is there or should now be made */
export function counted(e: Entry): boolean {
  e.used = ++clock;
  e.runs++;
  return e.run !== null || (e.runs >= generation.from && !e.unsayable && counts.refused === null);
}
/** The kernel of what `describe` found, made if need be; null where it cannot be. */
export function kernelOf(
  e: Entry,
  members: readonly Member[],
  start: number,
  count: number,
  closes: boolean,
): Run | null {
  if (e.run !== null) return e.run;
  const bytes = generate(structureOf(members, start, count, closes), isShared(memory.buffer));
  if (bytes === null) e.unsayable = true;
  else {
    try {
      const module = new WebAssembly.Module(bytes);
      e.run = new WebAssembly.Instance(module, { env: imports() }).exports['run'] as Run;
      counts.compiled++;
    } catch (cause) {
      // a policy against generated code: it will not change
      counts.refused = String(cause);
    }
  }
  return e.run;
}
const isShared = (buffer: ArrayBufferLike): boolean =>
  typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;

let env: WebAssembly.ModuleImports | null = null;
/** The memory and the functions that generated kernels call, of the build that runs. */
function imports(): WebAssembly.ModuleImports {
  if (env !== null) return env;
  const prefix = 'fused_';
  const functions = Object.keys(wasm).filter((name) => name.startsWith(prefix));
  return (env = { memory, ...Object.fromEntries(functions.map((name) => [name.slice(prefix.length), wasm[name]!])) });
}
