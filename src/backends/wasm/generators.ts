import type { Call, Kernel } from '../backend.js';
import { i32 } from '../heap.js';
import { exportsOf } from './layout.js';
import { wasm } from './runtime.js';

const arangeOf = exportsOf('arange');

/** attrs { width }: bytes of the words in little-endian order, cut off at the end; a = the key, two uint32 */
function randomBits(call: Call): void {
  const key = call.a!;
  const { width } = call.attrs as { width: 1 | 2 | 4 };
  const words = Math.ceil((call.shape.size * width) / 4);
  if (words === 0) return;
  const first = key.at >>> 2;
  const step = key.strides === null ? 1 : key.strides[0]!;
  wasm['random_bits']!(words, i32[first]!, i32[first + step]!, call.at);
}

/** attrs { start, step }: element i is start + i * step */
function arange(call: Call): void {
  const { start, step } = call.attrs as { start: number; step: number };
  arangeOf(call.type)(call.shape.size, start, step, call.at);
}

export const generators: Record<string, Kernel> = { random_bits: randomBits, arange };
