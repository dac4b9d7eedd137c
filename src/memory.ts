// What the heap holds, in bytes.
import { checkGuards as check, policy, stats } from './backends/heap.js';
import { collect, collections } from './graph/memory.js';
import { LanewiseError } from './tensor/errors.js';
import { showValue } from './tensor/shape.js';

/** Bytes of living tensors, including those that wait for collection. */
export const active = (): number => stats.held;
/** Most bytes ever held at once, since the start or `resetPeak`. */
export const peak = (): number => stats.peak;
/** Starts `peak` anew from what is held now. */
export const resetPeak = (): void => void (stats.peak = stats.held);
/** Bytes that were given back and wait for reuse. */
export const cache = (): number => stats.cached;
/** How often unreachable tensors were collected under pressure, and how long that took. */
export const collected = (): { readonly count: number; readonly milliseconds: number } => ({ ...collections });
/** Frees tensors that nothing refers to, now where the engine allows it. @returns bytes given back */
export function clear(): number {
  const before = stats.held;
  collect();
  return before - stats.held;
}
/** Bytes that may be held. */
export const limit = (): number => policy.limit;
const MOST = policy.limit;
/** Sets how many bytes may be held; beyond it `OutOfMemoryError` is thrown. @returns the limit before */
export function setLimit(bytes: number): number {
  if (typeof bytes !== 'number' || !(bytes > 0) || bytes > MOST) {
    throw new LanewiseError(
      `[memory.setLimit] the limit must be above 0 and at most ${MOST} bytes, got ${showValue(bytes)}`,
    );
  }
  const before = policy.limit;
  policy.limit = Math.floor(bytes);
  policy.threshold = Math.min(policy.threshold, policy.limit * 0.9);
  return before;
}
/**
 * Looks for writes outside of the blocks they were meant for. Only where the environment has LANEWISE_HEAP_GUARDS=1, which
 * puts guard values round every block: for those who work on kernels.
 * @returns how many blocks were looked at, 0 without guards
 */
export const checkGuards = (): number => check();
