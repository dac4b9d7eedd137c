// The gradient of attention as a kernel: against MLX, and against the reference's loops in float64.
import { afterEach, describe, expect, it } from 'vitest';
import { attention as reference } from '../../src/backends/reference/attention.js';
import { attention } from '../../src/backends/wasm/attention.js';
import type { Operand } from '../../src/backends/backend.js';
import type { DType } from '../../src/tensor/dtype.js';
import { shapeOf } from '../../src/tensor/shape.js';
import * as lw from '../../src/index.js';
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
}
/** Of a result near 1: sums of float32 products; operands of half types are exact here, their results float32. */
const room: Record<string, number> = { float32: 4e-6, float16: 4e-6, bfloat16: 4e-6, float64: 1e-13 };
function check(dtype: DType, c: Case, layout: Layout = layouts[0]!, mask: Operand[] = []): void {
  const dims = { q: [c.B, c.H, c.L, c.D], k: [c.B, c.heads, c.S, c.D], v: [c.B, c.heads, c.S, c.width] };
  const of = (shape: number[], seed: number): Operand =>
    view(dtype, shape, (i) => rounded(dtype, 2 * noise(seed)(i)), layout);
  const [a, b, v] = [of(dims.q, 1), of(dims.k, 2), of(dims.v, 3)];
  const rest = [of([c.B, c.H, c.L, c.width], 4), ...mask];
  const out = [size(dims.q) + size(dims.k) + size(dims.v)];
  const call = { a, b, c: v, rest, attrs: { scale: 0.6, causal: c.causal === true } };
  const got = run(attention['sdpa_grad']!, dtype === 'float64' ? dtype : 'float32', out, call);
  const want = run(reference['sdpa_grad']!, 'float64', out, call);
  // a key gathers what all queries that share it give
  const allowed = room[dtype]! * (2 + c.D / 32) * Math.sqrt(1 + (c.L * c.H) / c.heads);
  got.forEach((g, i) => {
    if (!(Math.abs(g - want[i]!) <= allowed * Math.max(1, Math.abs(want[i]!))))
      expect(g, `${dtype} ${JSON.stringify(c)} ${layout.name} at ${i}`).toBe(want[i]);
  });
  reset();
}
const dtypes = ['float32', 'float16', 'bfloat16', 'float64'] as const;
const lengths = [1, 2, 5, 6, 7, 8, 9, 31, 33, 129];

describe('the gradient of scaledDotProductAttention', () => {
  it('sdpa_grad › MLX 0.32.4 on the same input: grouped heads, causal, fewer queries than keys', () => {
    const a = view('float32', [1, 4, 3, 2], (i) => ((i % 7) - 3) / 2);
    const b = view('float32', [1, 2, 5, 2], (i) => ((i % 5) - 2) / 2);
    const c = view('float32', [1, 2, 5, 3], (i) => ((i % 11) - 5) / 4);
    const rest = [view('float32', [1, 4, 3, 3], (i) => ((i % 13) - 6) / 4)];
    const got = run(attention['sdpa_grad']!, 'float32', [74], { a, b, c, rest, attrs: { scale: 0.7, causal: true } });
    // prettier-ignore
    const want = [-0.9747522, 0.04910922, -0.2887044, -0.0372363, 0.05952328, -0.09453318, 0.4415246, -0.2113041, -0.301857, 0.07698074, -0.109318, 0.2862412, -0.1068478, 0.1258252, -0.105073, 0.1011198, 0.2894775, -0.07665372, 0.1218965, -0.5590852, -0.06945995, 0.0267807, -0.0591467, 0.1631295, -1.3591, -0.2554712, 0.1846427, 0.347143, 1.238654, 0.07612571, -0.03473035, -0.2205601, -0.02946636, 0.05276262, -0.03582466, 0.03348232, -0.5098786, -0.4879397, 0.1247827, 0.3174657, 0.4491397, 0.1520182, -0.02821908, -0.01502643, -0.8041245, -1.800793, -1.343486, -0.3160698, -0.561406, -0.2979414, 0.3995902, 0.361008, 0.7495423, -0.004087508, -0.6446918, -0.4251892, -0.2753087, -0.1041173, 0.06707418, 0.4359256, 0.8383744, 0.3460697, -0.5362978, -0.1199166, -0.3340573, -0.5622118, -0.1352209, -0.1525514, 0.4378183, 0.6300921, 0.07125908, 0.2247656, 0.2866709, -0.18072];
    expect(got.length).toBe(want.length);
    got.forEach((g, i) => expect(g).toBeCloseTo(want[i]!, 5));
  });
  for (const dtype of dtypes) {
    it(`sdpa_grad › ${dtype}, every size of one axis beside odd others`, () => {
      const base = { B: 1, H: 2, heads: 1, L: 5, S: 11, D: 13, width: 7 };
      for (const n of lengths) {
        for (const causal of [false, true]) {
          check(dtype, { ...base, L: n, causal });
          check(dtype, { ...base, S: n, causal });
          check(dtype, { ...base, D: n, causal });
          check(dtype, { ...base, width: n, causal });
        }
      }
    });
    it(`sdpa_grad › ${dtype}, every layout, heads that share keys and heads that do not`, () => {
      for (const layout of layouts) {
        for (const [H, heads] of [
          [4, 4],
          [6, 2],
        ] as const) {
          check(dtype, { B: 2, H, heads, L: 20, S: 23, D: 8, width: 12, causal: heads === 2 }, layout);
        }
      }
    });
    it(`sdpa_grad › ${dtype}, several blocks of rows and tiles of keys`, () => {
      check(dtype, { B: 1, H: 2, heads: 1, L: 100, S: 300, D: 16, width: 8, causal: true });
      check(dtype, { B: 1, H: 1, heads: 1, L: 130, S: 40, D: 8, width: 8, causal: true });
    });
    it(`sdpa_grad › ${dtype}, masks: truth values and added, broadcast, rows that see nothing`, () => {
      const c: Case = { B: 2, H: 4, heads: 2, L: 7, S: 20, D: 8, width: 6 };
      const dims = [2, 4, 7, 20];
      const key = (i: number): number => i % 20;
      const row = (i: number): number => Math.floor(i / 20) % 7;
      const seen = view('bool', dims, (i) => (row(i) !== 1 && (key(i) * 7 + row(i)) % 4 !== 0 ? 1 : 0));
      check(dtype, c, layouts[0], [seen]);
      const added = view(dtype, dims, (i) => (row(i) === 2 ? -Infinity : rounded(dtype, noise(9)(i))));
      check(dtype, c, layouts[0], [added]);
      const line = view(dtype, [20], (i) => rounded(dtype, noise(8)(i)));
      check(dtype, c, layouts[0], [{ ...line, shape: shapeOf(dims), strides: [0, 0, 0, 1] }]);
    });
  }
  it('sdpa_grad › so many keys that a block has few rows', () => {
    check('float32', { B: 1, H: 1, heads: 1, L: 13, S: 60_000, D: 2, width: 3 });
  });
  it('sdpa_grad › no queries and no keys give zeros', () => {
    const q = lw.ones([1, 2, 0, 4]);
    const k = lw.ones([1, 1, 3, 4]);
    const f = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => lw.sum(lw.fast.scaledDotProductAttention(a, b, b, 1));
    const [gq, gk] = lw.grad(f, [0, 1])(q, k);
    expect([gq.shape, gk.tolist()]).toEqual([[1, 2, 0, 4], lw.zeros([1, 1, 3, 4]).tolist()]);
    const [hq, hk] = lw.grad(f, [0, 1])(lw.ones([1, 2, 3, 4]), lw.ones([1, 1, 0, 4]));
    expect([lw.sum(hq).item(), hk.shape]).toEqual([0, [1, 1, 0, 4]]);
  });
});

