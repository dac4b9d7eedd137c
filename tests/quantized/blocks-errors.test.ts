import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';

const x = lw.zeros([2, 256]);
const blocks = lw.zeros([4, 144], 'uint8');
const calls: [title: string, call: () => unknown, error: string][] = [
  [
    'rows that are no blocks',
    () => lw.quantize(lw.zeros([2, 128]), { mode: 'q4_k' }),
    '[quantize] the last of at least two axes must be a multiple of the 256 elements of a block, got (2,128)',
  ],
  [
    'one axis',
    () => lw.quantize(lw.zeros([256]), { mode: 'q8_0' }),
    '[quantize] the last of at least two axes must be a multiple of the 32 elements of a block, got (256)',
  ],
  [
    'integers',
    () => lw.quantize(lw.zeros([2, 32], 'int32'), { mode: 'q8_0' }),
    '[quantize] the operand must be float32, float16 or bfloat16, got int32',
  ],
  [
    'another group size',
    () => lw.quantize(x, { mode: 'q8_0', groupSize: 64 }),
    '[quantize] the group size of q8_0 must be 32, got 64',
  ],
  ['other bits', () => lw.quantize(x, { mode: 'q6_k', bits: 4 }), '[quantize] the bits of q6_k must be 6, got 4'],
  [
    'a global scale',
    () => lw.quantize(x, { mode: 'q8_0', globalScale: 1 }),
    '[quantize] the mode q8_0 has neither scales nor biases nor a global scale, got some',
  ],
  [
    'scales beside blocks',
    () => lw.dequantize(blocks, lw.zeros([4, 1]), null, { mode: 'q4_k' }),
    '[dequantize] the mode q4_k has neither scales nor biases nor a global scale, got some',
  ],
  [
    'words',
    () => lw.dequantize(lw.zeros([4, 36], 'uint32'), null, null, { mode: 'q4_k' }),
    '[dequantize] blocks must have dtype uint8, got uint32',
  ],
  [
    'half a block',
    () => lw.dequantize(blocks, null, null, { mode: 'q5_k' }),
    '[dequantize] the last of at least two axes must be a multiple of the 176 bytes of a q5_k block, got (4,144)',
  ],
  [
    'inner sizes',
    () => lw.quantizedMatmul(lw.zeros([2, 32]), blocks, null, null, { mode: 'q4_k' }),
    '[quantizedMatmul] the inner sizes must match, got (2,32) and (4,256) transposed for q4_k',
  ],
  [
    'float64',
    () => lw.quantizedMatmul(lw.zeros([2, 256], 'float64'), blocks, null, null, { mode: 'q4_k' }),
    '[quantizedMatmul] the product must be of float32, float16 or bfloat16, got float64',
  ],
  [
    'int8 of what is not transposed',
    () =>
      lw.quantizedMatmul(lw.zeros([2, 4]), blocks, null, null, { mode: 'q4_k', transpose: false, activations: 'int8' }),
    '[quantizedMatmul] int8 activations need the transposed matrix, got transpose false',
  ],
  [
    'unknown activations',
    () => lw.quantizedMatmul(x, blocks, null, null, { mode: 'q4_k', activations: 'int4' as 'int8' }),
    "[quantizedMatmul] the activations must be 'int8', 'int16' or 'float32', got int4",
  ],
  [
    'int8 for the modes of MLX',
    () => lw.quantizedMatmul(x, ...lw.quantize(lw.zeros([4, 256])), { activations: 'int8' }),
    '[quantizedMatmul] the mode affine multiplies int16 or float32, got int8 activations',
  ],
  [
    'int16 for GGUF blocks',
    () => lw.quantizedMatmul(x, blocks, null, null, { mode: 'q4_k', activations: 'int16' }),
    '[quantizedMatmul] the mode q4_k multiplies int8 or float32, got int16 activations',
  ],
  [
    'int16 of what is not transposed',
    () =>
      lw.quantizedMatmul(lw.zeros([2, 4]), ...lw.quantize(lw.zeros([4, 256])), {
        transpose: false,
        activations: 'int16',
      }),
    '[quantizedMatmul] int16 activations need the transposed matrix, got transpose false',
  ],
  [
    'scales where indices pick matrices',
    () => lw.gatherQmm(x, blocks, blocks, null, { mode: 'q4_k', rhsIndices: lw.array([0], 'int32') }),
    '[gatherQmm] the mode q4_k has neither scales nor biases nor a global scale, got some',
  ],
  [
    'a vector where indices pick matrices',
    () => lw.gatherQmm(lw.zeros([256]), blocks, null, null, { mode: 'q4_k', rhsIndices: lw.array([0], 'int32') }),
    '[gatherQmm] x must have at least two axes, got (256)',
  ],
];

describe('blocks › errors', () => {
  it.each(calls)('blocks › %s', (_, call, error) => {
    expect(call).toThrow(error);
    expect(call).toThrow(lw.LanewiseError);
  });
});
