import * as nn from 'lanewise/nn';
import { bytes, floats, weight } from '../data.js';
import type { Values } from '../data.js';
import { sampledAt, sum } from '../reference.js';
import type { Workload } from '../workload.js';

const group = 'quantised products, 4096x4096';
const [N, K, BLOCK] = [4096, 4096, 32];
const BLOCKS = K / BLOCK;

/**
 * Weights of 4 or 8 bits with a float32 scale for each 32 of them and the zero in the middle, `scale * (code - 2^(bits - 1))`: the
 * same bytes are MLX's affine packing and ONNX Runtime's blocks. One row is rounded to 16 bits here, to 8 in ONNX Runtime (accuracy level 4).
 */
function product(bits: 4 | 8, m: number): Workload {
  const zero = 2 ** (bits - 1);
  const code = (w: Values, row: number, k: number): number => {
    const at = row * K + k;
    return bits === 8 ? w[at]! : (w[at >> 1]! >> (4 * (at & 1))) & 15;
  };
  return {
    name: m === 1 ? `q${bits} matvec 4096` : `q${bits} matmul ${m}x4096x4096`,
    group,
    inputs: {
      x: floats([m, K], 1),
      w: weight(bytes([N, BLOCKS, (BLOCK * bits) / 8], 2)),
      scales: weight(floats([N, BLOCKS], 3, (s) => 0.01 + 0.005 * s)),
    },
    ...(m === 1 ? { bytes: (N * K * bits) / 8 + 4 * N * BLOCKS } : { flops: 2 * m * N * K }),
    tolerance: 0.02, // activations rounded to 8 bits are off by up to 1/254 each; their errors in a sum of 4096 mostly cancel
    expected: ({ x, w, scales }) =>
      sampledAt(
        [m, N],
        (i, j) =>
          sum(K, (k) => x![i! * K + k]! * scales![j! * BLOCKS + Math.floor(k / BLOCK)]! * (code(w!, j!, k) - zero)),
        512,
      ),
    ours: {
      setup: (lw, { x, w, scales }) => {
        const packed = w!.reshape([N, (K * bits) / 8]).view('uint32');
        const biases = scales!.mul(-zero);
        lw.eval(packed, biases);
        return () => lw.quantizedMatmul(x!, packed, scales!, biases, { groupSize: BLOCK, bits, activations: 'int16' });
      },
    },
    peers: {
      onnx: (graph, { x, w, scales }) =>
        graph.op('MatMulNBits', [x, w, scales], { K, N, bits, block_size: BLOCK, accuracy_level: 4 }, 'com.microsoft'),
    },
  };
}

/** The bits of the float16 number next to 0.01, and what it is. */
const [SCALE_BITS, SCALE] = [0x211f, 0x51f * 2 ** -17] as const;

/**
 * The same work with GGUF's blocks, whose activations are rounded to 8 bits as accuracy level 4 lets ONNX Runtime do. Both get weights of the
 * same codes: ours as blocks, theirs with one scale for all of them.
 */
function blocks(mode: 'q4_0' | 'q8_0', m: number): Workload {
  const bits = mode === 'q8_0' ? 8 : 4;
  const size = 2 + (BLOCK * bits) / 8;
  // codes of ONNX Runtime: two neighbours a byte, or a byte each, counted from the middle
  const zero = 2 ** (bits - 1);
  const code = (w: Values, row: number, k: number): number => {
    const at = row * K + k;
    return bits === 8 ? w[at]! : (w[at >> 1]! >> (4 * (at & 1))) & 15;
  };
  const packed = (w: Values): Uint8Array => {
    const out = new Uint8Array(N * BLOCKS * size);
    for (let row = 0, at = 0; row < N; row++) {
      for (let b = 0; b < BLOCKS; b++, at += size) {
        out[at] = SCALE_BITS & 255;
        out[at + 1] = SCALE_BITS >> 8;
        for (let i = 0; i < BLOCK; i++) {
          const c = code(w, row, b * BLOCK + i);
          if (bits === 8) out[at + 2 + i] = c - zero;
          else out[at + 2 + (i & 15)]! |= c << (i < 16 ? 0 : 4);
        }
      }
    }
    return out;
  };
  return {
    name: m === 1 ? `${mode} matvec 4096` : `${mode} matmul ${m}x4096x4096`,
    group,
    inputs: {
      x: floats([m, K], 1),
      w: weight(bytes([N, BLOCKS, (BLOCK * bits) / 8], 2)),
      scales: weight(floats([N, BLOCKS], 3, () => SCALE)),
    },
    ...(m === 1 ? { bytes: N * BLOCKS * size } : { flops: 2 * m * N * K }),
    tolerance: 0.02, // activations rounded to 8 bits are off by up to 1/254 each; their errors in a sum of 4096 mostly cancel
    expected: ({ x, w }) =>
      sampledAt([m, N], (i, j) => sum(K, (k) => x![i! * K + k]! * SCALE * (code(w!, j!, k) - zero)), 512),
    ours: {
      setup: (lw, { x, w }) => {
        const layer = new nn.QuantizedLinear(K, N, false, { mode });
        layer.weight = lw.array(packed(w!.toTypedArray() as Uint8Array)).reshape([N, BLOCKS * size]);
        return () => layer.forward(x!);
      },
    },
    peers: {
      onnx: (graph, { x, w, scales }) =>
        graph.op('MatMulNBits', [x, w, scales], { K, N, bits, block_size: BLOCK, accuracy_level: 4 }, 'com.microsoft'),
    },
  };
}

export const quantized: readonly Workload[] = [
  ...[product(4, 1), product(8, 1), product(4, 128), product(8, 128)],
  ...[blocks('q4_0', 1), blocks('q8_0', 1), blocks('q4_0', 128), blocks('q8_0', 128)],
];
