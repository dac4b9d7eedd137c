// Every message of lw.fft, once: class, call, text.
import { afterAll, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const { fft } = lw;
const x = lw.arange(6).reshape([2, 3]).astype('float32').eval();
const s = lw.ones([3, 4], 'complex64').eval();
const wrong = (value: unknown): never => value as never;
const NORMS = "'backward', 'ortho' or 'forward'";

const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  // one axis
  [
    lw.DTypeError,
    () => fft.fft(wrong([1, 2])),
    '[fft.fft] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got an array (make it a tensor with array(...))',
  ],
  [lw.ShapeError, () => fft.fft(1), '[fft.fft] the operand must have at least one axis, got ()'],
  [lw.ShapeError, () => fft.fft(x, 0), '[fft.fft] n must be an integer of at least 1, got 0'],
  [lw.ShapeError, () => fft.ifft(x, -3), '[fft.ifft] n must be an integer of at least 1, got -3'],
  [lw.ShapeError, () => fft.rfft(x, 2.5), '[fft.rfft] n must be an integer of at least 1, got 2.5'],
  [lw.ShapeError, () => fft.irfft(x, NaN), '[fft.irfft] n must be an integer of at least 1, got NaN'],
  [
    lw.ShapeError,
    () => fft.fft(x, 2 ** 31),
    '[fft.fft] a tensor holds at most 2147483647 elements, got (2,2147483648)',
  ],
  [lw.AxisError, () => fft.fft(x, null, 2), '[fft.fft] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => fft.irfft(x, 4, -3), '[fft.irfft] the axis must be an integer in [-2, 2), got -3'],
  [
    lw.ShapeError,
    () => fft.fft(lw.zeros([2, 0])),
    '[fft.fft] an axis of size 0 needs its length said in n, got axis 1 of (2,0)',
  ],
  [
    lw.ShapeError,
    () => fft.irfft(lw.zeros([2, 1])),
    '[fft.irfft] an axis of size 1 needs its length said in n, got axis 1 of (2,1)',
  ],
  [lw.LanewiseError, () => fft.fft(x, 3, 0, wrong('none')), `[fft.fft] the norm must be ${NORMS}, got 'none'`],
  // several axes
  [lw.ShapeError, () => fft.fftn(1), '[fft.fftn] the operand must have at least one axis, got ()'],
  [lw.ShapeError, () => fft.fftn(x, [3, 0], [0, 1]), '[fft.fftn] s must be integers of at least 1, got 0'],
  [
    lw.ShapeError,
    () => fft.irfftn(lw.zeros([2, 1])),
    '[fft.irfftn] an axis of size 1 needs its length said in s, got axis 1 of (2,1)',
  ],
  [
    lw.ShapeError,
    () => fft.rfft2(lw.zeros([0, 3])),
    '[fft.rfft2] an axis of size 0 needs its length said in s, got axis 0 of (0,3)',
  ],
  [lw.ShapeError, () => fft.ifftn(x, wrong(4), [0]), '[fft.ifftn] s must be an array of integers or null, got 4'],
  [lw.ShapeError, () => fft.ifftn(x, [4]), '[fft.ifftn] s needs the axes it is for, got (4) without axes'],
  [lw.ShapeError, () => fft.fft2(x, [4]), '[fft.fft2] s must have one length per axis, got (4) for axes (-2,-1)'],
  [
    lw.AxisError,
    () => fft.rfftn(x, null, wrong(1)),
    '[fft.rfftn] the axes must be an array of integers or null, got 1',
  ],
  [lw.AxisError, () => fft.irfft2(x, null, [0, 2]), '[fft.irfft2] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => fft.ifft2(lw.ones([3])), '[fft.ifft2] the axis must be an integer in [-1, 1), got -2'],
  [lw.AxisError, () => fft.fftn(x, null, [0, -2]), '[fft.fftn] axes must not repeat, got (0,-2)'],
  [lw.LanewiseError, () => fft.fftn(x, null, null, wrong(null)), `[fft.fftn] the norm must be ${NORMS}, got 'null'`],
  // frequencies
  [lw.AxisError, () => fft.fftshift(x, 2), '[fft.fftshift] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => fft.ifftshift(x, [0, -3]), '[fft.ifftshift] the axis must be an integer in [-2, 2), got -3'],
  [
    lw.AxisError,
    () => fft.ifftshift(x, wrong('0')),
    '[fft.ifftshift] axes must be an integer, an array of integers or null, got 0',
  ],
  [lw.ShapeError, () => fft.fftfreq(0), '[fft.fftfreq] n must be an integer of at least 1, got 0'],
  [lw.ShapeError, () => fft.rfftfreq(2.5), '[fft.rfftfreq] n must be an integer of at least 1, got 2.5'],
  [lw.LanewiseError, () => fft.fftfreq(4, 0), '[fft.fftfreq] d must be a number other than 0, got 0'],
  [lw.LanewiseError, () => fft.rfftfreq(4, wrong('1')), '[fft.rfftfreq] d must be a number other than 0, got 1'],
  // frames
  [lw.ShapeError, () => fft.stft(1), '[fft.stft] the operand must have at least one axis, got ()'],
  [lw.ShapeError, () => fft.stft(x, { nFft: 0 }), '[fft.stft] nFft must be an integer of at least 1, got 0'],
  [lw.ShapeError, () => fft.stft(x, { nFft: 3 }), '[fft.stft] hopLength must be an integer of at least 1, got 0'],
  [
    lw.ShapeError,
    () => fft.stft(x, { nFft: 8, winLength: 0 }),
    '[fft.stft] winLength must be an integer of at least 1, got 0',
  ],
  [
    lw.ShapeError,
    () => fft.stft(x, { nFft: 8, winLength: 9 }),
    '[fft.stft] the window must not be longer than a frame, got 9 for nFft 8',
  ],
  [lw.ShapeError, () => fft.stft(x, { nFft: 8, window: x }), '[fft.stft] the window must have one axis, got (2,3)'],
  [
    lw.LanewiseError,
    () => fft.stft(x, { nFft: 8, padMode: wrong('wrap') }),
    "[fft.stft] the padMode must be 'constant', 'edge', 'reflect' or 'symmetric', got 'wrap'",
  ],
  [
    lw.ShapeError,
    () => fft.stft(x, { nFft: 4, center: false }),
    '[fft.stft] the signal must fill a frame, got 3 samples for nFft 4',
  ],
  [
    lw.ShapeError,
    () => fft.stft(lw.zeros([2, 0]), { nFft: 4 }),
    '[fft.stft] an empty signal has no ends to go on from, got (2,0)',
  ],
  [
    lw.LanewiseError,
    () => fft.stft(x, { nFft: 4, norm: wrong('l2') }),
    `[fft.stft] the norm must be ${NORMS}, got 'l2'`,
  ],
  [
    lw.ShapeError,
    () => fft.istft(lw.ones([3])),
    '[fft.istft] the operand must have axes of frequencies and frames, got (3)',
  ],
  [lw.ShapeError, () => fft.istft(lw.ones([1, 4])), '[fft.istft] nFft must be an integer of at least 1, got 0'],
  [
    lw.ShapeError,
    () => fft.istft(s, { hopLength: -1 }),
    '[fft.istft] hopLength must be an integer of at least 1, got -1',
  ],
  [lw.ShapeError, () => fft.istft(lw.zeros([3, 0])), '[fft.istft] there must be at least one frame, got (3,0)'],
  [
    lw.ShapeError,
    () => fft.istft(s, { window: lw.ones([5]) }),
    '[fft.istft] the window must not be longer than a frame, got 5 for nFft 4',
  ],
  [
    lw.DTypeError,
    () => fft.istft(s, { window: lw.ones([4], 'complex64') }),
    '[fft.istft] the window must have a real dtype, got complex64',
  ],
  [
    lw.ShapeError,
    () => fft.istft(s, { length: -1 }),
    '[fft.istft] the length must be an integer of at least 0, got -1',
  ],
  [lw.LanewiseError, () => fft.istft(s, { norm: wrong('l2') }), `[fft.istft] the norm must be ${NORMS}, got 'l2'`],
];

const before = lw.defaultDevice();
afterAll(() => void lw.setDefaultDevice(before));
test.each(rows.map(([type, call, text]) => [text, type, call] as const))('errors › %s', (text, type, call) => {
  const e = thrown(call);
  expect(e.message).toBe(text);
  expect(e).toBeInstanceOf(type);
  expect(e).toBeInstanceOf(lw.LanewiseError);
  expect(e.name).toBe(type.name);
  // nothing that failed changed its operand
  expect(x.tolist()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});
