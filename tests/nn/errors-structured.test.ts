// Every message of the structured layers, once: class, call, text.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const { nn } = lw;
const ones = (...shape: number[]): lw.Tensor => lw.ones(shape);
const wrong = (value: unknown): never => value as never;
const most = '1073741824';

const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  // convolution
  [lw.ShapeError, () => new nn.Conv1d(0, 2, 3), '[nn.Conv1d] inputChannels must be a positive integer, got 0'],
  [lw.ShapeError, () => new nn.Conv2d(2, 1.5, 3), '[nn.Conv2d] outputChannels must be a positive integer, got 1.5'],
  [
    lw.ShapeError,
    () => new nn.Conv3d(2, 2, 3, { groups: -1 }),
    '[nn.Conv3d] groups must be a positive integer, got -1',
  ],
  [
    lw.ShapeError,
    () => new nn.ConvTranspose1d(4, 6, 3, { groups: 4 }),
    '[nn.ConvTranspose1d] groups must divide the input and output channels, got 4 for 4 and 6',
  ],
  [
    lw.ShapeError,
    () => new nn.Conv2d(2, 2, [3, 0]),
    `[nn.Conv2d] the kernel size must be an integer of 1 to ${most}, or one for each of 2 axes, got (3,0)`,
  ],
  [
    lw.ShapeError,
    () => new nn.Conv1d(2, 2, 3, { stride: 0 }),
    `[nn.Conv1d] the stride must be an integer of 1 to ${most}, got 0`,
  ],
  [
    lw.ShapeError,
    () => new nn.Conv2d(2, 2, 3, { padding: [1, 1, 1] }),
    `[nn.Conv2d] the padding must be an integer of at most ${most}, or one for each of 2 axes, got (1,1,1)`,
  ],
  [
    lw.ShapeError,
    () => new nn.ConvTranspose3d(2, 2, 3, { dilation: 0.5 }),
    `[nn.ConvTranspose3d] the dilation must be an integer of 1 to ${most}, or one for each of 3 axes, got 0.5`,
  ],
  [
    lw.ShapeError,
    () => new nn.ConvTranspose2d(2, 2, 3, { outputPadding: wrong('1') }),
    `[nn.ConvTranspose2d] the output padding must be an integer of at most ${most}, or one for each of 2 axes, got 1`,
  ],
  [
    lw.ShapeError,
    () => new nn.Conv2d(2, 2, 3).forward(ones(1, 5, 2)),
    '[conv2d] the input must have 4 axes (batch, 2 spatial, channels), got (1,5,2)',
  ],
  // pooling
  [
    lw.ShapeError,
    () => new nn.MaxPool1d([2, 2]),
    `[nn.MaxPool1d] the kernel size must be an integer of 1 to ${most}, got (2,2)`,
  ],
  [
    lw.ShapeError,
    () => new nn.AvgPool2d(2, 0),
    `[nn.AvgPool2d] the stride must be an integer of 1 to ${most}, or one for each of 2 axes, got 0`,
  ],
  [
    lw.ShapeError,
    () => new nn.MaxPool3d(2, 2, -1),
    `[nn.MaxPool3d] the padding must be an integer of 0 to ${most}, or one for each of 3 axes, got -1`,
  ],
  [
    lw.ShapeError,
    () => new nn.MaxPool2d(2).forward(ones(4, 4, 1)),
    '[nn.MaxPool2d] x must have 4 axes (batch, 2 spatial, channels), got (4,4,1)',
  ],
  [
    lw.ShapeError,
    () => new nn.AvgPool2d([2, 5], 1, [0, 1]).forward(ones(1, 4, 2, 1)),
    '[nn.AvgPool2d] a window must fit into the padded axes, got (2,5) over (4,4)',
  ],
  // upsample
  [
    lw.LanewiseError,
    () => new nn.Upsample(2, wrong('area')),
    '[nn.Upsample] the mode must be nearest, linear or cubic, got area',
  ],
  [
    lw.LanewiseError,
    () => new nn.Upsample([2, 0]),
    '[nn.Upsample] the scale must be a positive number, or one for each spatial axis, got (2,0)',
  ],
  [
    lw.LanewiseError,
    () => new nn.Upsample(wrong('2')),
    '[nn.Upsample] the scale must be a positive number, or one for each spatial axis, got 2',
  ],
  [
    lw.LanewiseError,
    () => new nn.Upsample(2, 'nearest', false, true),
    '[nn.Upsample] antialias needs the mode linear or cubic without alignCorners, got nearest',
  ],
  [
    lw.LanewiseError,
    () => new nn.Upsample(2, 'linear', true, true),
    '[nn.Upsample] antialias needs the mode linear or cubic without alignCorners, got linear with alignCorners',
  ],
  [
    lw.ShapeError,
    () => new nn.Upsample(2).forward(ones(4, 2)),
    '[nn.Upsample] x must have at least 3 axes (batch, ...spatial, channels), got (4,2)',
  ],
  [
    lw.ShapeError,
    () => new nn.Upsample([2, 3]).forward(ones(1, 4, 2)),
    '[nn.Upsample] one scale is needed for each spatial axis, got 2 for (1,4,2)',
  ],
  // recurrent
  [lw.ShapeError, () => new nn.RNN(0, 4), '[nn.RNN] inputSize must be a positive integer, got 0'],
  [lw.ShapeError, () => new nn.GRU(4, NaN), '[nn.GRU] hiddenSize must be a positive integer, got NaN'],
  [
    lw.LanewiseError,
    () => new nn.RNN(2, 4, true, wrong('tanh')),
    '[nn.RNN] the nonlinearity must be a function, got tanh',
  ],
  [
    lw.ShapeError,
    () => new nn.LSTM(3, 4).forward(ones(2, 0, 3)),
    '[nn.LSTM] x must have the axes (..., length, 3) with a length above 0, got (2,0,3)',
  ],
  [
    lw.ShapeError,
    () => new nn.GRU(3, 4).forward(ones(5)),
    '[nn.GRU] x must have the axes (..., length, 3) with a length above 0, got (5)',
  ],
  [
    lw.ShapeError,
    () => new nn.LSTM(3, 4).forward(ones(2, 5, 3), null, ones(2, 3)),
    '[nn.LSTM] a state must have the last axis 4, got (2,3)',
  ],
  // attention
  [
    lw.LanewiseError,
    () => new nn.MultiHeadAttention(8, 3),
    '[nn.MultiHeadAttention] the heads must divide dims and valueDims, got 3 heads for 8 and 8',
  ],
  [
    lw.LanewiseError,
    () => new nn.MultiHeadAttention(8, 2, { valueDims: 5 }),
    '[nn.MultiHeadAttention] the heads must divide dims and valueDims, got 2 heads for 8 and 5',
  ],
  [
    lw.ShapeError,
    () => new nn.MultiHeadAttention(8, 2).forward(ones(4, 8), ones(1, 4, 8), ones(1, 4, 8)),
    '[nn.MultiHeadAttention] queries, keys and values must have 3 axes (batch, length, features), got (4,8), (1,4,8) and (1,4,8)',
  ],
  [
    lw.DTypeError,
    () => nn.MultiHeadAttention.createAdditiveCausalMask(3, 'int32'),
    '[finfo] the dtype must be floating or complex, got int32',
  ],
  // transformer
  [
    lw.LanewiseError,
    () => new nn.TransformerEncoderLayer(8, 2, { activation: wrong('gelu') }),
    '[nn.TransformerEncoderLayer] the activation must be a function, got gelu',
  ],
  [
    lw.LanewiseError,
    () => new nn.TransformerDecoder(-1, 8, 2),
    '[nn.TransformerDecoder] the number of layers must be an integer of at least 0, got -1',
  ],
  // positions
  [
    lw.ShapeError,
    () => new nn.RoPE(3).forward(ones(1, 2, 4)),
    '[fast.rope] dims must be even, at least 2 and at most the last axis (4), got 3',
  ],
  [
    lw.LanewiseError,
    () => new nn.SinusoidalPositionalEncoding(5),
    '[nn.SinusoidalPositionalEncoding] dims must be an even number above 0, got 5',
  ],
  [lw.LanewiseError, () => nn.ALiBi.createAlibiSlope(0), '[nn.ALiBi] the heads must be an integer above 0, got 0'],
  [
    lw.ShapeError,
    () => new nn.ALiBi().forward(ones(2, 3, 3)),
    '[nn.ALiBi] the scores must have 4 axes (batch, heads, queries, keys), got (2,3,3)',
  ],
];

test.each(rows.map(([type, call, text]) => [text, type, call] as const))('errors › %s', (text, type, call) => {
  const e = thrown(call);
  expect(e.message).toBe(text);
  expect(e).toBeInstanceOf(type);
  expect(e).toBeInstanceOf(lw.LanewiseError);
  expect(e.name).toBe(type.name);
});
