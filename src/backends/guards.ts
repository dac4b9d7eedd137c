// The debug heap: LANEWISE_HEAP_GUARDS=1 puts guard values round every block, and poison into what holds no data.

/** Whether the environment asks for guards; read once. */
export const guarded: boolean =
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.['LANEWISE_HEAP_GUARDS'] ===
  '1';

/** Bytes of guard values on each side of a block; keeps the alignment. */
const PAD = 64;
/** Kernels store whole vectors: the last one of a block may be filled up. */
const VECTOR = 16;
const CANARY = 0xa5;
/** NaN in every floating dtype, -1 or the largest number in the integer ones. */
const POISON = 0xff;

interface Block {
  readonly bytes: number;
  /** what was cut from the heap for it */
  readonly start: number;
  readonly size: number;
}
/** What the guards need of the heap. */
export interface Cutter {
  readonly cut: (bytes: number) => number;
  readonly giveBack: (at: number, bytes: number) => void;
  readonly sizeOf: (bytes: number) => number;
  readonly bytes: () => Uint8Array;
  /** larger blocks are cut and merged when they come back */
  readonly small: number;
  /** ranges beside the blocks that nothing may write to: the end of the parameters, the end of the scratch tiles */
  readonly fences: readonly (readonly [at: number, bytes: number])[];
}
export interface Guards {
  readonly alloc: (bytes: number) => number;
  readonly release: (at: number, bytes: number) => void;
  /** Looks at every guard value and at every free byte. @returns how many blocks are in use */
  readonly check: () => number;
}

/** First byte in [from, to) that is not `value`, or -1. */
function odd(u8: Uint8Array, from: number, to: number, value: number): number {
  for (let i = from; i < to; i++) if (u8[i] !== value) return i;
  return -1;
}

/** An allocator with guards over a plain one. */
export function guard(heap: Cutter): Guards {
  const live = new Map<number, Block>();
  const free = new Map<number, Block>();
  /** those of them that the heap may cut and merge */
  const freeLarge = new Set<Block>();
  const fail = (what: string, at: number): never => {
    throw new Error(`[heap] ${what}, at ${at}: found ${heap.bytes()[at]}`);
  };
  const checkPads = (at: number, b: Block): void => {
    const u8 = heap.bytes();
    const before = odd(u8, b.start, at, CANARY);
    if (before >= 0) fail(`something wrote ${at - before} bytes before a block of ${b.bytes}`, before);
    const after = odd(u8, at + Math.ceil(b.bytes / VECTOR) * VECTOR, b.start + b.size, CANARY);
    if (after >= 0) fail(`something wrote ${after - at - b.bytes} bytes past the end of a block of ${b.bytes}`, after);
  };
  const checkFree = (b: Block): void => {
    const wrong = odd(heap.bytes(), b.start, b.start + b.size, POISON);
    if (wrong >= 0) fail(`something wrote into a block of ${b.bytes} bytes after its release`, wrong);
  };
  const reuse = (b: Block): void => {
    checkFree(b);
    free.delete(b.start);
    freeLarge.delete(b);
  };
  const checkFences = (): void => {
    for (const [at, bytes] of heap.fences) {
      const wrong = odd(heap.bytes(), at, at + bytes, CANARY);
      if (wrong >= 0) fail('something wrote past the end of a scratch region', wrong);
    }
  };
  for (const [at, bytes] of heap.fences) heap.bytes().fill(CANARY, at, at + bytes);

  return {
    alloc(bytes) {
      const size = heap.sizeOf(bytes + 2 * PAD);
      const start = heap.cut(size);
      // what was free must have stayed untouched
      const again = free.get(start);
      if (again !== undefined) reuse(again);
      for (const b of freeLarge) if (b.start < start + size && start < b.start + b.size) reuse(b);
      const u8 = heap.bytes();
      u8.fill(CANARY, start, start + PAD);
      u8.fill(POISON, start + PAD, start + PAD + bytes);
      u8.fill(CANARY, start + PAD + bytes, start + size);
      live.set(start + PAD, { bytes, start, size });
      return start + PAD;
    },
    release(at, bytes) {
      const b = live.get(at);
      if (b === undefined) throw new Error(`[heap] a block at ${at} of ${bytes} bytes was released that is not in use`);
      if (bytes !== b.bytes && heap.sizeOf(bytes) !== heap.sizeOf(b.bytes))
        throw new Error(`[heap] a block of ${b.bytes} bytes was released as one of ${bytes}`);
      checkPads(at, b);
      live.delete(at);
      heap.bytes().fill(POISON, b.start, b.start + b.size);
      free.set(b.start, b);
      if (b.size > heap.small) freeLarge.add(b);
      heap.giveBack(b.start, b.size);
    },
    check() {
      for (const [at, b] of live) checkPads(at, b);
      for (const b of free.values()) checkFree(b);
      checkFences();
      return live.size;
    },
  };
}
