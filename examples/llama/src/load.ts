import type { DType } from 'lanewise';
import { parseConfig, withGenerationConfig } from './config.js';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';
import { Fields } from './fields.js';
import { parseJson, readOptional } from './files.js';
import { LlamaModel } from './model.js';
import type { SamplingOptions } from './sampling.js';
import { TextTokenizer } from './tokenizer.js';
import { loadWeights } from './weights.js';

/**
 * Reads `config.json` of a Hugging Face folder, and the end tokens of `generation_config.json` where there is one.
 * @throws ModelError when the file is missing or a field is wrong
 */
export async function loadConfig(folder: string): Promise<LlamaConfig> {
  const text = await readOptional(folder, 'config.json');
  if (text === undefined) throw new ModelError(`[config.json] the folder must hold the file, got none in ${folder}`);
  const config = parseConfig(parseJson(text, 'config.json'));
  const generation = await readOptional(folder, 'generation_config.json');
  if (generation === undefined) return config;
  return withGenerationConfig(config, parseJson(generation, 'generation_config.json'));
}

/**
 * Loads the model of a Hugging Face folder.
 * @param folder holds `config.json` and `model.safetensors`, or shards with `model.safetensors.index.json`
 * @param dtype what to compute in; by default what the weights are stored in
 * @throws ModelError for a wrong config or weights that do not fit it
 */
export async function loadModel(folder: string, dtype?: DType): Promise<LlamaModel> {
  const config = await loadConfig(folder);
  return new LlamaModel(config, await loadWeights(folder, config, dtype));
}

/** Loads the model and the tokenizer of a folder; the tokenizer's end token serves when the config names none. */
export async function load(folder: string, dtype?: DType): Promise<{ model: LlamaModel; tokenizer: TextTokenizer }> {
  const tokenizer = await TextTokenizer.load(folder);
  const config = await loadConfig(folder);
  const eos = tokenizer.eosToken === undefined ? undefined : tokenizer.idOf(tokenizer.eosToken);
  const complete = config.eosTokenIds.length === 0 && eos !== undefined ? { ...config, eosTokenIds: [eos] } : config;
  return { model: new LlamaModel(complete, await loadWeights(folder, complete, dtype)), tokenizer };
}

/**
 * How a model wants to be sampled, as its `generation_config.json` says; empty without one.
 * @throws ModelError that names the field, when it is no number
 */
export async function loadSampling(folder: string): Promise<SamplingOptions> {
  const text = await readOptional(folder, 'generation_config.json');
  if (text === undefined) return {};
  const file = new Fields(parseJson(text, 'generation_config.json'), 'generation_config.json');
  if (!file.flag('do_sample', true)) return { temperature: 0 };
  const fields = {
    temperature: 'temperature',
    topK: 'top_k',
    topP: 'top_p',
    minP: 'min_p',
    repetitionPenalty: 'repetition_penalty',
  };
  const given = Object.entries(fields).filter(([, field]) => file.raw(field) !== undefined);
  return Object.fromEntries(
    given.map(([option, field]) => {
      const value = file.raw(field);
      return [option, typeof value === 'number' ? value : file.reject(field, 'a number')];
    }),
  );
}
