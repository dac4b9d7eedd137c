// What the goldens of norm and cross cannot hold: where MLX overflows or is not defined.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { devices } from '../tensor/support.js';

const { cross, norm } = lw.linalg;

describe.each(devices)('%s', (device) => {
  let before = '';
  beforeAll(() => {
    before = lw.defaultDevice();
    lw.setDefaultDevice(device);
  });
  afterAll(() => {
    lw.setDefaultDevice(before);
  });

  it('norm › integers do not wrap', () => {
    expect(norm(lw.array([30, 40], 'uint8')).item()).toBe(50);
    expect(norm(lw.array([300000, 400000], 'int32')).item()).toBe(500000);
    expect(norm(lw.array([-128, 0], 'int8'), 1).item()).toBe(128);
    expect(norm(lw.array([true, true, false]), 0).item()).toBe(2);
  });

  it('norm › half types compute in float32', () => {
    const x = lw.array([300, 400], 'float16');
    expect([norm(x).dtype, norm(x).item()]).toEqual(['float16', 500]);
    expect(norm(x, 3).item()).toBe(449.75); // cbrt(91e6) = 449.79 in steps of a quarter
    expect(norm(lw.array([[3e4, 3e4]], 'bfloat16').reshape([1, 2]), Infinity).item()).toBe(59904);
  });

  it('norm › complex64 gives the dtypes of MLX', () => {
    const x = lw.array([{ re: 3, im: 4 }, { re: 0, im: -12 }]); // prettier-ignore
    expect([norm(x).dtype, norm(x).item()]).toEqual(['float32', 13]);
    expect([norm(x, 1).dtype, norm(x, 1).item()]).toEqual(['complex64', { re: 17, im: 0 }]);
    expect(norm(x, Infinity).item()).toEqual({ re: 12, im: 0 });
    expect(norm(x.reshape([1, 2]), 'fro').dtype).toBe('float32');
  });

  it('norm › float64 is exact to double precision', () => {
    const x = lw.array([1, 2, 3], 'float64');
    expect(norm(x, 3).item()).toBeCloseTo(36 ** (1 / 3), 14);
    expect(norm(x, 2.5).item()).toBeCloseTo((1 + 2 ** 2.5 + 3 ** 2.5) ** 0.4, 14);
  });

  it('norm › nuc, 2 and -2 of integers and half types compute in float32', () => {
    const x = lw.array([3, 0, 0, -4], 'int32').reshape([2, 2]);
    for (const dtype of ['int32', 'float16', 'bfloat16'] as const) {
      const out = (['nuc', 2, -2] as const).map((ord) => norm(x.astype(dtype), ord));
      expect(out.map((t) => t.dtype)).toEqual(Array(3).fill(dtype === 'int32' ? 'float32' : dtype));
      expect(out.map((t) => Number(t.item()))).toEqual([7, 4, 3].map((v) => expect.closeTo(v, 2) as never));
    }
  });

  it('norm › the spectral norm lies between the others', () => {
    const x = lw.random.normal([7, 5], 'float32');
    lw.eval(x);
    const [two, fro, nuc] = ([2, 'fro', 'nuc'] as const).map((ord) => Number(norm(x, ord).item())) as [
      number,
      number,
      number,
    ];
    expect(two).toBeLessThanOrEqual(fro);
    expect(fro).toBeLessThanOrEqual(nuc);
    // |det| is the product of the singular values: of 2 x 2 their largest and smallest
    const y = x.at(lw.slice(0, 2), lw.slice(0, 2));
    expect(Number(norm(y, 2).item()) * Number(norm(y, -2).item())).toBeCloseTo(
      Math.abs(Number(lw.linalg.det(y).item())),
      4,
    );
  });

  it('cross › with ranks that differ the axis is counted in each operand', () => {
    const a = lw.arange(24).reshape([3, 4, 2]);
    const b = lw.array([1, 2, 3, 4, 5, 6], 'int32').reshape([3, 2]);
    const c = cross(a, b, 0);
    expect(c.shape).toEqual([3, 4, 2]);
    // components of a at (2, 1): 5, 13, 21; of b at 1: 2, 4, 6
    expect(c.at(':', 2, 1).tolist()).toEqual([13 * 6 - 21 * 4, 21 * 2 - 5 * 6, 5 * 4 - 13 * 2]);
  });

  it('cross › is orthogonal to both, of i and j it is k', () => {
    const [i, j] = [lw.array([1, 0, 0], 'int32'), lw.array([0, 1, 0], 'int32')];
    expect(cross(i, j).tolist()).toEqual([0, 0, 1]);
    expect(cross(j, i).tolist()).toEqual([0, 0, -1]);
    expect(cross(lw.array([1, 2], 'uint8'), lw.array([3, 4, 1], 'uint8')).tolist()).toEqual([2, 255, 254]);
  });
});
