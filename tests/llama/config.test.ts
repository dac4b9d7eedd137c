import { expect, test } from 'vitest';
import { ModelError } from '../../examples/llama/src/errors.js';
import { parseConfig, withGenerationConfig } from '../../examples/llama/src/config.js';
import { dynamicBase, llama3Frequencies } from '../../examples/llama/src/rope.js';
import { tinyConfig } from './support.js';

const parse = (changes: Record<string, unknown>) => parseConfig(tinyConfig(changes));

test('config › fills in the defaults of transformers', () => {
  const config = parse({
    num_key_value_heads: undefined,
    tie_word_embeddings: undefined,
    max_position_embeddings: null,
  });
  expect(config).toMatchObject({
    kvHeads: 4,
    headDim: 4,
    rope: { kind: 'default', theta: 10000 },
    tiedEmbeddings: false,
    attentionBias: false,
    mlpBias: false,
    contextLength: 2048,
    bosTokenIds: [],
    eosTokenIds: [],
    dtype: undefined,
  });
});

test('config › an explicit head_dim need not divide the hidden size', () => {
  expect(parse({ hidden_size: 18, head_dim: 6 }).headDim).toBe(6);
});

test('config › token ids are a number or a list, and generation_config.json stands above', () => {
  const config = parse({ bos_token_id: 1, eos_token_id: [2, 3] });
  expect(config.bosTokenIds).toEqual([1]);
  expect(config.eosTokenIds).toEqual([2, 3]);
  expect(withGenerationConfig(config, { eos_token_id: [4, 5] }).eosTokenIds).toEqual([4, 5]);
  expect(withGenerationConfig(config, {}).eosTokenIds).toEqual([2, 3]);
  expect(() => withGenerationConfig(config, { eos_token_id: 300 })).toThrow(
    '[generation_config.json] eos_token_id must be',
  );
});

test('config › rope scaling is read in all its spellings', () => {
  const linear = { kind: 'linear', theta: 10000, factor: 2 };
  expect(parse({ rope_scaling: { type: 'linear', factor: 2 } }).rope).toEqual(linear);
  expect(parse({ rope_scaling: { rope_type: 'linear', factor: 2 } }).rope).toEqual(linear);
  expect(parse({ rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 5 } }).rope).toEqual({
    ...linear,
    theta: 5,
  });
  expect(parse({ rope_parameters: { rope_theta: 7 } }).rope).toEqual({ kind: 'default', theta: 7 });
  expect(parse({ rope_theta: 9, rope_scaling: null }).rope).toEqual({ kind: 'default', theta: 9 });
  expect(parse({ rope_scaling: { type: 'dynamic', factor: 4 } }).rope).toEqual({
    kind: 'dynamic',
    theta: 10000,
    factor: 4,
    originalPositions: 128,
  });
  expect(parse({ rope_scaling: { rope_type: 'llama3', factor: 8 } }).rope).toEqual({
    kind: 'llama3',
    theta: 10000,
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalPositions: 8192,
  });
});

test('config › linear and dynamic scaling lengthen the context', () => {
  expect(parse({ rope_scaling: { type: 'dynamic', factor: 4 } }).contextLength).toBe(512);
  expect(parse({ rope_scaling: { type: 'linear', factor: 2.5 } }).contextLength).toBe(320);
  expect(parse({ rope_scaling: { rope_type: 'llama3', factor: 8 } }).contextLength).toBe(128);
});

