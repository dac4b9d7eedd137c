// Blocks for what lives within one call.
import { alloc, release } from '../heap.js';
import { queue } from './queue.js';

const blocks: number[] = [];
/** A block until the end of `withTemporaries`. @throws OutOfMemoryError */
export function temporary(bytes: number): number {
  const recycled = queue.take(queue.owner, bytes);
  const at = recycled < 0 ? alloc(bytes) : recycled;
  blocks.push(at, bytes);
  return at;
}
/** Runs `fn` and gives its temporary blocks back, also when it throws. Calls run in order, so that they may be used again at once. */
export function withTemporaries<T>(fn: () => T): T {
  const length = blocks.length;
  try {
    return fn();
  } finally {
    while (blocks.length > length) {
      const bytes = blocks.pop()!;
      release(blocks.pop()!, bytes);
    }
  }
}
