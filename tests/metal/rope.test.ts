// The rope kernel against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, f32Bits, inEveryOrder, kernelsUnderTest } from './rig.js';
import { F32, FLOATS, indices, numbers, size, stored, ulps, type Type } from './values.js';

interface Problem {
  /** axes before length and features */
  readonly axes: readonly number[];
  readonly length: number;
  readonly features: number;
  readonly dims: number;
  readonly traditional?: boolean;
  readonly base?: number;
  readonly scale?: number;
  readonly offset?: number;
  readonly freqs?: readonly number[];
  /** one for all, or one for each entry of the first axis */
  readonly offsets?: readonly number[];
  readonly start?: number;
  readonly strides?: readonly number[];
}
const product = (x: readonly number[]): number => x.reduce((a, b) => a * b, 1);
const halves = (x: number): number[] => [f32Bits(x), f32Bits(x - Math.fround(x))];
const fill = (x: readonly number[], n: number): number[] => [...x, ...Array<number>(n - x.length).fill(0)];
function walk(p: Problem): { all: number[]; start: number; strides: readonly number[] } {
  const all = [...p.axes, p.length, p.features];
  const rowMajor = all.map((_, i) => product(all.slice(i + 1)));
  return { all, start: p.start ?? 0, strides: p.strides ?? rowMajor };
}
function words(p: Problem): number[] {
  const { start, strides } = walk(p);
  const heads = product(p.axes);
  const perOffset = p.offsets === undefined ? 0 : Math.max(1, heads / p.offsets.length);
  return [
    ...[heads, p.length, p.features, p.dims, p.traditional ? 1 : 0, p.freqs === undefined ? 0 : 1, perOffset],
    ...[p.offset ?? 0, ...halves((p.scale ?? 1) / (2 * Math.PI)), ...halves((p.base ?? 10000) ** (-2 / p.dims))],
    ...[p.axes.length, ...fill(p.axes, 6), start, ...fill(strides, 8)],
  ];
}
function expected(p: Problem, x: readonly number[]): number[] {
  const { all, start, strides } = walk(p);
  const half = p.dims / 2;
  return indices(all).map((i) => {
    const at = (feature: number): number =>
      x[start + [...i.slice(0, -1), feature].reduce((sum, v, axis) => sum + v * strides[axis]!, 0)]!;
    const f = i[i.length - 1]!;
    if (f >= p.dims) return at(f);
    const pair = p.traditional ? f >> 1 : f % half;
    const second = p.traditional ? f % 2 === 1 : f >= half;
    const from = p.offsets === undefined ? (p.offset ?? 0) : p.offsets[p.offsets.length > 1 ? i[0]! : 0]!;
    const step = p.freqs === undefined ? (p.base ?? 10000) ** ((-2 * pair) / p.dims) : 1 / p.freqs[pair]!;
    const angle = (from + i[i.length - 2]!) * step * (p.scale ?? 1);
    const apart = p.traditional ? 1 : half;
    return second
      ? at(f - apart) * Math.sin(angle) + at(f) * Math.cos(angle)
      : at(f) * Math.cos(angle) - at(f + apart) * Math.sin(angle);
  });
}

