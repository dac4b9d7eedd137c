// The one heap: a single WebAssembly memory that every backend works on, and the blocks it is cut into.
import { OutOfMemoryError } from '../tensor/errors.js';
import { guard, guarded, type Guards } from './guards.js';
import { pending } from './pending.js';

const PAGE = 65536;
const MAX_PAGES = 65536;
/** Below it: static data of the kernels, parameters of a call, scratch tiles. Blocks lie above. */
export const RESERVED = 2 << 20;
/** Room behind each scratch region, which the debug heap watches. */
const FENCE = 256;
/** Dims, strides and pointers of one call, written as i32 (32 KiB). */
export const PARAMS = RESERVED / 2 - 32768 - FENCE;
/** What kernels write beside their results and what the wrappers give them: see assembly/own.ts. */
export const OWN = PARAMS - FENCE - 8192;
/** Scratch tiles of fused elementwise groups: `TILE_SLOTS` tiles of `TILE_BYTES`. */
export const TILES = RESERVED / 2;
export const TILE_BYTES = 16384;
export const TILE_SLOTS = (RESERVED - TILES) / TILE_BYTES;
/** Whole vectors may be read past the end of a block; the last block needs room for that too. */
const GUARD = 256;

/** One memory for several threads, where this place grants one: Node, and pages that are isolated from other origins. */
function sharedMemory(): WebAssembly.Memory | null {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  if (typeof SharedArrayBuffer === 'undefined' || isolated === false) return null;
  try {
    const made = new WebAssembly.Memory({ initial: 64, maximum: MAX_PAGES, shared: true });
    return (made.buffer as ArrayBufferLike) instanceof SharedArrayBuffer ? made : null;
  } catch {
    return null;
  }
}
const privateMemory = (pages: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES });

export let memory = sharedMemory() ?? privateMemory(64);
const bytes = (): ArrayBufferLike => memory.buffer;
/** Whether workers can be given the heap. Its views must then not leave the library: much of the web refuses shared bytes. */
export const isShared = (): boolean => typeof SharedArrayBuffer !== 'undefined' && bytes() instanceof SharedArrayBuffer;

/** Views of the whole heap. Growing replaces them: read the live binding each time, never keep one. */
export let u8: Uint8Array = new Uint8Array(bytes());
export let i8: Int8Array = new Int8Array(bytes());
export let u16: Uint16Array = new Uint16Array(bytes());
export let i16: Int16Array = new Int16Array(bytes());
export let u32: Uint32Array = new Uint32Array(bytes());
export let i32: Int32Array = new Int32Array(bytes());
export let f32: Float32Array = new Float32Array(bytes());
export let f64: Float64Array = new Float64Array(bytes());
export let u64: BigUint64Array = new BigUint64Array(bytes());
export let i64: BigInt64Array = new BigInt64Array(bytes());

function refresh(): void {
  const b = bytes();
  u8 = new Uint8Array(b);
  i8 = new Int8Array(b);
  u16 = new Uint16Array(b);
  i16 = new Int16Array(b);
  u32 = new Uint32Array(b);
  i32 = new Int32Array(b);
  f32 = new Float32Array(b);
  f64 = new Float64Array(b);
  u64 = new BigUint64Array(b);
  i64 = new BigInt64Array(b);
}

/** Moves the heap to a memory that is not shared, for kernels that were compiled for one. Before any kernel is linked to it. */
export function unshare(): void {
  if (!isShared()) return;
  const made = privateMemory(u8.length / PAGE);
  new Uint8Array(made.buffer).set(u8);
  memory = made;
  refresh();
}

/** Figures in bytes. `held` counts blocks given out, `cached` blocks that wait for reuse. */
export const stats = { held: 0, peak: 0, cached: 0 };

/** What the collector of `graph/memory.ts` decides; the allocator only asks. */
export const policy = {
  /** bytes that may be held */
  limit: MAX_PAGES * PAGE - RESERVED - GUARD,
  /** once more than this is held, `pressure` is called before the next block is cut */
  threshold: 256 * 2 ** 20,
  pressure: (_needed: number): void => {},
  hint: (): string => 'dispose what is no longer used, or raise memory.setLimit',
};

let top = guarded ? RESERVED + FENCE : RESERVED;

// Small blocks come in classes: powers of two and three quarters of them, so at most a third is slack.
const SMALL = 32768;
const small: number[][] = Array.from({ length: 24 }, () => []);
function classOf(bytes: number): number {
  if (bytes <= 64) return 0;
  const e = 31 - Math.clz32(bytes - 1);
  return (e - 5) * 2 - (bytes <= 3 << (e - 1) ? 1 : 0);
}
const classBytes = (c: number): number => (c & 1 ? 3 << ((c + 9) / 2) : 64 << (c / 2));
const classSizes = small.map((_, c) => classBytes(c));

// Large blocks are cut to 4 KiB and merged with their free neighbours when they come back.
const GRAIN = 4096;
/** free ranges by start and by end */
const starts = new Map<number, number>();
const ends = new Map<number, number>();
/** starts of free ranges by size: bin b holds sizes in [2^(b/2), 2^((b+1)/2)) grains */
const bins: Set<number>[] = Array.from({ length: 48 }, () => new Set());
const binOf = (grains: number): number => Math.floor(2 * Math.log2(grains));

