// Tensors made from a key.
import { stridesOf } from '../../tensor/shape.js';
import type { Call } from '../backend.js';
import { launch } from './launch.js';
import { rangeOf } from './rows.js';
import { extentOf } from './views.js';

/** a = the key, two uint32; the elements are the bytes of random words, in little-endian order, cut off at the end */
function randomBits(call: Call): boolean {
  const { range, start } = extentOf(call.a!);
  const out = rangeOf(call);
  return launch('random_bits_u32', [range, out], [out.bytes, start, stridesOf(call.a!)[0]!]);
}

export const generators = { random_bits: randomBits };
