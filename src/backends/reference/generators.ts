import type { Kernel } from '../backend.js';
import { coerce, readAll, store } from './access.js';

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const rotateLeft = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

/** Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), as MLX and JAX use it. */
export function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const ks = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let x = (counter[0] + ks[0]!) | 0;
  let y = (counter[1] + ks[1]!) | 0;
  for (let i = 0; i < 5; i++) {
    for (const r of rotations[i % 2]!) {
      x = (x + y) | 0;
      y = rotateLeft(y, r) ^ x;
    }
    x = (x + ks[(i + 1) % 3]!) | 0;
    y = (y + ks[(i + 2) % 3]! + i + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** `count` words: the two halves of the counters 0.. are hashed together, so each word depends on the count. */
function randomWords(key: readonly [number, number], count: number): Uint32Array {
  const words = new Uint32Array(count);
  const half = count >>> 1;
  const odd = count & 1;
  for (let i = 0; i < half; i++) {
    const [x, y] = threefry(key, [i, i + half + odd]);
    words[i] = x;
    words[i + half + odd] = y;
  }
  if (odd) words[half] = threefry(key, [half, 0])[0];
  return words;
}

/** Kernels that make data from nothing or from a key. */
export const generators: Readonly<Record<string, Kernel>> = {
  /** attrs { width }: bytes of the words in little-endian order, cut off at the end */
  random_bits: (call) => {
    const { width } = call.attrs as { width: 1 | 2 | 4 };
    const [high, low] = readAll(call.a!).map(Number) as [number, number];
    const n = call.shape.size;
    const words = randomWords([high, low], Math.ceil((n * width) / 4));
    const perWord = 4 / width;
    for (let i = 0; i < n; i++) {
      const shifted = words[Math.floor(i / perWord)]! >>> ((i % perWord) * width * 8);
      store(call.type, call.at, i, BigInt(shifted));
    }
  },
  /**
   * attrs { start, step }: `start + i step`, rounded once for floats. Integers truncate `start` and `start + step` first, as MLX
   * does: from 0.5 by 1.5 gives 0, 2, 4.
   */
  arange: (call) => {
    const { start, step } = call.attrs as { start: number; step: number };
    const first = coerce(call.type, start);
    const second = coerce(call.type, start + step);
    for (let i = 0; i < call.shape.size; i++) {
      const isInteger = typeof first === 'bigint' && typeof second === 'bigint';
      store(call.type, call.at, i, isInteger ? first + BigInt(i) * (second - first) : start + i * step);
    }
  },
};
