// Copies from dtype to dtype and from view to view, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { BF16, F32, FLOATS, indices, numbers, size, stored, strided } from './values.js';

const N = 1037; // no multiple of what a thread, a simd group or a threadgroup takes
const values = [0, -0, 1, -1, 0.5, 2.5, 100, Infinity, -Infinity, NaN, 1e-3, ...numbers(N - 11).map((x) => x * 4)];

describe('metal copies', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    it.each(FLOATS)('copy › converts $code and gathers views', (t) => {
      const x = stored(t, values);
      for (const to of FLOATS) {
        const got = new Bench(addon).run(`copy_${t.code}_${to.code}`, [t.pack(x)], N * size(to), [N, 1]);
        expect(to.unpack(got), to.code).toEqual(stored(to, x));
      }
      const small = x.filter((v) => Math.abs(v) < 1000);
      const ints = new Bench(addon).run(`copy_${t.code}_i32`, [t.pack(small)], small.length * 4, [small.length, 1]);
      expect([...new Int32Array(ints.buffer)]).toEqual(small.map((v) => Math.trunc(v) + 0));
      const turned = new Bench(addon).run(
        `copy_${t.code}_${t.code}_strided`,
        [t.pack(x)],
        600 * size(t),
        strided([20, 30], [0, [1, 20]]),
      );
      expect(t.unpack(turned)).toEqual(indices([20, 30]).map(([i, j]) => x[i! + 20 * j!]!));
    });

    it('copy › one element stands for all', () => {
      const got = new Bench(addon).run('copy_f32_f16', [F32.pack([2, 5])], 4096 * 2, [4096, 0]);
      expect(new Set(new Uint16Array(got.buffer))).toEqual(new Set([0x4000]));
    });
    it('copy › NaN of any payload stays NaN in bfloat16, ties go to even', () => {
      const bits = Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x3f808000, 0x3f818000, 0x3f808001);
      const got = new Uint16Array(new Bench(addon).run('copy_f32_bf16', [bits], 14, [7, 1]).buffer);
      expect(BF16.unpack(new Uint8Array(got.buffer)).slice(0, 4)).toEqual([NaN, NaN, NaN, NaN]);
      expect([...got.slice(4)]).toEqual([0x3f80, 0x3f82, 0x3f81]);
    });
    it('copy › every byte but 0 is true', () => {
      const bytes = Uint8Array.of(0, 1, 2, 255);
      expect([...new Bench(addon).run('copy_b8_u8', [bytes], 4, [4, 1])]).toEqual([0, 1, 1, 1]);
    });

    it.each([1, 2, 4, 8])('copy › places elements of %i bytes among others, which stay', (bytes) => {
      const rows = 37;
      const columns = 11; // with 407 elements the last threads have none
      const given = Uint8Array.from({ length: rows * columns * bytes }, (_, i) => 1 + (i % 251));
      const bench = new Bench(addon);
      const from = bench.put(given);
      // turned, backwards along the columns, with every other element left out, and with some before and behind
      const [start, strides] = [3 + 2 * rows * (columns - 1), [2, -2 * rows] as const];
      const whole = 2 * rows * columns + 6;
      const to = bench.put(new Uint8Array(whole * bytes));
      const words = strided([rows, columns], [0, [columns, 1]], [start, strides]);
      bench.encode(`place_u${8 * bytes}`, [from, to], words);
      addon.wait();
      const want = new Uint8Array(whole * bytes);
      indices([rows, columns]).forEach(([i, j], k) => {
        const at = start + i! * strides[0] + j! * strides[1];
        want.set(given.subarray(k * bytes, (k + 1) * bytes), at * bytes);
      });
      expect(new Uint8Array(bench.memory.buffer, ...to).slice()).toEqual(want);
    });
  });
});
