import { afterEach, describe, expect, it } from 'vitest';
import { attention } from '../../src/backends/wasm/attention.js';
import type { DType } from '../../src/tensor/dtype.js';
import { layouts, noise, reset, rounded, run, size, view, type Inputs } from './arrays.js';

afterEach(reset);
interface Attrs {
  readonly dims: number;
  readonly traditional: boolean;
  readonly base: number;
  readonly scale: number;
  readonly offset: number;
}
/** The formula in double precision on row-major [..., T, D]. */
function formula(x: number[], dims: number[], a: Attrs, freqs: number[] | null, offsets: number[]): number[] {
  const [T, D] = dims.slice(-2) as [number, number];
  const n = a.dims / 2;
  const out = x.slice();
  const heads = x.length / (T * D);
  for (let h = 0; h < heads; h++) {
    const first = offsets[offsets.length > 1 ? Math.floor(h / (heads / dims[0]!)) : 0]!;
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < n; i++) {
        const f = freqs === null ? a.base ** (-i / n) : 1 / freqs[i]!;
        const angle = (first + t) * a.scale * f;
        const row = (h * T + t) * D;
        const [p, q] = a.traditional ? [row + 2 * i, row + 2 * i + 1] : [row + i, row + i + n];
        out[p] = x[p]! * Math.cos(angle) - x[q]! * Math.sin(angle);
        out[q] = x[p]! * Math.sin(angle) + x[q]! * Math.cos(angle);
      }
    }
  }
  return out;
}
const room: Record<string, number> = { float32: 3e-7, float16: 2 ** -10, bfloat16: 2 ** -7, float64: 1e-12 };
function check(
  dtype: DType,
  dims: number[],
  attrs: Attrs,
  layout = layouts[0]!,
  freqs: number[] | null = null,
  offsets?: number[],
): void {
  const x = Array.from({ length: size(dims) }, (_, i) => rounded(dtype, noise(1)(i)));
  const inputs: Inputs = {
    a: view(dtype, dims, (i) => x[i]!, layout),
    b: freqs === null ? null : view('float32', [freqs.length], (i) => freqs[i]!, layouts[4]),
    c: offsets === undefined ? null : view('int32', [offsets.length], (i) => offsets[i]!),
    attrs,
  };
  const got = run(attention['rope']!, dtype, dims, inputs);
  const want = formula(x, dims, attrs, freqs, offsets ?? [attrs.offset]);
  got.forEach((g, i) => {
    if (!(Math.abs(g - want[i]!) <= room[dtype]! * 1.5))
      expect(g, `${dtype} ${dims} ${layout.name} at ${i}`).toBe(want[i]);
  });
  reset();
}

describe('rope', () => {
  it('rope › MLX 0.32.4 on the same input', () => {
    const a = view('float32', [1, 1, 3, 8], (i) => i * 0.25 - 3);
    const at = (attrs: Attrs, b: number[] | null = null): number[] =>
      run(attention['rope']!, 'float32', [1, 1, 3, 8], {
        a,
        b: b === null ? null : view('float32', [b.length], (i) => b[i]!),
        attrs,
      });
    const close = (got: number[], want: number[]): void => got.forEach((g, i) => expect(g).toBeCloseTo(want[i]!, 5));
    const attrs = { dims: 6, traditional: true, base: 10000, scale: 0.5, offset: 5 };
    // prettier-ignore
    close(at(attrs), [4.049229, 0.4077282, -2.222683, -2.524317, -1.990545, -1.760747, -1.5, -1.25, 1.095832, 0.6013743, -0.4604608, -0.3169792, -0.001615815, 0.2499948, 0.5, 0.75, -0.4979776, -1.521354, 1.197201, 1.969571, 1.982977, 2.265017, 2.5, 2.75]);
    // prettier-ignore
    close(at({ ...attrs, traditional: false }), [3.749993, -2.499947, -2.490538, 0.007156491, -2.304944, -1.76344, -1.5, -1.25, 1.025272, -0.7427405, -0.5016054, 0.1063781, -0.1040986, 0.2467632, 0.5, 0.75, -0.3225861, 0.9100574, 1.482991, -1.989582, 2.175844, 2.261247, 2.5, 2.75]);
    // prettier-ignore
    close(at({ dims: 6, traditional: false, base: 0, scale: 2, offset: 7 }, [1, 3, 50]), [1.818655, -1.872218, -1.919016, -3.279481, 2.838538, -2.372736, -1.5, -1.25, 0.8856837, -0.4363527, -0.5532594, 0.5273182, 0.609997, 0.08002558, 0.5, 0.75, 1.974544, 1.759044, 0.6112282, 0.4045671, 1.571071, 2.634179, 2.5, 2.75]);
  });
  for (const dtype of ['float32', 'float16', 'bfloat16', 'float64'] as const) {
    it(`rope › ${dtype}, every layout, both pairings, widths beside the vector width`, () => {
      for (const layout of layouts) {
        for (const traditional of [false, true]) {
          for (const [dims, D] of [
            [2, 2],
            [6, 6],
            [8, 11],
            [10, 10],
            [16, 24],
            [64, 64],
          ] as const) {
            const attrs = { dims, traditional, base: 10000, scale: 1, offset: 3 };
            check(dtype, [2, 3, 5, D], attrs, layout);
            check(dtype, [4, D], attrs, layout);
            check(dtype, [3, 1, D], { ...attrs, scale: 0.25, base: 500000 }, layout);
          }
        }
      }
    });
  }
  it('rope › given frequencies divide, and each of the first axis may have its own offset', () => {
    const attrs = { dims: 8, traditional: false, base: 10000, scale: 1.5, offset: 0 };
    check('float32', [3, 2, 4, 8], attrs, layouts[1], [1, 2, 4.5, 100], [0, 7, 1000]);
    check('float64', [3, 2, 4, 10], attrs, layouts[0], null, [5, 0, -2]);
    check('bfloat16', [2, 2, 4, 8], attrs, layouts[0], null, [9]);
  });
  it('rope › positions of a hundred thousand are as exact as small ones', () => {
    check('float32', [1, 2, 700, 64], { dims: 64, traditional: false, base: 500000, scale: 1, offset: 131072 });
    check('float64', [1, 1, 700, 64], { dims: 64, traditional: true, base: 10000, scale: 1, offset: 4096 });
  });
  it('rope › nothing to rotate', () => {
    const a = view('float32', [2, 0, 8], () => 0);
    const attrs = { dims: 8, traditional: false, base: 10000, scale: 1, offset: 0 };
    expect(run(attention['rope']!, 'float32', [2, 0, 8], { a, attrs })).toEqual([]);
  });
});
