// stft and istft beyond what the goldens hold: long signals, halves, and the way back.
import { beforeAll, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { distance, dft, growth, noise, numbers, planes, real, realOf } from './support.js';

const { stft, istft } = lw.fft;
beforeAll(() => void lw.setDefaultDevice('wasm'));
const hann = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin((Math.PI * i) / n) ** 2);

test('stft › each frame is the transform of its samples times the window, the signal mirrored at its ends', () => {
  const x = noise(5000, 1);
  const window = hann(400);
  const s = stft(real(x), { nFft: 512, hopLength: 160, window: lw.array(window) });
  expect(s.shape).toEqual([257, 32]);
  for (const frame of [0, 1, 2, 15, 30, 31]) {
    const part = planes(512);
    for (let i = 0; i < 400; i++) {
      const at = frame * 160 + i + 56 - 256;
      const mirrored = at < 0 ? -at : at > 4999 ? 2 * 4999 - at : at;
      part.re[i + 56] = x.re[mirrored]! * window[i]!;
    }
    const want = dft(part);
    const half = { re: want.re.slice(0, 257), im: want.im.slice(0, 257) };
    expect(distance(numbers(s.at(':', frame)), half) / growth(512)).toBeLessThan(2);
  }
});
test('istft › undoes stft wherever the windows cover the signal', () => {
  for (const [n, nFft, hopLength] of [
    [5000, 512, 128],
    [3001, 100, 33],
    [700, 67, 16],
  ] as const) {
    const x = realOf(noise(2 * n, 2));
    const window = lw.array(hann(nFft));
    for (const norm of ['backward', 'ortho', 'forward'] as const) {
      const options = { nFft, hopLength, window, norm };
      const back = istft(stft(real(x, [2, n]), options), { ...options, length: n });
      expect(back.shape).toEqual([2, n]);
      const covered = back.at(':', `:${n - nFft}`);
      const want = real(x, [2, n]).at(':', `:${n - nFft}`);
      expect(distance(numbers(covered), numbers(want))).toBeLessThan(16);
    }
  }
});
test('istft › a window of a half type counts as float32', () => {
  const s = stft(real(noise(100, 3)), { nFft: 16 });
  for (const dtype of ['float16', 'bfloat16', 'bool', 'int32'] as const) {
    const window = lw.array(hann(16)).mul(3).astype(dtype);
    const half = istft(s, { window });
    expect(half.dtype).toBe('float32');
    expect(half.toTypedArray()).toEqual(istft(s, { window: window.astype('float32') }).toTypedArray());
  }
});
test('stft › an empty batch stays one', () => {
  const s = stft(lw.zeros([0, 20]), { nFft: 8 });
  expect(s.shape).toEqual([0, 5, 11]);
  expect(istft(s).shape).toEqual([0, 20]);
  expect(istft(s).toTypedArray()).toHaveLength(0);
});
test('stft › nothing but what lies beyond the ends may be a signal', () => {
  const s = stft(lw.zeros([0]), { nFft: 4, padMode: 'constant' });
  expect(s.shape).toEqual([3, 1]);
  expect(s.abs().max().item()).toBe(0);
});
