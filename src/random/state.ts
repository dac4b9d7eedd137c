// The key behind draws without one, and how keys are made.
import { u32 } from '../backends/heap.js';
import { newLeaf, type Node } from '../graph/node.js';
import { types } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import { shapeOf, showValue } from '../tensor/shape.js';
import { watcher } from '../tensor/tensor.js';

/** A key in plain numbers. */
export type Words = readonly [number, number];
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
/** One block of Threefry-2x32-20 (Salmon et al., 2011). */
function threefry([k0, k1]: Words, x: number, y: number): Words {
  const ks = [k0, k1, (k0 ^ k1 ^ 0x1bd11bda) >>> 0];
  x = (x + k0) >>> 0;
  y = (y + k1) >>> 0;
  for (let i = 0; i < 5; i++) {
    for (const r of ROTATIONS[(i % 2) as 0 | 1]) {
      x = (x + y) >>> 0;
      y = (((y << r) | (y >>> (32 - r))) ^ x) >>> 0;
    }
    x = (x + ks[(i + 1) % 3]!) >>> 0;
    y = (y + ks[(i + 2) % 3]! + i + 1) >>> 0;
  }
  return [x, y];
}
/** A leaf that holds a key. */
export const keyLeaf = ([hi, lo]: Words): Node => {
  const n = newLeaf(shapeOf([2]), types.uint32);
  u32[n.at >>> 2] = hi;
  u32[(n.at >>> 2) + 1] = lo;
  return n;
};
/** The key of a seed, in words. */
export const wordsOf = (seed: number | bigint): Words => {
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed))
    throw new LanewiseError(`[random.key] the seed must be an integer, got ${showValue(seed)}`);
  const s = BigInt.asUintN(64, BigInt(seed));
  return [Number(s >> 32n), Number(s & 0xffffffffn)];
};

// The state behind draws without a key; kept in plain numbers, so that it needs no evaluation.
let state: Words | null = null;
/** Restarts the numbers that are drawn without a key. Without it they start from the clock. */
export function seed(value: number | bigint): void {
  watcher?.seeded();
  state = wordsOf(value);
}
/** The key of the next draw without one. */
export function nextKey(): Node {
  const watched = watcher?.drawn() ?? null;
  if (watched !== null) return watched;
  state ??= wordsOf(BigInt(Date.now()) * 1000003n + BigInt(Math.floor(Math.random() * 2 ** 32)));
  // split(state, 2): four words from the counters (0, 2) and (1, 3)
  const [a, c] = threefry(state, 0, 2);
  const [b, d] = threefry(state, 1, 3);
  state = [a, b];
  return keyLeaf([c, d]);
}
