// torchless::kernels::metal::memory::MetalMemoryPool, with a bound.
import { LanewiseError, memory } from '../slim.js';
import type { Backend } from './backend.js';
import { checkCount, type MetalBuffer } from './buffer.js';
import { roundUpPowerOf2 } from './estimates.js';

const MB = 1024 ** 2;

/** What a pool has done. Sizes are in bytes. */
export class MetalMemoryPoolStats {
  constructor(
    /** of all buffers that it made and that are still there, in use or waiting */
    readonly totalAllocatedBytes: number,
    readonly inUseBytes: number,
    /** of buffers that wait for reuse */
    readonly pooledBytes: number,
    /** requests that a waiting buffer served */
    readonly poolHits: number,
    /** requests that took a new one */
    readonly poolMisses: number,
  ) {}
  /** Hits by requests; 0 before the first. */
  get hitRate(): number {
    const requests = this.poolHits + this.poolMisses;
    return requests === 0 ? 0 : this.poolHits / requests;
  }
  toString(): string {
    const mb = (bytes: number): string => `${(bytes / MB).toFixed(2)} MB`;
    const { totalAllocatedBytes, inUseBytes, pooledBytes, hitRate, poolHits, poolMisses } = this;
    const held = `${mb(totalAllocatedBytes)} allocated, ${mb(inUseBytes)} in use, ${mb(pooledBytes)} pooled`;
    return `MetalMemoryPool: ${held}, ${(hitRate * 100).toFixed(1)}% hit rate (${poolHits} hits, ${poolMisses} misses)`;
  }
}

/**
 * Buffers for reuse, in sizes that are powers of two. Lanewise's heap reuses memory without it; it is here for code that is written
 * around a pool. What waits is bounded: beyond `maxPooledBytes` a buffer that comes back is freed.
 */
export class MetalMemoryPool {
  /** waiting buffers, by device and bytes */
  readonly #free = new Map<string, Map<number, MetalBuffer[]>>();
  /** what is in use, held weakly: a buffer that nobody returns is freed as any other */
  readonly #lent = new WeakSet<MetalBuffer>();
  readonly #lost = new FinalizationRegistry<number>((bytes) => void (this.#inUse -= bytes));
  #inUse = 0;
  #pooled = 0;
  #hits = 0;
  #misses = 0;
  /** @param maxPooledBytes by default a quarter of what the heap may hold */
  constructor(readonly maxPooledBytes: number = Math.floor(memory.limit() / 4)) {
    checkCount('MetalMemoryPool', 'maxPooledBytes', maxPooledBytes);
  }
  /**
   * A buffer of at least `minElements`: one of the next power of two in bytes that waits, else the smallest larger one, else a new one. A
   * new one holds zeros, another what it held.
   */
  getOrAlloc(backend: Backend, minElements: number): MetalBuffer {
    checkCount('MetalMemoryPool.getOrAlloc', 'the number of elements', minElements);
    const bytes = Math.max(4, roundUpPowerOf2(minElements * 4));
    const waiting = this.#free.get(backend.device);
    const size = [...(waiting?.keys() ?? [])].filter((s) => s >= bytes).reduce((a, b) => Math.min(a, b), Infinity);
    let buffer: MetalBuffer;
    if (size < Infinity) {
      const buffers = waiting!.get(size)!;
      buffer = buffers.pop()!;
      if (buffers.length === 0) waiting!.delete(size);
      this.#pooled -= size;
      this.#hits++;
    } else {
      buffer = backend.createBufferZeros(bytes / 4);
      this.#misses++;
    }
    this.#lent.add(buffer);
    this.#lost.register(buffer, buffer.length(), buffer);
    this.#inUse += buffer.length();
    return buffer;
  }
  /** Takes a buffer back, which must not be used from then on. @throws LanewiseError for one that this pool has not lent out */
  returnBuffer(buffer: MetalBuffer): void {
    if (!this.#lent.delete(buffer)) {
      throw new LanewiseError(
        '[MetalMemoryPool.returnBuffer] the buffer must be one that this pool lent out, got another one, or one that came back before',
      );
    }
    this.#lost.unregister(buffer);
    const bytes = buffer.length();
    this.#inUse -= bytes;
    if (!buffer.alive) return;
    if (this.#pooled + bytes > this.maxPooledBytes) {
      buffer.dispose();
      return;
    }
    const waiting = this.#free.get(buffer.device) ?? new Map<number, MetalBuffer[]>();
    this.#free.set(buffer.device, waiting);
    waiting.set(bytes, [...(waiting.get(bytes) ?? []), buffer]);
    this.#pooled += bytes;
  }
  /** Frees what waits. Buffers in use are not touched, and can still come back. */
  clear(): void {
    for (const waiting of this.#free.values())
      for (const buffers of waiting.values()) for (const b of buffers) b.dispose();
    this.#free.clear();
    this.#pooled = 0;
  }
  stats(): MetalMemoryPoolStats {
    return new MetalMemoryPoolStats(this.#inUse + this.#pooled, this.#inUse, this.#pooled, this.#hits, this.#misses);
  }
}
