import type { DType, Tensor } from 'lanewise';
import { openSharded } from 'lanewise/io';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';

/** A model's tensors by their Hugging Face names, all of one dtype. */
export interface Weights {
  readonly dtype: DType;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const floats: readonly string[] = ['float32', 'float16', 'bfloat16'];

/** The name and shape of every tensor that a model of this config has, in file order. */
export function expectedShapes(config: LlamaConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const { hiddenSize, intermediateSize } = config;
  const queries = config.heads * config.headDim;
  const values = config.kvHeads * config.headDim;
  const linear = (name: string, outputs: number, inputs: number, bias: boolean): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]);
    if (bias) shapes.set(`${name}.bias`, [outputs]);
  };
  shapes.set('model.embed_tokens.weight', [config.vocabSize, hiddenSize]);
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    shapes.set(`${layer}.input_layernorm.weight`, [hiddenSize]);
    linear(`${layer}.self_attn.q_proj`, queries, hiddenSize, config.attentionBias);
    linear(`${layer}.self_attn.k_proj`, values, hiddenSize, config.attentionBias);
    linear(`${layer}.self_attn.v_proj`, values, hiddenSize, config.attentionBias);
    linear(`${layer}.self_attn.o_proj`, hiddenSize, queries, config.attentionBias);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [hiddenSize]);
    linear(`${layer}.mlp.gate_proj`, intermediateSize, hiddenSize, config.mlpBias);
    linear(`${layer}.mlp.up_proj`, intermediateSize, hiddenSize, config.mlpBias);
    linear(`${layer}.mlp.down_proj`, hiddenSize, intermediateSize, config.mlpBias);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [config.vocabSize, hiddenSize]);
  return shapes;
}

/** Buffers that older files carry and that no forward pass reads. */
function tolerated(name: string, config: LlamaConfig): boolean {
  return name.endsWith('rotary_emb.inv_freq') || (config.tiedEmbeddings && name === 'lm_head.weight');
}

/**
 * Compares what a file holds with what the config asks for.
 * @returns one line per difference, each with the tensor's name; empty when they match
 */
export function weightProblems(
  config: LlamaConfig,
  found: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>,
): string[] {
  const expected = expectedShapes(config);
  const problems: string[] = [];
  for (const [name, shape] of expected) {
    const info = found.get(name);
    if (info === undefined) problems.push(`missing ${name} (${shape.join(',')})`);
    else if (shape.length !== info.shape.length || shape.some((size, i) => size !== info.shape[i])) {
      problems.push(`misshapen ${name}: expected (${shape.join(',')}), got (${info.shape.join(',')})`);
    } else if (!floats.includes(info.dtype)) {
      problems.push(`wrong dtype of ${name}: expected one of ${floats.join(', ')}, got ${info.dtype}`);
    }
  }
  for (const name of found.keys()) {
    if (!expected.has(name) && !tolerated(name, config)) problems.push(`extra ${name}`);
  }
  return problems;
}

/**
 * Reads the weights of a Hugging Face folder (`model.safetensors` or shards with an index).
 * @param folder the folder
 * @param config its checked config
 * @param dtype what to compute in; by default the dtype of the stored weights, or the config's when they have several
 * @throws ModelError with every missing, extra, misshapen or mistyped tensor by name
 */
export async function loadWeights(folder: string, config: LlamaConfig, dtype?: DType): Promise<Weights> {
  const file = await openSharded(folder);
  try {
    const found = new Map([...file.names].map((name) => [name, file.info(name)] as const));
    const problems = weightProblems(config, found);
    if (problems.length > 0) {
      throw new ModelError(
        `[weights] ${folder} does not hold the model of its config.json:\n  ${problems.join('\n  ')}`,
      );
    }
    const names = [...expectedShapes(config).keys()];
    const stored = new Set(names.map((name) => found.get(name)!.dtype as DType));
    const target = dtype ?? (stored.size === 1 ? [...stored][0]! : (config.dtype ?? 'float32'));
    const tensors = new Map<string, Tensor>();
    for (const name of names) {
      const tensor = await file.tensor(name);
      tensors.set(name, tensor.dtype === target ? tensor : converted(tensor, target));
    }
    return { dtype: target, tensors };
  } finally {
    await file.close();
  }
}

/** Converts at once and frees the original, so that only one tensor is held twice. */
function converted(tensor: Tensor, dtype: DType): Tensor {
  const result = tensor.astype(dtype).eval();
  tensor.dispose();
  return result;
}
