// Convolutions and Fourier transforms.
import { dtypes, floats, reals, type Draw } from '../draw.js';
import type { Recipe } from './recipe.js';

interface Geometry {
  readonly input: number[];
  readonly weight: number[];
  readonly options: Record<string, unknown>;
}
function geometry(d: Draw, rank: number, transposed: boolean): Geometry {
  const groups = d.pick([1, 1, 2]);
  const [inputs, outputs] = [groups * d.int(1, 3), groups * d.int(1, 3)];
  const kernel = Array.from({ length: rank }, () => d.int(1, 3));
  const dilation = d.pick([1, 2]);
  const sizes = kernel.map((k) => d.int((k - 1) * dilation + 1, rank === 3 ? 5 : 9));
  const options: Record<string, unknown> = {};
  if (d.flag()) options['stride'] = d.given('count', d.flag() ? 2 : kernel.map(() => d.int(1, 3)));
  if (d.flag()) options['padding'] = d.given('count', d.int(0, transposed ? 0 : 2));
  if (dilation > 1) options['dilation'] = d.given('count', dilation);
  if (groups > 1) options['groups'] = d.given('count', groups);
  return { input: [d.int(1, 2), ...sizes, inputs], weight: [outputs, ...kernel, inputs / groups], options };
}
const convolution = (rank: number, transposed: boolean): Recipe => ({
  dtypes: floats,
  make: (d) => {
    const { input, weight, options } = geometry(d, rank, transposed);
    return [d.tensor(input), d.tensor(weight), ...(Object.keys(options).length > 0 ? [options] : [])];
  },
  smooth: {},
});

const norms = ['backward', 'ortho', 'forward'] as const;
const one: Recipe = {
  dtypes,
  make: (d) => {
    const shape = d.shape({ min: 1, full: true, size: 300 });
    const n = d.flag() ? null : d.given('count', d.int(1, 20));
    const x = d.tensor(shape);
    if (d.flag()) return [x];
    return [x, n, d.axis(shape.length), ...d.pick([[], [d.given('mode', d.pick(norms))]])];
  },
  smooth: { single: true },
};
const many = (min: number): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ min, full: true, size: 200 });
    const x = d.tensor(shape);
    if (d.flag()) return [x];
    const axes = Array.from({ length: shape.length }, (_, i) => i).slice(-Math.max(min, 1));
    const s = d.flag()
      ? null
      : d.given(
          'shape',
          axes.map(() => d.int(1, 9)),
        );
    return [x, s, d.given('axes', axes, shape.length), ...d.pick([[], [d.given('mode', d.pick(norms))]])];
  },
  smooth: { single: true },
});
const real = (r: Recipe): Recipe => ({ ...r, dtypes: reals, also: dtypes });
const shift: Recipe = {
  dtypes,
  make: (d) => {
    const shape = d.shape();
    return d.flag() ? [d.tensor(shape, 'any')] : [d.tensor(shape, 'any'), d.axes(shape.length)];
  },
  smooth: {},
};
const frequencies: Recipe = {
  dtypes: ['float32'],
  make: (d) => [d.given('count', d.int(1, 40)), ...d.pick([[], [d.given('number', 0.5)]])],
  smooth: null,
};

export const signal: Readonly<Record<string, Recipe>> = {
  conv1d: convolution(1, false),
  conv2d: convolution(2, false),
  conv3d: convolution(3, false),
  convTranspose1d: convolution(1, true),
  convTranspose2d: convolution(2, true),
  convTranspose3d: convolution(3, true),
  convGeneral: {
    dtypes: floats,
    make: (d) => {
      const { input, weight, options } = geometry(d, d.int(1, 2), false);
      const { dilation, ...rest } = options;
      const all = {
        ...rest,
        ...(dilation === undefined ? {} : { kernelDilation: dilation }),
        ...(d.flag() ? { flip: true } : {}),
      };
      return [d.tensor(input), d.tensor(weight), all];
    },
    smooth: {},
  },
  convolve: {
    dtypes: floats,
    make: (d) => [
      d.tensor([d.int(1, 40)]),
      d.tensor([d.int(1, 12)]),
      ...d.pick([[], [d.given('mode', d.pick(['full', 'same', 'valid'] as const))]]),
    ],
    smooth: {},
  },
  'fft.fft': one,
  'fft.ifft': one,
  'fft.rfft': real(one),
  'fft.irfft': { ...one, make: (d) => [d.tensor([...d.shape({ max: 2, size: 20, full: true }), d.int(2, 33)])] },
  'fft.fft2': many(2),
  'fft.ifft2': many(2),
  'fft.rfft2': real(many(2)),
  'fft.irfft2': {
    ...many(2),
    make: (d) => [d.tensor([...d.shape({ min: 1, max: 2, size: 20, full: true }), d.int(2, 17)])],
  },
  'fft.fftn': many(1),
  'fft.ifftn': many(1),
  'fft.rfftn': real(many(1)),
  'fft.irfftn': { ...many(1), make: (d) => [d.tensor([...d.shape({ max: 2, size: 20, full: true }), d.int(2, 17)])] },
  'fft.fftshift': shift,
  'fft.ifftshift': shift,
  'fft.fftfreq': frequencies,
  'fft.rfftfreq': frequencies,
  'fft.stft': {
    dtypes: ['float32', 'float64'],
    also: dtypes,
    make: (d) => [
      d.tensor([d.int(40, 120)]),
      { nFft: d.given('count', d.pick([8, 16, 15])), hopLength: d.given('count', d.int(2, 6)) },
    ],
    smooth: { single: true },
  },
  'fft.istft': {
    dtypes: ['complex64'],
    make: (d) => [d.tensor([d.int(4, 9), 9]), { hopLength: d.given('count', 4) }],
    smooth: {},
    loose: 16,
  },
};
