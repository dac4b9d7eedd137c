import { floats } from '../data.js';
import { cached, sampledAt, softmax } from '../reference.js';
import type { Foreign, Workload } from '../workload.js';

const group = 'attention';
const D = 64;
const SCALE = 1 / Math.sqrt(D);

/** `heads` queries of length `L` over keys of length `S`, `shared` of them per key head; query i sees keys up to i + S - L. */
function attention(name: string, heads: number, shared: number, L: number, S: number): Workload {
  const K = heads / shared;
  const causal = L > 1;
  const seen = (i: number): number => (causal ? i + S - L + 1 : S);
  const mask = Float32Array.from({ length: L * S }, (_, at) => (at % S < seen(Math.floor(at / S)) ? 0 : -1e9));
  const composed = (x: {
    q: Foreign;
    k: Foreign;
    v: Foreign;
    mask: Foreign;
    matmul: (a: Foreign, b: Foreign) => Foreign;
    transpose: (a: Foreign) => Foreign;
    scaled: (a: Foreign) => Foreign;
    add: (a: Foreign, b: Foreign) => Foreign;
    softmax: (a: Foreign) => Foreign;
  }): Foreign => {
    const scores = x.scaled(x.matmul(x.q, x.transpose(x.k)));
    return x.matmul(x.softmax(causal ? x.add(scores, x.mask) : scores), x.v);
  };
  // keys and values of shared heads are repeated for those that know no sharing
  const repeated = shared === 1;
  return {
    name,
    group,
    inputs: { q: floats([1, heads, L, D], 1), k: floats([1, K, S, D], 2), v: floats([1, K, S, D], 3) },
    ...(L === 1 ? { bytes: 8 * K * S * D } : { flops: (4 * heads * L * S * D) / 2 }),
    tolerance: 1e-5,
    expected: ({ q, k, v }) => {
      const weights = cached((row) => {
        const [h, i] = [Math.floor(row / L), row % L];
        const key = Math.floor(h / shared) * S;
        const scores = new Float64Array(seen(i));
        for (let j = 0; j < scores.length; j++) {
          let s = 0;
          for (let d = 0; d < D; d++) s += q![row * D + d]! * k![(key + j) * D + d]!;
          scores[j] = s * SCALE;
        }
        return softmax(scores);
      });
      return sampledAt(
        [heads, L, D],
        (h, i, d) => {
          const p = weights(h! * L + i!);
          const value = Math.floor(h! / shared) * S;
          return p.reduce((s, w, j) => s + w * v![(value + j) * D + d!]!, 0);
        },
        512,
      );
    },
    ours: (lw, { q, k, v }) => lw.fast.scaledDotProductAttention(q!, k!, v!, SCALE, causal ? 'causal' : null),
    peers: {
      tfjs: {
        setup: (tf, { q, k, v }) => {
          const bias = tf.tensor(mask, [1, 1, L, S]);
          const spread = (x: Foreign): Foreign =>
            repeated ? x : tf.reshape(tf.tile(tf.expandDims(x, 2), [1, 1, shared, 1, 1]), [1, heads, S, D]);
          return () =>
            tf.tidy(() =>
              composed({
                ...{ q, k: spread(k), v: spread(v), mask: bias },
                matmul: (a, b) => tf.matMul(a, b),
                transpose: (a) => tf.transpose(a, [0, 1, 3, 2]),
                scaled: (a) => tf.mul(a, SCALE),
                add: tf.add,
                softmax: (a) => tf.softmax(a),
              }),
            );
        },
      },
      onnx: (graph, { q, k, v }) => {
        const spread = (x: Foreign): Foreign => {
          if (repeated) return x;
          const wide = graph.op('Expand', [
            graph.op('Unsqueeze', [x, graph.longs(2)]),
            graph.longs(1, K, shared, S, D),
          ]);
          return graph.op('Reshape', [wide, graph.longs(1, heads, S, D)]);
        };
        return composed({
          ...{ q, k: spread(k), v: spread(v), mask: graph.constant([1, 1, L, S], mask, 'float32') },
          matmul: (a, b) => graph.op('MatMul', [a, b]),
          transpose: (a) => graph.op('Transpose', [a], { perm: [0, 1, 3, 2] }),
          scaled: (a) => graph.op('Mul', [a, graph.scalar(SCALE)]),
          add: (a, b) => graph.op('Add', [a, b]),
          softmax: (a) => graph.op('Softmax', [a], { axis: -1 }),
        });
      },
      jax: (jax, { q, k, v }) => {
        // its own function takes (B, L, H, D)
        const turned = (x: Foreign): Foreign => jax.numpy.transpose(x, [0, 2, 1, 3]);
        const y = jax.nn.dotProductAttention(turned(q), turned(k), turned(v), { isCausal: causal });
        return jax.numpy.transpose(y, [0, 2, 1, 3]).add(0);
      },
    },
  };
}

export const attentions: readonly Workload[] = [
  attention('prefill, 12 heads, 256 x 256', 12, 1, 256, 256),
  attention('prefill, 12 heads, 1024 x 1024', 12, 1, 1024, 1024),
  attention('prefill, 32 heads on 4, 128 x 128', 32, 8, 128, 128),
  attention('decode, 12 heads, 1 x 1024', 12, 1, 1, 1024),
  attention('decode, 32 heads on 4, 1 x 2048', 32, 8, 1, 2048),
];
