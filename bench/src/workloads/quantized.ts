import { bytes, floats, weight } from '../data.js';
import type { Values } from '../data.js';
import { sampledAt, sum } from '../reference.js';
import type { Workload } from '../workload.js';

const group = 'quantised products, 4096x4096';
const [N, K, BLOCK] = [4096, 4096, 32];
const BLOCKS = K / BLOCK;

/**
 * Weights of 4 or 8 bits with a float32 scale for each 32 of them and the zero in the middle, `scale * (code - 2^(bits - 1))`: the
 * same bytes are MLX's affine packing and ONNX Runtime's blocks.
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
        return () => lw.quantizedMatmul(x!, packed, scales!, biases, { groupSize: BLOCK, bits });
      },
    },
    peers: {
      onnx: (graph, { x, w, scales }) =>
        graph.op('MatMulNBits', [x, w, scales], { K, N, bits, block_size: BLOCK, accuracy_level: 4 }, 'com.microsoft'),
    },
  };
}

export const quantized: readonly Workload[] = [product(4, 1), product(8, 1), product(4, 128), product(8, 128)];
