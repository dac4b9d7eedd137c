// A checkpoint as a folder that transformers and mlx-lm load.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { io, type nn, type Tensor } from 'lanewise';
import { blockCounts } from '../lora/adapter.js';
import { coreMlScripts, type CoreMlOptions } from './coreml.js';
import { ExportError } from './errors.js';
import { hfWeights } from './weights.js';
import { pathOf, wholeFolder, writeNew } from './whole-folder.js';

/** What an exported checkpoint holds. */
export interface ExportOptions {
  /** `config.json`: that of the model the weights began as. What it says of dtype and quantization is replaced. */
  readonly config: Readonly<Record<string, unknown>>;
  /** of the weights; float16 if absent */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16';
  /** most bytes of tensors in a file; 5e9 if absent */
  readonly shardBytes?: number;
  /** files to copy, or their contents by name: `tokenizer.json`, `tokenizer_config.json`, `generation_config.json` and the like */
  readonly tokenizerFiles?: readonly (string | URL)[] | Readonly<Record<string, string | Uint8Array>>;
  /** The name in the checkpoint of a weight, given its path in the model; the same if absent. */
  readonly rename?: (path: string) => string;
  /** of the scripts for Core ML; null leaves them out */
  readonly coreml?: CoreMlOptions | null;
  /** replace what stands there; false by default */
  readonly overwrite?: boolean;
}

/**
 * Writes a model in the layout of Hugging Face: `model.safetensors` or shards with their index, `config.json`, tokenizer files, and the
 * scripts `convert_to_coreml.py` and `verify_coreml.py` for this checkpoint. Adapters are merged and packed layers unpacked in what is
 * written; the model stays as it is. The folder appears whole or not at all.
 * @throws ExportError if the folder exists, the config does not fit the weights, or a weight is not finite in the dtype; errors of the file
 * system pass through
 */
export async function exportHf(model: nn.Module, folder: string | URL, options: ExportOptions): Promise<void> {
  const { dtype = 'float16', shardBytes = 5e9, tokenizerFiles = [], coreml = {}, overwrite = false } = options;
  const { quantization: _, quantization_config: __, dtype: ___, ...kept } = options.config;
  const config = { ...kept, torch_dtype: dtype };
  const weights = hfWeights(model, { dtype, ...(options.rename === undefined ? {} : { rename: options.rename }) });
  checkConfig(config, weights, model);
  const files = await filesOf(tokenizerFiles);
  const scripts: readonly File[] = coreml === null ? [] : Object.entries({ ...coreMlScripts(config, coreml) });
  const taken = (path: string): never => {
    throw new ExportError(`[export] the folder must not exist unless overwrite is set, got ${path}`);
  };
  await wholeFolder(pathOf(folder), overwrite, taken, async (draft) => {
    await io.saveSharded(draft, weights, { maxShardBytes: shardBytes, metadata: { format: 'pt' } });
    await writeNew(join(draft, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    for (const [name, content] of [...scripts, ...files]) await writeNew(join(draft, name), content);
  });
}

type File = readonly [name: string, content: string | Uint8Array];
/** Names and contents of the files to add. */
async function filesOf(given: NonNullable<ExportOptions['tokenizerFiles']>): Promise<File[]> {
  const files: File[] = Array.isArray(given) ? [] : Object.entries(given);
  for (const file of Array.isArray(given) ? (given as readonly (string | URL)[]) : []) {
    const path = pathOf(file);
    files.push([basename(path), await readFile(path)]);
  }
  const own = /^(config\.json|model.*\.safetensors|model\.safetensors\.index\.json|(convert_to|verify)_coreml\.py)$/;
  const wrong = files.find(
    ([name], i) =>
      own.test(name) || basename(name) !== name || name === '' || files.findIndex(([n]) => n === name) !== i,
  );
  if (wrong !== undefined)
    throw new ExportError(`[export] a tokenizer file must have a name of its own in the folder, got '${wrong[0]}'`);
  return files;
}

/** Refuses a config that another program would build a different model from. */
function checkConfig(
  config: Readonly<Record<string, unknown>>,
  weights: ReadonlyMap<string, Tensor>,
  model: nn.Module,
): void {
  if (typeof config['model_type'] !== 'string')
    throw new ExportError(`[export] model_type of the config must be text, got ${String(config['model_type'])}`);
  const differ = (key: string, of: string, found: number): void => {
    const said = config[key];
    if (said !== undefined && said !== found)
      throw new ExportError(`[export] ${key} of the config must be that of ${of}, got ${String(said)} for ${found}`);
  };
  const table = weights.get('model.embed_tokens.weight');
  if (table !== undefined) {
    differ('vocab_size', 'model.embed_tokens.weight', table.shape[0]!);
    differ('hidden_size', 'model.embed_tokens.weight', table.shape[1]!);
  }
  const blocks = [...blockCounts(model).values()];
  if (blocks.length === 1) differ('num_hidden_layers', 'the model', blocks[0]!);
  const causal = ((config['architectures'] as unknown[] | undefined) ?? []).some((a) => /CausalLM$/.test(String(a)));
  if (!causal || table === undefined) return;
  const tied = config['tie_word_embeddings'] === true;
  if (tied === weights.has('lm_head.weight'))
    throw new ExportError(
      `[export] tie_word_embeddings of the config must be ${String(!tied)} for a model ${tied ? 'with' : 'without'} lm_head.weight, got ${String(config['tie_word_embeddings'])}`,
    );
}
