import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { thrown } from '../tensor/support.js';

const ones = (...shape: number[]): lw.Tensor => lw.ones(shape);
const wrong = (value: unknown): never => value as never;
const [w, s, b] = lw.quantize(ones(2, 64));
const [c, d] = lw.quantize(ones(2, 64), { mode: 'nvfp4' });
const x = ones(3, 64);
const index = lw.array([0], 'int32');
const one = lw.array([1], 'float32');
const mask = lw.array([true, false, true]);

type Row = readonly [new (...args: never[]) => Error, () => unknown, string];
/** Every message that a call raises. */
const rows: Row[] = [
  [
    lw.LanewiseError,
    () => lw.quantize(x, { mode: wrong('int4') }),
    '[quantize] the mode must be one of affine, mxfp4, mxfp8, nvfp4, got int4',
  ],
  [
    lw.LanewiseError,
    () => lw.quantize(x, 16),
    '[quantize] the group size of affine must be one of 32, 64, 128, got 16',
  ],
  [
    lw.LanewiseError,
    () => lw.quantize(x, 64, 7),
    '[quantize] the bits of affine must be one of 1, 2, 3, 4, 5, 6, 8, got 7',
  ],
  [
    lw.DTypeError,
    () => lw.quantize(x.astype('float64')),
    '[quantize] the operand must be float32, float16 or bfloat16, got float64',
  ],
  [
    lw.ShapeError,
    () => lw.quantize(ones(64)),
    '[quantize] the last of at least two axes must be a multiple of the group size 64, got (64)',
  ],
  [
    lw.ShapeError,
    () => lw.quantize(ones(2, 65)),
    '[quantize] the last of at least two axes must be a multiple of the group size 64, got (2,65)',
  ],
  [
    lw.LanewiseError,
    () => lw.quantize(x, { globalScale: one }),
    '[quantize] only nvfp4 has a global scale, got one for affine',
  ],
  [
    lw.LanewiseError,
    () => lw.quantize(x, { mode: 'nvfp4', globalScale: ones(2) }),
    '[quantize] the global scale must be one float32 number, got float32 of shape (2)',
  ],
  [
    lw.DTypeError,
    () => lw.quantize(wrong('a')),
    '[quantize] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got string',
  ],
  [
    lw.DTypeError,
    () => lw.dequantize(w, wrong(undefined)),
    '[dequantize] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got undefined',
  ],
  [
    lw.DTypeError,
    () => lw.dequantize(w, s, b, { dtype: 'int32' }),
    '[dequantize] the dtype must be a floating one, got int32',
  ],
  [
    lw.DTypeError,
    () => lw.dequantize(w.astype('int32'), s, b),
    '[dequantize] the packed matrix must have dtype uint32, got int32',
  ],
  [
    lw.ShapeError,
    () => lw.dequantize(w.at(0), s, b),
    '[dequantize] the packed matrix must have at least two axes, got (8)',
  ],
  [lw.LanewiseError, () => lw.dequantize(w, s), '[dequantize] the affine mode needs biases, got none'],
  [
    lw.DTypeError,
    () => lw.dequantize(w, s.astype('int32'), b),
    '[dequantize] scales and biases must have floating dtypes, got int32 and float32',
  ],
  [
    lw.ShapeError,
    () => lw.dequantize(w, s, b.at(0)),
    '[dequantize] scales and biases must have one shape, got (2,1) and (1)',
  ],
  [
    lw.LanewiseError,
    () => lw.dequantize(c, d, d, { mode: 'nvfp4' }),
    '[dequantize] the mode nvfp4 has no biases, got some',
  ],
  [
    lw.DTypeError,
    () => lw.dequantize(c, d.astype('int32'), null, { mode: 'nvfp4' }),
    '[dequantize] scales of nvfp4 must have dtype uint8, got int32',
  ],
  [
    lw.ShapeError,
    () => lw.dequantize(w, s, b, 32),
    '[dequantize] scales must hold one element for every 32 codes of 4 bits in a row, got (2,8) and (2,1)',
  ],
  [lw.ShapeError, () => lw.quantizedMatmul(1, w, s, b), '[quantizedMatmul] x must have at least one axis, got ()'],
  [
    lw.DTypeError,
    () => lw.quantizedMatmul(x.astype('float64'), w, s, b),
    '[quantizedMatmul] the product must be of float32, float16 or bfloat16, got float64',
  ],
  [
    lw.ShapeError,
    () => lw.quantizedMatmul(ones(2, 32), w, s, b),
    '[quantizedMatmul] the inner sizes must match, got (2,32) and (2,64) transposed for 4 bits',
  ],
  [
    lw.ShapeError,
    () => lw.quantizedMatmul(x, w, s, b, false),
    '[quantizedMatmul] the inner sizes must match, got (3,64) and (2,64) for 4 bits',
  ],
  [
    lw.DTypeError,
    () => lw.gatherQmm(x, w, s, b, { rhsIndices: one }),
    '[gatherQmm] indices must have an integer dtype, got float32',
  ],
  [lw.ShapeError, () => lw.gatherQmm(ones(64), w, s, b, index), '[gatherQmm] x must have at least two axes, got (64)'],
  [
    lw.ShapeError,
    () => lw.gatherMm(ones(0, 2, 3), ones(2, 3, 4), index, index),
    '[gatherMm] a batch without matrices has none to pick, got indices into it',
  ],
  [lw.DTypeError, () => lw.gatherMm(x, x, one), '[gatherMm] indices must have an integer dtype, got float32'],
  [
    lw.ShapeError,
    () => lw.gatherMm(1, x, index),
    '[gatherMm] the operands must have at least one axis, got () and (3,64)',
  ],
  [
    lw.DTypeError,
    () => lw.gatherMm(ones(2, 2).astype('int32'), ones(2, 2).astype('int32'), index),
    '[gatherMm] the operands must have floating dtypes, got int32 and int32',
  ],
  [lw.ShapeError, () => lw.gatherMm(x, x, index), '[gatherMm] the inner sizes must match, got (3,64) and (3,64)'],
  [
    lw.ShapeError,
    () => lw.segmentedMm(ones(1, 2, 3), ones(3, 2), index),
    '[segmentedMm] the operands must have two axes, got (1,2,3) and (3,2)',
  ],
  [
    lw.ShapeError,
    () => lw.segmentedMm(ones(2, 3), ones(3, 2), index),
    '[segmentedMm] the last axis of the segments must have size 2, got (1)',
  ],
  [
    lw.DTypeError,
    () => lw.segmentedMm(ones(2, 3), ones(3, 2), ones(2)),
    '[segmentedMm] segments must have an integer dtype, got float32',
  ],
  [lw.LanewiseError, () => lw.blockMaskedMm(x, x, 16), '[blockMaskedMm] the block size must be 32 or 64, got 16'],
  [
    lw.ShapeError,
    () => lw.blockMaskedMm(x, ones(64, 2), 32, null, mask),
    '[blockMaskedMm] maskLhs must have an entry for each block, (1,2), got (3)',
  ],
  [
    lw.DTypeError,
    () => lw.hadamardTransform(x.astype('float64')),
    '[hadamardTransform] the operand must be float32, float16, bfloat16 or an integer, got float64',
  ],
  [
    lw.ShapeError,
    () => lw.hadamardTransform(ones(2, 0)),
    '[hadamardTransform] the operand must have elements, got (2,0)',
  ],
  [
    lw.LanewiseError,
    () => lw.hadamardTransform(x, wrong('a')),
    '[hadamardTransform] the scale must be a number, got string',
  ],
  [
    lw.ShapeError,
    () => lw.hadamardTransform(ones(2, 18)),
    '[hadamardTransform] the length must be m * 2^k with m of 1, 12, 20, 28, got 18',
  ],
  [lw.DTypeError, () => lw.toFp8(index), '[toFp8] the operand must have a floating dtype, got int32'],
  [lw.DTypeError, () => lw.fromFp8(index), '[fromFp8] the operand must have dtype uint8, got int32'],
  [lw.DTypeError, () => lw.fromFp8(d, 'int8'), '[fromFp8] the dtype must be a floating one, got int8'],
  [
    lw.LanewiseError,
    () => lw.qqmm(x, x, null, { mode: 'affine' }),
    '[qqmm] the mode must be one of mxfp4, mxfp8, nvfp4, got affine',
  ],
  [
    lw.DTypeError,
    () => lw.qqmm(x.astype('int32'), x),
    '[qqmm] operands must be float32, float16 or bfloat16, got int32',
  ],
  [lw.LanewiseError, () => lw.qqmm(x, c), '[qqmm] a packed matrix needs its scales, got none'],
  [lw.LanewiseError, () => lw.qqmm(x, x, d), '[qqmm] a plain matrix has no scales, got some'],
  [
    lw.LanewiseError,
    () => lw.qqmm(x, x, null, { globalScaleX: one }),
    '[qqmm] global scales must be given for both operands or none, got one',
  ],
  [lw.ShapeError, () => lw.qqmm(x, ones(64)), '[qqmm] w must have two axes, got (64)'],
  [
    lw.ShapeError,
    () => lw.gatherQqmm(ones(64), x),
    '[gatherQqmm] the operands must have at least two axes, got (64) and (3,64)',
  ],
  [
    lw.ShapeError,
    () => lw.qqmm(ones(2, 40), ones(2, 40)),
    '[qqmm] the inner sizes must match in whole groups of 16, got 40 and 40',
  ],
];
test.each(rows)('quantised errors › %o %s %s', (type, call, text) => {
  const e = thrown(call);
  expect([e.constructor.name, e.message]).toEqual([type.name, text]);
});
