import type { DType } from 'lanewise';
import { Fields } from './fields.js';
import { parseQuantization } from './quantization.js';
import type { Quantization } from './quantization.js';

/** How positions become rotation angles. `theta` is the base of the frequencies. */
export type RopeConfig =
  | { readonly kind: 'default'; readonly theta: number }
  | { readonly kind: 'linear'; readonly theta: number; readonly factor: number }
  | { readonly kind: 'dynamic'; readonly theta: number; readonly factor: number; readonly originalPositions: number }
  | {
      readonly kind: 'llama3';
      readonly theta: number;
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  /** each wavelength stretched by a factor of its own, `headDim / 2` of them: how GGUF files tell llama3 scaling */
  | { readonly kind: 'factors'; readonly theta: number; readonly factors: readonly number[] };

/** What `config.json` of a Llama says, checked and with every default filled in. */
export interface LlamaConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly normEps: number;
  readonly rope: RopeConfig;
  readonly tiedEmbeddings: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  /** tokens that prompt and continuation may have together */
  readonly contextLength: number;
  readonly bosTokenIds: readonly number[];
  readonly eosTokenIds: readonly number[];
  /** `torch_dtype` (or the newer `dtype`): decides when the stored weights have several dtypes */
  readonly dtype: DType | undefined;
  /** how layers with scales are packed */
  readonly quantization?: Quantization | undefined;
}

const floats: readonly DType[] = ['float32', 'float16', 'bfloat16'];

/**
 * Reads and checks the parsed `config.json` of a Llama 2 or 3.
 * @throws ModelError that names the field, for anything missing, of the wrong type, or not supported
 */
export function parseConfig(json: unknown): LlamaConfig {
  const file = new Fields(json, 'config.json');
  refuseUnsupported(file);
  const hiddenSize = file.integer('hidden_size', 1);
  const heads = file.integer('num_attention_heads', 1);
  const kvHeads = file.integer('num_key_value_heads', 1, heads);
  if (heads % kvHeads !== 0) file.reject('num_key_value_heads', `a divisor of num_attention_heads (${heads})`);
  if (file.raw('head_dim') === undefined && hiddenSize % heads !== 0) {
    file.reject('hidden_size', `a multiple of num_attention_heads (${heads}) when head_dim is absent`);
  }
  const headDim = file.integer('head_dim', 2, hiddenSize / heads);
  if (headDim % 2 !== 0) file.reject('head_dim', 'even');
  const vocabSize = file.integer('vocab_size', 1);
  const positions = file.integer('max_position_embeddings', 1, 2048);
  const rope = parseRope(file, positions, headDim);
  const dtype = file.text('dtype') ?? file.text('torch_dtype');
  if (dtype !== undefined && !floats.includes(dtype as DType)) {
    file.reject(file.raw('dtype') === undefined ? 'torch_dtype' : 'dtype', `one of ${floats.join(', ')}`);
  }
  return {
    hiddenSize,
    intermediateSize: file.integer('intermediate_size', 1),
    layers: file.integer('num_hidden_layers', 1),
    heads,
    kvHeads,
    headDim,
    vocabSize,
    normEps: file.positive('rms_norm_eps'),
    rope,
    // transformers' default; mlx-lm takes true, which would drop the head of older files
    tiedEmbeddings: file.flag('tie_word_embeddings', false),
    attentionBias: file.flag('attention_bias', false),
    mlpBias: file.flag('mlp_bias', false),
    contextLength: contextLength(rope, positions),
    bosTokenIds: file.ids('bos_token_id', vocabSize),
    eosTokenIds: file.ids('eos_token_id', vocabSize),
    dtype: dtype as DType | undefined,
    quantization: parseQuantization(file),
  };
}

/**
 * The config with the end tokens of `generation_config.json`, which name more than `config.json` in chat models.
 * @throws ModelError that names the field
 */
export function withGenerationConfig(config: LlamaConfig, json: unknown): LlamaConfig {
  const eos = new Fields(json, 'generation_config.json').ids('eos_token_id', config.vocabSize);
  return eos.length === 0 ? config : { ...config, eosTokenIds: eos };
}

function refuseUnsupported(file: Fields): void {
  const type = file.text('model_type');
  if (type !== undefined && type !== 'llama') file.reject('model_type', '"llama"');
  const activation = file.text('hidden_act');
  if (activation !== undefined && activation !== 'silu') file.reject('hidden_act', '"silu"');
  if (file.raw('sliding_window') !== undefined) file.reject('sliding_window', 'absent');
}

function parseRope(file: Fields, positions: number, headDim: number): RopeConfig {
  // rope_parameters (transformers 5) holds theta and scaling together; before, they were two fields
  const parameters = file.child('rope_parameters');
  const scaling = parameters ?? file.child('rope_scaling');
  const theta =
    parameters?.raw('rope_theta') === undefined
      ? file.positive('rope_theta', 10000)
      : parameters.positive('rope_theta');
  for (const part of [file, scaling]) {
    if (part !== undefined && (part.raw('partial_rotary_factor') ?? 1) !== 1) part.reject('partial_rotary_factor', '1');
  }
  if (scaling === undefined) return { kind: 'default', theta };
  const spelling = scaling.raw('type') === undefined ? 'rope_type' : 'type';
  const kind = scaling.text(spelling) ?? 'default';
  switch (kind) {
    case 'default':
      return { kind, theta };
    case 'linear':
      return { kind, theta, factor: scaling.positive('factor') };
    case 'dynamic': {
      if (headDim === 2) file.reject('head_dim', 'above 2 with dynamic rope scaling');
      const factor = scaling.positive('factor');
      if (factor < 1) scaling.reject('factor', 'at least 1 with dynamic rope scaling');
      return { kind, theta, factor, originalPositions: positions };
    }
    case 'llama3': {
      const lowFrequencyFactor = scaling.positive('low_freq_factor', 1);
      const highFrequencyFactor = scaling.positive('high_freq_factor', 4);
      if (highFrequencyFactor <= lowFrequencyFactor) {
        scaling.reject('high_freq_factor', `above low_freq_factor (${lowFrequencyFactor})`);
      }
      const originalPositions = scaling.integer('original_max_position_embeddings', 1, 8192);
      const factor = scaling.positive('factor');
      return { kind, theta, factor, lowFrequencyFactor, highFrequencyFactor, originalPositions };
    }
    default:
      return scaling.reject(spelling, 'one of default, linear, dynamic, llama3');
  }
}

/** With linear and dynamic scaling `max_position_embeddings` is the length before scaling, with llama3 the one after. */
export function contextLength(rope: RopeConfig, positions: number): number {
  return rope.kind === 'linear' || rope.kind === 'dynamic' ? Math.floor(positions * rope.factor) : positions;
}
