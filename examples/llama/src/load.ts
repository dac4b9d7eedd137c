import type { DType } from 'lanewise';
import { parseConfig, withGenerationConfig } from './config.js';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';
import { Fields } from './fields.js';
import { parseJson, readOptional } from './files.js';
import { GgufModel, isGguf } from './gguf/model.js';
import { LlamaModel } from './model.js';
import type { SamplingOptions } from './sampling.js';
import { TextTokenizer } from './tokenizer.js';
import { loadWeights } from './weights.js';

/** Opens a GGUF file, reads what is wanted of it, and closes it. */
async function fromGguf<T>(path: string, read: (model: GgufModel) => T | Promise<T>): Promise<T> {
  const model = await GgufModel.open(path);
  try {
    return await read(model);
  } finally {
    await model.close();
  }
}

/**
 * Reads `config.json` of a Hugging Face folder, and the end tokens of `generation_config.json` where there is one; or what a GGUF file
 * says in their place.
 * @throws ModelError when the file is missing or a field is wrong
 */
export async function loadConfig(path: string): Promise<LlamaConfig> {
  if (isGguf(path)) return fromGguf(path, ({ config }) => config);
  const text = await readOptional(path, 'config.json');
  if (text === undefined) throw new ModelError(`[config.json] the folder must hold the file, got none in ${path}`);
  const config = parseConfig(parseJson(text, 'config.json'));
  const generation = await readOptional(path, 'generation_config.json');
  if (generation === undefined) return config;
  return withGenerationConfig(config, parseJson(generation, 'generation_config.json'));
}

/**
 * Loads a model.
 * @param path a GGUF file, or a folder of `config.json` and `model.safetensors` (or shards with `model.safetensors.index.json`)
 * @param dtype what to compute in; by default what the weights are stored in
 * @throws ModelError for a wrong config or weights that do not fit it
 */
export async function loadModel(path: string, dtype?: DType): Promise<LlamaModel> {
  if (isGguf(path)) return fromGguf(path, async (gguf) => new LlamaModel(gguf.config, await gguf.weights(dtype)));
  const config = await loadConfig(path);
  return new LlamaModel(config, await loadWeights(path, config, dtype));
}

/** Loads the model and the tokenizer of a GGUF file or a folder; the tokenizer's end token serves when the config names none. */
export async function load(path: string, dtype?: DType): Promise<{ model: LlamaModel; tokenizer: TextTokenizer }> {
  if (isGguf(path)) {
    return fromGguf(path, async (gguf) => {
      const tokenizer = gguf.tokenizer();
      return { model: new LlamaModel(gguf.config, await gguf.weights(dtype)), tokenizer };
    });
  }
  const tokenizer = await TextTokenizer.load(path);
  const config = await loadConfig(path);
  const eos = tokenizer.eosToken === undefined ? undefined : tokenizer.idOf(tokenizer.eosToken);
  const complete = config.eosTokenIds.length === 0 && eos !== undefined ? { ...config, eosTokenIds: [eos] } : config;
  return { model: new LlamaModel(complete, await loadWeights(path, complete, dtype)), tokenizer };
}

/**
 * How a model wants to be sampled, as its `generation_config.json` or its GGUF metadata says; empty without.
 * @throws ModelError that names the field, when it is no number
 */
export async function loadSampling(path: string): Promise<SamplingOptions> {
  if (isGguf(path)) return fromGguf(path, (gguf) => gguf.sampling());
  const text = await readOptional(path, 'generation_config.json');
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
