// Kernels of attention's gradients against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import {
  at,
  NO_MASK,
  operand,
  packed,
  SCALE,
  weightsOf,
  words,
  type Mask,
  type Operand,
  type Problem,
} from './heads.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { BF16, F16, F32, FLOATS, numbers, stored, ulps, type Type } from './values.js';

/** q, k, v, the mask and the cotangents. */
type Operands = readonly [Operand, Operand, Operand, Operand, Operand];

/** Gradients of queries, keys and values, one after the other, by the sums of their definition. */
function expected(p: Problem, operands: Operands): number[] {
  const [q, k, v, mask, g] = [at(operands[0]), at(operands[1]), at(operands[2]), at(operands[3]), at(operands[4])];
  const all = p.batches * p.heads;
  const dq = new Float64Array(all * p.group * p.queries * p.depth);
  const dk = new Float64Array(all * p.keys * p.depth);
  const dv = new Float64Array(all * p.keys * p.width);
  for (let b = 0; b < p.batches; b++)
    for (let h = 0; h < p.heads * p.group; h++)
      for (let l = 0; l < p.queries; l++) {
        const head = Math.floor(h / p.group);
        const row = (b * p.heads * p.group + h) * p.queries + l;
        const weights = weightsOf(p, b, h, l, q, k, mask);
        const along = weights.map((_, s) => {
          let z = 0;
          for (let e = 0; e < p.width; e++) z += g(b, h, l, e) * v(b, head, s, e);
          return z;
        });
        const mean = weights.reduce((x, w, s) => x + w * along[s]!, 0);
        weights.forEach((w, s) => {
          const key = (b * p.heads + head) * p.keys + s;
          const slope = SCALE * w * (along[s]! - mean);
          for (let d = 0; d < p.depth; d++) {
            dq[row * p.depth + d]! += slope * k(b, head, s, d);
            dk[key * p.depth + d]! += slope * q(b, h, l, d);
          }
          for (let e = 0; e < p.width; e++) dv[key * p.width + e]! += w * g(b, h, l, e);
        });
      }
  return [...dq, ...dk, ...dv];
}
function operandsOf(t: Type, p: Problem, apart = false, seed = 1): Operands {
  const [heads, { batches, queries, keys, depth, width }] = [p.heads * p.group, p];
  return [
    operand(t, [batches, heads, queries, depth], seed, apart),
    operand(t, [batches, p.heads, keys, depth], seed + 1, apart),
    operand(t, [batches, p.heads, keys, width], seed + 2, apart),
    p.mask ?? NO_MASK,
    operand(t, [batches, heads, queries, width], seed + 3, apart),
  ];
}

