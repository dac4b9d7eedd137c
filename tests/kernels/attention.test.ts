import { afterEach, describe, expect, it } from 'vitest';
import { attention } from '../../src/backends/wasm/attention.js';
import type { Operand } from '../../src/backends/backend.js';
import type { DType } from '../../src/tensor/dtype.js';
import { shapeOf } from '../../src/tensor/shape.js';
import { layouts, noise, reset, rounded, run, size, view, type Layout } from './arrays.js';

afterEach(reset);
interface Case {
  readonly B: number;
  readonly H: number;
  readonly heads: number;
  readonly L: number;
  readonly S: number;
  readonly D: number;
  readonly width: number;
  readonly causal?: boolean;
  /** what is added to the score of (b, h, l, s); -Infinity hides the key */
  readonly mask?: (b: number, h: number, l: number, s: number) => number;
}
const values = (dtype: DType, seed: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => rounded(dtype, 2 * noise(seed)(i)));

function naive(c: Case, scale: number, q: number[], k: number[], v: number[]): number[] {
  const out: number[] = [];
  for (let b = 0; b < c.B; b++) {
    for (let h = 0; h < c.H; h++) {
      const kv = b * c.heads + Math.floor(h / (c.H / c.heads));
      for (let l = 0; l < c.L; l++) {
        const s = Array.from({ length: c.S }, (_, j) => {
          if (c.causal === true && j > l + c.S - c.L) return -Infinity;
          let dot = 0;
          for (let i = 0; i < c.D; i++) dot += q[((b * c.H + h) * c.L + l) * c.D + i]! * k[(kv * c.S + j) * c.D + i]!;
          return dot * scale + (c.mask?.(b, h, l, j) ?? 0);
        });
        const most = Math.max(...s);
        const e = s.map((x) => (most === -Infinity ? 0 : Math.exp(x - most)));
        const sum = e.reduce((x, y) => x + y, 0);
        for (let i = 0; i < c.width; i++) {
          let x = 0;
          for (let j = 0; j < c.S; j++) x += e[j]! * v[(kv * c.S + j) * c.width + i]!;
          out.push(sum === 0 ? 0 : x / sum);
        }
      }
    }
  }
  return out;
}
const room: Record<string, number> = { float32: 2e-6, float16: 2 ** -10, bfloat16: 2 ** -7, float64: 1e-13 };
function check(dtype: DType, c: Case, layout: Layout = layouts[0]!, mask: Operand[] | null = null): void {
  const scale = 0.6;
  const q = values(dtype, 1, c.B * c.H * c.L * c.D);
  const k = values(dtype, 2, c.B * c.heads * c.S * c.D);
  const v = values(dtype, 3, c.B * c.heads * c.S * c.width);
  const got = run(attention['sdpa']!, dtype, [c.B, c.H, c.L, c.width], {
    a: view(dtype, [c.B, c.H, c.L, c.D], (i) => q[i]!, layout),
    b: view(dtype, [c.B, c.heads, c.S, c.D], (i) => k[i]!, layout),
    c: view(dtype, [c.B, c.heads, c.S, c.width], (i) => v[i]!, layout),
    rest: mask,
    attrs: { scale, causal: c.causal === true },
  });
  const want = naive(c, scale, q, k, v);
  expect(got.length).toBe(want.length);
  // rounding of the scores, which are sums of D products, carries over
  const allowed = room[dtype]! * (2 + c.D / 32);
  got.forEach((g, i) => {
    if (!(Math.abs(g - want[i]!) <= allowed))
      expect(g, `${dtype} ${JSON.stringify(c)} ${layout.name} at ${i}`).toBe(want[i]);
  });
  reset();
}
const dtypes = ['float32', 'float16', 'bfloat16', 'float64'] as const;
const lengths = [1, 2, 3, 5, 6, 7, 8, 9, 31, 64, 65, 257];

