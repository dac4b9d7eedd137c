// Generated kernels by structure: made when a structure comes for the third time, the least recently used ones dropped.
import type { FusionInfo, Member } from '../../backend.js';
import { memory, TILE_BYTES, TILES } from '../../heap.js';
import { encode } from './encoder.js';
import { generate, PARAMETERS } from './generate.js';
import { isCall, layOut, type Call, type Layout, type Port, type Segment } from './layout.js';
import type { Made } from '../threads/spread.js';
import { found, structureOf } from './structure.js';

/** Elements start..start+n-1 of a segment, whose addresses stand at `addresses`. */
type Run = (n: number, start: number, addresses: number) => void;
/** A segment that can run. */
export interface Function {
  readonly run: Run;
  readonly ports: readonly Port[];
}
/** A group's generated code. */
export interface Code extends Pick<Layout, 'inputs' | 'tiles' | 'out'> {
  readonly stages: readonly (Function | Call)[];
  /** addresses of cells; 0 for what is no tile */
  readonly cells: readonly number[];
  /** the functions as one module, for other threads */
  readonly made: Made;
  /** nanoseconds for one element, by which it is decided how many threads get the work */
  readonly cost: number;
}
/** What is known of one structure. */
export interface Entry {
  readonly codes: Int32Array;
  readonly hash: number;
  /** times it came */
  runs: number;
  code: Code | null;
  /** code would save nothing, or there are no words for it */
  unsayable: boolean;
  used: number;
  /** another structure with the same hash */
  next: Entry | null;
}

/** What tests change: whether kernels are generated, from which run on, and how many structures are remembered. */
export const generation = { on: true, from: 3, most: 512 };
/** Runs of groups since the start. */
export const counts = { tiles: 0, generated: 0, closed: 0, compiled: 0, refused: null as string | null };
export function fusion(): FusionInfo {
  let kept = 0;
  for (const e of all()) if (e.code !== null) kept++;
  return { ...counts, kept };
}

/** Nanoseconds for one element of a kernel that is called, of what a segment reads and writes, and of one of its instructions. */
const CALLED = 0.8;
const MOVED = 0.3;
const SPOKEN = 0.1;
/** The same of reading, rounding or storing a half type. */
const CONVERTED: Readonly<Record<string, number>> = { f16: 0.35, bf16: 0.1 };
const takes = ({ inputs, values, outputs }: Segment): number =>
  [...inputs, ...values, ...outputs].reduce(
    (ns, x) => ns + (CONVERTED[x.type.code] ?? 0),
    MOVED + SPOKEN * values.length,
  );

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
  Object.assign(counts, { tiles: 0, generated: 0, closed: 0, compiled: 0, refused: null });
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
    code: null,
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
  if (!generation.on) return false;
  return e.code !== null || (e.runs >= generation.from && !e.unsayable && counts.refused === null);
}
/** The code for what `describe` found, made if need be; null where it cannot be. */
export function codeOf(
  e: Entry,
  members: readonly Member[],
  start: number,
  count: number,
  closes: boolean,
): Code | null {
  if (e.code !== null) return e.code;
  const layout = layOut(structureOf(members, start, count, closes));
  if (layout === null) {
    e.unsayable = true;
    return null;
  }
  const segments = layout.stages.filter((s): s is Segment => !isCall(s));
  try {
    const bytes = encode(PARAMETERS, segments.map(generate), isShared(memory.buffer));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    const functions = Object.values(exports) as unknown as Made['functions'];
    const made: Made = { functions, binary: bytes, number: 0, on: null, at: 0 };
    let i = 0;
    const stages = layout.stages.map((s) =>
      isCall(s) ? s : { run: exports[String(i++)] as Run, ports: [...s.inputs, ...s.outputs] },
    );
    counts.compiled++;
    const cells = layout.tiles.map((tile) => (tile < 0 ? 0 : TILES + tile * TILE_BYTES));
    const calls = stages.length - segments.length;
    const cost = CALLED * calls + segments.reduce((ns, s) => ns + takes(s), 0);
    return (e.code = { ...layout, stages, cells, made, cost });
  } catch (cause) {
    // a policy against generated code: it will not change
    counts.refused = String(cause);
    return null;
  }
}
const isShared = (buffer: ArrayBufferLike): boolean =>
  typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;
