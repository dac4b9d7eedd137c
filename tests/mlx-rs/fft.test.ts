import { expect, it } from 'vitest';
import { fft } from 'lanewise/mlx-rs';
import { input, table, type Table } from './support.js';

const [s, g] = [input('signal'), input('grid')];
for (const name of ['fft', 'ifft', 'rfft'] as const) {
  const rows: Table = { [`fft::${name}`]: () => [fft[name](s), fft[name](s, 6, 0), fft[name](s, 5, 1)] };
  table(rows);
}
for (const name of ['fft2', 'ifft2', 'rfft2', 'fftn', 'ifftn', 'rfftn'] as const) {
  table({ [`fft::${name}`]: () => [fft[name](g), fft[name](g, [3, 4], [0, 1])] });
}
table({
  'fft::irfft': () => [fft.irfft(fft.rfft(s)), fft.irfft(fft.rfft(s), 7, -1)],
  'fft::irfft2': () => [fft.irfft2(fft.rfft2(g)), fft.irfft2(fft.rfft2(g), [4, 5], [-2, -1])],
  'fft::irfftn': () => [fft.irfftn(fft.rfftn(g)), fft.irfftn(fft.rfftn(g), [4, 5], [1, 2])],
});

it('fftn › lengths without axes are those of the last axes', () => {
  for (const name of ['fftn', 'ifftn', 'rfftn', 'irfftn'] as const) {
    expect(fft[name](g, [4, 5]).equals(fft[name](g, [4, 5], [-2, -1]))).toBe(true);
  }
});