describe('its derivatives', () => {
  const draw = (shape: number[], seed: number): lw.Tensor =>
    lw.random.normal(shape, 'float32', 0, 1, lw.random.key(seed)).astype('float64');
  const [q, k, v] = [draw([2, 4, 3, 3], 1), draw([2, 2, 5, 3], 2), draw([2, 2, 5, 2], 3)];
  const bias = draw([4, 3, 5], 4);
  const loss = (a: lw.Tensor, b: lw.Tensor, c: lw.Tensor, m: lw.Tensor | 'causal'): lw.Tensor =>
    lw.sum(lw.sin(lw.fast.scaledDotProductAttention(a, b, c, 0.7, m)));
  /** The second derivative along random directions, by differences of the first. */
  const h = 1e-5;
  for (const mask of ['causal', 'added'] as const) {
    it(`the second derivative is that of the first, ${mask}`, () => {
      const at = [q, k, v, ...(mask === 'causal' ? [] : [bias])];
      const f = (...x: lw.Tensor[]): lw.Tensor => loss(x[0]!, x[1]!, x[2]!, x[3] ?? 'causal');
      const numbers = at.map((_, i) => i);
      const along = at.map((t, i) => draw([...t.shape], 10 + i));
      const first = (...x: lw.Tensor[]): lw.Tensor =>
        lw
          .grad(
            f,
            numbers,
          )(...x)
          .reduce((s, g, i) => s.add(lw.sum(g.multiply(along[i]!))), lw.array(0, 'float64'));
      const second = lw.grad(first, numbers)(...at);
      const to = at.map((t, i) => draw([...t.shape], 20 + i));
      const moved = (step: number): number => first(...at.map((t, i) => t.add(to[i]!.multiply(step)))).item() as number;
      const want = (moved(h) - moved(-h)) / (2 * h);
      const got = second.reduce((s, g, i) => s + (lw.sum(g.multiply(to[i]!)).item() as number), 0);
      // differences with this step leave about 1e-9 of what is differentiated
      expect(Math.abs(got - want)).toBeLessThan(1e-6 * Math.max(1, Math.abs(want)));
    });
  }
  it('vmap › gradients of examples one by one', () => {
    const f = (a: lw.Tensor, b: lw.Tensor): lw.Tensor => loss(a, b, v, 'causal');
    const many = [lw.stack([q, q.multiply(0.5), q.add(1)]), lw.stack([k, k.multiply(2), k.add(-1)])] as const;
    const got = lw.vmap((a: lw.Tensor, b: lw.Tensor) => [...lw.grad(f, [0, 1])(a, b)])(...many);
    for (let i = 0; i < 3; i++) {
      const want = lw.grad(f, [0, 1])(many[0].at(i), many[1].at(i));
      want.forEach((w, j) => expect(lw.allclose(got[j]!.at(i), w, 1e-12, 1e-12).item()).toBe(true));
    }
  });
});
