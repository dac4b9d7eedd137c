import type * as Lanewise from 'lanewise';
import { cached, sampledAt, whole } from '../reference.js';
import type { Foreign, Workload } from '../workload.js';
import { forward, forwardFlops, logitsOf, shape, targets, tokens, weights } from './llama-shape.js';
import type { Kit } from './llama-shape.js';

const group = 'Llama of 1.7 million weights, 4 x 128 tokens';
const { vocabulary, layers, heads, kvHeads, headDim, base, eps, batch, length } = shape;
const names = Object.keys(weights);
type Tensor = Lanewise.Tensor;
type Weights = Readonly<Record<string, Tensor>>;
const RATE = 1e-3;

/** Logits (batch, length, vocabulary), with the library's own rotary positions, norms and attention. */
function ours(lw: typeof Lanewise, w: Weights, ids: Tensor): Tensor {
  const split = (x: Tensor, count: number): Tensor =>
    x.reshape([batch, length, count, headDim]).transpose([0, 2, 1, 3]);
  const turned = (x: Tensor): Tensor => lw.fast.rope(x, headDim, false, base, 1, 0);
  let x = lw.take(w['embed']!, ids, 0);
  for (let i = 0; i < layers; i++) {
    const of = (name: string): Tensor => w[`${i}.${name}`]!;
    const before = lw.fast.rmsNorm(x, of('before'), eps);
    const q = turned(split(before.matmul(of('q').T), heads));
    const k = turned(split(before.matmul(of('k').T), kvHeads));
    const v = split(before.matmul(of('v').T), kvHeads);
    const mixed = lw.fast.scaledDotProductAttention(q, k, v, headDim ** -0.5, 'causal').transpose([0, 2, 1, 3]);
    x = x.add(mixed.reshape([batch, length, heads * headDim]).matmul(of('o').T));
    const between = lw.fast.rmsNorm(x, of('between'), eps);
    const open = lw.nn.silu(between.matmul(of('gate').T)).mul(between.matmul(of('up').T));
    x = x.add(open.matmul(of('down').T));
  }
  return lw.fast.rmsNorm(x, w['norm']!, eps).matmul(w['embed']!.T);
}

/** @param hot whether tokens are looked up by a product with one-hot rows, which has a gradient in the WebAssembly backend */
const tfjsKit = (tf: Foreign, hot: boolean): Kit => ({
  embed: (table, ids) =>
    hot ? tf.matMul(tf.oneHot(tf.reshape(ids, [-1]), vocabulary), table) : tf.gather(table, tf.reshape(ids, [-1])),
  linear: (x, w) => tf.matMul(x, w, false, true),
  matmul: (a, b) => tf.matMul(a, b),
  add: (a, b) => tf.add(a, b),
  mul: (a, b) => tf.mul(a, b),
  scaled: (x, by) => tf.mul(x, by),
  norm: (x, gain) => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps))), gain),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  softmax: (x) => tf.softmax(x),
  reshape: (x, dims) => tf.reshape(x, dims),
  transpose: (x, axes) => tf.transpose(x, axes),
  turned: (x) => {
    const [a, b] = tf.split(x, 2, -1);
    return tf.concat([tf.neg(b), a], -1);
  },
  // by parts: `tile` has no gradient at this rank
  repeated: (x, times) =>
    tf.concat(
      tf.split(x, kvHeads, 1).flatMap((part: Foreign) => Array.from({ length: times }, () => part)),
      1,
    ),
  constant: (values, dims) => tf.tensor(values, dims),
});
/** Every use keeps its operands (`ref`): under `jit` this costs nothing at run time. */
const jaxKit = (jax: Foreign): Kit => {
  const np = jax.numpy;
  return {
    embed: (table, ids) => np.take(table.ref, ids.ref.reshape([-1]), 0),
    linear: (x, w) => np.matmul(x.ref, np.matrixTranspose(w.ref)),
    matmul: (a, b) => np.matmul(a.ref, b.ref),
    add: (a, b) => a.ref.add(b.ref),
    mul: (a, b) => a.ref.mul(b.ref),
    scaled: (x, by) => x.ref.mul(by),
    norm: (x, gain) => {
      const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
      return x.ref.div(np.sqrt(mean.add(eps))).mul(gain.ref);
    },
    silu: (x) => jax.nn.silu(x.ref),
    softmax: (x) => jax.nn.softmax(x.ref, -1),
    reshape: (x, dims) => x.ref.reshape(dims),
    transpose: (x, axes) => np.transpose(x.ref, axes),
    turned: (x) => {
      const [a, b] = np.split(x.ref, 2, -1);
      return np.concatenate([b.mul(-1), a], -1);
    },
    repeated: (x, times) => np.repeat(x.ref, times, 1),
    constant: (values, dims) => np.array(values).reshape(dims),
  };
};
const onnxKit = (graph: Foreign): Kit => ({
  embed: (table, ids) => graph.op('Gather', [table, ids], { axis: 0 }),
  linear: (x, w) => graph.op('MatMul', [x, graph.op('Transpose', [w], { perm: [1, 0] })]),
  matmul: (a, b) => graph.op('MatMul', [a, b]),
  add: (a, b) => graph.op('Add', [a, b]),
  mul: (a, b) => graph.op('Mul', [a, b]),
  scaled: (x, by) => graph.op('Mul', [x, graph.scalar(by)]),
  norm: (x, gain) => graph.op('SimplifiedLayerNormalization', [x, gain], { axis: -1, epsilon: { float: eps } }),
  silu: (x) => graph.op('Mul', [x, graph.op('Sigmoid', [x])]),
  softmax: (x) => graph.op('Softmax', [x], { axis: -1 }),
  reshape: (x, dims) => graph.op('Reshape', [x, graph.longs(...dims)]),
  transpose: (x, axes) => graph.op('Transpose', [x], { perm: axes }),
  turned: (x) => {
    const [a, b] = graph.ops(2, 'Split', [x], { axis: -1 });
    return graph.op('Concat', [graph.op('Neg', [b]), a], { axis: -1 });
  },
  repeated: (x, times) => {
    const wide = graph.op('Expand', [
      graph.op('Unsqueeze', [x, graph.longs(2)]),
      graph.longs(batch, kvHeads, times, length, headDim),
    ]);
    return graph.op('Reshape', [wide, graph.longs(batch, heads, length, headDim)]);
  },
  constant: (values, dims) => graph.constant(dims, values, 'float32'),
});

