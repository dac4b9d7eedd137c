// The shape of a Llama from the metadata of a GGUF file, and back.
import type { GgufFile, GgufPairs } from 'lanewise/io';
import { contextLength, type LlamaConfig, type RopeConfig } from '../config.js';
import { ModelError } from '../errors.js';
import type { Fields } from '../fields.js';
import { llama3Frequencies } from '../rope.js';
import { float32, listOf, uint32 } from './metadata.js';
import { ROPE_FACTORS } from './names.js';

const CONTROL = 3;
/** Tokens that end a turn or a text, whatever the file calls its end: control tokens of these texts end a generation too. */
const ENDS: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|endoftext|>',
]);

/**
 * Reads and checks what a GGUF file says of a Llama.
 * @throws ModelError that names the key, for another architecture or anything missing or not supported
 */
export async function configOf(gguf: GgufFile, file: Fields): Promise<LlamaConfig> {
  refuseUnsupported(file);
  const hiddenSize = file.integer('llama.embedding_length', 1);
  const heads = file.integer('llama.attention.head_count', 1);
  const kvHeads = file.integer('llama.attention.head_count_kv', 1, heads);
  if (heads % kvHeads !== 0) file.reject('llama.attention.head_count_kv', `a divisor of head_count (${heads})`);
  const headDim = file.integer('llama.attention.key_length', 2, hiddenSize / heads);
  if (headDim % 2 !== 0) file.reject('llama.attention.key_length', 'even');
  for (const key of ['llama.attention.value_length', 'llama.rope.dimension_count'])
    if (file.integer(key, 1, headDim) !== headDim) file.reject(key, `the size of a head (${headDim})`);
  const positions = file.integer('llama.context_length', 1);
  const rope = await ropeOf(gguf, file, headDim);
  const vocabSize = vocabSizeOf(gguf);
  const has = (name: string): boolean => gguf.has(name);
  return {
    hiddenSize,
    intermediateSize: file.integer('llama.feed_forward_length', 1),
    layers: file.integer('llama.block_count', 1),
    heads,
    kvHeads,
    headDim,
    vocabSize,
    normEps: file.positive('llama.attention.layer_norm_rms_epsilon'),
    rope,
    tiedEmbeddings: !has('output.weight'),
    attentionBias: has('blk.0.attn_q.bias'),
    mlpBias: has('blk.0.ffn_gate.bias'),
    contextLength: contextLength(rope, positions),
    bosTokenIds: file.ids('tokenizer.ggml.bos_token_id', vocabSize),
    eosTokenIds: endsOf(file, vocabSize),
    dtype: undefined,
  };
}

function refuseUnsupported(file: Fields): void {
  if (file.text('general.architecture') !== 'llama') file.reject('general.architecture', '"llama"');
  if (file.integer('split.count', 0, 1) > 1)
    file.reject('split.count', '1: the parts of a split file must be merged first');
  if (file.integer('llama.expert_count', 0, 0) > 0) file.reject('llama.expert_count', '0');
}

function vocabSizeOf(gguf: GgufFile): number {
  if (!gguf.has('token_embd.weight')) throw new ModelError(`[weights] missing token_embd.weight in ${gguf.name}`);
  return gguf.info('token_embd.weight').elements[0] ?? 0;
}

function endsOf(file: Fields, vocabSize: number): number[] {
  const named = ['eos', 'eot', 'eom'].flatMap((end) => file.ids(`tokenizer.ggml.${end}_token_id`, vocabSize));
  const types = listOf(file, 'tokenizer.ggml.token_type', 'number');
  const tokens = listOf(file, 'tokenizer.ggml.tokens', 'string') ?? [];
  const known = tokens.flatMap((text, id) => (types?.[id] === CONTROL && ENDS.has(text) ? [id] : []));
  return [...new Set([...named, ...known])];
}

async function ropeOf(gguf: GgufFile, file: Fields, headDim: number): Promise<RopeConfig> {
  const theta = file.positive('llama.rope.freq_base', 10000);
  if (gguf.has(ROPE_FACTORS)) {
    const tensor = await gguf.tensor(ROPE_FACTORS);
    const factors = Array.from(tensor.astype('float32').toTypedArray() as Float32Array);
    tensor.dispose();
    if (factors.length !== headDim / 2 || !factors.every((f) => Number.isFinite(f) && f > 0))
      throw new ModelError(
        `[weights] ${ROPE_FACTORS} must be ${headDim / 2} finite numbers above 0, got ${factors.length}`,
      );
    return { kind: 'factors', theta, factors };
  }
  const kind = file.text('llama.rope.scaling.type') ?? 'none';
  if (kind === 'none') {
    const factor = file.positive('llama.rope.scale_linear', 1); // how older files say it
    return factor === 1 ? { kind: 'default', theta } : { kind: 'linear', theta, factor };
  }
  if (kind !== 'linear') file.reject('llama.rope.scaling.type', 'none or linear');
  return { kind, theta, factor: file.positive('llama.rope.scaling.factor') };
}

