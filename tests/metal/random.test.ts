// Random bits, bit for bit, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { threefry } from '../../src/backends/reference/generators.js';

describe('metal random', () => {
  const { addon, rig } = kernelsUnderTest();

  const bits = (bytes: number, key: readonly number[], start = 0, step = 1): Uint8Array =>
    new Bench(addon).run('random_bits_u32', [Uint32Array.from(key)], bytes, [bytes, start, step]);
  const words = (n: number, key: readonly number[]): number[] => [...new Uint32Array(bits(4 * n, key).buffer)];

  inEveryOrder(rig, () => {
    it('random › what the authors of Threefry and MLX publish', () => {
      expect(words(1, [0, 0])).toEqual([0x6b200159]);
      // mlx.random.split
      expect(words(2, [0, 7])).toEqual([0x0ba028bf, 0xf22056bf]);
      const six = [0xb0bfe8c5, 0x15082275, 0x795f6afe, 0xc05cd64f, 0xa4f0dd7b, 0x2155c218];
      expect(words(6, [3000000000, 12345])).toEqual(six);
    });
    it('random › any number of words and bytes', () => {
      const key = [0x9e3779b9, 0x7f4a7c15] as const;
      for (const bytes of [1, 2, 3, 5, 13, 60, 4 * 513, 4 * 1024 + 2]) {
        const n = Math.ceil(bytes / 4);
        const half = Math.ceil(n / 2);
        const want = new Uint32Array(n);
        for (let i = 0; i < half; i++) {
          const [x, y] = threefry(key, [i, i + half < n ? i + half : 0]);
          want[i] = x;
          if (i + half < n) want[i + half] = y;
        }
        expect(bits(bytes, key)).toEqual(new Uint8Array(want.buffer).slice(0, bytes));
      }
    });
    it('random › a key that is a view', () => {
      expect(bits(40, [9, 5, 9, 9, 3], 1, 3)).toEqual(bits(40, [5, 3]));
      expect(bits(40, [3, 9, 5], 2, -2)).toEqual(bits(40, [5, 3]));
    });
  });
  it('random › refuses a key that lies outside', () => {
    expect(() => bits(8, [1], 0, 1)).toThrow('needs 8 bytes of key (buffer 0), got 4');
    expect(() => bits(8, [1, 2], 0, -1)).toThrow('the strides of key lead before its first element');
  });
});
