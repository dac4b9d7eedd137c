// Attention kernels against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import {
  at,
  NO_MASK,
  operand,
  packed,
  weightsOf,
  words,
  type At,
  type Mask,
  type Operand,
  type Problem,
} from './heads.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { BF16, F16, F32, FLOATS, numbers, size, stored, ulps, type Type } from './values.js';

function expected(p: Problem, q: At, k: At, v: At, mask: At): number[] {
  const out: number[] = [];
  for (let b = 0; b < p.batches; b++)
    for (let h = 0; h < p.heads * p.group; h++)
      for (let l = 0; l < p.queries; l++) {
        const head = Math.floor(h / p.group);
        const weights = weightsOf(p, b, h, l, q, k, mask);
        for (let e = 0; e < p.width; e++) out.push(weights.reduce((x, w, s) => x + w * v(b, head, s, e), 0));
      }
  return out;
}
describe('metal attention', () => {
  const { addon, rig } = kernelsUnderTest();

  /** Runs one problem. @param parts 0 the tiled kernel, 1 the one for few queries, more: in parts */
  function attend(t: Type, p: Problem, parts: number, apart = false, seed = 1): { got: number[]; want: number[] } {
    const q = operand(t, [p.batches, p.heads * p.group, p.queries, p.depth], seed, apart);
    const k = operand(t, [p.batches, p.heads, p.keys, p.depth], seed + 1, apart);
    const v = operand(t, [p.batches, p.heads, p.keys, p.width], seed + 2, apart);
    const mask = p.mask ?? NO_MASK;
    const want = expected(p, at(q), at(k), at(v), at(mask));
    return { got: call(t, p, parts, [q, k, v, mask]), want: stored(t, want) };
  }
  function call(t: Type, p: Problem, parts: number, operands: readonly Operand[]): number[] {
    const data = packed(t, p, operands);
    const rows = p.batches * p.heads * p.group * p.queries;
    const bytes = rows * p.width * size(t);
    const bench = new Bench(addon);
    if (parts <= 1) {
      const kernel = parts === 0 ? `sdpa_${t.code}` : `sdpa_decode_${t.code}`;
      return t.unpack(bench.run(kernel, data, bytes, words(p, 1, operands)));
    }
    const split = bench.run(`sdpa_split_${t.code}`, data, rows * parts * (p.width + 2) * 4, words(p, parts, operands));
    return t.unpack(bench.run(`sdpa_merge_${t.code}`, [new Float32Array(split.buffer)], bytes, [rows, parts, p.width]));
  }
  // scores of up to 100 products and their exponentials in float32, weighted sums of values of up to 1
  const limit = (t: Type): number => (t === F32 ? 16 : 1);
  const error = (t: Type, { got, want }: { got: number[]; want: number[] }): number => ulps(got, want, t.eps, 0.25);

  inEveryOrder(rig, () => {
    const RAGGED: Problem[] = [
      { batches: 1, heads: 1, group: 1, queries: 1, keys: 1, depth: 1, width: 1 },
      { batches: 2, heads: 2, group: 3, queries: 3, keys: 37, depth: 20, width: 12 },
      { batches: 1, heads: 1, group: 1, queries: 33, keys: 65, depth: 9, width: 7 },
    ];
    it.each(FLOATS)('attention › agrees with float64 for shared heads and ragged sizes: $code', (t) => {
      for (const p of RAGGED)
        for (const causal of [false, true])
          for (const parts of [0, 1, 3])
            expect(error(t, attend(t, { ...p, causal }, parts, causal)), `${parts}`).toBeLessThanOrEqual(limit(t));
    });
    it('attention › takes heads of whole matrices, and operands whose columns lie apart', () => {
      const p = { batches: 1, heads: 1, group: 2, queries: 2, keys: 33, depth: 16, width: 24 };
      const turned = (rows: number, columns: number, seed: number): Operand => ({
        data: stored(F32, numbers(2 * rows * columns, seed)),
        start: 0,
        strides: [0, rows * columns, 1, rows],
      });
      const operands = [turned(2, 16, 1), turned(33, 16, 2), turned(33, 24, 3), NO_MASK] as const;
      const [q, k, v, mask] = operands.map(at) as [At, At, At, At];
      const want = stored(F32, expected(p, q, k, v, mask));
      for (const parts of [0, 1, 2]) expect(error(F32, { got: call(F32, p, parts, operands), want })).toBeLessThan(16);
    });
    it('attention › takes heads wider than a tile', () => {
      const p = { batches: 1, heads: 1, group: 2, queries: 2, keys: 34, depth: 137, width: 131 };
      for (const parts of [0, 1, 2]) expect(error(F32, attend(F32, p, parts))).toBeLessThanOrEqual(16);
      const wider = { ...p, keys: 3, depth: 260, width: 260 };
      expect(error(F16, attend(F16, wider, 0))).toBeLessThanOrEqual(1);
      expect(() => attend(F16, wider, 1)).toThrow('takes heads of up to 256');
    });
    it.each([F32, BF16])('attention › masks that are bool and that are added: $code', (t) => {
      const p = { batches: 2, heads: 1, group: 2, queries: 5, keys: 43, depth: 5, width: 6 };
      const chance = numbers(2 * 2 * 5 * 43, 77);
      // every mask differs by batch, head, row and column, or is held over the heads by a stride of 0
      for (const strides of [
        [430, 215, 43, 1],
        [215, 0, 1, 5],
      ] as const)
        for (const parts of [0, 1, 3]) {
          const bool: Mask = { kind: 1, data: chance.map((x) => (x > 0.3 ? 1 : 0)), start: 0, strides };
          expect(error(t, attend(t, { ...p, mask: bool }, parts))).toBeLessThanOrEqual(limit(t));
          const data = stored(
            t,
            chance.map((x) => (x > 0.5 ? -Infinity : 4 * x)),
          );
          const added: Mask = { kind: 2, data, start: 0, strides };
          expect(error(t, attend(t, { ...p, mask: added }, parts))).toBeLessThanOrEqual(limit(t));
        }
    });
    it('attention › a query that sees nothing gives zeros', () => {
      const p = { batches: 1, heads: 1, group: 2, queries: 5, keys: 3, depth: 4, width: 6, causal: true };
      for (const parts of [0, 1, 2]) {
        const { got, want } = attend(F32, p, parts);
        expect(want.slice(0, 12)).toEqual(Array<number>(12).fill(0)); // queries 0 and 1 of a head come before all keys
        expect(ulps(got, want, F32.eps, 0.25)).toBeLessThanOrEqual(16);
        const nothing = attend(F32, { ...p, keys: 0 }, parts);
        expect(nothing.got).toEqual(nothing.want);
      }
    });
    it('attention › NaN and infinities stay in their rows', () => {
      const p = { batches: 1, heads: 1, group: 1, queries: 9, keys: 70, depth: 4, width: 3 };
      const q = operand(F32, [1, 1, 9, 4], 1, false);
      const k = operand(F32, [1, 1, 70, 4], 2, false);
      const v = operand(F32, [1, 1, 70, 3], 3, false);
      const data = q.data.map((x, i) => (i >> 2 === 2 ? NaN : i === 20 ? Infinity : x));
      // infinite values: of column 1, in the last tile of keys and the first
      const values = v.data.map((x, i) => (i === 1 || i === 69 * 3 + 1 ? Infinity : x));
      for (const parts of [0, 1, 2]) {
        const got = call(F32, p, parts, [{ ...q, data }, k, { ...v, data: values }, NO_MASK]);
        const want = expected(p, at({ ...q, data }), at(k), at({ ...v, data: values }), at(NO_MASK));
        expect(want.slice(6, 9)).toEqual([NaN, NaN, NaN]);
        expect(want[1]).toBe(Infinity);
        expect(error(F32, { got, want: stored(F32, want) })).toBeLessThanOrEqual(16);
      }
    });
    it('attention › a larger score late in the row scales what was summed', () => {
      const p = { batches: 1, heads: 1, group: 1, queries: 8, keys: 96, depth: 1, width: 9 };
      const q: Operand = { data: stored(F32, numbers(8, 4)), start: 0, strides: [0, 0, 1, 1] };
      // scores grow, and fall again, along the keys, row by row to another sign
      const k: Operand = {
        data: stored(
          F32,
          Array.from({ length: 96 }, (_, i) => 20 * Math.sin(i / 15)),
        ),
        start: 0,
        strides: [0, 0, 1, 1],
      };
      const v = operand(F32, [1, 1, 96, 9], 5, false);
      const want = stored(F32, expected(p, at(q), at(k), at(v), at(NO_MASK)));
      for (const parts of [0, 1, 3])
        expect(error(F32, { got: call(F32, p, parts, [q, k, v, NO_MASK]), want })).toBeLessThanOrEqual(64);
    });
  });

  it('attention › refuses what leads outside of its operands', () => {
    const p = { batches: 1, heads: 1, group: 1, queries: 2, keys: 3, depth: 4, width: 5 };
    const q: Operand = { data: numbers(7), start: 0, strides: [0, 0, 4, 1] };
    const k: Operand = { data: numbers(12), start: 0, strides: [0, 0, 4, 1] };
    const v: Operand = { data: numbers(15), start: 0, strides: [0, 0, 5, 1] };
    expect(() => call(F32, p, 0, [q, k, v, NO_MASK])).toThrow('[sdpa_f32] needs 32 bytes of q (buffer 0), got 28');
    const back: Operand = { ...k, strides: [0, 0, -4, 1] };
    expect(() => call(F32, p, 1, [{ ...q, data: numbers(8) }, back, v, NO_MASK])).toThrow(
      'the strides of k lead before its first element',
    );
  });
});
