// Rows of quantised and gathered products, einsum, searching, windows, NaN-safe reductions and activations.
import { dtypes, floats, inexact, reals, type Draw } from '../draw.js';
import { algebra } from './algebra.js';
import { creation } from './creation.js';
import { elementwise } from './elementwise.js';
import { none, type Recipe, type Smooth } from './recipe.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';
import { signal } from './signal.js';

const activation = (kinks: readonly number[] = [], rest: (d: Draw) => unknown[] = () => []): Recipe => ({
  dtypes: floats,
  also: dtypes,
  make: (d) => [d.tensor(d.shape({ size: 300 })), ...rest(d)],
  smooth: { kinks },
});
const maybe =
  (value: number) =>
  (d: Draw): unknown[] =>
    d.pick([[], [d.given('number', value)]]);
const along: Recipe = {
  dtypes: floats,
  also: dtypes,
  make: (d) => {
    const shape = d.shape({ min: 1, full: true });
    return [d.tensor(shape), ...d.pick([[], [d.axis(shape.length)]])];
  },
  smooth: {},
  loose: 4,
};
const same = (name: string, from: Readonly<Record<string, Recipe>> = elementwise): Recipe => from[name]!;
/** Reductions that skip NaN: the same calls, with NaN among the elements. */
const skipping = (name: string, smooth: Smooth | null = {}, types = reals): Recipe => ({
  ...reductions[name]!,
  dtypes: types,
  make: (d) => {
    const args = reductions[name]!.make(d);
    const { host } = d.inputs[0]!;
    const values = host.values as Float32Array;
    if (/float/.test(host.dtype)) for (let i = 1; i < values.length; i += 5) values[i] = NaN;
    return args;
  },
  smooth,
});
const window: Recipe = { dtypes: none, make: (d) => [d.given('count', d.int(1, 40))], smooth: null };

/** Rows whose size is a multiple of the group. */
const quantizable = (
  d: Draw,
  lead: readonly number[],
  groups = d.int(1, 2),
): { w: unknown; size: number; bits: number } => {
  const size = 32 * groups;
  return { w: d.tensor([...lead, size], 'unit', 'float32', true), size, bits: d.pick([4, 8, 2]) };
};
/** Codes and their scales and biases, made of small numbers. */
function packed(
  d: Draw,
  lead: readonly number[],
): { w: unknown; scales: unknown; biases: unknown; size: number; bits: number } {
  const groups = d.int(1, 2);
  const bits = d.pick([4, 8, 2]);
  const size = 32 * groups;
  return {
    w: d.tensor([...lead, (size * bits) / 32], [0, 2 ** 31], 'uint32', true),
    scales: d.tensor([...lead, groups], 'unit', d.type),
    biases: d.tensor([...lead, groups], 'unit', d.type),
    size,
    bits,
  };
}

/** Rows that are other rows under another name. */
export const otherNames = {
  acos: 'arccos',
  acosh: 'arccosh',
  asin: 'arcsin',
  asinh: 'arcsinh',
  atan: 'arctan',
  atan2: 'arctan2',
  atanh: 'arctanh',
  conj: 'conjugate',
  pow: 'power',
  bitwiseLeftShift: 'leftShift',
  bitwiseRightShift: 'rightShift',
  positive: 'abs',
} as const;

