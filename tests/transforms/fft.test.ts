// Gradients of the Fourier transforms, in complex64 and float32: linear, so that differences with steps of 1 are exact but for rounding.
import { expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { Numbers, strided, worstDifference, worstSecond, type Fn } from '../support/differences.js';

/** Rounding of float32 in transforms of up to 16 numbers of size 1. */
const BOUND = 1e-5;
const numbers = new Numbers(2);
const { fft } = lw;
const complex = (...shape: number[]): Tensor => numbers.tensor(shape, 'complex64');
const real = (...shape: number[]): Tensor => numbers.tensor(shape, 'float32');
const hann = lw.hanning(8);

type Row = readonly [what: string, fn: Fn, input: Tensor];
const rows: readonly Row[] = [
  ...(['fft', 'ifft'] as const).flatMap((name): Row[] => [
    [name, (x) => fft[name](x!), complex(2, 8)],
    [`${name} of an odd length along the first axis`, (x) => fft[name](x!, null, 0, 'ortho'), complex(5, 2)],
    [`${name}, cut`, (x) => fft[name](x!, 3, -1, 'forward'), complex(2, 7)],
    [`${name}, gone on with zeros`, (x) => fft[name](x!, 9), complex(2, 4)],
    [`${name} of real numbers`, (x) => fft[name](x!), real(2, 6)],
  ]),
  ['rfft, even', (x) => fft.rfft(x!), real(2, 8)],
  ['rfft, odd', (x) => fft.rfft(x!, null, -1, 'ortho'), real(2, 7)],
  ['rfft, cut', (x) => fft.rfft(x!, 5, 0), real(8, 2)],
  ['rfft, gone on with zeros', (x) => fft.rfft(x!, 10, -1, 'forward'), real(2, 7)],
  ['rfft, of one number', (x) => fft.rfft(x!), real(2, 1)],
  ['irfft, even', (x) => fft.irfft(x!), complex(2, 5)],
  ['irfft, odd', (x) => fft.irfft(x!, 7, -1, 'ortho'), complex(2, 4)],
  ['irfft, cut', (x) => fft.irfft(x!, 4, 0), complex(6, 2)],
  ['irfft, gone on with zeros', (x) => fft.irfft(x!, 11, -1, 'forward'), complex(2, 4)],
  ['fft2', (x) => fft.fft2(x!), complex(2, 3, 4)],
  ['ifft2', (x) => fft.ifft2(x!, [2, 5], [-2, -1], 'ortho'), complex(2, 3, 4)],
  ['rfft2', (x) => fft.rfft2(x!), real(2, 3, 4)],
  ['irfft2', (x) => fft.irfft2(x!, [3, 5], [0, 2]), complex(4, 2, 3)],
  ['fftn', (x) => fft.fftn(x!), complex(2, 3, 2)],
  ['ifftn', (x) => fft.ifftn(x!), complex(2, 3, 2)],
  ['rfftn', (x) => fft.rfftn(x!, null, [2, 0]), real(4, 2, 3)],
  ['irfftn', (x) => fft.irfftn(x!), complex(2, 2, 3)],
  ['fftshift and ifftshift', (x) => [fft.fftshift(x!), fft.ifftshift(x!, [0])], complex(3, 4)],
  ['stft, reflected', (x) => fft.stft(x!, { nFft: 8, hopLength: 3, window: hann }), real(2, 20)],
  ['stft, both sides, not centred', (x) => fft.stft(x!, { nFft: 6, center: false, onesided: false }), real(13)],
  ['stft of a long signal', (x) => fft.stft(x!, { nFft: 4, padMode: 'edge', norm: 'ortho' }), real(17)],
  ['istft', (x) => fft.istft(x!, { nFft: 8, hopLength: 3, window: hann }), complex(2, 5, 4)],
  ['istft, both sides, longer', (x) => fft.istft(x!, { onesided: false, length: 20, hopLength: 2 }), complex(6, 3)],
];
it.each(rows)('fft › %s: the gradient equals differences', (_, fn, x) => {
  expect(worstDifference(fn, [x], { step: 1 })).toBeLessThan(BOUND);
  expect(worstDifference(fn, [strided(x)], { step: 1 })).toBeLessThan(BOUND);
});
it.each(rows.filter((_, i) => i % 2 === 0))('fft › %s: so does that of its squares, twice', (_, fn, x) => {
  const squares: Fn = (y) => {
    const z = fn(y!);
    return lw.square(Array.isArray(z) ? (z as Tensor[])[0]! : (z as Tensor));
  };
  expect(worstDifference(squares, [x], { step: 0.5 })).toBeLessThan(10 * BOUND);
  expect(worstSecond(squares, [x], { step: 0.5 })).toBeLessThan(10 * BOUND);
});
it('fft › the windows of stft and istft have gradients too', () => {
  const signal = real(20);
  const spectrum = fft.stft(signal, { nFft: 8 });
  expect(worstDifference((w) => fft.stft(signal, { nFft: 8, window: w! }), [hann], { step: 1 })).toBeLessThan(BOUND);
  // the sum of the squares of windows divides: 0.05 and fourth order leave 1e-4 of it
  const window = lw.add(hann, 0.5);
  const back: Fn = (w) => fft.istft(spectrum, { nFft: 8, window: w! });
  expect(worstDifference(back, [window], { step: 0.05 })).toBeLessThan(1e-3);
});
it('fft › the gradient of the energy of a spectrum is that of the signal times its length', () => {
  const x = real(12);
  const energy = (y: Tensor): Tensor => lw.sum(lw.square(lw.abs(fft.fft(y))));
  const found = lw.grad(energy)(x).toTypedArray() as Float32Array;
  const want = lw.multiply(x, 24).toTypedArray() as Float32Array;
  found.forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 4));
});