const inference: Workload = {
  name: 'Llama forward',
  group,
  inputs: { ...weights, tokens },
  flops: forwardFlops,
  tolerance: 1e-4, // four layers of float32 sums of a few hundred terms
  expected: (values) => {
    const row = cached((b) => logitsOf(values, values['tokens']!.subarray(b * length, (b + 1) * length)));
    // one row of tokens: attention does not cross rows
    return sampledAt([1, length, vocabulary], (b, p, t) => row(b!)[p!]![t!]!);
  },
  ours: (lw, { tokens: ids, ...w }) => ours(lw, w, ids!),
  peers: {
    tfjs: (tf, { tokens: ids, ...w }) => forward(tfjsKit(tf, false), w, ids),
    onnx: (graph, { tokens: ids, ...w }) => forward(onnxKit(graph), w, ids),
    jax: (jax, { tokens: ids, ...w }) => forward(jaxKit(jax), w, ids),
  },
};

/** A step: loss, gradients, Adam. The result that is checked is the first step's loss, before any weight has changed. */
const training: Workload = {
  name: 'Llama training step (Adam)',
  group,
  inputs: { ...weights, tokens, targets },
  flops: 3 * forwardFlops,
  tolerance: 1e-5,
  expected: (values) => {
    let total = 0;
    for (let b = 0; b < batch; b++) {
      const rows = logitsOf(values, values['tokens']!.subarray(b * length, (b + 1) * length));
      rows.forEach((logits, p) => {
        const most = logits.reduce((a, x) => Math.max(a, x), -Infinity);
        const sum = logits.reduce((a, x) => a + Math.exp(x - most), 0);
        total += most + Math.log(sum) - logits[values['targets']![b * length + p]!]!;
      });
    }
    return whole([total / (batch * length)]);
  },
  ours: {
    setup: (lw, { tokens: ids, targets: next, ...given }) => {
      let w: Weights = given;
      const optimizer = new lw.optimizers.Adam({ learningRate: RATE });
      const loss = lw.valueAndGrad((now: Weights) =>
        lw.nn.losses.crossEntropy(ours(lw, now, ids!), next!, { reduction: 'mean' }),
      );
      return () => {
        const [value, gradients] = loss(w);
        w = optimizer.applyGradients(gradients, w) as Weights;
        lw.eval(value, w);
        return value;
      };
    },
  },
  peers: {
    tfjs: {
      setup: (tf, { tokens: ids, targets: next, ...given }) => {
        const w = Object.fromEntries(names.map((name) => [name, tf.variable(given[name])]));
        const optimizer = tf.train.adam(RATE);
        const loss = (): Foreign => {
          const logits = forward(tfjsKit(tf, true), w, ids);
          const chosen = tf.sum(tf.mul(logits, tf.oneHot(tf.reshape(next, [-1]), vocabulary)), -1);
          return tf.mean(tf.sub(tf.logSumExp(logits, -1), chosen));
        };
        return () => optimizer.minimize(loss, true);
      },
    },
    jax: {
      setup: (jax, { tokens: ids, targets: next, ...given }) => {
        const np = jax.numpy;
        const loss = (w: Foreign, x: Foreign, y: Foreign): Foreign => {
          const logits = forward(jaxKit(jax), w, x);
          const hot = jax.nn.oneHot(y.reshape([-1]), vocabulary);
          const chosen = np.sum(logits.ref.mul(hot), -1);
          return np.mean(jax.nn.logsumexp(logits, -1).sub(chosen));
        };
        const step = jax.jit((w: Foreign, m: Foreign, v: Foreign, rate: Foreign, x: Foreign, y: Foreign) => {
          const [value, g] = jax.valueAndGrad((now: Foreign) => loss(now, x.ref, y.ref))(w);
          const [w2, m2, v2]: Record<string, Foreign>[] = [{}, {}, {}];
          for (const name of names) {
            m2![name] = m[name].mul(0.9).add(g[name].ref.mul(0.1));
            v2![name] = v[name].mul(0.999).add(np.square(g[name]).mul(0.001));
            const change = m2![name].ref.div(np.sqrt(v2![name].ref).add(1e-8)).mul(rate.ref);
            w2![name] = w[name].ref.sub(change);
          }
          return [value, w2, m2, v2];
        });
        const zeros = (): Foreign => Object.fromEntries(names.map((name) => [name, np.zeros(weights[name]!.shape)]));
        let state: Foreign[] = [given, zeros(), zeros()];
        let t = 0;
        return () => {
          t++;
          const rate = np.array((RATE * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t));
          const [value, ...next3] = step(...state, rate, ids.ref, next.ref);
          state = next3;
          return value;
        };
      },
    },
  },
};

export const llama: readonly Workload[] = [inference, training];