test.each([
  [{ hidden_size: undefined }, '[config.json] hidden_size must be an integer from 1 to 2147483647, got nothing'],
  [{ hidden_size: '16' }, '[config.json] hidden_size must be an integer from 1 to 2147483647, got "16"'],
  [{ hidden_size: 1e30 }, '[config.json] hidden_size must be an integer from 1 to 2147483647, got 1e+30'],
  [{ intermediate_size: 0 }, '[config.json] intermediate_size must be an integer from 1 to 2147483647, got 0'],
  [{ num_hidden_layers: -1 }, '[config.json] num_hidden_layers must be an integer from 1 to 2147483647, got -1'],
  [{ num_attention_heads: 1.5 }, '[config.json] num_attention_heads must be an integer from 1 to 2147483647, got 1.5'],
  [{ num_key_value_heads: 3 }, '[config.json] num_key_value_heads must be a divisor of num_attention_heads (4), got 3'],
  [
    { hidden_size: 18 },
    '[config.json] hidden_size must be a multiple of num_attention_heads (4) when head_dim is absent, got 18',
  ],
  [{ head_dim: 5 }, '[config.json] head_dim must be even, got 5'],
  [{ vocab_size: [] }, '[config.json] vocab_size must be an integer from 1 to 2147483647, got []'],
  [{ rms_norm_eps: 0 }, '[config.json] rms_norm_eps must be a finite number above 0, got 0'],
  [{ rms_norm_eps: undefined }, '[config.json] rms_norm_eps must be a finite number above 0, got nothing'],
  [{ rope_theta: -1 }, '[config.json] rope_theta must be a finite number above 0, got -1'],
  [{ tie_word_embeddings: 'yes' }, '[config.json] tie_word_embeddings must be true or false, got "yes"'],
  [
    { eos_token_id: [1, 300] },
    '[config.json] eos_token_id must be a token id below vocab_size (300), or a list of them, got [1,300]',
  ],
  [{ model_type: 'qwen2' }, '[config.json] model_type must be "llama", got "qwen2"'],
  [{ hidden_act: 'gelu' }, '[config.json] hidden_act must be "silu", got "gelu"'],
  [{ quantization: { bits: 7 } }, '[config.json] quantization.bits must be one that affine has, got 7'],
  [{ quantization: { group_size: 16 } }, '[config.json] quantization.group_size must be one that affine has, got 16'],
  [
    { quantization: { mode: 'q4' } },
    '[config.json] quantization.mode must be one of affine, mxfp4, mxfp8, nvfp4, got "q4"',
  ],
  [
    { quantization_config: { quant_method: 'gptq', bits: 4 } },
    '[config.json] quantization_config.quant_method must be absent: weights packed as MLX\'s are read, got "gptq"',
  ],
  [{ torch_dtype: 'int8' }, '[config.json] torch_dtype must be one of float32, float16, bfloat16, got "int8"'],
  [{ rope_scaling: [] }, '[config.json] rope_scaling must be an object, got []'],
  [
    { rope_scaling: { type: 'yarn', factor: 2 } },
    '[config.json] rope_scaling.type must be one of default, linear, dynamic, llama3, got "yarn"',
  ],
  [
    { rope_scaling: { type: 'linear' } },
    '[config.json] rope_scaling.factor must be a finite number above 0, got nothing',
  ],
  [
    { rope_scaling: { rope_type: 'dynamic', factor: 0.5 } },
    '[config.json] rope_scaling.factor must be at least 1 with dynamic rope scaling, got 0.5',
  ],
  [
    { rope_parameters: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 } },
    '[config.json] rope_parameters.high_freq_factor must be above low_freq_factor (4), got 4',
  ],
])('config › names the field: %j', (changes, message) => {
  expect(() => parse(changes)).toThrow(new ModelError(message));
});

test.each([[null], [[]], ['text'], [3]])('config › %j is not an object', (json) => {
  expect(() => parseConfig(json)).toThrow(`[config.json] the file must be an object, got ${JSON.stringify(json)}`);
});

test('rope › llama3 keeps short waves, stretches long ones and blends between', () => {
  const rope = {
    kind: 'llama3',
    theta: 10000,
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalPositions: 64,
  } as const;
  const got = llama3Frequencies(rope, 8); // theta^(2i/8): 1, 10, 100, 1000; wavelengths 2 pi times that
  const smooth = (64 / (20 * Math.PI) - 1) / 3;
  const wanted = [1, 10 / ((1 - smooth) / 8 + smooth), 800, 8000];
  for (const [i, value] of wanted.entries()) expect(got[i]! / value).toBeCloseTo(1, 6);
});

test('rope › dynamic leaves the base alone up to the original length, then grows it', () => {
  const rope = { kind: 'dynamic', theta: 10000, factor: 4, originalPositions: 64 } as const;
  expect(dynamicBase(rope, 8, 1)).toBe(10000);
  expect(dynamicBase(rope, 8, 64)).toBe(10000);
  expect(dynamicBase(rope, 8, 128)).toBeCloseTo(10000 * 5 ** (8 / 6), 6);
});
