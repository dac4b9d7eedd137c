// Weights to begin training with.
import { random, treeFlatten } from 'lanewise';
import type { Tensor } from 'lanewise';
import type { LlamaModel } from './model.js';

/** Of an output projection, relative to the value projection that it mirrors. */
const COPY = 0.3;

/**
 * Gives the model random weights of a seed, with attention that starts as a copier: every output projection is `COPY` times its value
 * projection transposed. A head then adds the tokens it looks at to the prediction from the first step on, and training only has to find
 * where to look. Embeddings are wide enough that names stay apart while they are still used alike. Norms and biases stay as they are.
 */
export function initialize(model: LlamaModel, seed: number): void {
  const { hiddenSize, heads, kvHeads, headDim, layers } = model.config;
  const width = hiddenSize ** -0.5;
  const deviations: readonly (readonly [end: string, deviation: number])[] = [
    ['embed_tokens.weight', 0.06],
    ['lm_head.weight', 0.06],
    ['q_proj.weight', 0.3 * width],
    ['k_proj.weight', width],
    ['v_proj.weight', width], // and o_proj, its mirror
    ['gate_proj.weight', width],
    ['up_proj.weight', width],
    ['down_proj.weight', 0.02 / Math.sqrt(2 * layers)],
  ];
  const copier = (value: Tensor): Tensor =>
    value
      .reshape([kvHeads, 1, headDim, hiddenSize])
      .broadcastTo([kvHeads, heads / kvHeads, headDim, hiddenSize])
      .reshape([heads * headDim, hiddenSize])
      .transpose()
      .mul(COPY);
  const drawn = treeFlatten(model.parameters()).flatMap(([name, { shape }], i): [string, Tensor][] => {
    const deviation = deviations.find(([end]) => name.endsWith(end))?.[1];
    if (deviation === undefined) return [];
    const weight = random.normal([...shape], 'float32', 0, deviation, random.key(seed * 1000 + i));
    if (!name.endsWith('v_proj.weight')) return [[name, weight]];
    return [
      [name, weight],
      [name.replace('v_proj', 'o_proj'), copier(weight)],
    ];
  });
  model.loadWeights(drawn, false);
}
