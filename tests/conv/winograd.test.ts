// Convolutions by 3 x 3 taps go through Winograd's transform: against float64, whose kernels multiply directly.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';

type Pad = number | [number, number];
interface Case {
  readonly batch?: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  readonly pad: Pad;
}
const cases: readonly Case[] = [
  { height: 16, width: 16, channels: 16, outputs: 16, pad: 1 },
  { height: 17, width: 19, channels: 20, outputs: 36, pad: 1 },
  { height: 23, width: 14, channels: 16, outputs: 20, pad: 0 },
  { height: 17, width: 18, channels: 24, outputs: 16, pad: [2, 0] },
  { height: 12, width: 17, channels: 16, outputs: 16, pad: 3 },
  { batch: 7, height: 7, width: 5, channels: 32, outputs: 16, pad: 1 },
  { height: 16, width: 15, channels: 260, outputs: 24, pad: 1 },
  { batch: 2, height: 33, width: 31, channels: 16, outputs: 16, pad: 1 },
];
const host = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);

/** Largest error, in units of 2^-22 times the sum of |w| of an output channel times the largest |x|. */
function worst(got: lw.Tensor, want: lw.Tensor, x: lw.Tensor, w: lw.Tensor): number {
  expect(got.shape).toEqual(want.shape);
  const d = host(x).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const sums = host(lw.abs(w.astype('float64')).sum([1, 2, 3]));
  const truth = host(want);
  return host(got).reduce(
    (most, v, i) => Math.max(most, Math.abs(v - truth[i]!) / (2 ** -22 * d * sums[i % sums.length]!)),
    0,
  );
}

test.each(cases)('winograd › agrees with float64 within 2^-22 of sum |w| max |x|, $height x $width, $channels', (c) => {
  const x = lw.random.normal([c.batch ?? 1, c.height, c.width, c.channels]);
  const w = lw.random.normal([c.outputs, 3, 3, c.channels]);
  const wide = lw.conv2d(x.astype('float64'), w.astype('float64'), 1, c.pad);
  expect(worst(lw.conv2d(x, w, 1, c.pad), wide, x, w)).toBeLessThan(1);
  // the same numbers where neither operand is row-major
  const turned = lw.transpose(lw.transpose(x, [0, 2, 1, 3]).contiguous(), [0, 2, 1, 3]);
  const across = lw.transpose(lw.transpose(w, [3, 1, 2, 0]).contiguous(), [3, 1, 2, 0]);
  expect(worst(lw.conv2d(turned, across, 1, c.pad), wide, x, w)).toBeLessThan(1);
});

test('winograd › the gradient by the input, whose taps are reversed, agrees with float64', () => {
  const x = lw.random.normal([2, 15, 12, 16]);
  const w = lw.random.normal([20, 3, 3, 16]);
  const g = lw.random.normal([2, 15, 12, 20]);
  const by = (dtype: lw.DType): lw.Tensor =>
    lw.vjp((v: lw.Tensor) => lw.conv2d(v, w.astype(dtype), 1, 1), [x.astype(dtype)], [g.astype(dtype)])[1]![0]!;
  const flipped = lw.transpose(w, [3, 1, 2, 0]);
  expect(worst(by('float32'), by('float64'), g, flipped)).toBeLessThan(1);
});

test('winograd › integers small enough give exact results', () => {
  const x = lw.random.randint(-8, 8, [1, 17, 16, 16]).astype('float32');
  const w = lw.random.randint(-8, 8, [16, 3, 3, 16]).astype('float32');
  const wide = lw.conv2d(x.astype('float64'), w.astype('float64'), 1, 1);
  expect(host(lw.conv2d(x, w, 1, 1))).toEqual(host(wide));
});

test('winograd › an infinity spoils the outputs that it has part in and no other', () => {
  const x = lw.ones([1, 16, 16, 16]);
  const w = lw.ones([16, 3, 3, 16]);
  const values = host(x);
  values[(5 * 16 + 5) * 16 + 3] = Infinity;
  const spoiled = lw.array(values).reshape(x.shape).astype('float32');
  const [a, b] = [host(lw.conv2d(spoiled, w, 1, 1)), host(lw.conv2d(x, w, 1, 1))];
  a.forEach((v, i) => {
    const [row, column] = [Math.floor(i / 256), Math.floor(i / 16) % 16];
    if (Math.abs(row - 5) < 2 && Math.abs(column - 5) < 2) expect(Number.isFinite(v)).toBe(false);
    else expect(v).toBe(b[i]);
  });
  // Infinity where the products were taken directly: this way was gone
  expect(a[(4 * 16 + 4) * 16]).toBeNaN();
});
