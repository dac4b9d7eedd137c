// What the device was given and has not finished, and the blocks that belong to it until then.
import { BackendError } from '../../tensor/errors.js';
import { blockBytes, free } from '../heap.js';
import type { Backend } from '../backend.js';
import { guarded } from '../guards.js';
import { setPending, type Pending } from '../pending.js';
import { addonOf } from './device.js';
import type { Range } from './views.js';

/** Results in flight from which somebody waits: what is kept for the device has a bound. */
const MOST = 4096;

/** What blocks have in common that can stand for each other. */
const sizeOf = guarded ? (bytes: number): number => bytes : blockBytes;

const textOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

class Queue implements Pending {
  /** set by backend.ts: whose work this is */
  owner: Backend | null = null;
  private working = false;
  /** blocks that were given up meanwhile, by size. Calls run in order, so that a later one may write over what an earlier one reads */
  private readonly spare = new Map<number, number[]>();
  /** what the device writes: addresses, and bytes from there */
  private readonly written = new Map<number, number>();
  /** blocks whose values went with a device that failed, and what it said */
  private readonly lost = new Map<number, string>();

  /** Notes a call that was encoded. @param at the block that it writes @param bytes how much of it */
  add(at: number, bytes: number): void {
    if (!this.working) {
      this.working = true;
      setPending(this);
    }
    this.written.set(at, Math.max(bytes, this.written.get(at) ?? 0));
    this.lost.delete(at);
    if (this.written.size >= MOST) this.wait();
  }
  /** Whether what the device has not finished writes there. */
  writes({ at, bytes }: Range): boolean {
    for (const [from, n] of this.written) if (from < at + bytes && at < from + n) return true;
    return false;
  }
  wait(): void {
    if (!this.working) return;
    try {
      addonOf().wait();
    } catch (e) {
      this.fail(e);
    }
    this.done();
  }
  async waitAsync(): Promise<void> {
    if (!this.working) return;
    try {
      await addonOf().waitAsync();
    } catch (e) {
      this.fail(e);
    }
    this.wait(); // for what was encoded meanwhile; the rest is done
  }
  /** After the device failed while a call was encoded: whatever is left is waited for. */
  abandon(e: unknown): never {
    try {
      addonOf().wait();
    } catch {
      // the same failure, told to whom it was left for
    }
    return this.fail(e);
  }
  /** After the device failed: what it was to compute is lost. */
  private fail(e: unknown): never {
    const text = textOf(e);
    for (const at of this.written.keys()) this.lost.set(at, text);
    this.done();
    throw new BackendError(
      `[metal] the device must finish what it was given, got: ${text}; what was computed since the last read is lost`,
      { cause: e },
    );
  }
  private done(): void {
    this.working = false;
    this.written.clear();
    for (const [bytes, blocks] of this.spare) for (const at of blocks) free(at, bytes);
    this.spare.clear();
    setPending(this.lost.size > 0 ? this : null);
  }

  admit(b: Backend, block: number): void {
    if (b !== this.owner) this.wait();
    if (this.lost.size > 0) this.check(block);
  }
  check(block: number): void {
    const why = this.lost.get(block);
    if (why !== undefined) {
      throw new BackendError(
        `[metal] a value must be computed before it is read, got one lost when the device failed: ${why}`,
      );
    }
  }
  keep(at: number, bytes: number): void {
    this.written.delete(at);
    this.lost.delete(at);
    if (!this.working) {
      free(at, bytes);
      if (this.lost.size === 0) setPending(null);
      return;
    }
    const size = sizeOf(bytes);
    const blocks = this.spare.get(size);
    if (blocks === undefined) this.spare.set(size, [at]);
    else blocks.push(at);
  }
  take(b: Backend | null, bytes: number): number {
    return b === this.owner && this.working ? (this.spare.get(sizeOf(bytes))?.pop() ?? -1) : -1;
  }
}
export const queue = new Queue();