describe('scaledDotProductAttention', () => {
  it('sdpa › MLX 0.32.4 on the same input: grouped heads, causal, fewer queries than keys', () => {
    const a = view('float32', [1, 4, 3, 2], (i) => ((i % 7) - 3) / 2);
    const b = view('float32', [1, 2, 5, 2], (i) => ((i % 5) - 2) / 2);
    const c = view('float32', [1, 2, 5, 3], (i) => ((i % 11) - 5) / 4);
    const got = run(attention['sdpa']!, 'float32', [1, 4, 3, 3], { a, b, c, attrs: { scale: 0.7, causal: true } });
    // prettier-ignore
    const want = [-0.9598499, -0.7098498, -0.4598498, -0.2100616, 0.03993839, -0.4692564, -0.4631615, -0.2131614, -0.3571938, 0.1076361, 0.3576361, 0.6076362, -0.339995, -0.08999497, -0.5677778, -0.3662538, -0.1162538, -0.3997724, 0.6146184, 0.1439188, 0.3939188, -0.1465318, -0.1673749, 0.08262508, 0.02573666, -0.1002276, 0.1497724, 0.5595637, 0.07000637, 0.3200064, 0.9970927, -1.01197, -0.7619695, -0.06203294, -0.1428062, 0.1071938];
    got.forEach((g, i) => expect(g).toBeCloseTo(want[i]!, 5));
  });
  for (const dtype of dtypes) {
    it(`sdpa › ${dtype}, every size of one axis beside odd others`, () => {
      const base = { B: 1, H: 2, heads: 1, L: 5, S: 11, D: 13, width: 7 };
      for (const n of lengths) {
        for (const causal of [false, true]) {
          check(dtype, { ...base, L: n, causal });
          check(dtype, { ...base, S: n, causal });
          check(dtype, { ...base, S: n, L: 1, causal });
          check(dtype, { ...base, D: n, causal });
          check(dtype, { ...base, width: n, causal });
          check(dtype, { ...base, L: 1, width: n, D: n, causal });
        }
      }
    });
    it(`sdpa › ${dtype}, every layout, few rows and many`, () => {
      for (const layout of layouts) {
        for (const [H, heads] of [
          [1, 1],
          [4, 4],
          [6, 2],
          [4, 1],
        ] as const) {
          for (const L of [1, 2, 4, 20]) {
            check(dtype, { B: 2, H, heads, L, S: 20, D: 8, width: 12, causal: L === 4 }, layout);
          }
        }
      }
    });
    it(`sdpa › ${dtype}, several tiles of keys and of rows`, () => {
      check(dtype, { B: 1, H: 2, heads: 1, L: 1, S: 700, D: 16, width: 16 });
      check(dtype, { B: 1, H: 1, heads: 1, L: 150, S: 300, D: 16, width: 8, causal: true });
      check(dtype, { B: 1, H: 2, heads: 1, L: 100, S: 129, D: 136, width: 5 });
      check(dtype, { B: 1, H: 1, heads: 1, L: 130, S: 40, D: 8, width: 8, causal: true });
    });
    it(`sdpa › ${dtype}, masks: truth values and added, broadcast and strided, rows that see nothing`, () => {
      for (const L of [1, 3, 17]) {
        const c: Case = { B: 2, H: 4, heads: 2, L, S: 150, D: 8, width: 6 };
        const { S } = c;
        const seen = (b: number, h: number, l: number, s: number): number =>
          l === 1 || (s * 7 + l * 3 + h + b) % 4 === 0 || s < 2 * l ? 0 : 1;
        const added = (b: number, h: number, l: number, s: number): number =>
          l === 2 ? -Infinity : rounded(dtype, noise(9)(((b * 4 + h) * L + l) * S + s));
        const spread = (f: (b: number, h: number, l: number, s: number) => number) => (i: number) =>
          f(Math.floor(i / (4 * L * S)), Math.floor(i / (L * S)) % 4, Math.floor(i / S) % L, i % S);
        for (const layout of layouts) {
          const dims = [2, 4, L, S];
          const hide = {
            ...c,
            mask: (b: number, h: number, l: number, s: number): number => (seen(b, h, l, s) ? 0 : -Infinity),
          };
          check(dtype, hide, layouts[0], [view('bool', dims, spread(seen), layout)]);
          check(dtype, { ...c, mask: added }, layouts[0], [view(dtype, dims, spread(added), layout)]);
        }
        const one = view('bool', [L, S], (i) => seen(0, 0, Math.floor(i / S), i % S));
        const wide: Operand = { ...one, shape: shapeOf([2, 4, L, S]), strides: [0, 0, S, 1] };
        check(dtype, { ...c, mask: (_b, _h, l, s) => (seen(0, 0, l, s) ? 0 : -Infinity) }, layouts[0], [wide]);
        const row = view(dtype, [S], (i) => added(0, 0, 0, i));
        const rows: Operand = { ...row, shape: shapeOf([2, 4, L, S]), strides: [0, 0, 0, 1] };
        check(dtype, { ...c, causal: true, mask: (_b, _h, _l, s) => added(0, 0, 0, s) }, layouts[0], [rows]);
      }
    });
  }
  it('sdpa › keys and values as a view into a longer cache', () => {
    for (const dtype of dtypes) {
      const [heads, cap, S, D] = [2, 64, 37, 16];
      const k = values(dtype, 2, heads * cap * D);
      const v = values(dtype, 3, heads * cap * D);
      const cut = (x: number[]): number[] => [0, 1].flatMap((h) => x.slice(h * cap * D, h * cap * D + S * D));
      const part = (o: Operand): Operand => ({
        ...o,
        shape: shapeOf([1, heads, S, D]),
        strides: [heads * cap * D, cap * D, D, 1],
      });
      for (const L of [1, 3, 30]) {
        const q = values(dtype, 1, 4 * L * D);
        const got = run(attention['sdpa']!, dtype, [1, 4, L, D], {
          a: view(dtype, [1, 4, L, D], (i) => q[i]!),
          b: part(view(dtype, [1, heads, cap, D], (i) => k[i]!)),
          c: part(view(dtype, [1, heads, cap, D], (i) => v[i]!)),
          attrs: { scale: 0.25, causal: true },
        });
        const want = naive({ B: 1, H: 4, heads, L, S, D, width: D, causal: true }, 0.25, q, cut(k), cut(v));
        got.forEach((g, i) => expect(Math.abs(g - want[i]!)).toBeLessThanOrEqual(room[dtype]! * 2));
      }
    }
  });
  it('sdpa › scores far apart and far from zero do not overflow', () => {
    const q = view('float32', [1, 1, 1, 1], () => 1);
    const k = view('float32', [1, 1, 300, 1], (i) => (i === 250 ? 5000 : i - 20000));
    const v = view('float32', [1, 1, 300, 1], (i) => i);
    const attrs = { scale: 1, causal: false };
    expect(run(attention['sdpa']!, 'float32', [1, 1, 1, 1], { a: q, b: k, c: v, attrs })).toEqual([250]);
  });
  it('sdpa › NaN in a key reaches the queries, and no keys give zeros', () => {
    const attrs = { scale: 1, causal: false };
    for (const [dtype, L] of [
      ['float32', 1],
      ['float32', 9],
      ['float64', 2],
    ] as const) {
      const a = view(dtype, [1, 1, L, 4], () => 1);
      const b = view(dtype, [1, 1, 3, 4], (i) => (i === 5 ? NaN : 1));
      const c = view(dtype, [1, 1, 3, 2], () => 1);
      const none = view(dtype, [1, 1, 0, 4], () => 0);
      const empty = view(dtype, [1, 1, 0, 2], () => 0);
      expect(run(attention['sdpa']!, dtype, [1, 1, L, 2], { a, b, c, attrs })).toEqual(new Array(2 * L).fill(NaN));
      expect(run(attention['sdpa']!, dtype, [1, 1, L, 2], { a, b: none, c: empty, attrs })).toEqual(
        new Array(2 * L).fill(0),
      );
    }
    expect(size([1, 0])).toBe(0);
  });
});
