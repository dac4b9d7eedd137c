import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportHf, parseBytes } from '@lanewise/train/node';
import { isGguf } from '../gguf/model.js';
import { UsageError } from '../options.js';
import { adaptedOptions, loadAdapted } from './adapting.js';
import { command, flag, text } from './command.js';
import { dtypeOf, papersOf } from './model-folder.js';

const writing = {
  out: text('DIR', 'folder to write'),
  dtype: text('NAME', 'of the weights: float32, float16 or bfloat16'),
  'shard-size': text('SIZE', "most bytes of a file, such as '2 GiB' (default: 5 GB)"),
  overwrite: flag('replace what stands in --out'),
} as const;
interface Writing {
  readonly model: string | undefined;
  readonly adapters: string | undefined;
  readonly out: string | undefined;
  readonly dtype: string | undefined;
  readonly 'shard-size': string | undefined;
  readonly overwrite: boolean;
}
async function write(values: Writing, usual: 'bfloat16' | 'float16', scripts: boolean): Promise<string> {
  const { out } = values;
  if (out === undefined) throw new UsageError('--out must name the folder to write, got none');
  const dtype = dtypeOf(values.dtype ?? usual);
  const shardBytes = values['shard-size'] === undefined ? null : parseBytes(values['shard-size']);
  if (values['shard-size'] !== undefined && shardBytes === null)
    throw new UsageError(`--shard-size must be a number of bytes or text such as '2 GiB', got ${values['shard-size']}`);
  if (values.model !== undefined && isGguf(values.model))
    throw new UsageError(`--model must be a folder (convert makes one of a .gguf file), got ${values.model}`);
  const { folder, model } = await loadAdapted(values, dtype); // so that a merged weight is rounded once
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  await exportHf(model, out, {
    config,
    dtype,
    tokenizerFiles: await papersOf(folder),
    overwrite: values.overwrite,
    ...(shardBytes === null ? {} : { shardBytes }),
    ...(scripts ? {} : { coreml: null }),
  });
  return out;
}

export const merge = command(
  'merge',
  'writes a model with its adapter merged',
  'Adds an adapter to the weights and writes the model as a Hugging Face folder, as fast and as large as the model alone.',
  { ...adaptedOptions, ...writing },
  async (values, io) => {
    if (values.adapters === undefined) throw new UsageError('--adapters must name the adapter to merge, got none');
    await io.write(`${await write(values, 'bfloat16', false)}\n`);
    return 0;
  },
);
export const exportModel = command(
  'export',
  'writes a model for transformers, mlx-lm and Core ML',
  'Writes a model, its adapter merged, as a Hugging Face folder that transformers and mlx-lm load, with two Python scripts beside it:\n' +
    'convert_to_coreml.py makes Core ML packages for the Apple Neural Engine, verify_coreml.py compares them (docs/ane.md).',
  { ...adaptedOptions, ...writing },
  async (values, io) => {
    await io.write(`${await write(values, 'float16', true)}\n`);
    return 0;
  },
);
