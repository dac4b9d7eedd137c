import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lw from 'lanewise';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../examples/llama/src/config.js';
import { loadConfig, loadModel, loadSampling } from '../../examples/llama/src/load.js';
import { expectedShapes, loadWeights, weightProblems } from '../../examples/llama/src/weights.js';
import { golden, tinyConfig } from './support.js';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A copy of a golden folder with another config. */
async function folderWith(name: string, change: (config: Record<string, unknown>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lanewise-weights-'));
  folders.push(folder);
  const config = JSON.parse(await readFile(join(golden(name), 'config.json'), 'utf8')) as Record<string, unknown>;
  change(config);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await copyFile(join(golden(name), 'model.safetensors'), join(folder, 'model.safetensors'));
  return folder;
}

const found = (config: ReturnType<typeof parseConfig>) =>
  new Map([...expectedShapes(config)].map(([name, shape]) => [name, { dtype: 'float32', shape }]));

test('weights › the expected names and shapes are those of a Llama', () => {
  const config = parseConfig(
    tinyConfig({ num_hidden_layers: 1, tie_word_embeddings: false, attention_bias: true, head_dim: 6 }),
  );
  expect(Object.fromEntries(expectedShapes(config))).toEqual({
    'model.embed_tokens.weight': [300, 16],
    'model.layers.0.input_layernorm.weight': [16],
    'model.layers.0.self_attn.q_proj.weight': [24, 16],
    'model.layers.0.self_attn.q_proj.bias': [24],
    'model.layers.0.self_attn.k_proj.weight': [12, 16],
    'model.layers.0.self_attn.k_proj.bias': [12],
    'model.layers.0.self_attn.v_proj.weight': [12, 16],
    'model.layers.0.self_attn.v_proj.bias': [12],
    'model.layers.0.self_attn.o_proj.weight': [16, 24],
    'model.layers.0.self_attn.o_proj.bias': [16],
    'model.layers.0.post_attention_layernorm.weight': [16],
    'model.layers.0.mlp.gate_proj.weight': [24, 16],
    'model.layers.0.mlp.up_proj.weight': [24, 16],
    'model.layers.0.mlp.down_proj.weight': [16, 24],
    'model.norm.weight': [16],
    'lm_head.weight': [300, 16],
  });
});

test('weights › missing, extra, misshapen and mistyped tensors are each named', () => {
  const config = parseConfig(tinyConfig({ num_hidden_layers: 1 }));
  const tensors = found(config);
  tensors.delete('model.norm.weight');
  tensors.set('model.layers.0.mlp.up_proj.weight', { dtype: 'float32', shape: [16, 24] });
  tensors.set('model.embed_tokens.weight', { dtype: 'int8', shape: [300, 16] });
  tensors.set('model.layers.1.mlp.up_proj.weight', { dtype: 'float32', shape: [24, 16] });
  tensors.set('model.layers.0.self_attn.q_proj.bias', { dtype: 'float32', shape: [16] });
  expect(weightProblems(config, tensors)).toEqual([
    'wrong dtype of model.embed_tokens.weight: expected one of float32, float16, bfloat16, got int8',
    'misshapen model.layers.0.mlp.up_proj.weight: expected (24,16), got (16,24)',
    'missing model.norm.weight (16)',
    'extra model.layers.1.mlp.up_proj.weight',
    'extra model.layers.0.self_attn.q_proj.bias',
  ]);
});

test('weights › more layers than any file has are told in one line', () => {
  const config = parseConfig(tinyConfig({ num_hidden_layers: 2147483647 }));
  const problems = weightProblems(config, found(parseConfig(tinyConfig({ num_hidden_layers: 1 }))));
  expect(problems.at(-1)).toBe('missing every layer from model.layers.1024 on, of 2147483647');
  expect(problems).toHaveLength(9 * 1023 + 1);
});

test('weights › rotary buffers are tolerated, and a head beside tied embeddings', () => {
  const config = parseConfig(tinyConfig({}));
  const tensors = found(config);
  tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { dtype: 'float32', shape: [2] });
  tensors.set('lm_head.weight', { dtype: 'float32', shape: [300, 16] });
  expect(weightProblems(config, tensors)).toEqual([]);
});

test('weights › a folder that does not fit its config fails with one error that names everything', async () => {
  const folder = await folderWith('gqa2-tied', (config) => {
    config['num_hidden_layers'] = 2;
    config['intermediate_size'] = 65;
    config['tie_word_embeddings'] = false;
  });
  const error = await loadModel(folder).then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error?.name).toBe('ModelError');
  const lines = error!.message.split('\n').map((line) => line.trim());
  expect(lines[0]).toBe(`[weights] ${folder} does not hold the model of its config:`);
  expect(lines).toContain('missing lm_head.weight (96,32)');
  expect(lines).toContain('misshapen model.layers.1.mlp.down_proj.weight: expected (32,65), got (32,64)');
  expect(lines).toContain('extra model.layers.2.self_attn.k_proj.weight');
  expect(lines).toHaveLength(1 + 1 + 6 + 9);
});

test('weights › are converted when a dtype is asked for', async () => {
  const folder = golden('gqa2-tied');
  const weights = await loadWeights(folder, await loadConfig(folder), 'bfloat16');
  expect(weights.dtype).toBe('bfloat16');
  expect(new Set([...weights.tensors.values()].map((tensor) => tensor.dtype))).toEqual(new Set(['bfloat16']));
});

test('load › a folder without config.json, or with a broken one, says so', async () => {
  const folder = await folderWith('gqa2-tied', () => {});
  await writeFile(join(folder, 'config.json'), '{"hidden_size": ');
  await expect(loadModel(folder)).rejects.toThrow('[config.json] the file must be JSON, got:');
  await rm(join(folder, 'config.json'));
  await expect(loadModel(folder)).rejects.toThrow(`[config.json] the folder must hold the file, got none in ${folder}`);
  const file = join(folder, 'model.safetensors');
  await expect(loadModel(file)).rejects.toThrow(`[config.json] the folder must hold the file, got none in ${file}`);
});

test('load › a folder without weights says which file is missing', async () => {
  const folder = await folderWith('gqa2-tied', () => {});
  await rm(join(folder, 'model.safetensors'));
  await expect(loadModel(folder)).rejects.toThrow(/model\.safetensors/);
});

test('load › generation_config.json says how to sample', async () => {
  const folder = await folderWith('gqa2-tied', () => {});
  expect(await loadSampling(folder)).toEqual({});
  const write = (json: unknown): Promise<void> =>
    writeFile(join(folder, 'generation_config.json'), JSON.stringify(json));
  await write({ do_sample: true, temperature: 0.6, top_p: 0.9, top_k: 50, eos_token_id: 2 });
  expect(await loadSampling(folder)).toEqual({ temperature: 0.6, topP: 0.9, topK: 50 });
  expect((await loadConfig(folder)).eosTokenIds).toEqual([2]);
  await write({ do_sample: false, temperature: 0.6 });
  expect(await loadSampling(folder)).toEqual({ temperature: 0 });
  await write({ top_p: 'most' });
  await expect(loadSampling(folder)).rejects.toThrow('[generation_config.json] top_p must be a number, got "most"');
});

test('model › dispose frees all it holds', async () => {
  const before = lw.memory.active();
  const model = await loadModel(golden('gqa1-untied'));
  expect(lw.memory.active()).toBeGreaterThan(before + 80_000);
  model.dispose();
  lw.memory.clear(); // the keys of the random weights that it would start from
  expect(lw.memory.active()).toBeLessThanOrEqual(before + 1024);
});
