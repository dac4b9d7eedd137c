// Whether the wide tile of the build `revectorised` may be used: only where V8's revectoriser makes it fast, and right.
import { alloc, f32, release } from '../heap.js';

export type Exports = Readonly<Record<string, unknown>>;
type Gemm = (...args: number[]) => void;

const [M, N, K] = [96, 96, 256];

/** Milliseconds of one comparison, how many must agree one after the other, and after how many in all the answer is no. */
const WINDOW = 50;
const AGREE = 3;
const WINDOWS = 30;

/**
 * Takes turns, because the engine's optimising compiler takes both over only after a while and beside them.
 * @returns whether the least time of `wide` stays below nine tenths of that of `narrow`
 */
export function faster(wide: () => void, narrow: () => void, now = () => performance.now()): boolean {
  let agreed = 0;
  for (let i = 0; i < WINDOWS && agreed < AGREE; i++) {
    const begin = now();
    let [a, b] = [Infinity, Infinity];
    for (let v = begin; v - begin < WINDOW;) {
      const t = now();
      narrow();
      const u = now();
      wide();
      v = now();
      a = Math.min(a, u - t);
      b = Math.min(b, v - u);
    }
    // in the first comparison most is the baseline compiler's code
    agreed = i > 0 && b < 0.9 * a ? agreed + 1 : 0;
  }
  return agreed === AGREE;
}

/** Compares the products of both on numbers without a pattern: the same bits, and in less time. */
export function widePays(narrow: Exports, wide: Exports): boolean {
  const bytes = (M * K + K * N + 2 * M * N) * 4 + (1 << 20);
  const a = alloc(bytes);
  try {
    const b = a + M * K * 4;
    const c = b + K * N * 4;
    const d = c + M * N * 4;
    const work = d + M * N * 4;
    let seed = 1;
    for (let i = a >>> 2; i < c >>> 2; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      f32[i] = seed / 2 ** 31 - 1;
    }
    const run = (from: Exports, to: number) => () =>
      (from['gemm_f32'] as Gemm)(M, N, K, a, K * 4, 4, b, N * 4, 4, to, N * 4, work, 0);
    if (!faster(run(wide, d), run(narrow, c))) return false;
    const start = c >>> 2;
    for (let i = start; i < start + M * N; i++) if (f32[i] !== f32[i + M * N]) return false;
    return true;
  } finally {
    release(a, bytes);
  }
}
