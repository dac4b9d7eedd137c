// Half types in generated code: every value, and float32 on both sides of every place where rounding turns.
import { beforeEach, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { by, ran } from './graphs.js';

beforeEach(() => lw.setDefaultDevice('wasm'));
const halves = ['float16', 'bfloat16'] as const;
/** Bit patterns; which NaN it is does not count. */
function patterns(t: lw.Tensor): number[] {
  const special = t.dtype === 'float16' ? 0x7c00 : 0x7f80;
  return (t.view('uint16').tolist() as number[]).map((u) => ((u & 0x7fff) > special ? NaN : u));
}
function generated(f: () => lw.Tensor): number[] {
  const before = ran().generated;
  const t = by('generated', () => f().eval());
  expect(ran().generated).toBe(before + 1);
  return patterns(t);
}

for (const dtype of halves) {
  const values = lw.arange(65536).astype('uint16').view(dtype);
  it(`generated ${dtype} › rounds as the cast does, on both sides of every tie, of zero and of infinity`, () => {
    const half = dtype === 'float16' ? 0x1000 : 0x8000; // from a value to the middle before the next, in units of float32
    const near = new Set<number>([0, 1, 0x007fffff, 0x33000000, 0x477fefff, 0x477ff000, 0x7f7fffff, 0x7fffffff]);
    for (const u of values.astype('float32').view('uint32').tolist() as number[]) {
      for (const d of [-1, 0, 1, half - 1, half, half + 1]) near.add((u + d) >>> 0);
    }
    for (let k = 0; k < 1024; k++) {
      // ties of float16's subnormals, multiples of 2^-25
      const [u] = new Uint32Array(Float32Array.of((2 * k + 1) * 2 ** -25).buffer);
      for (const d of [-1, 0, 1]) near.add(u! + d).add((u! + d + 0x80000000) >>> 0);
    }
    const x = lw
      .array([...near], 'uint32')
      .view('float32')
      .eval();
    expect(generated(() => x.negative().negative().astype(dtype))).toEqual(patterns(x.astype(dtype)));
  });
  it(`generated ${dtype} › what needs no rounding gives every value as it is`, () => {
    values.eval();
    const steps = [lw.negative, lw.abs, lw.floor, lw.ceil, lw.round, lw.sign];
    for (const step of steps) {
      const want = patterns(step(values).eval().negative());
      expect(generated(() => step(values).negative())).toEqual(want);
    }
    const other = values.at('::-1').eval();
    for (const step of [lw.maximum, lw.minimum]) {
      const want = patterns(step(values, other).eval().negative());
      expect(generated(() => step(values, other).negative())).toEqual(want);
    }
    const least = lw.where(values.less(other).eval(), values, other).eval();
    expect(generated(() => lw.where(values.less(other), values, other))).toEqual(patterns(least));
  });
}