export const planned: Readonly<Record<string, Recipe>> = {
  ...signal,
  ...algebra,
  // other names
  ...Object.fromEntries(Object.entries(otherNames).map(([name, of]) => [name, same(of)])),
  cumulativeSum: same('cumsum', reductions),
  cumulativeProd: same('cumprod', reductions),
  var: same('variance', reductions),
  permuteDims: same('transpose', shapes),
  concat: same('concatenate', shapes),
  trunc: { dtypes: reals, make: same('floor').make, smooth: { kinks: [-3, -2, -1, 0, 1, 2, 3] } },
  emptyLike: { ...same('zerosLike'), unique: ([x]) => [x!.multiply(0).equal(1)] },
  matrixTranspose: {
    dtypes,
    make: (d) => [d.tensor(d.shape({ min: 2 }), 'any')],
    smooth: {},
  },
  stopGradient: { dtypes, make: same('abs').make, smooth: null },
  view: {
    dtypes: ['float32', 'int32', 'uint32'],
    also: dtypes,
    make: (d) => {
      const shape = d.shape();
      const pairs = d.type === 'float32' && shape.length > 0 && shape.at(-1)! % 2 === 0;
      const to = ['int32', 'uint32', ...(pairs ? ['complex64'] : [])];
      return [d.tensor(shape, 'finite'), d.given('dtype', d.pick(to))];
    },
    smooth: null,
  },
  asarray: creation['array']!,
  empty: { ...creation['zeros']!, unique: ([x]) => [x!.multiply(0).equal(1)] },
  depends: { dtypes, make: (d) => [d.tensor(d.shape(), 'any'), d.tensor(d.shape(), 'any')], smooth: {} },
  // a path is no tensor: that the call works is all that can be compared
  einsumPath: {
    dtypes: inexact,
    make: (d) => [d.given('mode', 'ij,jk->ik'), d.tensor([2, 3]), d.tensor([3, 2])],
    unique: () => [],
    smooth: null,
  },
  countNonzero: { ...same('any', reductions), dtypes },
  minmax: { ...same('max', reductions), dtypes },
  diff: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1, full: true });
      const x = d.tensor(shape);
      return d.flag() ? [x] : [x, d.given('count', d.int(0, 2)), d.axis(shape.length)];
    },
    smooth: {},
  },
  searchsorted: {
    dtypes: reals.filter((t) => t !== 'bool'),
    also: dtypes,
    make: (d) => {
      const n = d.int(0, 9);
      const sorted = d.tensor([n], 'finite', d.type, true);
      (d.inputs[0]!.host.values as Float64Array).sort();
      return [sorted, d.tensor(d.shape()), ...d.pick([[], [d.given('mode', 'right')]])];
    },
    smooth: null,
  },
  unique: {
    dtypes: reals,
    make: (d) => [d.tensor(d.shape({ full: true }), [0, 2]), d.given('count', d.int(1, 4))],
    also: dtypes,
    smooth: null,
  },
  ...Object.fromEntries(['bartlett', 'blackman', 'hamming', 'hanning'].map((name) => [name, window])),
  nansum: { ...skipping('sum'), also: dtypes },
  nanprod: { ...skipping('prod', { within: [0.6, 0.8] }), also: dtypes },
  nanmax: skipping('max', { distinct: true }),
  nanmin: skipping('min', { distinct: true }),
  nanmean: { ...skipping('mean'), also: dtypes },
  nanvar: skipping('variance'),
  nanstd: skipping('std', { nonzero: true }),
  nanmedian: skipping('median', { distinct: true }),
  nanargmax: skipping('argmax', null),
  nanargmin: skipping('argmin', null),
  einsum: {
    dtypes: inexact,
    also: dtypes,
    make: (d) => {
      const [i, j, k] = [d.int(1, 5), d.int(1, 5), d.int(1, 5)];
      const [text, ...operands] = d.pick([
        ['ij,jk->ik', [i, j], [j, k]],
        ['ij->ji', [i, j]],
        ['ii->i', [i, i]],
        ['ij,ij->', [i, j], [i, j]],
        ['bij,bjk->bik', [2, i, j], [2, j, k]],
        ['...ij,...jk->...ik', [2, i, j], [2, j, k]],
        ['i,j,k->ijk', [i], [j], [k]],
        ['ij,jk', [i, j], [j, k]],
      ] as const);
      return [d.given('mode', text), ...operands.map((shape) => d.tensor(shape))];
    },
    smooth: {},
  },
  quantize: {
    dtypes: ['float32'],
    make: (d) => {
      const { w, bits } = quantizable(d, [d.int(1, 4)]);
      return [w, d.given('count', 32), d.given('count', bits)];
    },
    smooth: null,
  },
  dequantize: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    make: (d) => {
      const { w, scales, biases, bits } = packed(d, [d.int(1, 4)]);
      return [w, scales, biases, d.given('count', 32), d.given('count', bits)];
    },
    smooth: { inputs: [1, 2] },
  },
  quantizedMatmul: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    make: (d) => {
      const { w, scales, biases, size, bits } = packed(d, [d.int(1, 5)]);
      const x = d.tensor([d.int(1, 4), size]);
      return [x, w, scales, biases, { groupSize: d.given('count', 32), bits: d.given('count', bits) }];
    },
    smooth: { inputs: [1, 2, 3] },
    loose: 4,
  },
  gatherMm: {
    dtypes: floats,
    make: (d) => {
      const [n, m, k, l] = [d.int(1, 3), d.int(1, 4), d.int(1, 5), d.int(1, 4)];
      const a = d.tensor([n, m, k]);
      const b = d.tensor([n, k, l]);
      const rows = d.int(1, 3);
      return [a, b, d.tensor([rows], [0, n], 'uint32'), d.tensor([rows], [0, n], 'uint32')];
    },
    smooth: { inputs: [0, 1] },
  },
  segmentedMm: {
    dtypes: floats,
    make: (d) => {
      const k = d.int(1, 9);
      const a = d.tensor([d.int(1, 4), k]);
      const b = d.tensor([k, d.int(1, 4)]);
      const segments = d.tensor([d.int(1, 3), 2], [0, 1], 'uint32', true);
      const { values } = d.inputs[segments.index]!.host as { values: Uint32Array };
      for (let i = 0; i < values.length; i += 2) values[i + 1] = d.int(1, k);
      return [a, b, segments];
    },
    smooth: { inputs: [0, 1] },
  },
  hadamardTransform: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    also: reals.filter((t) => t !== 'float64'),
    make: (d) => [
      d.tensor([...d.shape({ max: 2, size: 6, full: true }), d.pick([4, 1, 2, 8, 16, 12, 64, 20])]),
      ...d.pick([[], [d.given('number', 0.5)]]),
    ],
    smooth: {},
    loose: 4,
  },
  gatherQmm: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    make: (d) => {
      const { w, scales, biases, size, bits } = packed(d, [d.int(1, 3), d.int(1, 5)]);
      const x = d.tensor([d.int(1, 3), d.int(1, 3), size]);
      const rows = d.int(1, 3);
      const [lhsIndices, rhsIndices] = [d.tensor([rows], [0, 1], 'uint32'), d.tensor([rows], [0, 1], 'uint32')];
      return [x, w, scales, biases, { lhsIndices, rhsIndices, groupSize: 32, bits: d.given('count', bits) }];
    },
    smooth: { inputs: [1, 2, 3] },
    loose: 4,
  },
  qqmm: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    make: (d) => {
      const k = 32 * d.int(1, 2);
      return [d.tensor([d.int(1, 4), k]), d.tensor([d.int(1, 5), k]), null, d.given('count', 32), null, 'mxfp8'];
    },
    smooth: null,
    loose: 4,
  },
  gatherQqmm: {
    dtypes: ['float32', 'float16', 'bfloat16'],
    make: (d) => {
      const k = 32 * d.int(1, 2);
      const x = d.tensor([d.int(1, 3), d.int(1, 3), k]);
      const w = d.tensor([d.int(1, 3), d.int(1, 4), k]);
      const rows = d.int(1, 3);
      const [lhsIndices, rhsIndices] = [d.tensor([rows], [0, 1], 'uint32'), d.tensor([rows], [0, 1], 'uint32')];
      return [x, w, null, { lhsIndices, rhsIndices, groupSize: 32, mode: 'mxfp8' }];
    },
    smooth: null,
    loose: 4,
  },
  blockMaskedMm: {
    dtypes: floats,
    make: (d) => {
      const [m, k, n] = [d.int(1, 40), d.int(1, 40), d.int(1, 40)];
      const blocks = (rows: number, columns: number): number[] => [Math.ceil(rows / 32), Math.ceil(columns / 32)];
      const operands = [d.tensor([m, k]), d.tensor([k, n]), d.given('count', 32)];
      return d.flag() ? operands : [...operands, d.tensor(blocks(m, n), [0, 2], 'bool')];
    },
    smooth: { inputs: [0, 1] },
    loose: 4,
  },
  toFp8: { dtypes: floats, make: (d) => [d.tensor(d.shape(), 'finite')], smooth: null },
  fromFp8: {
    dtypes: ['uint8'],
    make: (d) => [
      d.tensor(d.shape(), [0, 127], 'uint8'),
      ...d.pick([[], [d.given('dtype', d.pick(floats.filter((t) => t !== 'float64')))]]),
    ],
    smooth: null,
  },
  ...Object.fromEntries(
    [
      'relu',
      'relu2',
      'relu6',
      'silu',
      'hardswish',
      'softplus',
      'softsign',
      'selu',
      'logSigmoid',
      'mish',
      'gelu',
      'geluApprox',
      'geluApproximate',
      'geluFastApproximate',
      'geluFastApprox',
      'geluApproximate',
      'geluFastApproximate',
      'sigmoid',
      'tanh',
    ].map((name) => [`nn.${name}`, { ...activation([0, 6, 3, -3]), loose: 4 }]),
  ),
  'nn.leakyRelu': activation([0], maybe(0.2)),
  'nn.prelu': activation([0], () => [0.25]),
  'nn.elu': { ...activation([0], maybe(0.5)), loose: 4 },
  'nn.celu': { ...activation([0], maybe(0.5)), loose: 4 },
  'nn.softshrink': activation([-0.5, 0.5], maybe(0.75)),
  'nn.hardShrink': activation([-0.5, 0.5], maybe(0.75)),
  'nn.hardTanh': activation([-1, 1], (d) => d.pick([[], [d.given('number', -2), d.given('number', 2)]])),
  'nn.step': { ...activation([0], maybe(1)), smooth: null },
  'nn.softmax': along,
  'nn.softmin': along,
  'nn.logSoftmax': along,
  'nn.glu': {
    dtypes: floats,
    also: dtypes,
    make: (d) => {
      const shape = [...d.shape({ max: 2, size: 40 }), 2 * d.int(1, 9)];
      return [d.tensor(shape), ...d.pick([[], [d.given('axis', -1, shape.length)]])];
    },
    smooth: {},
    loose: 4,
  },
};
