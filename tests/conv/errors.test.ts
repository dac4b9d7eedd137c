import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const ones = (shape: number[], dtype: lw.DType = 'float32'): lw.Tensor => lw.ones(shape, dtype);
const wrong = (value: unknown): never => value as never;
const x = ones([1, 5, 2]).eval();
const w = ones([4, 2, 2]).eval();
const image = ones([1, 5, 6, 4]).eval();
const kernel = ones([4, 2, 3, 4]).eval();
const most = '1073741824';

/** Every message of the convolutions, once: class, call, text. */
const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  // ranks
  [
    lw.ShapeError,
    () => lw.conv2d(x, kernel),
    '[conv2d] the input must have 4 axes (batch, 2 spatial, channels), got (1,5,2)',
  ],
  [
    lw.ShapeError,
    () => lw.convGeneral(ones([3, 2]), w),
    '[convGeneral] the input must have 3 to 5 axes (batch, 1 to 3 spatial, channels), got (3,2)',
  ],
  [
    lw.ShapeError,
    () => lw.convTranspose1d(2, w),
    '[convTranspose1d] the input must have 3 axes (batch, 1 spatial, channels), got ()',
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, kernel),
    '[conv1d] the weight must have 3 axes (output channels, 1 spatial, channels / groups), got (4,2,3,4)',
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, ones([4, 0, 2])),
    '[conv1d] every size of the kernel must be at least 1, got (4,0,2)',
  ],
  // dtypes
  [lw.DTypeError, () => lw.conv1d(x.astype('int32'), w), '[conv1d] the input must have a floating dtype, got int32'],
  [
    lw.DTypeError,
    () => lw.convTranspose1d(x.astype('complex64'), w),
    '[convTranspose1d] the input must have a floating dtype, got complex64',
  ],
  [
    lw.DTypeError,
    () => lw.conv1d(x, w.astype('complex64')),
    '[conv1d] the weight must have a real dtype, got complex64',
  ],
  [
    lw.DTypeError,
    () => lw.convolve(ones([5], 'bool'), ones([2])),
    '[convolve] the input must have a floating dtype, got bool',
  ],
  // groups and channels
  [lw.ShapeError, () => lw.conv1d(x, w, 1, 0, 1, 0), '[conv1d] groups must be a positive integer, got 0'],
  [lw.ShapeError, () => lw.conv1d(x, w, { groups: 1.5 }), '[conv1d] groups must be a positive integer, got 1.5'],
  [
    lw.ShapeError,
    () => lw.conv2d(image, kernel, 1, 0, 1, 3),
    '[conv2d] groups must divide the input and output channels, got 3 for 4 and 4',
  ],
  [
    lw.ShapeError,
    () => lw.conv2d(image, kernel, 1, 0, 1, 2),
    '[conv2d] the last axis of the weight must be the input channels / groups, 2, got (4,2,3,4)',
  ],
  // numbers per axis
  [lw.ShapeError, () => lw.conv1d(x, w, 0), `[conv1d] the stride must be an integer of 1 to ${most}, got 0`],
  [
    lw.ShapeError,
    () => lw.conv2d(image, kernel, [1]),
    `[conv2d] the stride must be an integer of 1 to ${most}, or one for each of 2 axes, got (1)`,
  ],
  [
    lw.ShapeError,
    () => lw.conv2d(image, kernel, 1, [1, 0.5]),
    `[conv2d] the padding must be an integer of at most ${most}, or one for each of 2 axes, got (1,0.5)`,
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, w, 1, 0, NaN),
    `[conv1d] the dilation must be an integer of 1 to ${most}, got NaN`,
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, w, 1, wrong('same')),
    `[conv1d] the padding must be an integer of at most ${most}, got same`,
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, w, wrong(null)),
    `[conv1d] the stride must be an integer of 1 to ${most}, got null`,
  ],
  [
    lw.ShapeError,
    () => lw.convTranspose1d(x, w, 1, 0, 1, 2 ** 31),
    `[convTranspose1d] the output padding must be an integer of at most ${most}, got 2147483648`,
  ],
  [
    lw.ShapeError,
    () => lw.convGeneral(image, kernel, { inputDilation: [1, 2, 3] }),
    `[convGeneral] the input dilation must be an integer of 1 to ${most}, or one for each of 2 axes, got (1,2,3)`,
  ],
  [
    lw.ShapeError,
    () => lw.convGeneral(image, kernel, { kernelDilation: 0 }),
    `[convGeneral] the kernel dilation must be an integer of 1 to ${most}, or one for each of 2 axes, got 0`,
  ],
  // sizes
  [
    lw.ShapeError,
    () => lw.conv1d(x, ones([1, 3, 2]), 2, 0, 3),
    '[conv1d] the kernel must fit into the padded input, got 7 over 5 positions at axis 1',
  ],
  [
    lw.ShapeError,
    () => lw.convTranspose2d(image, kernel, 1, [0, 5]),
    '[convTranspose2d] the kernel must fit into the padded input, got 3 over 0 positions at axis 2',
  ],
  [
    lw.ShapeError,
    () => lw.convGeneral(x, w, { padding: [[-3], [-3]] }),
    '[convGeneral] negative padding must not take more than there is, got -3 and -3 for 5 at axis 1',
  ],
  [
    lw.ShapeError,
    () => lw.conv1d(x, w, 1, 2 ** 29),
    `[conv1d] an axis has at most ${most} positions with padding and dilation, got 1073741829 at axis 1`,
  ],
  [
    lw.ShapeError,
    () => lw.conv2d(image, kernel, 1, 40000),
    '[conv2d] a tensor holds at most 2147483647 elements, got (1,80004,80004,4)',
  ],
  // options
  [
    lw.LanewiseError,
    () => lw.conv1d(x, w, wrong({ strides: 2 })),
    '[conv1d] the options are stride, padding, dilation, groups, got strides',
  ],
  [
    lw.LanewiseError,
    () => lw.convTranspose3d(x, w, wrong({ output: 2 })),
    '[convTranspose3d] the options are stride, padding, dilation, outputPadding, groups, got output',
  ],
  [
    lw.LanewiseError,
    () => lw.convGeneral(x, w, wrong({ dilation: 2 })),
    '[convGeneral] the options are stride, padding, kernelDilation, inputDilation, groups, flip, got dilation',
  ],
  [lw.LanewiseError, () => lw.convGeneral(x, w, wrong(2)), '[convGeneral] the options must be an object, got 2'],
  // convolve
  [
    lw.ShapeError,
    () => lw.convolve(ones([3]), ones([0])),
    '[convolve] the operands must be vectors of at least one element, got (0)',
  ],
  [
    lw.ShapeError,
    () => lw.convolve(x, ones([3])),
    '[convolve] the operands must be vectors of at least one element, got (1,5,2)',
  ],
  [
    lw.LanewiseError,
    () => lw.convolve(ones([3]), ones([2]), wrong('half')),
    '[convolve] the mode must be full, same or valid, got half',
  ],
];

test.each(rows.map(([type, call, text]) => [text, type, call] as const))('errors › %s', (text, type, call) => {
  const e = thrown(call);
  expect(e.message).toBe(text);
  expect(e).toBeInstanceOf(type);
  expect(e).toBeInstanceOf(lw.LanewiseError);
  expect(e.name).toBe(type.name);
});
