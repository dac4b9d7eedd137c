// Choosing between elements of every size, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { strided } from './values.js';

const N = 1037;
const bytes = (n: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: n }, (_, i) => (i * seed + (i >> 3)) & 255);
/** Element `i` of elements of `size` bytes. */
const element = (x: Uint8Array, i: number, size: number): number[] => [...x.subarray(i * size, i * size + size)];

describe('metal select', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    it.each([1, 2, 4, 8])('select › moves the bits of elements of %i bytes', (size) => {
      const kernel = `select_u${size * 8}`;
      const c = bytes(N, 3).map((v) => v & 1);
      const [x, y] = [bytes(N * size, 7), bytes(N * size, 11)];
      for (const walks of [
        [1, 1, 1],
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
      ] as const) {
        const [wc, wx, wy] = walks;
        const got = new Bench(addon).run(
          kernel,
          [c.subarray(0, wc ? N : 1), x.subarray(0, wx ? N * size : size), y.subarray(0, wy ? N * size : size)],
          N * size,
          [N, ...walks],
        );
        const want = Array.from({ length: N }, (_, i) =>
          c[wc ? i : 0] ? element(x, wx ? i : 0, size) : element(y, wy ? i : 0, size),
        );
        expect([...got]).toEqual(want.flat());
      }
      const words = strided([5, 3], [4, [-1, 0]], [1, [3, 2]], [0, [0, 4]]);
      const got = new Bench(addon).run(`${kernel}_strided`, [c, x, y], 15 * size, words);
      const want = Array.from({ length: 15 }, (_, k) => {
        const [i, j] = [Math.floor(k / 3), k % 3];
        return c[4 - i] ? element(x, 1 + 3 * i + 2 * j, size) : element(y, 4 * j, size);
      });
      expect([...got]).toEqual(want.flat());
    });
  });

  it('select › an operand that is too short is refused, and nothing is nothing', () => {
    const bench = new Bench(addon);
    const [c, x, y, o] = [bench.take(16), bench.take(64), bench.take(64), bench.take(64)];
    const call = (bytes: number[], words: number[]) => () =>
      bench.encode(
        'select_u32',
        [
          [c, bytes[0]!],
          [x, bytes[1]!],
          [y, bytes[2]!],
          [o, bytes[3]!],
        ],
        words,
      );
    expect(call([7, 32, 4, 32], [8, 1, 1, 0])).toThrow('[select_u32] needs 8 bytes of a (buffer 0), got 7');
    expect(call([8, 28, 4, 32], [8, 1, 1, 0])).toThrow('[select_u32] needs 32 bytes of b (buffer 1), got 28');
    expect(call([8, 32, 3, 32], [8, 1, 1, 0])).toThrow('[select_u32] needs 4 bytes of c (buffer 2), got 3');
    expect(call([0, 0, 0, 0], [0, 1, 1, 1])).not.toThrow();
    expect(rig.reports()).toEqual([]);
  });
});
