// What every Fourier transform obeys, on both backends.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { devices, generator } from '../tensor/support.js';
import { complex, dft, distance, growth, noise, numbers, planes, type Planes } from './support.js';

const { fft } = lw;
const before = lw.defaultDevice();
afterAll(() => void lw.setDefaultDevice(before));

/** Rounding units, per root of the logarithm of the length. */
const UNITS = 4;
const near = (got: lw.Tensor, want: lw.Tensor | Planes, n: number): void => {
  const truth = want instanceof lw.Tensor ? numbers(want) : want;
  if (want instanceof lw.Tensor) expect([got.dtype, ...got.shape]).toEqual([want.dtype, ...want.shape]);
  expect(distance(numbers(got), truth) / growth(n)).toBeLessThan(UNITS);
};
const random = (shape: readonly number[], seed: number): lw.Tensor =>
  complex(
    noise(
      shape.reduce((p, d) => p * d, 1),
      seed,
    ),
    shape,
  );

describe.each(devices)('%s', (device) => {
  beforeAll(() => void lw.setDefaultDevice(device));
  const lengths = [1, 2, 7, 12, 30, 67, 128];

  test('fft › linear', () => {
    for (const n of lengths) {
      const [x, y] = [random([n], 1), random([n], 2)];
      near(fft.fft(x.mul(3).sub(y)), fft.fft(x).mul(3).sub(fft.fft(y)), n);
    }
  });
  test('fft › a shift in time turns the phases', () => {
    for (const n of lengths) {
      const x = noise(n, 3);
      const y = dft(x);
      const turned = planes(n);
      for (let k = 0; k < n; k++) {
        const a = (-2 * Math.PI * k) / n;
        turned.re[k] = y.re[k]! * Math.cos(a) - y.im[k]! * Math.sin(a);
        turned.im[k] = y.re[k]! * Math.sin(a) + y.im[k]! * Math.cos(a);
      }
      near(fft.fft(complex(x).roll(1)), turned, n);
    }
  });
  test('fft › an impulse has a flat spectrum, a constant a single line', () => {
    for (const n of lengths) {
      const impulse = lw.equal(lw.arange(n), 0);
      near(fft.fft(impulse), lw.ones([n], 'complex64'), n);
      near(fft.fft(lw.ones([n])), impulse.astype('complex64').mul(n), n);
    }
  });
  test('fft › the energy of the spectrum is n times that of the sequence', () => {
    for (const n of lengths) {
      const x = random([n], 4);
      const energy = (t: lw.Tensor): number => t.abs().square().sum().item() as number;
      expect(energy(fft.fft(x)) / (n * energy(x))).toBeCloseTo(1, 5);
      expect(energy(fft.fft(x, null, -1, 'ortho')) / energy(x)).toBeCloseTo(1, 5);
    }
  });
  test('ifft, irfft › undo fft and rfft under every norm', () => {
    for (const n of lengths) {
      for (const norm of ['backward', 'ortho', 'forward'] as const) {
        const x = random([2, n], 5);
        near(fft.ifft(fft.fft(x, null, 1, norm), null, 1, norm), x, n);
        near(fft.irfft(fft.rfft(x.real(), null, 1, norm), n, 1, norm), x.real(), n);
      }
    }
  });
  test('fftn, rfftn › one axis after the other, and back', () => {
    const x = random([3, 4, 5], 6);
    near(fft.fftn(x), fft.fft(fft.fft(fft.fft(x, null, 0), null, 1), null, 2), 60);
    near(fft.ifftn(fft.fftn(x)), x, 60);
    near(fft.rfftn(x.real()), fft.fft(fft.fft(fft.rfft(x.real(), null, 2), null, 0), null, 1), 60);
    near(fft.irfftn(fft.rfftn(x.real()), [3, 4, 5], [0, 1, 2]), x.real(), 60);
    near(fft.irfft2(fft.rfft2(x.real(), null, [1, 0]), [4, 3], [1, 0]), x.real(), 12);
  });
  test('fft › NaN spreads over its own line only', () => {
    for (const n of [5, 16, 67]) {
      const x = lw.where(lw.equal(lw.arange(3 * n).reshape([3, n]), n), NaN, lw.ones([3, n]));
      for (const y of [fft.fft(x), fft.rfft(x), fft.irfft(x)]) {
        const bad = lw.isnan(y).any(1).tolist();
        expect(bad).toEqual([false, true, false]);
      }
    }
  });
  test('fft › without axes it is the operand itself', () => {
    const x = lw.array([1, 2, 3]);
    expect(fft.fftn(x, [], []).dtype).toBe('float32');
    expect(fft.irfftn(x, null, []).tolist()).toEqual([1, 2, 3]);
  });
  test('fft › a shape of size 0 stays one', () => {
    expect(fft.fft(lw.zeros([0, 4]), 6).toTypedArray()).toHaveLength(0);
    expect(fft.irfft2(lw.zeros([2, 3, 0, 4]), [3, 5], [1, 3]).shape).toEqual([2, 3, 0, 5]);
    expect(
      fft
        .fft(lw.zeros([2, 0]), 3)
        .abs()
        .tolist(),
    ).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});

test('fft › wasm agrees with the reference on random shapes, axes, lengths and layouts', () => {
  const next = generator(11);
  const upTo = (n: number): number => 1 + Math.floor(next() * n);
  const layouts: ((t: lw.Tensor) => lw.Tensor)[] = [
    (t) => t,
    (t) => t.transpose(),
    (t) => t.flip(),
    (t) => t.at('...', '::2'),
    (t) => lw.broadcastTo(t.expandDims(1), [t.shape[0]!, 3, ...t.shape.slice(1)]),
  ];
  for (let trial = 0; trial < 300; trial++) {
    const dims = Array.from({ length: upTo(3) }, () => upTo(next() < 0.2 ? 70 : 9));
    const x = layouts[Math.floor(next() * layouts.length)]!(random(dims, trial));
    const axis = Math.floor(next() * x.ndim);
    const n = next() < 0.3 ? upTo(80) : null;
    const op = (['fft', 'ifft', 'rfft', 'irfft'] as const)[Math.floor(next() * 4)]!;
    const length = op === 'irfft' && n === null ? 2 * x.shape[axis]! - 1 : n;
    const both = devices.map((device) => lw.withDevice(device, () => fft[op](x, length, axis).eval()));
    near(both[1]!, both[0]!, length ?? x.shape[axis]!);
  }
});