/** The factors of a rope whose waves are stretched one by one, undefined for other kinds. */
export function ropeFactors(config: LlamaConfig): Float32Array | undefined {
  const { rope, headDim } = config;
  if (rope.kind === 'factors') return Float32Array.from(rope.factors);
  if (rope.kind !== 'llama3') return undefined;
  const waves = llama3Frequencies(rope, headDim);
  return Float32Array.from(waves, (wave, i) => wave / rope.theta ** ((2 * i) / headDim));
}

/**
 * What a GGUF file says of the shape of a Llama.
 * @throws ModelError for dynamic rope scaling, which the format cannot say
 */
export function pairsOfConfig(config: LlamaConfig): GgufPairs {
  const { rope, headDim } = config;
  if (rope.kind === 'dynamic')
    throw new ModelError('[config.json] rope_scaling must be one that GGUF has, got dynamic');
  // with linear scaling the length before scaling is written, as Hugging Face has it
  const positions = rope.kind === 'linear' ? Math.round(config.contextLength / rope.factor) : config.contextLength;
  return {
    'llama.block_count': uint32(config.layers),
    'llama.context_length': uint32(positions),
    'llama.embedding_length': uint32(config.hiddenSize),
    'llama.feed_forward_length': uint32(config.intermediateSize),
    'llama.attention.head_count': uint32(config.heads),
    'llama.attention.head_count_kv': uint32(config.kvHeads),
    'llama.attention.key_length': uint32(headDim),
    'llama.attention.value_length': uint32(headDim),
    'llama.attention.layer_norm_rms_epsilon': float32(config.normEps),
    'llama.rope.dimension_count': uint32(headDim),
    'llama.rope.freq_base': float32(rope.theta),
    ...(rope.kind === 'linear' && {
      'llama.rope.scaling.type': 'linear',
      'llama.rope.scaling.factor': float32(rope.factor),
    }),
    'llama.vocab_size': uint32(config.vocabSize),
  };
}

/**
 * The scaling of Llama 3 that a list of factors stands for: its largest factor, the thresholds 1 and 4 that all of them have, and the
 * length that a factor on the slope between gives away. Undefined if the factors are not of that kind.
 */
function stretchingOf({ theta, factors }: RopeConfig & { kind: 'factors' }, headDim: number): Stretching | undefined {
  const factor = Math.max(...factors);
  const slope = factors.findIndex((f) => f > 1.001 && f < factor * 0.999);
  if (slope < 0) return undefined;
  const step = (1 / factors[slope]! - 1 / factor) / (1 - 1 / factor);
  const originalPositions = Math.round(2 * Math.PI * theta ** ((2 * slope) / headDim) * (3 * step + 1));
  const found = {
    kind: 'llama3',
    theta,
    factor,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalPositions,
  } as const;
  const same = llama3Frequencies(found, headDim).every((wave, i) => {
    const wanted = factors[i]! * theta ** ((2 * i) / headDim);
    return Math.abs(wave - wanted) < 1e-3 * wanted;
  });
  return same ? found : undefined;
}
type Stretching = RopeConfig & { kind: 'llama3' };

function scalingJson({ rope, headDim }: LlamaConfig): object | null {
  if (rope.kind === 'default') return null;
  if (rope.kind === 'linear' || rope.kind === 'dynamic') return { rope_type: rope.kind, factor: rope.factor };
  const llama3 = rope.kind === 'llama3' ? rope : stretchingOf(rope, headDim);
  if (llama3 === undefined)
    throw new ModelError(`[weights] ${ROPE_FACTORS} must be factors that config.json has words for, got others`);
  return {
    rope_type: 'llama3',
    factor: llama3.factor,
    low_freq_factor: llama3.lowFrequencyFactor,
    high_freq_factor: llama3.highFrequencyFactor,
    original_max_position_embeddings: llama3.originalPositions,
  };
}

/**
 * The `config.json` of a Llama.
 * @throws ModelError for rope factors that it has no words for
 */
export function configJson(config: LlamaConfig): Record<string, unknown> {
  const { rope } = config;
  const scaled = rope.kind === 'linear' || rope.kind === 'dynamic' ? rope.factor : 1;
  const one = (ids: readonly number[]): number | readonly number[] | null => (ids.length > 1 ? ids : (ids[0] ?? null));
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    intermediate_size: config.intermediateSize,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    vocab_size: config.vocabSize,
    max_position_embeddings: Math.round(config.contextLength / scaled),
    rms_norm_eps: config.normEps,
    rope_theta: rope.theta,
    rope_scaling: scalingJson(config),
    hidden_act: 'silu',
    attention_bias: config.attentionBias,
    mlp_bias: config.mlpBias,
    tie_word_embeddings: config.tiedEmbeddings,
    bos_token_id: one(config.bosTokenIds),
    eos_token_id: one(config.eosTokenIds),
  };
}