describe('metal attention_grad', () => {
  const { addon, rig } = kernelsUnderTest();

  function call(t: Type, p: Problem, operands: Operands, copy = false): number[] {
    const bench = new Bench(addon, { copy });
    const rows = p.batches * p.heads * p.group * p.queries;
    const inputs = packed(t, p, operands).map((x) => bench.put(x));
    const figures = [bench.take(rows * 12), rows * 12] as const;
    const bytes = 4 * (rows * p.depth + p.batches * p.heads * p.keys * (p.depth + p.width));
    const out = bench.take(bytes);
    // what no kernel writes stays NaN
    const results = new Float32Array(bench.memory.buffer, out, bytes / 4).fill(NaN);
    const constants = words(p, 1, operands);
    bench.encode(`sdpa_grad_rows_${t.code}`, [...inputs, figures], constants);
    for (const of of ['queries', 'keys', 'values'])
      bench.encode(`sdpa_grad_${of}_${t.code}`, [...inputs, figures, [out, bytes]], constants);
    addon.wait();
    return [...results];
  }
  const both = (t: Type, p: Problem, operands = operandsOf(t, p)): { got: number[]; want: number[] } => ({
    got: call(t, p, operands),
    want: stored(F32, expected(p, operands)),
  });
  // sums of up to 200 products of scores, exponentials and differences, all in float32 whatever the operands are
  const LIMIT = 32;
  const error = ({ got, want }: { got: number[]; want: number[] }): number => ulps(got, want, F32.eps, 0.25);

  inEveryOrder(rig, () => {
    const RAGGED: Problem[] = [
      { batches: 1, heads: 1, group: 1, queries: 1, keys: 1, depth: 1, width: 1 },
      { batches: 2, heads: 2, group: 3, queries: 13, keys: 37, depth: 20, width: 12 },
      { batches: 1, heads: 1, group: 1, queries: 67, keys: 35, depth: 9, width: 7 },
    ];
    it.each(FLOATS)('attention_grad › agrees with float64 for shared heads and ragged sizes: $code', (t) => {
      for (const p of RAGGED)
        for (const causal of [false, true]) {
          const problem = { ...p, causal };
          expect(error(both(t, problem, operandsOf(t, problem, causal)))).toBeLessThanOrEqual(LIMIT);
        }
    });
    it('attention_grad › takes heads of whole matrices, and operands whose columns lie apart', () => {
      const p = { batches: 1, heads: 1, group: 2, queries: 16, keys: 64, depth: 16, width: 24 };
      const turned = (rows: number, columns: number, seed: number): Operand => ({
        data: stored(F32, numbers(2 * rows * columns, seed)),
        start: 0,
        strides: [0, rows * columns, 1, rows],
      });
      const operands: Operands = [turned(16, 16, 1), turned(64, 16, 2), turned(64, 24, 3), NO_MASK, turned(16, 24, 4)];
      expect(error(both(F32, p, operands))).toBeLessThanOrEqual(LIMIT);
      // cotangents that are one number, as those of a sum
      const one: Operand = { data: [0.5], start: 0, strides: [0, 0, 0, 0] };
      expect(error(both(F32, p, [...operands.slice(0, 4), one] as never))).toBeLessThanOrEqual(LIMIT);
    });
    it('attention_grad › takes heads wider than a tile', () => {
      const p = { batches: 1, heads: 1, group: 2, queries: 17, keys: 35, depth: 137, width: 131 };
      // scores of twice as many products
      expect(error(both(F32, p))).toBeLessThanOrEqual(2 * LIMIT);
      expect(error(both(F16, { ...p, depth: 5, keys: 3 }))).toBeLessThanOrEqual(LIMIT);
      expect(error(both(F16, { ...p, width: 5, queries: 3 }))).toBeLessThanOrEqual(LIMIT);
    });
    it.each([F32, BF16])('attention_grad › masks that are bool and that are added: $code', (t) => {
      const p = { batches: 2, heads: 1, group: 2, queries: 5, keys: 43, depth: 5, width: 6 };
      const chance = numbers(2 * 2 * 5 * 43, 77);
      // every mask differs by batch, head, row and column, or is held over the heads by a stride of 0
      for (const strides of [
        [430, 215, 43, 1],
        [215, 0, 1, 5],
      ] as const) {
        const bool: Mask = { kind: 1, data: chance.map((x) => (x > 0.3 ? 1 : 0)), start: 0, strides };
        expect(error(both(t, { ...p, mask: bool }))).toBeLessThanOrEqual(LIMIT);
        const added = chance.map((x) => (x > 0.5 ? -Infinity : 4 * x));
        const mask: Mask = { kind: 2, data: stored(t, added), start: 0, strides };
        expect(error(both(t, { ...p, mask }))).toBeLessThanOrEqual(LIMIT);
      }
    });
    it('attention_grad › a query that sees nothing gives and gets nothing, as does a key that is not seen', () => {
      const p: Problem = { batches: 1, heads: 1, group: 2, queries: 5, keys: 3, depth: 4, width: 6, causal: true };
      const { got, want } = both(F32, p);
      expect(error({ got, want })).toBeLessThanOrEqual(LIMIT);
      // queries 0 and 1 of both heads come before all keys
      for (const head of [0, 1])
        expect(got.slice(head * 20, head * 20 + 8).map(Math.abs)).toEqual(Array<number>(8).fill(0));
      // a row and a column of the mask that hide everything
      const data = Array.from({ length: 15 }, (_, i) => (i < 3 || i % 3 === 1 ? 0 : 1));
      for (const kind of [1, 2] as const) {
        const mask: Mask = {
          kind,
          data: data.map((x) => (kind === 1 ? x : Math.log(x))),
          start: 0,
          strides: [0, 0, 3, 1],
        };
        expect(error(both(F32, { ...p, causal: false, mask }))).toBeLessThanOrEqual(LIMIT);
      }
      for (const none of [{ keys: 0 }, { queries: 0 }, { depth: 0 }, { width: 0 }]) {
        const most = { ...p, queries: 40, keys: 70, ...none };
        expect(error(both(F32, most))).toBeLessThanOrEqual(LIMIT);
      }
    });
    it('attention_grad › causal where queries and keys are not as many', () => {
      for (const [queries, keys] of [
        [5, 70],
        [70, 5],
        [40, 40],
        [33, 66],
      ] as const)
        for (const group of [1, 3]) {
          const p = { batches: 1, heads: 1, group, queries, keys, depth: 3, width: 2, causal: true };
          expect(error(both(F32, p)), `${queries} of ${keys}`).toBeLessThanOrEqual(LIMIT);
        }
    });
    it('attention_grad › NaN stays in its row, and in the keys that it sees', () => {
      const p: Problem = { batches: 1, heads: 1, group: 1, queries: 70, keys: 70, depth: 4, width: 3, causal: true };
      const [q, k, v, mask, g] = operandsOf(F32, p);
      const operands: Operands = [{ ...q, data: q.data.map((x, i) => (i >> 2 === 34 ? NaN : x)) }, k, v, mask, g];
      const nan = call(F32, p, operands).map(Number.isNaN);
      const rows = (from: number, columns: number): boolean[] =>
        Array.from({ length: 70 }, (_, i) => nan.slice(from + i * columns, from + (i + 1) * columns).every((x) => x));
      const some = (from: number, to: number): boolean => nan.slice(from, to).some((x) => x);
      expect(rows(0, 4)).toEqual(Array.from({ length: 70 }, (_, i) => i === 34));
      expect(some(0, 34 * 4) || some(35 * 4, 280)).toBe(false);
      expect(rows(560, 3)).toEqual(Array.from({ length: 70 }, (_, i) => i <= 34));
      expect(some(560 + 35 * 3, 770)).toBe(false);
      // of the keys' own gradients, nothing times NaN is NaN for those that share a tile with it
      expect(rows(280, 4).slice(0, 35)).toEqual(Array<boolean>(35).fill(true));
      expect(some(280 + 64 * 4, 560)).toBe(false);
    });
    it('attention_grad › on copies of the heap', () => {
      const p = { batches: 1, heads: 2, group: 1, queries: 3, keys: 4, depth: 5, width: 6 };
      expect(call(F32, p, operandsOf(F32, p), true)).toEqual(call(F32, p, operandsOf(F32, p)));
    });
    it('attention_grad › scores that grow along the keys, far beyond what exp can hold', () => {
      const p = { batches: 1, heads: 1, group: 1, queries: 8, keys: 96, depth: 1, width: 9 };
      const [q, , v, mask, g] = operandsOf(F32, p);
      const waves = Array.from({ length: 96 }, (_, i) => 400 * Math.sin(i / 15));
      const k: Operand = { data: stored(F32, waves), start: 0, strides: [0, 0, 1, 1] };
      // scores of 300 are known to 2^-16
      expect(error(both(F32, p, [q, k, v, mask, g]))).toBeLessThanOrEqual(2 ** 14);
    });
  });

  it('attention_grad › refuses what leads outside of its operands', () => {
    const p = { batches: 1, heads: 1, group: 1, queries: 2, keys: 3, depth: 4, width: 5 };
    const operands = operandsOf(F32, p);
    const short = { ...operands[4], data: numbers(9) };
    expect(() => call(F32, p, [operands[0], operands[1], operands[2], NO_MASK, short])).toThrow(
      '[sdpa_grad_rows_f32] needs 40 bytes of g (buffer 4), got 36',
    );
    const bench = new Bench(addon);
    const inputs = packed(F32, p, operands).map((x) => bench.put(x));
    const constants = words(p, 1, operands);
    const encode = (name: string, figures: number, out: number): (() => boolean) => {
      const ranges = [...inputs, [1024, figures], [1024, out]] as const;
      return () => bench.encode(`sdpa_grad_${name}_f32`, name === 'rows' ? ranges.slice(0, 6) : ranges, constants);
    };
    for (const name of ['rows', 'queries', 'keys', 'values'])
      expect(encode(name, 23, 140)).toThrow('needs 24 bytes of figures (buffer 5), got 23');
    for (const name of ['queries', 'keys', 'values'])
      expect(encode(name, 24, 139)).toThrow('needs 140 bytes of output (buffer 6), got 139');
    expect(() =>
      bench.encode('sdpa_grad_rows_f32', [...inputs, [1024, 24]], words(p, 1, operands.slice(0, 4))),
    ).toThrow('takes 36 words');
  });
});
