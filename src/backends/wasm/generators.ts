import type { Call, Kernel } from '../backend.js';
import { i32 } from '../heap.js';
import { exportsOf } from './layout.js';
import { wasm } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

const arangeOf = exportsOf('arange');

/** Nanoseconds for a pair of random words. */
const COST = 6;

/** attrs { width }: bytes of the words in little-endian order, cut off at the end; a = the key, two uint32 */
function randomBits(call: Call): void {
  const key = call.a!;
  const { width } = call.attrs as { width: 1 | 2 | 4 };
  const words = Math.ceil((call.shape.size * width) / 4);
  if (words === 0) return;
  const first = key.at >>> 2;
  const step = key.strides === null ? 1 : key.strides[0]!;
  const pairs = words >>> 1;
  const args = [words, 0, pairs, i32[first]!, i32[first + step]!, call.at];
  const cost = pairs * COST;
  spreadRange(lanesFor(cost), wasm['random_bits']!, pairs, 2, args, [0, 1, 0, 0, 0, 0], 4096, cost);
}

/** attrs { start, step }: element i is start + i * step */
function arange(call: Call): void {
  const { start, step } = call.attrs as { start: number; step: number };
  arangeOf(call.type)(call.shape.size, start, step, call.at);
}

export const generators: Record<string, Kernel> = { random_bits: randomBits, arange };
