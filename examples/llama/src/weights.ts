import type { DType, Tensor } from 'lanewise';
import { openSharded } from 'lanewise/io';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';
import type { Packing } from './quantization.js';
import { storedIn, type Stored } from './stored.js';

/** A model's tensors by their Hugging Face names, those with fractions all of one dtype. */
export interface Weights {
  readonly dtype: DType;
  /** a packed layer has `weight`, `scales` and, where its mode has them, `biases` */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** how packed layers are packed, by path; none if absent */
  readonly packed?: ReadonlyMap<string, Packing>;
}

const floats: readonly string[] = ['float32', 'float16', 'bfloat16'];
/** Layers whose missing tensors are named one by one, even where a file has fewer tensors; a config may claim billions. */
const NAMED_LAYERS = 1024;

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
  const layers = Math.min(config.layers, Math.max(NAMED_LAYERS, found.size));
  const expected = expectedShapes({ ...config, layers });
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
  if (layers < config.layers) problems.push(`missing every layer from model.layers.${layers} on, of ${config.layers}`);
  for (const name of found.keys()) {
    if (!expected.has(name) && !tolerated(name, config)) problems.push(`extra ${name}`);
  }
  return problems;
}

/** @throws ModelError with every missing, extra, misshapen or mistyped tensor by name; `where` is the file or folder */
export function refuseMisfits(where: string, stored: ReadonlyMap<string, Stored>, config: LlamaConfig): void {
  const problems = weightProblems(config, stored);
  if (problems.length > 0)
    throw new ModelError(`[weights] ${where} does not hold the model of its config:\n  ${problems.join('\n  ')}`);
}

/**
 * The weights of a model of this config.
 * @param where the file or folder, for messages
 * @param dtype what to compute in; by default the dtype of the stored weights; where they have several the config's, or else that of
 * the matrices if they share one, or float32
 * @throws ModelError with every missing, extra, misshapen or mistyped tensor by name
 */
export async function collectWeights(
  where: string,
  stored: ReadonlyMap<string, Stored>,
  config: LlamaConfig,
  dtype?: DType,
): Promise<Weights> {
  refuseMisfits(where, stored, config);
  const wanted = [...expectedShapes(config).keys()].map((name) => [name, stored.get(name)!] as const);
  const target =
    dtype ??
    usual(
      wanted.map(([, tensor]) => tensor),
      config,
    );
  const tensors = new Map<string, Tensor>();
  const packed = new Map<string, Packing>();
  for (const [name, { packing, read }] of wanted) {
    const path = name.slice(0, name.lastIndexOf('.'));
    for (const [part, tensor] of Object.entries(await read()) as [string, Tensor][])
      tensors.set(packing === undefined ? name : `${path}.${part}`, converted(tensor, target));
    if (packing !== undefined) packed.set(path, packing);
  }
  return { dtype: target, tensors, packed };
}

function usual(stored: readonly Stored[], config: LlamaConfig): DType {
  const all = new Set(stored.map(({ dtype }) => dtype));
  if (all.size === 1) return [...all][0]!;
  const matrices = new Set(stored.filter(({ shape }) => shape.length > 1).map(({ dtype }) => dtype));
  return config.dtype ?? (matrices.size === 1 ? [...matrices][0]! : 'float32');
}

/**
 * Reads the weights of a Hugging Face folder (`model.safetensors` or shards with an index), whole ones and those that MLX packed.
 * @throws ModelError with every missing, extra, misshapen or mistyped tensor by name
 */
export async function loadWeights(folder: string, config: LlamaConfig, dtype?: DType): Promise<Weights> {
  const file = await openSharded(folder);
  try {
    return await collectWeights(folder, storedIn(file, config), config, dtype);
  } finally {
    await file.close();
  }
}

/** Converts at once and frees the original, so that only one tensor is held twice; codes stay as they are. */
function converted(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype || !floats.includes(tensor.dtype)) return tensor;
  const result = tensor.astype(dtype).eval();
  tensor.dispose();
  return result;
}