function insert(at: number, size: number): void {
  starts.set(at, size);
  ends.set(at + size, at);
  bins[binOf(size / GRAIN)]!.add(at);
}
function remove(at: number, size: number): void {
  starts.delete(at);
  ends.delete(at + size);
  bins[binOf(size / GRAIN)]!.delete(at);
}
function releaseLarge(at: number, size: number): void {
  const after = starts.get(at + size);
  if (after !== undefined) {
    remove(at + size, after);
    size += after;
  }
  const before = ends.get(at);
  if (before !== undefined) {
    const n = at - before;
    remove(before, n);
    at = before;
    size += n;
  }
  if (at + size === top) top = at;
  else insert(at, size);
}
function takeLarge(size: number): number {
  const first = binOf(size / GRAIN);
  for (let b = first; b < bins.length; b++) {
    for (const at of bins[b]!) {
      const n = starts.get(at)!;
      if (n < size) continue; // only in the first bin
      remove(at, n);
      if (n > size) insert(at + size, n - size);
      stats.cached -= size;
      return at;
    }
  }
  return bump(size);
}
function bump(size: number): number {
  const at = top;
  const end = at + size + GUARD;
  if (end > u8.length) {
    const need = Math.ceil((end - u8.length) / PAGE);
    const have = u8.length / PAGE;
    const wish = Math.min(Math.max(need, Math.min(1024, have >> 1)), MAX_PAGES - have);
    if (need > MAX_PAGES - have) return -1;
    try {
      memory.grow(wish);
    } catch {
      try {
        memory.grow(need);
      } catch {
        return -1;
      }
    }
    refresh();
  }
  top = at + size;
  return at;
}

// Small blocks are cut from chunks. Beside a large one, a small one that lives on would keep its room from merging with what comes free next.
const CHUNK = 64 * GRAIN;
/** what is left of the newest chunk */
let chunk = 0;
let chunkEnd = 0;
function takeSmall(size: number): number {
  if (chunkEnd - chunk < size) {
    const next = takeLarge(CHUNK);
    if (next < 0) return -1;
    // the rest of the last chunk waits in the classes it has room for
    for (let c = small.length - 1; c >= 0; c--) {
      for (; chunkEnd - chunk >= classSizes[c]!; chunk += classSizes[c]!) small[c]!.push(chunk);
    }
    stats.cached += CHUNK - (chunkEnd - chunk);
    chunk = next;
    chunkEnd = next + CHUNK;
  }
  stats.cached -= size;
  chunk += size;
  return chunk - size;
}

/** A range that is never given back and counts as no block: scratch areas of workers. @throws OutOfMemoryError */
export function reserve(bytes: number): number {
  const at = bump(Math.ceil(bytes / GRAIN) * GRAIN + 2 * GRAIN);
  if (at < 0) refuse(bytes);
  return at + GRAIN;
}

/** The bytes a block of `bytes` really takes; pass it to `release`. */
export const blockBytes = (bytes: number): number =>
  bytes <= SMALL ? classSizes[classOf(bytes)]! : Math.ceil(bytes / GRAIN) * GRAIN;

function fits(size: number): boolean {
  return stats.held + size <= policy.limit;
}
function refuse(size: number): never {
  throw new OutOfMemoryError(
    `[memory] needed ${size} bytes, ${stats.held} are held of a limit of ${policy.limit}; ${policy.hint()}`,
    size,
    stats.held,
    policy.limit,
  );
}
function carve(size: number): number {
  if (size > SMALL) return takeLarge(size);
  const at = small[classOf(size)]!.pop();
  if (at === undefined) return takeSmall(size);
  stats.cached -= size;
  return at;
}

function take(bytes: number): number {
  const size = blockBytes(bytes);
  if (stats.held + size > policy.threshold || !fits(size)) {
    policy.pressure(size);
    if (!fits(size)) refuse(size);
  }
  let at = carve(size);
  if (at < 0) {
    policy.pressure(Infinity);
    at = carve(size);
    if (at < 0) refuse(size);
  }
  stats.held += size;
  if (stats.held > stats.peak) stats.peak = stats.held;
  return at;
}

function giveBack(at: number, bytes: number): void {
  const size = blockBytes(bytes);
  stats.held -= size;
  if (size <= SMALL) {
    stats.cached += size;
    small[classOf(size)]!.push(at);
    return;
  }
  const before = top;
  releaseLarge(at, size);
  stats.cached += size - (before - top);
}

const guards: Guards | null = guarded
  ? guard({
      cut: take,
      giveBack,
      sizeOf: blockBytes,
      bytes: () => u8,
      small: SMALL,
      fences: [
        [OWN - FENCE, FENCE],
        [PARAMS - FENCE, FENCE],
        [TILES - FENCE, FENCE],
        [RESERVED, FENCE],
      ],
    })
  : null;
/**
 * Address of a block of at least `bytes`, aligned to 16, its contents undefined. May collect: a raw address of something that
 * nothing holds must not be kept across this call.
 * @throws OutOfMemoryError with the figures
 */
export const alloc: (bytes: number) => number = guards === null ? take : guards.alloc;
/** Gives a block back that no device works on. */
export const free: (at: number, bytes: number) => void = guards === null ? giveBack : guards.release;
/** Gives a block back; `bytes` as it was asked for, or as `blockBytes` says. */
export function release(at: number, bytes: number): void {
  if (pending === null) free(at, bytes);
  else pending.keep(at, bytes);
}
/** Under LANEWISE_HEAP_GUARDS=1 looks for writes outside of blocks. @returns the blocks in use, 0 without guards */
export const checkGuards = (): number => guards?.check() ?? 0;
