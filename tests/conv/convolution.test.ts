// What MLX does not do, or does wrong, and what the golden files cannot show. Expected values: the definition, written here as
// the scatter of every element, in float64.
import { afterAll, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { devices, generator } from '../tensor/support.js';

const next = generator(7);
const random = (shape: readonly number[], dtype: lw.DType = 'float32'): lw.Tensor =>
  lw
    .array(Array.from({ length: shape.reduce((p, d) => p * d, 1) }, () => next() * 2 - 1))
    .reshape(shape)
    .astype(dtype)
    .eval();
const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
function near(actual: lw.Tensor, want: readonly number[], bound: number): void {
  const got = numbers(actual);
  expect(got.length).toBe(want.length);
  const worst = got.reduce((m, v, i) => Math.max(m, Math.abs(v - want[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(bound);
}

/** Transposed convolution of one spatial axis as it is defined: every element adds the kernel to the output. */
function scatter(x: lw.Tensor, w: lw.Tensor, s: number, p: number, d: number, extra: number, groups: number): number[] {
  const [n, l, c] = x.shape as [number, number, number];
  const [o, k, each] = w.shape as [number, number, number];
  const length = (l - 1) * s - 2 * p + d * (k - 1) + 1 + extra;
  const out = new Array<number>(n * length * o).fill(0);
  const [a, b] = [numbers(x), numbers(w)];
  for (let i = 0; i < n; i++)
    for (let t = 0; t < l; t++)
      for (let q = 0; q < o; q++)
        for (let j = 0; j < k; j++) {
          const at = t * s + j * d - p;
          if (at < 0 || at >= length) continue;
          const first = Math.floor(q / (o / groups)) * each;
          for (let e = 0; e < each; e++)
            out[(i * length + at) * o + q]! += a[(i * l + t) * c + first + e]! * b[(q * k + j) * each + e]!;
        }
  return out;
}

const before = lw.defaultDevice();
afterAll(() => {
  lw.setDefaultDevice(before);
});

describe.each(devices)('%s', (device) => {
  const on = (name: string, f: () => void): void =>
    test(name, () => {
      lw.setDefaultDevice(device);
      f();
    });

  on('convTranspose1d › padding beyond the kernel cuts the output, also where elements are spread', () => {
    for (const [s, p, d, extra, groups] of [
      [2, 2, 1, 0, 1],
      [3, 4, 1, 2, 1],
      [2, 5, 2, 1, 2],
      [3, -2, 1, 0, 1],
      [4, 0, 3, -2, 2],
    ] as const) {
      const x = random([2, 6, 4]);
      const w = random([6, 2, 4 / groups]);
      const want = scatter(x, w, s, p, d, extra, groups);
      near(lw.convTranspose1d(x, w, s, p, d, extra, groups), want, 1e-5);
    }
  });

  on('convTranspose1d › outputs that no tap reaches are zero', () => {
    const y = lw.convTranspose1d(lw.array([1, 2, 3]).reshape([1, 3, 1]), lw.array([5]).reshape([1, 1, 1]), 3, 0, 1, 1);
    expect(y.flatten().tolist()).toEqual([5, 0, 0, 10, 0, 0, 15, 0]);
  });

  on('conv1d › no channels give zeros, no outputs give none', () => {
    expect(lw.conv1d(lw.zeros([2, 4, 0]), lw.zeros([3, 2, 0])).tolist()).toEqual(
      Array.from({ length: 2 }, () => Array.from({ length: 3 }, () => [0, 0, 0])),
    );
    expect(lw.conv1d(lw.ones([2, 4, 3]), lw.zeros([0, 2, 3])).eval().shape).toEqual([2, 3, 0]);
    expect(lw.conv1d(lw.ones([2, 4, 3]), lw.zeros([0, 1, 3])).eval().shape).toEqual([2, 4, 0]);
    expect(lw.conv1d(lw.ones([2, 4, 0]), lw.zeros([3, 1, 0])).tolist()).toEqual(
      Array.from({ length: 2 }, () => Array.from({ length: 4 }, () => [0, 0, 0])),
    );
  });

  on('conv1d › a stride longer than the input keeps one output, a kernel longer than it none', () => {
    const x = lw.array([1, 2, 3]).reshape([1, 3, 1]);
    expect(lw.conv1d(x, lw.ones([1, 2, 1]), 2 ** 30).tolist()).toEqual([[[3]]]);
    // MLX rounds the negative quotient up and reads beyond the input
    expect(() => lw.conv1d(x, lw.ones([1, 4, 1]), 2)).toThrow('[conv1d] the kernel must fit');
  });

  on('conv1d › distances of a billion elements', () => {
    const x = lw.arange(10).astype('float32').reshape([1, 10, 1]);
    const w = lw.array([1, 10]).reshape([1, 2, 1]);
    const ahead = lw.convGeneral(x, w, { kernelDilation: 999999990, padding: [[5], [999999990]] });
    expect(ahead.flatten().tolist()).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const behind = lw.convGeneral(x, w, { kernelDilation: 999999990, padding: [[999999990], [5]] });
    expect(behind.flatten().tolist()).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 0, 0, 0, 0, 0]);
    const far = lw.convGeneral(x, w, { kernelDilation: 9e8, inputDilation: 1e8 });
    expect(far.flatten().tolist()).toEqual([90]);
  });

  on('conv2d › arguments by name, by position and as a method agree', () => {
    const x = random([1, 7, 6, 4]);
    const w = random([6, 3, 2, 2]);
    const y = lw.conv2d(x, w, [2, 1], [1, 0], 1, 2);
    expect(y.shape).toEqual([1, 4, 5, 6]);
    expect(lw.conv2d(x, w, { stride: [2, 1], padding: [1, 0], groups: 2 }).tolist()).toEqual(y.tolist());
    expect(x.conv2d(w, [2, 1], [1, 0], 1, 2).tolist()).toEqual(y.tolist());
    expect(lw.convGeneral(x, w, { stride: [2, 1], padding: [1, 0], groups: 2 }).tolist()).toEqual(y.tolist());
    const z = lw.convTranspose2d(y, random([4, 3, 2, 3]), 2, 1, 1, [1, 0], 2);
    expect(z.shape).toEqual([1, 8, 8, 4]);
  });

  on('conv1d › an overflow of float16 happens once, at the end', () => {
    const x = lw.array([60000, 60000, -60000, -60000], 'float16').reshape([1, 1, 4]);
    for (const w of [lw.ones([1, 1, 4], 'float16'), lw.ones([2, 2, 4], 'float16')])
      expect(new Set(numbers(lw.conv1d(x, w, 1, 1)))).toEqual(new Set([0]));
    const spread = lw.array([60000, 60000, -60000, 60000], 'float16').reshape([1, 4, 1]);
    expect(
      lw
        .conv1d(spread, lw.ones([1, 2, 1], 'float16'))
        .flatten()
        .tolist(),
    ).toEqual([Infinity, 0, 0]);
  });
});

describe('wasm', () => {
  const on = (name: string, f: () => void): void =>
    test(name, () => {
      lw.setDefaultDevice('wasm');
      f();
    });

  on('conv2d › results that are rounded or moved in many parts are those of one part', () => {
    // more than a mebibyte of float32 results: half types and spread outputs go through a buffer of that size
    const x = random([2, 96, 95, 8], 'float16');
    const wide = x.astype('float32');
    for (const [o, groups, k] of [
      [24, 1, 3],
      [24, 2, 3],
      [8, 8, 3],
      [16, 8, 3],
    ] as const) {
      const w = random([o, k, k, 8 / groups], 'float16');
      const direct = lw.conv2d(wide, w.astype('float32'), 1, 1, 1, groups);
      expect(lw.conv2d(x, w, 1, 1, 1, groups).equal(direct.astype('float16')).all().item()).toBe(true);
      const up = lw.convTranspose2d(wide, w.astype('float32'), 2, 1, 1, 1, groups);
      const zeros = lw.zeros([2, 96, 2, 95, 2, 8]).set([lw.slice(null), lw.slice(null), 0, lw.slice(null), 0], wide);
      const spread = zeros.reshape([2, 192, 190, 8]);
      const plain = lw.convGeneral(spread, w.astype('float32'), { padding: 1, groups, flip: true });
      expect(lw.max(lw.abs(lw.subtract(up, plain))).item()).toBeLessThan(1e-5);
    }
    const image = random([1, 700, 701, 1], 'bfloat16');
    const blur = random([3, 3, 5, 1], 'bfloat16');
    const sharp = lw.conv2d(image.astype('float32'), blur.astype('float32'), 1, [1, 2]);
    expect(lw.conv2d(image, blur, 1, [1, 2]).equal(sharp.astype('bfloat16')).all().item()).toBe(true);
  });

  on('conv1d › a line longer than its copy', () => {
    const x = random([1, 9001, 1]);
    const w = random([1, 300, 1]);
    const [a, b] = [numbers(x), numbers(w)];
    const y = lw.conv1d(x, w, 1, 7).eval();
    for (const at of [0, 6, 7, 4095, 4096, 8191, 8192, 8715]) {
      let sum = 0;
      for (let k = 0; k < 300; k++) sum += (a[at + k - 7] ?? 0) * b[k]!;
      expect(Math.abs(Number(y.at(0, at, 0).item()) - sum)).toBeLessThan(1e-4);
    }
    expect(y.shape).toEqual([1, 8716, 1]);
  });

  on('convolutions › both gradients are the primitive again', () => {
    // <conv(x, w), y> is <x, input gradient> and <w, weight gradient>
    const x = random([2, 7, 6]);
    const w = random([5, 3, 6]);
    const y = random([2, 4, 5]);
    const dot = (a: lw.Tensor, b: lw.Tensor): number => Number(lw.sum(lw.multiply(a, b)).item());
    const want = dot(lw.conv1d(x, w, 2, 1), y);
    const back = lw.convGeneral(y, lw.transpose(w, [2, 1, 0]), { padding: 1, inputDilation: 2, flip: true });
    expect(back.shape).toEqual([2, 7, 6]);
    expect(Math.abs(dot(x, back) - want)).toBeLessThan(1e-4);
    const over = lw.convGeneral(lw.transpose(x, [2, 1, 0]), lw.transpose(y, [2, 1, 0]), {
      padding: 1,
      kernelDilation: 2,
    });
    expect(over.shape).toEqual([6, 3, 5]);
    expect(Math.abs(dot(w, lw.transpose(over, [2, 1, 0])) - want)).toBeLessThan(1e-4);
  });

  on('conv2d › scratch does not grow with the input', () => {
    const held = (h: number, dtype: lw.DType): number => {
      const x = lw.random.normal([1, h, 256, 16], dtype).eval();
      const w = random([16, 3, 3, 16], dtype);
      lw.memory.resetPeak();
      const start = lw.memory.active();
      const y = lw.conv2d(x, w, 1, 1).eval();
      return lw.memory.peak() - start - y.nbytes;
    };
    for (const dtype of ['float32', 'float16'] as const) {
      const small = held(64, dtype);
      expect(held(512, dtype)).toBeLessThanOrEqual(small + 8192);
      expect(small).toBeLessThan(4 << 20);
    }
  });
});