describe('metal rope', () => {
  const { addon, rig } = kernelsUnderTest();

  function turn(t: Type, p: Problem, x: readonly number[]): number[] {
    const inputs = [t.pack(x), Float32Array.from(p.freqs ?? [0]), Int32Array.from(p.offsets ?? [0])];
    return t.unpack(new Bench(addon).run(`rope_${t.code}`, inputs, product(walk(p).all) * size(t), words(p)));
  }
  /** Error in units of the last place of 1: both numbers of a pair are up to 1, their angle is good to 2^-32 of a turn. */
  function error(t: Type, p: Problem, elements = product(walk(p).all)): number {
    const x = stored(t, numbers(Math.max(elements, 1), 3));
    return ulps(turn(t, p, x), stored(t, expected(p, x)), t.eps, 1);
  }
  const limit = (t: Type): number => (t === F32 ? 4 : 1);

  inEveryOrder(rig, () => {
    it.each(FLOATS)('rope › agrees with float64 in both layouts, wholly and in part: $code', (t) => {
      for (const traditional of [false, true]) {
        expect(error(t, { axes: [2, 3], length: 5, features: 10, dims: 10, traditional })).toBeLessThanOrEqual(
          limit(t),
        );
        const part = { axes: [5], length: 3, features: 77, dims: 70, traditional, offset: 12, scale: 0.5, base: 500 };
        expect(error(t, part)).toBeLessThanOrEqual(limit(t));
      }
    });
    it('rope › offsets of entries, negative ones and those of a long text', () => {
      const p = { axes: [3, 2], length: 2, features: 6, dims: 4 };
      for (const offsets of [[7], [1000000, -3, 123456789]])
        expect(error(F32, { ...p, offsets, base: 30 })).toBeLessThanOrEqual(4);
      expect(error(F32, { ...p, axes: [], offset: 131071, scale: -1 })).toBeLessThanOrEqual(4);
      expect(error(F32, { ...p, dims: 6, offset: 1 << 24, base: 1e6, scale: 8 })).toBeLessThanOrEqual(4);
    });
    it('rope › given frequencies, also infinite and zero ones', () => {
      const p = { axes: [2], length: 4, features: 8, dims: 8, offset: 100000, freqs: [1, 3.25, 1e5, Infinity] };
      const freqs = [...new Float32Array(Float32Array.from(p.freqs))];
      expect(error(F32, { ...p, freqs })).toBeLessThanOrEqual(4);
      expect(error(F32, { ...p, freqs: freqs.map((f) => f / -3).map(Math.fround), scale: 0.3 })).toBeLessThanOrEqual(4);
      const x = numbers(64);
      const got = turn(F32, { ...p, freqs: [1, 0, NaN, 1] }, x);
      expect(got.slice(0, 8).map(Number.isNaN)).toEqual([false, true, true, false, false, true, true, false]);
    });
    it('rope › walks views: turned heads, a reversed length, features apart', () => {
      const views = [
        { axes: [2, 3], strides: [60, 4, 12, 1], start: 0, elements: 120 }, // [batch, length, heads, features] turned
        { axes: [2], strides: [0, -8, 2], start: 35, elements: 42 },
        { axes: [1, 2, 1, 2, 1, 1], strides: [9, 41, 7, 20, 3, 1, 4, 1], start: 2, elements: 83 },
      ];
      for (const { elements, ...view } of views)
        expect(error(F32, { ...view, length: 5, features: 4, dims: 4 }, elements)).toBeLessThanOrEqual(4);
      expect(error(F32, { axes: [0], length: 5, features: 4, dims: 4 })).toBe(0);
    });
    it('rope › turning back gives what was turned', () => {
      const p = { axes: [4], length: 9, features: 16, dims: 12, offset: 5000 };
      const x = stored(F32, numbers(4 * 9 * 16));
      expect(ulps(turn(F32, { ...p, scale: -1 }, turn(F32, p, x)), x, F32.eps, 1)).toBeLessThanOrEqual(4);
    });
  });

  it('rope › refuses what its constants do not agree on', () => {
    const p = { axes: [2], length: 3, features: 4, dims: 4 };
    const x = numbers(24);
    expect(() => turn(F32, { ...p, dims: 3 }, x)).toThrow('turns an even number of up to 4 features, got 3');
    expect(() => turn(F32, p, x.slice(1))).toThrow('[rope_f32] needs 96 bytes of a (buffer 0), got 92');
    expect(() => turn(F32, { ...p, freqs: [1] }, x)).toThrow('needs 8 bytes of freqs (buffer 1), got 4');
    const floats = Float32Array.from(x);
    const bad = [3, ...words(p).slice(1)];
    expect(() => new Bench(addon).run('rope_f32', [floats, floats, floats], 96, bad)).toThrow(
      '3 heads, but the axes make 2',
    );
  });
});
